/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's end of the connection to raidd-helper (world/helper.h), which does what needs the rights of root. Calls wait for the helper, which waits
 * for nothing but the kernel's device-mapper; before the first one is taken, what an earlier daemon left is finished. */

#include <sys/types.h>

#include "model/dm-tree.h"
#include "service/manager.h"

/* Connects to the socket at that path and follows the helper's events. Without the helper the loop ends: systemd starts both anew. */
int helper_connect(Manager *m, const char *path);
/* Says first that nothing is going on and nobody will be back; without that, the helper recovers and waits for another daemon. */
void helper_leave(const Manager *m);
void helper_disconnect(Manager *m);
/* Starts a worker on that request: file descriptors that stay the caller's. The end of the worker is told to operation_ended() with this number. */
int helper_run(const Manager *m, uint64_t number, int request, int answer, int lock);
/* The same for the recovery of a VG, under its lock if lock is not negative. -EINVAL: no VG is called so. */
int helper_recover(const Manager *m, uint64_t number, const char *vg_name, int lock);
/* Every device-mapper node of LVM. */
int helper_observe(const Manager *m, DmObserved **ret);
/* The node as open, without access to what is in it. -ENXIO: there is none with this path and number. */
int helper_open(const Manager *m, const char *path, dev_t device, int *ret);
