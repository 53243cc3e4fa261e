/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Progress per second, of the last half minute. */

#include "base/rate.h"
#include "test.h"

#define SECOND UINT64_C(1000000)
#define MIB (UINT64_C(1) << 20)

TEST(unknown_at_first) {
        Rate r = {};

        ASSERT_EQ(rate_update(&r, 1000 * SECOND, 50 * MIB), 0);
        ASSERT_EQ(rate_update(&r, 1000 * SECOND + SECOND / 20, 51 * MIB), 0);
        /* what was there before we looked does not count */
        ASSERT_EQ(rate_update(&r, 1001 * SECOND, 52 * MIB), 2 * MIB);
}

TEST(follows_a_change) {
        uint64_t now = SECOND, done = 0, rate = 0;
        Rate r = {};

        for (unsigned i = 0; i < 600; i++, now += SECOND / 2, done += 50 * MIB)
                rate = rate_update(&r, now, done);
        ASSERT_EQ(rate, 100 * MIB);
        for (unsigned i = 0; i < 80; i++, now += SECOND / 2, done += MIB)
                rate = rate_update(&r, now, done);
        ASSERT_EQ(rate, 2 * MIB); /* after 40 s nothing is left of the time before */
}

TEST(starts_again) {
        Rate r = {};

        (void) rate_update(&r, SECOND, 100 * MIB);
        ASSERT_EQ(rate_update(&r, 3 * SECOND, 50 * MIB), 0); /* md has begun again */
        rate_reset(&r);
        ASSERT_EQ(rate_update(&r, 4 * SECOND, 50 * MIB), 0);
        ASSERT_EQ(rate_update(&r, 5 * SECOND, 57 * MIB), 7 * MIB);
}

/* A look that comes late: as far back as there was one. */
TEST(seldom) {
        Rate r = {};

        (void) rate_update(&r, SECOND, 0);
        ASSERT_EQ(rate_update(&r, 1001 * SECOND, 1000 * MIB), MIB);
        (void) rate_update(&r, UINT64_MAX / 2, UINT64_MAX / 2);
}
