/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A volume group gets more physical volumes, or fewer, or another name. */

#include "plan/planner-context.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "model/raid1.h"
#include "model/vg-alloc.h"
#include "model/vg-edit.h"

/* More ----------------------------------------------------------------------------------------------------------- */

int plan_vg_extend(Planning *p) {
        const VgCreateArgs args = {
                .devices = p->facts->new_pvs,
                .n_devices = p->facts->n_new_pvs,
                .extent_sectors = p->vg->extent_sectors,
                .random = p->facts->random,
                .n_random = p->facts->n_random,
        };
        int r;

        if (args.n_devices == 0)
                return -EINVAL; /* the method takes at least one device */
        if (p->vg->max_pv > 0 && p->vg->n_pvs + args.n_devices > p->vg->max_pv)
                return refuse(p, REFUSAL_NO_SPACE, "Volume group %s allows only %u physical volumes; raise that with 'vgchange -p'.",
                              p->vg->name, p->vg->max_pv);
        r = check_new_devices(p, p->vg->extent_sectors);
        if (r == 0)
                r = planning_begin(p, NULL, NULL);
        if (r == 0)
                r = vg_extend(p->next, &args);
        if (r == 0)
                r = plan_summarize(p, "Extend volume group %s by %zu devices", p->vg->name, args.n_devices);
        if (r == 0)
                r = add_expect(p);
        if (r == 0)
                r = add_labels(p);
        if (r == 0)
                r = add_prepare(p, "with the new physical volumes");
        if (r == 0)
                r = add_commit(p, "they belong to it from here");
        return r != 0 ? r : add_tail(p);
}

/* Fewer ---------------------------------------------------------------------------------------------------------- */

static const LogicalVolume *find_user(const VolumeGroup *vg, const PhysicalVolume *pv) {
        for (size_t i = 0; i < vg->n_lvs; i++)
                for (size_t k = 0; k < vg->lvs[i]->n_segments; k++) {
                        const Segment *s = vg->lvs[i]->segments[k];

                        if (s->kind == SEGMENT_LINEAR && s->linear.pv == pv)
                                return vg->lvs[i];
                        for (size_t j = 0; s->kind == SEGMENT_OPAQUE && j < s->opaque.n_areas; j++)
                                if (s->opaque.areas[j].pv == pv)
                                        return vg->lvs[i];
                }
        return NULL;
}

static bool is_leaving(const Planning *p, const PhysicalVolume *pv) {
        for (size_t i = 0; i < p->request->n_pvs; i++)
                if (uuid_equal(&p->request->pvs[i], &pv->id))
                        return true;
        return false;
}

static const char *path_of(const Planning *p, size_t i) {
        return p->devices && p->devices[i].path ? p->devices[i].path : p->vg->pvs[i]->device ?: "a missing device";
}

static int check_leaving(Planning *p) {
        size_t n = 0;

        for (size_t i = 0; i < p->vg->n_pvs; i++) {
                const LogicalVolume *user;

                if (!is_leaving(p, p->vg->pvs[i])) {
                        if (pv_is_missing(p, i)) /* named or not, every missing one has to go: the others' texts would make it stale */
                                return refuse(p, REFUSAL_MISSING_DEVICE, "%s of volume group %s is missing as well; attach it, or release it "
                                              "together with the others.", path_of(p, i), p->vg->name);
                        continue;
                }
                n++;
                user = find_user(p->vg, p->vg->pvs[i]);
                if (user)
                        return refuse(p, REFUSAL_IN_USE, "%s carries a part of %s; move that with 'raidctl replace-image', remove it, or use "
                                      "'pvmove'.", path_of(p, i), LV_LABEL(p->vg, user));
        }
        if (n == 0 || n < p->request->n_pvs)
                return refuse(p, REFUSAL_NO_SUCH_VG, "That is not a physical volume of %s.", p->vg->name);
        if (n == p->vg->n_pvs)
                return refuse(p, REFUSAL_IN_USE, "Volume group %s would be left without physical volumes; use 'raidctl vg-remove %s'.",
                              p->vg->name, p->vg->name);
        return 0;
}

