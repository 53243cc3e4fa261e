/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A volume group and a kernel for the planner's tests: vg0 on four PVs with the raid1 volume "data" and the linear
 * volume "plain", all of it active unless said otherwise. Tests bend it before they call plan(). */

#include "plan/planner.h"

typedef struct FixtureArgs {
        unsigned n_images; /* of data; 0 = 3 */
        int tracked;       /* slot, counted from 1; 0 = none */
        bool inactive;     /* nothing is active */
        bool image_inactive;
        unsigned extent_sectors; /* 0 = 8192 */
        const char *suffix;     /* UUID convention */
        const char *health;     /* NULL: all A, '-' for the tracked one */
        const char *more_lvs;   /* LV sections to add */
        const char *vg_lines;   /* lines to add to the VG section, e.g. system_id */
        const char *vg_status;  /* NULL: RESIZEABLE, READ, WRITE */
} FixtureArgs;

typedef struct Fixture {
        VolumeGroup *vg;
        PvDevice devices[4];
        DmObserved *observed;
        Facts facts;
        Request request;
        /* results of fixture_plan() */
        Plan *plan;
        VolumeGroup *next;
        char *sentence;
} Fixture;

Fixture *fixture_new(const FixtureArgs *args);
Fixture *fixture_free(Fixture *f);
DEFINE_CLEANUP(Fixture, fixture_free);

/* The kernel as if every visible volume of vg were active and in sync; of what vg_check() lets through. A negative errno if there is no such kernel. */
int fixture_activate(Fixture *f);
/* A request for this verb on the LV of that name (NULL: none). */
void fixture_ask(Fixture *f, Verb verb, const char *lv);
/* planner_run(); forgets the results of the last call. */
int fixture_run(Fixture *f);
LogicalVolume *fixture_lv(Fixture *f, const char *name);
DmNode *fixture_node(Fixture *f, const char *dm_name);
/* "expect fs.sync meta.write …": the kinds of the steps, for comparison with what they should be. */
char *fixture_kinds(const Fixture *f);
const Step *fixture_step(const Fixture *f, StepKind kind, size_t nth);
/* The id that the fixture gives to what has this name. */
Uuid fixture_id(const char *name);

/* The kinds of the steps of the last plan. */
#define ASSERT_KINDS(f, kinds)                                                \
        do {                                                                  \
                _cleanup_free_ char *_kinds = fixture_kinds(f);               \
                if (strcmp(_kinds, kinds) != 0)                               \
                        fprintf(stderr, "is   %s\nnot  %s\n", _kinds, kinds); \
                ASSERT_EQ(strcmp(_kinds, kinds), 0);                          \
        } while (false)
