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
        const char *at;

        count++;
        if (!TEST_HOOKS)
                return;

        at = getenv("RAIDD_KILL_AT");
        if (!at || strtoul(at, NULL, 10) != count)
                return;
        if (getenv("RAIDD_KILL_DAEMON"))
                (void) kill(getppid(), SIGKILL);
        (void) kill(getpid(), SIGKILL);
}
