/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* LVM's devices file: the devices that it looks at, by an identity that stays when names move (lvm2-compat 6.4). It is read and never
 * written here: which identity a device is to be known by, and what else belongs into an entry, is lvmdevices' to say. */

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/uuid.h"

typedef struct DevicesFile DevicesFile;

DevicesFile *devices_file_free(DevicesFile *f);
DEFINE_CLEANUP(DevicesFile, devices_file_free);
int devices_file_parse(const char *text, DevicesFile **ret);
/* The device with this directory in sysfs, node and PV identifier (NULL: no label): an entry has its identity, or its label's. The
 * second is for devices whose identity we cannot read; LVM brings such entries up to date as well. */
bool devices_file_lists(const DevicesFile *f, const char *sysfs, const char *node, const Uuid *pv);
