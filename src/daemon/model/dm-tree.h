/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Device-mapper nodes as values: what the kernel has (DmObserved) and what a VG asks for
 * (DmExpected). Pure; plan/converge.h compares the two. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "model/vg.h"

#define DM_NAME_MAX 127

/* udev flags as libdevmapper numbers them (lvm2-compat 5.6). */
#define UDEV_FLAGS_PUBLIC 0x60U  /* top LV, split LV */
#define UDEV_FLAGS_HIDDEN 0x6eU  /* rimage, rmeta */
#define UDEV_FLAGS_SAME 0xffffU /* suspend and resume of a node that does not change: udev need not be waited for */
#define UDEV_FLAGS_TRACKED 0x6cU /* tracked image: /dev/VG/LV link, no blkid, no udisks */

/* One node as the kernel reports it. Tables are "start length target params", one line per target,
 * joined by '\n', device references as major:minor. */
typedef struct DmNode {
        char *name, *uuid;
        uint32_t major, minor;
        char *live_table;     /* NULL if none */
        char *inactive_table; /* NULL if none (may be "" where the kernel only says that there is one) */
        bool suspended;
        bool read_only; /* BLKROGET of the node, or DM_READONLY_FLAG */
        uint32_t open_count;
        char *raid_status; /* parameters of the raid target's status line, or NULL */
} DmNode;

typedef struct DmObserved {
        DmNode *nodes;
        size_t n_nodes;
} DmObserved;

DmObserved *dm_observed_free(DmObserved *o);
DEFINE_CLEANUP(DmObserved, dm_observed_free);
const DmNode *dm_observed_by_name(const DmObserved *o, const char *name);
const DmNode *dm_observed_by_uuid(const DmObserved *o, const char *uuid);
const DmNode *dm_observed_by_devno(const DmObserved *o, uint32_t major, uint32_t minor);

/* Where each PV is: parallel to vg->pvs. path is NULL if the PV is missing. */
typedef struct PvDevice {
        char *path; /* e.g. /dev/vdb */
        uint32_t major, minor;
        uint64_t bytes;
        uint32_t block_bytes; /* logical block size */
} PvDevice;

/* One node that should exist. In table, a reference to a PV is major:minor, to another node of ours {its dm UUID}: names are
 * in flux while images move up, identifiers are not. */
typedef struct DmWanted {
        char *name, *uuid, *table;
        bool read_only; /* BLKROSET after activation: tracked images (S2); top LV without WRITE: table flag */
        uint16_t udev_flags;
        const LogicalVolume *lv;
} DmWanted;

typedef struct DmExpected {
        DmWanted *nodes; /* components before the nodes that use them */
        size_t n_nodes;
} DmExpected;

DmExpected *dm_expected_free(DmExpected *e);
DEFINE_CLEANUP(DmExpected, dm_expected_free);

typedef struct DmRebuild {
        Uuid lv;        /* a raid1 LV */
        uint64_t slots; /* bit N: "rebuild N" in its table */
} DmRebuild;

/* The nodes of the given top-level LVs (an LV that stands alone in the kernel: linear, raid1, tracked image).
 *   active         LVs that should be active, by id; a raid1 LV brings its untracked components with it
 *   hidden_suffix  "" or "-real": UUID convention of hidden components (lvm2-compat 5.2)
 *   rebuilds       what the metadata does not say: images to be copied whole */
typedef struct DmTreeArgs {
        const VolumeGroup *vg;
        const PvDevice *devices;
        const Uuid *active;
        size_t n_active;
        const char *hidden_suffix;
        const DmRebuild *rebuilds;
        size_t n_rebuilds;
} DmTreeArgs;
int dm_tree_expect(const DmTreeArgs *args, DmExpected **ret);

/* "vg-lv" with hyphens doubled; -ENAMETOOLONG above DM_NAME_MAX. */
int dm_name_build(const char *vg, const char *lv, char **ret);
/* "LVM-" vg-id lv-id suffix. */
int dm_uuid_build(const Uuid *vg, const Uuid *lv, const char *suffix, char **ret);
/* The set of LV ids of this VG that are top-level and active in the kernel, without those that are layered. */
int dm_tree_active(const VolumeGroup *vg, const DmObserved *observed, Uuid **ret, size_t *ret_n);
/* "-real" if any live hidden component of this VG has it, "" if one lives without, else fallback. */
const char *dm_tree_hidden_suffix(const VolumeGroup *vg, const DmObserved *observed, const char *fallback);
/* Sectors that a table maps. */
uint64_t dm_table_sectors(const char *table);
/* Same devices, sizes and raid layout? Ignores what the kernel reports differently than it was loaded
 * (rebuild, sync, rates, parameter order). want may contain {uuid}; resolved through observed. */
bool dm_table_equal(const char *want, const char *live, const DmObserved *observed);
/* Raid tables: the slot that live has as a hole and want does not, unless want copies it whole; -ENOENT if there is none. */
int dm_table_returning(const char *want, const char *live);
/* A bit for each slot, of the first 64, that this raid table attaches and does not copy whole. All bits if it has not n slots: then they are
 * not those of the array whose table it follows. */
uint64_t dm_table_taken(const char *table, size_t n);
