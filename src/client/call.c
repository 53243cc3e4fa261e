/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

#define CALL_TIMEOUT_USEC (UINT64_C(300) * 1000000)

int usage_error(const char *format, ...) {
        va_list args;

        fputs("raidctl: ", stderr);
        va_start(args, format);
        (void) vfprintf(stderr, format, args);
        va_end(args);
        fputs(" See 'raidctl --help'.\n", stderr);
        return EXIT_USAGE;
}

typedef struct ErrorExit {
        const char *name;
        int code;
} ErrorExit;

int exit_code(const sd_bus_error *error) {
        static const ErrorExit table[] = {
                { RAIDD_INTERFACE("Error.NoSuchVolume"), EXIT_NOT_FOUND },
                { RAIDD_INTERFACE("Error.NoSuchImage"), EXIT_NOT_FOUND },
                { RAIDD_INTERFACE("Error.NoSuchVolumeGroup"), EXIT_NOT_FOUND },
                { RAIDD_INTERFACE("Error.Failed"), EXIT_FAILED },
                { RAIDD_INTERFACE("Error.Busy"), EXIT_BUSY },
                { RAIDD_INTERFACE("Error.InUse"), EXIT_BUSY },
                { RAIDD_INTERFACE("Error.Held"), EXIT_BUSY },
                { RAIDD_INTERFACE("Error.LockTimeout"), EXIT_BUSY },
                { RAIDD_INTERFACE("Error.PlanStale"), EXIT_PLAN_STALE },
                { SD_BUS_ERROR_ACCESS_DENIED, EXIT_NOT_AUTHORIZED },
                { SD_BUS_ERROR_SERVICE_UNKNOWN, EXIT_NO_SERVICE },
                { SD_BUS_ERROR_NAME_HAS_NO_OWNER, EXIT_NO_SERVICE },
                { SD_BUS_ERROR_NO_REPLY, EXIT_NO_SERVICE },
                { SD_BUS_ERROR_INVALID_ARGS, EXIT_USAGE },
        };

        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
                if (sd_bus_error_has_name(error, table[i].name))
                        return table[i].code;
        if (error->name && strncmp(error->name, RAIDD_INTERFACE("Error."), strlen(RAIDD_INTERFACE("Error."))) == 0)
                return EXIT_REFUSED;
        return EXIT_FAILED;
}

int bus_failed(const char *object, const sd_bus_error *error, int r) {
        int code = sd_bus_error_is_set(error) ? exit_code(error) : EXIT_NO_SERVICE;

        if (code == EXIT_NO_SERVICE)
                fputs("raidctl: raidd does not answer; 'systemctl status raidd' may tell why. ", stderr);
        if (object)
                fprintf(stderr, "%s: ", object);
        for (const char *p = sd_bus_error_is_set(error) && error->message ? error->message : strerror(-r); *p; p++)
                fputc(iscntrl((unsigned char) *p) && *p != '\n' ? '?' : *p, stderr);
        fputc('\n', stderr);
        return code;
}

int snapshot(Ctl *c) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        json_object_put(c->all);
        c->all = NULL;
        r = objects_get(c->bus, &c->all, &error);
        r = r < 0 ? bus_failed(NULL, &error, r) : 0;
        sd_bus_error_free(&error);
        return r;
}

int look_again(Ctl *c) {
        sd_bus_message *m = call_new(c, RAIDD_PATH, RAIDD_INTERFACE("Manager"), "Rescan");

        if (m && sd_bus_message_set_allow_interactive_authorization(m, false) >= 0 && call_open_options(c, m) >= 0 &&
            sd_bus_message_close_container(m) >= 0)
                (void) sd_bus_call(c->bus, m, CALL_TIMEOUT_USEC, NULL, NULL); /* who may not, has seen all there was to see */
        sd_bus_message_unref(m);
        return snapshot(c);
}