static int add_clearing(Planning *p) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < p->vg->n_pvs; i++)
                if (is_leaving(p, p->vg->pvs[i]) && p->devices[i].path)
                        r = add_step(p, STEP_LABEL_CLEAR, NULL, p->vg->pvs[i]->id.chars, NULL, "%s is free for another group",
                                     p->devices[i].path);
        return r;
}

int plan_vg_reduce(Planning *p) {
        int r;

        r = check_leaving(p);
        if (r == 0)
                r = planning_begin(p, NULL, NULL);
        if (r != 0)
                return r;
        for (size_t i = 0; i < p->request->n_pvs; i++)
                vg_remove_pv(p->next, vg_find_pv_by_id(p->next, &p->request->pvs[i]));
        r = plan_summarize(p, "Reduce volume group %s by %zu devices", p->vg->name, p->request->n_pvs);
        if (r == 0)
                r = add_expect(p);
        if (r == 0)
                r = add_prepare(p, "without the physical volumes that leave");
        if (r == 0)
                r = add_commit(p, "they are nobody's from here");
        if (r == 0)
                r = add_clearing(p);
        return r != 0 ? r : add_tail(p);
}

/* Another name --------------------------------------------------------------------------------------------------- */

/* The names of all nodes change with it, and of some we do not know how. */
static int check_nodes(Planning *p) {
        for (size_t i = 0; i < p->vg->n_lvs; i++) {
                const LogicalVolume *lv = p->vg->lvs[i];
                _cleanup_free_ char *name = NULL;
                int r;

                if (lv_raid1(lv) && lv_tracked_slot(lv) >= 0)
                        return refuse(p, REFUSAL_TRACKING, "Volume group %s cannot be renamed while %s is tracked; merge it with "
                                      "'raidctl merge %s' first.", p->vg->name,
                                      lv_raid1(lv)->raid1.images[lv_tracked_slot(lv)].data->name, LV_LABEL(p->vg, lv));
                if (!lv_is_managed(lv) || lv_is_layered(p->vg, lv))
                        return refuse(p, REFUSAL_LAYERED, "Volume group %s has %s, whose devices raidd does not handle; rename it with "
                                      "'vgrename'.", p->vg->name, LV_LABEL(p->vg, lv));
                r = dm_name_build(p->request->name, lv->name, &name);
                if (r == -ENAMETOOLONG)
                        return refuse(p, REFUSAL_INVALID_NAME, "The name '%s' is too long together with that of %s; choose a shorter one.",
                                      p->request->name, lv->name);
                if (r < 0)
                        return r;
                if (dm_observed_by_name(p->observed, name))
                        return refuse(p, REFUSAL_NAME_EXISTS, "A device-mapper device named %s exists already; choose a different name or "
                                      "remove the device.", name);
        }
        return 0;
}

static int check_new_name(Planning *p) {
        int r;

        r = check_name_alone(p, p->request->name);
        if (r != 0)
                return r;
        if (streq(p->vg->name, p->request->name))
                return refuse(p, REFUSAL_NAME_EXISTS, "Volume group %s exists already; choose a different name.", p->request->name);
        return check_nodes(p);
}

int plan_vg_rename(Planning *p) {
        int r;

        r = check_new_name(p);
        for (size_t i = 0; r == 0 && i < p->vg->n_lvs; i++)
                r = guard_not_resyncing(p, p->vg->lvs[i]);
        if (r == 0)
                r = plan_summarize(p, "Rename volume group %s to %s", p->vg->name, p->request->name);
        if (r == 0)
                r = planning_begin(p, NULL, NULL);
        if (r == 0)
                r = free_and_strdup(&p->next->name, p->request->name);
        if (r == 0)
                r = free_and_strdup(&p->plan->vg_name_after, p->request->name);
        if (r == 0)
                r = add_change(p, "with the new name", "it has the new name from here", "the nodes of its volumes get it too");
        return r != 0 ? r : add_tail(p);
}
