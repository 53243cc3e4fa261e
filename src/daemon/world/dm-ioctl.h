/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Requests to /dev/mapper/control without libdevmapper, for two uses that it does not serve: asking about a
 * thousand nodes cheaply (dm-observe), and requests that are built before a critical section and sent inside
 * it without an allocation (critical). Everything else goes through libdevmapper (dm.h). */

#include <stdint.h>

#include <sys/ioctl.h> /* the kernel header needs it for the command numbers */

#include <linux/dm-ioctl.h>

/* -ENXIO if this kernel has no device-mapper. */
int dm_control_open(void);
/* A request header; name or uuid may be NULL. -ENAMETOOLONG. */
int dm_request_init(struct dm_ioctl *request, const char *name, const char *uuid, uint32_t flags);
/* Sends a request that carries no data in either direction. */
int dm_request_send(int control, unsigned long command, struct dm_ioctl *request);
/* Sends a request whose answer has data; the answer is allocated (starts with the header). */
int dm_request_query(int control, unsigned long command, const struct dm_ioctl *request, struct dm_ioctl **ret);
