/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which block devices hold a PV label: all that the kernel has, without those that LVM would not look at either (parts
 * of md arrays and multipath maps, LVs, CD-ROMs, what its devices file or filters exclude), and without those that would block because something below them is
 * suspended, or that do not answer. */

#include <stdint.h>

#include "model/new-pv.h"

/* A "strv" of device nodes. */
int devices_enumerate(char ***ret);
/* The name that devices_enumerate() has for the device behind this path, allocated; what is no block device keeps its own. NULL: no memory. */
char *device_canonical(const char *path);
/* What of the device's nature, or LVM's configuration, keeps it from becoming a PV; PV_FREE if nothing does. pv: of the label that it
 * has, or NULL. */
int device_obstacle(uint32_t major, uint32_t minor, const Uuid *pv, PvObstacle *ret);
