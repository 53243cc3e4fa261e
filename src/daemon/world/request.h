/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the worker is asked (one JSON object on stdin) and what it answers (JSON lines on stdout). The
 * asker is the daemon, but what it passes on came from the bus: types and sizes are checked. */

#include "plan/planner.h"

typedef struct WorkerRequest {
        Request request; /* verb is _VERB_INVALID for the two below */
        bool scan, changed;
        bool want_ranges, dry_run;
        bool held; /* the tracked image that this is about */
        Uuid vg;
        char *vg_name;
        char **devices; /* NULL: all */
        char **new_devices; /* vg-extend */
        uint32_t lock_timeout_ms;
} WorkerRequest;

#define LOCK_TIMEOUT_MS 20000

WorkerRequest *worker_request_free(WorkerRequest *r);
DEFINE_CLEANUP(WorkerRequest, worker_request_free);
/* -EBADMSG: no JSON object, or a field that is unknown or has the wrong type. */
int worker_request_parse(const char *text, WorkerRequest **ret);
