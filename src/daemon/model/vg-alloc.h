/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/vg.h"

/* Used extents of one PV, sorted, not overlapping. Opaque segments count with all they may use. */
typedef struct PvUse {
        PvArea *areas;
        size_t n;
} PvUse;

void pv_use_done(PvUse *u);
int pv_use(const VolumeGroup *vg, const PhysicalVolume *pv, PvUse *ret);

/* 0 where the PV may not be allocated from (not ALLOCATABLE, MISSING). -ENOMEM. */
int pv_free_extents(const VolumeGroup *vg, const PhysicalVolume *pv, uint32_t *ret);
/* How many are free from this extent of the PV on, one after the other. */
int pv_free_behind(const VolumeGroup *vg, const PhysicalVolume *pv, uint32_t extent, uint32_t *ret);
/* Appends segments on this PV to the LV: one if a gap is large enough, else the gaps in their order.
 * -ENOSPC and an unchanged LV if the PV has not that many free. */
int pv_allocate(const VolumeGroup *vg, PhysicalVolume *pv, uint32_t extents, LogicalVolume *lv);
