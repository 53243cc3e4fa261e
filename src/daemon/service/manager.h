/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's one registry: VG states as last read, the objects made of them, running operations and jobs. */

#include <json-c/json_types.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "service/object.h"
#include "service/state.h"

#define RAIDD_NAME "org.raidctl.Raidd1"
#define RAIDD_PATH "/org/raidctl/Raidd1"
#define RAIDD_INTERFACE(x) "org.raidctl.Raidd1." x
#define RAIDD_ERROR(x) "org.raidctl.Raidd1.Error." x

typedef struct Caller Caller;
typedef struct Helper Helper;
typedef struct Job Job;
typedef struct Manager Manager;
typedef struct Operation Operation;
typedef struct PolkitQuery PolkitQuery;
typedef struct Sender Sender;
typedef struct User User;
typedef struct Watch Watch;
typedef struct Hold Hold;

/* What the service tells whoever shows it to others; the bus above fills it in. */
typedef struct ManagerEvents {
        /* Puts next in the place of m->objects (takes it) and announces the difference. */
        int (*objects)(Manager *m, ObjectList *next);
        /* The last hold on the image is gone, and one of them wanted it to be merged then. */
        void (*hold_released)(Manager *m, const Uuid *vg, const Uuid *image);
        /* The image that ReplaceImage added to the volume is in sync. */
        void (*replace_ready)(Manager *m, const Uuid *vg, const Uuid *lv);
        void (*job_completed)(Manager *m, const char *path, bool success, const char *message);
} ManagerEvents;

struct Manager {
        const ManagerEvents *events;
        sd_event *event;
        sd_bus *bus;
        Helper *helper;
        uint64_t last_worker;
        VgState **vgs;
        size_t n_vgs;
        ObjectList objects;
        Operation *operations; /* oldest first */
        Job *jobs;
        unsigned last_job;
        sd_event_source *job_timer;
        bool notes_pruned; /* of jobs that ended while there was no daemon */
        Caller *callers;
        Caller *serving; /* whose message is being handled, until the next comes */
        Sender *senders;
        sd_bus_slot *names; /* of the bus: who leaves it */
        User *users;
        uint64_t turn; /* counts the operations that were started for somebody */
        PolkitQuery *queries;
        unsigned last_query;
        Hold *holds;
        Watch *watch;
        unsigned generation; /* counts the VG states taken from operations: a scan that began before is stale */
        uint64_t last_rate;  /* of an initial sync, in bytes per second; 0: none seen yet */
        bool ready;    /* the first scan is done */
        bool stopping; /* no new calls */
        int exit_code; /* of the event loop, when the last operation has ended after that */
};

void manager_done(Manager *m);
VgState *manager_find_vg(const Manager *m, const Uuid *id);
/* The answer of a scan of everything: replaces all VGs. */
int manager_take_scan(Manager *m, json_object *vgs);
/* The state after an operation; o NULL: the VG is gone. */
int manager_take_vg(Manager *m, const Uuid *id, json_object *o);
/* Looks at the kernel, builds the objects anew and sends the signals for what changed. */
int manager_refresh(Manager *m);
