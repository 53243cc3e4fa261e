/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* New volumes and volume groups. */

#include "plan/planner-context.h"

#include <assert.h>
#include <string.h>

#include "base/units.h"
#include "model/raid1.h"

#define REGION_SECTORS_DEFAULT 4096U /* 2 MiB */
#define EXTENT_BYTES_DEFAULT (UINT64_C(4) << 20)

/* Volumes ------------------------------------------------------------------------------------------------------ */

int check_size(Planning *p, Raid1Shape *shape) {
        uint64_t extent_bytes = p->vg->extent_sectors * SECTOR_BYTES;
        uint64_t extents = div_round_up(p->request->size_bytes, extent_bytes);

        if (extents == 0)
                return refuse(p, REFUSAL_INVALID_SIZE, "A volume needs a size above 0; give it as in '--size=10G'.");
        if (extents > UINT32_MAX)
                return refuse(p, REFUSAL_INVALID_SIZE, "A volume in %s can have at most %u extents of %llu bytes; choose a "
                              "smaller size.", p->vg->name, UINT32_MAX, (unsigned long long) extent_bytes);

        shape->extents = (uint32_t) extents;
        return 0;
}

uint32_t meta_extents(const Planning *p, uint64_t regions) {
        return (uint32_t) div_round_up(8192 + div_round_up(regions, 8), p->vg->extent_sectors * SECTOR_BYTES);
}

/* As LVM2: a power of two of at least a page, and so many regions that the bitmap stays in bounds. */
int check_region(Planning *p, Raid1Shape *shape) {
        uint64_t sectors = (uint64_t) shape->extents * p->vg->extent_sectors;
        uint64_t region = p->request->region_bytes ? p->request->region_bytes / SECTOR_BYTES : REGION_SECTORS_DEFAULT;

        if (p->request->region_bytes % 4096 != 0 || !is_power_of_two(region) || region > UINT32_MAX / 2)
                return refuse(p, REFUSAL_INVALID_SIZE, "The region size must be a power of two, from 4 KiB to 512 GiB.");
        while (!p->request->region_bytes && region > sectors && region > 8)
                region /= 2;
        while (sectors / region > REGIONS_MAX)
                region *= 2;

        shape->region_sectors = (uint32_t) region;
        shape->meta_extents = meta_extents(p, div_round_up(sectors, region));
        return 0;
}

static int check_images(Planning *p, Raid1Shape *shape) {
        if (p->request->images > RAID1_IMAGES_MAX)
                return refuse(p, REFUSAL_INVALID_SIZE, "A raid1 volume can have at most %u images, not %u.", RAID1_IMAGES_MAX,
                              p->request->images);

        return p->request->images > 1 ? check_region(p, shape) : 0;
}

static int check_count(Planning *p) {
        uint32_t visible = 0;

        for (size_t i = 0; i < p->vg->n_lvs; i++)
                visible += !!(p->vg->lvs[i]->flags & LV_VISIBLE);
        if (p->vg->max_lv > 0 && visible >= p->vg->max_lv)
                return refuse(p, REFUSAL_NO_SPACE, "Volume group %s allows only %u volumes; raise that with 'vgchange -l'.",
                              p->vg->name, p->vg->max_lv);

        return 0;
}

/* Of the segment, the first sectors behind skip. */
static int add_wipe_of(Planning *p, const LogicalVolume *lv, const Segment *s, uint64_t skip, uint64_t sectors, const char *why) {
        Step *step;
        int r;

        r = add_step(p, STEP_WIPE, NULL, s->linear.pv->id.chars, &step, "%s: %s", lv->name, why);
        if (r < 0)
                return r;

        step->number = s->linear.pv->pe_start + (uint64_t) s->linear.pv_start * p->next->extent_sectors + skip;
        step->number2 = sectors;
        return 0;
}

int add_wipe(Planning *p, const LogicalVolume *lv, uint64_t sectors, const char *why) {
        int r = 0;

        for (size_t i = 0; r == 0 && sectors > 0 && i < lv->n_segments; i++) {
                const Segment *s = lv->segments[i];
                uint64_t there = extents_to_sectors(s->extents, p->next->extent_sectors);
                uint64_t n = there < sectors ? there : sectors;

                assert(s->kind == SEGMENT_LINEAR);
                r = add_wipe_of(p, lv, s, 0, n, why);
                sectors -= n;
        }

        return r;
}

int add_wipe_from(Planning *p, const LogicalVolume *lv, uint32_t extent, const char *why) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < lv->n_segments; i++) {
                const Segment *s = lv->segments[i];
                uint32_t skip = s->start_extent < extent ? extent - s->start_extent : 0;

                if (skip >= s->extents)
                        continue;
                assert(s->kind == SEGMENT_LINEAR);
                r = add_wipe_of(p, lv, s, extents_to_sectors(skip, p->next->extent_sectors),
                                extents_to_sectors(s->extents - skip, p->next->extent_sectors), why);
        }
        return r;
}

