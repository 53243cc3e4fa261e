/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which filesystems are mounted from a device or from what is stacked on it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "model/dm-tree.h"

typedef struct Mount {
        dev_t fs;    /* of the superblock */
        uint64_t id; /* of the mount */
        char *point;
} Mount;

typedef struct Mounts {
        Mount *all; /* several of a filesystem that is mounted in several places */
        size_t n;
} Mounts;

Mounts *mounts_free(Mounts *m);
DEFINE_CLEANUP(Mounts, mounts_free);

/* direct: also what is mounted from the device itself, not only from its holders. */
int mounts_above(uint32_t major, uint32_t minor, bool direct, Mounts **ret);
/* Is a node of this volume group open, though nothing is mounted from it or stacked on it? Programs that udev's rules run look at a device
 * for a moment after somebody has written to it and closed it. */
bool mounts_opened_in_passing(const DmObserved *observed, const Uuid *vg);
/* Where this filesystem is mounted. */
int mounts_of(dev_t fs, Mounts **ret);
/* Is entry i the first of its filesystem? */
bool mounts_first(const Mounts *m, size_t i);
/* A descriptor of the filesystem, by whichever of its mounts can be reached: something else may be mounted over one of them, and its path leads there
 * (statx(2), stx_mnt_id, Linux 5.8; an older kernel is believed). -ESTALE: by none. May wait for a filesystem on the way. */
int mounts_open(const Mounts *m, dev_t fs);
