/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One run of raidd-worker: request in, answer out, and recovery if it died. One operation at a time on a VG; others
 * wait their turn. */

#include "service/manager.h"

/* Called once at the end, with the answer (NULL if there is none) or a negative errno. */
typedef void (*OperationDone)(Operation *o, json_object *answer, int error);

struct Operation {
        Operation *next;
        Manager *manager;
        Uuid vg;          /* null: concerns no VG in particular */
        char *vg_name;
        json_object *request;
        sd_bus_message *message; /* answered by done; NULL for our own */
        const void *spec;        /* of the caller */
        Caller *caller;          /* NULL for our own */
        uint32_t uid;
        OperationDone done;
        /* while it runs */
        unsigned generation; /* of the manager at the start */
        bool running, recovering;
        uint64_t worker; /* its number, for the helper */
        int answer_fd, lock_fd;  /* answer: a memfd; lock: socket, then the VG lock that a dead worker left */
};

/* Takes the request object, also on failure. -EBUSY: too many of the caller's wait. Those that wait for the same VG are started in turns
 * (caller.h), those of one caller in their order. */
int operation_start(Manager *m, const Uuid *vg, const char *vg_name, json_object *request, sd_bus_message *message,
                    const void *spec, OperationDone done);
/* A scan of everything; the state and the objects follow. At most one waits. */
int operation_rescan(Manager *m, sd_bus_message *message, OperationDone done);
/* The worker with this number has ended so: code and status as in siginfo. */
void operation_ended(Manager *m, uint64_t worker, int code, int status);
/* The caller is gone: what it has waiting is not begun. */
void operations_drop(Manager *m, const Caller *c);
bool operations_idle(const Manager *m);
/* Ends the event loop if that is wanted and nothing is under way any more. */
void operations_end(Manager *m);
bool operation_runs_on(const Manager *m, const Uuid *vg);
