/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What dm-raid keeps in the first block of an rmeta (kernel drivers/md/dm-raid.c, struct dm_raid_superblock;
 * lvm2-compat 5.8), and the rule that decides whether a merge may be partial (merge-hazard 2, S1). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/bitmap.h"

#define SUPERBLOCK_BYTES 512U

typedef struct RaidSuperblock {
        bool valid; /* the magic is right */
        bool blank; /* it was read, and is not: nobody has written one, or lvm2 has wiped it */
        uint32_t num_devices, array_position;
        uint64_t events;
        uint64_t failed_devices[4]; /* one bit for each slot */
        uint64_t disk_recovery_offset, array_resync_offset;
        bool bitmap_valid;
        uint64_t bitmap_events, bitmap_cleared; /* of the bitmap beside it */
} RaidSuperblock;

RaidSuperblock superblock_decode(const unsigned char block[static SUPERBLOCK_BYTES]);
/* What the header of the bitmap on the same rmeta says; not valid if there is none that we know. */
void superblock_add_bitmap(RaidSuperblock *s, const unsigned char block[static BITMAP_SUPER_BYTES]);
/* Are those of all attached images blank? So does lvchange --resync leave them, and then the kernel starts no array of which an image is missing
 * (dm-raid.c:super_init_validation(): fewer new devices than there are images). */
bool superblocks_blank(const RaidSuperblock *all, size_t n, unsigned tracked_slot);
bool superblock_says_failed(const RaidSuperblock *s, unsigned slot);

/* Would md take what this bitmap says? See evidence_holds(). */
bool superblock_bitmap_believed(const RaidSuperblock *s);
/* Do the superblocks of the attached images agree about who is in sync? md writes all of them at once; until that is through, that of an
 * image which it has just revived (dm-raid.c:attempt_restore_of_faulty_devices()) is behind and says "in sync", and the others do not say
 * "failed" any more. A table loaded in that moment takes the image as in sync: nothing is copied, measured on 6.1. Such an image is behind by
 * two events at least: that of its failure, and that of its return; one event is what any update looks like on the way.
 * taken: a bit for each slot that the table takes as it is (dm_table_taken()). */
bool superblocks_settled(const RaidSuperblock *all, size_t n, uint64_t taken);
/* Do both tell the same of who failed and who is in sync? Events and progress may differ. */
bool superblocks_agree(const RaidSuperblock *a, const RaidSuperblock *b, size_t n);
/* Has md written none of them in between? */
bool evidence_same(const RaidSuperblock *a, const RaidSuperblock *b, size_t n);
/* For every attached image: magic right, events strictly greater than the tracked image's, and the bit of the
 * tracked slot set in failed_devices; and its bitmap is believed: its events are not less than the superblock's, and more than when
 * bits were last cleared. (Else md says "bitmap file is out of date -- forcing full recovery" and recovers nothing: a stale bitmap gets
 * events_cleared = events in md_bitmap_read_sb(), with which md_bitmap_load() takes no bit as needed. Measured on 6.1: a table that is
 * swapped while the old one is written to runs with one event less than the disks have, until its first superblock update, and each bit
 * that it sets meanwhile writes that into the header.) Nor have bits been cleared since the tracked image left: md clears them when all are
 * in sync (md_bitmap_endwrite()), and says up to which event in events_cleared; then the log is not whole. The tracked image: magic right, array_position = its slot.
 * all has one entry for each slot. *ret_why: a sentence, set if the rule does not hold. */
bool evidence_holds(const RaidSuperblock *all, size_t n, unsigned tracked_slot, const char **ret_why);
/* Does anybody have a log of all that was written since the tracked image left? The attached image with the most events: md goes on writing it while
 * others fail, whose bitmaps then stand still although they can be read again. It says that the tracked one is gone, and its bits were not cleared since then.
 * *ret_slot is that image; *ret_why: a sentence, set if there is no such log. */
bool change_log_holds(const RaidSuperblock *all, size_t n, unsigned tracked_slot, unsigned *ret_slot, const char **ret_why);
