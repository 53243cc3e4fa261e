/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/operation.h"

#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/str.h"
#include "service/caller.h"
#include "service/hold.h"
#include "service/json.h"
#include "service/watch.h"
#include "service/worker-process.h"
#include "world/log.h"

static void start_waiting(Manager *m);

static void operation_free(Operation *o) {
        LIST_REMOVE(o->manager->operations, o);
        sd_bus_message_unref(o->message);
        caller_discharge(o->caller, CALLER_OPERATION);
        json_object_put(o->request);
        closep(&o->answer_fd);
        closep(&o->lock_fd);
        free(o->vg_name);
        free(o);
}

bool operations_idle(const Manager *m) {
        return !m->operations;
}

void operations_end(Manager *m) {
        if (m->stopping && operations_idle(m))
                (void) sd_event_exit(m->event, m->exit_code); /* fails only outside of the loop */
}

static void finish(Operation *o, json_object *answer, int error) {
        Manager *m = o->manager;

        o->done(o, answer, error);
        operation_free(o);
        operations_end(m);
        start_waiting(m);
}

static void on_recovered(Operation *o, int code, int status) {
        VgState *vg = manager_find_vg(o->manager, &o->vg);
        bool good = code == CLD_EXITED && status == 0;

        if (!good)
                log_error("VG %s: recovery after a killed operation failed; what is wrong is in the lines above.",
                          o->vg_name ?: "?");
        if (vg)
                vg->recovery_failed = !good;
        finish(o, NULL, good ? -ECANCELED : -EIO);
}

/* The VG that an operation is about; one that is being made has only its name in the request. NULL: a scan. */
static const char *name_of(const Operation *o) {
        json_object *name = NULL;

        if (!o->vg_name && json_object_object_get_ex(o->request, "name", &name))
                return json_object_get_string(name);
        return o->vg_name;
}

static void on_exited(Operation *o, int code, int status) {
        json_object *answer = worker_read_answer(o->answer_fd);
        int r = -EIO;

        if (answer) {
                finish(o, answer, 0);
                json_object_put(answer);
                return;
        }
        log_error("VG %s: the worker ended (%s %d) without an answer.", name_of(o) ?: "-", code == CLD_EXITED ? "status" : "signal", status);
        if (name_of(o)) {
                /* It may have died with its plan half done: put the VG in order under the lock that it left us. */
                o->recovering = true;
                o->worker = ++o->manager->last_worker;
                r = worker_start_recover(o->manager, o->worker, name_of(o), &o->lock_fd);
        }
        if (r < 0)
                finish(o, NULL, r);
}

void operation_ended(Manager *m, uint64_t worker, int code, int status) {
        for (Operation *o = m->operations; o; o = o->next)
                if (o->running && o->worker == worker) {
                        if (o->recovering)
                                on_recovered(o, code, status);
                        else
                                on_exited(o, code, status);
                        return;
                }
}

static int add_device(json_object *devices, const char *path) {
        json_object *text = json_object_new_string(path);

        if (text && json_object_array_add(devices, text) >= 0)
                return 0;
        json_object_put(text);
        return -ENOMEM;
}

/* A scan of the machine is going to happen: a PV may be somewhere else, or there twice. */
static bool is_scan_due(const Manager *m) {
        for (const Operation *o = m->operations; o; o = o->next)
                if (uuid_is_null(&o->vg))
                        return true;
        return watch_rescan_due(m);
}

/* Where the PVs were at the last scan, and nothing has happened to any device since: the worker need not look at all of
 * the machine's. It does all the same if they are not there. */
static int add_hints(Operation *o) {
        const VgState *s = manager_find_vg(o->manager, &o->vg);
        json_object *devices;
        int r = 0;

        if (!s || s->duplicates || is_scan_due(o->manager))
                return 0;
        for (size_t i = 0; i < s->vg->n_pvs; i++)
                if (!s->devices[i].path)
                        return 0;
        devices = json_object_new_array();
        for (size_t i = 0; devices && r >= 0 && i < s->vg->n_pvs; i++)
                r = add_device(devices, s->devices[i].path);
        if (devices && r >= 0 && json_object_object_add(o->request, "devices", devices) >= 0)
                return 0;
        json_object_put(devices);
        return -ENOMEM;
}

/* Who asks for the merge or the split of what he holds does not need it any more. */
static bool takes_image(const Operation *o) {
        const char *verb = get_text(o->request, "verb") ?: "";

        return o->message && !json_object_object_get_ex(o->request, "dry_run", NULL) && (streq(verb, "merge") || streq(verb, "split"));
}

/* The planner refuses a merge or a permanent split of what somebody holds. Asked when the operation begins: a new hold is
 * refused from then on. */
