/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Activation and deactivation of a volume, a tracked image, or all of a volume group. */

#include "plan/planner-context.h"

#include <assert.h>
#include <string.h>

/* A volume, or a tracked image: what can be active by itself. */
static int find_top(Planning *p, const LogicalVolume **ret) {
        const LogicalVolume *lv = vg_find_lv_by_id(p->vg, &p->request->lv), *parent;
        size_t slot;

        if (!lv)
                return refuse(p, REFUSAL_NO_SUCH_VOLUME,
                              "There is no such volume in volume group %s; see 'raidctl list -a' for those there are.",
                              p->vg->name);
        parent = lv_raid1_parent(p->vg, lv, &slot);
        if (parent && (lv_tracked_slot(parent) != (int) slot || lv_raid1(parent)->raid1.images[slot].data != lv))
                return refuse(p, REFUSAL_NOT_TRACKED, "%s is a part of %s and not split, so it comes and goes with the volume.",
                              LV_LABEL(p->vg, lv), LV_LABEL(p->vg, parent));

        *ret = lv;
        return 0;
}

/* LVM2 makes rmeta LVs visible while it creates or clears them; a volume in that state is not finished. */
static int check_finished(Planning *p, const LogicalVolume *lv) {
        const Segment *raid1 = lv_raid1(lv);

        for (size_t i = 0; raid1 && i < raid1->raid1.n_images; i++) {
                const RaidImage *image = &raid1->raid1.images[i];

                if ((image->meta && (image->meta->flags & LV_VISIBLE)) ||
                    (image->data && (image->data->flags & LV_VISIBLE) && (image->data->flags & LV_WRITE)))
                        return refuse(p, REFUSAL_UNKNOWN_METADATA, "%s was left unfinished by another tool (a component of it "
                                      "is visible); finish or remove it with lvm2.", LV_LABEL(p->vg, lv));
        }

        return 0;
}

/* All that a volume needs in order to be activated. */
static int check_activatable(Planning *p, const LogicalVolume *lv) {
        int r;

        r = guard_lv(p, lv);
        if (r == 0)
                r = check_finished(p, lv);
        if (r == 0)
                r = guard_devices(p, lv);
        if (r == 0 && cannot_start(p, lv))
                r = refuse(p, REFUSAL_RECOVERY_NEEDED, "The superblocks of %s are blank, as 'lvchange --resync' leaves them, and with those the kernel "
                           "starts nothing that tracks an image; merge it with 'raidctl merge %s', and activate it then.",
                           LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));

        return r;
}

static int add_guard(Planning *p, const LogicalVolume *image) {
        _cleanup_free_ char *node = NULL;
        int r;

        r = dm_name_build(p->vg->name, image->name, &node);
        return r < 0 ? r : add_step(p, STEP_GUARD_SET, node, NULL, NULL, "nobody can write to the image (S2)");
}

int plan_activate(Planning *p) {
        const LogicalVolume *lv = NULL, *parent;
        size_t slot;
        int r;

        r = find_top(p, &lv);
        if (r != 0)
                return r;
        parent = lv_raid1_parent(p->vg, lv, &slot);
        r = check_activatable(p, lv);
        if (r == 0)
                r = plan_summarize(p, "Activate %s", LV_LABEL(p->vg, lv));
        if (r == 0)
                r = planning_activate(p, &lv->id);
        if (r == 0)
                r = add_expect(p);
        if (r == 0)
                r = add_converge(p, "what the volume consists of, then the volume");
        if (r == 0)
                r = add_drop_rebuilds(p);
        if (r == 0)
                r = parent ? add_guard(p, lv) : add_evidence(p, lv);
        if (r != 0)
                return r;

        p->plan->result = lv->id;
        p->plan->job_lv = lv_raid1(lv) ? lv->id : (Uuid) {};
        return add_tail(p);
}

int plan_deactivate(Planning *p) {
        const LogicalVolume *lv = NULL;
        int r;

        r = find_top(p, &lv);
        if (r == 0)
                r = guard_lv(p, lv);
        if (r == 0)
                r = guard_closed(p, lv);
        if (r == 0)
                r = plan_summarize(p, "Deactivate %s", LV_LABEL(p->vg, lv));
        if (r == 0)
                r = add_expect(p);
        if (r == 0)
                r = add_removal(p, lv);
        if (r == 0)
                r = add_converge(p, "what it consisted of goes with it");
        if (r != 0)
                return r;

        p->plan->result = lv->id;
        return add_tail(p);
}

/* Whole volume groups ------------------------------------------------------------------------------------------- */

static bool is_top(const VolumeGroup *vg, const LogicalVolume *lv) {
        const LogicalVolume *parent;
        size_t slot;

        if (lv_has_tag(lv, TAG_RESIDUAL) || !(lv->flags & LV_VISIBLE))
                return false;
        parent = lv_raid1_parent(vg, lv, &slot);
        return !parent || (lv_tracked_slot(parent) == (int) slot && lv_raid1(parent)->raid1.images[slot].data == lv);
}

/* One volume of many: what cannot be activated is a warning, not a failure. */
static int activate_one(Planning *p, const LogicalVolume *lv) {
        int r;

        if (lv->flags & LV_ACTIVATION_SKIP)
                return 0;
        r = check_activatable(p, lv);
        if (r < 0)
                return r;
        if (r > 0)
                return plan_warn(p->plan, p->sentence);

        return planning_activate(p, &lv->id);
}

static int add_marks(Planning *p) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < p->vg->n_lvs; i++) {
                const LogicalVolume *lv = p->vg->lvs[i];

                if (!is_top(p->vg, lv) || !planning_is_active(p, &lv->id))
                        continue;
                r = lv_is_component(p->vg, lv) ? add_guard(p, lv) : lv_raid1(lv) ? add_evidence(p, lv) : 0;
        }

        return r;
}

int plan_vg_activate(Planning *p) {
        int r;

        r = plan_summarize(p, "Activate the volumes of %s", p->vg->name);
        for (size_t i = 0; r == 0 && i < p->vg->n_lvs; i++)
                if (is_top(p->vg, p->vg->lvs[i]))
                        r = activate_one(p, p->vg->lvs[i]);
        if (r == 0)
                r = add_expect(p);
        if (r == 0)
                r = add_converge(p, "components before the volumes that use them");
        if (r == 0)
                r = add_drop_rebuilds(p);
        if (r == 0)
                r = add_marks(p);

        return r != 0 ? r : add_tail(p);
}

static int check_all_closed(Planning *p) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < p->vg->n_lvs; i++)
                if (is_top(p->vg, p->vg->lvs[i]))
                        r = guard_closed(p, p->vg->lvs[i]);

        return r;
}

static int remove_one(Planning *p, const LogicalVolume *lv) {
        int r;

        if (!planning_active_node(p, lv))
                return 0;
        r = guard_lv(p, lv);
        if (r < 0)
                return r;
        if (r > 0)
                return plan_warnf(p, "%s stays active: %s", LV_LABEL(p->vg, lv), p->sentence);

        return add_removal(p, lv);
}

int plan_vg_deactivate(Planning *p) {
        int r;

        r = check_all_closed(p);
        if (r == 0)
                r = plan_summarize(p, "Deactivate the volumes of %s", p->vg->name);
        if (r == 0)
                r = add_expect(p);
        for (size_t i = 0; r == 0 && i < p->vg->n_lvs; i++)
                if (is_top(p->vg, p->vg->lvs[i]))
                        r = remove_one(p, p->vg->lvs[i]);
        if (r == 0)
                r = add_converge(p, "what they consisted of goes with them");

        return r != 0 ? r : add_tail(p);
}
