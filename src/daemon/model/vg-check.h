/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every VG must satisfy, read or about to be written:
 *   V1  names and ids of LVs are unique, ids of PVs too
 *   V2  segments are contiguous and none is empty
 *   V3  every linear segment lies inside its PV
 *   V4  no two linear segments share an extent
 *   V5  a raid1 LV consists of one segment; its images are as long as it is
 *   V6  an LV is a component of one raid1 LV at most, in one slot, in one role
 *   V7  at most one image of a raid1 LV is tracked
 *   V8  sizes in sectors do not overflow */

#include "model/vg.h"

/* 0; -EINVAL and the rule that is broken, a static string that begins with its number; -ENOMEM. */
int vg_check(const VolumeGroup *vg, const char **reterr_rule);
