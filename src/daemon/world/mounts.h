/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which filesystems are mounted from a device or from what is stacked on it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

typedef struct Mounts {
        char **points; /* one mount point for each filesystem */
        size_t n;
} Mounts;

Mounts *mounts_free(Mounts *m);
DEFINE_CLEANUP(Mounts, mounts_free);

/* direct: also what is mounted from the device itself, not only from its holders. */
int mounts_above(uint32_t major, uint32_t minor, bool direct, Mounts **ret);
