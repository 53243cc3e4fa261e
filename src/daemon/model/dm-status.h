/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The status line of the raid target (kernel Documentation/admin-guide/device-mapper/dm-raid.rst). */

#include <stdbool.h>
#include <stdint.h>

#define RAID_DEVICES_MAX 253U

typedef enum RaidSyncAction {
        RAID_SYNC_IDLE,
        RAID_SYNC_FROZEN,
        RAID_SYNC_RESHAPE,
        RAID_SYNC_RESYNC,
        RAID_SYNC_CHECK,
        RAID_SYNC_REPAIR,
        RAID_SYNC_RECOVER,
        RAID_SYNC_UNKNOWN,
        _RAID_SYNC_MAX,
        _RAID_SYNC_INVALID = -22,
} RaidSyncAction;

typedef struct RaidStatus {
        unsigned n_devices;
        char health[RAID_DEVICES_MAX + 1]; /* one of A a D - for each slot */
        uint64_t done, total;              /* sectors */
        RaidSyncAction action;
        uint64_t mismatches;               /* sectors; of the last check */
} RaidStatus;

/* params: what stands behind "<start> <length> raid". Old kernels stop after the ratio. -EBADMSG. */
int raid_status_parse(const char *params, RaidStatus *ret);
bool raid_status_in_sync(const RaidStatus *s); /* ratio complete */
/* What a suspend would end: a resync, or what looks like a repair. One that dm-raid itself has asked for, of what a volume has grown by, does
 * (decipher_sync_action(): requested, and no check). */
bool raid_status_resyncs(const RaidStatus *s);
const char *raid_sync_action_to_string(RaidSyncAction a);
