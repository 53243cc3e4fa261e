/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/bitmap.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/le.h"
#include "base/units.h"

/* Offsets of bitmap_super_t: magic 0, version 4, uuid 8, events 24, events_cleared 32, sync_size 40, state 48,
 * chunksize 52. */
int bitmap_super_decode(const unsigned char block[static BITMAP_SUPER_BYTES], BitmapSuper *ret) {
        BitmapSuper b;
        uint64_t bytes;

        if (memcmp(block, "bitm", 4) != 0)
                return -EBADMSG;
        b = (BitmapSuper) {
                .version = le32_read(block + 4),
                .events = le64_read(block + 24),
                .events_cleared = le64_read(block + 32),
                .sync_sectors = le64_read(block + 40),
                .region_bytes = le32_read(block + 52),
        };
        if (b.version < 3 || b.version > 5)
                return -EPROTONOSUPPORT;
        if (b.region_bytes < SECTOR_BYTES || !is_power_of_two(b.region_bytes) ||
            sectors_to_bytes(b.sync_sectors, &bytes) < 0 || bytes == 0)
                return -EBADMSG;
        b.n_regions = div_round_up(bytes, b.region_bytes);
        *ret = b;
        return 0;
}

static bool bit(const unsigned char *bits, uint64_t n) {
        return bits[n / 8] >> (n % 8) & 1;
}

bool bitmap_next_range(const BitmapSuper *b, const unsigned char *bits, uint64_t *at, BitmapRange *ret) {
        uint64_t first = *at, end, bytes = b->sync_sectors * SECTOR_BYTES;

        while (first < b->n_regions && !bit(bits, first))
                first += first % 8 == 0 && bits[first / 8] == 0 ? 8 : 1;
        if (first >= b->n_regions)
                return false;
        for (end = first; end < b->n_regions && bit(bits, end); end++)
                ;
        *at = end;
        ret->offset = first * b->region_bytes;
        ret->size = (end * b->region_bytes < bytes ? end * b->region_bytes : bytes) - ret->offset;
        return true;
}

uint64_t bitmap_bytes_below(const BitmapRange *ranges, size_t n, uint64_t position) {
        uint64_t sum = 0;

        assert(ranges || n == 0);
        for (size_t i = 0; i < n && ranges[i].offset < position; i++)
                sum += ranges[i].size < position - ranges[i].offset ? ranges[i].size : position - ranges[i].offset;
        return sum;
}

uint64_t bitmap_changed_bytes(const BitmapSuper *b, const unsigned char *bits) {
        uint64_t at = 0, sum = 0;
        BitmapRange range;

        while (bitmap_next_range(b, bits, &at, &range))
                sum += range.size;
        return sum;
}
