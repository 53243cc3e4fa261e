/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A volume becomes longer or shorter. */

#include "plan/planner-switch.h"

#include <errno.h>
#include <string.h>

#include "base/units.h"
#include "model/raid1.h"

/* An array that is resynced or repaired just now would get a second thing to do. */
static int check_idle(Planning *p, const LogicalVolume *lv) {
        Health h;
        int r;

        if (!lv_raid1(lv))
                return 0;
        r = health_read(p, lv, &h);
        if (r != 0)
                return r;
        if (!h.idle || !h.complete || h.n_in_sync < lv_raid1(lv)->raid1.n_images)
                return refuse(p, REFUSAL_NOT_IN_SYNC, "%s cannot be resized while not all of its images are in sync; wait with "
                              "'raidctl wait %s' or look at 'raidctl status %s'.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv),
                              LV_LABEL(p->vg, lv));
        return 0;
}

/* lvm2 would lengthen the rmetas as well (lvm2-compat 4.10); they hold 33 million regions in an extent of 4 MiB. */
static int check_bitmap(Planning *p, const LogicalVolume *lv, uint32_t extents) {
        const Segment *s = lv_raid1(lv);
        uint64_t sectors = extents_to_sectors(extents, p->vg->extent_sectors), bytes;

        if (!s || s->raid1.region_sectors == 0)
                return 0;
        bytes = 8192 + div_round_up(div_round_up(sectors, s->raid1.region_sectors), 8);
        for (size_t i = 0; i < s->raid1.n_images; i++)
                if (bytes > lv_bytes(p->vg, s->raid1.images[i].meta))
                        return refuse(p, REFUSAL_NO_SPACE, "The metadata devices of %s are too small for so many regions; raise "
                                      "its region size with 'lvconvert --regionsize', or extend it with lvm2.",
                                      LV_LABEL(p->vg, lv));
        return 0;
}

static int grow(Planning *p, const LogicalVolume *lv, LogicalVolume *next_lv, uint32_t extents) {
        uint32_t more = extents - lv->extents;
        int r;

        r = lv_extend(p->next, next_lv, more);
        if (r == -ENOSPC)
                return refuse(p, REFUSAL_NO_SPACE, "Volume group %s has no room for %u more extents%s; add devices with "
                              "'raidctl vg-extend %s DEVICE', or choose a smaller size.", p->vg->name, more,
                              lv_raid1(lv) ? " in each image, on physical volumes that its others do not use" : "", p->vg->name);
        if (r == 0 && lv_raid1(lv)) {
                p->plan->job_lv = lv->id;
                p->plan->resync_bytes = extents_to_sectors(more, p->vg->extent_sectors) * SECTOR_BYTES *
                                        (lv_raid1(lv)->raid1.n_images - 1);
        }
        if (r == 0)
                r = add_expect(p);
        if (r == 0)
                r = add_switch(p, &lv->id, "longer", "longer");
        if (r == 0)
                r = add_converge(p, "nothing should be left to do");
        return r != 0 ? r : add_tail(p);
}

static int shrink(Planning *p, const LogicalVolume *lv, LogicalVolume *next_lv, uint32_t extents) {
        const Raid1CreateArgs args = { .now = p->facts->now, .host = p->facts->host, .random = p->facts->random,
                                       .n_random = p->facts->n_random };
        int r;

        if (!p->request->allow_shrink)
                return refuse(p, REFUSAL_WOULD_LOSE_DATA, "%llu bytes at the end of %s would be cut off; make the filesystem on it "
                              "smaller first, and then say so with --allow-shrink.",
                              (unsigned long long) (extents_to_sectors(lv->extents - extents, p->vg->extent_sectors) * SECTOR_BYTES),
                              LV_LABEL(p->vg, lv));
        r = lv_shrink(p->next, next_lv, extents, &args);
        if (r == 0)
                r = add_expect(p);
        if (r == 0)
                r = add_switch(p, &lv->id, "shorter, and what is cut off", "shorter");
        if (r == 0)
                r = add_converge(p, "what it lies on becomes shorter as well");
        if (r == 0)
                r = add_release_residuals(p);
        return r != 0 ? r : add_tail(p);
}

int plan_resize(Planning *p) {
        const LogicalVolume *lv = NULL;
        LogicalVolume *next_lv = NULL;
        Raid1Shape shape = {};
        int r;

        r = planning_find_whole(p, "resized", &lv);
        if (r == 0)
                r = check_size(p, &shape);
        if (r == 0 && shape.extents == lv->extents)
                r = refuse(p, REFUSAL_INVALID_SIZE, "%s has that size already (%u extents); give another one.", LV_LABEL(p->vg, lv),
                           lv->extents);
        if (r == 0)
                r = guard_lv_writable(p, lv);
        if (r == 0)
                r = check_idle(p, lv);
        if (r == 0)
                r = check_bitmap(p, lv, shape.extents);
        if (r == 0)
                r = plan_summarize(p, "Resize %s from %u to %u extents", LV_LABEL(p->vg, lv), lv->extents, shape.extents);
        if (r == 0)
                r = planning_begin(p, lv, &next_lv);
        if (r != 0)
                return r;

        p->plan->result = lv->id;
        return shape.extents > lv->extents ? grow(p, lv, next_lv, shape.extents) : shrink(p, lv, next_lv, shape.extents);
}
