/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/worker-process.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/str.h"

#define SHARED_FD 3
#define ANSWER_MAX (256U << 20)

static int memfd_with(const char *text) {
        _cleanup_close_ int fd = memfd_create("raidd-request", MFD_CLOEXEC);
        size_t n = strlen(text);

        if (fd < 0)
                return -errno;
        if (write(fd, text, n) != (ssize_t) n || lseek(fd, 0, SEEK_SET) < 0)
                return -EIO;
        return TAKE_FD(fd);
}

/* In the child: fd 0, 1 and 3 as given (-1: as they are), signals as at the start of a program. */
__attribute__((noreturn))
static void exec_child(char *const *argv, int in, int out, int shared, const char *variable) {
        sigset_t none;

        sigemptyset(&none);
        if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
                _exit(126);
        if ((in >= 0 && dup2(in, 0) < 0) || (out >= 0 && dup2(out, 1) < 0))
                _exit(126);
        if (shared == SHARED_FD) {
                if (fcntl(shared, F_SETFD, 0) < 0)
                        _exit(126);
        } else if (shared >= 0 && dup2(shared, SHARED_FD) < 0)
                _exit(126);
        if (shared >= 0 && setenv(variable, "3", 1) < 0)
                _exit(126);
        execv(argv[0], argv);
        _exit(127);
}

/* The number 3 may be in use by something of ours that the child overwrites: it is CLOEXEC there anyway. */
static int move_up(int fd) {
        int moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);

        return moved < 0 ? -errno : moved;
}

static int spawn(char *const *argv, int in, int out, int shared, const char *variable, pid_t *ret_pid) {
        pid_t pid = fork();

        if (pid < 0)
                return -errno;
        if (pid == 0)
                exec_child(argv, in, out, shared, variable);
        *ret_pid = pid;
        return 0;
}

int worker_spawn_run(const char *worker, const char *request, int *ret_answer, int *ret_lock, pid_t *ret_pid) {
        char *argv[] = { (char *) worker, (char *) "run", NULL };
        _cleanup_close_ int in = -EBADF, out = -EBADF, ours = -EBADF, theirs = -EBADF, high = -EBADF;
        int pair[2], r;

        in = memfd_with(request);
        if (in < 0)
                return in;
        out = memfd_create("raidd-answer", MFD_CLOEXEC);
        if (out < 0 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
                return -errno;
        ours = pair[0];
        theirs = pair[1];
        high = move_up(theirs);
        if (high < 0)
                return high;
        r = spawn(argv, in, out, high, "RAIDD_LOCK_SOCKET", ret_pid);
        if (r < 0)
                return r;
        *ret_answer = TAKE_FD(out);
        *ret_lock = TAKE_FD(ours);
        return 0;
}

static int receive_lock(int socket) {
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(sizeof(int))];
        } control = {};
        char text[8];
        struct iovec part = { text, sizeof(text) };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space,
                                  .msg_controllen = sizeof(control.space) };
        struct cmsghdr *c;
        int fd;

        if (socket < 0 || recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
                return -EBADF;
        c = CMSG_FIRSTHDR(&message);
        if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
                return -EBADF;
        memcpy(&fd, CMSG_DATA(c), sizeof(int));
        return fd;
}

int worker_spawn_recover(char *const *argv, int *lock, pid_t *ret_pid) {
        _cleanup_close_ int held = receive_lock(*lock), high = -EBADF;

        closep(lock);
        *lock = -EBADF;
        if (held >= 0) {
                high = move_up(held);
                if (high < 0)
                        return high;
        }
        return spawn(argv, -1, -1, high, "RAIDD_LOCK_FD", ret_pid);
}

json_object *worker_read_answer(int fd) {
        _cleanup_free_ char *text = NULL;
        json_object *answer = NULL;
        struct stat st;
        char *save = NULL;

        if (fstat(fd, &st) < 0 || st.st_size <= 0 || st.st_size > ANSWER_MAX)
                return NULL;
        text = calloc(1, (size_t) st.st_size + 1);
        if (!text || pread(fd, text, (size_t) st.st_size, 0) != st.st_size)
                return NULL;
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                json_object *o = json_tokener_parse(line);

                if (!o)
                        continue;
                if (json_object_object_get_ex(o, "result", NULL)) {
                        json_object_put(answer);
                        answer = o;
                } else
                        json_object_put(o);
        }
        return answer;
}
