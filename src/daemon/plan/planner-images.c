/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A volume gets more images, or fewer; from one to two it becomes raid1, from two to one linear. */

#include "plan/planner-images.h"

#include <errno.h>
#include <string.h>

#include "base/units.h"
#include "model/raid1.h"

/* Adding --------------------------------------------------------------------------------------------------------- */

static bool is_linear(const LogicalVolume *lv) {
        for (size_t i = 0; i < lv->n_segments; i++)
                if (lv->segments[i]->kind != SEGMENT_LINEAR)
                        return false;
        return lv->n_segments > 0;
}

static int check_addable(Planning *p, const LogicalVolume *lv) {
        Health h;
        int r;

        if (!lv_raid1(lv) && !is_linear(lv))
                return refuse(p, REFUSAL_NOT_RAID1, "%s is neither raid1 nor linear, so it cannot get images.", LV_LABEL(p->vg, lv));
        if (!lv_raid1(lv))
                return planning_active_node(p, lv) ? 0 : refuse(p, REFUSAL_NOT_ACTIVE, "%s is not active; activate it with "
                                                                "'raidctl activate %s'.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        r = health_read(p, lv, &h);
        if (r != 0)
                return r;
        if (!health_is_whole(lv, &h))
                return refuse(p, REFUSAL_NOT_IN_SYNC, "%s cannot get images while not all of those it has are in sync; wait with "
                              "'raidctl wait %s', or replace what has failed.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        return 0;
}

static int check_count(Planning *p, const LogicalVolume *lv) {
        size_t now = lv_raid1(lv) ? lv_raid1(lv)->raid1.n_images : 1;

        if (p->request->images == 0 || p->request->images > RAID1_IMAGES_MAX - now)
                return refuse(p, REFUSAL_INVALID_SIZE, "%s has %zu images, and a raid1 volume can have at most %u; add 1 to %zu.",
                              LV_LABEL(p->vg, lv), now, RAID1_IMAGES_MAX, RAID1_IMAGES_MAX - now);
        return 0;
}

static int shape_of(Planning *p, const LogicalVolume *lv, Raid1Shape *ret) {
        const Segment *s = lv_raid1(lv);

        ret->extents = lv->extents;
        if (!s)
                return check_region(p, ret);
        ret->region_sectors = (uint32_t) s->raid1.region_sectors;
        ret->meta_extents = s->raid1.images[0].meta->extents;
        return 0;
}

int images_add(Planning *p, const LogicalVolume *lv, LogicalVolume *next_lv, uint32_t n) {
        Raid1Shape shape = {};
        Raid1CreateArgs args;
        int r;

        r = shape_of(p, lv, &shape);
        if (r != 0)
                return r;
        args = (Raid1CreateArgs) {
                .name = lv->name,
                .extents = lv->extents,
                .images = n,
                .meta_extents = shape.meta_extents,
                .region_sectors = shape.region_sectors,
                .now = p->facts->now,
                .host = p->facts->host,
                .random = p->facts->random,
                .n_random = p->facts->n_random,
        };
        if (!uuid_is_null(&p->request->pv)) {
                args.only = vg_find_pv_by_id(p->next, &p->request->pv);
                if (!args.only)
                        return refuse(p, REFUSAL_NO_SPACE, "That device is not a physical volume of %s; add it with "
                                      "'raidctl vg-extend %s DEVICE' first.", p->vg->name, p->vg->name);
        }
        r = raid1_add_images(p->next, next_lv, &args);
        if (r != -ENOSPC)
                return r;
        return refuse(p, REFUSAL_NO_SPACE, "Volume group %s has no room for %u more images of %u extents, each on a physical volume "
                      "that %s does not use yet; add devices with 'raidctl vg-extend %s DEVICE'.", p->vg->name, n,
                      lv->extents + shape.meta_extents, LV_LABEL(p->vg, lv), p->vg->name);
}

int images_add_wipes(Planning *p, const LogicalVolume *lv, const LogicalVolume *next_lv) {
        const Segment *s = lv_raid1(next_lv);
        int r = 0;

        for (size_t i = lv_raid1(lv) ? lv_raid1(lv)->raid1.n_images : 0; r == 0 && i < s->raid1.n_images; i++)
                r = add_wipe(p, s->raid1.images[i].meta, lv_bytes(p->next, s->raid1.images[i].meta) / SECTOR_BYTES,
                             "no old superblock is taken for one of this array");
        return r;
}

int plan_add_images(Planning *p) {
        const LogicalVolume *lv = NULL;
        LogicalVolume *next_lv = NULL;
        int r;

        r = planning_find_whole(p, "given images", &lv);
        if (r == 0)
                r = guard_lv_writable(p, lv);
        if (r == 0)
                r = check_count(p, lv);
        if (r == 0)
                r = check_addable(p, lv);
        if (r == 0)
                r = planning_begin(p, lv, &next_lv);
        if (r == 0)
                r = images_add(p, lv, next_lv, p->request->images);
        if (r == 0)
                r = plan_summarize(p, "Add %u images to %s", p->request->images, LV_LABEL(p->vg, lv));
        if (r != 0)
                return r;

        p->plan->result = p->plan->job_lv = lv->id;
        p->plan->resync_bytes = lv_bytes(p->vg, lv) * p->request->images;
        r = add_expect(p);
        if (r == 0)
                r = images_add_wipes(p, lv, next_lv);
        if (r == 0)
                r = add_switch(p, &lv->id, "with more images", "raid1 with more images, to be copied whole");
        if (r == 0)
                r = add_converge(p, "nothing should be left to do");
        if (r == 0)
                r = add_rebuild_done(p, &lv->id);
        return r != 0 ? r : add_tail(p);
}

/* Removing ------------------------------------------------------------------------------------------------------- */

/* First those that are not in sync, then the highest. */
static uint32_t choose_next(const Health *h, uint64_t chosen, size_t n) {
        for (size_t i = n; i > 0; i--)
                if (!(chosen >> (i - 1) & 1) && h->chars[i - 1] != 'A')
                        return (uint32_t) i - 1;
        for (size_t i = n; i > 0; i--)
                if (!(chosen >> (i - 1) & 1))
                        return (uint32_t) i - 1;
        return 0;
}

static int choose(Planning *p, const LogicalVolume *lv, const Health *h, uint64_t *ret) {
        uint32_t slot = SLOT_ANY, n = p->request->images;
        uint64_t chosen = 0;
        int r;

        r = split_choose_asked(p, lv, &slot);
        if (r != 0)
                return r;
        if (slot != SLOT_ANY && n > 1)
                return refuse(p, REFUSAL_INVALID_SIZE, "One image was named, but %u are to go; name none, or one at a time.", n);
        if (slot == SLOT_ANY && (n == 0 || n >= lv_raid1(lv)->raid1.n_images))
                return refuse(p, n == 0 ? REFUSAL_INVALID_SIZE : REFUSAL_LAST_IMAGE, "%s has %zu images, so 1 to %zu can go; to remove "
                              "all of it use 'raidctl remove %s'.", LV_LABEL(p->vg, lv), lv_raid1(lv)->raid1.n_images,
                              lv_raid1(lv)->raid1.n_images - 1, LV_LABEL(p->vg, lv));
        if (slot != SLOT_ANY)
                chosen = UINT64_C(1) << slot;
        else
                while (n-- > 0)
                        chosen |= UINT64_C(1) << choose_next(h, chosen, lv_raid1(lv)->raid1.n_images);
        *ret = chosen;
        return 0;
}

int images_check_rest(Planning *p, const LogicalVolume *lv, const Health *h, uint64_t chosen) {
        size_t n = lv_raid1(lv)->raid1.n_images, rest = 0, leaving = 0;

        for (size_t i = 0; i < n; i++) {
                rest += h->chars[i] == 'A' && !(chosen >> i & 1);
                leaving += h->chars[i] == 'A' && chosen >> i & 1;
        }
        if (rest == 0)
                return refuse(p, REFUSAL_LAST_IMAGE, "%s would be left without an image that is in sync; repair it or wait for its "
                              "resync ('raidctl status %s') first.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        if (rest == 1 && !p->request->allow_degraded)
                return refuse(p, REFUSAL_WOULD_LOSE_REDUNDANCY, "Only one image of %s that is in sync would be left; allow it with "
                              "--allow-degraded, or add an image first.", LV_LABEL(p->vg, lv));
        if (leaving > 0 && !h->idle)
                return refuse(p, REFUSAL_BUSY, "%s is being resynced or checked just now, and an image that is in sync cannot go "
                              "before that has ended; wait for it with 'raidctl wait %s'.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        return 0;
}

int images_add_drop(Planning *p, const LogicalVolume *lv, LogicalVolume *next_lv, uint64_t chosen) {
        int r = 0;

        for (size_t i = lv_raid1(lv)->raid1.n_images; r == 0 && i > 0; i--)
                if (chosen >> (i - 1) & 1)
                        r = raid1_drop_image(p->next, next_lv, i - 1);
        if (r == 0)
                r = add_expect(p);
        if (r == 0)
                r = add_switch(p, &lv->id, "without the images that go", lv_raid1(next_lv) ? "raid1 with fewer images"
                                                                                           : "linear over the image that stays");
        if (r == 0)
                r = add_converge(p, "what the images consisted of goes");
        if (r == 0)
                r = add_release_residuals(p);
        return r != 0 ? r : add_tail(p);
}

int images_find(Planning *p, const char *done, const LogicalVolume **ret, Health *h) {
        int r;

        r = planning_find_whole(p, done, ret);
        if (r != 0)
                return r;
        if (!lv_raid1(*ret))
                return refuse(p, REFUSAL_NOT_RAID1, "%s is not a raid1 volume, so it has no images.", LV_LABEL(p->vg, *ret));
        r = guard_lv_writable(p, *ret);
        return r != 0 ? r : health_read(p, *ret, h);
}

/* A tracked image cannot be taken away, only merged; but one whose disk is gone for good could never be merged, and nothing else is allowed until it
 * is. */
static int find_lost(Planning *p, const LogicalVolume **ret, const LogicalVolume **ret_image, Health *h) {
        const LogicalVolume *lv = NULL, *image, *meta;
        uint32_t named;
        int r, tracked;

        r = planning_find_volume(p, &p->request->lv, &lv, &named);
        tracked = r == 0 && lv_raid1(lv) ? lv_tracked_slot(lv) : -1;
        if (r != 0 || tracked < 0 || (p->slot != SLOT_ANY ? p->slot : named) != (uint32_t) tracked)
                return r;
        image = lv_raid1(lv)->raid1.images[tracked].data;
        meta = lv_raid1(lv)->raid1.images[tracked].meta;
        if (!has_missing_pv(p, image) && !has_missing_pv(p, meta))
                return 0;

        if (p->facts->image_held)
                return refuse(p, REFUSAL_HELD, "%s is held by somebody; give it up when the hold is released.", LV_LABEL(p->vg, image));
        r = guard_lv(p, lv);
        if (r == 0)
                r = guard_lv_writable(p, lv);
        if (r == 0)
                r = guard_closed(p, image);
        if (r == 0)
                r = health_read(p, lv, h);
        if (r != 0)
                return r;
        planning_deactivate(p, &image->id);
        *ret = lv;
        *ret_image = image;
        return 0;
}

int plan_remove_images(Planning *p) {
        const LogicalVolume *lv = NULL, *lost = NULL;
        LogicalVolume *next_lv = NULL;
        uint64_t chosen = 0;
        Health h;
        int r;

        r = find_lost(p, &lv, &lost, &h);
        if (r == 0 && !lost)
                r = images_find(p, "robbed of images", &lv, &h);
        if (r == 0)
                r = choose(p, lv, &h, &chosen);
        if (r == 0)
                r = images_check_rest(p, lv, &h, chosen);
        if (r == 0)
                r = planning_begin(p, lv, &next_lv);
        if (r == 0)
                r = plan_summarize(p, "Remove %d images of %s", __builtin_popcountll(chosen), LV_LABEL(p->vg, lv));
        if (r != 0)
                return r;
        p->plan->result = lv->id;
        return images_add_drop(p, lv, next_lv, chosen);
}
