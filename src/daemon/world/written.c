/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/written.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "model/raid1.h"
#include "world/files.h"
#include "world/log.h"

#define NOTE_PREFIX "raidd-written.LVM-"

static const char *note_dir(void) {
        const char *dir = getenv("RAIDD_NOTE_DIR"); /* tests */

        return dir ? dir : "/etc/lvm";
}

static int note_path(const char *dm_uuid, char **ret) {
        char *path;

        if (strncmp(dm_uuid, "LVM-", 4) != 0 || strchr(dm_uuid, '/'))
                return -EINVAL;
        if (asprintf(&path, "%s/" NOTE_PREFIX "%s", note_dir(), dm_uuid + 4) < 0)
                return -ENOMEM;
        *ret = path;
        return 0;
}

bool written_is_noted(const char *dm_uuid) {
        _cleanup_free_ char *path = NULL;

        assert(dm_uuid);

        return note_path(dm_uuid, &path) >= 0 && access(path, F_OK) >= 0;
}

int written_note(const char *dm_uuid) {
        _cleanup_free_ char *path = NULL;
        int r;

        assert(dm_uuid);

        r = note_path(dm_uuid, &path);
        return r < 0 ? r : file_replace_durable(path, "");
}

/* Is it an image of a volume of this group, and not the tracked one? Of what is not in the metadata, nobody needs to know; but it may be in
 * those of another time, which a disk that is away has. */
static bool is_attached(const VolumeGroup *vg, const char *lv_id) {
        const LogicalVolume *lv, *parent;
        size_t slot;
        Uuid id;

        if (uuid_parse(lv_id, &id) < 0)
                return false;
        lv = vg_find_lv_by_id(vg, &id);
        parent = lv ? lv_raid1_parent(vg, lv, &slot) : NULL;
        return parent && lv_tracked_slot(parent) != (int) slot;
}

void written_tidy(const VolumeGroup *vg) {
        DIR *d = opendir(note_dir());
        const struct dirent *entry;

        assert(vg);

        while (d && (entry = readdir(d))) {
                const char *ids = entry->d_name + strlen(NOTE_PREFIX);

                if (strncmp(entry->d_name, NOTE_PREFIX, strlen(NOTE_PREFIX)) != 0 || strlen(ids) != 2 * UUID_CHARS ||
                    strncmp(ids, vg->id.chars, UUID_CHARS) != 0 || !is_attached(vg, ids + UUID_CHARS))
                        continue;
                if (unlinkat(dirfd(d), entry->d_name, 0) < 0)
                        log_warning("%s/%s cannot be removed, ignoring: %s", note_dir(), entry->d_name, strerror(errno));
        }
        if (d)
                (void) closedir(d);
}
