/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a VG asks the kernel for (lvm2-compat 5.2, 5.3, 5.6). */

#include "model/dm-tree.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/units.h"

DmExpected *dm_expected_free(DmExpected *e) {
        if (!e)
                return NULL;
        for (size_t i = 0; i < e->n_nodes; i++) {
                free(e->nodes[i].name);
                free(e->nodes[i].uuid);
                free(e->nodes[i].table);
        }
        free(e->nodes);
        free(e);
        return NULL;
}

typedef struct Builder {
        const DmTreeArgs *args;
        DmExpected *out;
        size_t allocated;
} Builder;

static int add_node(Builder *b, const LogicalVolume *lv, const char *suffix, uint16_t flags, bool read_only, Buf *table) {
        DmWanted w = { .udev_flags = flags, .read_only = read_only, .lv = lv };
        int r;

        if (b->out->n_nodes == b->allocated) {
                size_t n = b->allocated ? b->allocated * 2 : 8;
                DmWanted *grown = reallocarray(b->out->nodes, n, sizeof(DmWanted));

                if (!grown)
                        return -ENOMEM;
                b->out->nodes = grown;
                b->allocated = n;
        }
        w.table = buf_take(table);
        if (!w.table)
                return -ENOMEM;
        r = dm_uuid_build(&b->args->vg->id, &lv->id, suffix, &w.uuid);
        if (r >= 0)
                r = dm_name_build(b->args->vg->name, lv->name, &w.name);
        b->out->nodes[b->out->n_nodes++] = w; /* freed with the others if something failed */
        return r;
}

static const PvDevice *device_of(const DmTreeArgs *args, const PhysicalVolume *pv) {
        for (size_t i = 0; i < args->vg->n_pvs; i++)
                if (args->vg->pvs[i] == pv)
                        return args->devices[i].path && !(pv->flags & PV_MISSING) ? &args->devices[i] : NULL;
        return NULL;
}

/* An area on a PV that is not there (or was not, when the metadata was last written: it may be stale) reads and writes as errors: md takes the image for failed. */
static void add_line(Buf *t, const DmTreeArgs *args, const Segment *s) {
        uint32_t extent = args->vg->extent_sectors;
        const PvDevice *d = s->kind == SEGMENT_LINEAR ? device_of(args, s->linear.pv) : NULL;

        buf_addf(t, "%s%llu %llu ", t->size > 0 ? "\n" : "",
                 (unsigned long long) extents_to_sectors(s->start_extent, extent),
                 (unsigned long long) extents_to_sectors(s->extents, extent));
        if (d)
                buf_addf(t, "linear %u:%u %llu", d->major, d->minor,
                         (unsigned long long) (s->linear.pv->pe_start + extents_to_sectors(s->linear.pv_start, extent)));
        else
                buf_add(t, "error");
}

static bool is_plain(const LogicalVolume *lv) {
        for (size_t i = 0; i < lv->n_segments; i++)
                if (lv->segments[i]->kind != SEGMENT_LINEAR && lv->segments[i]->kind != SEGMENT_ERROR)
                        return false;
        return lv->n_segments > 0;
}

static int add_plain(Builder *b, const LogicalVolume *lv, const char *suffix, uint16_t flags, bool read_only) {
        _cleanup_(buf_done) Buf t = {};

        for (size_t i = 0; i < lv->n_segments; i++)
                add_line(&t, b->args, lv->segments[i]);
        return add_node(b, lv, suffix, flags, read_only, &t);
}

static uint64_t rebuild_slots(const DmTreeArgs *args, const LogicalVolume *lv) {
        uint64_t slots = 0;

        for (size_t i = 0; i < args->n_rebuilds; i++)
                if (uuid_equal(&args->rebuilds[i].lv, &lv->id))
                        slots |= args->rebuilds[i].slots;
        return slots;
}

