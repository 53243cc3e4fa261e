/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/units.h"
#include "model/raid1.h"
#include "model/vg-alloc.h"
#include "model/vg-edit.h"
#include "model/vg-make.h"

static int next_id(Ids *ids, Uuid *ret) {
        if (ids->n - ids->used < UUID_CHARS)
                return -EINVAL;
        *ret = uuid_from_random(ids->random + ids->used);
        ids->used += UUID_CHARS;
        return 0;
}

int make_lv(VolumeGroup *vg, const Raid1CreateArgs *args, Ids *ids, const char *name, LvFlags flags, LogicalVolume **ret) {
        LogicalVolume *lv;
        Uuid id;
        int r;

        r = next_id(ids, &id);
        if (r >= 0)
                r = vg_add_lv(vg, name, &id, flags, &lv);
        if (r < 0)
                return r;
        lv->dirty = true;
        if (args->host) { /* one without the other is an error to lvm2 (lvm2-compat 3.4) */
                lv->creation_time = args->now;
                r = free_and_strdup(&lv->creation_host, args->host);
                if (r < 0)
                        return r;
        }
        *ret = lv;
        return 0;
}

static int find_pv(const VolumeGroup *vg, const PhysicalVolume *only, uint32_t extents, bool *taken, size_t *ret) {
        uint32_t available;
        int r;

        for (size_t i = 0; i < vg->n_pvs; i++) {
                if (taken[i] || (only && vg->pvs[i] != only))
                        continue;
                r = pv_free_extents(vg, vg->pvs[i], &available);
                if (r < 0)
                        return r;
                if (available >= extents) {
                        taken[i] = true;
                        *ret = i;
                        return 0;
                }
        }
        return -ENOSPC;
}

int make_component(VolumeGroup *vg, const Raid1CreateArgs *args, Ids *ids, const char *infix, uint32_t slot, PhysicalVolume *pv,
                   uint32_t extents, LogicalVolume **ret) {
        _cleanup_free_ char *name = NULL;
        int r;

        if (asprintf(&name, "%s_%s_%u", args->name, infix, slot) < 0)
                return -ENOMEM;
        r = make_lv(vg, args, ids, name, LV_READ | LV_WRITE, ret);
        return r < 0 ? r : pv_allocate(vg, pv, extents, *ret);
}

int make_image(VolumeGroup *vg, const Raid1CreateArgs *args, Ids *ids, uint32_t slot, bool *taken, RaidImage *ret) {
        uint32_t extents;
        size_t pv;
        int r;

        if (__builtin_add_overflow(args->extents, args->meta_extents, &extents))
                return -ENOSPC;
        r = find_pv(vg, args->only, extents, taken, &pv);
        if (r >= 0)
                r = make_component(vg, args, ids, "rmeta", slot, vg->pvs[pv], args->meta_extents, &ret->meta);
        if (r >= 0)
                r = make_component(vg, args, ids, "rimage", slot, vg->pvs[pv], args->extents, &ret->data);
        return r;
}

int raid1_create(VolumeGroup *vg, const Raid1CreateArgs *args, LogicalVolume **ret) {
        _cleanup_free_ bool *taken = calloc(vg->n_pvs ?: 1, sizeof(bool));
        Ids ids = { args->random, args->n_random, 0 };
        LogicalVolume *lv;
        Segment *s;
        int r;

        assert(vg && args && args->images > 1 && ret);
        if (!taken)
                return -ENOMEM;
        r = make_lv(vg, args, &ids, args->name, LV_READ | LV_WRITE | LV_VISIBLE, &lv);
        if (r >= 0)
                r = lv_add_segment(lv, SEGMENT_RAID1, "raid1", args->extents, &s);
        if (r < 0)
                return r;
        s->raid1.region_sectors = args->region_sectors;
        s->raid1.images = calloc(args->images, sizeof(RaidImage));
        if (!s->raid1.images)
                return -ENOMEM;
        for (uint32_t i = 0; i < args->images; i++) {
                r = make_image(vg, args, &ids, i, taken, &s->raid1.images[i]);
                if (r < 0)
                        return r;
                s->raid1.n_images++;
        }
        *ret = lv;
        return 0;
}

int linear_create(VolumeGroup *vg, const Raid1CreateArgs *args, LogicalVolume **ret) {
        Ids ids = { args->random, args->n_random, 0 };
        LogicalVolume *lv;
        int r;

        r = make_lv(vg, args, &ids, args->name, LV_READ | LV_WRITE | LV_VISIBLE, &lv);
        for (size_t i = 0; r >= 0 && i < vg->n_pvs; i++) { /* one PV that holds all of it? */
                r = pv_allocate(vg, vg->pvs[i], args->extents, lv);
                if (r == 0) {
                        *ret = lv;
                        return 0;
                }
                if (r == -ENOSPC)
                        r = 0;
        }
        if (r >= 0)
                r = lv_extend(vg, lv, args->extents, 0);
        if (r < 0)
                return r;
        *ret = lv;
        return 0;
}

/* "pv0" and so on, the first that no PV of the VG has. */
static void free_key(const VolumeGroup *vg, char key[static 24]) {
        for (size_t i = 0, used = 1; used; i++) {
                (void) snprintf(key, 24, "pv%zu", i);
                used = 0;
                for (size_t k = 0; k < vg->n_pvs; k++)
                        used += strcmp(vg->pvs[k]->key, key) == 0;
        }
}

static int add_new_pv(VolumeGroup *vg, const VgCreateArgs *args, Ids *ids, size_t i) {
        const PvDevice *d = &args->devices[i].where;
        PhysicalVolume *pv;
        char key[24];
        Uuid id;
        int r;

        free_key(vg, key);
        r = next_id(ids, &id);
        if (r >= 0)
                r = vg_add_pv(vg, key, &id, &pv);
        if (r < 0)
                return r;
        pv->flags = PV_ALLOCATABLE;
        pv->dev_sectors = d->bytes / SECTOR_BYTES;
        pv->pe_start = pv_start(&args->devices[i].topology);
        if (pv->dev_sectors < args->extent_sectors || pv->dev_sectors - args->extent_sectors < pv->pe_start)
                return -ENOSPC;
        pv->pe_count = (uint32_t) ((pv->dev_sectors - pv->pe_start) / args->extent_sectors);
        return free_and_strdup(&pv->device, d->path);
}

int vg_extend(VolumeGroup *vg, const VgCreateArgs *args) {
        Ids ids = { args->random, args->n_random, 0 };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < args->n_devices; i++)
                r = add_new_pv(vg, args, &ids, i);
        return r;
}

int vg_create(const VgCreateArgs *args, VolumeGroup **ret) {
        _cleanup_(vg_freep) VolumeGroup *vg = calloc(1, sizeof(VolumeGroup));
        Ids ids = { args->random, args->n_random, 0 };
        int r;

        if (!vg)
                return -ENOMEM;
        vg->seqno = 1;
        vg->flags = VG_RESIZEABLE | VG_READ | VG_WRITE;
        vg->extent_sectors = args->extent_sectors;
        r = next_id(&ids, &vg->id);
        if (r >= 0)
                r = free_and_strdup(&vg->name, args->name);
        if (r >= 0)
                r = free_and_strdup(&vg->system_id, args->system_id);
        for (size_t i = 0; r >= 0 && i < args->n_devices; i++)
                r = add_new_pv(vg, args, &ids, i);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(vg);
        return 0;
}
