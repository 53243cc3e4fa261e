/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Walks a plan over a world. On failure it makes the kernel agree with the committed text again: the old one
 * before META_COMMIT, the new one after it (style.md 3.6). */

#include "model/vg.h"
#include "plan/plan.h"
#include "world/mda-io.h"
#include "world/world.h"

typedef struct Outcome {
        bool committed;     /* some text of the plan is in force */
        bool recovered;     /* after a failure: the kernel agrees with the committed text */
        bool no_evidence;   /* STEP_EVIDENCE could not establish it: a merge will be a full recovery */
        size_t failed_step; /* index into the plan; n_steps if it was none of them */
} Outcome;

/* vg is the VG as committed now, NULL if there is none yet. areas is its MdaSet. hidden_suffix is the
 * fallback of dm_tree_hidden_suffix(). Writes the intent before the first effect and removes it when kernel and
 * metadata agree. Returns 0, REFUSAL_FREEZE_FAILED (nothing has changed), or -errno. */
int executor_run(World *w, MdaSet *areas, const VolumeGroup *vg, const Plan *plan, const char *hidden_suffix,
                 Outcome *ret_outcome);

/* After a crash: thaws, heals, and converges to the committed text. intent is what executor_run() had
 * written, or NULL: then what is active now stays active. Removes the intent at success. */
int executor_recover(World *w, const Uuid *vg_id, const char *intent, const char *hidden_suffix);
