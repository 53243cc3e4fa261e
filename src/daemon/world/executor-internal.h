/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the executor share. */

#include "world/executor.h"

#define CONVERGE_ROUNDS 4
#define EVIDENCE_ROUNDS 5

typedef struct Executor {
        World *w;
        MdaSet *areas;
        VolumeGroup *vg;       /* as committed; NULL before the first text of a new VG, and after META_REMOVE */
        const char *suffix;
        const char *pending;   /* text between META_WRITE and its commit; borrowed from the plan */
        bool committed;        /* some text of the plan is in force */
        bool no_evidence;
        DmRebuild *rebuilds;   /* what the plan, the intent or a look at the superblocks says is to be copied whole */
        size_t n_rebuilds;
        Uuid *before;          /* what was active at the beginning */
        size_t n_before;
} Executor;

/* executor.c: everything but SUSPEND, RESUME of a section and CONVERGE. Returns 0, a Refusal or -errno. */
int executor_step(Executor *e, const Step *s);
/* Steps in order, sections as a whole. keep_going: a failed step does not stop the rest (repair). */
int executor_steps(Executor *e, const Step *steps, size_t n, bool keep_going, size_t *ret_failed);
void executor_done(Executor *e);
/* From here on, tables that CONVERGE makes copy these images whole. -ENOMEM. */
int executor_rebuild(Executor *e, const Uuid *lv, uint64_t slots);
/* After a commit: the model follows the text. */
int executor_committed(Executor *e);

/* DM_LOAD as it is. */
int executor_load(Executor *e, const Step *s);

/* executor-disk.c */
int executor_erase(Executor *e, const Step *s);
int executor_label_write(Executor *e, const Step *s);
int executor_label_clear(Executor *e, const Step *s);
int executor_wipe(Executor *e, const Step *s);

/* executor-evidence.c */
int executor_evidence(Executor *e, const Step *s);
/* Volumes that are about to be activated with an image that returns, as after a power cut in a merge or when a disk is back: where md would
 * not believe the bitmap, all of the image has to be copied. 1: the tables have to be made anew for that. */
int executor_check_bitmaps(Executor *e, const DmObserved *observed, const DmExpected *expected);
/* DM_LOAD of a running array's next table: its superblocks keep still while the kernel reads them, and the evidence holds of an image that
 * returns. -EAGAIN: that cannot be had, and nothing is loaded; the executor's next tables copy all of the image. */
int executor_load_still(Executor *e, const Step *s);

/* executor-section.c */
size_t section_length(const Step *steps, size_t n);
int section_run(Executor *e, const Step *steps, size_t n);

/* executor-converge.c */
int executor_converge(Executor *e, const Uuid *active, size_t n_active);
/* steps is the plan that failed; brings the world back to the committed text. */
int executor_undo(Executor *e, const Plan *plan);

/* executor-recover.c: what can be read may still be in the volatile cache of a disk, where a process left it that died
 * before its flush. It is made durable before anything relies on it. A disk that cannot be flushed is no reason not to go
 * on: what is suspended must run again. */
void executor_settle(World *w);
