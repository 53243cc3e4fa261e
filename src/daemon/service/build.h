/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Metadata and kernel state → objects. Pure but for memory. */

#include "service/object.h"
#include "service/state.h"

/* Adds the objects of one VG. */
int build_vg(ObjectList *l, const VgState *s, const DmObserved *observed);
/* The node of an LV; hidden components may have a suffix. NULL if inactive. */
const DmNode *lv_node(const VolumeGroup *vg, const LogicalVolume *lv, const DmObserved *observed);
bool lv_is_volume(const VolumeGroup *vg, const LogicalVolume *lv);
/* "/dev/sdb1(1)" for each segment, as lvs prints devices. */
int lv_devices(const VgState *s, const LogicalVolume *lv, char ***ret);
