/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/vg.h"

/* Second half of vg_import(): the segments of all LVs, once all names are known. -EBADMSG, -ENOMEM. */
int vg_import_segments(VolumeGroup *vg);
