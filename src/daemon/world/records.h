/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What outlives the worker: the intent of the plan in hand (/run/raidd/intent, not on a disk that we may have
 * suspended), LVM's backup and archive of the texts (lvm2-compat 6.5), and LVM's hints. */

#include <stddef.h>

#include "base/uuid.h"

int intent_write(const Uuid *vg, const char *text);
/* -ENOENT: none. */
int intent_read(const Uuid *vg, char **ret);
int intent_remove(const Uuid *vg);
/* Says that a live process works on this VG, as long as the descriptor is open: recovery must not take a long
 * operation for a dead one. Waits for another at most limit_ms; -ETIMEDOUT. */
int intent_claim(const Uuid *vg, unsigned limit_ms);
/* The ids of all VGs with an intent. */
int intent_list(Uuid **ret, size_t *ret_n);

/* /etc/lvm/backup/VG; nothing where lvm2 is not installed. */
int backup_write(const char *vg_name, const char *text);
/* /etc/lvm/archive/VG_NNNNN-RANDOM.vg */
int archive_write(const char *vg_name, const char *text);
/* Both, for a VG that is gone: drops the backup as LVM does. */
int backup_remove(const char *vg_name);

/* The set of PVs, or which VG they belong to, has changed: LVM must scan again (lvm2-compat 6.4). */
int hints_invalidate(void);
