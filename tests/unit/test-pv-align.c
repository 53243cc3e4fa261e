/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where LVM begins, for devices that tests/vm/scenarios/44-devices.sh has as well. */

#include "base/units.h"
#include "model/label.h"
#include "model/pv-align.h"
#include "test.h"

#define KIB 1024U
#define MIB (1024U * KIB)

typedef struct Case {
        const char *what;
        PvTopology topology;
        uint64_t start;
} Case;

static const Case cases[] = {
        { "nothing known", {}, 2048 },
        { "sectors of 512 bytes", { .minimum_io_bytes = 512 }, 2048 },
        { "sectors of 4 KiB", { .minimum_io_bytes = 4 * KIB }, 2048 },
        { "a divisor of 1 MiB", { .minimum_io_bytes = 64 * KIB, .optimal_io_bytes = 512 * KIB }, 2048 },
        { "3 disks of 64 KiB", { .minimum_io_bytes = 64 * KIB, .optimal_io_bytes = 192 * KIB }, 2304 },
        { "the same by md", { .stripe_bytes = 192 * KIB, .minimum_io_bytes = 64 * KIB }, 2304 },
        { "optimal over stripe", { .stripe_bytes = 192 * KIB, .optimal_io_bytes = 320 * KIB }, 2560 },
        { "a divisor does not undo", { .stripe_bytes = 192 * KIB, .optimal_io_bytes = 64 * KIB }, 2304 },
        { "larger than 1 MiB", { .optimal_io_bytes = 3 * MIB }, 6144 },
        { "a multiple of 1 MiB", { .optimal_io_bytes = 4 * MIB }, 8192 },
        { "what some disks claim", { .optimal_io_bytes = 65535 * 512U }, 65535 },
        { "less than a sector", { .minimum_io_bytes = 1, .optimal_io_bytes = 511 }, 2048 },
        { "seven sectors on", { .minimum_io_bytes = 4 * KIB, .offset_bytes = 3584 }, 2055 },
        { "both", { .optimal_io_bytes = 192 * KIB, .offset_bytes = 64 * KIB }, 2432 },
        { "given", { .optimal_io_bytes = 192 * KIB, .given_sectors = 4096 }, 4096 },
        { "given, small", { .given_sectors = 128 }, 2048 },
        { "given, and an offset", { .given_sectors = 4096, .offset_bytes = 3584 }, 4103 },
        { "another default", { .default_sectors = 8192 }, 8192 },
        { "another default, divided", { .default_sectors = 8192, .optimal_io_bytes = 4 * MIB }, 8192 },
        { "the old default", { .default_sectors = 128, .optimal_io_bytes = 1 * MIB }, 2048 },
        { "too large for any number", { .given_sectors = UINT64_MAX, .offset_bytes = 1 * MIB }, UINT64_MAX },
};

TEST(the_first_extent_lies_as_the_device_likes_it) {
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                if (pv_start(&cases[i].topology) != cases[i].start)
                        TEST_FAIL("%s: %llu", cases[i].what, (unsigned long long) pv_start(&cases[i].topology));
}

TEST(the_metadata_area_shares_no_block_with_it) {
        static const Uuid id = { "01234567890123456789012345678901" };
        PvLabel label;

        ASSERT_EQ(label_for_new_pv(&id, 64 * MIB, 2055, &label), 0);
        ASSERT_EQ(label.data[0].offset, 2055 * SECTOR_BYTES);
        ASSERT_EQ(label.metadata[0].offset + label.metadata[0].size, 1 * MIB);
        ASSERT_EQ(label_for_new_pv(&id, 64 * MIB, 2304, &label), 0);
        ASSERT_EQ(label.metadata[0].offset + label.metadata[0].size, 2304 * SECTOR_BYTES);
}
