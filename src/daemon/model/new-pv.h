/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A device that is to become a PV, as the world has found it. */

#include "model/dm-tree.h"
#include "model/pv-align.h"

/* What forbids it, whatever the caller says. */
typedef enum PvObstacle {
        PV_FREE = 0,
        PV_USED,      /* it belongs to a VG, or its metadata is damaged, so that nobody knows */
        PV_OPEN,      /* opened exclusively: a mount, swap, a device on top */
        PV_READ_ONLY, /* the kernel says so */
        PV_IS_LV,     /* LVM does not look for PVs there */
        PV_IS_PATH,   /* one path of a multipath map: the label would be seen twice */
        PV_UNLISTED,  /* LVM has a devices file, and this is not in it */
        PV_FILTERED,  /* lvm.conf has filters, and they reject it */
        _PV_OBSTACLE_MAX,
} PvObstacle;

typedef struct NewPv {
        PvDevice where;
        PvTopology topology;
        PvObstacle obstacle;
        const char *signatures; /* what is on it, as "ext4" or "dos, ext4"; NULL: nothing, or only a PV label */
} NewPv;
