/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/helper.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "model/dm-wire.h"
#include "world/dm-ioctl.h"
#include "world/dm-observe.h"
#include "world/fd-pass.h"
#include "world/files.h"
#include "world/log.h"

/* Neither reading nor writing, only ioctls: counts as open, and whoever is given it cannot read the image. */
#define O_NO_ACCESS 3

/* Afterwards the next daemon is served all the same, before systemd gives it up: what hangs has the claim on its group, and nothing is done there. */
#define RECOVERY_S 80
/* As long as nobody connects; the socket starts another helper. */
#define NEXT_DAEMON_S 10

typedef struct Child {
        struct Child *next;
        int pid;
        bool ended;
        HelperEvent event; /* number 0: nobody is told */
} Child;

typedef struct Helper {
        const char *worker;
        int listener, caller, events, control, signals, timer;
        Child *children; /* that run, or whose end could not be told yet */
        int recovery;    /* the child that puts in order what a daemon that died has left; 0: none */
        bool dm_event;   /* one that could not be told yet */
        bool left;       /* nobody is there any more to be served */
        bool stopping;
} Helper;

/* Events --------------------------------------------------------------------------------------------------------- */

static bool tell(const Helper *h, const HelperEvent *event) {
        return h->events >= 0 && fd_send(h->events, event, sizeof(*event), NULL, 0, MSG_DONTWAIT) >= 0;
}

/* As far as there is room: the daemon may be waiting for our reply just now. */
static void tell_all(Helper *h) {
        for (Child **p = &h->children; *p;) {
                Child *c = *p;

                if (!c->ended)
                        p = &c->next;
                else if (c->event.number != 0 && !tell(h, &c->event))
                        return;
                else {
                        *p = c->next;
                        free(c);
                }
        }
        if (h->dm_event && tell(h, &(HelperEvent) {}))
                h->dm_event = false;
}

static bool is_untold(const Helper *h) {
        bool untold = h->dm_event;

        for (const Child *c = h->children; c; c = c->next)
                untold = untold || c->ended;
        return untold && h->events >= 0;
}

static bool is_idle(const Helper *h) {
        for (const Child *c = h->children; c; c = c->next)
                if (!c->ended)
                        return false;
        return true;
}

static int arm(const Helper *h) {
        struct dm_ioctl request;
        int r;

        r = dm_request_init(&request, NULL, NULL, 0);
        return r < 0 ? r : dm_request_send(h->control, DM_DEV_ARM_POLL, &request);
}

static int on_dm_event(Helper *h) {
        h->dm_event = true;
        return arm(h); /* before it is told, so that nothing is missed that happens from here on */
}

static int set_timer(const Helper *h, unsigned seconds) {
        struct itimerspec t = { .it_value.tv_sec = seconds };

        return timerfd_settime(h->timer, 0, &t, NULL) < 0 ? -errno : 0;
}

/* The next daemon is welcome. */
static int recovery_ended(Helper *h) {
        h->recovery = 0;
        return set_timer(h, NEXT_DAEMON_S);
}

static int reap(Helper *h) {
        int r = 0;

        for (Child *c = h->children; c; c = c->next) {
                siginfo_t si = {};

                if (c->ended || waitid(P_PID, (id_t) c->pid, &si, WEXITED | WNOHANG) < 0 || si.si_pid == 0)
                        continue;
                c->ended = true;
                c->event.code = si.si_code;
                c->event.status = si.si_status;
                if (c->pid == h->recovery)
                        r = recovery_ended(h);
        }
        return r;
}

static int on_signal(Helper *h) {
        struct signalfd_siginfo si;

        if (read(h->signals, &si, sizeof(si)) != (ssize_t) sizeof(si))
                return errno == EAGAIN || errno == EINTR ? 0 : -EIO;
        if (si.ssi_signo == SIGCHLD)
                return reap(h);
        h->stopping = true;
        return 0;
}

/* Requests ------------------------------------------------------------------------------------------------------- */

