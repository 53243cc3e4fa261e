/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An image is replaced by adding one and, when that is in sync, dropping the old one: until then the volume has all the redundancy that
 * it had. What is to be dropped has a tag, so that it is not forgotten whatever happens in between. */

#include "plan/planner-images.h"

#include <errno.h>

#include "model/raid1.h"

/* What stays has to be well: the new image is copied from it. */
static int check_others(Planning *p, const LogicalVolume *lv, const Health *h, uint32_t slot) {
        if (h->n_in_sync - (h->chars[slot] == 'A') < lv_raid1(lv)->raid1.n_images - 1)
                return refuse(p, REFUSAL_NOT_IN_SYNC, "An image of %s other than the one to be replaced is not in sync; wait with "
                              "'raidctl wait %s', or look at 'raidctl status %s'.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv),
                              LV_LABEL(p->vg, lv));
        if (!h->idle)
                return refuse(p, REFUSAL_BUSY, "%s is being resynced or checked just now; wait for that with 'raidctl wait %s'.",
                              LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        return 0;
}

static int check_slot(Planning *p, const LogicalVolume *lv) {
        size_t n = lv_raid1(lv)->raid1.n_images;
        int replaced = raid1_replaced_slot(lv);

        if (p->slot >= n)
                return refuse(p, REFUSAL_NO_SUCH_IMAGE, "%s has no image %u; its images are 0 to %zu.", LV_LABEL(p->vg, lv),
                              p->slot, n - 1);
        if (replaced >= 0)
                return refuse(p, REFUSAL_BUSY, "Image %d of %s is being replaced already; wait for that with 'raidctl wait %s'.",
                              replaced, LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        if (n >= RAID1_IMAGES_MAX)
                return refuse(p, REFUSAL_INVALID_SIZE, "%s has %zu images, and while one is replaced there is one more; remove one "
                              "first.", LV_LABEL(p->vg, lv), n);
        return 0;
}

int plan_replace_image(Planning *p) {
        const LogicalVolume *lv = NULL;
        LogicalVolume *next_lv = NULL;
        Health h;
        int r;

        r = images_find(p, "given another image", &lv, &h);
        if (r == 0)
                r = check_slot(p, lv);
        if (r == 0)
                r = check_others(p, lv, &h, p->slot);
        if (r == 0)
                r = planning_begin(p, lv, &next_lv);
        if (r == 0)
                r = images_add(p, lv, next_lv, 1);
        if (r == 0)
                r = raid1_set_replaced(next_lv, p->slot, lv_raid1(next_lv)->raid1.n_images - 1);
        if (r == 0)
                r = plan_summarize(p, "Replace image %u of %s", p->slot, LV_LABEL(p->vg, lv));
        if (r != 0)
                return r;

        p->plan->result = p->plan->job_lv = lv->id;
        p->plan->resync_bytes = lv_bytes(p->vg, lv);
        r = add_expect(p);
        if (r == 0)
                r = images_add_wipes(p, lv, next_lv);
        if (r == 0)
                r = add_switch(p, &lv->id, "with the new image beside the old", "raid1 with one more image, to be copied whole");
        if (r == 0)
                r = add_converge(p, "nothing should be left to do");
        if (r == 0)
                r = add_rebuild_done(p, &lv->id);
        return r != 0 ? r : add_tail(p);
}

int plan_finish_replace(Planning *p) {
        const LogicalVolume *lv = NULL;
        LogicalVolume *next_lv = NULL;
        int r, slot;
        Health h;

        r = images_find(p, "rid of an image", &lv, &h);
        if (r != 0)
                return r;
        slot = raid1_replaced_slot(lv);
        if (slot < 0)
                return refuse(p, REFUSAL_NO_SUCH_IMAGE, "No image of %s is being replaced.", LV_LABEL(p->vg, lv));
        if (!h.idle || h.n_in_sync - (h.chars[slot] == 'A') < lv_raid1(lv)->raid1.n_images - 1)
                return refuse(p, REFUSAL_NOT_IN_SYNC, "The new image of %s is not in sync yet; wait with 'raidctl wait %s'.",
                              LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        if (lv_raid1(lv)->raid1.n_images < 3) /* somebody has removed others meanwhile (S5) */
                return refuse(p, REFUSAL_WOULD_LOSE_REDUNDANCY, "%s would be left with a single image; add one first.",
                              LV_LABEL(p->vg, lv));
        r = planning_begin(p, lv, &next_lv);
        if (r == 0)
                r = plan_summarize(p, "Drop image %d of %s, which has been replaced", slot, LV_LABEL(p->vg, lv));
        if (r != 0)
                return r;
        p->plan->result = lv->id;
        return images_add_drop(p, lv, next_lv, UINT64_C(1) << slot);
}
