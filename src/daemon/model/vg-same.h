/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/vg.h"

/* Do two volume groups mean the same? Everything that the model knows is compared, LVs by id, whatever their order; what it
 * keeps as text is not. */
bool vg_same(const VolumeGroup *a, const VolumeGroup *b);
