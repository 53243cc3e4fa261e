/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Split an image off: tracked (reversible) or for good. */

#include "plan/planner-context.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model/raid1.h"

static bool image_is_on(const RaidImage *image, const Uuid *pv) {
        for (size_t i = 0; image->data && i < image->data->n_segments; i++) {
                const Segment *s = image->data->segments[i];

                if (s->kind == SEGMENT_LINEAR && uuid_equal(&s->linear.pv->id, pv))
                        return true;
        }

        return false;
}

static int choose_by_pv(Planning *p, const LogicalVolume *lv, uint32_t *ret_slot) {
        const Segment *raid1 = lv_raid1(lv);
        char id[UUID_DASHED_CHARS + 1];

        for (size_t i = raid1->raid1.n_images; i > 0; i--)
                if (image_is_on(&raid1->raid1.images[i - 1], &p->request->pv)) {
                        *ret_slot = (uint32_t) i - 1;
                        return 0;
                }

        return refuse(p, REFUSAL_NO_SUCH_IMAGE, "%s has no image on physical volume %s; 'raidctl list -a' shows where its "
                      "images are.", LV_LABEL(p->vg, lv), uuid_format(&p->request->pv, id));
}

static int check_index(Planning *p, const LogicalVolume *lv, uint32_t slot) {
        size_t n = lv_raid1(lv)->raid1.n_images;

        if (slot < n)
                return 0;

        return refuse(p, REFUSAL_NO_SUCH_IMAGE, "%s has no image %u; its images are 0 to %zu.", LV_LABEL(p->vg, lv), slot,
                      n - 1);
}

/* *slot comes in as the image that the request names itself (or SLOT_ANY), and leaves as what index, PV and
 * that agree on; SLOT_ANY if nothing was asked for. */
static int choose_asked(Planning *p, const LogicalVolume *lv, uint32_t *slot) {
        uint32_t by_pv = SLOT_ANY;
        int r;

        if (p->request->slot != SLOT_ANY) {
                r = check_index(p, lv, p->request->slot);
                if (r != 0)
                        return r;
                if (*slot != SLOT_ANY && *slot != p->request->slot)
                        return refuse(p, REFUSAL_NO_SUCH_IMAGE, "Image %u of %s was named, and image %u as well; name one.",
                                      *slot, LV_LABEL(p->vg, lv), p->request->slot);
                *slot = p->request->slot;
        }
        if (uuid_is_null(&p->request->pv))
                return 0;
        if (*slot != SLOT_ANY && image_is_on(&lv_raid1(lv)->raid1.images[*slot], &p->request->pv))
                return 0;
        r = choose_by_pv(p, lv, &by_pv);
        if (r != 0)
                return r;
        if (*slot != SLOT_ANY)
                return refuse(p, REFUSAL_NO_SUCH_IMAGE, "Image %u of %s is not on the physical volume that was named; "
                              "name the image or the device, not both.", *slot, LV_LABEL(p->vg, lv));

        *slot = by_pv;
        return 0;
}

/* Types that are no layer over something, merely no raid1. */
static bool is_plain_type(const LogicalVolume *lv) {
        const char *type = lv->n_segments > 0 ? lv->segments[0]->type : "striped";

        return !type || strncmp(type, "raid", 4) == 0 || strncmp(type, "striped", 7) == 0 ||
               strncmp(type, "mirror", 6) == 0 || strncmp(type, "error", 5) == 0 || strncmp(type, "zero", 4) == 0;
}

static int find_raid1(Planning *p, const LogicalVolume **ret_lv, uint32_t *ret_slot) {
        const LogicalVolume *lv;
        int r;

        r = planning_find_volume(p, &lv, ret_slot);
        if (r != 0)
                return r;
        if (!lv_raid1(lv) && is_plain_type(lv))
                return refuse(p, REFUSAL_NOT_RAID1, "%s is not a raid1 volume, so it has no image to split off.",
                              LV_LABEL(p->vg, lv));
        r = guard_lv(p, lv);
        if (r == 0)
                r = guard_lv_writable(p, lv);
        if (r != 0)
                return r;

        *ret_lv = lv;
        return 0;
}

