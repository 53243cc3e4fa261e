/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* monitor: what changes, as it changes; with --json a JSON text sequence (RFC 7464). */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl.h"

#define RECORD_SEPARATOR 0x1e

typedef struct Monitor {
        Ctl *c;
        bool gone;
} Monitor;

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number) {
        interrupted = number;
}

static const char *name_of(Ctl *c, json_object *o, char out[static 300]) {
        if (is_kind(o, "Volume") || is_kind(o, "RaidImage"))
                return full_name(c->all, o, out);
        (void) snprintf(out, 300, "%s", is_kind(o, "VolumeGroup") ? get_text(o, "Name")
                                        : is_kind(o, "PhysicalVolume") ? get_text(o, "Device") : get_text(o, "Operation"));
        return out;
}

static void print_properties(json_object *properties) {
        json_object_object_foreach(properties, key, value)
                printf(" %s=%s", key, json_object_is_type(value, json_type_array)
                                              ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
                                              : json_object_get_string(value));
}

/* detail: the changed properties, or NULL for the whole object. */
static void print_event(Ctl *c, const char *event, json_object *o, json_object *detail) {
        char name[300], when[32];
        json_object *record;
        time_t now = time(NULL);
        struct tm tm;

        if (c->json) {
                record = json_object_new_object();
                (void) json_object_object_add(record, "event", json_object_new_string(event));
                (void) json_object_object_add(record, "path", json_object_new_string(get_text(o, "path")));
                (void) json_object_object_add(record, "kind", json_object_new_string(get_text(o, "kind")));
                (void) json_object_object_add(record, "properties", json_object_get(detail ? detail : o));
                putchar(RECORD_SEPARATOR);
                print_json(c, "change", record);
        } else {
                (void) strftime(when, sizeof(when), "%H:%M:%S", localtime_r(&now, &tm));
                printf("%s %-8s %-14s %s", when, event, get_text(o, "kind"), name_of(c, o, name));
                if (detail)
                        print_properties(detail);
                putchar('\n');
        }
        (void) fflush(stdout);
}

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Monitor *monitor = userdata;
        json_object *o = object_by_path(monitor->c->all, sd_bus_message_get_path(m)), *changed = json_object_new_object();
        const char *interface;

        if (o && sd_bus_message_read(m, "s", &interface) >= 0 && strncmp(interface, RAIDD_INTERFACE(""), strlen(RAIDD_INTERFACE(""))) == 0 &&
            properties_read(m, changed) >= 0 && json_object_object_length(changed) > 0) {
                json_object_object_foreach(changed, key, value)
                        (void) json_object_object_add(o, key, json_object_get(value));
                print_event(monitor->c, "changed", o, changed);
        }
        json_object_put(changed);
        return 0;
}

static int on_added(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Monitor *monitor = userdata;
        size_t n = json_object_array_length(monitor->c->all);

        if (object_read(m, monitor->c->all) >= 0)
                for (; n < json_object_array_length(monitor->c->all); n++)
                        print_event(monitor->c, "added", json_object_array_get_idx(monitor->c->all, n), NULL);
        return 0;
}

static int on_removed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Monitor *monitor = userdata;
        json_object *all = monitor->c->all;
        const char *path;

        if (sd_bus_message_read(m, "o", &path) < 0)
                return 0;
        for (size_t i = 0; i < json_object_array_length(all); i++)
                if (strcmp(get_text(json_object_array_get_idx(all, i), "path"), path) == 0) {
                        print_event(monitor->c, "removed", json_object_array_get_idx(all, i), NULL);
                        (void) json_object_array_del_idx(all, i, 1);
                        break;
                }
        return 0;
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *name, *old, *new;
        Monitor *monitor = userdata;

        if (sd_bus_message_read(m, "sss", &name, &old, &new) >= 0 && strcmp(name, RAIDD_NAME) == 0 && *old)
                monitor->gone = true;
        return 0;
}

static int subscribe(Monitor *m) {
        sd_bus *bus = m->c->bus;
        int r;

        r = sd_bus_match_signal(bus, NULL, RAIDD_NAME, NULL, "org.freedesktop.DBus.Properties", "PropertiesChanged", on_changed, m);
        if (r >= 0)
                r = sd_bus_match_signal(bus, NULL, RAIDD_NAME, RAIDD_PATH, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", on_added, m);
        if (r >= 0)
                r = sd_bus_match_signal(bus, NULL, RAIDD_NAME, RAIDD_PATH, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved", on_removed, m);
        if (r >= 0)
                r = sd_bus_match_signal(bus, NULL, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged",
                                        on_owner, m);
        return r;
}

int verb_monitor(Ctl *c) {
        struct sigaction action = { .sa_handler = on_interrupt };
        Monitor m = { .c = c };
        int r;

        if (c->argc > 0)
                return usage_error("monitor shows all changes; it takes no name.");
        (void) sigaction(SIGINT, &action, NULL); /* cannot fail with these arguments */
        (void) sigaction(SIGTERM, &action, NULL);
        r = subscribe(&m);
        if (r < 0)
                return bus_failed(NULL, &SD_BUS_ERROR_NULL, r);
        r = snapshot(c); /* after the matches: nothing is missed in between */
        if (r != EXIT_OK)
                return r;

        while (!interrupted && !ferror(stdout)) {
                r = sd_bus_process(c->bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(c->bus, UINT64_MAX);
                if (r < 0 && r != -EINTR)
                        return bus_failed(NULL, &SD_BUS_ERROR_NULL, r);
                if (m.gone) {
                        fputs("raidctl: raidd has gone away; start monitor again when it is back.\n", stderr);
                        return EXIT_NO_SERVICE;
                }
        }
        return EXIT_OK;
}
