/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/worker-verb.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "config.h"
#include "plan/plan.h"
#include "world/changed.h"
#include "world/evidence.h"
#include "world/executor.h"
#include "world/guard.h"
#include "world/log.h"

typedef struct Tracked {
        const LogicalVolume *volume, *image;
        unsigned slot;
} Tracked;

/* -ENOENT: the planner will refuse, and knows why. */
static int find_tracked(const VolumeGroup *vg, const Uuid *id, Tracked *ret) {
        const LogicalVolume *lv = vg_find_lv_by_id(vg, id), *parent;
        size_t slot;
        int tracked;

        if (!lv)
                return -ENOENT;
        parent = lv_raid1_parent(vg, lv, &slot);
        if (parent)
                lv = parent;
        if (!lv_raid1(lv))
                return -ENOENT;
        tracked = lv_tracked_slot(lv);
        if (tracked < 0)
                return -ENOENT;

        *ret = (Tracked) { lv, lv_raid1(lv)->raid1.images[tracked].data, (unsigned) tracked };
        return 0;
}

static const DmNode *find_node(const Session *s, const LogicalVolume *lv) {
        _cleanup_free_ char *name = NULL;

        if (dm_name_build(s->vg->name, lv->name, &name) < 0)
                return NULL;
        return dm_observed_by_name(s->observed, name);
}

static int add_step(Plan *plan, StepKind kind, const char *node, const char *text, uint64_t number) {
        Step *s = plan_add(plan, kind);

        if (!s)
                return -ENOMEM;
        s->number = number;
        if (node && !(s->node = strdup(node)))
                return -ENOMEM;
        if (text && !(s->text = strdup(text)))
                return -ENOMEM;
        return 0;
}

/* As a plan of its own, so that whatever happens in the middle of a refresh is recovered from like any other. */
static int establish_evidence(Session *s, const Tracked *t, const DmNode *node) {
        _cleanup_(plan_freep) Plan *plan = NULL;
        Outcome outcome;
        int r;

        r = plan_new("refresh", s->vg->name, &s->vg->id, &plan);
        if (r >= 0)
                r = add_step(plan, STEP_EXPECT, NULL, s->vg->name, s->vg->seqno);
        if (r >= 0)
                r = add_step(plan, STEP_EVIDENCE, node->name, t->volume->id.chars, t->slot);
        if (r >= 0)
                r = add_step(plan, STEP_UDEV_WAIT, NULL, NULL, 0);
        return r < 0 ? r : executor_run(s->w, s->areas, s->vg, plan, HIDDEN_SUFFIX, &outcome);
}

static int read_evidence(Session *s, const Tracked *t, bool establish, bool *ret) {
        const DmNode *node = find_node(s, t->volume);
        const char *why = "";
        int r;

        r = evidence_read(s->w, s->vg, t->volume, t->slot, ret, &why);
        if (r < 0 || *ret || !establish || !node || node->suspended)
                return r;

        r = establish_evidence(s, t, node);
        if (r < 0)
                return r;
        r = evidence_read(s->w, s->vg, t->volume, t->slot, ret, &why);
        if (r >= 0 && !*ret)
                log_notice("%s/%s: %s; all of %s will be copied.", s->vg->name, t->volume->name, why, t->image->name);
        return r;
}

static int read_written(Session *s, const LogicalVolume *image, bool *ret) {
        _cleanup_free_ char *name = NULL, *uuid = NULL;
        int r;

        r = dm_name_build(s->vg->name, image->name, &name);
        if (r >= 0)
                r = dm_uuid_build(&s->vg->id, &image->id, "", &uuid);
        return r < 0 ? r : guard_written(name, uuid, ret);
}

int blank_facts(Session *s, Verb verb, Uuid **ret_blank, Facts *ret) {
        int r;

        assert(s);
        assert(ret_blank);
        assert(ret);

        if (verb != VERB_MERGE && verb != VERB_ACTIVATE && verb != VERB_VG_ACTIVATE)
                return 0;
        r = evidence_list_blank(s->w, s->vg, ret_blank, &ret->n_blank);
        if (r >= 0)
                ret->blank = *ret_blank;
        return r;
}

int merge_facts(Session *s, const Uuid *lv, bool dry_run, Facts *ret) {
        Tracked t;
        int r;

        assert(s);
        assert(lv);
        assert(ret);

        if (find_tracked(s->vg, lv, &t) < 0)
                return 0;
        r = read_evidence(s, &t, !dry_run, &ret->evidence);
        if (r >= 0 && dry_run && ret->evidence)
                r = changed_bytes(s, t.volume, &ret->changed_bytes);
        return r < 0 ? r : read_written(s, t.image, &ret->image_written);
}
