/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which devices LVM looks at by its configuration, and so do we: those in the devices file if one is in force, else those that
 * devices/global_filter and devices/filter of lvm.conf let through (lvm2-compat 6.4). */

#include <libudev.h>

#include "base/cleanup.h"
#include "base/uuid.h"
#include "model/new-pv.h"

typedef struct DeviceFilter DeviceFilter;

DeviceFilter *device_filter_free(DeviceFilter *f);
DEFINE_CLEANUP(DeviceFilter, device_filter_free);
int device_filter_read(DeviceFilter **ret);
/* pv: of its label, NULL if it has none. PV_UNLISTED, PV_FILTERED, or PV_FREE. */
PvObstacle device_filter_check(const DeviceFilter *f, struct udev_device *d, const Uuid *pv);
