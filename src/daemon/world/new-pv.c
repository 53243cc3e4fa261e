/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/new-pv.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "world/blockdev.h"
#include "world/devices.h"
#include "world/mda-io.h"
#include "world/signature.h"
#include "world/topology.h"

void new_pvs_done(NewPvs *n) {
        assert(n);

        for (size_t i = 0; i < n->n; i++)
                free(n->signatures[i]);
        free(n->signatures);
        free(n->pvs);
        *n = (NewPvs) {};
}

/* A PV that no VG uses (pvcreate, vgremove) may become one of ours; one with metadata may not. */
static bool is_used(World *w, size_t dev) {
        PvProbe probe;
        bool used;

        if (pv_probe(w, dev, &probe) < 0)
                return false;
        used = probe.used || probe.text || probe.damaged;
        pv_probe_done(&probe);
        return used;
}

/* -EBUSY: a mount, swap, or a device on top. Of a whole disk: also one of its partitions. */
static int is_open(const char *path, bool *ret) {
        _cleanup_close_ int fd = device_open(path, O_RDONLY | O_EXCL);

        if (fd < 0 && fd != -EBUSY)
                return fd;
        *ret = fd < 0;
        return 0;
}

static int find_obstacle(World *w, size_t dev, PvObstacle *ret) {
        const PvDevice *d = &w->devices[dev].where;
        const Uuid *pv = uuid_is_null(&w->devices[dev].pv) ? NULL : &w->devices[dev].pv;
        PvObstacle obstacle = PV_FREE;
        bool open = false;
        int r;

        r = device_obstacle(d->major, d->minor, pv, &obstacle);
        if (r >= 0 && obstacle == PV_FREE && is_used(w, dev))
                obstacle = PV_USED;
        if (r >= 0 && obstacle == PV_FREE) {
                r = is_open(d->path, &open);
                if (open)
                        obstacle = PV_OPEN;
        }
        if (r < 0)
                return r;
        *ret = obstacle;
        return 0;
}

static int read_one(World *w, size_t dev, NewPv *pv, char **signatures) {
        int r;

        pv->where = w->devices[dev].where;
        if (pv->where.major == 0)
                return -ENOTBLK;
        topology_read(pv->where.major, pv->where.minor, &pv->topology);
        r = find_obstacle(w, dev, &pv->obstacle);
        if (r < 0 || pv->obstacle != PV_FREE)
                return r;
        r = signature_list(pv->where.path, signatures);
        pv->signatures = *signatures;
        return r;
}

int new_pvs_read(World *w, size_t first, NewPvs *ret) {
        _cleanup_(new_pvs_done) NewPvs n = {};
        int r = 0;

        assert(w && first <= w->n_devices);
        assert(ret);

        n.pvs = calloc(w->n_devices - first + 1, sizeof(*n.pvs));
        n.signatures = calloc(w->n_devices - first + 1, sizeof(*n.signatures));
        if (!n.pvs || !n.signatures)
                return -ENOMEM;
        for (; r >= 0 && first + n.n < w->n_devices; n.n++)
                r = read_one(w, first + n.n, &n.pvs[n.n], &n.signatures[n.n]);
        if (r < 0)
                return r;
        *ret = n;
        n = (NewPvs) {};
        return 0;
}
