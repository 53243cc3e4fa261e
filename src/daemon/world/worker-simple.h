/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What recovery and boot share. */

#include "plan/planner.h"
#include "world/scan.h"
#include "world/session.h"
#include "world/worker-modes.h"

/* Reads a VG that a scan has found, from those of its PVs that are there. */
int worker_read_found(Session *s, const FoundVg *v);
/* Plans and executes a verb on a VG that is read and locked; name is what the verb makes of it, or NULL. A refusal is logged, and 0. */
int worker_run_simple(Session *s, Verb verb, Uuid lv, const char *name);
