/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What adding, removing and replacing of images share. Private to the planner; returns as in planner-context.h. */

#include "plan/planner-split.h"
#include "plan/planner-switch.h"

/* An active raid1 volume as a whole, which may be changed. */
int images_find(Planning *p, const char *done, const LogicalVolume **ret, Health *h);
/* n more of them in p->next; on the physical volume that the request names, if it names one. */
int images_add(Planning *p, const LogicalVolume *lv, LogicalVolume *next_lv, uint32_t n);
/* Steps that zero their rmetas. */
int images_add_wipes(Planning *p, const LogicalVolume *lv, const LogicalVolume *next_lv);
/* Is enough left without the chosen slots (a bit each) (S5)? */
int images_check_rest(Planning *p, const LogicalVolume *lv, const Health *h, uint64_t chosen);
/* All steps of a plan that drops them. */
int images_add_drop(Planning *p, const LogicalVolume *lv, LogicalVolume *next_lv, uint64_t chosen);
