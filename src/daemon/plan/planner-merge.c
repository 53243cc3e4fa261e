/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Merge a tracked image back. */

#include "plan/planner-context.h"
#include "plan/planner-switch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model/raid1.h"

typedef struct Merge {
        const LogicalVolume *lv, *image, *meta;
        uint32_t slot;
        const DmNode *top;
        bool rebuild; /* full recovery */
        bool inactive; /* cannot_start() */
} Merge;

static int find_tracked(Planning *p, Merge *m) {
        uint32_t named;
        int r, tracked;

        r = planning_find_volume(p, &p->request->lv, &m->lv, &named);
        if (r != 0)
                return r;
        if (!lv_raid1(m->lv))
                return refuse(p, REFUSAL_NOT_TRACKED, "%s is not a tracked image and has none; only an image split with "
                              "'raidctl split VOLUME' can be merged.", LV_LABEL(p->vg, m->lv));
        tracked = lv_tracked_slot(m->lv);
        if (tracked < 0)
                return refuse(p, REFUSAL_NOT_TRACKED, "%s tracks no image, so there is nothing to merge; split one with "
                              "'raidctl split %s'.", LV_LABEL(p->vg, m->lv), LV_LABEL(p->vg, m->lv));
        m->slot = (uint32_t) tracked;
        m->image = lv_raid1(m->lv)->raid1.images[tracked].data;
        m->meta = lv_raid1(m->lv)->raid1.images[tracked].meta;
        m->inactive = cannot_start(p, m->lv);
        if (named != SLOT_ANY && named != m->slot)
                return refuse(p, REFUSAL_NOT_TRACKED, "Image %u of %s is not split; the one that is tracked is %s.", named,
                              LV_LABEL(p->vg, m->lv), m->image->name);

        return guard_lv(p, m->lv);
}

static int check_image(Planning *p, const Merge *m) {
        if (p->facts->image_held)
                return refuse(p, REFUSAL_HELD, "%s is held by somebody who still needs it as it is; merge it when the hold is "
                              "released.", LV_LABEL(p->vg, m->image));

        /* Without another image's disk it can be merged, and the volume needs it more than ever. */
        if (has_missing_pv(p, m->image) || has_missing_pv(p, m->meta))
                return refuse(p, REFUSAL_MISSING_DEVICE, "A physical volume of %s is missing, so there is nothing to merge; attach it, or give the image up "
                              "with 'raidctl remove-image %s'.", LV_LABEL(p->vg, m->image), LV_LABEL(p->vg, m->image));

        return guard_closed(p, m->image);
}

static bool lies_on(const LogicalVolume *lv, const PhysicalVolume *pv) {
        for (size_t i = 0; i < lv->n_segments; i++)
                if (lv->segments[i]->kind == SEGMENT_LINEAR ? lv->segments[i]->linear.pv == pv : lv->segments[i]->kind == SEGMENT_OPAQUE)
                        return true;
        return false;
}

/* Is it inactive, or an image that the kernel has given up? */
static bool kernel_misses(const Planning *p, const LogicalVolume *lv) {
        size_t slot = 0;
        const LogicalVolume *parent = lv_raid1_parent(p->vg, lv, &slot);
        bool attached = parent && lv_tracked_slot(parent) != (int) slot;
        const DmNode *node = planning_active_node(p, attached ? parent : parent ? lv_raid1(parent)->raid1.images[slot].data : lv);
        RaidStatus status;

        if (!node)
                return true;
        return attached && node->raid_status && raid_status_parse(node->raid_status, &status) >= 0 && slot < status.n_devices &&
               status.health[slot] == 'D';
}

static bool is_lost(const Planning *p, const PhysicalVolume *pv) {
        for (size_t i = 0; i < p->vg->n_lvs; i++)
                if (lies_on(p->vg->lvs[i], pv) && !kernel_misses(p, p->vg->lvs[i]))
                        return false;
        return true;
}

/* A volume that has lost an image needs the one that was split all the more. But a disk of which only the label could not be read just now must not
 * become an error target under an image that works. */
static int check_disks(Planning *p) {
        for (size_t i = 0; i < p->vg->n_pvs; i++)
                if (pv_is_missing(p, i) && !is_lost(p, p->vg->pvs[i]))
                        return guard_vg_complete(p);
        return 0;
}

