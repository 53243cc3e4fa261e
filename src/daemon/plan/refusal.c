/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/refusal.h"

#include <stddef.h>
#include <string.h>

/* In the order of the enumeration; these names are API (dbus/ documents each). */
static const char *const names[_REFUSAL_MAX] = {
        [REFUSAL_NO_SUCH_VOLUME] = "NoSuchVolume",
        [REFUSAL_NO_SUCH_IMAGE] = "NoSuchImage",
        [REFUSAL_NO_SUCH_VG] = "NoSuchVolumeGroup",
        [REFUSAL_NOT_RAID1] = "NotRaid1",
        [REFUSAL_NOT_IN_SYNC] = "NotInSync",
        [REFUSAL_NOT_ACTIVE] = "NotActive",
        [REFUSAL_READ_ONLY] = "ReadOnly",
        [REFUSAL_ALREADY_TRACKING] = "AlreadyTracking",
        [REFUSAL_TRACKED_ELSEWHERE] = "TrackedElsewhere",
        [REFUSAL_TRACKING] = "Tracking",
        [REFUSAL_NOT_TRACKED] = "NotTracked",
        [REFUSAL_IN_USE] = "InUse",
        [REFUSAL_HELD] = "Held",
        [REFUSAL_LAST_IMAGE] = "LastImage",
        [REFUSAL_WOULD_LOSE_REDUNDANCY] = "WouldLoseRedundancy",
        [REFUSAL_MISSING_DEVICE] = "MissingDevice",
        [REFUSAL_NAME_EXISTS] = "NameExists",
        [REFUSAL_INVALID_NAME] = "InvalidName",
        [REFUSAL_NO_SPACE] = "NoSpace",
        [REFUSAL_DEVICE_IN_USE] = "DeviceInUse",
        [REFUSAL_DEVICE_TOO_SMALL] = "DeviceTooSmall",
        [REFUSAL_LAYERED] = "Layered",
        [REFUSAL_EXPORTED] = "Exported",
        [REFUSAL_FOREIGN] = "Foreign",
        [REFUSAL_SHARED] = "Shared",
        [REFUSAL_DUPLICATE_PV] = "DuplicateDevice",
        [REFUSAL_UNKNOWN_METADATA] = "UnknownMetadata",
        [REFUSAL_BUSY] = "Busy",
        [REFUSAL_LOCK_TIMEOUT] = "LockTimeout",
        [REFUSAL_FREEZE_FAILED] = "FreezeFailed",
        [REFUSAL_RECOVERY_NEEDED] = "RecoveryNeeded",
        [REFUSAL_METADATA_CORRUPT] = "MetadataCorrupt",
        [REFUSAL_INVALID_SIZE] = "InvalidSize",
        [REFUSAL_PLAN_STALE] = "PlanStale",
        [REFUSAL_WOULD_LOSE_DATA] = "WouldLoseData",
        [REFUSAL_DEVICE_EXCLUDED] = "DeviceExcluded",
        [REFUSAL_NOT_RUNNING] = "NotRunning",
        [REFUSAL_PAUSED] = "Paused",
        [REFUSAL_NOT_PAUSED] = "NotPaused",
        [REFUSAL_NOT_PAUSABLE] = "NotPausable",
        [REFUSAL_NOT_CANCELABLE] = "NotCancelable",
};

const char *refusal_to_string(Refusal r) {
        if (r <= REFUSAL_NONE || r >= _REFUSAL_MAX)
                return NULL;

        return names[r];
}

Refusal refusal_from_string(const char *s) {
        if (!s)
                return _REFUSAL_INVALID;

        for (int i = REFUSAL_NONE + 1; i < _REFUSAL_MAX; i++)
                if (strcmp(names[i], s) == 0)
                        return (Refusal) i;

        return _REFUSAL_INVALID;
}
