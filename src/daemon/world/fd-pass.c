/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/fd-pass.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

typedef union Control {
        struct cmsghdr header;
        char space[CMSG_SPACE(FD_PASS_MAX * sizeof(int))];
} Control;

/* With the padding there is room for more than are sent. */
#define RECEIVED_MAX ((sizeof(Control) - CMSG_LEN(0)) / sizeof(int))

int fd_send(int socket, const void *data, size_t size, const int *fds, size_t n_fds, int flags) {
        Control control = {};
        struct iovec part = { (void *) data, size };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

        assert(data);
        assert(n_fds <= FD_PASS_MAX);

        if (n_fds > 0) {
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                control.header.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
                memcpy(CMSG_DATA(&control.header), fds, n_fds * sizeof(int));
                message.msg_control = &control;
                message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        }
        for (;;) {
                if (sendmsg(socket, &message, MSG_NOSIGNAL | flags) >= 0)
                        return 0;
                if (errno != EINTR)
                        return -errno;
        }
}

static size_t take_fds(struct msghdr *message, int *fds) {
        size_t n = 0;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
                if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
                        size_t more = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

                        assert(n + more <= RECEIVED_MAX); /* the kernel closes what has no room in the control buffer */
                        memcpy(fds + n, CMSG_DATA(c), more * sizeof(int));
                        n += more;
                }
        return n;
}

void fds_close(int *fds, size_t n) {
        for (size_t i = 0; i < n; i++) {
                closep(&fds[i]);
                fds[i] = -EBADF;
        }
}

int fd_receive(int socket, void *data, size_t size, int *fds, size_t max_fds, size_t *ret_n, int flags) {
        Control control = {};
        struct iovec part = { data, size };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
        int received[RECEIVED_MAX];
        ssize_t got;
        size_t n;

        assert(data);
        assert(max_fds <= FD_PASS_MAX);
        assert(ret_n);

        do
                got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags);
        while (got < 0 && errno == EINTR);
        if (got < 0)
                return -errno;
        n = take_fds(&message, received);
        if (got == 0 && n == 0)
                return -ECONNRESET;
        if ((size_t) got != size || n > max_fds || message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
                fds_close(received, n);
                return -EBADMSG;
        }

        if (n > 0)
                memcpy(fds, received, n * sizeof(int));
        *ret_n = n;
        return 0;
}