static int add_held(Operation *o) {
        const VgState *s = manager_find_vg(o->manager, &o->vg);
        const LogicalVolume *lv, *volume;
        json_object *text = NULL, *held;
        const Uuid *image;
        size_t slot;
        Uuid id;
        int tracked;

        if (!s || !json_object_object_get_ex(o->request, "lv", &text) || uuid_parse(json_object_get_string(text), &id) < 0)
                return 0;
        lv = vg_find_lv_by_id(s->vg, &id);
        volume = lv ? lv_raid1_parent(s->vg, lv, &slot) ?: lv : NULL;
        tracked = volume && lv_raid1(volume) ? lv_tracked_slot(volume) : -1;
        if (tracked < 0)
                return 0;
        image = &lv_raid1(volume)->raid1.images[tracked].data->id;
        if (takes_image(o))
                hold_drop_own(o->manager, &o->vg, image, sd_bus_message_get_sender(o->message));
        if (!hold_any(o->manager, &o->vg, image))
                return 0;
        held = json_object_new_boolean(true);
        if (held && json_object_object_add(o->request, "held", held) >= 0)
                return 0;
        json_object_put(held);
        return -ENOMEM;
}

bool operation_runs_on(const Manager *m, const Uuid *vg) {
        for (const Operation *o = m->operations; o; o = o->next)
                if (o->running && uuid_equal(&o->vg, vg))
                        return true;
        return false;
}

static int run(Operation *o) {
        int r;

        r = add_hints(o);
        if (r >= 0)
                r = add_held(o);
        if (r < 0)
                return r;
        o->worker = ++o->manager->last_worker;
        r = worker_start_run(o->manager, o->worker, json_object_to_json_string_ext(o->request, JSON_C_TO_STRING_PLAIN), &o->answer_fd, &o->lock_fd);
        if (r < 0)
                return r;
        o->running = true;
        caller_served(o->caller);
        o->generation = o->manager->generation;
        return 0;
}

static bool conflicts(const Operation *a, const Operation *b) {
        return uuid_is_null(&a->vg) == uuid_is_null(&b->vg) && uuid_equal(&a->vg, &b->vg);
}

/* Nothing runs that it conflicts with, and of those that wait for the same it is its turn. The list is in the order of arrival. */
static bool may_run(const Manager *m, const Operation *o) {
        bool earlier = true;

        for (const Operation *other = m->operations; other; other = other->next) {
                if (other == o)
                        earlier = false;
                else if (conflicts(other, o) && (other->running || caller_goes_before(other->caller, o->caller) ||
                                                 (earlier && !caller_goes_before(o->caller, other->caller))))
                        return false;
        }
        return true;
}

static void start_waiting(Manager *m) {
        Operation *next;

        for (Operation *o = m->operations; o; o = next) {
                int r;

                next = o->next;
                if (o->running || !may_run(m, o))
                        continue;
                r = run(o);
                if (r >= 0)
                        continue;
                log_error("The worker cannot be started: %s", strerror(-r));
                finish(o, NULL, r);
                return; /* the list has changed; finish() went on with it */
        }
}

void operations_drop(Manager *m, const Caller *c) {
        for (Operation *o = m->operations, *next; o; o = next) {
                next = o->next;
                if (o->caller == c && !o->running)
                        operation_free(o);
        }
        operations_end(m);
}

int operation_start(Manager *m, const Uuid *vg, const char *vg_name, json_object *request, sd_bus_message *message,
                    const void *spec, OperationDone done) {
        Operation *o, **tail = &m->operations;
        Caller *caller = NULL;
        int r;

        if (!request)
                return -ENOMEM;
        r = message ? caller_charge(m, message, CALLER_OPERATION, &caller) : 0;
        if (r < 0) {
                json_object_put(request);
                return r;
        }
        o = calloc(1, sizeof(Operation));
        if (!o) {
                caller_discharge(caller, CALLER_OPERATION);
                json_object_put(request);
                return -ENOMEM;
        }
        *o = (Operation) { .manager = m, .request = request, .message = sd_bus_message_ref(message), .spec = spec,
                           .caller = caller, .uid = caller ? caller_uid(caller) : 0, .done = done, .answer_fd = -EBADF, .lock_fd = -EBADF };
        if (vg)
                o->vg = *vg;
        if (vg_name)
                o->vg_name = strdup(vg_name);
        while (*tail)
                tail = &(*tail)->next;
        *tail = o;
        start_waiting(m);
        return 0;
}

int operation_rescan(Manager *m, sd_bus_message *message, OperationDone done) {
        json_object *request = json_object_new_object();

        for (const Operation *o = m->operations; o && !message; o = o->next)
                if (!o->running && o->done == done && !o->message) {
                        json_object_put(request);
                        return 0; /* one that will see everything waits already */
                }
        if (request && json_object_object_add(request, "verb", json_object_new_string("scan")) < 0) {
                json_object_put(request);
                return -ENOMEM;
        }
        return operation_start(m, NULL, NULL, request, message, NULL, done);
}
