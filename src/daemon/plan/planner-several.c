/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two and more images leave for good at one instant and are a raid1 volume of their own, in sync from its first moment.
 *
 * Their rmetas go with them as they are, for these reasons (drivers/md/dm-raid.c and md-bitmap.c):
 * - The suspend before the commit waits for the writes under way and makes md write the bitmap and the superblock of every attached image:
 *   the same events everywhere, no bit set, and the bitmap's events equal to the superblock's. The old table is gone when the resume with the
 *   new one returns, so nobody writes to them before the new array reads them.
 * - super_init_validation() takes raid1 images in other positions ("raid device #3 now at position #1"), and looks into failed_devices by
 *   the position that the superblock has, not by the new one: what it says of images that stay behind does no harm. It is cleared then.
 * - Another number of devices is "reshape" of raid1, without one: all that it does is to turn recovery off. It is the same that the volume
 *   goes through that is left, and all that lvm2 does to remove images.
 * A wiped rmeta would be worse: an array that is to be copied whole (with one image taken as right), or that is told to be in sync by us and
 * not by what is on the disk. From here on only the numbers are wrong, and converge has md write them anew. */

#include "plan/planner-images.h"
#include "plan/planner-split.h"
#include "plan/planner-switch.h"

#include "base/buf.h"
#include "model/raid1.h"

/* S5 is about the volume that stays; the new one has as many images as were asked for, all in sync. */
static int check_several(Planning *p, const LogicalVolume *lv, uint64_t chosen, Health *ret) {
        int tracked = lv_tracked_slot(lv), r;

        if (tracked >= 0)
                return refuse(p, REFUSAL_TRACKING, "Several images cannot be split from %s while changes are tracked for %s; merge that "
                              "first with 'raidctl merge %s', or make it permanent alone, with a count of 1.", LV_LABEL(p->vg, lv),
                              lv_raid1(lv)->raid1.images[tracked].data->name, LV_LABEL(p->vg, lv));
        r = health_read(p, lv, ret);
        if (r != 0)
                return r;
        for (size_t i = 0; i < lv_raid1(lv)->raid1.n_images; i++)
                if (chosen >> i & 1 && (!ret->complete || ret->chars[i] != 'A'))
                        return refuse(p, REFUSAL_NOT_IN_SYNC, "Image %zu cannot be split from %s while it or the volume is not in sync; "
                                      "wait with 'raidctl wait %s' or look at 'raidctl status %s'.", i, LV_LABEL(p->vg, lv),
                                      LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        return images_check_rest(p, lv, ret, chosen);
}

static int extract(Planning *p, Leaving *l, uint64_t chosen, Uuid *ret) {
        const Raid1CreateArgs args = {
                .name = p->request->name,
                .now = p->facts->now,
                .host = p->facts->host,
                .random = p->facts->random,
                .n_random = p->facts->n_random,
        };
        LogicalVolume *new_lv;
        int r;

        r = planning_begin(p, l->lv, &l->next_lv);
        if (r == 0)
                r = raid1_extract_set(p->next, l->next_lv, chosen, &args, &new_lv);
        if (r != 0)
                return r;
        l->next_lv = vg_find_lv_by_id(p->next, &l->lv->id); /* a linear one, if one image stays */
        *ret = new_lv->id;
        return 0;
}

static int summarize(Planning *p, const LogicalVolume *lv, uint64_t chosen) {
        _cleanup_(buf_done) Buf b = {};
        _cleanup_free_ char *list = NULL;

        for (size_t i = 0; i < lv_raid1(lv)->raid1.n_images; i++)
                if (chosen >> i & 1)
                        buf_addf(&b, "%s%zu", chosen & ((UINT64_C(1) << i) - 1) ? ", " : "", i);
        list = buf_take(&b);
        return list ? plan_summarize(p, "Split images %s of %s into new raid1 volume %s/%s", list, LV_LABEL(p->vg, lv), p->vg->name,
                                     p->request->name) : -ENOMEM;
}

int plan_split_several(Planning *p, const LogicalVolume *lv, uint64_t chosen) {
        Leaving l = { .lv = lv };
        Health h;
        int r;

        r = check_several(p, lv, chosen, &h);
        if (r == 0)
                r = summarize(p, lv, chosen);
        if (r == 0)
                r = extract(p, &l, chosen, &p->plan->result);
        if (r != 0)
                return r;

        l.node = h.node->name;
        r = split_add_switch(p, &l, 1, !p->request->no_quiesce, "the images are a volume of their own",
                             lv_raid1(l.next_lv) ? "raid1 without the images" : "linear over the image that stays");
        if (r >= 0)
                r = planning_activate(p, &p->plan->result);
        if (r >= 0)
                r = add_converge(p, "the images become the new volume");
        if (r >= 0 && !lv_raid1(l.next_lv))
                r = add_release_residuals(p); /* the rmeta of the image that stays */
        return r < 0 ? r : add_tail(p);
}
