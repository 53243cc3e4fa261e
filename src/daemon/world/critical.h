/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A critical section: everything between the first suspend and the last resume. The root filesystem may be on
 * what is suspended, so before it every request is built, every udev cookie counted and every page locked;
 * inside it there is an ioctl on a descriptor that is already open, and nothing else. */

#include "base/cleanup.h"
#include "plan/plan.h"

typedef struct Critical Critical;

/* steps: from the first SUSPEND to the last RESUME. The cookie gets an event for every resume. */
int critical_begin(const Step *steps, size_t n_steps, uint32_t *cookie, Critical **ret);
/* Unlocks memory and gives back what the cookie was raised for in vain. Takes NULL. */
Critical *critical_end(Critical *c);

/* limit_ms is for lockfs: then -EINTR, and the node is not suspended. 0: none. */
int critical_suspend(Critical *c, const char *node, bool lockfs, uint32_t limit_ms);
int critical_resume(Critical *c, const char *node);
int critical_clear(Critical *c, const char *node);
