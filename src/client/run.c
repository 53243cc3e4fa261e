/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run: split, hold, run a command, merge. Whatever becomes of the command, the terminal or us, the image is merged: by us, or, when
 * the last process that has the hold ends, by raidd. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl.h"

#define EXIT_CANNOT_RUN 125 /* as env(1) and timeout(1) have them */
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NO_COMMAND 127
#define MERGE_TRIES 20
#define MERGE_PAUSE_USEC 500000

typedef struct Run {
        char volume[300], image[300];
        char *path;     /* of the image */
        char *device;
        char *mount;    /* where, or NULL */
        bool own_mount; /* a directory that we made */
        int hold;
        char **command;
        sigset_t before; /* the mask that the command gets */
} Run;

/* The command ----------------------------------------------------------------------------------------------------- */

static bool is_xfs(const char *device) {
        char magic[4] = "";
        int fd = open(device, O_RDONLY | O_CLOEXEC);
        bool xfs = fd >= 0 && pread(fd, magic, 4, 0) == 4 && memcmp(magic, "XFSB", 4) == 0;

        if (fd >= 0)
                (void) close(fd);
        return xfs;
}

static int mount_image(const Run *run) {
        const char *options = is_xfs(run->device) ? "ro,norecovery,nouuid" : "ro";
        int status;
        pid_t pid;

        /* Seen by the command alone, and gone with its last process. */
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return -errno;
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0) {
                (void) execlp("mount", "mount", "-o", options, run->device, run->mount, (char *) NULL);
                _exit(EXIT_NO_COMMAND);
        }
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO; /* mount(8) has said why */
}

_Noreturn static void command(const Run *run) {
        int r = 0;

        if (run->mount)
                r = mount_image(run);
        if (r < 0) {
                fprintf(stderr, "%s: It cannot be mounted at %s: %s.\n", run->image, run->mount, strerror(-r));
                _exit(EXIT_CANNOT_RUN);
        }
        /* Held also by whatever the command leaves behind. */
        if (fcntl(run->hold, F_SETFD, 0) < 0 || setenv("RAIDCTL_DEVICE", run->device, 1) < 0 || setenv("RAIDCTL_VOLUME", run->volume, 1) < 0 ||
            (run->mount && setenv("RAIDCTL_MOUNT", run->mount, 1) < 0) || sigprocmask(SIG_SETMASK, &run->before, NULL) < 0)
                _exit(EXIT_CANNOT_RUN);
        (void) execvp(run->command[0], run->command);
        r = errno;
        fprintf(stderr, "%s: %s.\n", run->command[0], strerror(r));
        _exit(r == ENOENT ? EXIT_NO_COMMAND : EXIT_NOT_EXECUTABLE);
}

/* What somebody tells us is for the command. What the terminal tells, it has heard by itself. */
static int wait_for_command(pid_t pid, const sigset_t *signals) {
        siginfo_t si;
        int status;

        for (;;) {
                if (sigwaitinfo(signals, &si) < 0)
                        continue;
                if (si.si_signo != SIGCHLD) {
                        if (si.si_code != SI_KERNEL)
                                (void) kill(pid, si.si_signo);
                        continue;
                }
                if (waitpid(pid, &status, WNOHANG) == pid)
                        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
}

static int run_command(const Run *run, const sigset_t *signals) {
        pid_t pid = fork();

        if (pid == 0)
                command(run);
        if (pid < 0) {
                fprintf(stderr, "raidctl: No process can be made: %s.\n", strerror(errno));
                return EXIT_CANNOT_RUN;
        }
        return wait_for_command(pid, signals);
}

/* Before and after ------------------------------------------------------------------------------------------------ */

static int hold(Ctl *c, Run *run) {
        sd_bus_message *m, *reply = NULL;
        int fd, r;

        m = call_new(c, run->path, RAIDD_INTERFACE("RaidImage"), "Hold");
        r = m ? sd_bus_message_append(m, "ss", "raidctl run", run->command[0]) : -1;
        if (r >= 0)
                r = call_open_options(c, m);
        if (r >= 0)
                r = option_bool(m, "merge-on-release", true);
        r = r < 0 ? EXIT_FAILED : call_run(c, m, run->image, &reply);
        if (r == EXIT_OK && sd_bus_message_read(reply, "h", &fd) >= 0)
                run->hold = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        sd_bus_message_unref(reply);
        return r == EXIT_OK && run->hold < 0 ? EXIT_FAILED : r;
}

static int call_merge(Ctl *c, const Run *run, sd_bus_error *error, sd_bus_message **reply) {
        if (!c->lock_timeout)
                return sd_bus_call_method(c->bus, RAIDD_NAME, run->path, RAIDD_INTERFACE("RaidImage"), "Merge", error, reply, "a{sv}", 0);
        return sd_bus_call_method(c->bus, RAIDD_NAME, run->path, RAIDD_INTERFACE("RaidImage"), "Merge", error, reply, "a{sv}", 1, "lock-timeout-usec", "t",
                                  lock_timeout_usec(c));
}

/* Ours are the only holds that the merge may end. A mount that is just going away makes it busy for a moment. */
static int merge(Ctl *c, const Run *run, char **ret_job) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message *reply = NULL;
        const char *job;
        int r;

        for (unsigned tries = 0;; tries++) {
                sd_bus_error_free(&error);
                r = call_merge(c, run, &error, &reply);
                if (r >= 0 || exit_code(&error) != EXIT_BUSY || tries == MERGE_TRIES)
                        break;
                (void) usleep(MERGE_PAUSE_USEC);
        }
        if (r >= 0 && sd_bus_message_read(reply, "o", &job) >= 0)
                *ret_job = strdup(job);
        r = r < 0 ? bus_failed(run->image, &error, r) : EXIT_OK;
        sd_bus_error_free(&error);
        sd_bus_message_unref(reply);
        return r;
}

