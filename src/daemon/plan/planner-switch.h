/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An active volume is exchanged for what p->next makes of it. Private to the planner; returns as in planner-context.h. */

#include "plan/planner-context.h"

/* The text of p->next is prepared and committed; the kernel gets the volume's new table in between, if it is active: its new
 * components are made and those that become longer are, before its table is loaded, so that a table that the kernel refuses is
 * refused while nothing has changed. What the old table held is left for CONVERGE. */
int add_switch(Planning *p, const Uuid *lv, const char *prepare, const char *load);
/* SUSPEND and RESUME: an array that was swapped under writes has one event less than its disks until it writes its superblocks, and
 * if it stopped before, its bitmap would not be believed (model/superblock.h). */
int add_settle(Planning *p, const char *node);
/* Components of theirs that p->next marks REBUILD: the superblocks say by now that they are recovered, so the metadata need not.
 * A second text, and CONVERGE. */
int add_rebuild_done(Planning *p, const Uuid *lv);
/* The residuals of p->next are dropped by a second text: extents become free only after the kernel has let go of them (S6). */
int add_release_residuals(Planning *p);

const DmWanted *switch_find_wanted(const DmExpected *expected, const Uuid *id);
/* LOAD, SUSPEND, COMMIT of the text that was prepared (NULL: there is none), RESUME; an array whose superblocks keep still meanwhile, and
 * which is settled after it. */
int switch_add_table(Planning *p, const DmNode *node, const DmWanted *top, const char *load, const char *commit);
/* The same for the table that the volume has, as it is: the kernel begins anew with it. */
int switch_add_same_table(Planning *p, const DmNode *node, const LogicalVolume *lv, const char *why);
/* CREATE, LOAD and RESUME of a hidden component. */
int switch_add_create(Planning *p, const DmWanted *wanted);
