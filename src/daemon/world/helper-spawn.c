/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"

#define SHARED_FD 3

/* In the child: fd 0, 1 and 3 as given, signals as at the start of a program. */
__attribute__((noreturn))
static void exec_child(char *const *argv, int in, int out, int shared, const char *variable) {
        sigset_t none;

        sigemptyset(&none);
        if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
                _exit(126);
        if ((in >= 0 && dup2(in, 0) < 0) || (out >= 0 && dup2(out, 1) < 0))
                _exit(126);
        if (shared >= 0 && (dup2(shared, SHARED_FD) < 0 || setenv(variable, "3", 1) < 0))
                _exit(126);
        execv(argv[0], argv);
        _exit(127);
}

/* The number 3 may be in use by something of ours that the child overwrites: it is CLOEXEC there anyway. */
static int move_up(int fd) {
        int moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);

        return moved < 0 ? -errno : moved;
}

int helper_spawn(char *const *argv, int in, int out, int shared, const char *variable, int *ret_pid) {
        _cleanup_close_ int high = shared >= 0 ? move_up(shared) : -EBADF;
        pid_t pid;

        if (shared >= 0 && high < 0)
                return high;
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                exec_child(argv, in, out, high, variable);
        *ret_pid = pid;
        return 0;
}
