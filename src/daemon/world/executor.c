/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/executor.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/vg-import.h"
#include "plan/refusal.h"
#include "world/executor-internal.h"
#include "world/intent.h"
#include "world/log.h"

int executor_committed(Executor *e) {
        const char *text = mda_set_text(e->areas);
        VolumeGroup *vg;
        int r;

        mda_set_collect(e->areas);
        if (!text)
                return -ENODATA;
        r = vg_import(text, strlen(text), &vg);
        if (r < 0)
                return r;

        vg_free(e->vg);
        e->vg = vg;
        e->pending = NULL;
        return 0;
}

static int do_expect(Executor *e, const Step *s) {
        if (!e->vg || strcmp(e->vg->name, s->text) != 0 || mda_set_seqno(e->areas) != s->number)
                return -ESTALE;

        return 0;
}

static int do_meta_write(Executor *e, const Step *s) {
        e->pending = s->text;
        return mda_set_write(e->areas, s->text);
}

static int do_commit(Executor *e) {
        int r;

        r = mda_set_commit(e->areas);
        if (r < 0)
                return r;

        e->committed = true;
        return executor_committed(e);
}

static int do_meta_remove(Executor *e) {
        int r;

        r = mda_set_remove(e->areas);
        if (r < 0)
                return r;

        e->committed = true;
        e->vg = vg_free(e->vg);
        return 0;
}

/* Tables refer to our own nodes as {dm UUID}, since their numbers are known only now. */
static int resolve_table(Executor *e, const char *table, char **ret) {
        _cleanup_(buf_done) Buf b = {};

        while (*table) {
                size_t plain = strcspn(table, "{");
                char uuid[DM_NAME_MAX + 2];
                uint32_t maj, min;
                size_t n;
                int r;

                buf_add_n(&b, table, plain);
                table += plain;
                if (!*table)
                        break;
                n = strcspn(++table, "}");
                if (table[n] != '}' || n > DM_NAME_MAX)
                        return -EINVAL;
                memcpy(uuid, table, n);
                uuid[n] = 0;
                r = e->w->ops->dm_devno(e->w, uuid, &maj, &min);
                if (r < 0)
                        return r;
                buf_addf(&b, "%u:%u", maj, min);
                table += n + 1;
        }

        *ret = buf_take(&b);
        return *ret ? 0 : -ENOMEM;
}

int executor_load(Executor *e, const Step *s) {
        _cleanup_free_ char *table = NULL;
        int r;

        r = resolve_table(e, s->text, &table);
        return r < 0 ? r : e->w->ops->dm_load(e->w, s->node, table, s->read_only);
}

/* Nothing has changed when this is refused, except a text that nobody reads. */
static int freeze_refusal(int r) {
        return r < 0 ? (int) REFUSAL_FREEZE_FAILED : r;
}

static int explain_freeze(const char *what, const char *node, int r) {
        if (r < 0)
                log_notice("%s of the filesystems on %s: %s", what, node, strerror(-r));
        return freeze_refusal(r);
}

