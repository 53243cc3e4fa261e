/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernel is brought to what the committed text asks for: the tail of every plan, the way back from a failed
 * one, and all of recovery. */

#include "world/executor-internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan/converge.h"
#include "world/evidence.h"
#include "world/log.h"

static int expect(Executor *e, const DmObserved *observed, const Uuid *active, size_t n_active, DmExpected **ret) {
        _cleanup_free_ PvDevice *devices = NULL;
        int r;

        r = world_pv_devices(e->w, e->vg, &devices);
        if (r < 0)
                return r;

        return dm_tree_expect(&(DmTreeArgs) {
                .vg = e->vg,
                .devices = devices,
                .active = active,
                .n_active = n_active,
                .hidden_suffix = dm_tree_hidden_suffix(e->vg, observed, e->suffix),
                .rebuilds = e->rebuilds,
                .n_rebuilds = e->n_rebuilds,
        }, ret);
}

/* One look and one repair. Returns the number of steps that were needed, or the first error. */
static int converge_once(Executor *e, const Uuid *active, size_t n_active, size_t *ret_n) {
        _cleanup_(dm_observed_freep) DmObserved *observed = NULL;
        _cleanup_(dm_expected_freep) DmExpected *expected = NULL;
        _cleanup_(plan_freep) Plan *plan = NULL;
        size_t failed;
        int r;

        r = e->w->ops->observe(e->w, &e->vg->id, &observed);
        if (r >= 0)
                r = expect(e, observed, active, n_active, &expected);
        if (r >= 0)
                r = executor_check_bitmaps(e, observed, expected);
        if (r > 0) {
                expected = dm_expected_free(expected);
                r = expect(e, observed, active, n_active, &expected);
        }
        if (r >= 0)
                r = plan_new("converge", e->vg->name, &e->vg->id, &plan);
        if (r >= 0)
                r = converge(e->vg, observed, expected, plan);
        if (r < 0)
                return r;

        *ret_n = plan->n_steps;
        r = executor_steps(e, plan->steps, plan->n_steps, true, &failed);
        if (r < 0)
                log_info("converge of %s: %s %s: %s", e->vg->name, step_kind_to_string(plan->steps[failed].kind),
                         plan->steps[failed].node ?: "", strerror(-r));
        return r;
}

int executor_converge(Executor *e, const Uuid *active, size_t n_active) {
        size_t n = 0;
        int r = 0;

        assert(e);

        if (!e->vg)
                return 0; /* no VG, no nodes */

        for (unsigned round = 0; round < CONVERGE_ROUNDS; round++) {
                r = converge_once(e, active, n_active, &n);
                if (r >= 0 && n == 0)
                        return 0;
                if (r < 0)
                        (void) e->w->ops->udev_wait(e->w); /* its rules may be what holds a node open */
        }

        return r < 0 ? r : -EUCLEAN;
}

static const Step *last_converge(const Plan *plan) {
        for (size_t i = plan->n_steps; i > 0; i--)
                if (plan->steps[i - 1].kind == STEP_CONVERGE)
                        return &plan->steps[i - 1];

        return NULL;
}

/* Which text is in force is for the disks to say: a commit that failed may have reached one of them. */
static int reread(Executor *e) {
        uint64_t old = e->vg ? e->vg->seqno : 0;
        int r;

        executor_settle(e->w);
        r = mda_set_heal(e->areas);
        if (r < 0)
                log_warning("Not every metadata area could be brought up to date: %s", strerror(-r));
        if (!mda_set_text(e->areas))
                return 0;
        if (mda_set_seqno(e->areas) > old)
                e->committed = true;
        return executor_committed(e);
}

/* PVs that were to join, or to leave, and are not the VG's by the text in force: they are nobody's, and the next may have them. */
static void release_labels(Executor *e, const Plan *plan) {
        for (size_t i = 0; i < plan->n_steps; i++) {
                const Step *s = &plan->steps[i];
                size_t dev;
                Uuid pv;

                if ((s->kind != STEP_LABEL_WRITE && s->kind != STEP_LABEL_CLEAR) || uuid_parse(s->text, &pv) < 0 ||
                    (e->vg && vg_find_pv_by_id(e->vg, &pv)))
                        continue;
                if (s->kind == STEP_LABEL_WRITE && world_find_path(e->w, s->node, &dev) >= 0)
                        (void) mda_set_label_clear(e->areas, dev); /* -ENOENT: we had not got there */
                if (s->kind == STEP_LABEL_CLEAR && world_find_pv(e->w, &pv, &dev) >= 0 && mda_set_label_clear(e->areas, dev) < 0)
                        log_warning("%s stays marked as used.", e->w->devices[dev].where.path);
        }
}

/* A commit cannot be taken back, and its text may ask for another one: without the residuals that the kernel
 * has let go of by now (S6). So the plan is finished from there. */
static int finish_texts(Executor *e, const Plan *plan) {
        size_t failed;

        for (size_t i = 0; e->committed && e->vg && i < plan->n_steps; i++)
                if (plan->steps[i].kind == STEP_META_WRITE && plan->steps[i].number == e->vg->seqno + 1)
                        return executor_steps(e, plan->steps + i, plan->n_steps - i, false, &failed);

        return 0;
}

int executor_undo(Executor *e, const Plan *plan) {
        const Step *last;
        int r, q;

        assert(e);
        assert(plan);

        q = e->w->ops->thaw(e->w);
        r = reread(e);
        if (r < 0)
                return r;
        if (!mda_set_text(e->areas))
                e->vg = vg_free(e->vg);
        release_labels(e, plan);

        last = last_converge(plan);
        if (e->committed && last)
                r = executor_converge(e, last->active, last->n_active);
        else
                r = executor_converge(e, e->before, e->n_before);
        if (r >= 0)
                r = finish_texts(e, plan);
        (void) e->w->ops->udev_wait(e->w);

        return r < 0 ? r : q;
}
