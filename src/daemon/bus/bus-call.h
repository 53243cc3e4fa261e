/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/bus-verb.h"

/* The arguments of a call, read and checked. */
typedef struct Call {
        json_object *request; /* for the worker */
        Uuid vg; /* of the target; null for the manager */
        bool allow_degraded, planning, merge_on_release;
        char *details[16];    /* for polkit: pairs; names are static, values owned */
        size_t n_details;
} Call;

/* What a caller may make us keep: texts are paths or shorter (a name is looked at by the planner, which says what is wrong with
 * it), arrays are of devices. */
#define CALL_TEXT_MAX 4096U
#define CALL_ARRAY_MAX 1024U
#define CALL_OPTIONS_MAX 64U

void call_done(Call *c);
/* A string; -ERANGE if it is too long; 0 at the end of an array, and then *ret is not set. */
int call_read_text(sd_bus_message *message, const char **ret);
/* -ERANGE if there are too many. */
int call_append(json_object *list, const char *text);
/* For a sentence: nobody wants an answer that repeats megabytes. */
const char *call_quote(const char *text);
/* The caller has too much pending: see service/caller.h. */
int call_too_many(sd_bus_error *reterr);
/* A pair for polkit: key is static, value copied. */
int call_add_detail(Call *c, const char *key, const char *value);
/* Unknown options and wrong types: InvalidArgs. target: the object, NULL for the manager. */
int call_read(Manager *m, sd_bus_message *message, const VerbSpec *spec, const Object *target, Call *ret,
              sd_bus_error *reterr);
/* The same for a plan of the method: its arguments are among the options, by name. */
int call_read_planned(Manager *m, sd_bus_message *message, const VerbSpec *spec, const Object *target, Call *ret,
                      sd_bus_error *reterr);
