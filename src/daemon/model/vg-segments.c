/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vg-segments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "model/config-tree.h"
#include "model/vg-edit.h"

/* Names → objects by binary search: a VG may have ten thousand LVs. */
typedef struct Names {
        LogicalVolume **lvs; /* sorted by name */
        size_t n_lvs;
        VolumeGroup *vg;
} Names;

static int compare_lvs(const void *a, const void *b) {
        return strcmp((*(LogicalVolume *const *) a)->name, (*(LogicalVolume *const *) b)->name);
}

static LogicalVolume *find_lv(const Names *names, const char *name) {
        LogicalVolume key = { .name = (char *) name }, *k = &key, **found;

        found = bsearch(&k, names->lvs, names->n_lvs, sizeof(LogicalVolume *), compare_lvs);
        return found ? *found : NULL;
}

static PhysicalVolume *find_pv(const Names *names, const char *key) {
        for (size_t i = 0; i < names->vg->n_pvs; i++)
                if (streq(names->vg->pvs[i]->key, key))
                        return names->vg->pvs[i];
        return NULL;
}

/* The first two elements of `stripes` if there are just two. -ENOENT if there are more. */
static int single_stripe(const ConfigNode *segment, char **ret_name, uint64_t *ret_start) {
        const ConfigNode *stripes = config_child(segment, "stripes");
        Span name, start, more;
        ConfigIter i;
        int r;

        if (!stripes)
                return -EBADMSG;
        i = config_iter(stripes);
        if (config_next(&i, &name) <= 0 || config_next(&i, &start) <= 0)
                return -EBADMSG;
        if (config_next(&i, &more) != 0)
                return -ENOENT;
        r = span_to_u64(start, ret_start);
        return r < 0 ? r : span_to_string(name, ret_name);
}

/* 1 if the segment is linear on a PV and was imported, 0 if it is something else. */
static int import_linear(const Names *names, const ConfigNode *node, uint32_t extents, LogicalVolume *lv) {
        _cleanup_free_ char *name = NULL;
        PhysicalVolume *pv;
        uint64_t start;
        Segment *s;
        int r;

        r = single_stripe(node, &name, &start);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        pv = find_pv(names, name);
        if (!pv)
                return 0;
        if (start > UINT32_MAX)
                return -EBADMSG;
        r = lv_add_segment(lv, SEGMENT_LINEAR, "striped", extents, &s);
        if (r < 0)
                return r;
        s->linear.pv = pv;
        s->linear.pv_start = (uint32_t) start;
        s->node = node;
        return 1;
}

static int next_lv(const Names *names, ConfigIter *i, LogicalVolume **ret) {
        _cleanup_free_ char *name = NULL;
        Span e;
        int r;

        r = config_next(i, &e);
        if (r <= 0)
                return r;
        r = span_to_string(e, &name);
        if (r < 0)
                return r;
        *ret = find_lv(names, name);
        return *ret ? 1 : -EBADMSG;
}

/* raids = [ rmeta, rimage, … ]; lvm2 tells them apart by name, the order is fixed (lvm2-compat 3.5). */
static int import_images(const Names *names, const ConfigNode *raids, Segment *s, uint64_t n_images) {
        ConfigIter i = config_iter(raids);
        LogicalVolume *extra;
        int r;

        s->raid1.images = calloc(n_images, sizeof(RaidImage));
        if (!s->raid1.images)
                return -ENOMEM;
        for (; s->raid1.n_images < n_images; s->raid1.n_images++) {
                RaidImage *image = &s->raid1.images[s->raid1.n_images];

                r = next_lv(names, &i, &image->meta);
                if (r > 0)
                        r = next_lv(names, &i, &image->data);
                if (r <= 0)
                        return r < 0 ? r : -EBADMSG;
        }
        r = next_lv(names, &i, &extra);
        return r > 0 ? -EBADMSG : r;
}

static int optional_u64(const ConfigNode *node, const char *key, uint64_t *ret) {
        int r = config_get_u64(node, key, ret);

        return r == -ENOENT ? 0 : r;
}

static int import_raid1(const Names *names, const ConfigNode *node, uint32_t extents, LogicalVolume *lv) {
        const ConfigNode *raids = config_child(node, "raids");
        uint64_t n_images;
        Segment *s;
        int r;

        if (!raids || config_get_u64(node, "device_count", &n_images) < 0 || n_images < 1 || n_images > RAID1_IMAGES_MAX)
                return -EBADMSG;
        r = lv_add_segment(lv, SEGMENT_RAID1, "raid1", extents, &s);
        if (r < 0)
                return r;
        s->node = node;
        r = optional_u64(node, "region_size", &s->raid1.region_sectors);
        if (r >= 0)
                r = optional_u64(node, "min_recovery_rate", &s->raid1.min_recovery_kib);
        if (r >= 0)
                r = optional_u64(node, "max_recovery_rate", &s->raid1.max_recovery_kib);
        if (r >= 0)
                r = optional_u64(node, "writebehind", &s->raid1.write_behind);
        if (r >= 0)
                r = import_images(names, raids, s, n_images);
        return r;
}

