/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/world.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int world_find_pv(const World *w, const Uuid *pv, size_t *ret) {
        assert(w);
        assert(pv);
        assert(ret);

        for (size_t i = 0; i < w->n_devices; i++)
                if (!uuid_is_null(pv) && uuid_equal(&w->devices[i].pv, pv)) {
                        *ret = i;
                        return 0;
                }

        return -ENODEV;
}

int world_find_path(const World *w, const char *path, size_t *ret) {
        assert(w);
        assert(path);
        assert(ret);

        for (size_t i = 0; i < w->n_devices; i++)
                if (strcmp(w->devices[i].where.path, path) == 0) {
                        *ret = i;
                        return 0;
                }

        return -ENODEV;
}

int world_pv_devices(const World *w, const VolumeGroup *vg, PvDevice **ret) {
        PvDevice *devices;

        assert(w);
        assert(vg);
        assert(ret);

        devices = calloc(vg->n_pvs + 1, sizeof(*devices));
        if (!devices)
                return -ENOMEM;

        for (size_t i = 0; i < vg->n_pvs; i++) {
                size_t dev;

                if (world_find_pv(w, &vg->pvs[i]->id, &dev) >= 0)
                        devices[i] = w->devices[dev].where;
        }

        *ret = devices;
        return 0;
}

int world_write_bytes(World *w, size_t dev, uint64_t offset, const void *buffer, size_t n) {
        _cleanup_free_ unsigned char *blocks = NULL;
        uint64_t block, start, end;
        int r;

        assert(w);
        assert(dev < w->n_devices);
        assert(buffer || n == 0);

        block = w->devices[dev].where.block_bytes;
        assert(block > 0 && block <= 65536);
        if (n == 0)
                return 0;
        if (offset > UINT64_MAX - n - block)
                return -EOVERFLOW;
        start = offset / block * block;
        end = (offset + n + block - 1) / block * block;

        blocks = aligned_alloc(4096, (size_t) (end - start + 4095) / 4096 * 4096);
        if (!blocks)
                return -ENOMEM;
        if (start != offset || end != offset + n) {
                r = w->ops->read(w, dev, start, blocks, (size_t) (end - start));
                if (r < 0)
                        return r;
        }

        memcpy(blocks + (offset - start), buffer, n);
        return w->ops->write(w, dev, start, blocks, (size_t) (end - start));
}
