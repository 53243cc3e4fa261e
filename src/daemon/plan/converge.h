/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The difference between what the kernel has and what the committed metadata asks for, as steps in a
 * safe order: clear unwanted inactive tables → resume what is suspended → remove unwanted unused nodes →
 * create and load missing ones, components first → load changed tables, suspend, resume → remove what the
 * old tables held → rename → read-only guards → udev flags. The tail of every operation and all of recovery.
 *
 * Nodes of this VG (dm UUID "LVM-" + VG id) that are wanted by nobody are removed only if nobody holds them
 * and they are components, residuals or renamed leftovers; a node of an LV that the model does not understand
 * (opaque segments and what they refer to) is never touched. */

#include "model/dm-tree.h"
#include "plan/plan.h"

/* Appends the steps to plan, none if kernel and metadata agree. A suspended or re-flagged node gets its udev flags by
 * suspend + resume. Waiting for udev is left to the end of the whole plan: one wait for all of it. Returns 0 or
 * -errno. */
int converge(const VolumeGroup *vg, const DmObserved *observed, const DmExpected *expected, Plan *plan);
