/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vg-flags.h"

#include "model/vg.h"

const FlagName vg_flag_names[] = {
        { "EXPORTED", VG_EXPORTED, false },
        { "RESIZEABLE", VG_RESIZEABLE, false },
        { "PVMOVE", VG_PVMOVE, false },
        { "READ", VG_READ, false },
        { "WRITE", VG_WRITE, false },
        { "CLUSTERED", VG_CLUSTERED, false },
        { "SHARED", VG_SHARED, false },
        { "WRITE_LOCKED", VG_WRITE, true },
        { "NOAUTOACTIVATE", VG_NOAUTOACTIVATE, true },
        { "PARTIAL", 0, false }, /* in old backups only */
};
const size_t n_vg_flag_names = ELEMENTSOF(vg_flag_names);

const FlagName pv_flag_names[] = {
        { "ALLOCATABLE", PV_ALLOCATABLE, false },
        { "EXPORTED", PV_EXPORTED, false },
        { "MISSING", PV_MISSING, false },
        { "MISSING", PV_MISSING, true },
};
const size_t n_pv_flag_names = ELEMENTSOF(pv_flag_names);

const FlagName lv_flag_names[] = {
        { "READ", LV_READ, false },
        { "WRITE", LV_WRITE, false },
        { "FIXED_MINOR", LV_FIXED_MINOR, false },
        { "VISIBLE", LV_VISIBLE, false },
        { "PVMOVE", LV_PVMOVE, false },
        { "LOCKED", LV_LOCKED, false },
        { "NOTSYNCED", LV_NOTSYNCED, false },
        { "REBUILD", LV_REBUILD, false },
        { "WRITEMOSTLY", LV_WRITEMOSTLY, false },
        { "ACTIVATION_SKIP", LV_ACTIVATION_SKIP, true },
        { "NOAUTOACTIVATE", LV_NOAUTOACTIVATE, true },
        { "WRITE_LOCKED", LV_WRITE, true },
        { "ERROR_WHEN_FULL", 0, true },
        { "CACHE_VOL", 0, true },
};
const size_t n_lv_flag_names = ELEMENTSOF(lv_flag_names);