static int start(Helper *h, uint64_t number, char *const *argv, int in, int out, int shared, const char *variable) {
        Child *c;
        int r;

        if (h->stopping)
                return -ESHUTDOWN;
        c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;
        r = helper_spawn(argv, in, out, shared, variable, &c->pid);
        if (r < 0) {
                free(c);
                return r;
        }
        c->event.number = number;
        c->next = h->children;
        h->children = c;
        return 0;
}

static int call_follow(Helper *h, const HelperRequest *request, int *fds, size_t n_fds, int *ret_fd) {
        if (n_fds != 1)
                return -EINVAL;
        closep(&h->events);
        h->events = TAKE_FD(fds[0]);
        return 0;
}

static int call_run(Helper *h, const HelperRequest *request, int *fds, size_t n_fds, int *ret_fd) {
        char *argv[] = { (char *) h->worker, (char *) "run", NULL };

        if (n_fds != 3 || request->number == 0)
                return -EINVAL;
        return start(h, request->number, argv, fds[0], fds[1], fds[2], "RAIDD_LOCK_SOCKET");
}

static int call_recover(Helper *h, const HelperRequest *request, int *fds, size_t n_fds, int *ret_fd) {
        char *argv[] = { (char *) h->worker, (char *) "recover", (char *) request->text, NULL };

        /* No group is called so, and the worker would take it for an option. */
        if (n_fds > 1 || request->number == 0 || request->text[0] == 0 || request->text[0] == '-')
                return -EINVAL;
        return start(h, request->number, argv, -1, -1, n_fds == 1 ? fds[0] : -1, "RAIDD_LOCK_FD");
}

static int call_leave(Helper *h, const HelperRequest *request, int *fds, size_t n_fds, int *ret_fd) {
        h->left = true;
        return 0;
}

