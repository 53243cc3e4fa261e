/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What dm-raid keeps in the first block of an rmeta (kernel drivers/md/dm-raid.c, struct dm_raid_superblock;
 * lvm2-compat 5.8), and the rule that decides whether a merge may be partial (merge-hazard 2, S1). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUPERBLOCK_BYTES 512U

typedef struct RaidSuperblock {
        bool valid; /* the magic is right */
        uint32_t num_devices, array_position;
        uint64_t events;
        uint64_t failed_devices[4]; /* one bit for each slot */
        uint64_t disk_recovery_offset, array_resync_offset;
} RaidSuperblock;

RaidSuperblock superblock_decode(const unsigned char block[static SUPERBLOCK_BYTES]);
bool superblock_says_failed(const RaidSuperblock *s, unsigned slot);

/* For every attached image: magic right, events strictly greater than the tracked image's, and the bit of the
 * tracked slot set in failed_devices. The tracked image: magic right, array_position = its slot.
 * all has one entry for each slot. *ret_why: a sentence, set if the rule does not hold. */
bool evidence_holds(const RaidSuperblock *all, size_t n, unsigned tracked_slot, const char **ret_why);