/* The leg that leaves must be in sync, and so must be what stays behind. */
static int check_health(Planning *p, const LogicalVolume *lv, size_t slot, Health *ret) {
        Health h;
        int r;

        r = health_read(p, lv, &h);
        if (r != 0)
                return r;
        if (!h.complete || h.chars[slot] != 'A')
                return refuse(p, REFUSAL_NOT_IN_SYNC, "Image %zu cannot be split from %s while the volume is not in sync; wait "
                              "with 'raidctl wait %s' or look at 'raidctl status %s'.", slot, LV_LABEL(p->vg, lv),
                              LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        r = health_check_rest(p, lv, &h, slot);
        if (r != 0)
                return r;

        *ret = h;
        return 0;
}

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

/* The critical section of a split. The flush comes before everything, so that little is left to be written while
 * the writers wait; the freeze comes as late as possible, but before the LOAD, which reads superblocks: the less is
 * written between LOAD and SUSPEND, the better (merge-hazard.md 2). */
static int add_switch(Planning *p, const LogicalVolume *next_lv, const char *node, bool quiesce, const char *prepare,
                      const char *load) {
        int r;

        r = add_expect(p);
        if (r >= 0 && quiesce)
                r = add_step(p, STEP_SYNC_FS, node, NULL, NULL, "while writers still run, so that the stall stays short");
        if (r >= 0)
                r = add_prepare(p, prepare);
        if (r >= 0 && quiesce)
                r = add_step(p, STEP_FREEZE, node, NULL, NULL, "filesystems on top of other layers, so that the image is clean");
        if (r >= 0)
                r = add_load(p, next_lv, node, load);
        if (r >= 0)
                r = add_suspend(p, node, quiesce);
        if (r >= 0)
                r = add_commit(p, "this cannot be undone from here");
        if (r >= 0)
                r = add_resume(p, node, UDEV_FLAGS_PUBLIC, "with the new table; writes go on");
        if (r >= 0 && quiesce)
                r = add_step(p, STEP_THAW, node, NULL, NULL, "what was frozen");

        return r;
}

/* Tracked ------------------------------------------------------------------------------------------------------ */

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

static int add_tracked_tail(Planning *p, const LogicalVolume *lv, const LogicalVolume *image, uint32_t slot,
                            const char *node) {
        _cleanup_free_ char *image_node = NULL;
        Step *s;
        int r;

        r = dm_name_build(p->vg->name, image->name, &image_node);
        if (r >= 0)
                r = planning_activate(p, &image->id);
        if (r >= 0)
                r = add_converge(p, "the image becomes a device of its own, read-only");
        if (r >= 0)
                r = add_step(p, STEP_GUARD_SET, image_node, NULL, NULL, "nobody can write to the image (S2)");
        if (r >= 0)
                r = add_step(p, STEP_EVIDENCE, node, lv->id.chars, &s,
                             "until the superblocks say that image %u is behind (S1)", slot);
        if (r < 0)
                return r;

        s->number = slot;
        return add_tail(p);
}

int plan_split_tracked(Planning *p) {
        const LogicalVolume *lv = NULL, *image;
        LogicalVolume *next_lv = NULL;
        uint32_t slot;
        Health h;
        int r;

        r = find_raid1(p, &lv, &slot);
        if (r == 0)
                r = check_not_tracking(p, lv);
        if (r == 0)
                r = choose_asked(p, lv, &slot);
        if (r != 0)
                return r;
        if (slot == SLOT_ANY)
                slot = (uint32_t) lv_raid1(lv)->raid1.n_images - 1;
        r = check_health(p, lv, slot, &h);
        if (r != 0)
                return r;

        image = lv_raid1(lv)->raid1.images[slot].data;
        r = planning_begin(p, lv, &next_lv);
        if (r == 0)
                r = raid1_track(p->next, next_lv, slot);
        if (r == 0)
                r = plan_summarize(p, "Split image %u of %s as %s, tracked", slot, LV_LABEL(p->vg, lv), image->name);
        if (r == 0)
                r = add_switch(p, next_lv, h.node->name, !p->request->no_quiesce, "the image is split and tracked",
                               "raid1 with a hole in place of the image");
        if (r != 0)
                return r;

        p->plan->result = image->id;
        return add_tracked_tail(p, lv, image, slot, h.node->name);
}

/* For good ----------------------------------------------------------------------------------------------------- */

static int choose_permanent(Planning *p, const LogicalVolume *lv, uint32_t *slot) {
        int tracked = lv_tracked_slot(lv), r;

        r = choose_asked(p, lv, slot);
        if (r != 0)
                return r;
        if (tracked >= 0 && *slot != SLOT_ANY && *slot != (uint32_t) tracked)
                return refuse(p, REFUSAL_TRACKED_ELSEWHERE, "Unable to split image %u from %s while changes are tracked for %s; "
                              "merge that first with 'raidctl merge %s', or make that one permanent by naming no image.",
                              *slot, LV_LABEL(p->vg, lv), lv_raid1(lv)->raid1.images[tracked].data->name,
                              LV_LABEL(p->vg, lv));
        if (*slot == SLOT_ANY)
                *slot = tracked >= 0 ? (uint32_t) tracked : (uint32_t) lv_raid1(lv)->raid1.n_images - 1;

        return 0;
}

static int check_permanent(Planning *p, const LogicalVolume *lv, uint32_t slot, Health *ret) {
        int r;

        if (lv_tracked_slot(lv) < 0)
                return check_health(p, lv, slot, ret);

        r = health_read(p, lv, ret);
        if (r != 0)
                return r;
        return health_check_rest(p, lv, ret, slot);
}

/* The image's node, if it is active as a device of its own: it becomes writable with the commit. */
static int add_release(Planning *p, const LogicalVolume *image) {
        const DmNode *node = planning_active_node(p, image);

        if (!node)
                return 0;

        return add_step(p, STEP_GUARD_CLEAR, node->name, NULL, NULL, "a volume of its own may be written");
}

/* The second commit: extents become free only after the kernel has let go of them (S6). */
static int add_release_residuals(Planning *p) {
        int r;

        r = vg_drop_residuals(p->next);
        if (r < 0)
                return r;
        p->next->seqno++;

        r = add_prepare(p, "the extents that nobody uses any more become free");
        if (r >= 0)
                r = add_commit(p, "the kernel has let go of them");
        if (r >= 0)
                r = add_converge(p, "nothing should be left to do");
        return r;
}

static int add_permanent(Planning *p, const LogicalVolume *lv, const LogicalVolume *image, const char *node) {
        bool tracked = lv_tracked_slot(lv) >= 0;
        const LogicalVolume *next_lv = vg_find_lv_by_id(p->next, &lv->id);
        int r;

        r = add_switch(p, next_lv, node, !tracked && !p->request->no_quiesce, "the image is a volume of its own",
                       lv_raid1(next_lv) ? "raid1 without the image" : "linear over the image that stays");
        if (r >= 0 && tracked)
                r = add_release(p, image);
        if (r >= 0)
                r = planning_activate(p, &image->id);
        if (r >= 0)
                r = add_converge(p, "the image becomes the new volume, its metadata device goes");
        if (r >= 0)
                r = add_release_residuals(p);

        return r < 0 ? r : add_tail(p);
}

int plan_split(Planning *p) {
        const LogicalVolume *lv = NULL, *image;
        LogicalVolume *next_lv = NULL;
        uint32_t slot;
        Health h;
        int r;

        r = find_raid1(p, &lv, &slot);
        if (r == 0)
                r = check_lv_name(p, p->vg, p->request->name);
        if (r == 0)
                r = choose_permanent(p, lv, &slot);
        if (r == 0)
                r = check_permanent(p, lv, slot, &h);
        if (r != 0)
                return r;

        image = lv_raid1(lv)->raid1.images[slot].data;
        r = planning_begin(p, lv, &next_lv);
        if (r == 0)
                r = raid1_extract(p->next, next_lv, slot, p->request->name);
        if (r == 0)
                r = plan_summarize(p, "Split image %u of %s into new volume %s/%s", slot, LV_LABEL(p->vg, lv), p->vg->name,
                                   p->request->name);
        if (r != 0)
                return r;

        p->plan->result = image->id;
        return add_permanent(p, lv, image, h.node->name);
}
