/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check: one line and an exit code for Nagios, Icinga and their kin (the monitoring-plugin contract). */

#include <stdio.h>
#include <string.h>

#include "ctl.h"

enum { OK, WARNING, CRITICAL, UNKNOWN };

static int severity(const char *health) {
        if (strcmp(health, "healthy") == 0 || strcmp(health, "inactive") == 0)
                return OK;
        if (strcmp(health, "tracking") == 0 || strcmp(health, "resyncing") == 0)
                return WARNING;
        return CRITICAL; /* degraded, failed, and whatever a newer raidd knows */
}

typedef struct Findings {
        int worst;
        unsigned n, counts[UNKNOWN];
        char text[2048];
} Findings;

static void find(Findings *f, int level, const char *name, const char *what) {
        size_t used = strlen(f->text);

        f->worst = level > f->worst ? level : f->worst;
        if (level > OK)
                (void) snprintf(f->text + used, sizeof(f->text) - used, "%s%s is %s", used > 0 ? ", " : "", name, what);
}

static void look_at(Ctl *c, json_object *o, Findings *f) {
        char name[300];

        if (is_kind(o, "VolumeGroup") && strcmp(get_text(o, "State"), "ready") != 0)
                find(f, CRITICAL, get_text(o, "Name"), get_text(o, "State"));
        if (is_kind(o, "PhysicalVolume") && get_bool(o, "Missing"))
                find(f, CRITICAL, *get_text(o, "Device") ? get_text(o, "Device") : get_text(o, "Uuid"), "missing");
        if (!is_kind(o, "Volume"))
                return;
        f->n++;
        f->counts[severity(get_text(o, "Health"))]++;
        (void) full_name(c->all, o, name);
        find(f, severity(get_text(o, "Health")), name, get_text(o, "Health"));
        if (get_number(o, "MismatchCount") > 0)
                find(f, WARNING, name, "different on its images");
}

int verb_check(Ctl *c) {
        static const char *const words[] = { "OK", "WARNING", "CRITICAL" };
        json_object *one = NULL;
        Findings f = {};
        int r = EXIT_OK;

        if (c->argc > 0)
                one = named_object(c, 0, &r);
        else
                r = snapshot(c);
        if (r != EXIT_OK) {
                puts(r == EXIT_NO_SERVICE ? "RAIDD UNKNOWN - raidd does not answer" : "RAIDD UNKNOWN - there is no such volume");
                return UNKNOWN;
        }

        for (size_t i = 0; i < json_object_array_length(c->all); i++)
                if (!one || one == json_object_array_get_idx(c->all, i))
                        look_at(c, json_object_array_get_idx(c->all, i), &f);
        if (f.worst == OK)
                (void) snprintf(f.text, sizeof(f.text), "%u volume%s healthy", f.n, f.n == 1 ? "" : "s");
        printf("RAIDD %s - %s | ok=%u warning=%u critical=%u\n", words[f.worst], f.text, f.counts[OK], f.counts[WARNING], f.counts[CRITICAL]);
        return f.worst;
}
