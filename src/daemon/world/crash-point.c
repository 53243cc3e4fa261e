/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/crash-point.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "config.h"

static unsigned long count;

unsigned long crash_point_count(void) {
        return count;
}

void crash_point(void) {
        const char *at, *daemon;

        count++;
        if (!TEST_HOOKS)
                return;

        at = getenv("RAIDD_KILL_AT");
        if (!at || strtoul(at, NULL, 10) != count)
                return;
        daemon = getenv("RAIDD_KILL_DAEMON");
        if (daemon)
                (void) kill((pid_t) strtol(daemon, NULL, 10), SIGKILL);
        (void) kill(getpid(), SIGKILL);
}
