/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/freeze.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "world/dm.h"
#include "world/files.h"
#include "world/log.h"
#include "world/mounts.h"

#define FROZEN_DIR RUN_DIR "/frozen"

struct Freezer {
        Freezer *next; /* frozen before this one */
        Mounts *mounts;
        pid_t child;
        int hold; /* the child thaws when this closes */
        char *list_path;
};

static int find_mounts(const char *node, bool direct, Mounts **ret) {
        uint32_t maj, min;
        int r;

        r = dm_node_devno(node, &maj, &min);
        return r < 0 ? r : mounts_above(maj, min, direct, ret);
}

/* One answer of a child: an errno, 0 for success. */
static int wait_answer(int fd, uint32_t limit_ms) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int r, answer;

        do
                r = poll(&p, 1, (int) limit_ms);
        while (r < 0 && errno == EINTR);
        if (r < 0)
                return -errno;
        if (r == 0)
                return -ETIMEDOUT;
        if (read(fd, &answer, sizeof(answer)) != (ssize_t) sizeof(answer))
                return -ECHILD;
        return -answer;
}

static void tell_answer(int fd, int r) {
        int answer = -r;

        (void) !write(fd, &answer, sizeof(answer)); /* a parent that is gone needs no answer */
}

/* What a child inherits it also keeps: LVM's lock would last until a sync comes back from a dead disk. */
static void close_others(int keep, int keep_too) {
        for (int fd = 3; fd < 1024; fd++)
                if (fd != keep && fd != keep_too)
                        (void) close(fd);
}

static int sync_mounts(const Mounts *m) {
        for (size_t i = 0; i < m->n; i++) {
                _cleanup_close_ int fd = -EBADF;

                if (!mounts_first(m, i))
                        continue;
                fd = mounts_open(m, m->all[i].fs);
                if (fd < 0)
                        return fd;
                if (syncfs(fd) < 0)
                        return -errno;
        }

        return 0;
}

int freeze_sync(const char *node, uint32_t limit_ms) {
        _cleanup_(mounts_freep) Mounts *m = NULL;
        int pipes[2], r;
        pid_t child;

        assert(node);

        r = find_mounts(node, true, &m);
        if (r < 0 || m->n == 0)
                return r;
        if (pipe2(pipes, O_CLOEXEC) < 0)
                return -errno;
        child = fork();
        if (child == 0) {
                close_others(pipes[1], -1);
                tell_answer(pipes[1], sync_mounts(m));
                _exit(0);
        }
        r = child < 0 ? -errno : 0;
        (void) close(pipes[1]);
        if (r >= 0) {
                r = wait_answer(pipes[0], limit_ms);
                /* A sync that hangs ends when the disk answers; its child must not keep us. */
                if (r == -ETIMEDOUT)
                        (void) kill(child, SIGKILL);
                (void) waitpid(child, NULL, r == -ETIMEDOUT ? WNOHANG : 0);
        }
        (void) close(pipes[0]);
        return r;
}

static void thaw_fs(dev_t fs) {
        _cleanup_(mounts_freep) Mounts *m = NULL;
        _cleanup_close_ int fd = -EBADF;

        if (mounts_of(fs, &m) < 0)
                return;
        fd = mounts_open(m, fs);
        if (fd >= 0)
                (void) ioctl(fd, FITHAW, 0); /* EINVAL: not frozen, which is what we want */
}

/* The guardian: holds descriptors of what it froze, sits in memory, and waits for the end of our pipe. */
_Noreturn static void guardian(const Mounts *m, int hold, int answer) {
        int fds[256], r = 0;
        size_t n = 0;
        char byte;

        (void) signal(SIGTERM, SIG_IGN);
        (void) signal(SIGINT, SIG_IGN);
        if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
                r = -errno;

        for (size_t i = 0; r >= 0 && i < m->n; i++) {
                int fd;

                if (!mounts_first(m, i))
                        continue;
                fd = n < ELEMENTSOF(fds) ? mounts_open(m, m->all[i].fs) : -E2BIG;
                if (fd < 0)
                        r = fd;
                else if (ioctl(fd, FIFREEZE, 0) < 0)
                        r = -errno; /* somebody else's freeze (EBUSY) is not ours to thaw */
                else
                        fds[n++] = fd;
        }

        tell_answer(answer, r);
        if (r >= 0)
                while (read(hold, &byte, 1) < 0 && errno == EINTR)
                        ;
        while (n > 0)
                (void) ioctl(fds[--n], FITHAW, 0);
        _exit(0);
}

static int list_path(const Uuid *vg, char **ret) {
        char *path;

        if (asprintf(&path, "%s/%s", FROZEN_DIR, vg->chars) < 0)
                return -ENOMEM;
        *ret = path;
        return 0;
}

/* What the whole chain has frozen, for whoever comes after a crash: the devices of the filesystems, as what they are mounted on may be another
 * place by then. */
