/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Every typed refusal: code, D-Bus error name (org.raidctl.Raidd1.Error.<name>). The sentence is made by
 * the planner and names the objects and the way out. One enumeration for the whole domain. */

typedef enum Refusal {
        REFUSAL_NONE = 0,
        REFUSAL_NO_SUCH_VOLUME,      /* NoSuchVolume */
        REFUSAL_NO_SUCH_IMAGE,       /* NoSuchImage */
        REFUSAL_NO_SUCH_VG,          /* NoSuchVolumeGroup */
        REFUSAL_NOT_RAID1,           /* NotRaid1 */
        REFUSAL_NOT_IN_SYNC,         /* NotInSync */
        REFUSAL_NOT_ACTIVE,          /* NotActive */
        REFUSAL_READ_ONLY,           /* ReadOnly: parent read-only, VG not writable */
        REFUSAL_ALREADY_TRACKING,    /* AlreadyTracking */
        REFUSAL_TRACKED_ELSEWHERE,   /* TrackedElsewhere */
        REFUSAL_TRACKING,            /* Tracking: not allowed while an image is tracked */
        REFUSAL_NOT_TRACKED,         /* NotTracked */
        REFUSAL_IN_USE,              /* InUse */
        REFUSAL_HELD,                /* Held */
        REFUSAL_LAST_IMAGE,          /* LastImage: no in-sync image would be left */
        REFUSAL_WOULD_LOSE_REDUNDANCY, /* WouldLoseRedundancy: needs allow-degraded */
        REFUSAL_MISSING_DEVICE,      /* MissingDevice */
        REFUSAL_NAME_EXISTS,         /* NameExists */
        REFUSAL_INVALID_NAME,        /* InvalidName: bad characters, too long, reserved */
        REFUSAL_NO_SPACE,            /* NoSpace */
        REFUSAL_DEVICE_IN_USE,       /* DeviceInUse: vg-create on a device with a signature or a user */
        REFUSAL_DEVICE_TOO_SMALL,    /* DeviceTooSmall */
        REFUSAL_LAYERED,             /* Layered: integrity, cache, snapshot, thin, pvmove or LOCKED involved */
        REFUSAL_EXPORTED,            /* Exported */
        REFUSAL_FOREIGN,             /* Foreign: system ID of another host */
        REFUSAL_SHARED,              /* Shared: lock_type or clustered */
        REFUSAL_DUPLICATE_PV,        /* DuplicateDevice */
        REFUSAL_UNKNOWN_METADATA,    /* UnknownMetadata: status flags or segments we must not touch */
        REFUSAL_BUSY,                /* Busy: another operation of ours on this VG */
        REFUSAL_LOCK_TIMEOUT,        /* LockTimeout */
        REFUSAL_FREEZE_FAILED,       /* FreezeFailed: could not freeze in time; quiesce=false splits without */
        REFUSAL_RECOVERY_NEEDED,     /* RecoveryNeeded: the last recovery of this VG failed */
        REFUSAL_METADATA_CORRUPT,    /* MetadataCorrupt */
        REFUSAL_INVALID_SIZE,        /* InvalidSize */
        REFUSAL_PLAN_STALE,          /* PlanStale: the metadata has changed since the plan was shown */
        REFUSAL_WOULD_LOSE_DATA,     /* WouldLoseData: needs allow-shrink */
        REFUSAL_DEVICE_EXCLUDED,     /* DeviceExcluded: by LVM's devices file or filters */
        REFUSAL_NOT_RUNNING,         /* NotRunning: no resync and no comparison */
        REFUSAL_PAUSED,              /* Paused: already, or it is in the way */
        REFUSAL_NOT_PAUSED,          /* NotPaused */
        REFUSAL_NOT_PAUSABLE,        /* NotPausable: a comparison */
        REFUSAL_NOT_CANCELABLE,      /* NotCancelable: a resync */
        _REFUSAL_MAX,
        _REFUSAL_INVALID = -22,
} Refusal;

/* "NotInSync"; NULL for REFUSAL_NONE. */
const char *refusal_to_string(Refusal r);
Refusal refusal_from_string(const char *s);
