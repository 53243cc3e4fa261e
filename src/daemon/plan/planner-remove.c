/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Removal of volumes and volume groups; recovery. */

#include "plan/planner-context.h"

#include <assert.h>
#include <string.h>

#include "model/raid1.h"

static int find_removable(Planning *p, const LogicalVolume **ret) {
        const LogicalVolume *lv = vg_find_lv_by_id(p->vg, &p->request->lv), *parent;
        size_t slot;

        if (!lv)
                return refuse(p, REFUSAL_NO_SUCH_VOLUME,
                              "There is no such volume in volume group %s; see 'raidctl list' for those there are.",
                              p->vg->name);
        parent = lv_raid1_parent(p->vg, lv, &slot);
        if (parent && lv_tracked_slot(parent) >= 0)
                return refuse(p, REFUSAL_TRACKING, "%s cannot be removed on its own while %s is tracked; merge it with "
                              "'raidctl merge %s' or make it permanent first.", LV_LABEL(p->vg, lv),
                              lv_raid1(parent)->raid1.images[lv_tracked_slot(parent)].data->name,
                              LV_LABEL(p->vg, parent));
        if (parent)
                return refuse(p, REFUSAL_IN_USE, "%s is a part of %s and cannot be removed on its own.", LV_LABEL(p->vg, lv),
                              LV_LABEL(p->vg, parent));

        *ret = lv;
        return guard_lv(p, lv);
}

static const LogicalVolume *tracked_image(const LogicalVolume *lv) {
        int slot = lv_raid1(lv) ? lv_tracked_slot(lv) : -ENOENT;

        return slot < 0 ? NULL : lv_raid1(lv)->raid1.images[slot].data;
}

int plan_remove(Planning *p) {
        const LogicalVolume *lv = NULL, *image;
        LogicalVolume *next_lv = NULL;
        int r;

        r = find_removable(p, &lv);
        if (r != 0)
                return r;
        image = tracked_image(lv);
        r = guard_closed(p, lv);
        if (r == 0 && image)
                r = guard_closed(p, image);
        if (r == 0)
                r = plan_summarize(p, "Remove %s%s%s", LV_LABEL(p->vg, lv), image ? " and its tracked image " : "",
                                   image ? image->name : "");
        if (r == 0)
                r = planning_begin(p, lv, &next_lv);
        if (r == 0)
                r = lv_remove(p->next, next_lv);
        if (r == 0)
                r = add_expect(p);
        if (r == 0)
                r = add_removal(p, lv);
        if (r == 0 && image)
                r = add_removal(p, image);
        /* The kernel lets go before the extents are free for others (S6). */
        if (r == 0)
                r = add_converge(p, "what the volume consisted of goes with it");
        if (r == 0)
                r = add_prepare(p, "without the volume");
        if (r == 0)
                r = add_commit(p, "its extents are free from here");

        return r != 0 ? r : add_tail(p);
}

static int refuse_not_empty(Planning *p) {
        const LogicalVolume *first = p->vg->lvs[0];

        for (size_t i = 0; i < p->vg->n_lvs; i++)
                if ((p->vg->lvs[i]->flags & LV_VISIBLE) && !lv_is_component(p->vg, p->vg->lvs[i])) {
                        first = p->vg->lvs[i];
                        break;
                }

        return refuse(p, REFUSAL_IN_USE, "Volume group %s still has volumes, %s for one; remove them first.", p->vg->name,
                      LV_LABEL(p->vg, first));
}

int plan_vg_remove(Planning *p) {
        int r;

        if (p->vg->n_lvs > 0)
                return refuse_not_empty(p);
        r = plan_summarize(p, "Remove volume group %s", p->vg->name);
        if (r == 0)
                r = add_expect(p);
        if (r == 0)
                r = add_step(p, STEP_META_REMOVE, NULL, NULL, NULL, "no metadata area knows the volume group any more");
        for (size_t i = 0; r == 0 && i < p->vg->n_pvs; i++)
                r = add_step(p, STEP_LABEL_CLEAR, NULL, p->vg->pvs[i]->id.chars, NULL, "%s is free for another group",
                             p->devices[i].path);

        return r;
}

static bool has_residuals(const VolumeGroup *vg) {
        for (size_t i = 0; i < vg->n_lvs; i++)
                if (lv_has_tag(vg->lvs[i], TAG_RESIDUAL))
                        return true;

        return false;
}

/* A permanent split that was interrupted between its two commits. Only if the metadata may be written at all:
 * what is left over takes space, and nothing else. */
static int add_drop_residuals(Planning *p) {
        int r;

        if (!has_residuals(p->vg))
                return 0;
        r = guard_vg(p);
        if (r == 0)
                r = guard_vg_writable(p);
        if (r == 0)
                r = guard_vg_complete(p);
        if (r < 0)
                return r;
        if (r > 0)
                return plan_warnf(p, "Left-overs of an interrupted split stay in %s: %s", p->vg->name, p->sentence);

        r = planning_begin(p, NULL, NULL);
        if (r == 0)
                r = vg_drop_residuals(p->next);
        if (r == 0)
                r = add_prepare(p, "the extents of an interrupted split become free");
        if (r == 0)
                r = add_commit(p, "the kernel has let go of them");
        return r != 0 ? r : add_converge(p, "nothing should be left to do");
}

static int add_evidence_of_all(Planning *p) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < p->vg->n_lvs; i++)
                if (lv_raid1(p->vg->lvs[i]) && planning_is_active(p, &p->vg->lvs[i]->id))
                        r = add_evidence(p, p->vg->lvs[i]);

        return r;
}

int plan_recover(Planning *p) {
        int r;

        r = plan_summarize(p, "Recover volume group %s", p->vg->name);
        if (r == 0)
                r = add_expect(p);
        if (r == 0)
                r = add_converge(p, "the kernel to what is committed");
        if (r == 0)
                r = add_drop_residuals(p);
        if (r == 0)
                r = add_drop_rebuilds(p);
        if (r == 0)
                r = add_evidence_of_all(p);

        return r != 0 ? r : add_tail(p);
}
