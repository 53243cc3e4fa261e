/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What happens to a volume as a whole: another name, a refresh, other limits for its resyncs. */

#include "plan/planner-switch.h"

#include <string.h>

#include "model/raid1.h"
#include "model/vg-edit.h"

int plan_rename(Planning *p) {
        const LogicalVolume *lv = NULL;
        LogicalVolume *next_lv = NULL;
        int r;

        r = planning_find_whole(p, "renamed", &lv);
        if (r == 0)
                r = check_lv_name(p, p->vg, p->request->name);
        if (r == 0)
                r = guard_not_resyncing(p, lv);
        if (r == 0)
                r = plan_summarize(p, "Rename %s to %s", LV_LABEL(p->vg, lv), p->request->name);
        if (r == 0)
                r = planning_begin(p, lv, &next_lv);
        if (r == 0)
                r = lv_rename_volume(next_lv, p->request->name);
        if (r == 0)
                r = add_change(p, "with the new name", "it has the new name from here", "the nodes get it too");
        if (r != 0)
                return r;

        p->plan->result = lv->id;
        return add_tail(p);
}

/* What it is made of, whether an image of it is tracked or not. */
static int find_active_raid1(Planning *p, const LogicalVolume **ret, Health *h) {
        uint32_t slot;
        int r;

        r = planning_find_volume(p, &p->request->lv, ret, &slot);
        if (r != 0)
                return r;
        if (!lv_raid1(*ret))
                return refuse(p, REFUSAL_NOT_RAID1, "%s is not a raid1 volume, so it has no images.", LV_LABEL(p->vg, *ret));
        r = guard_lv(p, *ret);
        return r != 0 ? r : health_read(p, *ret, h);
}

/* The same table once more. The resume makes the kernel try images again that failed, and those come back by their bitmap. */
int plan_refresh(Planning *p) {
        const LogicalVolume *lv = NULL;
        Health h;
        int r;

        r = find_active_raid1(p, &lv, &h);
        if (r == 0)
                r = plan_summarize(p, "Refresh %s", LV_LABEL(p->vg, lv));
        if (r != 0)
                return r;

        p->plan->result = p->plan->job_lv = lv->id;
        r = add_expect(p);
        if (r == 0)
                r = add_converge(p, "first what its images lie on");
        if (r == 0)
                r = switch_add_same_table(p, h.node, lv, "as it is, to be read anew");
        if (r == 0)
                r = add_evidence(p, lv);
        return r != 0 ? r : add_tail(p);
}

int plan_set_sync_rate(Planning *p) {
        uint64_t min = p->request->min_kib, max = p->request->max_kib;
        const LogicalVolume *lv = NULL;
        LogicalVolume *next_lv = NULL;
        Health h;
        int r;

        if (max > 0 && min > max)
                return refuse(p, REFUSAL_INVALID_SIZE, "The minimum of %llu KiB/s is above the maximum of %llu KiB/s; give them "
                              "the other way round.", (unsigned long long) min, (unsigned long long) max);
        if (min > INT32_MAX || max > INT32_MAX) /* kernel: int in sync_speed_min(), dm-raid.c:parse_raid_params() */
                return refuse(p, REFUSAL_INVALID_SIZE, "A rate of more than %d KiB/s cannot be set; 0 is no limit of its own.",
                              INT32_MAX);
        r = find_active_raid1(p, &lv, &h);
        if (r == 0)
                r = plan_summarize(p, "Limit resyncs of %s", LV_LABEL(p->vg, lv));
        if (r == 0)
                r = planning_begin(p, lv, &next_lv);
        if (r != 0)
                return r;

        lv_raid1(next_lv)->raid1.min_recovery_kib = min;
        lv_raid1(next_lv)->raid1.max_recovery_kib = max;
        lv_touch(next_lv);
        p->plan->result = lv->id;
        r = add_expect(p);
        if (r == 0)
                r = add_switch(p, &lv->id, "with the new limits", "raid1 with them");
        if (r == 0)
                r = add_converge(p, "nothing should be left to do");
        if (r == 0)
                r = add_evidence(p, lv);
        return r != 0 ? r : add_tail(p);
}
