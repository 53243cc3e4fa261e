/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-c/json_types.h>
#include <sys/types.h>

/* Starts `worker run`. The request comes from a memfd, the answer goes into one (*ret_answer): nothing here can block.
 * *ret_lock: our end of the socket over which the worker shares the VG lock. */
int worker_spawn_run(const char *worker, const char *request, int *ret_answer, int *ret_lock, pid_t *ret_pid);
/* Starts argv with the VG lock that a dead worker left in the socket *lock (RAIDD_LOCK_FD), if any. */
int worker_spawn_recover(char *const *argv, int *lock, pid_t *ret_pid);
/* The last line that has a "result"; NULL if there is none. */
json_object *worker_read_answer(int fd);
