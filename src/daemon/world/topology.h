/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What sysfs tells of a block device's preferred sizes, as far as lvm.conf wants them heeded. */

#include "model/pv-align.h"

/* Of a partition: its own offset, and the sizes of its disk. What cannot be read is 0. */
void topology_read(uint32_t major, uint32_t minor, PvTopology *ret);
