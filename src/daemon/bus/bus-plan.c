/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-plan.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bus/bus-call.h"
#include "bus/polkit.h"
#include "service/job.h"
#include "service/json.h"
#include "service/operation.h"
#include "world/log.h"

/* JSON of the worker --------------------------------------------------------------------------------------------- */

static json_object *get(json_object *o, const char *key) {
        json_object *v = NULL;

        return o && json_object_object_get_ex(o, key, &v) ? v : NULL;
}

/* The dictionary ------------------------------------------------------------------------------------------------- */

/* As json has it; no entry where it is missing or empty. */
static int add_text(sd_bus_message *m, json_object *json, const char *member, const char *key) {
        const char *text = get_text(json, member);

        return text && *text ? sd_bus_message_append(m, "{sv}", key, "s", text) : 0;
}

/* Metadata texts stay here: they are long, and only root may read them on the disks. */
static int add_step(sd_bus_message *m, json_object *step) {
        bool table = streq(get_text(step, "kind") ?: "", "dm.load");
        int r;

        r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = add_text(m, step, "kind", "kind");
        if (r >= 0)
                r = add_text(m, step, "node", "node");
        if (r >= 0)
                r = add_text(m, step, "why", "why");
        if (r >= 0 && table)
                r = add_text(m, step, "text", "table");
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int open_entry(sd_bus_message *m, const char *key, const char *type) {
        int r;

        r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", key);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', type);
        return r < 0 ? r : sd_bus_message_open_container(m, 'a', type + 1);
}

static int close_entry(sd_bus_message *m) {
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < 3; i++)
                r = sd_bus_message_close_container(m);
        return r;
}

static int add_steps(sd_bus_message *m, json_object *steps) {
        int r;

        r = open_entry(m, "steps", "aa{sv}");
        for (size_t i = 0; r >= 0 && json_object_is_type(steps, json_type_array) && i < json_object_array_length(steps); i++)
                r = add_step(m, json_object_array_get_idx(steps, i));
        return r < 0 ? r : close_entry(m);
}

static int add_warnings(sd_bus_message *m, json_object *warnings) {
        int r;

        r = open_entry(m, "warnings", "as");
        for (size_t i = 0; r >= 0 && json_object_is_type(warnings, json_type_array) && i < json_object_array_length(warnings); i++)
                r = sd_bus_message_append(m, "s", json_object_get_string(json_object_array_get_idx(warnings, i)));
        return r < 0 ? r : close_entry(m);
}

static int add_authorization(sd_bus_message *m, const Operation *o) {
        bool degraded = json_object_get_boolean(get(o->request, "allow_degraded"));
        const char *operation, *path;
        const Object *target;
        int r;

        r = sd_bus_message_rewind(o->message, true);
        if (r >= 0)
                r = sd_bus_message_read(o->message, "so", &operation, &path);
        if (r < 0)
                return r;
        target = object_list_find(&o->manager->objects, path);
        return sd_bus_message_append(m, "{sv}", "authorization", "as", degraded ? 2 : 1, verb_action(o->manager, o->message, o->spec, target),
                                     "org.raidctl.raidd1.reduce-redundancy");
}

/* Only where this daemon has seen a resync, and so knows how fast one is here. */
static int add_resync(sd_bus_message *m, const Manager *manager, uint64_t bytes) {
        uint64_t rate = manager->last_rate;
        int r;

        r = sd_bus_message_append(m, "{sv}", "bytes-to-resync", "t", bytes);
        if (r >= 0 && rate > 0)
                r = sd_bus_message_append(m, "{sv}", "estimated-usec", "t", (uint64_t) ((double) bytes * 1e6 / (double) rate));
        return r;
}

static int add_allowed(sd_bus_message *m, const Operation *o, json_object *answer) {
        json_object *plan = get(answer, "plan"), *vg = get(answer, "vg");
        int r;

        r = sd_bus_message_append(m, "{sv}", "allowed", "b", 1);
        if (r >= 0)
                r = add_text(m, plan, "summary", "summary");
        if (r >= 0 && vg)
                r = sd_bus_message_append(m, "{sv}", "seqno", "t", json_object_get_uint64(get(vg, "seqno")));
        if (r >= 0)
                r = add_resync(m, o->manager, json_object_get_uint64(get(answer, "resync_bytes")));
        if (r >= 0)
                r = add_warnings(m, get(answer, "warnings"));
        return r < 0 ? r : add_steps(m, get(plan, "steps"));
}

