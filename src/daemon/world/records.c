/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/records.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "world/files.h"
#include "world/vglock.h"

#define INTENT_DIR RUN_DIR "/intent"
#define CLAIM_DIR RUN_DIR "/worker"
#define BACKUP_DIR "/etc/lvm/backup"
#define ARCHIVE_DIR "/etc/lvm/archive"

static int intent_path(const Uuid *vg, char **ret) {
        char *path;

        if (asprintf(&path, "%s/%s.json", INTENT_DIR, vg->chars) < 0)
                return -ENOMEM;
        *ret = path;
        return 0;
}

int intent_write(const Uuid *vg, const char *text) {
        _cleanup_free_ char *path = NULL;
        int r;

        assert(vg);
        assert(text);

        r = intent_path(vg, &path);
        if (r >= 0)
                r = run_dir_make(INTENT_DIR);
        return r < 0 ? r : file_replace(path, text);
}

int intent_read(const Uuid *vg, char **ret) {
        _cleanup_free_ char *path = NULL;
        int r;

        assert(vg);
        assert(ret);

        r = intent_path(vg, &path);
        return r < 0 ? r : file_read(path, ret);
}

int intent_remove(const Uuid *vg) {
        _cleanup_free_ char *path = NULL;
        int r;

        assert(vg);

        r = intent_path(vg, &path);
        if (r < 0)
                return r;
        return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

int intent_claim(const Uuid *vg, unsigned limit_ms) {
        _cleanup_free_ char *path = NULL;
        int r;

        assert(vg);

        r = run_dir_make(CLAIM_DIR);
        if (r < 0)
                return r;
        if (asprintf(&path, "%s/%s", CLAIM_DIR, vg->chars) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return lock_file_take(path, limit_ms);
}

static int add_id(const char *file, Uuid **ids, size_t *n) {
        char name[UUID_CHARS + 1] = {};
        Uuid *grown, id;

        if (strlen(file) != UUID_CHARS + strlen(".json") || strcmp(file + UUID_CHARS, ".json") != 0)
                return 0;
        memcpy(name, file, UUID_CHARS);
        if (uuid_parse(name, &id) < 0)
                return 0;
        grown = reallocarray(*ids, *n + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        *ids = grown;
        grown[(*n)++] = id;
        return 0;
}

int intent_list(Uuid **ret, size_t *ret_n) {
        _cleanup_free_ Uuid *ids = NULL;
        struct dirent *entry;
        size_t n = 0;
        DIR *d;
        int r = 0;

        assert(ret);
        assert(ret_n);

        d = opendir(INTENT_DIR);
        if (!d && errno != ENOENT)
                return -errno;
        while (d && r >= 0 && (entry = readdir(d)))
                r = add_id(entry->d_name, &ids, &n);
        if (d)
                (void) closedir(d);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(ids);
        *ret_n = n;
        return 0;
}

/* The name comes from a disk, and becomes a file's. */
static bool name_is_safe(const char *vg_name) {
        return vg_name[0] && vg_name[0] != '.' && !strchr(vg_name, '/');
}

/* The text on the disk names its VG first and its header last; the file has it the other way round, and LVM
 * reads both. */
int backup_write(const char *vg_name, const char *text) {
        _cleanup_free_ char *path = NULL;

        assert(vg_name);
        assert(text);

        if (!name_is_safe(vg_name))
                return -EINVAL;
        if (access(BACKUP_DIR, W_OK) < 0)
                return 0;
        if (asprintf(&path, "%s/%s", BACKUP_DIR, vg_name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return file_replace_durable(path, text);
}

int backup_remove(const char *vg_name) {
        _cleanup_free_ char *path = NULL;

        assert(vg_name);

        if (!name_is_safe(vg_name))
                return -EINVAL;
        if (asprintf(&path, "%s/%s", BACKUP_DIR, vg_name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

/* One more than the highest number in use. */
static unsigned next_archive_number(const char *vg_name) {
        size_t n = strlen(vg_name);
        struct dirent *entry;
        unsigned highest = 0;
        bool any = false;
        DIR *d;

        d = opendir(ARCHIVE_DIR);
        while (d && (entry = readdir(d))) {
                unsigned number;

                if (strncmp(entry->d_name, vg_name, n) != 0 || sscanf(entry->d_name + n, "_%u-", &number) != 1)
                        continue;
                if (number > highest)
                        highest = number;
                any = true;
        }
        if (d)
                (void) closedir(d);
        return any ? highest + 1 : 0;
}

int archive_write(const char *vg_name, const char *text) {
        _cleanup_free_ char *path = NULL;
        uint32_t random = 0;

        assert(vg_name);
        assert(text);

        if (!name_is_safe(vg_name))
                return -EINVAL;
        if (access(ARCHIVE_DIR, W_OK) < 0)
                return 0;
        if (getrandom(&random, sizeof(random), 0) < 0)
                return -errno;
        if (asprintf(&path, "%s/%s_%05u-%" PRIu32 ".vg", ARCHIVE_DIR, vg_name, next_archive_number(vg_name), random) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return file_replace_durable(path, text);
}

static int touch(const char *path) {
        int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);

        if (fd < 0)
                return errno == ENOENT ? 0 : -errno; /* no /run/lvm: nobody keeps hints */
        (void) close(fd);
        return 0;
}

int hints_invalidate(void) {
        if (unlink("/run/lvm/hints") < 0 && errno != ENOENT)
                return -errno;
        return touch("/run/lvm/newhints");
}
