/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one way in for everything that changes something: a row in a table, and bus_verb_run(). */

#include <json-c/json_types.h>

#include "service/manager.h"

typedef enum ReplyKind {
        REPLY_NOTHING,
        REPLY_IMAGE,  /* o: the image in the answer's "object" */
        REPLY_IMAGES, /* ao: the tracked images of the volumes in the request's "lvs" */
        REPLY_VOLUME, /* o */
        REPLY_VG,     /* o */
        REPLY_JOB,    /* o: of the answer's "job_lv" */
        REPLY_CHANGED, /* ttt */
        REPLY_REGIONS, /* a(tt) */
} ReplyKind;

typedef struct VerbSpec {
        const char *member;
        ObjectKind kind;       /* _OBJECT_KIND_MAX: the manager */
        const char *arguments; /* those before the options, a letter each: see bus-option.c */
        const char *action;    /* polkit; NULL only for what changes nothing and reveals no secret */
        const char *verb;      /* of the worker */
        ReplyKind reply;
        const char *options;   /* blank-separated keys that are allowed */
} VerbSpec;

/* The method of a vtable: finds the row by interface and member. */
int bus_verb_run(sd_bus_message *message, void *userdata, sd_bus_error *reterr);
const VerbSpec *verb_find(ObjectKind kind, const char *member);
/* The polkit action that a call of it on the target asks for; a job of somebody else, or of nobody, asks for more than one's own. */
const char *verb_action(const Manager *m, sd_bus_message *message, const VerbSpec *spec, const Object *target);
/* Of a worker that is done: its new state becomes the objects', and the job that goes on, if there is one, starts. *vg is the volume
 * group's, *ret_job its path (allocated) or unchanged. */
int bus_verb_take(Operation *o, json_object *answer, Uuid *vg, char **ret_job);
/* RecoveryNeeded if the last one failed. NULL is good. */
int bus_check_vg(const VgState *s, sd_bus_error *reterr);
