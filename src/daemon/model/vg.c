/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vg.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/units.h"
#include "model/config-tree.h"
#include "model/vg-edit.h"

Segment *segment_free(Segment *s) {
        if (!s)
                return NULL;
        free(s->type);
        if (s->kind == SEGMENT_RAID1)
                free(s->raid1.images);
        else if (s->kind == SEGMENT_OPAQUE) {
                free(s->opaque.areas);
                free(s->opaque.lvs);
        }
        free(s);
        return NULL;
}

LogicalVolume *lv_free(LogicalVolume *lv) {
        if (!lv)
                return NULL;
        for (size_t i = 0; i < lv->n_segments; i++)
                segment_free(lv->segments[i]);
        free(lv->segments);
        free(lv->name);
        free(lv->creation_host);
        strv_free(lv->tags);
        free(lv);
        return NULL;
}

PhysicalVolume *pv_free(PhysicalVolume *pv) {
        if (!pv)
                return NULL;
        free(pv->key);
        free(pv->device);
        free(pv);
        return NULL;
}

VolumeGroup *vg_free(VolumeGroup *vg) {
        if (!vg)
                return NULL;
        for (size_t i = 0; i < vg->n_lvs; i++)
                lv_free(vg->lvs[i]);
        for (size_t i = 0; i < vg->n_pvs; i++)
                pv_free(vg->pvs[i]);
        free(vg->lvs);
        free(vg->pvs);
        free(vg->name);
        free(vg->system_id);
        free(vg->lock_type);
        config_tree_unref(vg->tree);
        free(vg);
        return NULL;
}

/* Index of an element in a list of pointers; the element is known to be there. */
static size_t lv_index(const VolumeGroup *vg, const LogicalVolume *lv) {
        size_t i = 0;

        while (vg->lvs[i] != lv)
                i++;
        return i;
}

static size_t pv_index(const VolumeGroup *vg, const PhysicalVolume *pv) {
        size_t i = 0;

        while (vg->pvs[i] != pv)
                i++;
        return i;
}

static LogicalVolume *map_lv(const VolumeGroup *from, const VolumeGroup *to, const LogicalVolume *lv) {
        return lv ? to->lvs[lv_index(from, lv)] : NULL;
}

static PhysicalVolume *map_pv(const VolumeGroup *from, const VolumeGroup *to, const PhysicalVolume *pv) {
        return pv ? to->pvs[pv_index(from, pv)] : NULL;
}

static int clone_raid1(const VolumeGroup *from, const VolumeGroup *to, const Segment *s, Segment *copy) {
        copy->raid1 = s->raid1;
        copy->raid1.images = calloc(s->raid1.n_images, sizeof(RaidImage));
        if (!copy->raid1.images)
                return -ENOMEM;
        for (size_t i = 0; i < s->raid1.n_images; i++)
                copy->raid1.images[i] = (RaidImage) {
                        .meta = map_lv(from, to, s->raid1.images[i].meta),
                        .data = map_lv(from, to, s->raid1.images[i].data),
                };
        return 0;
}

static int clone_opaque(const VolumeGroup *from, const VolumeGroup *to, const Segment *s, Segment *copy) {
        copy->opaque.areas = calloc(s->opaque.n_areas ?: 1, sizeof(PvArea));
        copy->opaque.lvs = calloc(s->opaque.n_lvs ?: 1, sizeof(LogicalVolume *));
        if (!copy->opaque.areas || !copy->opaque.lvs)
                return -ENOMEM;
        for (size_t i = 0; i < s->opaque.n_areas; i++) {
                copy->opaque.areas[i] = s->opaque.areas[i];
                copy->opaque.areas[i].pv = map_pv(from, to, s->opaque.areas[i].pv);
        }
        copy->opaque.n_areas = s->opaque.n_areas;
        for (size_t i = 0; i < s->opaque.n_lvs; i++)
                copy->opaque.lvs[i] = map_lv(from, to, s->opaque.lvs[i]);
        copy->opaque.n_lvs = s->opaque.n_lvs;
        return 0;
}

static int clone_segment(const VolumeGroup *from, const VolumeGroup *to, const Segment *s, LogicalVolume *lv) {
        Segment *copy;
        int r;

        r = lv_add_segment(lv, s->kind, s->type, s->extents, &copy);
        if (r < 0)
                return r;
        copy->start_extent = s->start_extent;
        copy->node = s->node;
        switch (s->kind) {
        case SEGMENT_LINEAR:
                copy->linear = s->linear;
                copy->linear.pv = map_pv(from, to, s->linear.pv);
                return 0;
        case SEGMENT_RAID1:
                return clone_raid1(from, to, s, copy);
        case SEGMENT_OPAQUE:
                return clone_opaque(from, to, s, copy);
        default:
                return 0;
        }
}

static int clone_pv(const PhysicalVolume *pv, PhysicalVolume **ret) {
        _cleanup_(pv_freep) PhysicalVolume *copy = malloc(sizeof(PhysicalVolume));

        if (!copy)
                return -ENOMEM;
        *copy = *pv;
        copy->key = strdup(pv->key);
        copy->device = pv->device ? strdup(pv->device) : NULL;
        if (!copy->key || (pv->device && !copy->device))
                return -ENOMEM;
        *ret = TAKE_PTR(copy);
        return 0;
}

/* All but the segments, which need all LVs to be there. */
static int clone_lv(const LogicalVolume *lv, VolumeGroup *to) {
        LogicalVolume *copy;
        int r;

        r = vg_add_lv(to, lv->name, &lv->id, lv->flags, &copy);
        if (r < 0)
                return r;
        copy->creation_time = lv->creation_time;
        copy->node = lv->node;
        copy->dirty = lv->dirty;
        r = free_and_strdup(&copy->creation_host, lv->creation_host);
        if (r < 0)
                return r;
        return strv_clone(lv->tags, &copy->tags);
}

static int clone_members(const VolumeGroup *vg, VolumeGroup *copy) {
        int r;

        copy->pvs = calloc(vg->n_pvs ?: 1, sizeof(PhysicalVolume *));
        if (!copy->pvs)
                return -ENOMEM;
        for (; copy->n_pvs < vg->n_pvs; copy->n_pvs++) {
                r = clone_pv(vg->pvs[copy->n_pvs], &copy->pvs[copy->n_pvs]);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < vg->n_lvs; i++) {
                r = clone_lv(vg->lvs[i], copy);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < vg->n_lvs; i++)
                for (size_t k = 0; k < vg->lvs[i]->n_segments; k++) {
                        r = clone_segment(vg, copy, vg->lvs[i]->segments[k], copy->lvs[i]);
                        if (r < 0)
                                return r;
                }
        return 0;
}

int vg_clone(const VolumeGroup *vg, VolumeGroup **ret) {
        _cleanup_(vg_freep) VolumeGroup *copy = NULL;
        int r;

        assert(vg && ret);
        copy = calloc(1, sizeof(VolumeGroup));
        if (!copy)
                return -ENOMEM;
        *copy = (VolumeGroup) {
                .tree = config_tree_ref(vg->tree),
                .id = vg->id,
                .seqno = vg->seqno,
                .flags = vg->flags,
                .extent_sectors = vg->extent_sectors,
                .max_lv = vg->max_lv,
                .max_pv = vg->max_pv,
        };
        r = free_and_strdup(&copy->name, vg->name);
        if (r >= 0)
                r = free_and_strdup(&copy->system_id, vg->system_id);
        if (r >= 0)
                r = free_and_strdup(&copy->lock_type, vg->lock_type);
        if (r >= 0)
                r = clone_members(vg, copy);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(copy);
        return 0;
}
