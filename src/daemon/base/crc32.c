/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/crc32.h"

#include "base/crc32-tables.h" /* made by crc32-tables.py */
#include "base/le.h"

#define LVM_CRC_START 0xf597a6cfU

/* Eight bytes at a time ("slicing by 8"): texts of megabytes are read from every PV of a volume group. */
uint32_t lvm_crc32_continue(uint32_t crc, const void *data, size_t n) {
        const unsigned char *p = data;

        for (; n >= 8; n -= 8, p += 8) {
                uint32_t a = crc ^ le32_read(p), b = le32_read(p + 4);

                crc = tables[7][a & 0xff] ^ tables[6][a >> 8 & 0xff] ^ tables[5][a >> 16 & 0xff] ^ tables[4][a >> 24] ^
                      tables[3][b & 0xff] ^ tables[2][b >> 8 & 0xff] ^ tables[1][b >> 16 & 0xff] ^ tables[0][b >> 24];
        }
        for (; n > 0; n--, p++)
                crc = crc >> 8 ^ tables[0][(crc ^ *p) & 0xff];
        return crc;
}

uint32_t lvm_crc32(const void *data, size_t n) {
        return lvm_crc32_continue(LVM_CRC_START, data, n);
}
