/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "plan/planner-split.h"

#include "model/dm-status.h"

int guard_not_resyncing(Planning *p, const LogicalVolume *lv) {
        const DmNode *node = lv_raid1(lv) ? planning_active_node(p, lv) : NULL;
        RaidStatus status;

        if (!node || !node->raid_status || raid_status_parse(node->raid_status, &status) < 0 || !raid_status_resyncs(&status))
                return 0;
        return refuse(p, REFUSAL_BUSY, "%s is being resynced, and that would end with this; wait for it with 'raidctl wait %s'.",
                      LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
}
