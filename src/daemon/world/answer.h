/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The worker's answers: one JSON object per line on stdout. */

#include <stdbool.h>
#include <stddef.h>

#include "model/bitmap.h"
#include "plan/plan.h"
#include "plan/refusal.h"
#include "world/executor.h"
#include "world/scan.h"

typedef struct DoneAnswer {
        const Plan *plan;
        const FoundVg *vg; /* NULL: the VG is gone */
        const Outcome *outcome;
        const BitmapRange *copied; /* merge: what the recovery will copy, unless that is all; NULL: not known */
        size_t n_copied;
        bool dry_run;
} DoneAnswer;

void answer_started(void);
void answer_refused(Refusal refusal, const char *sentence);
void answer_failed(int error, const char *message, bool recovered);
int answer_done(const DoneAnswer *d);
int answer_scanned(const Scan *s);

typedef struct ChangedAnswer {
        uint64_t changed, total, region; /* bytes */
        BitmapRange *ranges; /* NULL: not asked for */
        size_t n_ranges;
} ChangedAnswer;

int answer_changed(const ChangedAnswer *c);
