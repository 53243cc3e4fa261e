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
        size_t text_bytes;
        Uuid pv;         /* it was read from this one */
        FoundPv *pvs;    /* those of its PVs that are there */
        size_t n_pvs;
        bool duplicates; /* one of its PVs is there twice */
        bool damaged;    /* some of its metadata could not be read */
} FoundVg;

typedef struct FoundOrphan {
        Uuid pv;
        char *path;
        const char *problem; /* "" (a PV in no VG), "corrupt-metadata", "too-large" */
} FoundOrphan;

typedef struct Scan {
        World *world;
        FoundVg *vgs;
        size_t n_vgs;
        FoundOrphan *orphans;
        size_t n_orphans;
        Uuid *dropped; /* PVs of groups for whose texts there was no room */
        char **dropped_names; /* of the groups */
        size_t n_dropped, texts_max;
} Scan;

/* What all texts may come to together. The daemon keeps them, as JSON, text and model, ten times as much and more, within its MemoryMax=. Where there
 * is more, the largest go, and what is on everybody else's disks stays visible. 1,000 volumes are about 1 MiB. */
#define SCAN_TEXTS_MAX (32U << 20)

Scan *scan_free(Scan *s);
DEFINE_CLEANUP(Scan, scan_free);
/* paths: a "strv", or NULL for every device there is. */
int scan_run(char *const *paths, Scan **ret);
/* The same with another limit than SCAN_TEXTS_MAX. */
int scan_run_within(char *const *paths, size_t texts_max, Scan **ret);
/* Also of one that is not shown. */
bool scan_has_name(const Scan *s, const char *vg_name);
FoundVg *scan_find_vg(const Scan *s, const Uuid *id);
