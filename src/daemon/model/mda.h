/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Header and ring of a metadata area (lvm2-compat 2), as bytes in memory. Offsets of a raw location count from
 * the start of the area; the ring is bytes 512 to size - 1 of it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MDA_HEADER_BYTES 512U
#define MDA_BLOCK_BYTES 512U
#define MDA_MIN_BYTES_TOTAL 8192U

typedef struct RawLocation {
        uint64_t offset; /* 0: unset */
        uint64_t size;   /* bytes of text with its NUL */
        uint32_t checksum;
        bool ignored;    /* the area is kept but not used */
} RawLocation;

typedef struct MdaHeader {
        uint64_t start, size;  /* bytes on the device */
        RawLocation committed; /* slot 0: what readers read */
        RawLocation precommitted; /* slot 1: readers never look */
} MdaHeader;

/* start and size are what the label says of this area. -EBADMSG: checksum, magic, version or place are wrong, or
 * a location lies outside the ring. */
int mda_header_decode(const unsigned char sector[static MDA_HEADER_BYTES], uint64_t start, uint64_t size, MdaHeader *ret);
void mda_header_encode(const MdaHeader *h, unsigned char sector[static MDA_HEADER_BYTES]);

/* The largest text, with its NUL, that leaves room for a second one. */
uint64_t mda_max_text(const MdaHeader *h);
/* Where a new text of n bytes goes: behind the committed one, on a block of its own; wraps at the end of the ring.
 * -EFBIG above mda_max_text(); -ENOSPC if it would touch the committed text. */
int mda_next_location(const MdaHeader *h, uint64_t n, uint64_t *ret_offset);

/* A location as one or two pieces of the device (the second where it wraps). */
typedef struct MdaPiece {
        uint64_t offset; /* bytes on the device */
        uint64_t size;
} MdaPiece;
/* Returns the number of pieces, 1 or 2. */
unsigned mda_pieces(const MdaHeader *h, uint64_t offset, uint64_t n, MdaPiece ret[static 2]);
