/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pv-align.h"

#include <assert.h>
#include <stddef.h>

#include "base/units.h"

#define METADATA_END_SECTORS 2048U /* label and metadata area, before that is aligned as well */

static uint64_t alignment(const PvTopology *t) {
        const uint64_t bytes[] = { t->stripe_bytes, t->minimum_io_bytes, t->optimal_io_bytes }; /* the last one counts */
        uint64_t usual = t->default_sectors ?: PV_ALIGN_DEFAULT_SECTORS, align = usual;

        if (t->given_sectors > 0)
                return t->given_sectors;
        for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
                uint64_t sectors = bytes[i] / SECTOR_BYTES;

                if (sectors > 0 && usual % sectors != 0)
                        align = sectors;
        }
        return align;
}

uint64_t pv_start(const PvTopology *t) {
        uint64_t start;

        assert(t);

        if (align_up(METADATA_END_SECTORS, alignment(t), &start) < 0 || size_add(start, t->offset_bytes / SECTOR_BYTES, &start) < 0)
                return UINT64_MAX;
        return start;
}
