/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/raid1.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "model/vg-edit.h"
#include "model/vg-make.h"

int raid1_track(VolumeGroup *vg, LogicalVolume *lv, size_t slot) {
        Segment *s = lv_raid1(lv);
        LogicalVolume *image;

        assert(vg && s && slot < s->raid1.n_images && lv_tracked_slot(lv) < 0);
        image = s->raid1.images[slot].data;
        image->flags = (image->flags | LV_VISIBLE) & ~(unsigned) LV_WRITE;
        lv_touch(image);
        return raid1_note_stayed(lv, slot);
}

int raid1_untrack(VolumeGroup *vg, LogicalVolume *lv, size_t slot) {
        Segment *s = lv_raid1(lv);
        LogicalVolume *image;

        assert(vg && s && slot < s->raid1.n_images && lv_tracked_slot(lv) == (int) slot);
        image = s->raid1.images[slot].data;
        image->flags = (image->flags & ~(unsigned) LV_VISIBLE) | (lv->flags & LV_WRITE);
        raid1_forget_stayed(image);
        lv_touch(image);
        return 0;
}

void raid1_set_rebuild(LogicalVolume *lv, size_t slot, bool rebuild) {
        Segment *s = lv_raid1(lv);
        LogicalVolume *image;

        assert(s && slot < s->raid1.n_images);
        image = s->raid1.images[slot].data;
        image->flags = rebuild ? image->flags | LV_REBUILD : image->flags & ~(unsigned) LV_REBUILD;
        lv_touch(image);
}

/* "<parent>_<kind>_<slot><suffix>" */
static int rename_component(LogicalVolume *lv, const char *parent, const char *kind, size_t slot, const char *suffix) {
        _cleanup_free_ char *text = NULL;

        if (asprintf(&text, "%s_%s_%zu%s", parent, kind, slot, suffix) < 0)
                return -ENOMEM;
        return lv_rename(lv, text);
}

int make_residual(VolumeGroup *vg, LogicalVolume *lv, const char *parent, const char *kind, size_t slot) {
        _cleanup_free_ char *name = NULL;
        int r;

        lv->flags |= LV_VISIBLE;
        lv->flags &= ~(unsigned) (LV_REBUILD | LV_WRITEMOSTLY);
        do { /* another one of this number may have gone before, and others have moved down since */
                free(name);
                if (asprintf(&name, "%s_%s_%zu_extracted", parent, kind, slot++) < 0) {
                        name = NULL;
                        return -ENOMEM;
                }
        } while (vg_find_lv(vg, name));
        r = lv_rename(lv, name);
        return r < 0 ? r : lv_add_tag(lv, TAG_RESIDUAL);
}

