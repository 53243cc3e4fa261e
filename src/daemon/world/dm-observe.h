/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The read-only half of device-mapper. Never flushes, never waits for I/O of a node, opens no node; costs one
 * request per node, and one more for each raid node. */

#include "model/dm-tree.h"

/* Every node whose dm UUID begins with "LVM-" and vg_id (32 characters, no dashes; NULL: of all VGs), with
 * tables and raid status. A kernel without device-mapper has none. Nodes that vanish meanwhile are left out. */
int dm_observe(const char *vg_id, DmObserved **ret);
