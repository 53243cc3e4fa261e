/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/units.h"
#include "model/vg.h"

LogicalVolume *vg_find_lv(const VolumeGroup *vg, const char *name) {
        for (size_t i = 0; i < vg->n_lvs; i++)
                if (streq(vg->lvs[i]->name, name))
                        return vg->lvs[i];
        return NULL;
}

LogicalVolume *vg_find_lv_by_id(const VolumeGroup *vg, const Uuid *id) {
        for (size_t i = 0; i < vg->n_lvs; i++)
                if (uuid_equal(&vg->lvs[i]->id, id))
                        return vg->lvs[i];
        return NULL;
}

PhysicalVolume *vg_find_pv_by_id(const VolumeGroup *vg, const Uuid *id) {
        for (size_t i = 0; i < vg->n_pvs; i++)
                if (uuid_equal(&vg->pvs[i]->id, id))
                        return vg->pvs[i];
        return NULL;
}

Segment *lv_raid1(const LogicalVolume *lv) {
        return lv->n_segments == 1 && lv->segments[0]->kind == SEGMENT_RAID1 ? lv->segments[0] : NULL;
}

bool vg_is_foreign(const VolumeGroup *vg, const char *local) {
        assert(vg);

        return vg->system_id && *vg->system_id && (!local || strcmp(vg->system_id, local) != 0);
}

LogicalVolume *lv_raid1_parent(const VolumeGroup *vg, const LogicalVolume *lv, size_t *ret_slot) {
        for (size_t i = 0; i < vg->n_lvs; i++) {
                const Segment *s = lv_raid1(vg->lvs[i]);

                for (size_t slot = 0; s && slot < s->raid1.n_images; slot++)
                        if (s->raid1.images[slot].data == lv || s->raid1.images[slot].meta == lv) {
                                if (ret_slot)
                                        *ret_slot = slot;
                                return vg->lvs[i];
                        }
        }
        return NULL;
}

int lv_tracked_slot(const LogicalVolume *lv) {
        const Segment *s = lv_raid1(lv);

        for (size_t slot = 0; s && slot < s->raid1.n_images; slot++)
                if ((s->raid1.images[slot].data->flags & (LV_VISIBLE | LV_WRITE)) == LV_VISIBLE)
                        return (int) slot;
        return -ENOENT;
}

bool lv_is_component(const VolumeGroup *vg, const LogicalVolume *lv) {
        return lv_raid1_parent(vg, lv, NULL) != NULL;
}

static bool has_opaque(const LogicalVolume *lv) {
        for (size_t i = 0; i < lv->n_segments; i++)
                if (lv->segments[i]->kind == SEGMENT_OPAQUE)
                        return true;
        return false;
}

static bool opaque_uses(const LogicalVolume *user, const LogicalVolume *lv) {
        for (size_t i = 0; i < user->n_segments; i++) {
                const Segment *s = user->segments[i];

                for (size_t k = 0; s->kind == SEGMENT_OPAQUE && k < s->opaque.n_lvs; k++)
                        if (s->opaque.lvs[k] == lv)
                                return true;
        }
        return false;
}

static bool is_layered_itself(const VolumeGroup *vg, const LogicalVolume *lv) {
        if (has_opaque(lv))
                return true;
        for (size_t i = 0; i < vg->n_lvs; i++)
                if (opaque_uses(vg->lvs[i], lv))
                        return true;
        return false;
}

bool lv_is_layered(const VolumeGroup *vg, const LogicalVolume *lv) {
        const LogicalVolume *top = lv_raid1_parent(vg, lv, NULL) ?: lv;
        const Segment *s = lv_raid1(top);

        if (is_layered_itself(vg, lv) || (top != lv && is_layered_itself(vg, top)))
                return true;
        for (size_t i = 0; s && i < s->raid1.n_images; i++)
                if ((s->raid1.images[i].data && is_layered_itself(vg, s->raid1.images[i].data)) ||
                    (s->raid1.images[i].meta && is_layered_itself(vg, s->raid1.images[i].meta)))
                        return true;
        return false;
}

bool lv_has_tag(const LogicalVolume *lv, const char *tag) {
        return strv_contains(lv->tags, tag);
}

uint64_t lv_sectors(const VolumeGroup *vg, const LogicalVolume *lv) {
        return extents_to_sectors(lv->extents, vg->extent_sectors);
}

uint64_t lv_bytes(const VolumeGroup *vg, const LogicalVolume *lv) {
        assert(vg);
        assert(lv);

        return (uint64_t) lv->extents * vg->extent_sectors * SECTOR_BYTES;
}
