/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Changes of a VG value, in place, as LVM2 would write them (lvm2-compat 3.6, 3.7, 4.3, 4.4, 4.9).
 * On an error the value is half changed: throw it away. */

#include "model/dm-tree.h"
#include "model/new-pv.h"
#include "model/vg.h"

/* The image becomes a tracked one: VISIBLE, not WRITE. Nothing else changes. */
int raid1_track(VolumeGroup *vg, LogicalVolume *lv, size_t slot);
/* Back again: hidden, and WRITE as the parent has it. */
int raid1_untrack(VolumeGroup *vg, LogicalVolume *lv, size_t slot);
/* Are the images that are attached those that were at the split? md keeps the bits for them; but lvm2 replaces one of them in spite of the
 * split, and after that the bitmap is empty while the superblocks still prove everything: the merge would copy nothing of what was
 * written before (measured on 6.1 with lvm2 2.03.16: lvconvert --replace). Nobody can be asked when the split was. So an image that was
 * not made together with the tracked one makes it uncertain, unless raidd made the split and noted who stayed, which it does where there is one. */
bool raid1_stayed(const LogicalVolume *lv, size_t slot);
/* The note, a tag of the image, for raid1_track(). -ENOMEM. */
int raid1_note_stayed(const LogicalVolume *lv, size_t slot);
void raid1_forget_stayed(LogicalVolume *image);
/* The image leaves for good and becomes the LV new_name under its old id; tracked or not. Its rmeta becomes a
 * residual "<lv>_rmeta_N_extracted"; images above it move down by one. Of two images the LV itself
 * becomes linear over what the other image had, and the other rmeta is a residual too. */
int raid1_extract(VolumeGroup *vg, LogicalVolume *lv, size_t slot, const char *new_name);
/* Drops the LVs tagged TAG_RESIDUAL: their extents are free (S6: after the kernel let go of them). */
int vg_drop_residuals(VolumeGroup *vg);
/* REBUILD in the metadata: whoever loads the array next, lvm2 included, copies this image whole. Set by the commit of a
 * merge without evidence, so that a power cut before the kernel's superblocks say it does not lose it (S1). */
void raid1_set_rebuild(LogicalVolume *lv, size_t slot, bool rebuild);
/* A new name for the volume and its components. */
int lv_rename_volume(LogicalVolume *lv, const char *name);
/* Takes an LV out, a raid1 LV with all its components. Nothing else may refer to it. */
int lv_remove(VolumeGroup *vg, LogicalVolume *lv);

typedef struct Raid1CreateArgs {
        const char *name;
        uint32_t extents;
        uint32_t images;         /* raid1: 2 and more */
        uint32_t meta_extents;   /* of each rmeta */
        uint32_t region_sectors;
        uint64_t now;            /* s since the epoch */
        const char *host;
        const unsigned char *random; /* UUID_CHARS bytes for each new LV: 1 + 2 × images */
        size_t n_random;
        const PhysicalVolume *only;  /* new images on no other PV; NULL: wherever there is room */
} Raid1CreateArgs;

/* rmeta below rimage, each pair on a PV of its own. -ENOSPC; -EINVAL if random is too short. */
int raid1_create(VolumeGroup *vg, const Raid1CreateArgs *args, LogicalVolume **ret);
/* Contiguous if it can be; may span PVs. */
int linear_create(VolumeGroup *vg, const Raid1CreateArgs *args, LogicalVolume **ret);

/* args->images more of them, each on a PV without another image of the volume and to be copied whole (REBUILD). A linear volume
 * becomes raid1 first, its extents image 0. args: name and extents are the volume's. */
int raid1_add_images(VolumeGroup *vg, LogicalVolume *lv, const Raid1CreateArgs *args);
/* The image in this slot goes when the one in new_slot is in sync; whatever was to be replaced before is no longer. */
int raid1_set_replaced(LogicalVolume *lv, size_t slot, size_t new_slot);
/* The slot that goes; -ENOENT if there is none, or if the image that was added for it has gone itself. */
int raid1_replaced_slot(const LogicalVolume *lv);
/* The images in these slots, two or more but not all, leave together and are the raid1 volume args->name, whose identifier comes from
 * args->random: LVs, extents, tags and region size stay as they are, only their names and numbers change. Their rmetas leave with them,
 * so that superblocks and bitmaps go on to be true. Of the images that stay as with raid1_extract(). No image may be tracked. */
int raid1_extract_set(VolumeGroup *vg, LogicalVolume *lv, uint64_t slots, const Raid1CreateArgs *args, LogicalVolume **ret);
/* As raid1_extract(), but what leaves is a residual. */
int raid1_drop_image(VolumeGroup *vg, LogicalVolume *lv, size_t slot);

/* A longer volume: right behind what it has where that is free, then elsewhere; each image only on PVs that no other image of the
 * volume uses. rmetas that have fewer than meta_extents get so many. -ENOSPC. */
int lv_extend(VolumeGroup *vg, LogicalVolume *lv, uint32_t extents, uint32_t meta_extents);
/* A shorter one: what is cut off becomes residuals. args: random (one identifier, or one for each image), now and host. */
int lv_shrink(VolumeGroup *vg, LogicalVolume *lv, uint32_t extents, const Raid1CreateArgs *args);

typedef struct VgCreateArgs {
        const char *name;
        const NewPv *devices;
        size_t n_devices;
        uint32_t extent_sectors;
        const char *system_id; /* or NULL */
        const unsigned char *random; /* UUID_CHARS bytes for the VG and for each PV */
        size_t n_random;
} VgCreateArgs;

/* More PVs: args as for vg_create(), without name and system ID. */
int vg_extend(VolumeGroup *vg, const VgCreateArgs *args);
int vg_create(const VgCreateArgs *args, VolumeGroup **ret);