json_object *named_object(Ctl *c, int i, int *ret_exit) {
        json_object *o;

        if (c->argc <= i) {
                *ret_exit = usage_error("Which volume? Name it as VG/LV.");
                return NULL;
        }
        if (c->argc > i + 1) {
                *ret_exit = usage_error("One volume at a time.");
                return NULL;
        }
        *ret_exit = snapshot(c);
        if (*ret_exit != 0)
                return NULL;
        o = object_by_spec(c->all, c->argv[i]);
        if (!o && (*ret_exit = look_again(c)) == 0)
                o = object_by_spec(c->all, c->argv[i]);
        if (!o && *ret_exit == 0) {
                fprintf(stderr, "%s: There is no such volume or image; 'raidctl list -a' shows those there are.\n", c->argv[i]);
                *ret_exit = EXIT_NOT_FOUND;
        }
        return o;
}

int confirm(const Ctl *c, const char *question) {
        char answer[8];

        if (c->yes || c->dry_run)
                return 0;
        if (!isatty(STDIN_FILENO)) {
                fprintf(stderr, "raidctl: %s Confirm with --yes.\n", question);
                return EXIT_UNCONFIRMED;
        }
        fprintf(stderr, "%s [y/N] ", question);
        return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y') ? 0 : EXIT_UNCONFIRMED;
}

void print_json(const Ctl *c, const char *key, json_object *value) {
        json_object *o = json_object_new_object();

        (void) json_object_object_add(o, "schema", json_object_new_string("raidctl-1"));
        (void) json_object_object_add(o, key, value);
        puts(json_object_to_json_string_ext(o, c->json & ~CTL_JSON));
        json_object_put(o);
}

int parse_size(const char *text, uint64_t *ret) {
        static const char units[] = "KMGTPE";
        unsigned long long n;
        const char *unit;
        char *end;

        errno = 0;
        n = strtoull(text, &end, 10);
        if (errno != 0 || end == text || *text == '-')
                return -EINVAL;
        if (*end) {
                unit = strchr(units, toupper((unsigned char) *end));
                if (!unit || (end[1] && strcmp(end + 1, "iB") != 0 && strcmp(end + 1, "B") != 0))
                        return -EINVAL;
                for (long i = 0; i <= unit - units; i++)
                        if (__builtin_mul_overflow(n, 1024, &n))
                                return -ERANGE;
        }
        *ret = n;
        return 0;
}

void format_size(uint64_t bytes, char out[static 32]) {
        static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
        double n = (double) bytes;
        unsigned u = 0;

        for (; n >= 1024 && u < 6; u++)
                n /= 1024;
        (void) snprintf(out, 32, n < 10 && u > 0 ? "%.2f %s" : n < 100 && u > 0 ? "%.1f %s" : "%.0f %s", n, units[u]);
}

/* A call of Manager.Plan takes the arguments among the options, by name. */
sd_bus_message *call_new(Ctl *c, const char *path, const char *interface, const char *member) {
        sd_bus_message *m = NULL;
        int r;

        c->planning = c->dry_run && strncmp(member, "Get", 3) != 0 && strcmp(member, "Rescan") != 0;
        r = c->planning ? sd_bus_message_new_method_call(c->bus, &m, RAIDD_NAME, RAIDD_PATH, RAIDD_INTERFACE("Manager"), "Plan")
                        : sd_bus_message_new_method_call(c->bus, &m, RAIDD_NAME, path, interface, member);
        if (r >= 0 && c->planning)
                r = sd_bus_message_append(m, "so", member, path);
        if (r >= 0 && c->planning)
                r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r < 0) {
                sd_bus_message_unref(m);
                return NULL;
        }
        (void) sd_bus_message_set_allow_interactive_authorization(m, !c->no_ask); /* fails only on a sealed message */
        return m;
}

int call_text(const Ctl *c, sd_bus_message *m, const char *key, const char *value) {
        return c->planning ? sd_bus_message_append(m, "{sv}", key, "s", value) : sd_bus_message_append(m, "s", value);
}

int call_number(const Ctl *c, sd_bus_message *m, const char *key, uint64_t value) {
        return c->planning ? sd_bus_message_append(m, "{sv}", key, "t", value) : sd_bus_message_append(m, "t", value);
}

int call_u32(const Ctl *c, sd_bus_message *m, const char *key, uint32_t value) {
        return c->planning ? sd_bus_message_append(m, "{sv}", key, "u", value) : sd_bus_message_append(m, "u", value);
}