static int add_area(Segment *s, PhysicalVolume *pv, uint64_t start, uint32_t extents) {
        PvArea *grown = reallocarray(s->opaque.areas, s->opaque.n_areas + 1, sizeof(PvArea));

        if (!grown)
                return -ENOMEM;
        s->opaque.areas = grown;
        if (start > UINT32_MAX)
                return -EBADMSG;
        grown[s->opaque.n_areas++] = (PvArea) { pv, (uint32_t) start, extents };
        return 0;
}

static int add_reference(Segment *s, LogicalVolume *lv) {
        LogicalVolume **grown = reallocarray(s->opaque.lvs, s->opaque.n_lvs + 1, sizeof(LogicalVolume *));

        if (!grown)
                return -ENOMEM;
        s->opaque.lvs = grown;
        grown[s->opaque.n_lvs++] = lv;
        return 0;
}

/* Every string that names an LV is a reference; every one that names a PV and stands before a number
 * is an area. Rather too many than too few: they only keep us from touching something. */
static int import_references(const Names *names, const ConfigNode *value, uint32_t area_extents, Segment *s) {
        PhysicalVolume *pv = NULL;
        ConfigIter i = config_iter(value);
        Span e;
        int r;

        while ((r = config_next(&i, &e)) > 0) {
                _cleanup_free_ char *name = NULL;
                LogicalVolume *lv;
                uint64_t start;

                if (!span_is_string(e)) {
                        if (pv && span_to_u64(e, &start) >= 0 && (r = add_area(s, pv, start, area_extents)) < 0)
                                return r;
                        pv = NULL;
                        continue;
                }
                r = span_to_string(e, &name);
                if (r < 0)
                        return r;
                pv = find_pv(names, name);
                lv = pv ? NULL : find_lv(names, name);
                if (lv && (r = add_reference(s, lv)) < 0)
                        return r;
        }
        return r;
}

static int import_opaque(const Names *names, const ConfigNode *node, const char *type, uint32_t extents,
                         LogicalVolume *lv) {
        uint64_t stripes = 1;
        Segment *s;
        int r;

        if (config_get_u64(node, "stripe_count", &stripes) < 0 || stripes == 0)
                stripes = 1;
        r = lv_add_segment(lv, SEGMENT_OPAQUE, type, extents, &s);
        if (r < 0)
                return r;
        s->node = node;
        for (const ConfigNode *c = node->child; c; c = c->next) {
                if (config_key_is(c, "type") || config_key_is(c, "tags"))
                        continue;
                r = import_references(names, c, (uint32_t) (extents / stripes), s);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* lvm2 makes no such mirrors; the kernel could. */
static bool has_too_many_images(const ConfigNode *node) {
        uint64_t n;

        return config_get_u64(node, "device_count", &n) >= 0 && n > RAID1_IMAGES_MAX;
}

static int import_segment(const Names *names, const ConfigNode *node, LogicalVolume *lv) {
        _cleanup_free_ char *type = NULL;
        uint32_t start, extents;
        Segment *s;
        int r;

        if (config_get_u32(node, "start_extent", &start) < 0 || config_get_u32(node, "extent_count", &extents) < 0)
                return -EBADMSG;
        r = config_get_string(node, "type", &type);
        if (r < 0)
                return r == -ENOENT ? -EBADMSG : r;
        if (start != lv->extents)
                return -EBADMSG; /* segments are contiguous and ascending */
        if (streq(type, "striped")) {
                r = import_linear(names, node, extents, lv);
                if (r != 0)
                        return r < 0 ? r : 0;
        }
        if (streq(type, "raid1") && !has_too_many_images(node))
                return import_raid1(names, node, extents, lv);
        if (streq(type, "error")) {
                r = lv_add_segment(lv, SEGMENT_ERROR, type, extents, &s);
                if (r >= 0)
                        s->node = node;
                return r;
        }
        return import_opaque(names, node, type, extents, lv);
}

static int import_segments(const Names *names, LogicalVolume *lv) {
        uint64_t n;
        int r;

        if (config_get_u64(lv->node, "segment_count", &n) < 0 || n > UINT32_MAX)
                return -EBADMSG;
        for (const ConfigNode *c = lv->node->child; c; c = c->next) {
                if (c->type != CONFIG_SECTION || c->key_size <= 7 || memcmp(c->key, "segment", 7) != 0)
                        continue;
                r = import_segment(names, c, lv);
                if (r < 0)
                        return r;
        }
        return lv->n_segments == n ? 0 : -EBADMSG;
}

int vg_import_segments(VolumeGroup *vg) {
        _cleanup_free_ LogicalVolume **sorted = calloc(vg->n_lvs ?: 1, sizeof(LogicalVolume *));
        Names names = { sorted, vg->n_lvs, vg };
        int r;

        if (!sorted)
                return -ENOMEM;
        if (vg->n_lvs > 0)
                memcpy(sorted, vg->lvs, vg->n_lvs * sizeof(LogicalVolume *));
        qsort(sorted, vg->n_lvs, sizeof(LogicalVolume *), compare_lvs);
        for (size_t i = 1; i < vg->n_lvs; i++)
                if (streq(sorted[i - 1]->name, sorted[i]->name))
                        return -EBADMSG;
        for (size_t i = 0; i < vg->n_lvs; i++) {
                r = import_segments(&names, vg->lvs[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}
