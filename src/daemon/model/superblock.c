/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/superblock.h"

#include <assert.h>

#include "base/cleanup.h"
#include "base/le.h"

#define MAGIC 0x64526d44U /* "DmRd" */

RaidSuperblock superblock_decode(const unsigned char block[static SUPERBLOCK_BYTES]) {
        RaidSuperblock s = { .valid = le32_read(block) == MAGIC };

        s.blank = !s.valid;
        if (s.blank)
                return s;
        s.num_devices = le32_read(block + 8);
        s.array_position = le32_read(block + 12);
        s.events = le64_read(block + 16);
        s.failed_devices[0] = le64_read(block + 24);
        for (int i = 1; i < 4; i++)
                s.failed_devices[i] = le64_read(block + 120 + 8 * (i - 1));
        s.disk_recovery_offset = le64_read(block + 32);
        s.array_resync_offset = le64_read(block + 40);
        return s;
}

void superblock_add_bitmap(RaidSuperblock *s, const unsigned char block[static BITMAP_SUPER_BYTES]) {
        BitmapSuper b;

        s->bitmap_valid = bitmap_super_decode(block, &b) >= 0;
        s->bitmap_events = s->bitmap_valid ? b.events : 0;
        s->bitmap_cleared = s->bitmap_valid ? b.events_cleared : 0;
}

bool superblocks_blank(const RaidSuperblock *all, size_t n, unsigned tracked_slot) {
        assert(all && tracked_slot < n);
        for (size_t i = 0; i < n; i++)
                if (i != tracked_slot && !all[i].blank)
                        return false;
        return n > 1;
}

bool superblock_says_failed(const RaidSuperblock *s, unsigned slot) {
        return slot < 256 && (s->failed_devices[slot / 64] >> (slot % 64) & 1);
}

bool superblock_bitmap_believed(const RaidSuperblock *s) {
        return s->bitmap_valid && s->bitmap_events >= s->events && s->bitmap_cleared < s->events;
}

static bool says_in_sync(const RaidSuperblock *s) {
        return s->disk_recovery_offset == UINT64_MAX;
}

static bool anybody_says_failed(const RaidSuperblock *all, size_t n, size_t slot) {
        for (size_t i = 0; i < n; i++)
                if (all[i].valid && all[i].events > all[slot].events && superblock_says_failed(&all[i], (unsigned) slot))
                        return true;
        return false;
}

bool superblocks_settled(const RaidSuperblock *all, size_t n, uint64_t taken) {
        uint64_t newest = 0;

        assert(all);
        for (size_t i = 0; i < n; i++)
                if (all[i].valid && all[i].events > newest)
                        newest = all[i].events;
        for (size_t i = 0; i < n && i < 64; i++)
                if ((taken >> i & 1) && all[i].valid && newest - all[i].events > 1 && says_in_sync(&all[i]) &&
                    !anybody_says_failed(all, n, i))
                        return false;
        return true;
}

bool superblocks_agree(const RaidSuperblock *a, const RaidSuperblock *b, size_t n) {
        assert(a && b);
        for (size_t i = 0; i < n; i++) {
                if (a[i].valid != b[i].valid || says_in_sync(&a[i]) != says_in_sync(&b[i]))
                        return false;
                for (size_t k = 0; k < ELEMENTSOF(a[i].failed_devices); k++)
                        if (a[i].failed_devices[k] != b[i].failed_devices[k])
                                return false;
        }
        return true;
}

bool evidence_same(const RaidSuperblock *a, const RaidSuperblock *b, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (a[i].valid != b[i].valid || a[i].events != b[i].events || a[i].bitmap_valid != b[i].bitmap_valid ||
                    a[i].bitmap_events != b[i].bitmap_events || a[i].failed_devices[0] != b[i].failed_devices[0])
                        return false;
        return true;
}

bool evidence_holds(const RaidSuperblock *all, size_t n, unsigned tracked_slot, const char **ret_why) {
        const RaidSuperblock *tracked = &all[tracked_slot];

        assert(all && tracked_slot < n && ret_why);
        if (!tracked->valid) {
                *ret_why = "the tracked image has no superblock";
                return false;
        }
        if (tracked->array_position != tracked_slot) {
                *ret_why = "the superblock of the tracked image is that of another slot";
                return false;
        }
        for (size_t i = 0; i < n; i++) {
                if (i == tracked_slot)
                        continue;
                if (!all[i].valid) {
                        *ret_why = "an attached image has no superblock";
                        return false;
                }
                if (all[i].events <= tracked->events) {
                        *ret_why = "an attached image has not had more events than the tracked one";
                        return false;
                }
                if (!superblock_says_failed(&all[i], tracked_slot)) {
                        *ret_why = "an attached image does not know that the tracked one is gone";
                        return false;
                }
                if (!superblock_bitmap_believed(&all[i])) {
                        *ret_why = "the bitmap of an attached image is older than its superblock";
                        return false;
                }
                if (all[i].bitmap_cleared > tracked->events) {
                        *ret_why = "the bitmap of an attached image was cleared after the tracked one had left";
                        return false;
                }
        }
        return n > 1;
}

static unsigned newest_attached(const RaidSuperblock *all, size_t n, unsigned tracked_slot) {
        unsigned newest = tracked_slot;

        for (unsigned i = 0; i < n; i++)
                if (i != tracked_slot && all[i].valid && (newest == tracked_slot || all[i].events > all[newest].events))
                        newest = i;
        return newest;
}

bool change_log_holds(const RaidSuperblock *all, size_t n, unsigned tracked_slot, unsigned *ret_slot, const char **ret_why) {
        const RaidSuperblock *tracked = &all[tracked_slot], *newest;
        unsigned slot;

        assert(all && tracked_slot < n && ret_slot && ret_why);
        slot = newest_attached(all, n, tracked_slot);
        newest = &all[slot];
        if (!tracked->valid)
                *ret_why = "the superblock of the tracked image cannot be read";
        else if (slot == tracked_slot || !newest->bitmap_valid)
                *ret_why = "no attached image has a bitmap that can be read";
        else if (newest->events <= tracked->events || !superblock_says_failed(newest, tracked_slot))
                *ret_why = "the attached images do not know that the tracked one is gone";
        else if (newest->bitmap_cleared > tracked->events)
                *ret_why = "the bitmap was cleared after the tracked image had left";
        else {
                *ret_slot = slot;
                return true;
        }
        return false;
}
