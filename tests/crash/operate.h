/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A verb on the fake machine, by the real planner and executor, as the worker runs it. */

#include "fake-world.h"
#include "model/vg.h"
#include "plan/planner.h"
#include "world/mda-io.h"

typedef struct Ask {
        Verb verb;
        const char *lv, *name;
        uint32_t slot;
        uint64_t size;
        unsigned images;
        uint64_t unit; /* vg-create: of an extent; create: of a region */
        uint64_t slots;
        bool written; /* merge: everything must be copied */
        bool blank;   /* activate, merge: the superblocks are (only the planner is told) */
} Ask;

typedef struct Scenario {
        const char *name, *suffix;
        Ask setup[5];
        size_t n_setup;
        Ask ask, then;
        unsigned n_devices;
        bool large;   /* the devices */
        bool dirty;   /* something is on them */
        void (*layout)(FakeWorld *f); /* changes that of the metadata areas before the verb begins; NULL: as raidd makes them */
} Scenario;

/* The metadata of the VG in hand. */
int open_vg(FakeWorld *f, MdaSet **ret_areas, VolumeGroup **ret_vg);
/* What the kernel has of it, and where its PVs are. */
int look(FakeWorld *f, const VolumeGroup *vg, PvDevice **ret_devices, DmObserved **ret_observed);
/* 0, a Refusal, or -errno; then *ret_recovered says whether the executor has made good. */
int operate(FakeWorld *f, const Scenario *s, const Ask *a, bool *ret_recovered);
/* What a new process does after a kill, and after a power cut, when the machine boots. */
int come_back(FakeWorld *f, const Scenario *s, bool booted);
/* The state in which the verb begins; NULL: it cannot be made. */
FakeWorld *set_up(const Scenario *s);