/* Images above the gap get the next lower number, names included. */
static int close_gap(LogicalVolume *lv, Segment *s, size_t slot) {
        int r;

        s->raid1.n_images--;
        for (size_t i = slot; i < s->raid1.n_images; i++) {
                s->raid1.images[i] = s->raid1.images[i + 1];
                r = rename_component(s->raid1.images[i].data, lv->name, "rimage", i, "");
                if (r >= 0)
                        r = rename_component(s->raid1.images[i].meta, lv->name, "rmeta", i, "");
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The last image's areas move up into the LV; its LV is gone, its rmeta a residual. */
static int remove_top_layer(VolumeGroup *vg, LogicalVolume *lv, size_t old_slot) {
        RaidImage last = lv_raid1(lv)->raid1.images[0];
        int r;

        r = make_residual(vg, last.meta, lv->name, "rmeta", old_slot);
        if (r < 0)
                return r;
        lv_clear_segments(lv);
        free(lv->segments);
        lv->segments = TAKE_PTR(last.data->segments);
        lv->n_segments = last.data->n_segments;
        lv->extents = last.data->extents;
        lv->flags &= ~(unsigned) LV_NOTSYNCED;
        last.data->n_segments = 0;
        vg_remove_lv(vg, last.data);
        return 0;
}

int raid1_extract(VolumeGroup *vg, LogicalVolume *lv, size_t slot, const char *new_name) {
        Segment *s = lv_raid1(lv);
        RaidImage image;
        int r;

        assert(vg && s && slot < s->raid1.n_images && s->raid1.n_images > 1 && new_name);
        image = s->raid1.images[slot];
        lv_touch(lv);
        image.data->flags |= LV_VISIBLE | LV_READ | (lv->flags & LV_WRITE);
        image.data->flags &= ~(unsigned) (LV_REBUILD | LV_WRITEMOSTLY);
        raid1_forget_stayed(image.data);
        lv_remove_tag(image.data, TAG_REPLACED);
        lv_remove_tag(image.data, TAG_REPLACEMENT);
        r = lv_rename(image.data, new_name);
        if (r >= 0)
                r = make_residual(vg, image.meta, lv->name, "rmeta", slot);
        if (r < 0)
                return r;
        if (s->raid1.n_images == 2) {
                s->raid1.n_images = 1;
                s->raid1.images[0] = s->raid1.images[slot == 0 ? 1 : 0];
                return remove_top_layer(vg, lv, slot == 0 ? 1 : 0);
        }
        return close_gap(lv, s, slot);
}

/* A hidden image of whatever volume it is given to. */
static int adopt_image(RaidImage *image, const char *parent, size_t slot) {
        int r;

        image->data->flags &= ~(unsigned) (LV_REBUILD | LV_WRITEMOSTLY);
        lv_remove_tag(image->data, TAG_REPLACED);
        lv_remove_tag(image->data, TAG_REPLACEMENT);
        r = rename_component(image->data, parent, "rimage", slot, "");
        return r < 0 ? r : rename_component(image->meta, parent, "rmeta", slot, "");
}

/* A raid1 volume like lv, over the images in these slots, in their order. */
static int adopt_images(VolumeGroup *vg, const LogicalVolume *lv, uint64_t slots, const Raid1CreateArgs *args, LogicalVolume **ret) {
        const Segment *old = lv_raid1(lv);
        Ids ids = { args->random, args->n_random, 0 };
        LogicalVolume *new_lv;
        Segment *s;
        int r;

        r = make_lv(vg, args, &ids, args->name, LV_READ | LV_VISIBLE | (lv->flags & (LV_WRITE | LV_NOTSYNCED)), &new_lv);
        if (r >= 0)
                r = lv_add_segment(new_lv, SEGMENT_RAID1, "raid1", lv->extents, &s);
        if (r < 0)
                return r;
        s->raid1.region_sectors = old->raid1.region_sectors;
        s->raid1.min_recovery_kib = old->raid1.min_recovery_kib;
        s->raid1.max_recovery_kib = old->raid1.max_recovery_kib;
        s->raid1.images = calloc(old->raid1.n_images, sizeof(RaidImage));
        if (!s->raid1.images)
                return -ENOMEM;
        for (size_t i = 0; i < old->raid1.n_images; i++) {
                if (!(slots >> i & 1))
                        continue;
                s->raid1.images[s->raid1.n_images] = old->raid1.images[i];
                r = adopt_image(&s->raid1.images[s->raid1.n_images], args->name, s->raid1.n_images);
                if (r < 0)
                        return r;
                s->raid1.n_images++;
        }
        *ret = new_lv;
        return 0;
}

int raid1_extract_set(VolumeGroup *vg, LogicalVolume *lv, uint64_t slots, const Raid1CreateArgs *args, LogicalVolume **ret) {
        Segment *s = lv_raid1(lv);
        size_t last = 0;
        int r;

        assert(vg && s && args && args->name && lv_tracked_slot(lv) < 0);
        assert(__builtin_popcountll(slots) >= 2 && (size_t) __builtin_popcountll(slots) < s->raid1.n_images);
        lv_touch(lv);
        r = adopt_images(vg, lv, slots, args, ret);
        for (size_t i = s->raid1.n_images; r >= 0 && i > 0; i--)
                if (slots >> (i - 1) & 1)
                        r = close_gap(lv, s, i - 1);
                else
                        last = i - 1; /* the lowest of those that stay */
        return r < 0 || s->raid1.n_images > 1 ? r : remove_top_layer(vg, lv, last);
}

int vg_drop_residuals(VolumeGroup *vg) {
        for (size_t i = vg->n_lvs; i-- > 0;)
                if (lv_has_tag(vg->lvs[i], TAG_RESIDUAL))
                        vg_remove_lv(vg, vg->lvs[i]);
        return 0;
}

int lv_rename_volume(LogicalVolume *lv, const char *name) {
        Segment *s = lv_raid1(lv);
        int r;

        r = lv_rename(lv, name);
        for (size_t i = 0; r >= 0 && s && i < s->raid1.n_images; i++) {
                r = rename_component(s->raid1.images[i].data, name, "rimage", i, "");
                if (r >= 0)
                        r = rename_component(s->raid1.images[i].meta, name, "rmeta", i, "");
        }
        return r;
}

int lv_remove(VolumeGroup *vg, LogicalVolume *lv) {
        Segment *s = lv_raid1(lv);

        for (size_t i = 0; s && i < s->raid1.n_images; i++) {
                vg_remove_lv(vg, s->raid1.images[i].meta);
                vg_remove_lv(vg, s->raid1.images[i].data);
        }
        vg_remove_lv(vg, lv);
        return 0;
}
