/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/rate.h"

#include <assert.h>
#include <string.h>

#define SECOND UINT64_C(1000000)

void rate_reset(Rate *r) {
        assert(r);

        r->n = 0;
}

uint64_t rate_update(Rate *r, uint64_t now, uint64_t done) {
        uint64_t elapsed;

        assert(r);

        if (r->n == 0 || now >= r->samples[r->n - 1].when + RATE_STEP) {
                if (r->n == RATE_SAMPLES)
                        memmove(&r->samples[0], &r->samples[1], --r->n * sizeof(RateSample));
                r->samples[r->n++] = (RateSample) { now, done };
        }
        if (now < r->samples[0].when + SECOND / 10 || done < r->samples[0].done)
                return 0;
        elapsed = now - r->samples[0].when;
        return (uint64_t) ((double) (done - r->samples[0].done) * (double) SECOND / (double) elapsed);
}
