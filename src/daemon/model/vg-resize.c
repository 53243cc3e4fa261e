/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Volumes become longer and shorter. */

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "model/raid1.h"
#include "model/vg-alloc.h"
#include "model/vg-edit.h"
#include "model/vg-make.h"

/* Growing -------------------------------------------------------------------------------------------------------- */

/* What is free right behind the last segment becomes a part of it: lvm2 would merge the two when it reads them. */
static int grow_last(const VolumeGroup *vg, LogicalVolume *lv, uint32_t *left) {
        Segment *last = lv->n_segments > 0 ? lv->segments[lv->n_segments - 1] : NULL;
        uint32_t n;
        int r;

        if (!last || last->kind != SEGMENT_LINEAR)
                return 0;
        r = pv_free_behind(vg, last->linear.pv, last->linear.pv_start + last->extents, &n);
        if (r < 0)
                return r;
        n = n < *left ? n : *left;
        if (n > UINT32_MAX - lv->extents)
                return -ENOSPC;
        last->extents += n;
        lv->extents += n;
        *left -= n;
        return 0;
}

static bool lies_on(const LogicalVolume *lv, const PhysicalVolume *pv) {
        for (size_t i = 0; i < lv->n_segments; i++)
                if (lv->segments[i]->kind == SEGMENT_LINEAR && lv->segments[i]->linear.pv == pv)
                        return true;
        return false;
}

/* An image may not share a PV with another one. */
static bool may_use(const LogicalVolume *component, const Segment *raid1, const PhysicalVolume *pv) {
        for (size_t i = 0; raid1 && i < raid1->raid1.n_images; i++)
                if (raid1->raid1.images[i].data != component && raid1->raid1.images[i].meta != component &&
                    (lies_on(raid1->raid1.images[i].data, pv) || lies_on(raid1->raid1.images[i].meta, pv)))
                        return false;
        return true;
}

static int extend_plain(VolumeGroup *vg, LogicalVolume *lv, const Segment *raid1, uint32_t extents) {
        uint32_t left = extents, available;
        int r;

        lv_touch(lv);
        r = grow_last(vg, lv, &left);
        for (unsigned pass = 0; pass < 2; pass++) /* first where it is already */
                for (size_t i = 0; r >= 0 && i < vg->n_pvs && left > 0; i++) {
                        if (lies_on(lv, vg->pvs[i]) != (pass == 0) || !may_use(lv, raid1, vg->pvs[i]))
                                continue;
                        r = pv_free_extents(vg, vg->pvs[i], &available);
                        if (r < 0 || available == 0)
                                continue;
                        available = available < left ? available : left;
                        r = pv_allocate(vg, vg->pvs[i], available, lv);
                        left -= available;
                }
        if (r < 0)
                return r;
        return left > 0 ? -ENOSPC : 0;
}

static int extend_image(VolumeGroup *vg, const Segment *raid1, const RaidImage *image, uint32_t extents, uint32_t meta_extents) {
        int r;

        r = extend_plain(vg, image->data, raid1, extents);
        if (r < 0 || image->meta->extents >= meta_extents)
                return r;
        return extend_plain(vg, image->meta, raid1, meta_extents - image->meta->extents);
}

int lv_extend(VolumeGroup *vg, LogicalVolume *lv, uint32_t extents, uint32_t meta_extents) {
        Segment *s = lv_raid1(lv);
        int r = 0;

        assert(vg && lv && extents > 0);
        if (!s)
                return extend_plain(vg, lv, NULL, extents);
        for (size_t i = 0; r >= 0 && i < s->raid1.n_images; i++)
                r = extend_image(vg, s, &s->raid1.images[i], extents, meta_extents);
        if (r < 0)
                return r;
        lv_touch(lv);
        s->extents += extents;
        lv->extents += extents;
        return 0;
}

/* Shrinking ------------------------------------------------------------------------------------------------------ */

static int add_copy(LogicalVolume *lv, const Segment *s, uint32_t skip) {
        Segment *copy;
        int r;

        assert(s->kind == SEGMENT_LINEAR || s->kind == SEGMENT_ERROR);
        r = lv_add_segment(lv, s->kind, s->type, s->extents - skip, &copy);
        if (r < 0 || s->kind != SEGMENT_LINEAR)
                return r;
        copy->linear.pv = s->linear.pv;
        copy->linear.pv_start = s->linear.pv_start + skip;
        return 0;
}

/* Everything behind the first extents moves to tail. */
static int cut(LogicalVolume *lv, uint32_t extents, LogicalVolume *tail) {
        size_t n = 0;
        int r;

        for (size_t i = 0; i < lv->n_segments; i++) {
                Segment *s = lv->segments[i];
                uint32_t keep = s->start_extent >= extents ? 0 : extents - s->start_extent;

                if (keep >= s->extents) {
                        n++;
                        continue;
                }
                r = add_copy(tail, s, keep);
                if (r < 0)
                        return r;
                s->extents = keep;
                n += keep > 0;
        }
        for (size_t i = n; i < lv->n_segments; i++)
                segment_free(lv->segments[i]);
        lv->n_segments = n;
        lv->extents = extents;
        lv_touch(lv);
        return 0;
}

static int shrink_plain(VolumeGroup *vg, LogicalVolume *lv, uint32_t extents, const Raid1CreateArgs *args, Ids *ids, const char *parent,
                        size_t slot) {
        LogicalVolume *tail;
        int r;

        r = make_lv(vg, args, ids, "", LV_READ | LV_WRITE, &tail);
        if (r >= 0)
                r = make_residual(vg, tail, parent, "rimage", slot);
        return r < 0 ? r : cut(lv, extents, tail);
}

int lv_shrink(VolumeGroup *vg, LogicalVolume *lv, uint32_t extents, const Raid1CreateArgs *args) {
        Ids ids = { args->random, args->n_random, 0 };
        Segment *s = lv_raid1(lv);
        int r = 0;

        assert(vg && lv && extents > 0 && extents < lv->extents);
        if (!s)
                return shrink_plain(vg, lv, extents, args, &ids, lv->name, 0);
        for (size_t i = 0; r >= 0 && i < s->raid1.n_images; i++)
                r = shrink_plain(vg, s->raid1.images[i].data, extents, args, &ids, lv->name, i);
        if (r < 0)
                return r;
        lv_touch(lv);
        s->extents = extents;
        lv->extents = extents;
        return 0;
}
