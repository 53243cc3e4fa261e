/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Steps that concern one physical volume. */

#include <errno.h>
#include <stdlib.h>

#include "world/executor-internal.h"

#define WIPE_CHUNK (64 * 1024)

int executor_erase(Executor *e, const Step *s) {
        size_t dev;
        int r;

        r = world_find_path(e->w, s->node, &dev);
        if (r < 0)
                return r;
        do
                r = e->w->ops->erase(e->w, dev);
        while (r > 0);
        return r < 0 ? r : e->w->ops->flush(e->w, dev);
}

int executor_label_write(Executor *e, const Step *s) {
        size_t dev;
        Uuid pv;
        int r;

        r = uuid_parse(s->text, &pv);
        if (r >= 0)
                r = world_find_path(e->w, s->node, &dev);
        return r < 0 ? r : mda_set_label_write(e->areas, dev, &pv, s->number);
}

static int find_pv(Executor *e, const char *id, size_t *ret) {
        Uuid pv;
        int r;

        r = uuid_parse(id, &pv);
        return r < 0 ? r : world_find_pv(e->w, &pv, ret);
}

int executor_label_clear(Executor *e, const Step *s) {
        size_t dev;
        int r;

        r = find_pv(e, s->text, &dev);
        return r < 0 ? r : mda_set_label_clear(e->areas, dev);
}

int executor_wipe(Executor *e, const Step *s) {
        _cleanup_free_ void *zeroes = NULL;
        uint64_t offset, left;
        size_t dev;
        int r;

        r = find_pv(e, s->text, &dev);
        if (r < 0)
                return r;
        if (s->number > UINT64_MAX / 512 - s->number2)
                return -EOVERFLOW;
        zeroes = calloc(1, WIPE_CHUNK);
        if (!zeroes)
                return -ENOMEM;

        offset = s->number * 512;
        for (left = s->number2 * 512; left > 0; left -= left < WIPE_CHUNK ? left : WIPE_CHUNK) {
                r = world_write_bytes(e->w, dev, offset, zeroes, left < WIPE_CHUNK ? left : WIPE_CHUNK);
                if (r < 0)
                        return r;
                offset += WIPE_CHUNK;
        }

        return e->w->ops->flush(e->w, dev);
}
