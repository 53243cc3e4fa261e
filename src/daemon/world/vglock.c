/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/vglock.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

#include "base/cleanup.h"

static const char *lock_dir(void) {
        const char *dir = getenv("RAIDD_LOCK_DIR"); /* tests */

        return dir ? dir : "/run/lock/lvm";
}

static long now_ms(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

static void on_alarm(int signal_number) {
        (void) signal_number; /* exists to interrupt flock() */
}

static int open_lock(const char *path) {
        int fd = open(path, O_CREAT | O_APPEND | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);

        return fd < 0 ? -errno : fd;
}

/* flock() with a deadline: an alarm interrupts the sleep. It repeats, because the first one may come before
 * flock() has fallen asleep. */
static int flock_until(int fd, long deadline) {
        struct sigaction alarm = { .sa_handler = on_alarm }, old;
        struct itimerval timer = { .it_interval = { .tv_usec = 20000 } };
        long left;
        int r;

        if (flock(fd, LOCK_EX | LOCK_NB) >= 0)
                return 0;
        if (errno != EWOULDBLOCK)
                return -errno;
        left = deadline - now_ms();
        if (left <= 0)
                return -ETIMEDOUT;

        timer.it_value = (struct timeval) { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 + 1 };
        if (sigaction(SIGALRM, &alarm, &old) < 0 || setitimer(ITIMER_REAL, &timer, NULL) < 0)
                return -errno;
        do
                r = flock(fd, LOCK_EX) < 0 ? -errno : 0;
        while (r == -EINTR && now_ms() < deadline);

        (void) setitimer(ITIMER_REAL, &(struct itimerval) {}, NULL);
        (void) sigaction(SIGALRM, &old, NULL);
        return r == -EINTR ? -ETIMEDOUT : r;
}

/* Holders unlink the file when they leave; a lock on an unlinked file protects nothing. */
static bool still_there(int fd, const char *path) {
        struct stat by_path, by_fd;

        return stat(path, &by_path) >= 0 && fstat(fd, &by_fd) >= 0 && by_path.st_ino == by_fd.st_ino &&
               by_path.st_dev == by_fd.st_dev;
}

static int lock_file(const char *path, long deadline) {
        for (;;) {
                _cleanup_close_ int fd = -EBADF;
                int r;

                fd = open_lock(path);
                if (fd < 0)
                        return fd;
                r = flock_until(fd, deadline);
                if (r < 0)
                        return r;
                if (still_there(fd, path))
                        return TAKE_FD(fd);
        }
}

int lock_file_take(const char *path, unsigned limit_ms) {
        assert(path);

        return lock_file(path, now_ms() + (long) limit_ms);
}

static int make_lock_dir(void) {
        const char *dir = lock_dir();

        if (mkdir(dir, 0700) < 0 && errno != EEXIST)
                return -errno;
        return 0;
}

static int lock_path(const char *vg_name, char **ret) {
        bool global = strcmp(vg_name, LOCK_GLOBAL) == 0;
        char *path;

        if (asprintf(&path, "%s/%s%s", lock_dir(), global ? "P_" : "V_", global ? "global" : vg_name) < 0)
                return -ENOMEM;
        *ret = path;
        return 0;
}

int vglock_verify(int fd, const char *vg_name) {
        _cleanup_free_ char *path = NULL;
        struct stat st;
        int r;

        assert(vg_name);

        r = lock_path(vg_name, &path);
        if (r < 0)
                return r;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || !still_there(fd, path))
                return -ESTALE;
        /* Who has the lock by this open file description gets it once more; nobody else does. Had it been free, it is ours now. */
        if (flock(fd, LOCK_EX | LOCK_NB) < 0)
                return -errno;
        return still_there(fd, path) ? 0 : -ESTALE;
}

int vglock_take(const char *vg_name, unsigned limit_ms) {
        _cleanup_free_ char *path = NULL, *aux_path = NULL;
        _cleanup_close_ int aux = -EBADF;
        long deadline = now_ms() + (long) limit_ms;
        int r;

        assert(vg_name);

        r = make_lock_dir();
        if (r < 0)
                return r;
        r = lock_path(vg_name, &path);
        if (r < 0)
                return r;
        if (asprintf(&aux_path, "%s:aux", path) < 0) {
                aux_path = NULL;
                return -ENOMEM;
        }

        /* Write priority: readers pass through the auxiliary lock too, so they queue up behind us. */
        aux = lock_file(aux_path, deadline);
        if (aux < 0)
                return aux;
        r = lock_file(path, deadline);
        (void) unlink(aux_path); /* ours while we hold it; waiters notice and open it anew */
        return r;
}
