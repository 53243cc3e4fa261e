/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which block devices hold a PV label: all that the kernel has, without those that LVM would not look at either (parts
 * of md arrays and multipath maps, LVs, CD-ROMs), and without those that would block because something below them is
 * suspended. */

#include <stdbool.h>
#include <stdint.h>

/* A "strv" of device nodes. */
int devices_enumerate(char ***ret);
/* A signature, a partition table or a user, as a phrase for people; NULL if the device is free. The signature
 * of a PV does not count: whether that is free is for its label to say. */
int device_in_use(const char *path, char **ret);