static int check_volume(Planning *p, Merge *m) {
        Health h;
        int r;

        r = guard_lv_writable(p, m->lv);
        if (r == 0 && m->inactive)
                return guard_vg_complete(p);
        if (r == 0)
                r = health_read(p, m->lv, &h);
        if (r == 0 && h.n_in_sync > 0)
                r = check_disks(p);
        if (r != 0)
                return r;
        if (h.n_in_sync == 0)
                return refuse(p, REFUSAL_LAST_IMAGE, "%s has no image in sync that %s could be brought up to date from; repair it "
                              "first, or copy from that image what the volume was when it was split.", LV_LABEL(p->vg, m->lv), m->image->name);

        if (h.repairing)
                return refuse(p, REFUSAL_BUSY, "%s is being repaired just now, as after a power cut, and a merge would end that; wait for it with "
                              "'raidctl wait %s'.", LV_LABEL(p->vg, m->lv), LV_LABEL(p->vg, m->lv));

        m->top = h.node;
        return 0;
}

/* S1, S4: without proof of what changed, everything is copied, and the caller is told so. */
static int decide_rebuild(Planning *p, Merge *m) {
        m->rebuild = m->inactive || !p->facts->evidence || p->facts->image_written;
        if (!m->rebuild)
                return 0;

        p->plan->rebuild_slots = UINT64_C(1) << m->slot;
        return p->facts->image_written
                       ? plan_warnf(p, "%s may have been written since the split, so all of it is copied again.",
                                    LV_LABEL(p->vg, m->image))
                       : plan_warnf(p, "The superblocks of %s do not prove what changed since the split, so all of %s is "
                                    "copied again.", LV_LABEL(p->vg, m->lv), m->image->name);
}

static int add_reflag(Planning *p, const DmNode *node) {
        int r;

        r = add_step(p, STEP_DM_SUSPEND, node->name, NULL, NULL, "nobody has it open; only to hide it");
        return r < 0 ? r : add_resume(p, node->name, UDEV_FLAGS_HIDDEN, "hidden from everybody but the array");
}

/* Brings one component of the returning leg into the state in which the array's table can be loaded. */
static int add_component(Planning *p, const DmExpected *expected, const Uuid *id) {
        const DmWanted *wanted = switch_find_wanted(expected, id);
        const DmNode *live, *by_name;
        int r;

        if (!wanted)
                return -ENOENT;
        live = dm_observed_by_uuid(p->observed, wanted->uuid);
        if (live && live->live_table && strcmp(live->name, wanted->name) == 0 &&
            dm_table_equal(wanted->table, live->live_table, p->observed))
                return add_reflag(p, live);

        by_name = live ?: dm_observed_by_name(p->observed, wanted->name);
        if (by_name) {
                /* Its UUID cannot be changed: under the "-real" convention the tracked image is a public node. */
                r = add_step(p, STEP_DM_REMOVE, by_name->name, NULL, NULL, "made anew as a component of the array");
                if (r < 0)
                        return r;
        }

        return switch_add_create(p, wanted);
}

static int add_guard_clear(Planning *p, const Merge *m) {
        const DmNode *node = planning_active_node(p, m->image);

        if (!node)
                return 0;

        return add_step(p, STEP_GUARD_CLEAR, node->name, NULL, NULL, "the recovery writes to the image");
}

static int expect(Planning *p, const Merge *m, DmExpected **ret) {
        const DmRebuild rebuild = { m->lv->id, p->plan->rebuild_slots };
        const DmTreeArgs args = {
                .vg = p->next,
                .devices = p->devices,
                .active = &m->lv->id,
                .n_active = 1,
                .hidden_suffix = p->suffix,
                .rebuilds = &rebuild,
                .n_rebuilds = m->rebuild,
        };

        return dm_tree_expect(&args, ret);
}

static int add_array(Planning *p, const Merge *m, const DmExpected *expected) {
        const DmWanted *top = switch_find_wanted(expected, &m->lv->id);
        Step *s;
        int r;

        if (!top)
                return -ENOENT;
        r = add_step(p, STEP_DM_LOAD, m->top->name, top->table, &s,
                     m->rebuild ? "raid1 with the image, to be copied whole" : "raid1 with the image");
        if (r < 0)
                return r;
        s->read_only = top->read_only;
        s->number = m->rebuild ? LOAD_NOBODY : m->slot;
        s->uuid = strdup(m->lv->id.chars);
        if (!s->uuid)
                return -ENOMEM;

        /* No freeze: nothing is split off, and a frozen filesystem would only make the stall longer. */
        r = add_step(p, STEP_DM_SUSPEND, m->top->name, NULL, NULL, "writes wait from here");
        if (r >= 0)
                r = add_commit(p, "this cannot be undone from here");
        if (r >= 0)
                r = add_resume(p, m->top->name, UDEV_FLAGS_PUBLIC, "with the new table; writes and the recovery go on");
        if (r >= 0)
                r = add_settle(p, m->top->name);

        return r;
}

