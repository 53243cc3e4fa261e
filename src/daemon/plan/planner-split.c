/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Split an image off: tracked (reversible), of one volume or of several at one instant. */

#include "plan/planner-split.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "model/raid1.h"

/* The top table of the volume as p->next has it; goes to the inactive slot. */
static int add_load(Planning *p, const LogicalVolume *next_lv, const char *node, const char *why) {
        _cleanup_(dm_expected_freep) DmExpected *expected = NULL;
        DmTreeArgs args = {
                .vg = p->next,
                .devices = p->devices,
                .active = &next_lv->id,
                .n_active = 1,
                .hidden_suffix = p->suffix,
        };
        int r;

        r = dm_tree_expect(&args, &expected);
        if (r < 0)
                return r;
        for (size_t i = 0; i < expected->n_nodes; i++)
                if (expected->nodes[i].lv == next_lv) {
                        Step *s;

                        r = add_step(p, STEP_DM_LOAD, node, expected->nodes[i].table, &s, "%s", why);
                        if (r >= 0)
                                s->read_only = expected->nodes[i].read_only;
                        return r;
                }

        return -ENOENT;
}

static int add_suspend(Planning *p, const char *node, bool lockfs) {
        Step *s;
        int r;

        r = add_step(p, STEP_DM_SUSPEND, node, NULL, &s, lockfs ? "writes wait from here; what is mounted is frozen clean"
                                                                 : "writes wait from here");
        if (r < 0)
                return r;

        s->lockfs = lockfs;
        return 0;
}

static int add_suspends(Planning *p, const Leaving *leaving, size_t n, bool lockfs) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = add_suspend(p, leaving[i].node, lockfs);
        return r;
}

static int add_loads(Planning *p, const Leaving *leaving, size_t n, const char *why) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = add_load(p, leaving[i].next_lv, leaving[i].node, why);
        return r;
}

/* A step of that kind for every node. */
static int add_each(Planning *p, const Leaving *leaving, size_t n, StepKind kind, const char *why) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = add_step(p, kind, leaving[i].node, NULL, NULL, "%s", why);
        return r;
}

/* The flush comes before everything, so that little is left to be written while the writers wait; the freeze comes as late as
 * possible, but before the LOAD, which reads superblocks: the less is written between LOAD and SUSPEND, the better
 * (merge-hazard.md 2). Of several volumes all wait before the commit and until after it: that is their instant. */
int split_add_switch(Planning *p, const Leaving *leaving, size_t n, bool quiesce, const char *prepare, const char *load) {
        int r;

        r = add_expect(p);
        if (r >= 0 && quiesce)
                r = add_each(p, leaving, n, STEP_SYNC_FS, "while writers still run, so that the stall stays short");
        if (r >= 0)
                r = add_prepare(p, prepare);
        if (r >= 0 && quiesce)
                r = add_each(p, leaving, n, STEP_FREEZE, "filesystems on top of other layers, so that the image is clean");
        if (r >= 0)
                r = add_loads(p, leaving, n, load);
        if (r >= 0)
                r = add_suspends(p, leaving, n, quiesce);
        if (r >= 0)
                r = add_commit(p, "this cannot be undone from here");
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = add_resume(p, leaving[i].node, UDEV_FLAGS_PUBLIC, "with the new table; writes go on");
        if (r >= 0 && quiesce)
                r = add_step(p, STEP_THAW, NULL, NULL, NULL, "what was frozen");

        return r;
}

static int check_not_tracking(Planning *p, const LogicalVolume *lv) {
        const LogicalVolume *image;
        int tracked = lv_tracked_slot(lv);

        if (tracked < 0)
                return 0;
        image = lv_raid1(lv)->raid1.images[tracked].data;

        return refuse(p, REFUSAL_ALREADY_TRACKING, "Cannot track more than one split image at a time: %s already tracks %s; "
                      "merge it with 'raidctl merge %s' or make it permanent with 'raidctl split %s --permanent --name=NEW'.",
                      LV_LABEL(p->vg, lv), image->name, LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
}

/* One after the other: what is read-only must be so before anybody sees the next. */
static int add_images(Planning *p, const Leaving *leaving, size_t n) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n; i++) {
                _cleanup_free_ char *node = NULL;

                r = dm_name_build(p->vg->name, leaving[i].image->name, &node);
                if (r >= 0)
                        r = add_step(p, STEP_GUARD_SET, node, NULL, NULL, "nobody can write to the image (S2)");
        }
        for (size_t i = 0; r >= 0 && i < n; i++) {
                Step *s;

                r = add_step(p, STEP_EVIDENCE, leaving[i].node, leaving[i].lv->id.chars, &s,
                             "until the superblocks say that image %u is behind (S1)", leaving[i].slot);
                if (r >= 0)
                        s->number = leaving[i].slot;
        }
        return r;
}

