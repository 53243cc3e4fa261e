/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What tracked and permanent splits share. Private to the planner; returns as in planner-context.h. */

#include "plan/planner-context.h"

/* The volume that id names, or whose image it names; refused unless it is raid1 and may be changed. */
int split_find_raid1(Planning *p, const Uuid *id, const LogicalVolume **ret_lv, uint32_t *ret_slot);
/* *slot comes in as the image that the request names itself (or SLOT_ANY), and leaves as what index, PV and
 * that agree on; SLOT_ANY if nothing was asked for. */
int split_choose_asked(Planning *p, const LogicalVolume *lv, uint32_t *slot);
/* The set of images that the request asks for, slot among them if it is not SLOT_ANY; 0 if it asks for any single one. */
int split_choose_set(Planning *p, const LogicalVolume *lv, uint32_t slot, uint64_t *ret);
/* The image that leaves must be in sync, and so must be what stays behind. */
int split_check_health(Planning *p, const LogicalVolume *lv, size_t slot, Health *ret);

/* A volume on its way into p->next, where an image of it has left. */
typedef struct Leaving {
        const LogicalVolume *lv, *image;
        LogicalVolume *next_lv;
        uint32_t slot;
        const char *node; /* borrowed from what was observed */
} Leaving;

/* planner-several.c: two and more images leave for good. */
int plan_split_several(Planning *p, const LogicalVolume *lv, uint64_t chosen);

/* From EXPECT to THAW: the critical section of all of them. */
int split_add_switch(Planning *p, const Leaving *leaving, size_t n, bool quiesce, const char *prepare, const char *load);
