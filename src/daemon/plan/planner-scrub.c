/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Read all images and compare them; repair: write what differs from the first. The kernel does it, and goes on by itself. */

#include "plan/planner-split.h"
#include "plan/planner-switch.h"

#include <errno.h>
#include <string.h>

static int check_state(Planning *p, const LogicalVolume *lv, Health *h) {
        int r;

        r = health_read(p, lv, h);
        if (r != 0)
                return r;
        if (!h->idle)
                return refuse(p, REFUSAL_BUSY, "%s is being resynced or checked just now; wait for that with 'raidctl wait %s'.",
                              LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        if (!h->complete)
                return refuse(p, REFUSAL_NOT_IN_SYNC, "%s is not in sync, so its images differ anyway; look at 'raidctl status %s'.",
                              LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        if (h->n_in_sync < 2)
                return refuse(p, REFUSAL_LAST_IMAGE, "%s has one image only at the moment, and nothing to compare it with; merge what is "
                              "split, or add an image.", LV_LABEL(p->vg, lv));
        return 0;
}

int plan_scrub(Planning *p) {
        const char *mode = p->request->name ?: "";
        const LogicalVolume *lv = NULL;
        uint32_t slot;
        Health h;
        int r;

        if (strcmp(mode, "check") != 0 && strcmp(mode, "repair") != 0)
                return -EINVAL;
        r = split_find_raid1(p, &p->request->lv, &lv, &slot);
        if (r == 0)
                r = check_state(p, lv, &h);
        if (r == 0)
                r = plan_summarize(p, "%s the images of %s", *mode == 'c' ? "Compare" : "Repair", LV_LABEL(p->vg, lv));
        if (r == 0)
                r = add_expect(p);
        /* A comparison that was interrupted, by a cancel or by any suspend, leaves its position in mddev->resync_min, and the next one
         * begins there (md.c:md_do_sync()): of what lies before it nothing would be read. */
        if (r == 0)
                r = switch_add_same_table(p, h.node, lv, "as it is, so that the comparison begins at its beginning");
        if (r == 0)
                r = add_evidence(p, lv);
        if (r == 0)
                r = add_tail(p);
        if (r == 0)
                r = add_step(p, STEP_DM_MESSAGE, h.node->name, mode, NULL, "the kernel reads all images from here on");
        if (r != 0)
                return r;

        p->plan->result = p->plan->job_lv = lv->id;
        return 0;
}
