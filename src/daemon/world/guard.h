/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The guard of a tracked image: BLKROSET, which survives everything but the end of the node (merge-hazard 4,
 * S2), and the number of sectors written to it so far, against which a merge is judged (S4). The record lives
 * in /run/raidd/guard/<dm uuid>: "diskseq sectors", and " written" once it was. A boot loses it; what was written is noted on the disk as well (written.h). */

#include <stdbool.h>

/* -ENXIO: no such node. */
int guard_set(const char *node);
int guard_clear(const char *node);
/* Before the node goes away, and its counter with it. Nothing to do for a node that was never guarded. */
int guard_note(const char *node);
/* Has the image been written since it was guarded? Unknown: yes. No node: as it was when it was last looked at; uuid is
 * that of the node it would have. */
int guard_written(const char *node, const char *uuid, bool *ret);
/* `raidd-worker guard DEVNODE`, from the udev rule, for every dm node named *_rimage_*. */
int guard_from_udev(const char *devnode);
