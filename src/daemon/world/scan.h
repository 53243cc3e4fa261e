/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All volume groups that the labels of the given devices tell of. Takes no lock: a text is whole at any instant
 * (S7), and every change begins by reading again. */

#include "base/cleanup.h"
#include "world/world.h"

typedef struct FoundPv {
        Uuid pv;
        PvDevice where; /* path is borrowed from the world of the scan */
} FoundPv;

typedef struct FoundVg {
        VolumeGroup *vg; /* from the newest text */
        char *text;
        Uuid pv;         /* it was read from this one */
        FoundPv *pvs;    /* those of its PVs that are there */
        size_t n_pvs;
        bool duplicates; /* one of its PVs is there twice */
        bool damaged;    /* some of its metadata could not be read */
} FoundVg;

typedef struct FoundOrphan {
        Uuid pv;
        char *path;
        const char *problem; /* "" (a PV in no VG), "corrupt-metadata", "unknown-vg" */
} FoundOrphan;

typedef struct Scan {
        World *world;
        FoundVg *vgs;
        size_t n_vgs;
        FoundOrphan *orphans;
        size_t n_orphans;
} Scan;

Scan *scan_free(Scan *s);
DEFINE_CLEANUP(Scan, scan_free);
/* paths: a "strv", or NULL for every device there is. */
int scan_run(char *const *paths, Scan **ret);
FoundVg *scan_find_vg(const Scan *s, const Uuid *id);
