/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Messages with descriptors over a Unix socket that keeps them apart (SOCK_SEQPACKET, SOCK_DGRAM). */

#include <stddef.h>

#define FD_PASS_MAX 3

/* One message; flags as for sendmsg(), and never a signal. The descriptors stay the caller's. -EAGAIN, -EPIPE and so on. */
int fd_send(int socket, const void *data, size_t size, const int *fds, size_t n_fds, int flags);
/* One message of exactly that size, with at most max_fds (up to FD_PASS_MAX) descriptors, which are CLOEXEC and the caller's. ret_n: how many.
 * -ECONNRESET: the other end is closed. -EBADMSG: something else came; its descriptors are closed. */
int fd_receive(int socket, void *data, size_t size, int *fds, size_t max_fds, size_t *ret_n, int flags);
void fds_close(int *fds, size_t n);