static int add_tracked(Planning *p, const Leaving *leaving, size_t n) {
        int r;

        r = split_add_switch(p, leaving, n, !p->request->no_quiesce, n > 1 ? "the images are split and tracked" : "the image is split and tracked",
                             "raid1 with a hole in place of the image");
        for (size_t i = 0; r == 0 && i < n; i++)
                r = planning_activate(p, &leaving[i].image->id);
        if (r >= 0)
                r = add_converge(p, n > 1 ? "the images become devices of their own, read-only" : "the image becomes a device of its own, read-only");
        if (r >= 0)
                r = add_images(p, leaving, n);
        return r < 0 ? r : add_tail(p);
}

static int check_single(Planning *p, const LogicalVolume *lv, uint64_t chosen) {
        if (__builtin_popcountll(chosen) <= 1)
                return 0;

        return refuse(p, REFUSAL_ALREADY_TRACKING, "Cannot track more than one split image at a time: %d of %s were asked for; split "
                      "one, or split them for good with 'raidctl split %s --permanent --name=NEW --count=%d'.",
                      __builtin_popcountll(chosen), LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv), __builtin_popcountll(chosen));
}

static int choose_tracked(Planning *p, const Uuid *id, Leaving *ret) {
        uint64_t chosen = 0;
        Health h;
        int r;

        r = split_find_raid1(p, id, &ret->lv, &ret->slot);
        if (r == 0)
                r = check_not_tracking(p, ret->lv);
        if (r == 0)
                r = split_choose_set(p, ret->lv, ret->slot, &chosen);
        if (r == 0)
                r = check_single(p, ret->lv, chosen);
        if (r != 0)
                return r;
        ret->slot = chosen ? (uint32_t) __builtin_ctzll(chosen) : (uint32_t) lv_raid1(ret->lv)->raid1.n_images - 1;
        r = split_check_health(p, ret->lv, ret->slot, &h);
        if (r != 0)
                return r;

        ret->image = lv_raid1(ret->lv)->raid1.images[ret->slot].data;
        ret->node = h.node->name;
        return 0;
}

int plan_split_tracked(Planning *p) {
        Leaving leaving = {};
        int r;

        r = choose_tracked(p, &p->request->lv, &leaving);
        if (r == 0)
                r = planning_begin(p, leaving.lv, &leaving.next_lv);
        if (r == 0)
                r = raid1_track(p->next, leaving.next_lv, leaving.slot);
        if (r == 0)
                r = plan_summarize(p, "Split image %u of %s as %s, tracked", leaving.slot, LV_LABEL(p->vg, leaving.lv),
                                   leaving.image->name);
        if (r != 0)
                return r;

        p->plan->result = leaving.image->id;
        return add_tracked(p, &leaving, 1);
}

int plan_split_group(Planning *p) {
        size_t n = p->request->n_lvs;
        Leaving leaving[SPLIT_GROUP_MAX] = {};
        int r = 0;

        if (n == 0 || n > SPLIT_GROUP_MAX)
                return -EINVAL;
        for (size_t i = 0; r == 0 && i < n; i++)
                r = choose_tracked(p, &p->request->lvs[i], &leaving[i]);
        for (size_t i = 0; r == 0 && i < n; i++)
                for (size_t k = 0; r == 0 && k < i; k++)
                        if (leaving[k].lv == leaving[i].lv)
                                r = refuse(p, REFUSAL_ALREADY_TRACKING, "%s was named twice, and only one image of it can be "
                                           "tracked at a time; name it once.", LV_LABEL(p->vg, leaving[i].lv));
        if (r == 0)
                r = planning_begin(p, NULL, NULL);
        for (size_t i = 0; r == 0 && i < n; i++) {
                leaving[i].next_lv = vg_find_lv_by_id(p->next, &leaving[i].lv->id);
                r = raid1_track(p->next, leaving[i].next_lv, leaving[i].slot);
        }
        if (r == 0)
                r = plan_summarize(p, "Split images of %zu volumes of %s at one instant, tracked", n, p->vg->name);
        return r != 0 ? r : add_tracked(p, leaving, n);
}
