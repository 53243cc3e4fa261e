/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Little-endian numbers at any address; what is on disk is never overlaid with a struct. */

#include <stdint.h>

static inline uint32_t le32_read(const void *at) {
        const unsigned char *p = at;

        return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

static inline uint64_t le64_read(const void *at) {
        const unsigned char *p = at;

        return le32_read(p) | (uint64_t) le32_read(p + 4) << 32;
}

static inline void le32_write(void *at, uint32_t v) {
        unsigned char *p = at;

        for (int i = 0; i < 4; i++)
                p[i] = (unsigned char) (v >> (8 * i));
}

static inline void le64_write(void *at, uint64_t v) {
        unsigned char *p = at;

        le32_write(p, (uint32_t) v);
        le32_write(p + 4, (uint32_t) (v >> 32));
}
