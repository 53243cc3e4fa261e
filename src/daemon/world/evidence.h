/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The evidence rule (merge-hazard 2, S1), judged by what is on the disks under the rmetas. */

#include "model/superblock.h"
#include "world/world.h"

/* *ret: the rule holds for the image in this slot; if not, *ret_why is a sentence. A superblock that cannot be
 * read is no evidence. */
int evidence_read(World *w, const VolumeGroup *vg, const LogicalVolume *lv, unsigned slot, bool *ret, const char **ret_why);
/* What it is judged by: one entry for each slot (allocated). */
int evidence_collect(World *w, const VolumeGroup *vg, const LogicalVolume *lv, RaidSuperblock **ret, size_t *ret_n);
/* The active or inactive volumes that track an image and whose superblocks are blank (superblocks_blank()). *ret: allocated. */
int evidence_list_blank(World *w, const VolumeGroup *vg, Uuid **ret, size_t *ret_n);
/* n bytes at an offset of an LV, straight from the PVs under it. */
int lv_read(World *w, const VolumeGroup *vg, const LogicalVolume *lv, uint64_t offset, void *buffer, size_t n);