static int call_observe(Helper *h, const HelperRequest *request, int *fds, size_t n_fds, int *ret_fd) {
        _cleanup_(dm_observed_freep) DmObserved *o = NULL;
        _cleanup_close_ int fd = -EBADF;
        _cleanup_(buf_done) Buf b = {};
        int r;

        r = dm_observe(NULL, &o);
        if (r < 0)
                return r;
        dm_wire_encode(o, &b);
        if (b.failed)
                return -ENOMEM;
        fd = memfd_create("raidd-observed", MFD_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (b.size > 0 && write(fd, b.data, b.size) != (ssize_t) b.size)
                return -EIO;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

static bool is_of_lvm(dev_t device) {
        _cleanup_free_ char *path = NULL, *uuid = NULL;

        return asprintf(&path, "/sys/dev/block/%u:%u/dm/uuid", major(device), minor(device)) >= 0 && file_read(path, &uuid) >= 0 &&
               strncmp(uuid, "LVM-", strlen("LVM-")) == 0;
}

static int call_open(Helper *h, const HelperRequest *request, int *fds, size_t n_fds, int *ret_fd) {
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        if (!is_of_lvm((dev_t) request->number))
                return -ENXIO;
        fd = open(request->text, O_NO_ACCESS | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? -ENXIO : -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISBLK(st.st_mode) || st.st_rdev != (dev_t) request->number)
                return -ENXIO; /* somebody else's node under that name */
        *ret_fd = TAKE_FD(fd);
        return 0;
}

static int (*const calls[_HELPER_CALL_MAX])(Helper *h, const HelperRequest *request, int *fds, size_t n_fds, int *ret_fd) = {
        [HELPER_FOLLOW] = call_follow,
        [HELPER_RUN] = call_run,
        [HELPER_RECOVER] = call_recover,
        [HELPER_OBSERVE] = call_observe,
        [HELPER_OPEN] = call_open,
        [HELPER_LEAVE] = call_leave,
};

/* A daemon that sends anything else is none of ours: -EBADMSG. */
static int on_request(Helper *h) {
        _cleanup_close_ int fd = -EBADF;
        HelperRequest request;
        HelperReply reply;
        int fds[FD_PASS_MAX], r;
        size_t n_fds;

        r = fd_receive(h->caller, &request, sizeof(request), fds, FD_PASS_MAX, &n_fds, 0);
        if (r < 0)
                return r;
        if (request.call >= _HELPER_CALL_MAX || !memchr(request.text, 0, sizeof(request.text))) {
                fds_close(fds, n_fds);
                return -EBADMSG;
        }
        reply.result = calls[request.call](h, &request, fds, n_fds, &fd);
        fds_close(fds, n_fds);
        return fd_send(h->caller, &reply, sizeof(reply), &fd, fd >= 0 ? 1 : 0, 0);
}

/* Daemons ------------------------------------------------------------------------------------------------------------ */

static int on_connection(Helper *h) {
        h->caller = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC);
        return h->caller < 0 ? -errno : set_timer(h, 0);
}

/* Its workers finish their plans. The recovery waits for them by their claims. */
static int daemon_died(Helper *h) {
        char *argv[] = { (char *) h->worker, (char *) "recover", (char *) "--all", NULL };
        int r;

        closep(&h->caller);
        closep(&h->events);
        h->caller = h->events = -EBADF;
        for (Child *c = h->children; c; c = c->next)
                c->event.number = 0;
        if (h->stopping)
                return 0; /* the unit does it when the last worker has ended */
        r = start(h, 0, argv, -1, -1, -1, NULL);
        if (r < 0)
                return r;
        h->recovery = h->children->pid;
        return set_timer(h, RECOVERY_S);
}

static int on_timer(Helper *h) {
        uint64_t n;

        if (read(h->timer, &n, sizeof(n)) != (ssize_t) sizeof(n))
                return errno == EAGAIN ? 0 : -errno;
        if (h->recovery != 0)
                return recovery_ended(h);
        h->left = h->caller < 0;
        return 0;
}

/* The loop ------------------------------------------------------------------------------------------------------- */

static int start_signals(Helper *h) {
        sigset_t mask;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;
        h->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
        return h->signals < 0 ? -errno : 0;
}

static int start_timer(Helper *h) {
        h->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        return h->timer < 0 ? -errno : 0;
}

static int start_dm(Helper *h) {
        h->control = dm_control_open();
        if (h->control >= 0)
                return arm(h);
        log_notice("There is no device-mapper here (%s); its events are not followed.", strerror(-h->control));
        return 0;
}

static bool is_free(const Helper *h) {
        return h->caller < 0 && h->recovery == 0 && !h->stopping;
}

static int turn(Helper *h) {
        struct pollfd fds[] = {
                { .fd = h->signals, .events = POLLIN },
                { .fd = h->control, .events = POLLIN },
                { .fd = h->caller, .events = POLLIN },
                { .fd = is_free(h) ? h->listener : -1, .events = POLLIN },
                { .fd = h->timer, .events = POLLIN },
                { .fd = is_untold(h) ? h->events : -1, .events = POLLOUT },
        };
        int r = 0;

        if (poll(fds, ELEMENTSOF(fds), -1) < 0)
                return errno == EINTR ? 0 : -errno;
        if (fds[0].revents)
                r = on_signal(h);
        if (r >= 0 && fds[1].revents)
                r = on_dm_event(h);
        if (r >= 0 && fds[2].revents) {
                r = on_request(h);
                if (r == -ECONNRESET || r == -EPIPE)
                        r = daemon_died(h);
        }
        if (r >= 0 && fds[3].revents && is_free(h))
                r = on_connection(h);
        if (r >= 0 && fds[4].revents)
                r = on_timer(h);
        tell_all(h);
        return r;
}

int helper_serve(int listener, const char *worker) {
        Helper h = { .worker = worker, .listener = listener, .caller = -EBADF, .events = -EBADF, .control = -EBADF, .signals = -EBADF, .timer = -EBADF };
        int r;

        assert(listener >= 0);
        assert(worker);

        r = start_signals(&h);
        if (r >= 0)
                r = start_timer(&h);
        if (r >= 0)
                r = start_dm(&h);
        while (r >= 0 && !h.left && !(h.stopping && is_idle(&h)))
                r = turn(&h);
        closep(&h.caller);
        closep(&h.events);
        closep(&h.control);
        closep(&h.signals);
        closep(&h.timer);
        while (h.children) {
                Child *next = h.children->next;

                free(h.children); /* it goes on by itself */
                h.children = next;
        }
        return r;
}