static int list_write(const Freezer *chain) {
        _cleanup_(buf_done) Buf b = {};
        _cleanup_free_ char *text = NULL;
        int r;

        for (const Freezer *f = chain; f; f = f->next)
                for (size_t i = 0; i < f->mounts->n; i++)
                        if (mounts_first(f->mounts, i))
                                buf_addf(&b, "%u:%u\n", major(f->mounts->all[i].fs), minor(f->mounts->all[i].fs));
        text = buf_take(&b);
        if (!text)
                return -ENOMEM;

        r = run_dir_make(FROZEN_DIR);
        return r < 0 ? r : file_replace(chain->list_path, text);
}

/* The list without those of the last one. */
static void list_forget(const Freezer *f) {
        int r = f->next ? list_write(f->next) : unlink(f->list_path) < 0 && errno != ENOENT ? -errno : 0;

        if (r < 0)
                log_warning("%s names what others have frozen: %s", f->list_path, strerror(-r));
}

static bool is_frozen(const Freezer *chain, dev_t fs) {
        for (const Freezer *f = chain; f; f = f->next)
                for (size_t i = 0; i < f->mounts->n; i++)
                        if (f->mounts->all[i].fs == fs)
                                return true;

        return false;
}

/* A filesystem over two of the nodes is frozen once. */
static void drop_frozen(Mounts *m, const Freezer *chain) {
        size_t n = 0;

        for (size_t i = 0; i < m->n; i++)
                if (is_frozen(chain, m->all[i].fs))
                        free(m->all[i].point);
                else
                        m->all[n++] = m->all[i];
        m->n = n;
}

static int spawn_guardian(Freezer *f, uint32_t limit_ms) {
        int hold[2], answer[2], r;
        pid_t child;

        if (pipe2(hold, O_CLOEXEC) < 0)
                return -errno;
        if (pipe2(answer, O_CLOEXEC) < 0) {
                r = -errno;
                (void) close(hold[0]);
                (void) close(hold[1]);
                return r;
        }

        child = fork();
        if (child == 0) {
                close_others(hold[0], answer[1]);
                guardian(f->mounts, hold[0], answer[1]);
        }
        r = child < 0 ? -errno : 0;
        (void) close(hold[0]);
        (void) close(answer[1]);
        f->child = child;
        f->hold = hold[1];
        if (r >= 0)
                r = wait_answer(answer[0], limit_ms);
        (void) close(answer[0]);
        return r;
}

static Freezer *freezer_free(Freezer *f) {
        closep(&f->hold);
        if (f->child > 0)
                while (waitpid(f->child, NULL, 0) < 0 && errno == EINTR)
                        ;
        mounts_free(f->mounts);
        free(f->list_path);
        free(f);
        return NULL;
}

static int freezer_new(const Uuid *vg, Mounts *m, Freezer *next, Freezer **ret) {
        Freezer *f;
        int r;

        f = calloc(1, sizeof(*f));
        if (!f)
                return -ENOMEM;
        *f = (Freezer) { .next = next, .child = -1, .hold = -EBADF };
        r = list_path(vg, &f->list_path);
        if (r < 0) {
                free(f);
                return r;
        }
        f->mounts = m;
        *ret = f;
        return 0;
}

int freeze_start(const char *node, const Uuid *vg, uint32_t limit_ms, Freezer **freezer) {
        _cleanup_(mounts_freep) Mounts *m = NULL;
        Freezer *f;
        int r;

        assert(node);
        assert(vg);
        assert(freezer);

        r = find_mounts(node, false, &m);
        if (r < 0)
                return r;
        drop_frozen(m, *freezer);
        if (m->n == 0)
                return 0;
        r = freezer_new(vg, m, *freezer, &f);
        if (r < 0)
                return r;
        TAKE_PTR(m);

        r = list_write(f);
        if (r >= 0)
                r = spawn_guardian(f, limit_ms);
        if (r == -ETIMEDOUT)
                f->child = -1; /* stuck in the kernel: it thaws when it comes back; do not wait for it */
        else if (r < 0)
                list_forget(f); /* it has thawed what it froze; what is frozen still is somebody else's */
        if (r < 0) {
                freezer_free(f);
                return r;
        }

        *freezer = f;
        return 0;
}

Freezer *freeze_thaw(Freezer *f) {
        _cleanup_free_ char *path = f ? TAKE_PTR(f->list_path) : NULL;

        while (f) {
                Freezer *next = f->next;

                freezer_free(f);
                f = next;
        }
        if (path)
                (void) unlink(path); /* last: until then somebody may have to do it for us */
        return NULL;
}

int freeze_recover(const Uuid *vg) {
        _cleanup_free_ char *path = NULL, *text = NULL;
        char *state = NULL;
        int r;

        assert(vg);

        r = list_path(vg, &path);
        if (r < 0)
                return r;
        r = file_read(path, &text);
        if (r < 0)
                return r == -ENOENT ? 0 : r;

        for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
                unsigned maj, min;

                if (sscanf(line, "%u:%u", &maj, &min) == 2)
                        thaw_fs(makedev(maj, min));
        }
        return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}
