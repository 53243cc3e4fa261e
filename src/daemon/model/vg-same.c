/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vg-same.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"

static bool same_text(const char *a, const char *b) {
        return streq(a ?: "", b ?: "");
}

static bool same_lv_ref(const LogicalVolume *a, const LogicalVolume *b) {
        return a && b ? uuid_equal(&a->id, &b->id) : a == b;
}

static bool same_pv_ref(const PhysicalVolume *a, const PhysicalVolume *b) {
        return a && b ? uuid_equal(&a->id, &b->id) : a == b;
}

static bool same_images(const Segment *a, const Segment *b) {
        if (a->raid1.n_images != b->raid1.n_images || a->raid1.region_sectors != b->raid1.region_sectors ||
            a->raid1.min_recovery_kib != b->raid1.min_recovery_kib || a->raid1.max_recovery_kib != b->raid1.max_recovery_kib ||
            a->raid1.write_behind != b->raid1.write_behind)
                return false;
        for (size_t i = 0; i < a->raid1.n_images; i++)
                if (!same_lv_ref(a->raid1.images[i].meta, b->raid1.images[i].meta) ||
                    !same_lv_ref(a->raid1.images[i].data, b->raid1.images[i].data))
                        return false;
        return true;
}

static bool same_opaque(const Segment *a, const Segment *b) {
        if (a->opaque.n_areas != b->opaque.n_areas || a->opaque.n_lvs != b->opaque.n_lvs)
                return false;
        for (size_t i = 0; i < a->opaque.n_areas; i++)
                if (!same_pv_ref(a->opaque.areas[i].pv, b->opaque.areas[i].pv) ||
                    a->opaque.areas[i].start_extent != b->opaque.areas[i].start_extent ||
                    a->opaque.areas[i].extents != b->opaque.areas[i].extents)
                        return false;
        for (size_t i = 0; i < a->opaque.n_lvs; i++)
                if (!same_lv_ref(a->opaque.lvs[i], b->opaque.lvs[i]))
                        return false;
        return true;
}

static bool same_segment(const Segment *a, const Segment *b) {
        if (a->kind != b->kind || a->start_extent != b->start_extent || a->extents != b->extents)
                return false;
        switch (a->kind) {
        case SEGMENT_LINEAR:
                return same_pv_ref(a->linear.pv, b->linear.pv) && a->linear.pv_start == b->linear.pv_start;
        case SEGMENT_RAID1:
                return same_images(a, b);
        case SEGMENT_OPAQUE:
                return same_text(a->type, b->type) && same_opaque(a, b);
        default:
                return true;
        }
}

static bool same_tags(const LogicalVolume *a, const LogicalVolume *b) {
        size_t n = strv_length(a->tags);

        if (n != strv_length(b->tags))
                return false;
        for (size_t i = 0; i < n; i++)
                if (!strv_contains(b->tags, a->tags[i]))
                        return false;
        return true;
}

static bool same_lv(const LogicalVolume *a, const LogicalVolume *b) {
        if (!streq(a->name, b->name) || a->flags != b->flags || a->extents != b->extents || a->n_segments != b->n_segments ||
            !same_tags(a, b))
                return false;
        for (size_t i = 0; i < a->n_segments; i++)
                if (!same_segment(a->segments[i], b->segments[i]))
                        return false;
        return true;
}

static bool same_pv(const PhysicalVolume *a, const PhysicalVolume *b) {
        return a->flags == b->flags && a->dev_sectors == b->dev_sectors && a->pe_start == b->pe_start && a->pe_count == b->pe_count;
}

bool vg_same(const VolumeGroup *a, const VolumeGroup *b) {
        if (!streq(a->name, b->name) || !uuid_equal(&a->id, &b->id) || a->seqno != b->seqno || a->flags != b->flags ||
            a->extent_sectors != b->extent_sectors || a->n_pvs != b->n_pvs || a->n_lvs != b->n_lvs ||
            !same_text(a->system_id, b->system_id) || !same_text(a->lock_type, b->lock_type))
                return false;
        for (size_t i = 0; i < a->n_pvs; i++) {
                const PhysicalVolume *other = vg_find_pv_by_id(b, &a->pvs[i]->id);

                if (!other || !same_pv(a->pvs[i], other))
                        return false;
        }
        for (size_t i = 0; i < a->n_lvs; i++) {
                const LogicalVolume *other = vg_find_lv_by_id(b, &a->lvs[i]->id);

                if (!other || !same_lv(a->lvs[i], other))
                        return false;
        }
        return true;
}

static bool calls_missing(const VolumeGroup *vg, const Uuid *id) {
        const PhysicalVolume *pv = vg_find_pv_by_id(vg, id);

        return pv && (pv->flags & PV_MISSING);
}

bool vg_supersedes(const VolumeGroup *vg, const Uuid *pv, const VolumeGroup *other, const Uuid *other_pv) {
        assert(vg && pv);
        assert(other && other_pv);

        if (vg->seqno != other->seqno)
                return vg->seqno > other->seqno;
        return calls_missing(vg, other_pv) && !calls_missing(other, pv);
}
