/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* LVM's own locks (lvm2-compat 6.1): flock on files that holders may unlink, with an auxiliary lock that
 * keeps readers from starving writers. Order: global before VG, VGs by name. The lock belongs to the open
 * file description: it can be handed to another process, and lasts until the last descriptor is closed. */

#define LOCK_GLOBAL "#global"

/* Takes the exclusive lock of a VG (or LOCK_GLOBAL). Waits at most limit_ms, asleep.
 * Returns a descriptor, -ETIMEDOUT, or -errno. */
int vglock_take(const char *vg_name, unsigned limit_ms);

/* Is this descriptor, which another process has handed over, that lock? 0: it is the file that everybody else would lock, and it is locked through
 * this very descriptor, for nobody else (flock() says so). -ESTALE: another file, or one that is unlinked; -EWOULDBLOCK: somebody else holds the
 * lock; -EBADF and the like: nothing that could be one. */
int vglock_verify(int fd, const char *vg_name);

/* As vglock_take(), for a lock file of our own, without an auxiliary lock. */
int lock_file_take(const char *path, unsigned limit_ms);
