/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/vg.h"

/* Do two volume groups mean the same? Everything that the model knows is compared, LVs by id, whatever their order; what it
 * keeps as text is not. */
bool vg_same(const VolumeGroup *a, const VolumeGroup *b);

/* Two texts of one volume group, from these PVs: is vg the one that counts, and not other? The higher number; of the same number, which two
 * texts can have after a crash between their areas and a disk that was away when the recovery looked, the one that calls the other one's
 * PV missing: it was committed without that, so after it. If neither does, other. */
bool vg_supersedes(const VolumeGroup *vg, const Uuid *pv, const VolumeGroup *other, const Uuid *other_pv);