int executor_step(Executor *e, const Step *s) {
        const WorldOps *ops = e->w->ops;

        switch (s->kind) {
        case STEP_EXPECT:
                return do_expect(e, s);
        case STEP_ERASE:
                return executor_erase(e, s);
        case STEP_LABEL_WRITE:
                return executor_label_write(e, s);
        case STEP_LABEL_CLEAR:
                return executor_label_clear(e, s);
        case STEP_SYNC_FS:
                return explain_freeze("sync", s->node, ops->sync_fs(e->w, s->node));
        case STEP_FREEZE:
                return explain_freeze("freeze", s->node, ops->freeze(e->w, s->node));
        case STEP_META_WRITE:
                return do_meta_write(e, s);
        case STEP_META_PRECOMMIT:
                return mda_set_precommit(e->areas);
        case STEP_META_COMMIT:
                return do_commit(e);
        case STEP_META_REMOVE:
                return do_meta_remove(e);
        case STEP_WIPE:
                return executor_wipe(e, s);
        case STEP_GUARD_CLEAR:
                return ops->guard_clear(e->w, s->node);
        case STEP_DM_CREATE:
                return ops->dm_create(e->w, s->node, s->uuid);
        case STEP_DM_LOAD:
                return s->uuid ? executor_load_still(e, s) : executor_load(e, s);
        case STEP_DM_CLEAR:
                return ops->dm_clear(e->w, s->node);
        case STEP_DM_SUSPEND:
                return -EINVAL; /* only inside a section */
        case STEP_DM_RESUME:
                return ops->dm_resume(e->w, s->node, (uint16_t) s->number);
        case STEP_DM_RENAME:
                return ops->dm_rename(e->w, s->node, s->text);
        case STEP_DM_REMOVE:
                return ops->dm_remove(e->w, s->node);
        case STEP_DM_MESSAGE:
                return ops->dm_message(e->w, s->node, s->text);
        case STEP_THAW:
                return ops->thaw(e->w);
        case STEP_CONVERGE:
                return executor_converge(e, s->active, s->n_active);
        case STEP_EVIDENCE:
                return executor_evidence(e, s);
        case STEP_GUARD_SET:
                return ops->guard_set(e->w, s->node);
        case STEP_UDEV_WAIT:
                return ops->udev_wait(e->w);
        case STEP_BACKUP:
                return e->vg ? ops->backup(e->w, e->vg->name, s->text, false) : 0;
        case _STEP_KIND_MAX:
        case _STEP_KIND_INVALID:
                break;
        }

        return -EINVAL;
}

int executor_steps(Executor *e, const Step *steps, size_t n, bool keep_going, size_t *ret_failed) {
        int first = 0;

        for (size_t i = 0, length; i < n; i += length) {
                int r;

                length = 1;
                if (steps[i].kind == STEP_DM_SUSPEND) {
                        length = section_length(steps + i, n - i);
                        r = section_run(e, steps + i, length);
                } else
                        r = executor_step(e, &steps[i]);
                if (r == 0 || first != 0)
                        continue;

                first = r;
                *ret_failed = i;
                if (!keep_going)
                        break;
        }

        return first;
}

static const Step *last_converge(const Plan *plan) {
        for (size_t i = plan->n_steps; i > 0; i--)
                if (plan->steps[i - 1].kind == STEP_CONVERGE)
                        return &plan->steps[i - 1];

        return NULL;
}

/* Of the PVs whose labels the plan writes or clears. */
static int list_labels(const Plan *plan, Uuid **ret, size_t *ret_n) {
        _cleanup_free_ Uuid *ids = calloc(plan->n_steps + 1, sizeof(Uuid));
        size_t n = 0;

        if (!ids)
                return -ENOMEM;
        for (size_t i = 0; i < plan->n_steps; i++) {
                const Step *s = &plan->steps[i];

                if (s->kind != STEP_LABEL_WRITE && s->kind != STEP_LABEL_CLEAR)
                        continue;
                if (uuid_parse(s->text, &ids[n]) < 0)
                        return -EINVAL;
                n++;
        }
        *ret = TAKE_PTR(ids);
        *ret_n = n;
        return 0;
}

static int write_intent(Executor *e, const Plan *plan) {
        _cleanup_free_ char **paths = NULL;
        _cleanup_free_ Uuid *labels = NULL;
        _cleanup_free_ char *text = NULL;
        const Step *last = last_converge(plan);
        size_t n_labels = 0;
        Intent intent;
        int r;

        r = list_labels(plan, &labels, &n_labels);
        if (r < 0)
                return r;
        paths = calloc(e->w->n_devices + 1, sizeof(*paths));
        if (!paths)
                return -ENOMEM;
        for (size_t i = 0; i < e->w->n_devices; i++)
                paths[i] = e->w->devices[i].where.path;

        intent = (Intent) {
                .verb = plan->verb,
                .vg_name = plan->vg_name,
                .vg_name_after = plan->vg_name_after,
                .seqno = mda_set_seqno(e->areas),
                .before = e->before,
                .n_before = e->n_before,
                .after = last ? last->active : e->before,
                .n_after = last ? last->n_active : e->n_before,
                .devices = paths,
                .labels = labels,
                .n_labels = n_labels,
                .rebuild_lv = plan->job_lv,
                .rebuild_slots = plan->rebuild_slots,
        };
        r = intent_to_json(&intent, &text);
        return r < 0 ? r : e->w->ops->intent_write(e->w, &plan->vg_id, text);
}

