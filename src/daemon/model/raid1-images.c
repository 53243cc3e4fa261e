/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Images are added and dropped (lvm2-compat 4.8, 4.9). */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/raid1.h"
#include "model/vg-alloc.h"
#include "model/vg-edit.h"
#include "model/vg-make.h"

static void take_pvs_of(const VolumeGroup *vg, const LogicalVolume *lv, bool *taken) {
        for (size_t i = 0; i < vg->n_pvs; i++)
                for (size_t k = 0; k < lv->n_segments; k++)
                        if (lv->segments[k]->kind == SEGMENT_LINEAR && lv->segments[k]->linear.pv == vg->pvs[i])
                                taken[i] = true;
}

/* The PVs that a new image must keep away from, parallel to vg->pvs. */
static bool *taken_pvs(const VolumeGroup *vg, const LogicalVolume *lv) {
        bool *taken = calloc(vg->n_pvs ?: 1, sizeof(bool));
        const Segment *s = lv_raid1(lv);

        if (!taken)
                return NULL;
        take_pvs_of(vg, lv, taken);
        for (size_t i = 0; s && i < s->raid1.n_images; i++) {
                take_pvs_of(vg, s->raid1.images[i].data, taken);
                take_pvs_of(vg, s->raid1.images[i].meta, taken);
        }
        return taken;
}

/* Beside the data if it can be; else on a PV that no image has. */
static int place_meta(VolumeGroup *vg, const Raid1CreateArgs *args, Ids *ids, bool *taken, LogicalVolume **ret) {
        for (unsigned beside = 1; beside < 2; beside--)
                for (size_t i = 0; i < vg->n_pvs; i++) {
                        uint32_t available;
                        int r;

                        if (taken[i] != (beside == 1))
                                continue;
                        r = pv_free_extents(vg, vg->pvs[i], &available);
                        if (r < 0)
                                return r;
                        if (available < args->meta_extents)
                                continue;
                        taken[i] = true;
                        return make_component(vg, args, ids, "rmeta", 0, vg->pvs[i], args->meta_extents, ret);
                }

        return -ENOSPC;
}

/* The extents of a linear volume move down into an image 0 of its own. */
static int from_linear(VolumeGroup *vg, LogicalVolume *lv, const Raid1CreateArgs *args, Ids *ids, bool *taken) {
        _cleanup_free_ char *name = NULL;
        LogicalVolume *data, *meta;
        Segment *s;
        int r;

        if (asprintf(&name, "%s_rimage_0", lv->name) < 0)
                return -ENOMEM;
        r = make_lv(vg, args, ids, name, LV_READ | LV_WRITE, &data);
        if (r < 0)
                return r;
        data->segments = TAKE_PTR(lv->segments);
        data->n_segments = lv->n_segments;
        data->extents = lv->extents;
        lv->n_segments = 0;
        lv->extents = 0;
        lv_touch(lv);
        r = place_meta(vg, args, ids, taken, &meta);
        if (r >= 0)
                r = lv_add_segment(lv, SEGMENT_RAID1, "raid1", data->extents, &s);
        if (r < 0)
                return r;
        s->raid1.region_sectors = args->region_sectors;
        s->raid1.images = calloc(1, sizeof(RaidImage));
        if (!s->raid1.images)
                return -ENOMEM;
        s->raid1.images[s->raid1.n_images++] = (RaidImage) { meta, data };
        return 0;
}

int raid1_add_images(VolumeGroup *vg, LogicalVolume *lv, const Raid1CreateArgs *args) {
        _cleanup_free_ bool *taken = taken_pvs(vg, lv);
        Ids ids = { args->random, args->n_random, 0 };
        RaidImage *grown;
        Segment *s;
        int r;

        if (!taken)
                return -ENOMEM;
        if (!lv_raid1(lv)) {
                r = from_linear(vg, lv, args, &ids, taken);
                if (r < 0)
                        return r;
        }
        lv_touch(lv);
        s = lv_raid1(lv);
        assert(s);
        grown = reallocarray(s->raid1.images, s->raid1.n_images + args->images, sizeof(RaidImage));
        if (!grown)
                return -ENOMEM;
        s->raid1.images = grown;
        for (uint32_t i = 0; i < args->images; i++) {
                RaidImage *image = &s->raid1.images[s->raid1.n_images];

                r = make_image(vg, args, &ids, (uint32_t) s->raid1.n_images, taken, image);
                if (r < 0)
                        return r;
                image->data->flags |= LV_REBUILD;
                s->raid1.n_images++;
        }
        return 0;
}

static void forget_replacement(LogicalVolume *image) {
        lv_remove_tag(image, TAG_REPLACED);
        lv_remove_tag(image, TAG_REPLACEMENT);
}

int raid1_set_replaced(LogicalVolume *lv, size_t slot, size_t new_slot) {
        Segment *s = lv_raid1(lv);
        int r;

        assert(s && slot < s->raid1.n_images && new_slot < s->raid1.n_images && slot != new_slot);
        for (size_t i = 0; i < s->raid1.n_images; i++)
                forget_replacement(s->raid1.images[i].data);
        r = lv_add_tag(s->raid1.images[slot].data, TAG_REPLACED);
        return r < 0 ? r : lv_add_tag(s->raid1.images[new_slot].data, TAG_REPLACEMENT);
}

int raid1_replaced_slot(const LogicalVolume *lv) {
        const Segment *s = lv_raid1(lv);
        int slot = -ENOENT;
        bool added = false;

        for (size_t i = 0; s && i < s->raid1.n_images; i++) {
                if (lv_has_tag(s->raid1.images[i].data, TAG_REPLACED))
                        slot = (int) i;
                added = added || lv_has_tag(s->raid1.images[i].data, TAG_REPLACEMENT);
        }
        return added ? slot : -ENOENT;
}

int raid1_drop_image(VolumeGroup *vg, LogicalVolume *lv, size_t slot) {
        _cleanup_free_ char *name = NULL;
        LogicalVolume *data;
        int r;

        assert(lv_raid1(lv) && slot < lv_raid1(lv)->raid1.n_images);
        if (raid1_replaced_slot(lv) == (int) slot)
                for (size_t i = 0; i < lv_raid1(lv)->raid1.n_images; i++)
                        forget_replacement(lv_raid1(lv)->raid1.images[i].data);
        data = lv_raid1(lv)->raid1.images[slot].data;
        name = strdup(data->name);
        if (!name)
                return -ENOMEM;
        r = raid1_extract(vg, lv, slot, name);
        return r < 0 ? r : make_residual(vg, data, lv->name, "rimage", slot);
}
