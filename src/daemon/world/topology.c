/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/topology.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "world/files.h"
#include "world/lvmconf.h"

#define KIB_SECTORS 2
#define MIB_SECTORS 2048
#define OLD_DEFAULT_SECTORS 128 /* LVM's, where lvm.conf says 0 */

typedef struct Place {
        uint32_t major, minor;
} Place;

static char *read_attribute(const Place *p, const char *of, const char *name) {
        char path[128], *text;

        (void) snprintf(path, sizeof(path), "/sys/dev/block/%" PRIu32 ":%" PRIu32 "/%s%s", p->major, p->minor, of, name);
        return file_read(path, &text) < 0 ? NULL : text;
}

/* A partition has neither queue nor array of its own, its parent has. */
static char *read_inherited(const Place *p, const char *name) {
        return read_attribute(p, "", name) ?: read_attribute(p, "../", name);
}

/* -1 says that nothing can be aligned there. */
static uint64_t take_number(char *text) {
        long long n = text ? strtoll(text, NULL, 10) : 0;

        free(text);
        return n > 0 ? (uint64_t) n : 0;
}

/* How many disks of a stripe carry data. Of a mirror none has more than another. */
static uint64_t data_disks(const char *level, uint64_t disks) {
        if (strncmp(level, "raid0\n", 6) == 0)
                return disks;
        if (strncmp(level, "raid4\n", 6) == 0 || strncmp(level, "raid5\n", 6) == 0)
                return disks > 1 ? disks - 1 : 0;
        if (strncmp(level, "raid6\n", 6) == 0)
                return disks > 2 ? disks - 2 : 0;
        return 1;
}

static uint64_t read_stripe(const Place *p) {
        _cleanup_free_ char *level = read_inherited(p, "md/level");
        uint64_t chunk, stripe;

        if (!level)
                return 0;
        chunk = take_number(read_inherited(p, "md/chunk_size"));
        return size_mul(chunk, data_disks(level, take_number(read_inherited(p, "md/raid_disks"))), &stripe) < 0 ? 0 : stripe;
}

void topology_read(uint32_t major, uint32_t minor, PvTopology *ret) {
        const Place p = { major, minor };
        uint64_t mib;

        assert(ret);

        *ret = (PvTopology) {};
        ret->given_sectors = lvmconf_u64("devices", "data_alignment", 0) * KIB_SECTORS;
        mib = lvmconf_u64("devices", "default_data_alignment", 1);
        ret->default_sectors = mib > 0 ? mib * MIB_SECTORS : OLD_DEFAULT_SECTORS;
        if (lvmconf_bool("devices", "md_chunk_alignment", true))
                ret->stripe_bytes = read_stripe(&p);
        if (lvmconf_bool("devices", "data_alignment_detection", true)) {
                ret->minimum_io_bytes = take_number(read_inherited(&p, "queue/minimum_io_size"));
                ret->optimal_io_bytes = take_number(read_inherited(&p, "queue/optimal_io_size"));
        }
        if (lvmconf_bool("devices", "data_alignment_offset_detection", true))
                ret->offset_bytes = take_number(read_attribute(&p, "", "alignment_offset"));
}
