/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A volume group as a value: what the metadata text says, and nothing of the kernel.
 *
 *   - The text it came from stays attached (ConfigTree, reference counted). Whatever the model
 *     does not understand lives there and is written back byte for byte (S8); an LV is printed
 *     anew only if it is dirty.
 *   - All references are pointers inside the same VolumeGroup; vg_clone() remaps them.
 *   - Extents are extents, sectors are 512-byte sectors; conversions through base/units.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/uuid.h"

typedef struct ConfigNode ConfigNode;
typedef struct ConfigTree ConfigTree;
typedef struct LogicalVolume LogicalVolume;
typedef struct PhysicalVolume PhysicalVolume;
#define RAID1_IMAGES_MAX 64U /* LVM2's DEFAULT_RAID1_MAX_IMAGES; sets of slots fit into 64 bits */

typedef struct Segment Segment;
typedef struct VolumeGroup VolumeGroup;

/* Tag of an LV that was extracted and waits for its extents to be released (S6, style.md 3.6). */
#define TAG_RESIDUAL "raidd.residual"
/* Tags of an image that goes, and of the one that was added for it: when that is in sync. */
#define TAG_REPLACED "raidd.replaced"
#define TAG_REPLACEMENT "raidd.replacement"

typedef enum VgFlags {
        VG_EXPORTED = 1 << 0,
        VG_RESIZEABLE = 1 << 1,
        VG_READ = 1 << 2,
        VG_WRITE = 1 << 3, /* in status, or WRITE_LOCKED in flags (lvm2-compat 3.3) */
        VG_CLUSTERED = 1 << 4,
        VG_SHARED = 1 << 5,
        VG_PVMOVE = 1 << 6,
        VG_UNKNOWN_STATUS = 1 << 7, /* a status token we do not know, here or of a PV: refuse to change */
        VG_NOAUTOACTIVATE = 1 << 8,
} VgFlags;

typedef enum PvFlags {
        PV_ALLOCATABLE = 1 << 0,
        PV_EXPORTED = 1 << 1,
        PV_MISSING = 1 << 2,
} PvFlags;

typedef enum LvFlags {
        LV_READ = 1 << 0,
        LV_WRITE = 1 << 1, /* in status, or WRITE_LOCKED in flags */
        LV_VISIBLE = 1 << 2,
        LV_FIXED_MINOR = 1 << 3,
        LV_LOCKED = 1 << 4,
        LV_PVMOVE = 1 << 5,
        LV_NOTSYNCED = 1 << 6,
        LV_REBUILD = 1 << 7,
        LV_WRITEMOSTLY = 1 << 8,
        LV_ACTIVATION_SKIP = 1 << 9,
        LV_NOAUTOACTIVATE = 1 << 10,
        LV_UNKNOWN_STATUS = 1 << 11,
} LvFlags;

typedef enum SegmentKind {
        SEGMENT_LINEAR, /* "striped" with stripe_count 1 on a PV */
        SEGMENT_RAID1,
        SEGMENT_ERROR,
        SEGMENT_OPAQUE, /* every other type: kept verbatim; the PV extents and LVs it uses are counted */
        _SEGMENT_KIND_MAX,
        _SEGMENT_KIND_INVALID = -22,
} SegmentKind;

typedef struct RaidImage {
        LogicalVolume *meta; /* rmeta */
        LogicalVolume *data; /* rimage */
} RaidImage;

/* A use of PV extents by an opaque segment. */
typedef struct PvArea {
        PhysicalVolume *pv;
        uint32_t start_extent; /* on the PV */
        uint32_t extents;
} PvArea;

struct Segment {
        SegmentKind kind;
        char *type; /* as in the text, with "+FLAG" suffixes */
        uint32_t start_extent;
        uint32_t extents;
        const ConfigNode *node; /* NULL for a segment made here */
        union {
                struct {
                        PhysicalVolume *pv;
                        uint32_t pv_start; /* extent on the PV */
                } linear;
                struct {
                        uint64_t region_sectors;
                        uint64_t min_recovery_kib, max_recovery_kib, write_behind; /* 0 = unset */
                        RaidImage *images;
                        size_t n_images;
                } raid1;
                struct {
                        PvArea *areas;
                        size_t n_areas;
                        LogicalVolume **lvs; /* LVs this segment refers to by name */
                        size_t n_lvs;
                } opaque;
        };
};

struct LogicalVolume {
        char *name;
        Uuid id;
        LvFlags flags;
        char **tags; /* NULL terminated, or NULL */
        uint64_t creation_time; /* s since the epoch, 0 = unset */
        char *creation_host;
        Segment **segments;
        size_t n_segments;
        uint32_t extents; /* sum over the segments */
        const ConfigNode *node; /* NULL for an LV made here */
        bool dirty; /* print anew instead of verbatim */
};

struct PhysicalVolume {
        char *key; /* "pv0": its name inside the text */
        Uuid id;
        char *device; /* the hint in the text, not trusted */
        PvFlags flags;
        uint64_t dev_sectors, pe_start; /* sectors */
        uint32_t pe_count;
        const ConfigNode *node; /* NULL for a PV made here */
        bool dirty; /* its flags are printed anew */
};

struct VolumeGroup {
        ConfigTree *tree; /* a reference; NULL for a VG made here */
        char *name;
        Uuid id;
        uint64_t seqno;
        VgFlags flags;
        char *system_id, *lock_type; /* NULL if unset */
        uint32_t extent_sectors;
        uint32_t max_lv, max_pv; /* 0 = unlimited */
        PhysicalVolume **pvs;
        size_t n_pvs;
        LogicalVolume **lvs; /* in file order */
        size_t n_lvs;
};

VolumeGroup *vg_free(VolumeGroup *vg);
DEFINE_CLEANUP(VolumeGroup, vg_free);
int vg_clone(const VolumeGroup *vg, VolumeGroup **ret);

LogicalVolume *vg_find_lv(const VolumeGroup *vg, const char *name);
LogicalVolume *vg_find_lv_by_id(const VolumeGroup *vg, const Uuid *id);
PhysicalVolume *vg_find_pv_by_id(const VolumeGroup *vg, const Uuid *id);

/* The raid1 segment of an LV that consists of exactly one; else NULL. */
Segment *lv_raid1(const LogicalVolume *lv);
/* What it offers, in bytes; an image is as big as its volume. */
uint64_t lv_bytes(const VolumeGroup *vg, const LogicalVolume *lv);
/* The LV whose raid1 segment has this LV as image (data) or rmeta; *ret_slot its index. NULL if none. */
/* Does it belong to another host? local: the system ID of this one, or NULL (then whatever has one does). */
bool vg_is_foreign(const VolumeGroup *vg, const char *local);
LogicalVolume *lv_raid1_parent(const VolumeGroup *vg, const LogicalVolume *lv, size_t *ret_slot);
/* Slot of the tracked image (VISIBLE and not WRITE, lvm2-compat 3.6), or -ENOENT. */
int lv_tracked_slot(const LogicalVolume *lv);
/* Is this LV, its volume or something below it made of or used by what we do not understand: snapshots, caches, integrity? In the
 * kernel it is something else than its segments say, so it is nobody's but lvm2's to touch. */
bool lv_is_layered(const VolumeGroup *vg, const LogicalVolume *lv);
bool lv_is_component(const VolumeGroup *vg, const LogicalVolume *lv); /* image or rmeta of some raid1 LV */
bool lv_has_tag(const LogicalVolume *lv, const char *tag);
uint64_t lv_sectors(const VolumeGroup *vg, const LogicalVolume *lv);
/* Finds free extents; see vg-alloc.c. */