static int choose_mount(const Ctl *c, Run *run) {
        if (!c->want_mount)
                return EXIT_OK;
        run->mount = strdup(c->mount ? c->mount : "/run/raidctl-XXXXXX");
        if (!run->mount)
                return EXIT_FAILED;
        if (c->mount)
                return EXIT_OK;
        run->own_mount = mkdtemp(run->mount) != NULL;
        if (run->own_mount)
                return EXIT_OK;
        fprintf(stderr, "raidctl: No directory can be made for the mount: %s.\n", strerror(errno));
        return EXIT_FAILED;
}

static int look_at_image(Ctl *c, Run *run) {
        json_object *image;
        int r = snapshot(c);

        if (r != EXIT_OK)
                return r;
        image = object_by_path(c->all, run->path);
        if (!image || !*get_text(image, "Device"))
                return EXIT_FAILED;
        (void) full_name(c->all, image, run->image);
        run->device = strdup(get_text(image, "Device"));
        return run->device ? EXIT_OK : EXIT_FAILED;
}

/* From here on there is an image that has to go back. */
static int run_split(Ctl *c, Run *run, const sigset_t *signals) {
        char *job = NULL;
        int code, r;

        code = look_at_image(c, run);
        if (code == EXIT_OK)
                code = hold(c, run);
        if (code == EXIT_OK)
                code = run_command(run, signals);

        r = merge(c, run, &job);
        (void) sigprocmask(SIG_SETMASK, &run->before, NULL); /* the wait may be left: the copy goes on */
        if (r == EXIT_OK && job && c->wait)
                r = wait_for_job(c, job);
        free(job);
        return code != 0 ? code : r;
}

static int check_usage(const Ctl *c) {
        if (c->argc < 2)
                return usage_error("Use: raidctl run VOLUME [--mount[=DIR]] -- COMMAND….");
        if (c->permanent || c->name || c->dry_run || c->json)
                return usage_error("run has no use for --permanent, --name, --dry-run and --json.");
        if (c->want_mount && geteuid() != 0)
                return usage_error("--mount needs root.");
        return EXIT_OK;
}

int verb_run(Ctl *c) {
        Run run = { .hold = -1, .command = c->argv + 1 };
        sigset_t signals;
        json_object *o;
        int r;

        r = check_usage(c);
        if (r != EXIT_OK)
                return r;
        c->argc = 1;
        o = named_object(c, 0, &r);
        if (!o)
                return r;
        (void) full_name(c->all, o, run.volume);
        r = choose_mount(c, &run);
        if (r != EXIT_OK)
                return r;

        sigemptyset(&signals);
        for (size_t i = 0; i < 5; i++)
                (void) sigaddset(&signals, (int[]) { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD }[i]);
        (void) sigprocmask(SIG_BLOCK, &signals, &run.before);
        r = split_one(c, o, run.volume, &run.path);
        if (r == EXIT_OK)
                r = run_split(c, &run, &signals);

        if (run.own_mount)
                (void) rmdir(run.mount);
        free(run.mount);
        free(run.device);
        free(run.path);
        return r;
}
