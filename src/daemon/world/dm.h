/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* libdevmapper's tasks as -errno functions. It keeps its own state (log function, queue of node operations),
 * so there is one user per process: the worker. Its log text is kept, not printed; the operation that fails
 * prints it.
 *
 * cookie: udev's answers to a group of changes are awaited together; starts as 0. */

#include <stdbool.h>
#include <stdint.h>

/* How long a group of changes may keep udev busy before we go on without its links. */
#define UDEV_LIMIT_MS 10000

void dm_init(void);
/* What libdevmapper said last, "" if nothing; cleared by the next task. */
const char *dm_last_message(void);

int dm_node_create(const char *node, const char *uuid);
int dm_node_load(const char *node, const char *table, bool read_only);
int dm_node_clear(const char *node);
int dm_node_resume(const char *node, uint16_t udev_flags, uint32_t *cookie);
int dm_node_rename(const char *node, const char *name, uint32_t *cookie);
/* Tries again for a few seconds while the node is busy: rules of others may be looking at it. */
int dm_node_remove(const char *node, uint32_t *cookie);
/* To the target at sector 0. */
int dm_node_message(const char *node, const char *text);
int dm_node_devno(const char *node, uint32_t *ret_major, uint32_t *ret_minor);
int dm_uuid_devno(const char *uuid, uint32_t *ret_major, uint32_t *ret_minor);
/* The kernel's own node, there before udev makes a link. */
int dm_node_open(const char *node, int flags);

/* One more event to wait for; *ret_event_nr goes into the request that causes it. */
int udev_cookie_increment(uint32_t *cookie, uint16_t udev_flags, uint32_t *ret_event_nr);
void udev_cookie_decrement(uint32_t cookie);
/* -ETIMEDOUT: udev did not get there in time; the cookie is gone all the same. */
int udev_cookie_wait(uint32_t *cookie, unsigned limit_ms);
