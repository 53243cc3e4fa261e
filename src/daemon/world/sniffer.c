/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/sniffer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

#define NODE_MAX 4096U

typedef struct Answer {
        int result;
        unsigned char bytes[SNIFF_BYTES];
} Answer;

static int read_node(const char *node, unsigned char *aligned) {
        _cleanup_close_ int fd = open(node, O_RDONLY | O_DIRECT | O_NONBLOCK | O_CLOEXEC);
        ssize_t n;

        if (fd < 0)
                return -errno;
        n = pread(fd, aligned, SNIFF_BYTES, 0);
        if (n < 0)
                return -errno;
        return n == SNIFF_BYTES ? 0 : -EIO;
}

/* Until the other end is closed. It has nothing else open: a lock that it kept would outlive who took it. */
_Noreturn static void serve(int fd) {
        static _Alignas(SNIFF_BYTES) unsigned char aligned[SNIFF_BYTES];
        char node[NODE_MAX];
        Answer answer;
        ssize_t n;

        if (dup2(fd, STDIN_FILENO) < 0 || close_range(STDIN_FILENO + 1, ~0U, 0) < 0)
                _exit(1);
        while ((n = recv(STDIN_FILENO, node, sizeof(node) - 1, 0)) > 0) {
                node[n] = '\0';
                answer.result = read_node(node, aligned);
                memcpy(answer.bytes, aligned, sizeof(aligned));
                if (send(STDIN_FILENO, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
                        break;
        }
        _exit(0);
}

int sniffer_begin(Sniffer *s) {
        int fds[2];
        pid_t pid;

        assert(s);

        if (s->fd >= 0)
                return 0;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        pid = fork();
        if (pid == 0)
                serve(fds[1]);
        *s = (Sniffer) { .fd = fds[0], .pid = pid };
        (void) close(fds[1]); /* the child's */
        if (pid < 0) {
                int r = -errno;

                (void) close(fds[0]);
                *s = SNIFFER_NONE;
                return r;
        }
        return 0;
}

/* It ends when the disk answers. */
static void leave_behind(Sniffer *s) {
        (void) kill(s->pid, SIGKILL);
        (void) waitpid(s->pid, NULL, WNOHANG);
        (void) close(s->fd);
        *s = SNIFFER_NONE;
}

int sniffer_read(Sniffer *s, const char *node, uint32_t limit_ms, unsigned char ret[static SNIFF_BYTES]) {
        struct pollfd p;
        Answer answer;
        int r;

        assert(s->fd >= 0);
        assert(node);

        if (send(s->fd, node, strlen(node), MSG_NOSIGNAL) < 0) {
                r = -errno;
                leave_behind(s); /* it is gone; there will be another one */
                return r;
        }
        p = (struct pollfd) { .fd = s->fd, .events = POLLIN };
        do
                r = poll(&p, 1, (int) limit_ms);
        while (r < 0 && errno == EINTR);
        if (r <= 0) {
                r = r < 0 ? -errno : -ETIMEDOUT;
                leave_behind(s);
                return r;
        }
        if (recv(s->fd, &answer, sizeof(answer), 0) != sizeof(answer)) {
                leave_behind(s);
                return -EIO;
        }
        if (answer.result >= 0)
                memcpy(ret, answer.bytes, sizeof(answer.bytes));
        return answer.result;
}

void sniffer_done(Sniffer *s) {
        if (s->fd < 0)
                return;
        (void) close(s->fd);
        while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        *s = SNIFFER_NONE;
}
