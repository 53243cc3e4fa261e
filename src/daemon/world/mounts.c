/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/mounts.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "world/files.h"

#define STACK_DEPTH_MAX 16
#define DEVICES_MAX 256

typedef struct Devices {
        dev_t devnos[DEVICES_MAX];
        size_t n;
} Devices;

Mounts *mounts_free(Mounts *m) {
        if (!m)
                return NULL;

        for (size_t i = 0; i < m->n; i++)
                free(m->points[i]);
        free(m->points);
        free(m);
        return NULL;
}

static bool devices_have(const Devices *d, dev_t devno) {
        for (size_t i = 0; i < d->n; i++)
                if (d->devnos[i] == devno)
                        return true;

        return false;
}

static int holder_devno(const char *holders, const char *name, dev_t *ret) {
        _cleanup_free_ char *path = NULL, *text = NULL;
        unsigned maj, min;
        int r;

        if (asprintf(&path, "%s/%s/dev", holders, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = file_read(path, &text);
        if (r < 0)
                return r;
        if (sscanf(text, "%u:%u", &maj, &min) != 2)
                return -EIO;
        *ret = makedev(maj, min);
        return 0;
}

/* Adds the holders of a device, and theirs. A stack deeper or wider than the limits is an error: what we do
 * not see we could not freeze. */
static int add_holders(Devices *d, dev_t devno, unsigned depth) {
        struct dirent *entry;
        char path[64];
        DIR *dir;
        int r = 0;

        if (depth > STACK_DEPTH_MAX)
                return -ELOOP;
        (void) snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/holders", major(devno), minor(devno));
        dir = opendir(path);
        if (!dir)
                return errno == ENOENT ? 0 : -errno;

        while (r >= 0 && (entry = readdir(dir))) {
                dev_t holder;

                if (entry->d_name[0] == '.')
                        continue;
                r = holder_devno(path, entry->d_name, &holder);
                if (r < 0 || devices_have(d, holder))
                        continue;
                if (d->n == DEVICES_MAX) {
                        r = -E2BIG;
                        continue;
                }
                d->devnos[d->n++] = holder;
                r = add_holders(d, holder, depth + 1);
        }

        (void) closedir(dir);
        return r;
}

/* mountinfo writes blanks and backslashes as \ooo. */
static void unescape(char *s) {
        char *out = s;

        while (*s) {
                unsigned code;

                if (s[0] == '\\' && sscanf(s + 1, "%3o", &code) == 1) {
                        *out++ = (char) code;
                        s += 4;
                } else
                        *out++ = *s++;
        }
        *out = 0;
}

static int mounts_add(Mounts *m, const char *point) {
        char **grown = reallocarray(m->points, m->n + 1, sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        m->points = grown;
        grown[m->n] = strdup(point);
        if (!grown[m->n])
                return -ENOMEM;
        m->n++;
        return 0;
}

typedef struct MountLine {
        dev_t fs, source; /* btrfs has a number of its own: then the source tells the device */
        char *point;
} MountLine;

/* "36 35 98:0 /root /point options - type source superoptions" */
static bool parse_line(char *line, MountLine *ret) {
        char *point = NULL, *source = NULL, *rest, *state = NULL, *field;
        unsigned maj = 0, min = 0, i = 0;
        struct stat st;

        rest = strstr(line, " - ");
        if (!rest)
                return false;
        *rest = 0;
        for (field = strtok_r(line, " ", &state); field; field = strtok_r(NULL, " ", &state), i++) {
                if (i == 2 && sscanf(field, "%u:%u", &maj, &min) != 2)
                        return false;
                if (i == 4)
                        point = field;
        }
        field = strtok_r(rest + 3, " \n", &state);
        if (field)
                source = strtok_r(NULL, " \n", &state);
        if (!point || !source)
                return false;

        unescape(point);
        unescape(source);
        *ret = (MountLine) { .fs = makedev(maj, min), .point = point };
        if (source[0] == '/' && stat(source, &st) >= 0 && S_ISBLK(st.st_mode))
                ret->source = st.st_rdev;
        return true;
}

static int collect(const Devices *wanted, Mounts *m) {
        _cleanup_fclose_ FILE *f = NULL;
        _cleanup_free_ char *line = NULL;
        Devices seen = {};
        size_t size = 0;
        int r = 0;

        f = fopen("/proc/self/mountinfo", "re");
        if (!f)
                return -errno;
        while (r >= 0 && getline(&line, &size, f) >= 0) {
                MountLine mount;

                if (!parse_line(line, &mount) || devices_have(&seen, mount.fs))
                        continue;
                if (!devices_have(wanted, mount.fs) && !(mount.source != 0 && devices_have(wanted, mount.source)))
                        continue;
                if (seen.n == DEVICES_MAX)
                        return -E2BIG;
                seen.devnos[seen.n++] = mount.fs;
                r = mounts_add(m, mount.point);
        }

        return r;
}

int mounts_above(uint32_t maj, uint32_t min, bool direct, Mounts **ret) {
        _cleanup_(mounts_freep) Mounts *m = NULL;
        Devices wanted = {};
        int r;

        assert(ret);

        m = calloc(1, sizeof(*m));
        if (!m)
                return -ENOMEM;
        if (direct)
                wanted.devnos[wanted.n++] = makedev(maj, min);
        r = add_holders(&wanted, makedev(maj, min), 0);
        if (r >= 0)
                r = collect(&wanted, m);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(m);
        return 0;
}
