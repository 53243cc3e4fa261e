/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* LVM's own locks (lvm2-compat 6.1): flock on files that holders may unlink, with an auxiliary lock that
 * keeps readers from starving writers. Order: global before VG, VGs by name. The lock belongs to the open
 * file description: it can be handed to another process, and lasts until the last descriptor is closed. */

#define LOCK_GLOBAL "#global"

/* Takes the exclusive lock of a VG (or LOCK_GLOBAL). Waits at most limit_ms, asleep.
 * Returns a descriptor, -ETIMEDOUT, or -errno. */
int vglock_take(const char *vg_name, unsigned limit_ms);

/* The same for a lock file of our own, without an auxiliary lock. */
int lock_file_take(const char *path, unsigned limit_ms);