/* Of what cannot be activated as it is: the text says that the image is to be copied whole, and an activation does it. */
static int add_merge_of_inactive(Planning *p, const Merge *m) {
        int r;

        r = add_expect(p);
        if (r >= 0)
                r = add_prepare(p, "the image is a part of the volume again, to be copied whole");
        if (r >= 0)
                r = add_guard_clear(p, m);
        if (r >= 0)
                r = add_removal(p, m->image);
        if (r >= 0)
                r = add_commit(p, "this cannot be undone from here");
        if (r >= 0)
                r = add_converge(p, "nothing is left of the image alone");
        return r < 0 ? r : add_tail(p);
}

static int add_merge(Planning *p, const Merge *m) {
        _cleanup_(dm_expected_freep) DmExpected *expected = NULL;
        int r;

        r = expect(p, m, &expected);
        if (r >= 0)
                r = add_expect(p);
        if (r >= 0)
                r = add_prepare(p, "the image is a part of the volume again");
        if (r >= 0)
                r = add_guard_clear(p, m);
        if (r >= 0)
                r = add_component(p, expected, &m->meta->id);
        if (r >= 0)
                r = add_component(p, expected, &m->image->id);
        if (r >= 0)
                r = add_array(p, m, expected);
        if (r < 0)
                return r;

        planning_deactivate(p, &m->image->id);
        r = add_converge(p, "nothing should be left to do");
        if (r >= 0 && m->rebuild)
                r = add_rebuild_done(p, &m->lv->id);
        return r < 0 ? r : add_tail(p);
}

int plan_merge(Planning *p) {
        LogicalVolume *next_lv = NULL;
        Merge m = {};
        int r;

        r = find_tracked(p, &m);
        if (r == 0)
                r = check_image(p, &m);
        if (r == 0)
                r = check_volume(p, &m);
        if (r == 0)
                r = decide_rebuild(p, &m);
        if (r == 0)
                r = planning_begin(p, m.lv, &next_lv);
        if (r == 0)
                r = raid1_untrack(p->next, next_lv, m.slot);
        if (r == 0 && m.rebuild)
                raid1_set_rebuild(next_lv, m.slot, true);
        if (r == 0)
                r = plan_summarize(p, "Merge image %u of %s back%s", m.slot, LV_LABEL(p->vg, m.lv),
                                   m.rebuild ? ", all of it" : "");
        if (r != 0)
                return r;

        p->plan->result = m.image->id;
        p->plan->resync_bytes = m.rebuild ? lv_bytes(p->vg, m.lv) : p->facts->changed_bytes;
        if (m.inactive) {
                p->plan->rebuild_slots = 0; /* nothing is loaded: the metadata has it */
                return add_merge_of_inactive(p, &m);
        }
        p->plan->job_lv = m.lv->id;
        return add_merge(p, &m);
}

static bool rebuilds(const Planning *p, const LogicalVolume *lv) {
        const Segment *raid1 = lv_raid1(lv);

        for (size_t i = 0; raid1 && planning_is_active(p, &lv->id) && i < raid1->raid1.n_images; i++)
                if (raid1->raid1.images[i].data && raid1->raid1.images[i].data->flags & LV_REBUILD)
                        return true;

        return false;
}

int add_drop_rebuilds(Planning *p) {
        bool any = false;
        int r;

        for (size_t i = 0; i < p->vg->n_lvs; i++)
                any = any || rebuilds(p, p->vg->lvs[i]);
        if (!any || guard_vg(p) != 0 || guard_vg_writable(p) != 0 || guard_vg_complete(p) != 0)
                return 0;

        if (!p->next)
                r = planning_begin(p, NULL, NULL);
        else {
                p->next->seqno++;
                r = 0;
        }
        for (size_t i = 0; r == 0 && i < p->vg->n_lvs; i++)
                if (rebuilds(p, p->vg->lvs[i])) {
                        LogicalVolume *lv = vg_find_lv_by_id(p->next, &p->vg->lvs[i]->id);

                        for (size_t k = 0; k < lv_raid1(lv)->raid1.n_images; k++)
                                raid1_set_rebuild(lv, k, false);
                }
        if (r == 0)
                r = add_prepare(p, "the copy of an image goes on by itself");
        if (r == 0)
                r = add_commit(p, "the image is an ordinary one");
        return r != 0 ? r : add_converge(p, "nothing should be left to do");
}
