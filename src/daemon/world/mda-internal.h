/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by mda-io.c (writing) and mda-read.c (reading). */

#include "model/label.h"
#include "model/mda.h"
#include "world/mda-io.h"

typedef struct Area {
        size_t dev;
        MdaHeader header; /* as on the disk, as far as we know */
        char *text;       /* while the set is being read */
        uint64_t seqno;   /* of its committed text; 0: none, or not valid */
        bool unusable;    /* only while the set is being read */
        RawLocation next; /* of the text that is being written */
        unsigned char *commit_block; /* aligned; the header after the commit, with what shares its block */
        uint64_t commit_offset;
} Area;

struct MdaSet {
        World *w;
        Uuid vg; /* null: a VG that is being made */
        Area *areas;
        size_t n_areas;
        char *text;
        uint64_t seqno;
        char *pending;
        uint64_t pending_seqno;
        char *replaced; /* by a commit, inside a critical section; free it outside */
        bool incomplete; /* a PV of the VG has an area that cannot be read, and may hold a text of it */
        bool doubtful;  /* what is on the disks may differ from what we know */
};

/* Which text is in force, from the disks. */
int mda_set_reread(MdaSet *s);
