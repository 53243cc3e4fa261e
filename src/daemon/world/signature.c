/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/signature.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <blkid.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "world/blockdev.h"

#define SIGNATURES_MAX 64 /* a device that shows more of them than this is broken */

static void probe_freep(blkid_probe *p) {
        blkid_free_probe(*p);
}

/* As wipefs(8): a wrong checksum does not make a signature none. */
static int probe_new(int fd, blkid_probe *ret) {
        _cleanup_(probe_freep) blkid_probe p = blkid_new_probe();

        if (!p)
                return -ENOMEM;
        errno = 0;
        if (blkid_probe_set_device(p, fd, 0, 0) < 0)
                return errno > 0 ? -errno : -EIO;
        if (blkid_probe_enable_superblocks(p, 1) < 0 || blkid_probe_enable_partitions(p, 1) < 0 ||
            blkid_probe_set_superblocks_flags(p, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_BADCSUM) < 0 ||
            blkid_probe_set_partitions_flags(p, BLKID_PARTS_MAGIC | BLKID_PARTS_FORCE_GPT) < 0)
                return -ENOMEM;
        *ret = TAKE_PTR(p);
        return 0;
}

/* 1 and the type of the next signature, or 0. */
static int probe_next(blkid_probe p, const char **ret) {
        int r;

        errno = 0;
        r = blkid_do_probe(p);
        if (r < 0)
                return errno > 0 ? -errno : -EIO;
        if (r > 0)
                return 0;
        if (blkid_probe_lookup_value(p, "TYPE", ret, NULL) < 0 && blkid_probe_lookup_value(p, "PTTYPE", ret, NULL) < 0)
                *ret = "unknown";
        return 1;
}

static int join(char *const *types, char **ret) {
        _cleanup_(buf_done) Buf b = {};

        if (!types) {
                *ret = NULL;
                return 0;
        }
        for (char *const *t = types; *t; t++)
                buf_addf(&b, "%s%s", t == types ? "" : ", ", *t);
        *ret = buf_take(&b);
        return *ret ? 0 : -ENOMEM;
}

int signature_list(const char *path, char **ret) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_(strv_freep) char **types = NULL;
        _cleanup_(probe_freep) blkid_probe p = NULL;
        const char *type = NULL;
        int r;

        assert(path);
        assert(ret);

        fd = device_open(path, O_RDONLY);
        if (fd < 0)
                return fd;
        r = probe_new(fd, &p);
        for (unsigned i = 0; r >= 0 && i < SIGNATURES_MAX && (r = probe_next(p, &type)) > 0; i++)
                if (!streq(type, "LVM2_member") && !strv_contains(types, type))
                        r = strv_extend(&types, type);
        return r < 0 ? r : join(types, ret);
}

int signature_erase(const char *path) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_(probe_freep) blkid_probe p = NULL;
        const char *type = NULL;
        bool table;
        int r;

        assert(path);

        fd = device_open(path, O_RDWR | O_EXCL);
        if (fd < 0)
                return fd;
        r = probe_new(fd, &p);
        if (r >= 0)
                r = probe_next(p, &type);
        if (r <= 0)
                return r;
        table = blkid_probe_has_value(p, "PTTYPE");
        errno = 0;
        if (blkid_do_wipe(p, 0) < 0)
                return errno > 0 ? -errno : -EIO;
        if (fsync(fd) < 0)
                return -errno;
        if (table)
                (void) ioctl(fd, BLKRRPART); /* partitions that nobody has open are gone; a partition has none */
        return 1;
}
