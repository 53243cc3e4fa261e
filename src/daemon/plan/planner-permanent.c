/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Split an image off for good. */

#include "plan/planner-split.h"
#include "plan/planner-switch.h"

#include <string.h>

#include "model/raid1.h"

static int choose_permanent(Planning *p, const LogicalVolume *lv, uint32_t *slot) {
        int tracked = lv_tracked_slot(lv);

        if (tracked >= 0 && *slot != SLOT_ANY && *slot != (uint32_t) tracked)
                return refuse(p, REFUSAL_TRACKED_ELSEWHERE, "Unable to split image %u from %s while changes are tracked for %s; "
                              "merge that first with 'raidctl merge %s', or make that one permanent by naming no image.",
                              *slot, LV_LABEL(p->vg, lv), lv_raid1(lv)->raid1.images[tracked].data->name,
                              LV_LABEL(p->vg, lv));
        if (tracked >= 0 && p->facts->image_held)
                return refuse(p, REFUSAL_HELD, "%s/%s is held by somebody who still needs it as it is; split it off when the hold is "
                              "released.", p->vg->name, lv_raid1(lv)->raid1.images[tracked].data->name);
        if (*slot == SLOT_ANY)
                *slot = tracked >= 0 ? (uint32_t) tracked : (uint32_t) lv_raid1(lv)->raid1.n_images - 1;

        return 0;
}

static int check_permanent(Planning *p, const LogicalVolume *lv, uint32_t slot, Health *ret) {
        int r;

        if (lv_tracked_slot(lv) < 0)
                return split_check_health(p, lv, slot, ret);

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

static int add_permanent(Planning *p, const Leaving *l) {
        bool tracked = lv_tracked_slot(l->lv) >= 0;
        int r;

        r = split_add_switch(p, l, 1, !tracked && !p->request->no_quiesce, "the image is a volume of its own",
                       lv_raid1(l->next_lv) ? "raid1 without the image" : "linear over the image that stays");
        if (r >= 0 && tracked)
                r = add_release(p, l->image);
        if (r >= 0)
                r = planning_activate(p, &l->image->id);
        if (r >= 0)
                r = add_converge(p, "the image becomes the new volume, its metadata device goes");
        if (r >= 0)
                r = add_release_residuals(p);

        return r < 0 ? r : add_tail(p);
}

static int split_single(Planning *p, const LogicalVolume *lv, uint32_t slot) {
        Leaving l = { .lv = lv, .slot = slot };
        Health h;
        int r;

        r = choose_permanent(p, l.lv, &l.slot);
        if (r == 0)
                r = check_permanent(p, l.lv, l.slot, &h);
        if (r != 0)
                return r;

        l.image = lv_raid1(l.lv)->raid1.images[l.slot].data;
        l.node = h.node->name;
        r = planning_begin(p, l.lv, &l.next_lv);
        if (r == 0)
                r = raid1_extract(p->next, l.next_lv, l.slot, p->request->name);
        if (r != 0)
                return r;

        l.next_lv = vg_find_lv_by_id(p->next, &l.lv->id); /* a linear one, if two became one */
        r = plan_summarize(p, "Split image %u of %s into new volume %s/%s", l.slot, LV_LABEL(p->vg, l.lv), p->vg->name,
                                   p->request->name);
        if (r != 0)
                return r;

        p->plan->result = l.image->id;
        return add_permanent(p, &l);
}

int plan_split(Planning *p) {
        const LogicalVolume *lv = NULL;
        uint32_t slot = SLOT_ANY;
        uint64_t chosen = 0;
        int r;

        r = split_find_raid1(p, &p->request->lv, &lv, &slot);
        if (r == 0)
                r = check_lv_name(p, p->vg, p->request->name);
        if (r == 0)
                r = split_choose_set(p, lv, slot, &chosen);
        if (r != 0)
                return r;
        if (__builtin_popcountll(chosen) > 1)
                return plan_split_several(p, lv, chosen);
        return split_single(p, lv, chosen == 0 ? SLOT_ANY : (uint32_t) __builtin_ctzll(chosen));
}
