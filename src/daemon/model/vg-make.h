/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* New LVs inside a VG value: for the transforms. Returns as in raid1.h. */

#include "model/raid1.h"

/* Hands out identifiers from the caller's random bytes. */
typedef struct Ids {
        const unsigned char *random;
        size_t n, used;
} Ids;

/* An LV without segments. */
int make_lv(VolumeGroup *vg, const Raid1CreateArgs *args, Ids *ids, const char *name, LvFlags flags, LogicalVolume **ret);
/* "<args->name>_<infix>_<slot>", on this PV. */
int make_component(VolumeGroup *vg, const Raid1CreateArgs *args, Ids *ids, const char *infix, uint32_t slot, PhysicalVolume *pv,
                   uint32_t extents, LogicalVolume **ret);
/* rmeta and rimage on the first PV with room for both that is not taken, parallel to vg->pvs; takes it. */
int make_image(VolumeGroup *vg, const Raid1CreateArgs *args, Ids *ids, uint32_t slot, bool *taken, RaidImage *ret);
/* "<parent>_<kind>_<slot>_extracted" (or the next number that is free), tagged: its extents wait until the kernel has let go of
 * them (S6). */
int make_residual(VolumeGroup *vg, LogicalVolume *lv, const char *parent, const char *kind, size_t slot);
