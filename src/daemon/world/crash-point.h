/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For the crash tests: with RAIDD_KILL_AT=n the process kills itself before its n-th primitive effect, and with
 * RAIDD_KILL_DAEMON=PID that process first. Does nothing unless built with -Dtest-hooks=true. */

void crash_point(void);
/* Effects so far; for RAIDD_COUNT_STEPS. */
unsigned long crash_point_count(void);