/* Parameters in the order that LVM2 writes them (lvm2-compat 5.3). *n counts words. */
static void add_params(Buf *p, unsigned *n, const DmTreeArgs *args, const LogicalVolume *lv, const Segment *s, int tracked) {
        uint64_t rebuild = rebuild_slots(args, lv);

        for (size_t i = 0; i < s->raid1.n_images; i++)
                if ((int) i != tracked && ((i < 64 && rebuild >> i & 1) || (s->raid1.images[i].data->flags & LV_REBUILD))) {
                        buf_addf(p, " rebuild %zu", i);
                        *n += 2;
                }
        if (s->raid1.min_recovery_kib > 0) {
                buf_addf(p, " min_recovery_rate %llu", (unsigned long long) s->raid1.min_recovery_kib);
                *n += 2;
        }
        if (s->raid1.max_recovery_kib > 0) {
                buf_addf(p, " max_recovery_rate %llu", (unsigned long long) s->raid1.max_recovery_kib);
                *n += 2;
        }
        for (size_t i = 0; i < s->raid1.n_images; i++)
                if ((int) i != tracked && (s->raid1.images[i].data->flags & LV_WRITEMOSTLY)) {
                        buf_addf(p, " write_mostly %zu", i);
                        *n += 2;
                }
        if (s->raid1.write_behind > 0) {
                buf_addf(p, " max_write_behind %llu", (unsigned long long) s->raid1.write_behind);
                *n += 2;
        }
        if (s->raid1.region_sectors > 0) {
                buf_addf(p, " region_size %llu", (unsigned long long) s->raid1.region_sectors);
                *n += 2;
        }
}

static int add_devices(Buf *t, const DmTreeArgs *args, const Segment *s, int tracked) {
        int r;

        for (size_t i = 0; i < s->raid1.n_images; i++) {
                _cleanup_free_ char *meta = NULL, *data = NULL;

                if ((int) i == tracked) {
                        buf_add(t, " - -");
                        continue;
                }
                r = dm_uuid_build(&args->vg->id, &s->raid1.images[i].meta->id, args->hidden_suffix, &meta);
                if (r >= 0)
                        r = dm_uuid_build(&args->vg->id, &s->raid1.images[i].data->id, args->hidden_suffix, &data);
                if (r < 0)
                        return r;
                buf_addf(t, " {%s} {%s}", meta, data);
        }
        return 0;
}

static int add_raid1(Builder *b, const LogicalVolume *lv) {
        _cleanup_(buf_done) Buf t = {}, params = {};
        const Segment *s = lv_raid1(lv);
        int tracked = lv_tracked_slot(lv), r;
        unsigned n = 1;

        for (size_t i = 0; i < s->raid1.n_images; i++) {
                if ((int) i == tracked)
                        continue;
                if (!is_plain(s->raid1.images[i].meta) || !is_plain(s->raid1.images[i].data))
                        return 0; /* integrity and the like: not ours to activate */
                r = add_plain(b, s->raid1.images[i].meta, b->args->hidden_suffix, UDEV_FLAGS_HIDDEN, false);
                if (r >= 0)
                        r = add_plain(b, s->raid1.images[i].data, b->args->hidden_suffix, UDEV_FLAGS_HIDDEN, false);
                if (r < 0)
                        return r;
        }
        add_params(&params, &n, b->args, lv, s, tracked);
        buf_add(&params, "");
        buf_addf(&t, "0 %llu raid raid1 %u 0%s %zu", (unsigned long long) lv_sectors(b->args->vg, lv), n,
                 params.data ?: "", s->raid1.n_images);
        r = add_devices(&t, b->args, s, tracked);
        if (r < 0)
                return r;
        return add_node(b, lv, "", UDEV_FLAGS_PUBLIC, !(lv->flags & LV_WRITE), &t);
}

static int add_active(Builder *b, const LogicalVolume *lv) {
        const LogicalVolume *parent = lv_raid1_parent(b->args->vg, lv, NULL);
        int slot = parent ? lv_tracked_slot(parent) : -ENOENT;

        if (lv_has_tag(lv, TAG_RESIDUAL) || lv_is_layered(b->args->vg, lv))
                return 0;
        if (parent) {
                if (slot < 0 || lv_raid1(parent)->raid1.images[slot].data != lv || !is_plain(lv))
                        return 0; /* comes with its parent */
                return add_plain(b, lv, "", UDEV_FLAGS_TRACKED, true);
        }
        if (lv_raid1(lv))
                return add_raid1(b, lv);
        if (!is_plain(lv))
                return 0;
        return add_plain(b, lv, "", UDEV_FLAGS_PUBLIC, !(lv->flags & LV_WRITE));
}

int dm_tree_expect(const DmTreeArgs *args, DmExpected **ret) {
        _cleanup_(dm_expected_freep) DmExpected *e = calloc(1, sizeof(DmExpected));
        Builder b = { .args = args, .out = e };

        assert(args && args->vg && args->hidden_suffix && ret);
        if (!e)
                return -ENOMEM;
        for (size_t i = 0; i < args->n_active; i++) {
                const LogicalVolume *lv = vg_find_lv_by_id(args->vg, &args->active[i]);
                bool again = false;
                int r;

                for (size_t k = 0; k < i && !again; k++)
                        again = uuid_equal(&args->active[k], &args->active[i]);
                if (!lv || again)
                        continue;
                r = add_active(&b, lv);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(e);
        return 0;
}
