/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The write-intent bitmap on an rmeta: while an image is tracked, the set of regions changed since the split
 * (merge-hazard 3). Kernel drivers/md/md-bitmap.h, bitmap_super_t, little endian. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BITMAP_OFFSET_BYTES 4096U /* on the rmeta */
#define BITMAP_SUPER_BYTES 256U   /* the bits follow at once */

typedef struct BitmapSuper {
        uint32_t version;      /* 3, 4 or 5; 6 is the lockless bitmap, which is something else */
        uint64_t events, events_cleared;
        uint64_t sync_sectors; /* length of the volume */
        uint32_t region_bytes;
        uint64_t n_regions;
} BitmapSuper;

/* -EBADMSG: not a bitmap; -EPROTONOSUPPORT: a version we cannot read. */
int bitmap_super_decode(const unsigned char block[static BITMAP_SUPER_BYTES], BitmapSuper *ret);
static inline uint64_t bitmap_bits_bytes(const BitmapSuper *b) {
        return (b->n_regions + 7) / 8;
}

typedef struct BitmapRange {
        uint64_t offset, size; /* bytes in the volume, clipped to its end */
} BitmapRange;

/* The next run of set bits at or after region *at; moves *at behind it. False at the end. bits has
 * bitmap_bits_bytes() bytes. */
bool bitmap_next_range(const BitmapSuper *b, const unsigned char *bits, uint64_t *at, BitmapRange *ret);
/* Bytes of these ranges, which are in order, that lie below position: how far a recovery is that passes over everything and copies only them. */
uint64_t bitmap_bytes_below(const BitmapRange *ranges, size_t n, uint64_t position);
/* Bytes in changed regions, the last region clipped. */
uint64_t bitmap_changed_bytes(const BitmapSuper *b, const unsigned char *bits);
