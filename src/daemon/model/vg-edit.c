/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vg-edit.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"

int vg_add_lv(VolumeGroup *vg, const char *name, const Uuid *id, LvFlags flags, LogicalVolume **ret) {
        _cleanup_(lv_freep) LogicalVolume *lv = calloc(1, sizeof(LogicalVolume));
        LogicalVolume **grown;

        if (!lv)
                return -ENOMEM;
        lv->name = strdup(name);
        if (!lv->name)
                return -ENOMEM;
        lv->id = *id;
        lv->flags = flags;
        /* Room in powers of two. */
        if ((vg->n_lvs & (vg->n_lvs - 1)) == 0) {
                grown = reallocarray(vg->lvs, vg->n_lvs ? vg->n_lvs * 2 : 1, sizeof(LogicalVolume *));
                if (!grown)
                        return -ENOMEM;
                vg->lvs = grown;
        }
        *ret = lv;
        vg->lvs[vg->n_lvs++] = TAKE_PTR(lv);
        return 0;
}

int vg_add_pv(VolumeGroup *vg, const char *key, const Uuid *id, PhysicalVolume **ret) {
        _cleanup_(pv_freep) PhysicalVolume *pv = calloc(1, sizeof(PhysicalVolume));
        PhysicalVolume **grown;

        if (!pv)
                return -ENOMEM;
        pv->key = strdup(key);
        grown = reallocarray(vg->pvs, vg->n_pvs + 1, sizeof(PhysicalVolume *));
        if (grown)
                vg->pvs = grown;
        if (!pv->key || !grown)
                return -ENOMEM;
        pv->id = *id;
        *ret = pv;
        vg->pvs[vg->n_pvs++] = TAKE_PTR(pv);
        return 0;
}

void vg_remove_pv(VolumeGroup *vg, PhysicalVolume *pv) {
        for (size_t i = 0; i < vg->n_pvs; i++)
                if (vg->pvs[i] == pv) {
                        memmove(&vg->pvs[i], &vg->pvs[i + 1], (vg->n_pvs - i - 1) * sizeof(PhysicalVolume *));
                        vg->n_pvs--;
                        pv_free(pv);
                        return;
                }
        assert(!"the PV belongs to the VG");
}

/* n_lvs only shrinks here: capacity stays a power of two that is large enough, because the next
 * growth happens when n_lvs is a power of two again and reallocates to twice that. */
void vg_remove_lv(VolumeGroup *vg, LogicalVolume *lv) {
        for (size_t i = 0; i < vg->n_lvs; i++)
                if (vg->lvs[i] == lv) {
                        memmove(&vg->lvs[i], &vg->lvs[i + 1], (vg->n_lvs - i - 1) * sizeof(LogicalVolume *));
                        vg->n_lvs--;
                        lv_free(lv);
                        return;
                }
        assert(!"the LV belongs to the VG");
}

int lv_add_segment(LogicalVolume *lv, SegmentKind kind, const char *type, uint32_t extents, Segment **ret) {
        _cleanup_(segment_freep) Segment *s = calloc(1, sizeof(Segment));
        Segment **grown;
        uint32_t total;

        if (!s)
                return -ENOMEM;
        if (__builtin_add_overflow(lv->extents, extents, &total))
                return -EBADMSG;
        s->kind = kind;
        s->type = strdup(type);
        grown = reallocarray(lv->segments, lv->n_segments + 1, sizeof(Segment *));
        if (grown)
                lv->segments = grown;
        if (!s->type || !grown)
                return -ENOMEM;
        s->start_extent = lv->extents;
        s->extents = extents;
        lv->extents = total;
        *ret = s;
        lv->segments[lv->n_segments++] = TAKE_PTR(s);
        return 0;
}

void lv_clear_segments(LogicalVolume *lv) {
        for (size_t i = 0; i < lv->n_segments; i++)
                segment_free(lv->segments[i]);
        lv->n_segments = 0;
        lv->extents = 0;
}

int lv_rename(LogicalVolume *lv, const char *name) {
        lv_touch(lv);
        return free_and_strdup(&lv->name, name);
}

int lv_add_tag(LogicalVolume *lv, const char *tag) {
        lv_touch(lv);
        return strv_contains(lv->tags, tag) ? 0 : strv_extend(&lv->tags, tag);
}

/* Those of which the first n bytes are these. */
static void drop_tags(LogicalVolume *lv, const char *text, size_t n) {
        size_t kept = 0;

        if (!lv->tags)
                return;
        for (char **t = lv->tags; *t; t++)
                if (strncmp(*t, text, n) == 0) {
                        free(*t);
                        lv_touch(lv);
                } else
                        lv->tags[kept++] = *t;
        lv->tags[kept] = NULL;
}

void lv_remove_tag(LogicalVolume *lv, const char *tag) {
        drop_tags(lv, tag, strlen(tag) + 1);
}

void lv_remove_tags(LogicalVolume *lv, const char *prefix) {
        drop_tags(lv, prefix, strlen(prefix));
}

void lv_touch(LogicalVolume *lv) {
        lv->dirty = true;
}
