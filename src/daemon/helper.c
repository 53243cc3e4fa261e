/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* raidd-helper: started by raidd-helper.socket when the daemon connects. */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "config.h"
#include "world/helper.h"
#include "world/log.h"

static int usage(FILE *out, int code) {
        (void) fputs("raidd-helper [--version]\n"
                     "What raidd(8) needs the rights of root for. Started by a socket; not meant to be called by hand.\n", out);
        return code;
}

static int run(void) {
        if (sd_listen_fds(true) != 1 || sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_SEQPACKET, 1, NULL, 0) <= 0)
                return -ENOTCONN;
        return helper_serve(SD_LISTEN_FDS_START, getenv("RAIDD_WORKER") ?: WORKER_PATH);
}

int main(int argc, char *argv[]) {
        int r;

        if (argc == 2 && strcmp(argv[1], "--version") == 0)
                return printf("raidd-helper %s\n", PROJECT_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (argc == 2 && strcmp(argv[1], "--help") == 0)
                return usage(stdout, EXIT_SUCCESS);
        if (argc != 1)
                return usage(stderr, EXIT_FAILURE);
        r = run();
        if (r < 0)
                log_error("The helper ends: %s", strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
