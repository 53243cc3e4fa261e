/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vg-alloc.h"

#include <errno.h>

#include "model/vg-edit.h"

void pv_use_done(PvUse *u) {
        free(u->areas);
        *u = (PvUse) {};
}

static int use_add(PvUse *u, const PhysicalVolume *pv, uint32_t start, uint32_t extents) {
        if ((u->n & (u->n - 1)) == 0) {
                PvArea *grown = reallocarray(u->areas, u->n ? u->n * 2 : 1, sizeof(PvArea));

                if (!grown)
                        return -ENOMEM;
                u->areas = grown;
        }
        if (start > pv->pe_count)
                start = pv->pe_count;
        if (extents > pv->pe_count - start)
                extents = pv->pe_count - start;
        u->areas[u->n++] = (PvArea) { (PhysicalVolume *) pv, start, extents };
        return 0;
}

static int compare_areas(const void *a, const void *b) {
        const PvArea *x = a, *y = b;

        return (x->start_extent > y->start_extent) - (x->start_extent < y->start_extent);
}

static int use_add_segment(PvUse *u, const PhysicalVolume *pv, const Segment *s) {
        int r = 0;

        if (s->kind == SEGMENT_LINEAR && s->linear.pv == pv)
                return use_add(u, pv, s->linear.pv_start, s->extents);
        if (s->kind != SEGMENT_OPAQUE)
                return 0;
        for (size_t i = 0; r == 0 && i < s->opaque.n_areas; i++)
                if (s->opaque.areas[i].pv == pv)
                        r = use_add(u, pv, s->opaque.areas[i].start_extent, s->opaque.areas[i].extents);
        return r;
}

static void merge_overlaps(PvUse *u) {
        size_t n = 0;

        for (size_t i = 0; i < u->n; i++) {
                PvArea *a = &u->areas[i], *last = n > 0 ? &u->areas[n - 1] : NULL;
                uint32_t end = a->start_extent + a->extents;

                if (!last || a->start_extent > last->start_extent + last->extents)
                        u->areas[n++] = *a;
                else if (end > last->start_extent + last->extents)
                        last->extents = end - last->start_extent;
        }
        u->n = n;
}

int pv_use(const VolumeGroup *vg, const PhysicalVolume *pv, PvUse *ret) {
        _cleanup_(pv_use_done) PvUse u = {};
        int r;

        for (size_t i = 0; i < vg->n_lvs; i++)
                for (size_t k = 0; k < vg->lvs[i]->n_segments; k++) {
                        r = use_add_segment(&u, pv, vg->lvs[i]->segments[k]);
                        if (r < 0)
                                return r;
                }
        if (u.n > 0)
                qsort(u.areas, u.n, sizeof(PvArea), compare_areas);
        merge_overlaps(&u);
        *ret = u;
        u = (PvUse) {};
        return 0;
}

/* The i-th gap, i from 0 to u->n: what is free before the i-th area, or behind the last. */
static PvArea gap(const PvUse *u, const PhysicalVolume *pv, size_t i) {
        uint32_t start = i == 0 ? 0 : u->areas[i - 1].start_extent + u->areas[i - 1].extents;
        uint32_t end = i == u->n ? pv->pe_count : u->areas[i].start_extent;

        return (PvArea) { (PhysicalVolume *) pv, start, end - start };
}

static bool may_allocate(const PhysicalVolume *pv) {
        return (pv->flags & (PV_ALLOCATABLE | PV_MISSING)) == PV_ALLOCATABLE;
}

int pv_free_extents(const VolumeGroup *vg, const PhysicalVolume *pv, uint32_t *ret) {
        _cleanup_(pv_use_done) PvUse u = {};
        uint32_t n = 0;
        int r;

        if (!may_allocate(pv)) {
                *ret = 0;
                return 0;
        }
        r = pv_use(vg, pv, &u);
        if (r < 0)
                return r;
        for (size_t i = 0; i <= u.n; i++)
                n += gap(&u, pv, i).extents;
        *ret = n;
        return 0;
}

int pv_free_behind(const VolumeGroup *vg, const PhysicalVolume *pv, uint32_t extent, uint32_t *ret) {
        _cleanup_(pv_use_done) PvUse u = {};
        int r;

        *ret = 0;
        if (!may_allocate(pv))
                return 0;
        r = pv_use(vg, pv, &u);
        if (r < 0)
                return r;
        for (size_t i = 0; i <= u.n; i++) {
                PvArea g = gap(&u, pv, i);

                if (g.start_extent == extent)
                        *ret = g.extents;
        }
        return 0;
}

static int add_linear(LogicalVolume *lv, PvArea area) {
        Segment *s;
        int r;

        r = lv_add_segment(lv, SEGMENT_LINEAR, "striped", area.extents, &s);
        if (r < 0)
                return r;
        s->linear.pv = area.pv;
        s->linear.pv_start = area.start_extent;
        return 0;
}

int pv_allocate(const VolumeGroup *vg, PhysicalVolume *pv, uint32_t extents, LogicalVolume *lv) {
        _cleanup_(pv_use_done) PvUse u = {};
        uint32_t available;
        int r;

        r = pv_free_extents(vg, pv, &available);
        if (r < 0)
                return r;
        if (available < extents)
                return -ENOSPC;
        r = pv_use(vg, pv, &u);
        if (r < 0)
                return r;
        for (size_t i = 0; i <= u.n; i++) {
                PvArea g = gap(&u, pv, i);

                if (g.extents >= extents) {
                        g.extents = extents;
                        return add_linear(lv, g);
                }
        }
        for (size_t i = 0; i <= u.n && extents > 0; i++) {
                PvArea g = gap(&u, pv, i);

                if (g.extents == 0)
                        continue;
                if (g.extents > extents)
                        g.extents = extents;
                r = add_linear(lv, g);
                if (r < 0)
                        return r;
                extents -= g.extents;
        }
        return 0;
}
