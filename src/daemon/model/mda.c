/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/mda.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/crc32.h"
#include "base/le.h"
#include "base/units.h"

#define O_MAGIC 4
#define O_VERSION 20
#define O_START 24
#define O_SIZE 32
#define O_SLOTS 40
#define SLOT_BYTES 24
#define MDA_VERSION 1U
#define IGNORED 1U

static const unsigned char magic[16] = { 0x20, 0x4c, 0x56, 0x4d, 0x32, 0x20, 0x78, 0x5b,
                                         0x35, 0x41, 0x25, 0x72, 0x30, 0x4e, 0x2a, 0x3e };

static RawLocation slot_decode(const unsigned char *at) {
        return (RawLocation) {
                .offset = le64_read(at),
                .size = le64_read(at + 8),
                .checksum = le32_read(at + 16),
                .ignored = le32_read(at + 20) & IGNORED,
        };
}

static void slot_encode(unsigned char *at, const RawLocation *l) {
        le64_write(at, l->offset);
        le64_write(at + 8, l->size);
        le32_write(at + 16, l->checksum);
        le32_write(at + 20, l->ignored ? IGNORED : 0);
}

static uint64_t ring_bytes(const MdaHeader *h) {
        return h->size - MDA_HEADER_BYTES;
}

static bool inside_ring(const MdaHeader *h, const RawLocation *l) {
        return l->offset == 0 || (l->offset >= MDA_HEADER_BYTES && l->offset < h->size && l->size <= ring_bytes(h));
}

int mda_header_decode(const unsigned char sector[static MDA_HEADER_BYTES], uint64_t start, uint64_t size, MdaHeader *ret) {
        MdaHeader h;

        if (le32_read(sector) != lvm_crc32(sector + 4, MDA_HEADER_BYTES - 4) ||
            memcmp(sector + O_MAGIC, magic, sizeof(magic)) != 0 || le32_read(sector + O_VERSION) != MDA_VERSION)
                return -EBADMSG;
        h = (MdaHeader) {
                .start = le64_read(sector + O_START),
                .size = le64_read(sector + O_SIZE),
                .committed = slot_decode(sector + O_SLOTS),
                .precommitted = slot_decode(sector + O_SLOTS + SLOT_BYTES),
        };
        if (h.start != start || h.size != size || h.size < MDA_MIN_BYTES_TOTAL || h.start + h.size < h.start)
                return -EBADMSG;
        if (!inside_ring(&h, &h.committed))
                return -EBADMSG;
        if (!inside_ring(&h, &h.precommitted))
                h.precommitted = (RawLocation) {}; /* nobody reads it: rubbish does no harm (lvm2-compat 2.3) */
        *ret = h;
        return 0;
}

void mda_header_encode(const MdaHeader *h, unsigned char sector[static MDA_HEADER_BYTES]) {
        assert(h && inside_ring(h, &h->committed) && inside_ring(h, &h->precommitted));
        memset(sector, 0, MDA_HEADER_BYTES);
        memcpy(sector + O_MAGIC, magic, sizeof(magic));
        le32_write(sector + O_VERSION, MDA_VERSION);
        le64_write(sector + O_START, h->start);
        le64_write(sector + O_SIZE, h->size);
        slot_encode(sector + O_SLOTS, &h->committed);
        slot_encode(sector + O_SLOTS + SLOT_BYTES, &h->precommitted);
        le32_write(sector, lvm_crc32(sector + 4, MDA_HEADER_BYTES - 4));
}

uint64_t mda_max_text(const MdaHeader *h) {
        return ring_bytes(h) / 2 - MDA_BLOCK_BYTES;
}

/* Distance from one place of the ring to another, going forward. */
static uint64_t ring_distance(const MdaHeader *h, uint64_t from, uint64_t to) {
        return to >= from ? to - from : to + ring_bytes(h) - from;
}

static uint64_t ring_wrap(const MdaHeader *h, uint64_t offset) {
        return offset >= h->size ? offset - ring_bytes(h) : offset;
}

/* As LVM2's _next_rlocn_offset(): behind the last text, rounded up to a block; if less than one block remains, the start. */
static uint64_t next_offset(const MdaHeader *h) {
        uint64_t end;

        if (h->committed.offset == 0)
                return MDA_HEADER_BYTES;
        end = ring_wrap(h, h->committed.offset + h->committed.size);
        end = div_round_up(end, MDA_BLOCK_BYTES) * MDA_BLOCK_BYTES;
        return end + MDA_BLOCK_BYTES > h->size ? MDA_HEADER_BYTES : end;
}

int mda_next_location(const MdaHeader *h, uint64_t n, uint64_t *ret_offset) {
        uint64_t offset = next_offset(h), padded = div_round_up(n, MDA_BLOCK_BYTES) * MDA_BLOCK_BYTES;

        if (n == 0 || n > mda_max_text(h))
                return -EFBIG;
        if (h->committed.offset != 0) {
                uint64_t live = align_down(h->committed.offset, MDA_BLOCK_BYTES);

                if (padded > ring_distance(h, offset, live))
                        return -ENOSPC;
        }
        *ret_offset = offset;
        return 0;
}

unsigned mda_pieces(const MdaHeader *h, uint64_t offset, uint64_t n, MdaPiece ret[static 2]) {
        uint64_t first = h->size - offset;

        assert(offset >= MDA_HEADER_BYTES && offset < h->size && n <= ring_bytes(h));
        ret[0] = (MdaPiece) { h->start + offset, n < first ? n : first };
        if (n <= first)
                return 1;
        ret[1] = (MdaPiece) { h->start + MDA_HEADER_BYTES, n - first };
        return 2;
}
