/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/vg.h"

/* Text of a metadata area or of /etc/lvm/backup → VG. Everything not understood stays in the tree.
 * -EBADMSG: not a VG text, or it contradicts itself; -EPROTONOSUPPORT: a version we do not know; -ENOMEM. */
int vg_import(const char *text, size_t n, VolumeGroup **ret);
