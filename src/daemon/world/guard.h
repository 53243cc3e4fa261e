/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The guard of a tracked image: BLKROSET, which survives everything but the end of the node (merge-hazard 4,
 * S2), and the number of sectors written to it so far, against which a merge is judged (S4). The record lives
 * in /run/raidd/guard/<dm uuid>: "major:minor sectors". */

#include <stdbool.h>

/* -ENXIO: no such node. */
int guard_set(const char *node);
int guard_clear(const char *node);
/* Has the image been written since it was guarded? No node: no. Unknown: yes. */
int guard_written(const char *node, bool *ret);
/* `raidd-worker guard DEVNODE`, from the udev rule, for every dm node named *_rimage_*. */
int guard_from_udev(const char *devnode);
