/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What libblkid finds on a device: filesystems, swap, members of arrays, partition tables. */

/* Their types, as "ext4" or "dos, ext4"; NULL: none. A PV label does not count: whether that is free is for its metadata to say. */
int signature_list(const char *path, char **ret);
/* Erases one of them, durably; PV labels as well. 1, or 0 if there is none left. -EBUSY: somebody has the device open exclusively. */
int signature_erase(const char *path);