int call_path(const Ctl *c, sd_bus_message *m, const char *key, const char *value) {
        return c->planning ? sd_bus_message_append(m, "{sv}", key, "o", value) : sd_bus_message_append(m, "o", value);
}

static int append_list(sd_bus_message *m, char type, char **list) {
        int r = sd_bus_message_open_container(m, 'a', (char[]) { type, '\0' });

        for (; r >= 0 && *list; list++)
                r = sd_bus_message_append_basic(m, type, *list);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int call_list(const Ctl *c, sd_bus_message *m, const char *key, char type, char **value) {
        int r;

        if (!c->planning)
                return append_list(m, type, value);
        r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", key);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', (char[]) { 'a', type, '\0' });
        if (r >= 0)
                r = append_list(m, type, value);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int call_open_options(const Ctl *c, sd_bus_message *m) {
        return c->planning ? 0 : sd_bus_message_open_container(m, 'a', "{sv}");
}

int option_bool(sd_bus_message *m, const char *key, bool value) {
        return sd_bus_message_append(m, "{sv}", key, "b", (int) value);
}

int option_u32(sd_bus_message *m, const char *key, uint32_t value) {
        return sd_bus_message_append(m, "{sv}", key, "u", value);
}

int option_u64(sd_bus_message *m, const char *key, uint64_t value) {
        return sd_bus_message_append(m, "{sv}", key, "t", value);
}

int option_path(sd_bus_message *m, const char *key, const char *value) {
        return sd_bus_message_append(m, "{sv}", key, "o", value);
}

/* Of a device with several names, either may be any of them. */
static bool same_device(const char *device, const char *name) {
        char *a = realpath(device, NULL), *b = realpath(name, NULL);
        bool same = strcmp(a ? a : device, b ? b : name) == 0;

        free(a);
        free(b);
        return same;
}

const char *pv_path(Ctl *c, json_object *of, const char *name) {
        const char *vg = is_kind(of, "VolumeGroup") ? get_text(of, "path") : get_text(of, "VolumeGroup"), *found = NULL;

        for (size_t i = 0; !found && i < json_object_array_length(c->all); i++) {
                json_object *o = json_object_array_get_idx(c->all, i);

                if (is_kind(o, "PhysicalVolume") && strcmp(get_text(o, "VolumeGroup"), vg) == 0 &&
                    (same_device(get_text(o, "Device"), name) || strcmp(get_text(o, "Uuid"), name) == 0))
                        found = get_text(o, "path");
        }
        return found;
}

int option_pv(Ctl *c, sd_bus_message *m, json_object *volume) {
        const char *path = pv_path(c, volume, c->pv);

        return path ? option_path(m, "physical-volume", path) : -ENXIO;
}

uint64_t lock_timeout_usec(const Ctl *c) {
        return strtoull(c->lock_timeout, NULL, 10) * 1000000;
}

/* A hold waits for no lock and changes nothing. */
static int close_options(Ctl *c, sd_bus_message *m) {
        bool holds = strcmp(sd_bus_message_get_member(m), "Hold") == 0;
        int r = 0;

        if (c->lock_timeout && !holds)
                r = option_u64(m, "lock-timeout-usec", lock_timeout_usec(c));
        if (r >= 0 && c->plan && !holds)
                r = sd_bus_message_append(m, "{sv}", "plan", "s", c->plan);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

int call_run(Ctl *c, sd_bus_message *m, const char *object, sd_bus_message **ret_reply) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message *reply = NULL;
        int r;

        r = close_options(c, m);
        if (r >= 0)
                r = sd_bus_call(c->bus, m, CALL_TIMEOUT_USEC, &error, &reply);
        r = r < 0 ? bus_failed(object, &error, r) : EXIT_OK;
        if (r == EXIT_OK && c->planning)
                r = print_plan(c, object, reply);
        sd_bus_error_free(&error);
        sd_bus_message_unref(m);
        if (r == EXIT_OK && ret_reply)
                *ret_reply = reply;
        else
                sd_bus_message_unref(reply);
        return r;
}
