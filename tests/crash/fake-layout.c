/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-layout.h"

#include <stdlib.h>
#include <string.h>

#include "model/label.h"
#include "model/mda.h"

#define SECOND_BYTES (64U << 10)

static void copy_in(FakeWorld *f, size_t dev, uint64_t offset, const void *bytes, size_t n) {
        const unsigned char *p = bytes;

        while (n > 0) {
                size_t chunk = 4096 - offset % 4096 < n ? 4096 - offset % 4096 : n;

                memcpy(fake_world_platter(f, dev, offset), p, chunk);
                offset += chunk;
                p += chunk;
                n -= chunk;
        }
}

static void copy_out(FakeWorld *f, size_t dev, uint64_t offset, void *bytes, size_t n) {
        unsigned char *p = bytes;

        while (n > 0) {
                size_t chunk = 4096 - offset % 4096 < n ? 4096 - offset % 4096 : n;

                memcpy(p, fake_world_platter(f, dev, offset), chunk);
                offset += chunk;
                p += chunk;
                n -= chunk;
        }
}

static void read_label(FakeWorld *f, size_t dev, PvLabel *ret) {
        unsigned char scan[LABEL_SCAN_BYTES];

        copy_out(f, dev, 0, scan, sizeof(scan));
        if (label_decode(scan, ret) < 0)
                abort();
}

static void write_label(FakeWorld *f, size_t dev, const PvLabel *l) {
        unsigned char sector[LABEL_SECTOR_BYTES];

        label_encode(l, sector);
        copy_in(f, dev, (uint64_t) l->sector * LABEL_SECTOR_BYTES, sector, sizeof(sector));
}

static MdaHeader read_header(FakeWorld *f, size_t dev, const DiskArea *area) {
        unsigned char sector[MDA_HEADER_BYTES];
        MdaHeader h;

        copy_out(f, dev, area->offset, sector, sizeof(sector));
        if (mda_header_decode(sector, area->offset, area->size, &h) < 0)
                abort();
        return h;
}

/* The text of a header at another place of its ring, or in another ring. */
static void place_text(FakeWorld *f, size_t dev, const MdaHeader *from, MdaHeader *to, uint64_t offset) {
        unsigned char sector[MDA_HEADER_BYTES], *text = malloc(from->committed.size);
        uint64_t done = 0;
        MdaPiece pieces[2];
        unsigned n;

        if (!text)
                abort();
        n = mda_pieces(from, from->committed.offset, from->committed.size, pieces);
        for (unsigned i = 0; i < n; done += pieces[i++].size)
                copy_out(f, dev, pieces[i].offset, text + done, pieces[i].size);
        to->committed = from->committed;
        to->committed.offset = offset;
        n = mda_pieces(to, offset, from->committed.size, pieces);
        done = 0;
        for (unsigned i = 0; i < n; done += pieces[i++].size)
                copy_in(f, dev, pieces[i].offset, text + done, pieces[i].size);
        mda_header_encode(to, sector);
        copy_in(f, dev, to->start, sector, sizeof(sector));
        free(text);
}

void fake_layout_turn_rings(FakeWorld *f) {
        for (size_t dev = 0; dev < f->world.n_devices; dev++) {
                PvLabel l;

                read_label(f, dev, &l);
                for (size_t i = 0; i < l.n_metadata; i++) {
                        MdaHeader h = read_header(f, dev, &l.metadata[i]), turned = h;
                        uint64_t blocks = (h.committed.size + MDA_BLOCK_BYTES - 1) / MDA_BLOCK_BYTES;

                        /* The text ends one block before the ring does. */
                        place_text(f, dev, &h, &turned, h.size - (blocks + 1) * MDA_BLOCK_BYTES);
                }
        }
}

void fake_layout_drop_area(FakeWorld *f, size_t dev) {
        static const unsigned char nothing[MDA_HEADER_BYTES];
        PvLabel l;

        read_label(f, dev, &l);
        copy_in(f, dev, l.metadata[0].offset, nothing, sizeof(nothing));
        l.n_metadata = 0;
        write_label(f, dev, &l);
}

void fake_layout_second_area(FakeWorld *f, size_t dev) {
        MdaHeader first, second;
        PvLabel l;

        read_label(f, dev, &l);
        first = read_header(f, dev, &l.metadata[0]);
        l.metadata[l.n_metadata++] = (DiskArea) { f->disks[dev].n - SECOND_BYTES, SECOND_BYTES };
        l.data[0].size = l.metadata[1].offset - l.data[0].offset;
        write_label(f, dev, &l);
        second = (MdaHeader) { .start = l.metadata[1].offset, .size = l.metadata[1].size };
        place_text(f, dev, &first, &second, MDA_HEADER_BYTES);
}
