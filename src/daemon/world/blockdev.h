/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Direct I/O on a block device (or, in tests, a regular file). The page cache is not asked, so what is read
 * is on the disk, and what LVM wrote with O_DIRECT is seen. Opened for writing only at the first write:
 * closing such a descriptor makes udev probe the device again. */

#include <stddef.h>
#include <stdint.h>

#include "model/dm-tree.h"

typedef struct BlockDev {
        int read_fd, write_fd; /* -EBADF while not open */
        uint32_t block_bytes;
} BlockDev;

#define BLOCKDEV_CLOSED ((BlockDev) { -EBADF, -EBADF, 512 })

/* open() of a block device or a regular file. Whatever else it is, is not opened: that may wait for ever (a FIFO), or do something (a watchdog).
 * -ENOTBLK, -errno. */
int device_open(const char *path, int flags);
/* Opens for reading; fills everything of *ret_where but the path. */
int blockdev_open(const char *path, BlockDev *ret, PvDevice *ret_where);
void blockdev_close(BlockDev *b);
int blockdev_read(const BlockDev *b, uint64_t offset, void *buffer, size_t n);
/* path is used at the first call; later calls neither allocate nor open. */
int blockdev_write(BlockDev *b, const char *path, uint64_t offset, const void *buffer, size_t n);
int blockdev_flush(const BlockDev *b);
