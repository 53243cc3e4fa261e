/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vg-check.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/units.h"

static int broken(const char *rule, const char **reterr_rule) {
        *reterr_rule = rule;
        return -EINVAL;
}

static int compare_names(const void *a, const void *b) {
        return strcmp((*(LogicalVolume *const *) a)->name, (*(LogicalVolume *const *) b)->name);
}

static int compare_ids(const void *a, const void *b) {
        return strcmp((*(LogicalVolume *const *) a)->id.chars, (*(LogicalVolume *const *) b)->id.chars);
}

typedef int (*Compare)(const void *a, const void *b);

static bool has_equal_neighbours(LogicalVolume **lvs, size_t n, Compare compare) {
        qsort(lvs, n, sizeof(LogicalVolume *), compare);
        for (size_t i = 1; i < n; i++)
                if (compare(&lvs[i - 1], &lvs[i]) == 0)
                        return true;
        return false;
}

static int check_unique(const VolumeGroup *vg, const char **reterr_rule) {
        _cleanup_free_ LogicalVolume **lvs = calloc(vg->n_lvs ?: 1, sizeof(LogicalVolume *));

        if (!lvs)
                return -ENOMEM;
        for (size_t i = 0; i < vg->n_lvs; i++)
                lvs[i] = vg->lvs[i];
        if (has_equal_neighbours(lvs, vg->n_lvs, compare_names) || has_equal_neighbours(lvs, vg->n_lvs, compare_ids))
                return broken("V1: two logical volumes with the same name or identifier", reterr_rule);
        for (size_t i = 0; i < vg->n_pvs; i++)
                for (size_t k = 0; k < i; k++)
                        if (uuid_equal(&vg->pvs[i]->id, &vg->pvs[k]->id))
                                return broken("V1: two physical volumes with the same identifier", reterr_rule);
        return 0;
}

static int check_segments(const VolumeGroup *vg, const char **reterr_rule) {
        for (size_t i = 0; i < vg->n_lvs; i++) {
                const LogicalVolume *lv = vg->lvs[i];
                uint64_t next = 0;

                for (size_t k = 0; k < lv->n_segments; k++) {
                        const Segment *s = lv->segments[k];

                        if (s->extents == 0 || s->start_extent != next)
                                return broken("V2: a gap or an empty segment in a logical volume", reterr_rule);
                        next += s->extents;
                        if (s->kind == SEGMENT_LINEAR &&
                            (uint64_t) s->linear.pv_start + s->extents > s->linear.pv->pe_count)
                                return broken("V3: a segment reaches beyond its physical volume", reterr_rule);
                }
                if (next != lv->extents)
                        return broken("V2: the segments do not add up to the logical volume", reterr_rule);
        }
        return 0;
}

typedef struct Use {
        const PhysicalVolume *pv;
        uint32_t start, extents;
} Use;

static int compare_uses(const void *a, const void *b) {
        const Use *x = a, *y = b;

        if (x->pv != y->pv)
                return x->pv < y->pv ? -1 : 1;
        return (x->start > y->start) - (x->start < y->start);
}

static int check_overlaps(const VolumeGroup *vg, const char **reterr_rule) {
        _cleanup_free_ Use *uses = NULL;
        size_t n = 0, total = 0;

        for (size_t i = 0; i < vg->n_lvs; i++)
                total += vg->lvs[i]->n_segments;
        uses = calloc(total ?: 1, sizeof(Use));
        if (!uses)
                return -ENOMEM;
        for (size_t i = 0; i < vg->n_lvs; i++)
                for (size_t k = 0; k < vg->lvs[i]->n_segments; k++) {
                        const Segment *s = vg->lvs[i]->segments[k];

                        if (s->kind == SEGMENT_LINEAR)
                                uses[n++] = (Use) { s->linear.pv, s->linear.pv_start, s->extents };
                }
        qsort(uses, n, sizeof(Use), compare_uses);
        for (size_t i = 1; i < n; i++)
                if (uses[i].pv == uses[i - 1].pv && uses[i].start < uses[i - 1].start + uses[i - 1].extents)
                        return broken("V4: two segments share an extent", reterr_rule);
        return 0;
}

static int compare_pointers(const void *a, const void *b) {
        const LogicalVolume *x = *(LogicalVolume *const *) a, *y = *(LogicalVolume *const *) b;

        return (x > y) - (x < y);
}

static int check_images(const LogicalVolume *lv, const Segment *s, const char **reterr_rule) {
        size_t tracked = 0;

        if (lv->n_segments != 1)
                return broken("V5: a raid1 segment beside others", reterr_rule);
        for (size_t i = 0; i < s->raid1.n_images; i++) {
                const LogicalVolume *data = s->raid1.images[i].data;

                if (data->extents != s->extents || data == lv || s->raid1.images[i].meta == lv)
                        return broken("V5: an image that is not as long as its volume", reterr_rule);
                tracked += (data->flags & (LV_VISIBLE | LV_WRITE)) == LV_VISIBLE;
        }
        return tracked > 1 ? broken("V7: more than one tracked image", reterr_rule) : 0;
}

static int check_raid1(const VolumeGroup *vg, const char **reterr_rule) {
        _cleanup_free_ LogicalVolume **components = calloc(2 * 253 + vg->n_lvs, sizeof(LogicalVolume *));
        size_t n = 0;
        int r;

        if (!components)
                return -ENOMEM;
        for (size_t i = 0; i < vg->n_lvs; i++)
                for (size_t k = 0; k < vg->lvs[i]->n_segments; k++) {
                        const Segment *s = vg->lvs[i]->segments[k];

                        if (s->kind != SEGMENT_RAID1)
                                continue;
                        r = check_images(vg->lvs[i], s, reterr_rule);
                        if (r < 0)
                                return r;
                        for (size_t slot = 0; slot < s->raid1.n_images; slot++) {
                                if (n + 2 > vg->n_lvs) /* more references than LVs: some LV twice */
                                        return broken("V6: a component used twice", reterr_rule);
                                components[n++] = s->raid1.images[slot].data;
                                components[n++] = s->raid1.images[slot].meta;
                        }
                }
        if (has_equal_neighbours(components, n, compare_pointers))
                return broken("V6: a component used twice", reterr_rule);
        return 0;
}

static int check_sizes(const VolumeGroup *vg, const char **reterr_rule) {
        for (size_t i = 0; i < vg->n_pvs; i++) {
                uint64_t end, bytes;

                if (size_add(vg->pvs[i]->pe_start, extents_to_sectors(vg->pvs[i]->pe_count, vg->extent_sectors), &end) < 0 ||
                    sectors_to_bytes(end, &bytes) < 0)
                        return broken("V8: a physical volume whose size overflows", reterr_rule);
        }
        for (size_t i = 0; i < vg->n_lvs; i++) {
                uint64_t bytes;

                if (sectors_to_bytes(lv_sectors(vg, vg->lvs[i]), &bytes) < 0)
                        return broken("V8: a logical volume whose size overflows", reterr_rule);
        }
        return 0;
}

int vg_check(const VolumeGroup *vg, const char **reterr_rule) {
        int r;

        assert(vg && reterr_rule);
        r = check_unique(vg, reterr_rule);
        if (r >= 0)
                r = check_segments(vg, reterr_rule);
        if (r >= 0)
                r = check_overlaps(vg, reterr_rule);
        if (r >= 0)
                r = check_raid1(vg, reterr_rule);
        if (r >= 0)
                r = check_sizes(vg, reterr_rule);
        return r;
}
