/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --dry-run: what Manager.Plan says, for people and as JSON. */

#include <stdio.h>

#include "ctl.h"

/* As the operation itself would have been refused; nothing but the exit code with --json. */
static int refused(const Ctl *c, json_object *plan, const char *object) {
        json_object *list = NULL, *first;
        sd_bus_error error;
        char name[256];

        if (!json_object_object_get_ex(plan, "blockers", &list) || json_object_array_length(list) == 0)
                return EXIT_FAILED;
        first = json_object_array_get_idx(list, 0);
        (void) snprintf(name, sizeof(name), RAIDD_INTERFACE("Error.%s"), get_text(first, "error"));
        error = SD_BUS_ERROR_MAKE_CONST(name, get_text(first, "message"));
        return c->json ? exit_code(&error) : bus_failed(object, &error, 0);
}

static void print_steps(json_object *plan) {
        for (size_t i = 0; i < list_length(plan, "steps"); i++) {
                json_object *steps, *step;

                (void) json_object_object_get_ex(plan, "steps", &steps);
                step = json_object_array_get_idx(steps, i);
                printf("%3zu  %-15s %s%s%s\n", i + 1, get_text(step, "kind"), get_text(step, "node"),
                       *get_text(step, "node") ? ": " : "", get_text(step, "why"));
        }
}

static void print_for_people(json_object *plan, const char *token) {
        uint64_t bytes = get_number(plan, "bytes-to-resync"), usec = get_number(plan, "estimated-usec");
        char size[32];

        printf("%s\n", get_text(plan, "summary"));
        print_steps(plan);
        for (size_t i = 0; i < list_length(plan, "warnings"); i++)
                printf("  WARNING: %s\n", list_item(plan, "warnings", i));
        if (bytes > 0) {
                format_size(bytes, size);
                printf("  %s to copy afterwards, at most", size);
                if (usec > 0)
                        printf(", in about %llu s", (unsigned long long) (usec + 999999) / 1000000);
                putchar('\n');
        }
        if (*token)
                printf("  Nothing has been done. Add --plan=%s to do it if nothing changes meanwhile.\n", token);
        else
                puts("  Nothing has been done.");
}

int print_plan(Ctl *c, const char *object, sd_bus_message *reply) {
        json_object *plan = json_object_new_object();
        const char *token;
        int r;

        r = sd_bus_message_read(reply, "s", &token);
        if (r >= 0)
                r = properties_read(reply, plan);
        if (r < 0) {
                json_object_put(plan);
                return EXIT_FAILED;
        }
        r = get_bool(plan, "allowed") ? EXIT_PLANNED : refused(c, plan, object);
        if (c->json) {
                (void) json_object_object_add(plan, "token", json_object_new_string(token));
                print_json(c, "plan", plan);
                return r;
        }
        if (r == EXIT_PLANNED)
                print_for_people(plan, token);
        json_object_put(plan);
        return r;
}
