/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/evidence.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/units.h"
#include "model/raid1.h"
#include "model/superblock.h"

/* One piece of an LV as a piece of a PV. */
static int map(World *w, const VolumeGroup *vg, const LogicalVolume *lv, uint64_t offset, size_t *ret_dev,
               uint64_t *ret_offset, uint64_t *ret_left) {
        uint64_t extent_bytes = (uint64_t) vg->extent_sectors * SECTOR_BYTES;

        for (size_t i = 0; i < lv->n_segments; i++) {
                const Segment *s = lv->segments[i];
                uint64_t start = s->start_extent * extent_bytes, size = s->extents * extent_bytes;
                int r;

                if (offset < start || offset - start >= size)
                        continue;
                if (s->kind != SEGMENT_LINEAR)
                        return -EOPNOTSUPP;
                r = world_find_pv(w, &s->linear.pv->id, ret_dev);
                if (r < 0)
                        return r;
                *ret_offset = s->linear.pv->pe_start * SECTOR_BYTES + s->linear.pv_start * extent_bytes + (offset - start);
                *ret_left = size - (offset - start);
                return 0;
        }

        return -ERANGE;
}

int lv_read(World *w, const VolumeGroup *vg, const LogicalVolume *lv, uint64_t offset, void *buffer, size_t n) {
        unsigned char *p = buffer;

        assert(w);
        assert(vg);
        assert(lv);
        assert(buffer);

        while (n > 0) {
                uint64_t where, left;
                size_t dev, piece;
                int r;

                r = map(w, vg, lv, offset, &dev, &where, &left);
                if (r < 0)
                        return r;
                piece = n < left ? n : (size_t) left;
                r = w->ops->read(w, dev, where, p, piece);
                if (r < 0)
                        return r;
                p += piece;
                offset += piece;
                n -= piece;
        }

        return 0;
}

/* The superblock first: md writes the bitmap's header before it. Left as not valid if it cannot be read: a leg that cannot be asked
 * proves nothing. */
static int read_one(World *w, const VolumeGroup *vg, const LogicalVolume *meta, RaidSuperblock *ret) {
        unsigned char block[SUPERBLOCK_BYTES];
        int r;

        r = meta ? lv_read(w, vg, meta, 0, block, SUPERBLOCK_BYTES) : -ENODEV;
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        *ret = superblock_decode(block);
        r = lv_read(w, vg, meta, BITMAP_OFFSET_BYTES, block, BITMAP_SUPER_BYTES);
        if (r >= 0)
                superblock_add_bitmap(ret, block);
        return r == -ENOMEM ? r : 0;
}

int evidence_collect(World *w, const VolumeGroup *vg, const LogicalVolume *lv, RaidSuperblock **ret, size_t *ret_n) {
        _cleanup_free_ RaidSuperblock *all = NULL;
        const Segment *raid1 = lv_raid1(lv);
        int r = 0;

        assert(ret);
        assert(ret_n);

        if (!raid1)
                return -EINVAL;
        all = calloc(raid1->raid1.n_images, sizeof(*all)); /* zeroed: callers compare */
        if (!all)
                return -ENOMEM;
        for (size_t i = 0; r >= 0 && i < raid1->raid1.n_images; i++)
                r = read_one(w, vg, raid1->raid1.images[i].meta, &all[i]);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(all);
        *ret_n = raid1->raid1.n_images;
        return 0;
}

int evidence_read(World *w, const VolumeGroup *vg, const LogicalVolume *lv, unsigned slot, bool *ret, const char **ret_why) {
        _cleanup_free_ RaidSuperblock *all = NULL;
        size_t n;
        int r;

        assert(ret);
        assert(ret_why);

        r = evidence_collect(w, vg, lv, &all, &n);
        if (r < 0)
                return r;
        if (slot >= n)
                return -EINVAL;
        if (!raid1_stayed(lv, slot)) {
                *ret = false;
                *ret_why = "an image was added or replaced, perhaps since the split";
                return 0;
        }
        *ret = evidence_holds(all, n, slot, ret_why);
        return 0;
}

int evidence_list_blank(World *w, const VolumeGroup *vg, Uuid **ret, size_t *ret_n) {
        _cleanup_free_ Uuid *blank = NULL;
        size_t n_blank = 0;

        assert(w);
        assert(vg);
        assert(ret);
        assert(ret_n);

        blank = calloc(vg->n_lvs + 1, sizeof(*blank));
        if (!blank)
                return -ENOMEM;
        for (size_t i = 0; i < vg->n_lvs; i++) {
                _cleanup_free_ RaidSuperblock *all = NULL;
                const LogicalVolume *lv = vg->lvs[i];
                size_t n;
                int r;

                if (!lv_raid1(lv) || lv_tracked_slot(lv) < 0)
                        continue;
                r = evidence_collect(w, vg, lv, &all, &n);
                if (r < 0)
                        return r;
                if (superblocks_blank(all, n, (unsigned) lv_tracked_slot(lv)))
                        blank[n_blank++] = lv->id;
        }
        *ret = TAKE_PTR(blank);
        *ret_n = n_blank;
        return 0;
}
