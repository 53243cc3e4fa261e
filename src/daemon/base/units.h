/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sizes carry their unit in the name; conversions go through here and check for overflow. */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#define SECTOR_BYTES UINT64_C(512)
#define SECTOR_SHIFT 9

static inline int size_mul(uint64_t a, uint64_t b, uint64_t *ret) {
        return __builtin_mul_overflow(a, b, ret) ? -EOVERFLOW : 0;
}

static inline int size_add(uint64_t a, uint64_t b, uint64_t *ret) {
        return __builtin_add_overflow(a, b, ret) ? -EOVERFLOW : 0;
}

static inline int sectors_to_bytes(uint64_t sectors, uint64_t *ret) {
        return size_mul(sectors, SECTOR_BYTES, ret);
}

/* Cannot overflow: both factors are 32 bits wide. */
static inline uint64_t extents_to_sectors(uint32_t extents, uint32_t extent_sectors) {
        return (uint64_t) extents * extent_sectors;
}

/* b > 0 */
static inline uint64_t div_round_up(uint64_t a, uint64_t b) {
        return a / b + (a % b != 0);
}

static inline uint64_t align_down(uint64_t a, uint64_t b) {
        return a - a % b;
}

/* The next multiple of b at or above a, or -EOVERFLOW. */
static inline int align_up(uint64_t a, uint64_t b, uint64_t *ret) {
        return size_mul(div_round_up(a, b), b, ret);
}

static inline bool is_power_of_two(uint64_t a) {
        return a != 0 && (a & (a - 1)) == 0;
}
