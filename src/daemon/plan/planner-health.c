/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the kernel says about the images of an active raid1 LV, and what that allows (S5). */

#include "plan/planner-context.h"

#include <assert.h>
#include <string.h>

#include "model/dm-status.h"

static int find_running_node(Planning *p, const LogicalVolume *lv, const DmNode **ret) {
        const DmNode *node = planning_active_node(p, lv);

        if (!node)
                return refuse(p, REFUSAL_NOT_ACTIVE, "%s is not active; activate it with 'raidctl activate %s'.",
                              LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        if (node->suspended)
                return refuse(p, REFUSAL_RECOVERY_NEEDED, "%s is suspended by something that did not finish; resume it with "
                              "'dmsetup resume %s' once nothing works on it any more.", LV_LABEL(p->vg, lv), node->name);

        *ret = node;
        return 0;
}

int health_read(Planning *p, const LogicalVolume *lv, Health *ret) {
        RaidStatus status = {};
        Health h = {};
        int r;

        assert(lv_raid1(lv));

        r = find_running_node(p, lv, &h.node);
        if (r != 0)
                return r;
        if (!h.node->raid_status || raid_status_parse(h.node->raid_status, &status) < 0 ||
            status.n_devices != lv_raid1(lv)->raid1.n_images || status.n_devices > sizeof(h.chars))
                return refuse(p, REFUSAL_NOT_IN_SYNC, "What the kernel reports about %s does not fit its metadata; refresh it "
                              "with 'lvchange --refresh %s'.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));

        memcpy(h.chars, status.health, status.n_devices);
        for (size_t i = 0; i < status.n_devices; i++)
                h.n_in_sync += h.chars[i] == 'A';
        h.action = status.action;
        h.idle = status.action == RAID_SYNC_IDLE;
        h.repairing = status.action == RAID_SYNC_REPAIR;
        h.complete = status.done == status.total && status.total > 0;
        *ret = h;
        return 0;
}

bool cannot_start(const Planning *p, const LogicalVolume *lv) {
        for (size_t i = 0; i < p->facts->n_blank; i++)
                if (uuid_equal(&p->facts->blank[i], &lv->id))
                        return !planning_active_node(p, lv);
        return false;
}

bool health_is_whole(const LogicalVolume *lv, const Health *h) {
        return h->idle && h->complete && h->n_in_sync == lv_raid1(lv)->raid1.n_images;
}

int health_check_rest(Planning *p, const LogicalVolume *lv, const Health *h, size_t slot) {
        size_t rest = h->n_in_sync - (h->chars[slot] == 'A');

        if (rest == 0)
                return refuse(p, REFUSAL_LAST_IMAGE, "%s would be left without an image that is in sync; repair it or wait "
                              "for its resync ('raidctl status %s') first.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        if (rest == 1 && !p->request->allow_degraded)
                return refuse(p, REFUSAL_WOULD_LOSE_REDUNDANCY, "Only one image of %s would be left, and new data would be on "
                              "one device only; allow it with --allow-degraded, or add an image first.",
                              LV_LABEL(p->vg, lv));

        return 0;
}
