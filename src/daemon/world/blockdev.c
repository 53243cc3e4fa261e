/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/blockdev.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The path is the caller's, who may exchange what is there between a look and an open: so the look is at what is opened. */
int device_open(const char *path, int flags) {
        _cleanup_close_ int there = -EBADF;
        char self[32];
        struct stat st;
        int fd;

        assert(path);

        there = open(path, O_PATH | O_CLOEXEC);
        if (there < 0 || fstat(there, &st) < 0)
                return -errno;
        if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode))
                return -ENOTBLK;
        (void) snprintf(self, sizeof(self), "/proc/self/fd/%d", there);
        fd = open(self, flags | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* A filesystem without O_DIRECT (tests on tmpfs) still serves; block devices always have it. */
static int open_direct(const char *path, int flags) {
        int fd = device_open(path, flags | O_DIRECT | O_NOATIME);

        return fd == -EINVAL || fd == -EPERM ? device_open(path, flags) : fd;
}

static int describe(int fd, PvDevice *ret) {
        struct stat st;
        uint64_t bytes;
        int block;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISREG(st.st_mode)) {
                *ret = (PvDevice) { .bytes = (uint64_t) st.st_size, .block_bytes = 512 };
                return 0;
        }
        if (!S_ISBLK(st.st_mode))
                return -ENOTBLK;
        if (ioctl(fd, BLKGETSIZE64, &bytes) < 0 || ioctl(fd, BLKSSZGET, &block) < 0)
                return -errno;
        if (block < 512 || block > 65536)
                return -EIO;

        *ret = (PvDevice) {
                .major = major(st.st_rdev),
                .minor = minor(st.st_rdev),
                .bytes = bytes,
                .block_bytes = (uint32_t) block,
        };
        return 0;
}

int blockdev_open(const char *path, BlockDev *ret, PvDevice *ret_where) {
        _cleanup_close_ int fd = -EBADF;
        PvDevice where;
        int r;

        assert(path);
        assert(ret);
        assert(ret_where);

        fd = open_direct(path, O_RDONLY);
        if (fd < 0)
                return fd;
        r = describe(fd, &where);
        if (r < 0)
                return r;

        *ret = (BlockDev) { .read_fd = TAKE_FD(fd), .write_fd = -EBADF, .block_bytes = where.block_bytes };
        *ret_where = where;
        return 0;
}

void blockdev_close(BlockDev *b) {
        assert(b);

        closep(&b->read_fd);
        closep(&b->write_fd);
        *b = BLOCKDEV_CLOSED;
}

static int read_all(int fd, uint64_t offset, unsigned char *buffer, size_t n) {
        while (n > 0) {
                ssize_t got = pread(fd, buffer, n, (off_t) offset);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return -errno;
                if (got == 0)
                        return -EIO; /* behind the end: the caller took a size from the disk on trust */
                buffer += got;
                offset += (uint64_t) got;
                n -= (size_t) got;
        }

        return 0;
}

int blockdev_read(const BlockDev *b, uint64_t offset, void *buffer, size_t n) {
        _cleanup_free_ unsigned char *bounce = NULL;
        uint64_t start, end;
        int r;

        assert(b);
        assert(buffer || n == 0);

        if (offset > INT64_MAX - n - b->block_bytes)
                return -EOVERFLOW;
        start = offset / b->block_bytes * b->block_bytes;
        end = (offset + n + b->block_bytes - 1) / b->block_bytes * b->block_bytes;
        if (start == end)
                return 0;

        bounce = aligned_alloc(4096, (size_t) (end - start + 4095) / 4096 * 4096);
        if (!bounce)
                return -ENOMEM;
        r = read_all(b->read_fd, start, bounce, (size_t) (end - start));
        if (r < 0)
                return r;

        memcpy(buffer, bounce + (offset - start), n);
        return 0;
}

static int open_for_writing(BlockDev *b, const char *path) {
        _cleanup_close_ int fd = -EBADF;
        struct stat before, now;

        fd = open_direct(path, O_RDWR);
        if (fd < 0)
                return fd;
        /* The name may have moved to another disk since it was opened for reading. */
        if (fstat(b->read_fd, &before) < 0 || fstat(fd, &now) < 0)
                return -errno;
        if (before.st_rdev != now.st_rdev || before.st_ino != now.st_ino || before.st_dev != now.st_dev)
                return -ESTALE;

        b->write_fd = TAKE_FD(fd);
        return 0;
}

int blockdev_write(BlockDev *b, const char *path, uint64_t offset, const void *buffer, size_t n) {
        const unsigned char *p = buffer;
        int r;

        assert(b);
        assert(buffer || n == 0);
        assert(offset % b->block_bytes == 0 && n % b->block_bytes == 0);

        if (b->write_fd < 0) {
                r = open_for_writing(b, path);
                if (r < 0)
                        return r;
        }

        while (n > 0) {
                ssize_t put = pwrite(b->write_fd, p, n, (off_t) offset);

                if (put < 0 && errno == EINTR)
                        continue;
                if (put < 0)
                        return -errno;
                if (put == 0)
                        return -EIO;
                p += put;
                offset += (uint64_t) put;
                n -= (size_t) put;
        }

        return 0;
}

int blockdev_flush(const BlockDev *b) {
        assert(b);

        /* A descriptor for reading will do: what another process wrote, and died before its flush, is in the
         * disk's cache just as well. */
        return fdatasync(b->write_fd >= 0 ? b->write_fd : b->read_fd) < 0 ? -errno : 0;
}
