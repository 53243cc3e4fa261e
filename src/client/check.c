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
        for (char *p = f->text + used; *p; p++)
                if (*p == '|' || (unsigned char) *p < ' ')
                        *p = '?'; /* what begins the performance data, or another line; a device may be called anything */
}

static int image_severity(const char *state) {
        if (strcmp(state, "in-sync") == 0)
                return OK;
        return strcmp(state, "tracked") == 0 || strcmp(state, "resyncing") == 0 ? WARNING : CRITICAL;
}

/* An image has an opinion of its own only if it is the one that was asked for; else its volume's counts. */
static void look_at_image(Ctl *c, json_object *o, Findings *f) {
        char name[300];
        int level = image_severity(get_text(o, "State"));

        f->n++;
        f->counts[level]++;
        find(f, level, full_name(c->all, o, name), get_text(o, "State"));
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

/* A volume group by its name, a physical volume by its device, everything by its UUID. */
static json_object *find_named(json_object *all, const char *spec) {
        json_object *found = object_by_spec(all, spec);

        for (size_t i = 0; !found && i < json_object_array_length(all); i++) {
                json_object *o = json_object_array_get_idx(all, i);

                if ((is_kind(o, "VolumeGroup") && (strcmp(get_text(o, "Name"), spec) == 0 || same_uuid(get_text(o, "Uuid"), spec))) ||
                    (is_kind(o, "PhysicalVolume") && (strcmp(get_text(o, "Device"), spec) == 0 || same_uuid(get_text(o, "Uuid"), spec))))
                        found = o;
        }
        return found;
}

static bool is_part_of(json_object *o, json_object *one) {
        return o == one || (is_kind(one, "VolumeGroup") && strcmp(get_text(o, "VolumeGroup"), get_text(one, "path")) == 0);
}

int check_unknown(const char *why) {
        printf("RAIDD UNKNOWN - %s\n", why);
        return UNKNOWN;
}

int verb_check(Ctl *c) {
        static const char *const words[] = { "OK", "WARNING", "CRITICAL" };
        json_object *one = NULL;
        Findings f = {};

        if (c->argc > 1)
                return check_unknown("one thing at a time");
        if (snapshot(c) != EXIT_OK)
                return check_unknown("raidd does not answer");
        if (c->argc > 0) {
                one = find_named(c->all, c->argv[0]);
                if (!one)
                        return check_unknown("there is no such volume, image, volume group or physical volume");
        }

        if (one && is_kind(one, "RaidImage"))
                look_at_image(c, one, &f);
        for (size_t i = 0; i < json_object_array_length(c->all); i++)
                if (!one || is_part_of(json_object_array_get_idx(c->all, i), one))
                        look_at(c, json_object_array_get_idx(c->all, i), &f);
        if (f.worst == OK && one && !is_kind(one, "Volume") && !is_kind(one, "VolumeGroup"))
                (void) snprintf(f.text, sizeof(f.text), "%s", is_kind(one, "RaidImage") ? "the image is in sync" : "the device is there");
        else if (f.worst == OK)
                (void) snprintf(f.text, sizeof(f.text), "%u volume%s healthy", f.n, f.n == 1 ? "" : "s");
        printf("RAIDD %s - %s | ok=%u warning=%u critical=%u\n", words[f.worst], f.text, f.counts[OK], f.counts[WARNING], f.counts[CRITICAL]);
        return f.worst;
}
