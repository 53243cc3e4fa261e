/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* raidd: options, event loop, bus. */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/cleanup.h"
#include "bus/bus-sender.h"
#include "bus/bus-signal.h"
#include "bus/bus-vtable.h"
#include "bus/polkit.h"
#include "config.h"
#include "service/helper.h"
#include "service/hold.h"
#include "service/manager.h"
#include "service/operation.h"
#include "service/rescan.h"
#include "service/watch.h"
#include "world/helper.h"
#include "world/log.h"

static bool arg_session;

static void help(void) {
        puts("raidd [OPTION…]\n\n"
             "Splits images off RAID1 logical volumes and merges them back; serves org.raidctl.Raidd1.\n\n"
             "  --session   serve the session bus (tests)\n"
             "  --version   print the version\n"
             "  --help      print this\n");
}

/* 1: go on; 0: done; negative: wrong usage. */
static int parse_arguments(int argc, char **argv) {
        static const struct option options[] = {
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, 'V' },
                { "session", no_argument, NULL, 's' },
                {},
        };
        int c;

        while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0)
                switch (c) {
                case 'h':
                        help();
                        return 0;
                case 'V':
                        puts("raidd " PROJECT_VERSION);
                        return 0;
                case 's':
                        arg_session = true;
                        break;
                default:
                        return -EINVAL;
                }
        return optind == argc ? 1 : -EINVAL;
}

/* A worker may be in the middle of a plan: it finishes first, and the last one ends the loop. */
static int on_terminate(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata) {
        Manager *m = userdata;

        m->stopping = true;
        (void) sd_notify(0, "STOPPING=1"); /* nobody may be listening */
        operations_end(m);
        return 0;
}

/* Nobody can reach us any more. systemd starts us anew. */
static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        Manager *m = userdata;

        m->exit_code = -ENOTCONN;
        m->stopping = true;
        operations_end(m);
        return 0;
}

static int start_loop(Manager *m) {
        static const int signals[] = { SIGTERM, SIGINT };
        sigset_t mask;
        int r;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;
        r = sd_event_default(&m->event);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(signals); i++)
                r = sd_event_add_signal(m->event, NULL, signals[i], on_terminate, m);
        if (r >= 0)
                r = sd_event_set_watchdog(m->event, true);
        return r;
}

static int start_bus(Manager *m) {
        int r;

        r = arg_session ? sd_bus_open_user(&m->bus) : sd_bus_open_system(&m->bus);
        if (r >= 0)
                r = sd_bus_add_match(m->bus, NULL, "sender='org.freedesktop.DBus.Local',member='Disconnected'", on_disconnected, m);
        if (r >= 0)
                r = bus_register(m, m->bus);
        if (r >= 0)
                r = sd_bus_attach_event(m->bus, m->event, SD_EVENT_PRIORITY_NORMAL);
        return r;
}

/* The name is requested when the first scan is done: whoever finds us finds everything. */
static int wait_for_scan(Manager *m) {
        int r;

        r = rescan_start(m);
        while (r >= 0 && !operations_idle(m))
                r = sd_event_run(m->event, UINT64_MAX);
        if (r < 0)
                return r;
        m->ready = true;
        r = sd_bus_request_name(m->bus, RAIDD_NAME, 0);
        if (r >= 0)
                (void) sd_notify(0, "READY=1"); /* nobody may be listening */
        return r;
}

static int run(Manager *m) {
        int r;

        r = start_loop(m);
        if (r >= 0)
                r = helper_connect(m, getenv("RAIDD_HELPER") ?: HELPER_SOCKET);
        if (r >= 0)
                r = start_bus(m);
        if (r >= 0)
                r = holds_restore(m);
        if (r >= 0)
                r = watch_start(m);
        if (r >= 0)
                r = wait_for_scan(m);
        if (r >= 0)
                r = sd_event_loop(m->event);
        if (r < 0)
                log_error("raidd ends: %s", strerror(-r));
        return r;
}

int main(int argc, char **argv) {
        Manager m = { .events = &bus_events };
        int r;

        r = parse_arguments(argc, argv);
        if (r <= 0)
                return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        r = run(&m);
        watch_stop(&m);
        polkit_done(&m);
        bus_sender_done(&m);
        manager_done(&m);
        if (r >= 0)
                helper_leave(&m);
        helper_disconnect(&m);
        sd_bus_flush_close_unref(m.bus);
        sd_event_unref(m.event);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
