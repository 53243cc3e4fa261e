/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What md is doing for a volume: stop it for a while, let it go on, give it up. One message to the kernel each. */

#include "plan/planner-split.h"

#include <string.h>

#include "model/dm-status.h"

static int refuse_idle(Planning *p, const LogicalVolume *lv) {
        return refuse(p, REFUSAL_NOT_RUNNING, "Nothing is resynced or compared for %s just now; see 'raidctl jobs' for what is.",
                      LV_LABEL(p->vg, lv));
}

/* md keeps the position of a recovery with the image. With a resync that dm-raid has asked for it does not go on (planner-switch.c); that of
 * a comparison it keeps for the next one only, and a frozen array does not tell what it was doing: after a restart nobody would know. */
static int check_pause(Planning *p, const LogicalVolume *lv, const Health *h) {
        if (h->action == RAID_SYNC_RECOVER)
                return 0;
        if (h->action == RAID_SYNC_RESYNC || h->action == RAID_SYNC_REPAIR)
                return refuse(p, REFUSAL_NOT_PAUSABLE, "The resync of all of %s cannot be paused, only that of single images; "
                              "'raidctl sync-rate %s --max=RATE' slows it down.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        if (h->action == RAID_SYNC_FROZEN)
                return refuse(p, REFUSAL_PAUSED, "The resync of %s is paused already; 'raidctl resume %s' lets it go on.",
                              LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        if (h->action == RAID_SYNC_CHECK)
                return refuse(p, REFUSAL_NOT_PAUSABLE, "A comparison cannot be paused; give it up with 'raidctl cancel %s' and "
                              "start another one later.", LV_LABEL(p->vg, lv));
        return refuse_idle(p, lv);
}

static int check_resume(Planning *p, const LogicalVolume *lv, const Health *h) {
        if (h->action == RAID_SYNC_FROZEN)
                return 0;
        if (h->idle)
                return refuse_idle(p, lv);
        return refuse(p, REFUSAL_NOT_PAUSED, "%s is not paused; 'raidctl wait %s' follows what is being done.", LV_LABEL(p->vg, lv),
                      LV_LABEL(p->vg, lv));
}

static int check_cancel(Planning *p, const LogicalVolume *lv, const Health *h) {
        if (h->action == RAID_SYNC_CHECK)
                return 0;
        if (h->idle)
                return refuse_idle(p, lv);
        if (h->action == RAID_SYNC_REPAIR)
                return refuse(p, REFUSAL_NOT_CANCELABLE, "What is being repaired in %s cannot be cancelled: it may be what the volume has grown by, or what "
                              "a power cut left different. 'raidctl sync-rate %s --max=RATE' slows it down.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        return refuse(p, REFUSAL_NOT_CANCELABLE, "A resync of %s cannot be cancelled: the image would stay half old and half new. "
                      "'raidctl sync-rate %s --max=RATE' slows it down.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
}

static int plan_message(Planning *p, int (*check)(Planning *, const LogicalVolume *, const Health *), const char *what,
                        const char *message, const char *why) {
        const LogicalVolume *lv = NULL;
        uint32_t slot;
        Health h;
        int r;

        r = split_find_raid1(p, &p->request->lv, &lv, &slot);
        if (r == 0)
                r = health_read(p, lv, &h);
        if (r == 0)
                r = check(p, lv, &h);
        if (r == 0)
                r = plan_summarize(p, "%s %s", what, LV_LABEL(p->vg, lv));
        if (r == 0)
                r = add_expect(p);
        return r != 0 ? r : add_step(p, STEP_DM_MESSAGE, h.node->name, message, NULL, "%s", why);
}

int plan_pause(Planning *p) {
        return plan_message(p, check_pause, "Pause the resync of", "frozen", "md keeps its position and starts nothing");
}

int plan_resume(Planning *p) {
        return plan_message(p, check_resume, "Go on with the resync of", "idle", "md goes on where it was");
}

int plan_cancel(Planning *p) {
        return plan_message(p, check_cancel, "Give up comparing the images of", "idle", "nothing was changed by it");
}

int guard_not_resyncing(Planning *p, const LogicalVolume *lv) {
        const DmNode *node = lv_raid1(lv) ? planning_active_node(p, lv) : NULL;
        RaidStatus status;

        if (!node || !node->raid_status || raid_status_parse(node->raid_status, &status) < 0 || !raid_status_resyncs(&status))
                return 0;
        return refuse(p, REFUSAL_BUSY, "%s is being resynced, and that would end with this; wait for it with 'raidctl wait %s'.",
                      LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
}

/* md writes neither superblocks nor bitmap when a frozen array is suspended, and a resume thaws it unasked. What relies on the first (S1)
 * or would do the second waits for whoever paused it. */
int guard_not_paused(Planning *p) {
        for (size_t i = 0; i < p->vg->n_lvs; i++) {
                const LogicalVolume *lv = p->vg->lvs[i];
                const DmNode *node = lv_raid1(lv) ? planning_active_node(p, lv) : NULL;
                RaidStatus status;

                if (!node || node->suspended || !node->raid_status || raid_status_parse(node->raid_status, &status) < 0 ||
                    status.action != RAID_SYNC_FROZEN)
                        continue;
                for (size_t k = 0; k < p->plan->n_steps; k++)
                        if (p->plan->steps[k].kind == STEP_DM_SUSPEND && strcmp(p->plan->steps[k].node, node->name) == 0)
                                return refuse(p, REFUSAL_PAUSED, "The resync of %s is paused; let it go on with 'raidctl resume %s' first.",
                                              LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        }
        return 0;
}