static int add_refused(sd_bus_message *m, json_object *answer) {
        int r;

        r = sd_bus_message_append(m, "{sv}", "allowed", "b", 0);
        return r < 0 ? r : sd_bus_message_append(m, "{sv}", "blockers", "a(ss)", 1, get_text(answer, "error"), get_text(answer, "message"));
}

/* Answering ------------------------------------------------------------------------------------------------------ */

static int reply_plan(const Operation *o, json_object *answer, bool allowed) {
        json_object *vg = get(answer, "vg");
        _cleanup_free_ char *token = NULL;
        sd_bus_message *reply = NULL;
        int r;

        if (vg && asprintf(&token, "%s:%llu", get_text(vg, "uuid") ?: "", (unsigned long long) json_object_get_uint64(get(vg, "seqno"))) < 0)
                return -ENOMEM;
        r = sd_bus_message_new_method_return(o->message, &reply);
        if (r >= 0)
                r = sd_bus_message_append(reply, "s", token ?: "");
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "{sv}");
        if (r >= 0)
                r = allowed ? add_allowed(reply, o, answer) : add_refused(reply, answer);
        if (r >= 0)
                r = add_authorization(reply, o);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        sd_bus_message_unref(reply);
        return r;
}

static void on_planned(Operation *o, json_object *answer, int error) {
        const char *result = get_text(answer, "result") ?: "";
        int r;

        if (streq(result, "done") || streq(result, "refused"))
                r = reply_plan(o, answer, streq(result, "done"));
        else
                r = sd_bus_reply_method_errorf(o->message, RAIDD_ERROR("Failed"), "No plan could be made: %s.",
                                               get_text(answer, "message") ?: strerror(-error));
        if (r < 0)
                log_warning("A reply could not be sent, ignoring: %s", strerror(-r));
}

/* Asking --------------------------------------------------------------------------------------------------------- */

static int find_spec(Manager *m, const char *operation, const char *path, const Object **ret_target, const VerbSpec **ret,
                     sd_bus_error *reterr) {
        const Object *target = object_list_find(&m->objects, path);

        if (!target && !streq(path, RAIDD_PATH))
                return sd_bus_error_setf(reterr, RAIDD_ERROR("Stale"), "There is no object %s any more.", call_quote(path));
        *ret = verb_find(target ? target->kind : _OBJECT_KIND_MAX, operation);
        if (!*ret || (*ret)->reply == REPLY_CHANGED || (*ret)->reply == REPLY_REGIONS)
                return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS, "%s has no method '%s' that changes something.", call_quote(path),
                                         call_quote(operation));
        *ret_target = target;
        return 0;
}

/* Everybody may ask, as everybody may see the properties that the answer comes from; but for a plan of CreateVolumeGroup or Extend, for
 * which devices are opened that the caller names. */
static int check_authority(Manager *m, sd_bus_message *message, const VerbSpec *spec, const Object *target, const Call *c,
                           sd_bus_error *reterr) {
        int r;

        if (!strpbrk(spec->arguments, "DE"))
                return 0;
        r = polkit_check(m, message, spec->action, (char *const *) c->details, reterr);
        if (r <= 0)
                polkit_forget(m, message);
        return r;
}

int bus_plan_run(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        const char *operation, *path;
        const Object *target = NULL;
        const VerbSpec *spec = NULL;
        Manager *m = userdata;
        const VgState *vg;
        _cleanup_(call_done) Call c = {};
        int r;

        if (m->stopping)
                return sd_bus_error_set(reterr, RAIDD_ERROR("Busy"), "raidd is about to stop; call again.");
        r = sd_bus_message_read(message, "so", &operation, &path);
        if (r >= 0)
                r = find_spec(m, operation, path, &target, &spec, reterr);
        if (r < 0)
                return r;
        r = call_read_planned(m, message, spec, target, &c, reterr);
        if (r >= 0)
                r = check_authority(m, message, spec, target, &c, reterr);
        if (r != 0)
                return r;

        vg = target ? manager_find_vg(m, &target->vg) : NULL;
        r = bus_check_vg(vg, reterr);
        if (r >= 0)
                r = operation_start(m, vg ? &vg->vg->id : NULL, vg ? vg->vg->name : NULL, TAKE_PTR(c.request), message, spec, on_planned);
        if (r == -EBUSY)
                return call_too_many(reterr);
        return r < 0 ? r : 1;
}
