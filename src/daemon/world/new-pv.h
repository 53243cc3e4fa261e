/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Devices that are to become PVs: what the planner has to know of them. */

#include <stddef.h>

#include "model/new-pv.h"
#include "world/world.h"

typedef struct NewPvs {
        NewPv *pvs;        /* paths are borrowed from the world */
        char **signatures; /* parallel to pvs: the memory */
        size_t n;
} NewPvs;

void new_pvs_done(NewPvs *n);
/* Looks at the devices of the world from first on. -ENOTBLK: one is a file. */
int new_pvs_read(World *w, size_t first, NewPvs *ret);
