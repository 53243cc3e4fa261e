/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The metadata areas of one volume group, on whatever devices the world has (lvm2-compat 2).
 *
 *   M1  Reading: slot 0 only; the newest text with a right checksum wins; an area that cannot be read or is
 *       not valid does not hinder the others.
 *   M2  Writing goes to every area in use: texts and a flush, slot 1 and a flush, then slot 0 area by area with
 *       a flush each. At any instant every area's slot 0 names a whole text (S7).
 *   M3  A commit succeeds if at least one area took it; it goes on over failures, and heal() brings the
 *       others up to date later.
 *   M4  Only sectors of the ring's free part and of the header are written (plus what shares their block on
 *       devices with larger blocks). */

#include "base/cleanup.h"
#include "world/world.h"

typedef struct MdaSet MdaSet;

MdaSet *mda_set_free(MdaSet *s);
DEFINE_CLEANUP(MdaSet, mda_set_free);

/* Reads the labels of all devices of the world (which sets their pv), and the areas whose committed text
 * belongs to this VG; vg NULL: opens an empty set, for a VG that is about to be made.
 * 0, -ENOENT (no valid text of this VG on these devices), or -errno. */
int mda_set_open(World *w, const Uuid *vg, MdaSet **ret);

/* The newest committed text, NUL-terminated; NULL if there is none. Borrowed until the next change. */
const char *mda_set_text(const MdaSet *s);
uint64_t mda_set_seqno(const MdaSet *s);
size_t mda_set_count(const MdaSet *s);

/* Makes the device a PV with one empty metadata area, which becomes part of the set. */
int mda_set_label_write(MdaSet *s, size_t dev, const Uuid *pv, uint64_t pe_start_sectors);
/* Empties the PV's metadata areas and takes the "used by a VG" mark off its label. */
int mda_set_label_clear(MdaSet *s, size_t dev);

/* Into every area of the PVs that the text has; those of others are no part of the set any more. */
int mda_set_write(MdaSet *s, const char *text);
/* Slot 1. Also prepares the sectors of the commit, so that mda_set_commit() allocates nothing. */
int mda_set_precommit(MdaSet *s);
int mda_set_commit(MdaSet *s);
/* Frees what a commit replaced; outside critical sections, before the next commit. */
void mda_set_collect(MdaSet *s);
/* Empties both slots everywhere. -EIO, and nothing has changed, if an area of the VG's could not be read. */
int mda_set_remove(MdaSet *s);
/* Brings every area to the newest committed text and empties slot 1. */
int mda_set_heal(MdaSet *s);

/* What one device says of itself. */
typedef struct PvProbe {
        Uuid pv;
        bool used;    /* marked as belonging to some VG */
        bool damaged; /* a metadata area, or its text, is not valid */
        char *text;   /* the newest committed text on this device, or NULL */
} PvProbe;

void pv_probe_done(PvProbe *p);
/* -ENOENT: no LVM label. */
int pv_probe(World *w, size_t dev, PvProbe *ret);
