/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Label, metadata area header, superblock and bitmap of a disk, and the kernel's status line: the first byte says which. */

#include "fuzz.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/crc32.h"
#include "base/le.h"
#include "model/bitmap.h"
#include "model/dm-status.h"
#include "model/dm-tree.h"
#include "model/label.h"
#include "model/mda.h"
#include "model/superblock.h"

static void try_label(unsigned char *scan) {
        unsigned char sector[LABEL_SECTOR_BYTES];
        PvLabel l;

        le32_write(scan + LABEL_SECTOR_BYTES + 16, lvm_crc32(scan + LABEL_SECTOR_BYTES + 20, LABEL_SECTOR_BYTES - 20));
        if (label_decode(scan, &l) < 0)
                return;
        FUZZ_ASSERT(l.n_data <= LABEL_MAX_AREAS && l.n_metadata <= LABEL_MAX_AREAS);
        if (l.n_data + l.n_metadata <= LABEL_MAX_AREAS)
                label_encode(&l, sector);
}

static void try_area(unsigned char *sector) {
        unsigned char again[MDA_HEADER_BYTES];
        MdaHeader h, same;
        MdaPiece pieces[2];
        uint64_t at;

        le32_write(sector, lvm_crc32(sector + 4, MDA_HEADER_BYTES - 4));
        if (mda_header_decode(sector, le64_read(sector + 24), le64_read(sector + 32), &h) < 0)
                return;
        if (h.committed.offset != 0)
                (void) mda_pieces(&h, h.committed.offset, h.committed.size, pieces);
        if (mda_next_location(&h, 1024, &at) >= 0)
                FUZZ_ASSERT(at >= MDA_HEADER_BYTES && at < h.size);
        mda_header_encode(&h, again);
        FUZZ_ASSERT(mda_header_decode(again, h.start, h.size, &same) >= 0);
        FUZZ_ASSERT(same.committed.offset == h.committed.offset && same.committed.size == h.committed.size);
}

static void try_bitmap(const unsigned char *block, size_t n) {
        BitmapSuper b;

        if (bitmap_super_decode(block, &b) < 0 || bitmap_bits_bytes(&b) > n - BITMAP_SUPER_BYTES)
                return;
        FUZZ_ASSERT(bitmap_changed_bytes(&b, block + BITMAP_SUPER_BYTES) <= b.sync_sectors * 512);
}

static void try_superblocks(const unsigned char *blocks) {
        RaidSuperblock all[2] = { superblock_decode(blocks), superblock_decode(blocks + SUPERBLOCK_BYTES) };
        const char *why;

        if (evidence_holds(all, 2, 1, &why))
                FUZZ_ASSERT(all[0].events > all[1].events && superblock_says_failed(&all[0], 1));
}

static void try_text(const unsigned char *data, size_t n) {
        _cleanup_free_ char *text = malloc(n + 1);
        DmObserved none = {};
        RaidStatus s;

        if (!text)
                return;
        memcpy(text, data, n);
        text[n] = '\0';
        if (raid_status_parse(text, &s) >= 0)
                FUZZ_ASSERT(strlen(s.health) == s.n_devices);
        (void) dm_table_equal(text, text, &none);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        unsigned char bytes[8192] = {};

        if (n < 1)
                return 0;
        memcpy(bytes, data + 1, n - 1 < sizeof(bytes) ? n - 1 : sizeof(bytes));
        switch (data[0] % 5) {
        case 0:
                try_label(bytes);
                break;
        case 1:
                try_area(bytes);
                break;
        case 2:
                try_bitmap(bytes, sizeof(bytes));
                break;
        case 3:
                try_superblocks(bytes);
                break;
        default:
                try_text(data + 1, n - 1);
        }
        return 0;
}