static bool plan_has(const Plan *plan, StepKind kind) {
        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->steps[i].kind == kind)
                        return true;

        return false;
}

static int begin(Executor *e, const Plan *plan) {
        _cleanup_(dm_observed_freep) DmObserved *observed = NULL;
        int r;

        if (e->vg) {
                r = e->w->ops->observe(e->w, &e->vg->id, &observed);
                if (r >= 0)
                        r = dm_tree_active(e->vg, observed, &e->before, &e->n_before);
                if (r < 0)
                        return r;
                if (plan_has(plan, STEP_META_WRITE)) {
                        r = e->w->ops->backup(e->w, e->vg->name, mda_set_text(e->areas), true);
                        if (r < 0)
                                log_warning("No archive of the old metadata of %s: %s", e->vg->name, strerror(-r));
                }
        }

        return write_intent(e, plan);
}

void executor_done(Executor *e) {
        e->vg = vg_free(e->vg);
        free(e->before);
        free(e->rebuilds);
}

int executor_rebuild(Executor *e, const Uuid *lv, uint64_t slots) {
        DmRebuild *grown = reallocarray(e->rebuilds, e->n_rebuilds + 1, sizeof(DmRebuild));

        if (!grown)
                return -ENOMEM;
        e->rebuilds = grown;
        e->rebuilds[e->n_rebuilds++] = (DmRebuild) { *lv, slots };
        return 0;
}

/* The plan is over, one way or the other. A text that did not reach every area is brought there now. */
static int finish(Executor *e, const Plan *plan, int result, Outcome *outcome) {
        int r = 0;

        if (result != 0)
                r = executor_undo(e, plan);
        else if (e->vg && mda_set_heal(e->areas) < 0)
                log_warning("The metadata of %s did not reach every physical volume.", e->vg->name);

        outcome->committed = e->committed;
        outcome->no_evidence = e->no_evidence;
        outcome->recovered = r >= 0;
        if (r < 0) {
                log_error("%s: kernel and metadata could not be brought together again: %s", plan->vg_name, strerror(-r));
                return result;
        }
        r = e->w->ops->intent_remove(e->w, &plan->vg_id);
        return result != 0 ? result : r;
}

int executor_run(World *w, MdaSet *areas, const VolumeGroup *vg, const Plan *plan, const char *hidden_suffix,
                 Outcome *ret_outcome) {
        _cleanup_(executor_done) Executor e = {
                .w = w,
                .areas = areas,
                .suffix = hidden_suffix,
        };
        Outcome outcome = {};
        int r;

        assert(w);
        assert(areas);
        assert(plan);
        assert(hidden_suffix);
        assert(ret_outcome);

        outcome.failed_step = plan->n_steps;
        if (plan->rebuild_slots != 0) {
                r = executor_rebuild(&e, &plan->job_lv, plan->rebuild_slots);
                if (r < 0)
                        return r;
        }
        if (vg) {
                r = vg_clone(vg, &e.vg);
                if (r < 0)
                        return r;
        }
        r = begin(&e, plan);
        if (r < 0) {
                /* Nothing has changed, and what is active may not even be known: undoing would deactivate all. */
                (void) w->ops->intent_remove(w, &plan->vg_id);
                outcome.recovered = true;
                *ret_outcome = outcome;
                return r;
        }
        r = executor_steps(&e, plan->steps, plan->n_steps, false, &outcome.failed_step);
        if (r < 0)
                log_error("%s: step %zu (%s) failed: %s", plan->summary ?: plan->verb, outcome.failed_step + 1,
                          plan->n_steps ? step_kind_to_string(plan->steps[outcome.failed_step].kind) : "", strerror(-r));

        r = finish(&e, plan, r, &outcome);
        *ret_outcome = outcome;
        return r;
}