/* The kernel takes what it finds in a fresh rmeta for a superblock, and blkid what it finds in the data. */
static int add_wipes(Planning *p, const LogicalVolume *lv, const Raid1Shape *shape) {
        const Segment *raid1 = lv_raid1(lv);
        int r = 0;

        if (!raid1)
                return add_wipe(p, lv, 8, "no old signature shows through");
        for (size_t i = 0; r == 0 && i < raid1->raid1.n_images; i++) {
                r = add_wipe(p, raid1->raid1.images[i].meta, (uint64_t) shape->meta_extents * p->next->extent_sectors,
                             "no old superblock is taken for one of this array");
                if (r == 0)
                        r = add_wipe(p, raid1->raid1.images[i].data, 8, "no old signature shows through");
        }

        return r;
}

static int allocate(Planning *p, const Raid1Shape *shape, LogicalVolume **ret) {
        const Raid1CreateArgs args = {
                .name = p->request->name,
                .extents = shape->extents,
                .images = p->request->images,
                .meta_extents = shape->meta_extents,
                .region_sectors = shape->region_sectors,
                .now = p->facts->now,
                .host = p->facts->host,
                .random = p->facts->random,
                .n_random = p->facts->n_random,
        };
        int r;

        r = p->request->images > 1 ? raid1_create(p->next, &args, ret) : linear_create(p->next, &args, ret);
        if (r != -ENOSPC)
                return r;

        return p->request->images > 1
                       ? refuse(p, REFUSAL_NO_SPACE, "Volume group %s has no room for %u images of %u extents on a physical "
                                "volume each; choose a smaller size, fewer images, or add devices.", p->vg->name,
                                p->request->images, shape->extents)
                       : refuse(p, REFUSAL_NO_SPACE, "Volume group %s has not %u extents free; choose a smaller size or add "
                                "devices.", p->vg->name, shape->extents);
}

int plan_create(Planning *p) {
        LogicalVolume *lv = NULL;
        Raid1Shape shape = {};
        int r;

        r = check_lv_name(p, p->vg, p->request->name);
        if (r == 0)
                r = check_size(p, &shape);
        if (r == 0)
                r = check_images(p, &shape);
        if (r == 0)
                r = check_count(p);
        if (r == 0)
                r = planning_begin(p, NULL, NULL);
        if (r == 0)
                r = allocate(p, &shape, &lv);
        if (r != 0)
                return r;

        p->plan->result = lv->id;
        p->plan->job_lv = lv_raid1(lv) ? lv->id : (Uuid) {};
        if (lv_raid1(lv))
                p->plan->resync_bytes = lv_bytes(p->next, lv) * (lv_raid1(lv)->raid1.n_images - 1);
        r = plan_summarize(p, "Create %s, %u extents%s", LV_LABEL(p->next, lv), shape.extents,
                           lv_raid1(lv) ? " in every image" : "");
        if (r == 0)
                r = add_expect(p);
        if (r == 0)
                r = add_wipes(p, lv, &shape);
        if (r == 0)
                r = add_prepare(p, "with the new volume");
        if (r == 0)
                r = add_commit(p, "the volume exists from here");
        if (r == 0)
                r = planning_activate(p, &lv->id);
        if (r == 0)
                r = add_converge(p, "activate it");

        return r != 0 ? r : add_tail(p);
}

/* Volume groups ------------------------------------------------------------------------------------------------- */

static int check_extent_size(Planning *p, uint64_t *ret_sectors) {
        uint64_t bytes = p->request->extent_bytes ?: EXTENT_BYTES_DEFAULT;

        if (bytes < 1024 || bytes / SECTOR_BYTES > UINT32_MAX / 2 || (!is_power_of_two(bytes) && bytes % (128 * 1024) != 0))
                return refuse(p, REFUSAL_INVALID_SIZE, "The extent size must be a power of two of at least 1 KiB, or a multiple "
                              "of 128 KiB; 4 MiB is usual.");

        *ret_sectors = bytes / SECTOR_BYTES;
        return 0;
}

static int make_vg(Planning *p, uint64_t extent_sectors) {
        const VgCreateArgs args = {
                .name = p->request->name,
                .devices = p->facts->new_pvs,
                .n_devices = p->facts->n_new_pvs,
                .extent_sectors = (uint32_t) extent_sectors,
                .system_id = p->facts->local_system_id,
                .random = p->facts->random,
                .n_random = p->facts->n_random,
        };

        return vg_create(&args, &p->next);
}

int plan_vg_create(Planning *p) {
        uint64_t extent_sectors = 0;
        int r;

        r = check_vg_name(p, p->request->name);
        if (r == 0 && p->facts->n_new_pvs == 0)
                return -EINVAL; /* the method takes at least one device */
        if (r == 0)
                r = check_extent_size(p, &extent_sectors);
        if (r == 0)
                r = check_new_devices(p, extent_sectors);
        if (r == 0)
                r = make_vg(p, extent_sectors);
        if (r == 0)
                r = plan_new(verb_to_string(VERB_VG_CREATE), p->next->name, &p->next->id, &p->plan);
        if (r == 0)
                r = plan_summarize(p, "Create volume group %s on %zu devices", p->next->name, p->next->n_pvs);
        if (r == 0)
                r = add_labels(p);
        if (r == 0)
                r = add_prepare(p, "the new volume group");
        if (r == 0)
                r = add_commit(p, "it exists from here");

        return r != 0 ? r : add_tail(p);
}
