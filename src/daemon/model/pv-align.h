/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the first extent of a new PV begins, so that extents lie as the device likes it: as LVM does (lvm2-compat 1.4). */

#include <stdint.h>

#define PV_ALIGN_DEFAULT_SECTORS 2048U

/* 0 everywhere: not known, or not to be heeded by lvm.conf. */
typedef struct PvTopology {
        uint64_t stripe_bytes;     /* md: the data of one stripe */
        uint64_t minimum_io_bytes, optimal_io_bytes;
        uint64_t offset_bytes;     /* of the first block that is aligned */
        uint64_t given_sectors;    /* lvm.conf: devices/data_alignment, instead of all the sizes above */
        uint64_t default_sectors;  /* lvm.conf: devices/default_data_alignment; 0 = PV_ALIGN_DEFAULT_SECTORS */
} PvTopology;

/* In sectors; saturates. */
uint64_t pv_start(const PvTopology *t);
