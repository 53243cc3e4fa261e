/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-c/json_types.h>

#include "service/manager.h"

/* Has `raidd-worker run` started. The request comes from a memfd, the answer goes into one (*ret_answer): no pipe that could fill.
 * *ret_lock: our end of the socket over which the worker shares the VG lock. */
int worker_start_run(const Manager *m, uint64_t number, const char *request, int *ret_answer, int *ret_lock);
/* Has the VG put in order under the lock that a dead worker left in the socket *lock, if any; closes the socket. -EINVAL: no VG is called so. */
int worker_start_recover(const Manager *m, uint64_t number, const char *vg_name, int *lock);
/* The last line that has a "result"; NULL if there is none. */
json_object *worker_read_answer(int fd);
