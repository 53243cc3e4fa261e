/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How fast something has been of late. The mean since the beginning would tell for minutes what a disk that has become slow, or a limit that was
 * changed, no longer allows. */

#include <stddef.h>
#include <stdint.h>

#define RATE_SAMPLES 7U
#define RATE_STEP UINT64_C(5000000) /* µs: so often at most a sample is kept; seven of them look back over 30 to 35 s */

typedef struct RateSample {
        uint64_t when, done;
} RateSample;

typedef struct Rate {
        RateSample samples[RATE_SAMPLES]; /* the oldest first */
        size_t n;
} Rate;

/* What comes next is the beginning: a pause, or a position that went back. */
void rate_reset(Rate *r);
/* now in µs, never less than before; done: bytes. Bytes per second over the last half minute, or since the beginning; 0 where that is less than 0.1 s ago. */
uint64_t rate_update(Rate *r, uint64_t now, uint64_t done);
