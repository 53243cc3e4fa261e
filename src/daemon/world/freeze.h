/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Filesystems above a volume (S3). Those directly on it are frozen by the suspend itself (lockfs); those on
 * its holders (crypt and the like) with FIFREEZE. A frozen filesystem is thawed whatever happens: by a child
 * process when our pipe to it closes, and, where that is killed too, by recovery from a list in /run. */

#include <stdint.h>

#include "base/cleanup.h"
#include "base/uuid.h"

typedef struct Freezer Freezer;

/* Flushes every filesystem above the node while it may still be written. -ETIMEDOUT. */
int freeze_sync(const char *node, uint32_t limit_ms);
/* Freezes what sits on holders of the node. *freezer is NULL at first; it grows by this node, and is kept for freeze_thaw().
 * On failure nothing more is frozen than before (or thaws as soon as the kernel lets go of it). -ETIMEDOUT. */
int freeze_start(const char *node, const Uuid *vg, uint32_t limit_ms, Freezer **freezer);
/* Ends the child, which thaws; then the list. Takes NULL. */
Freezer *freeze_thaw(Freezer *f);
DEFINE_CLEANUP(Freezer, freeze_thaw);
/* Recovery: thaws what the list of this VG names, if there is one. */
int freeze_recover(const Uuid *vg);
