/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Devices that are to become physical volumes. */

#include "plan/planner-context.h"

#include "base/units.h"

#define DEVICE_BYTES_MIN (UINT64_C(2) << 20) /* LVM's pv_min_size */

static const char *const obstacles[_PV_OBSTACLE_MAX] = {
        [PV_USED] = "is a physical volume of another volume group; release it with 'vgreduce' or 'vgremove' first",
        [PV_OPEN] = "is in use: somebody has it open, as a mount, as swap or below another device; release it first",
        [PV_READ_ONLY] = "is read-only; make it writable with 'blockdev --setrw', or use another device",
        [PV_IS_LV] = "is a logical volume, where LVM does not look for physical volumes; use another device",
        [PV_IS_PATH] = "is one path of a multipath device; use that",
        [PV_UNLISTED] = "is not in LVM's devices file, so that nobody would see the physical volume; add it first, with 'lvmdevices --adddev",
        [PV_FILTERED] = "is rejected by a filter in lvm.conf, so that nobody would see the physical volume; accept it there first",
};

static int check_size_of(Planning *p, const NewPv *new_pv, uint64_t extent_sectors) {
        const PvDevice *d = &new_pv->where;
        uint64_t needed;

        if (size_add(pv_start(&new_pv->topology), extent_sectors, &needed) < 0 || sectors_to_bytes(needed, &needed) < 0)
                needed = UINT64_MAX;
        if (needed < DEVICE_BYTES_MIN)
                needed = DEVICE_BYTES_MIN;
        if (d->bytes < needed)
                return refuse(p, REFUSAL_DEVICE_TOO_SMALL, "%s is too small for a physical volume with extents of %llu bytes: it has %llu "
                              "bytes and needs %llu; use a larger device or smaller extents.", d->path,
                              (unsigned long long) (extent_sectors * SECTOR_BYTES), (unsigned long long) d->bytes,
                              (unsigned long long) needed);
        return 0;
}

static int check_once(Planning *p, size_t i) {
        const PvDevice *d = &p->facts->new_pvs[i].where;

        for (size_t j = 0; j < i; j++)
                if (p->facts->new_pvs[j].where.major == d->major && p->facts->new_pvs[j].where.minor == d->minor)
                        return refuse(p, REFUSAL_DEVICE_IN_USE, "%s and %s are the same device; name it once.", d->path,
                                      p->facts->new_pvs[j].where.path);
        return 0;
}

static int check_new_device(Planning *p, size_t i, uint64_t extent_sectors) {
        const NewPv *d = &p->facts->new_pvs[i];
        int r;

        if (d->obstacle == PV_UNLISTED)
                return refuse(p, REFUSAL_DEVICE_EXCLUDED, "%s %s %s'.", d->where.path, obstacles[d->obstacle], d->where.path);
        if (d->obstacle == PV_FILTERED)
                return refuse(p, REFUSAL_DEVICE_EXCLUDED, "%s %s.", d->where.path, obstacles[d->obstacle]);
        if (d->obstacle != PV_FREE)
                return refuse(p, REFUSAL_DEVICE_IN_USE, "%s %s.", d->where.path, obstacles[d->obstacle]);
        if (d->signatures && !p->request->wipe)
                return refuse(p, REFUSAL_DEVICE_IN_USE, "%s has something on it (%s); if that is not needed, say so with --wipe, or use "
                              "'wipefs -a %s'.", d->where.path, d->signatures, d->where.path);
        r = check_size_of(p, d, extent_sectors);
        return r != 0 ? r : check_once(p, i);
}

int check_new_devices(Planning *p, uint64_t extent_sectors) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < p->facts->n_new_pvs; i++)
                r = check_new_device(p, i, extent_sectors);
        return r;
}

/* Before the labels: the erasure would take them for signatures. And of all devices before the label of the first, so that one which
 * cannot be erased stops the plan while none is a PV. */
static int add_erasures(Planning *p) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < p->facts->n_new_pvs; i++)
                if (p->facts->new_pvs[i].signatures)
                        r = add_step(p, STEP_ERASE, p->facts->new_pvs[i].where.path, p->facts->new_pvs[i].signatures, NULL,
                                     "what is on it (%s) is lost from here", p->facts->new_pvs[i].signatures);
        return r;
}

int add_labels(Planning *p) {
        size_t first = p->next->n_pvs - p->facts->n_new_pvs;
        int r;

        r = add_erasures(p);
        for (size_t i = 0; r == 0 && i < p->facts->n_new_pvs; i++) {
                Step *s;

                r = add_step(p, STEP_LABEL_WRITE, p->facts->new_pvs[i].where.path, p->next->pvs[first + i]->id.chars, &s,
                             "becomes a physical volume of %s", p->next->name);
                if (r == 0)
                        s->number = p->next->pvs[first + i]->pe_start;
        }
        return r;
}
