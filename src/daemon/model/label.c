/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/label.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/crc32.h"
#include "base/le.h"
#include "base/units.h"

/* Offsets in the sector. */
#define O_SECTOR 8
#define O_CRC 16
#define O_CRC_FROM 20
#define O_HEADER 20
#define O_TYPE 24
#define O_PV 32

#define PV_UUID_BYTES 32U
#define EXTENSION_VERSION 2U
#define EXTENSION_USED 1U
#define MDA_MIN_BYTES 32768U
#define BLOCK_BYTES 4096U /* a block that the area shares with the first extent would be written by two */

static uint32_t sector_crc(const unsigned char *sector) {
        return lvm_crc32(sector + O_CRC_FROM, LABEL_SECTOR_BYTES - O_CRC_FROM);
}

static bool is_label(const unsigned char *sector, unsigned number) {
        return memcmp(sector, "LABELONE", 8) == 0 && le64_read(sector + O_SECTOR) == number &&
               le32_read(sector + O_CRC) == sector_crc(sector) && memcmp(sector + O_TYPE, "LVM2 001", 8) == 0;
}

/* A list of areas that ends with {0, 0}; *at moves behind it. */
static int decode_areas(const unsigned char *sector, size_t *at, DiskArea *areas, size_t *ret_n) {
        size_t n = 0;

        for (;; *at += 16) {
                DiskArea a;

                if (*at + 16 > LABEL_SECTOR_BYTES)
                        return -EBADMSG;
                a = (DiskArea) { le64_read(sector + *at), le64_read(sector + *at + 8) };
                if (a.offset == 0) {
                        *at += 16;
                        *ret_n = n;
                        return 0;
                }
                if (n == LABEL_MAX_AREAS || a.offset + a.size < a.offset)
                        return -EBADMSG;
                areas[n++] = a;
        }
}

static int decode_header(const unsigned char *sector, PvLabel *l) {
        char uuid[PV_UUID_BYTES + 1] = {};
        size_t at = le32_read(sector + O_HEADER);
        int r;

        if (at < O_PV || at > LABEL_SECTOR_BYTES - 72)
                return -EBADMSG;
        memcpy(uuid, sector + at, PV_UUID_BYTES);
        if (uuid_parse(uuid, &l->pv) < 0)
                return -EBADMSG;
        l->device_bytes = le64_read(sector + at + PV_UUID_BYTES);
        at += PV_UUID_BYTES + 8;
        r = decode_areas(sector, &at, l->data, &l->n_data);
        if (r >= 0)
                r = decode_areas(sector, &at, l->metadata, &l->n_metadata);
        if (r < 0)
                return r;
        if (at + 8 <= LABEL_SECTOR_BYTES && le32_read(sector + at) > 0) {
                l->extension_version = le32_read(sector + at);
                l->flags_offset = at + 4;
                l->used = le32_read(sector + at + 4) & EXTENSION_USED;
        }
        return 0;
}

int label_decode(const unsigned char scan[static LABEL_SCAN_BYTES], PvLabel *ret) {
        for (unsigned i = 0; i < LABEL_SCAN_SECTORS; i++) {
                const unsigned char *sector = scan + i * LABEL_SECTOR_BYTES;
                PvLabel l = { .sector = i };
                int r;

                if (!is_label(sector, i))
                        continue;
                r = decode_header(sector, &l);
                if (r >= 0)
                        *ret = l;
                return r;
        }
        return -ENOENT;
}

static void encode_areas(unsigned char *sector, size_t *at, const DiskArea *areas, size_t n) {
        for (size_t i = 0; i < n; i++, *at += 16) {
                le64_write(sector + *at, areas[i].offset);
                le64_write(sector + *at + 8, areas[i].size);
        }
        *at += 16; /* {0, 0}; the sector is zeroed */
}

void label_encode(const PvLabel *l, unsigned char sector[static LABEL_SECTOR_BYTES]) {
        size_t at = O_PV + PV_UUID_BYTES + 8;

        assert(l && l->n_data + l->n_metadata <= LABEL_MAX_AREAS);
        memset(sector, 0, LABEL_SECTOR_BYTES);
        memcpy(sector, "LABELONE", 8);
        le64_write(sector + O_SECTOR, l->sector);
        le32_write(sector + O_HEADER, O_PV);
        memcpy(sector + O_TYPE, "LVM2 001", 8);
        memcpy(sector + O_PV, l->pv.chars, PV_UUID_BYTES);
        le64_write(sector + O_PV + PV_UUID_BYTES, l->device_bytes);
        encode_areas(sector, &at, l->data, l->n_data);
        encode_areas(sector, &at, l->metadata, l->n_metadata);
        le32_write(sector + at, EXTENSION_VERSION);
        le32_write(sector + at + 4, l->used ? EXTENSION_USED : 0);
        le32_write(sector + O_CRC, sector_crc(sector));
}

int label_for_new_pv(const Uuid *pv, uint64_t device_bytes, uint64_t pe_start_sectors, PvLabel *ret) {
        uint64_t pe_start;

        if (sectors_to_bytes(pe_start_sectors, &pe_start) < 0 || pe_start < MDA_DEFAULT_START + MDA_MIN_BYTES ||
            pe_start >= device_bytes)
                return -EINVAL;
        *ret = (PvLabel) {
                .sector = LABEL_DEFAULT_SECTOR,
                .pv = *pv,
                .device_bytes = device_bytes,
                .data = { { pe_start, 0 } },
                .n_data = 1,
                .metadata = { { MDA_DEFAULT_START, align_down(pe_start, BLOCK_BYTES) - MDA_DEFAULT_START } },
                .n_metadata = 1,
                .extension_version = EXTENSION_VERSION,
                .used = true,
        };
        return 0;
}

int label_set_used(unsigned char sector[static LABEL_SECTOR_BYTES], const PvLabel *l, bool used) {
        uint32_t flags;

        if (l->flags_offset == 0)
                return -ENOENT;
        assert(l->flags_offset + 4 <= LABEL_SECTOR_BYTES);
        flags = le32_read(sector + l->flags_offset);
        le32_write(sector + l->flags_offset, used ? flags | EXTENSION_USED : flags & ~EXTENSION_USED);
        le32_write(sector + O_CRC, sector_crc(sector));
        return 0;
}
