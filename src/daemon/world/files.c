/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/files.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

#define FILE_BYTES_MAX (4U << 20)

int run_dir_make(const char *dir) {
        assert(dir);

        if (mkdir(RUN_DIR, 0755) < 0 && errno != EEXIST)
                return -errno;
        if (mkdir(dir, 0700) < 0 && errno != EEXIST)
                return -errno;
        return 0;
}

int file_read(const char *path, char **ret) {
        _cleanup_fclose_ FILE *f = NULL;
        _cleanup_free_ char *text = NULL;
        size_t n = 0, size = 4096;

        assert(path);
        assert(ret);

        f = fopen(path, "re");
        if (!f)
                return -errno;
        for (;;) {
                char *grown = realloc(text, size);

                if (!grown)
                        return -ENOMEM;
                text = grown;
                n += fread(text + n, 1, size - n - 1, f);
                if (n < size - 1)
                        break;
                if (size >= FILE_BYTES_MAX)
                        return -EFBIG;
                size *= 2;
        }
        if (ferror(f))
                return -EIO;

        text[n] = 0;
        *ret = TAKE_PTR(text);
        return 0;
}

static int write_all(int fd, const char *text) {
        size_t n = strlen(text);

        while (n > 0) {
                ssize_t written = write(fd, text, n);

                if (written < 0 && errno == EINTR)
                        continue;
                if (written < 0)
                        return -errno;
                text += written;
                n -= (size_t) written;
        }

        return 0;
}

static int sync_parent(const char *path) {
        _cleanup_free_ char *copy = strdup(path);
        _cleanup_close_ int fd = -EBADF;

        if (!copy)
                return -ENOMEM;
        fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || fsync(fd) < 0)
                return -errno;
        return 0;
}

static int replace(const char *path, const char *text, bool durable) {
        _cleanup_free_ char *temporary = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        assert(path);
        assert(text);

        if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
                temporary = NULL;
                return -ENOMEM;
        }
        fd = mkostemp(temporary, O_CLOEXEC);
        if (fd < 0)
                return -errno;

        r = write_all(fd, text);
        if (r >= 0 && durable && fsync(fd) < 0)
                r = -errno;
        if (r >= 0 && rename(temporary, path) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlink(temporary);
                return r;
        }
        return durable ? sync_parent(path) : 0;
}

int file_replace(const char *path, const char *text) {
        return replace(path, text, false);
}

int file_replace_durable(const char *path, const char *text) {
        return replace(path, text, true);
}
