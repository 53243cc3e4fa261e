/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The critical section: from the first SUSPEND to the last RESUME. Between critical_enter() and critical_leave()
 * this file allocates nothing and logs nothing (W3). */

#include "world/executor-internal.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "plan/refusal.h"

#define SECTION_NODES_MAX 64
#define RESUME_TRIES 3

typedef struct Section {
        const Step *suspended[SECTION_NODES_MAX]; /* their SUSPEND steps, in order; NULL once resumed */
        size_t n_suspended;
        bool committed;
} Section;

static void mark_resumed(Section *s, const char *node) {
        for (size_t i = 0; i < s->n_suspended; i++)
                if (s->suspended[i] && strcmp(s->suspended[i]->node, node) == 0)
                        s->suspended[i] = NULL;
}

size_t section_length(const Step *steps, size_t n) {
        size_t length = 0;
        int open = 0;

        /* A node that is suspended twice would count twice; no plan does that. */
        for (size_t i = 0; i < n; i++) {
                if (steps[i].kind == STEP_DM_SUSPEND)
                        open++;
                else if (steps[i].kind == STEP_DM_RESUME)
                        open--;
                length = i + 1;
                if (open <= 0)
                        break;
        }

        return length;
}

static uint16_t flags_of(const Step *steps, size_t n, const char *node) {
        for (size_t i = 0; i < n; i++)
                if (steps[i].kind == STEP_DM_RESUME && strcmp(steps[i].node, node) == 0)
                        return (uint16_t) steps[i].number;

        return UDEV_FLAGS_PUBLIC;
}

static int run_step(Executor *e, Section *section, const Step *s) {
        const WorldOps *ops = e->w->ops;
        int r;

        switch (s->kind) {
        case STEP_DM_SUSPEND:
                if (section->n_suspended == SECTION_NODES_MAX)
                        return -E2BIG;
                r = ops->dm_suspend(e->w, s->node, s->lockfs);
                if (r >= 0)
                        section->suspended[section->n_suspended++] = s;
                return r;
        case STEP_META_COMMIT:
                r = mda_set_commit(e->areas);
                if (r >= 0)
                        section->committed = true;
                return r;
        case STEP_DM_RESUME:
                r = ops->dm_resume(e->w, s->node, (uint16_t) s->number);
                if (r >= 0)
                        mark_resumed(section, s->node);
                return r;
        default:
                assert(!"plan_check() lets nothing else in (P2)");
                return -EINVAL;
        }
}

/* Everything runs again, at once. Before the commit the new tables are thrown away first: a resume would
 * take them into use. Components were suspended after what uses them, so they go first. */
static void roll_out(Executor *e, Section *section, const Step *steps, size_t n) {
        const WorldOps *ops = e->w->ops;

        if (!section->committed)
                for (size_t i = 0; i < section->n_suspended; i++)
                        if (section->suspended[i])
                                (void) ops->dm_clear(e->w, section->suspended[i]->node); /* converge looks again */

        for (size_t i = section->n_suspended; i > 0; i--) {
                const Step *s = section->suspended[i - 1];

                for (unsigned tries = 0; s && tries < RESUME_TRIES; tries++)
                        if (ops->dm_resume(e->w, s->node, flags_of(steps, n, s->node)) >= 0)
                                break;
        }
}

int section_run(Executor *e, const Step *steps, size_t n) {
        Section section = {};
        bool froze = false;
        int r;

        assert(e);
        assert(steps);

        r = e->w->ops->critical_enter(e->w, steps, n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n; i++) {
                r = run_step(e, &section, &steps[i]);
                if (r < 0) {
                        froze = steps[i].kind == STEP_DM_SUSPEND && steps[i].lockfs;
                        roll_out(e, &section, steps, n);
                        break;
                }
        }
        e->w->ops->critical_leave(e->w);

        if (section.committed) {
                int q = executor_committed(e);

                e->committed = true;
                if (r >= 0)
                        r = q;
        }
        /* Too late, or somebody else holds it frozen. */
        return froze && (r == -EINTR || r == -EBUSY) ? (int) REFUSAL_FREEZE_FAILED : r;
}
