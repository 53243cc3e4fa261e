/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* raidd-worker: does to metadata and kernel what the daemon was asked for. One process per operation, so that
 * the daemon never waits for a disk; it outlives the daemon and is not stopped half-way. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "world/dm.h"
#include "world/guard.h"
#include "world/log.h"
#include "world/worker-modes.h"

static int usage(FILE *out, int code) {
        (void) fputs("raidd-worker run | recover [--all|VG…] | root [--degraded] DEVICE | look | boot | stopping | stopped | guard DEVNODE | --version\n"
                     "Runs one operation of raidd(8); not meant to be called by hand.\n", out);
        return code;
}

static int guard(const char *devnode) {
        int r;

        if (!devnode)
                return usage(stderr, EXIT_FAILURE);
        r = guard_from_udev(devnode);
        if (r < 0)
                log_warning("%s cannot be guarded: %s", devnode, strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int root(int argc, char *argv[]) {
        bool degraded = argc > 0 && strcmp(argv[0], "--degraded") == 0;

        return argc == 1 + degraded ? worker_root(argv[degraded], degraded) : usage(stderr, EXIT_FAILURE);
}

/* One process and not two: whoever waits for the next daemon waits for this as well. */
static int stopping(void) {
        int recovered = worker_recover(NULL), noted = worker_stopping();

        return recovered != EXIT_SUCCESS ? recovered : noted;
}

int main(int argc, char *argv[]) {
        const char *mode = argc > 1 ? argv[1] : "";

        (void) signal(SIGTERM, SIG_IGN);
        (void) signal(SIGINT, SIG_IGN);
        (void) signal(SIGHUP, SIG_IGN);
        (void) signal(SIGPIPE, SIG_IGN);
        if (getenv("RAIDD_DEBUG"))
                log_set_level(LOG_DEBUG);
        dm_init();

        if (strcmp(mode, "run") == 0)
                return worker_run();
        if (strcmp(mode, "recover") == 0)
                return worker_recover(argv + 2);
        if (strcmp(mode, "root") == 0)
                return root(argc - 2, argv + 2);
        if (strcmp(mode, "boot") == 0)
                return worker_boot();
        if (strcmp(mode, "look") == 0)
                return worker_look();
        if (strcmp(mode, "stopping") == 0)
                return stopping();
        if (strcmp(mode, "stopped") == 0)
                return worker_stopped();
        if (strcmp(mode, "guard") == 0)
                return guard(argc > 2 ? argv[2] : NULL);
        if (strcmp(mode, "--version") == 0)
                return printf("raidd-worker %s\n", PROJECT_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (strcmp(mode, "--help") == 0)
                return usage(stdout, EXIT_SUCCESS);
        return usage(stderr, EXIT_FAILURE);
}
