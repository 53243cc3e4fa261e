/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/crc32.h"

#define LVM_CRC_START 0xf597a6cfU
#define POLYNOMIAL 0xedb88320U

/* CRC of one nibble: small enough to compute by hand, fast enough for half a megabyte of text. */
static uint32_t nibble(uint32_t crc) {
        for (unsigned bit = 0; bit < 4; bit++)
                crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
        return crc;
}

uint32_t lvm_crc32_continue(uint32_t crc, const void *data, size_t n) {
        const unsigned char *p = data;
        uint32_t table[16];

        for (uint32_t i = 0; i < 16; i++)
                table[i] = nibble(i);
        for (size_t i = 0; i < n; i++) {
                crc ^= p[i];
                crc = (crc >> 4) ^ table[crc & 15];
                crc = (crc >> 4) ^ table[crc & 15];
        }
        return crc;
}

uint32_t lvm_crc32(const void *data, size_t n) {
        return lvm_crc32_continue(LVM_CRC_START, data, n);
}
