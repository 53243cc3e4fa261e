/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/mounts.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "world/files.h"

#define STACK_DEPTH_MAX 16
#define DEVICES_MAX 256
#define MOUNTS_MAX 4096U

typedef struct Devices {
        dev_t devnos[DEVICES_MAX];
        size_t n;
} Devices;

Mounts *mounts_free(Mounts *m) {
        if (!m)
                return NULL;

        for (size_t i = 0; i < m->n; i++)
                free(m->all[i].point);
        free(m->all);
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

static int mounts_add(Mounts *m, const Mount *mount) {
        Mount *grown = reallocarray(m->all, m->n + 1, sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        m->all = grown;
        grown[m->n] = *mount;
        grown[m->n].point = strdup(mount->point);
        if (!grown[m->n].point)
                return -ENOMEM;
        m->n++;
        return 0;
}

typedef struct MountLine {
        Mount mount;
        dev_t source; /* btrfs has a number of its own: then the source tells the device */
} MountLine;

/* "36 35 98:0 /root /point options - type source superoptions" */
static bool parse_line(char *line, MountLine *ret) {
        char *point = NULL, *source = NULL, *rest, *state = NULL, *field;
        unsigned maj = 0, min = 0, i = 0;
        uint64_t id = 0;
        struct stat st;

        rest = strstr(line, " - ");
        if (!rest)
                return false;
        *rest = 0;
        for (field = strtok_r(line, " ", &state); field; field = strtok_r(NULL, " ", &state), i++) {
                if (i == 0 && sscanf(field, "%" SCNu64, &id) != 1)
                        return false;
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
        *ret = (MountLine) { .mount = { .fs = makedev(maj, min), .id = id, .point = point } };
        if (source[0] == '/' && stat(source, &st) >= 0 && S_ISBLK(st.st_mode))
                ret->source = st.st_rdev;
        return true;
}

static int collect(const Devices *wanted, Mounts *m) {
        _cleanup_fclose_ FILE *f = NULL;
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        int r = 0;

        f = fopen("/proc/self/mountinfo", "re");
        if (!f)
                return -errno;
        while (r >= 0 && getline(&line, &size, f) >= 0) {
                MountLine l;

                if (!parse_line(line, &l))
                        continue;
                if (!devices_have(wanted, l.mount.fs) && !(l.source != 0 && devices_have(wanted, l.source)))
                        continue;
                r = m->n == MOUNTS_MAX ? -E2BIG : mounts_add(m, &l.mount);
        }

        return r;
}

static int collect_new(const Devices *wanted, Mounts **ret) {
        _cleanup_(mounts_freep) Mounts *m = calloc(1, sizeof(*m));
        int r;

        r = m ? collect(wanted, m) : -ENOMEM;
        if (r < 0)
                return r;
        *ret = TAKE_PTR(m);
        return 0;
}

int mounts_above(uint32_t maj, uint32_t min, bool direct, Mounts **ret) {
        Devices wanted = {};
        int r;

        assert(ret);

        if (direct)
                wanted.devnos[wanted.n++] = makedev(maj, min);
        r = add_holders(&wanted, makedev(maj, min), 0);
        return r < 0 ? r : collect_new(&wanted, ret);
}

static bool opened_in_passing(const DmNode *node) {
        _cleanup_(mounts_freep) Mounts *m = NULL;
        Devices above = {};

        return node->open_count > 0 && add_holders(&above, makedev(node->major, node->minor), 0) >= 0 && above.n == 0 &&
               mounts_above(node->major, node->minor, true, &m) >= 0 && m->n == 0;
}

bool mounts_opened_in_passing(const DmObserved *observed, const Uuid *vg) {
        char prefix[UUID_CHARS + 8];

        (void) snprintf(prefix, sizeof(prefix), "LVM-%s", vg->chars);
        for (size_t i = 0; i < observed->n_nodes; i++)
                if (strncmp(observed->nodes[i].uuid, prefix, strlen(prefix)) == 0 && opened_in_passing(&observed->nodes[i]))
                        return true;
        return false;
}

int mounts_of(dev_t fs, Mounts **ret) {
        assert(ret);

        return collect_new(&(Devices) { .devnos = { fs }, .n = 1 }, ret);
}

bool mounts_first(const Mounts *m, size_t i) {
        for (size_t k = 0; k < i; k++)
                if (m->all[k].fs == m->all[i].fs)
                        return false;
        return true;
}

static int open_point(const char *point) {
        int fd = open(point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0 && errno == ENOTDIR)
                fd = open(point, O_RDONLY | O_CLOEXEC); /* a bind mount of a file */
        return fd < 0 ? -errno : fd;
}

static int open_mount(const Mount *m) {
        _cleanup_close_ int fd = open_point(m->point);
        struct statx st;

        if (fd < 0)
                return fd;
        if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0)
                return -errno;
        return st.stx_mask & STATX_MNT_ID && st.stx_mnt_id != m->id ? -ESTALE : TAKE_FD(fd);
}

int mounts_open(const Mounts *m, dev_t fs) {
        int r = -ESTALE;

        for (size_t i = 0; i < m->n; i++)
                if (m->all[i].fs == fs) {
                        r = open_mount(&m->all[i]);
                        if (r >= 0)
                                return r;
                }
        return r;
}
