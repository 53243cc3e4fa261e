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
        if (!health_is_whole(lv, &h))
                return refuse(p, REFUSAL_NOT_IN_SYNC, "%s cannot be resized while not all of its images are in sync; wait with "
                              "'raidctl wait %s' or look at 'raidctl status %s'.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv),
                              LV_LABEL(p->vg, lv));
        return 0;
}

/* The region size stays, so a longer volume has more regions, and its bitmap may need longer rmetas. */
static int check_bitmap(Planning *p, const LogicalVolume *lv, Raid1Shape *shape) {
        const Segment *s = lv_raid1(lv);
        uint64_t regions;

        if (!s || s->raid1.region_sectors == 0)
                return 0;
        regions = div_round_up(extents_to_sectors(shape->extents, p->vg->extent_sectors), s->raid1.region_sectors);
        if (regions > REGIONS_MAX)
                return refuse(p, REFUSAL_INVALID_SIZE, "%s would have %llu regions of %llu bytes, and the kernel allows %llu; raise its region "
                              "size with 'lvconvert --regionsize' first.", LV_LABEL(p->vg, lv), (unsigned long long) regions,
                              (unsigned long long) (s->raid1.region_sectors * SECTOR_BYTES), (unsigned long long) REGIONS_MAX);
        shape->meta_extents = meta_extents(p, regions);
        return 0;
}

/* Whatever is on the extents that the rmetas get would be taken for bits of the bitmap. */
static int add_wipes_of_metas(Planning *p, const LogicalVolume *lv, const LogicalVolume *next_lv) {
        const Segment *old = lv_raid1(lv), *new = lv_raid1(next_lv);
        int r = 0;

        for (size_t i = 0; r == 0 && old && i < old->raid1.n_images; i++)
                r = add_wipe_from(p, new->raid1.images[i].meta, old->raid1.images[i].meta->extents, "more room for the bitmap, with no bit set");
        return r;
}

static int grow(Planning *p, const LogicalVolume *lv, LogicalVolume *next_lv, const Raid1Shape *shape) {
        uint32_t more = shape->extents - lv->extents;
        int r;

        r = lv_extend(p->next, next_lv, more, shape->meta_extents);
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
                r = add_wipes_of_metas(p, lv, next_lv);
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
                r = check_bitmap(p, lv, &shape);
        if (r == 0)
                r = plan_summarize(p, "Resize %s from %u to %u extents", LV_LABEL(p->vg, lv), lv->extents, shape.extents);
        if (r == 0)
                r = planning_begin(p, lv, &next_lv);
        if (r != 0)
                return r;

        p->plan->result = lv->id;
        return shape.extents > lv->extents ? grow(p, lv, next_lv, &shape) : shrink(p, lv, next_lv, shape.extents);
}
