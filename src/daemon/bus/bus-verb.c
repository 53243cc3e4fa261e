/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-verb.h"

#include <assert.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bus/bus-call.h"
#include "bus/bus-sender.h"
#include "bus/bus-signal.h"
#include "bus/polkit.h"
#include "service/hold.h"
#include "service/job-note.h"
#include "service/json.h"
#include "service/operation.h"
#include "world/log.h"

#define ACTION(x) "org.raidctl.raidd1." x
#define LOCK "lock-timeout-usec"
#define COMMON LOCK " plan"
#define SPLIT_OPTIONS "image image-index physical-volume count image-indexes physical-volumes allow-degraded quiesce freeze-timeout-usec " COMMON
#define IMAGE_OPTIONS "allow-degraded quiesce freeze-timeout-usec " COMMON

static const VerbSpec verbs[] = {
        { "CreateVolumeGroup", _OBJECT_KIND_MAX, "sD", ACTION("create"), "vg-create", REPLY_VG, "extent-size wipe " LOCK },
        { "CreateVolume", OBJECT_VG, "st", ACTION("create"), "create", REPLY_VOLUME, "images region-size " COMMON },
        { "SplitTracked", OBJECT_VG, "V", ACTION("split-tracked"), "split-group", REPLY_IMAGES,
          "allow-degraded quiesce freeze-timeout-usec " COMMON },
        { "Extend", OBJECT_VG, "E", ACTION("change-devices"), "vg-extend", REPLY_NOTHING, "wipe " COMMON },
        { "Reduce", OBJECT_VG, "P", ACTION("change-devices"), "vg-reduce", REPLY_NOTHING, COMMON },
        { "Rename", OBJECT_VG, "s", ACTION("rename"), "vg-rename", REPLY_NOTHING, COMMON },
        { "Activate", OBJECT_VG, "", ACTION("activate"), "vg-activate", REPLY_NOTHING, COMMON },
        { "Deactivate", OBJECT_VG, "", ACTION("activate"), "vg-deactivate", REPLY_NOTHING, COMMON },
        { "Remove", OBJECT_VG, "", ACTION("remove"), "vg-remove", REPLY_NOTHING, COMMON },
        { "SplitTracked", OBJECT_VOLUME, "", ACTION("split-tracked"), "split-tracked", REPLY_IMAGE, SPLIT_OPTIONS },
        { "Split", OBJECT_VOLUME, "s", ACTION("split"), "split", REPLY_VOLUME, SPLIT_OPTIONS },
        { "Merge", OBJECT_VOLUME, "", ACTION("merge"), "merge", REPLY_JOB, COMMON },
        { "Scrub", OBJECT_VOLUME, "m", ACTION("scrub"), "scrub", REPLY_JOB, COMMON },
        { "Rename", OBJECT_VOLUME, "s", ACTION("rename"), "rename", REPLY_NOTHING, COMMON },
        { "Resize", OBJECT_VOLUME, "t", ACTION("resize"), "resize", REPLY_NOTHING, "allow-shrink " COMMON },
        { "Refresh", OBJECT_VOLUME, "", ACTION("activate"), "refresh", REPLY_NOTHING, COMMON },
        { "SetSyncRate", OBJECT_VOLUME, "<>", ACTION("configure"), "set-sync-rate", REPLY_NOTHING, COMMON },
        { "AddImages", OBJECT_VOLUME, "n", ACTION("change-images"), "add-images", REPLY_JOB, "physical-volume region-size " COMMON },
        { "RemoveImages", OBJECT_VOLUME, "n", ACTION("change-images"), "remove-images", REPLY_NOTHING,
          "image image-index physical-volume allow-degraded " COMMON },
        { "ReplaceImage", OBJECT_VOLUME, "i", ACTION("change-images"), "replace-image", REPLY_JOB, "physical-volume " COMMON },
        { "Activate", OBJECT_VOLUME, "", ACTION("activate"), "activate", REPLY_NOTHING, COMMON },
        { "Deactivate", OBJECT_VOLUME, "", ACTION("activate"), "deactivate", REPLY_NOTHING, COMMON },
        { "Remove", OBJECT_VOLUME, "", ACTION("remove"), "remove", REPLY_NOTHING, COMMON },
        { "SplitTracked", OBJECT_IMAGE, "", ACTION("split-tracked"), "split-tracked", REPLY_IMAGE, IMAGE_OPTIONS },
        { "Split", OBJECT_IMAGE, "s", ACTION("split"), "split", REPLY_VOLUME, IMAGE_OPTIONS },
        { "Merge", OBJECT_IMAGE, "", ACTION("merge"), "merge", REPLY_JOB, COMMON },
        { "Activate", OBJECT_IMAGE, "", ACTION("activate"), "activate", REPLY_NOTHING, COMMON },
        { "Deactivate", OBJECT_IMAGE, "", ACTION("activate"), "deactivate", REPLY_NOTHING, COMMON },
        { "Cancel", OBJECT_JOB, "", ACTION("cancel-job"), "cancel", REPLY_NOTHING, COMMON },
        { "Pause", OBJECT_JOB, "", ACTION("cancel-job"), "pause", REPLY_NOTHING, COMMON },
        { "Resume", OBJECT_JOB, "", ACTION("cancel-job"), "resume", REPLY_NOTHING, COMMON },
        { "GetChangedBytes", OBJECT_IMAGE, "", NULL, "changed", REPLY_CHANGED, LOCK },
        { "GetChangedRegions", OBJECT_IMAGE, "", ACTION("read-changes"), "changed", REPLY_REGIONS, LOCK },
};

const VerbSpec *verb_find(ObjectKind kind, const char *member) {
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (verbs[i].kind == kind && streq(verbs[i].member, member))
                        return &verbs[i];
        return NULL;
}

/* Answering ------------------------------------------------------------------------------------------------------- */

static int reply_error(Operation *o, json_object *answer, int error) {
        const char *result = get_text(answer, "result"), *name = get_text(answer, "error");
        _cleanup_free_ char *full = NULL;

        if (result && streq(result, "refused")) {
                if (asprintf(&full, RAIDD_INTERFACE("Error.%s"), name ?: "Failed") < 0)
                        return -ENOMEM;
                return sd_bus_reply_method_errorf(o->message, full, "%s", get_text(answer, "message") ?: "Refused.");
        }
        if (answer)
                return sd_bus_reply_method_errorf(o->message, RAIDD_ERROR("Failed"), "%s",
                                                  get_text(answer, "message") ?: "The operation failed.");
        if (error == -ECANCELED)
                return sd_bus_reply_method_errorf(o->message, RAIDD_ERROR("Failed"), "The worker was killed; what it had "
                                                  "begun was put in order. Look at the volume and call again.");
        if (error == -EBUSY)
                return sd_bus_reply_method_errorf(o->message, RAIDD_ERROR("Busy"), "Too many operations are waiting; call again later.");
        return sd_bus_reply_method_errorf(o->message, RAIDD_ERROR("Failed"), "The operation failed: %s.", strerror(-error));
}

static int reply_object(Operation *o, const VerbSpec *spec, json_object *answer, const Uuid *vg, ObjectKind kind) {
        const char *text = get_text(answer, "object");
        _cleanup_free_ char *path = NULL;
        Uuid id = *vg;

        if (spec->reply != REPLY_VG && (!text || uuid_parse(text, &id) < 0))
                return sd_bus_reply_method_errorf(o->message, RAIDD_ERROR("Failed"), "The worker did not say what it made.");
        path = object_path(kind, vg, &id);
        return path ? sd_bus_reply_method_return(o->message, "o", path) : -ENOMEM;
}

static int append_image(const Manager *m, sd_bus_message *reply, const Uuid *vg, json_object *lv) {
        _cleanup_free_ char *path = NULL;
        const Object *volume;
        Uuid id;

        if (uuid_parse(json_object_get_string(lv), &id) < 0)
                return -EINVAL;
        path = object_path(OBJECT_VOLUME, vg, &id);
        if (!path)
                return -ENOMEM;
        volume = object_list_find(&m->objects, path);
        /* It was there a moment ago; if somebody has merged it since, the object is the root. */
        return sd_bus_message_append(reply, "o", volume ? object_value(volume, "TrackedImage")->text : "/");
}

static int reply_images(Operation *o, const Uuid *vg) {
        sd_bus_message *reply = NULL;
        json_object *lvs = NULL;
        int r;

        if (!json_object_object_get_ex(o->request, "lvs", &lvs))
                return -EINVAL;
        r = sd_bus_message_new_method_return(o->message, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "o");
        for (size_t i = 0; r >= 0 && i < json_object_array_length(lvs); i++)
                r = append_image(o->manager, reply, vg, json_object_array_get_idx(lvs, i));
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        sd_bus_message_unref(reply);
        return r;
}

static int append_range(sd_bus_message *reply, json_object *range) {
        return sd_bus_message_append(reply, "(tt)", json_object_get_uint64(json_object_array_get_idx(range, 0)),
                                     json_object_get_uint64(json_object_array_get_idx(range, 1)));
}

static int reply_regions(Operation *o, json_object *answer) {
        sd_bus_message *reply = NULL;
        json_object *ranges = NULL;
        int r;

        if (!json_object_object_get_ex(answer, "ranges", &ranges) || !json_object_is_type(ranges, json_type_array))
                return -EBADMSG;
        r = sd_bus_message_new_method_return(o->message, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(tt)");
        for (size_t i = 0; r >= 0 && i < json_object_array_length(ranges); i++)
                r = append_range(reply, json_object_array_get_idx(ranges, i));
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r >= 0)
                r = sd_bus_send(NULL, reply, NULL);
        sd_bus_message_unref(reply);
        return r;
}

static int reply_result(Operation *o, json_object *answer, const Uuid *vg, const char *job) {
        const VerbSpec *spec = o->spec;

        switch (spec->reply) {
        case REPLY_NOTHING:
                return sd_bus_reply_method_return(o->message, NULL);
        case REPLY_IMAGE:
                return reply_object(o, spec, answer, vg, OBJECT_IMAGE);
        case REPLY_IMAGES:
                return reply_images(o, vg);
        case REPLY_VOLUME:
                return reply_object(o, spec, answer, vg, OBJECT_VOLUME);
        case REPLY_VG:
                return reply_object(o, spec, answer, vg, OBJECT_VG);
        case REPLY_JOB:
                return sd_bus_reply_method_return(o->message, "o", job ?: "/");
        case REPLY_CHANGED:
                return sd_bus_reply_method_return(o->message, "ttt", get_number(answer, "changed"),
                                                  get_number(answer, "total"), get_number(answer, "region"));
        case REPLY_REGIONS:
                return reply_regions(o, answer);
        }
        return -EINVAL;
}

/* They are the job's; and the log's, for an operation that has none. */
static int take_warnings(json_object *answer, const char *vg_name, Job *job) {
        json_object *list = NULL;
        int r = 0;

        if (!json_object_object_get_ex(answer, "warnings", &list) || !json_object_is_type(list, json_type_array))
                return 0;
        for (size_t i = 0; r >= 0 && i < json_object_array_length(list); i++) {
                const char *sentence = json_object_get_string(json_object_array_get_idx(list, i));

                log_notice("VG %s: %s", vg_name ?: "-", sentence);
                if (job)
                        r = strv_extend(&job->warnings, sentence);
        }
        return r;
}

static const char *job_operation(const Operation *o) {
        const VerbSpec *spec = o->spec;

        if (streq(spec->verb, "scrub"))
                return streq(get_text(o->request, "name"), "repair") ? "raid-repair" : "raid-check";
        return streq(spec->verb, "merge") ? "raid-merge" : "raid-resync";
}

/* The trail that somebody looks for who finds a volume other than he left it. */
static void log_done(const Operation *o, json_object *answer) {
        const char *summary = get_text(answer, "summary");

        if (!summary)
                return; /* nothing was changed */
        if (o->message)
                log_info("VG %s: %s, for uid %u.", o->vg_name ?: "-", summary, o->uid);
        else
                log_info("VG %s: %s, which was due.", o->vg_name ?: "-", summary);
}

/* New state, job, signals; the reply comes after all of them. */
int bus_verb_take(Operation *o, json_object *answer, Uuid *vg, char **ret_job) {
        const VerbSpec *spec = o->spec;
        json_object *state = NULL;
        const char *job_lv = get_text(answer, "job_lv"), *vg_uuid;
        Uuid lv;
        Job *job = NULL;
        int r = 0;

        *vg = o->vg;
        log_done(o, answer);
        if (json_object_object_get_ex(answer, "vg", &state)) {
                vg_uuid = state ? get_text(state, "uuid") : NULL;
                if (vg_uuid && uuid_parse(vg_uuid, vg) < 0)
                        return -EBADMSG;
                r = manager_take_vg(o->manager, vg, state);
        }
        if (r >= 0 && job_lv && uuid_parse(job_lv, &lv) >= 0) {
                job = job_start(o->manager, vg, &lv, job_operation(o), o->uid);
                *ret_job = job ? job_path(job) : NULL;
                if (job) {
                        job_take_ranges(answer, job);
                        job_note_write(o->manager, job);
                }
        }
        if (r >= 0)
                r = take_warnings(answer, o->vg_name, job);
        return r < 0 || spec->reply == REPLY_CHANGED || spec->reply == REPLY_REGIONS ? r : manager_refresh(o->manager);
}

static void on_done(Operation *o, json_object *answer, int error) {
        const char *result = get_text(answer, "result");
        _cleanup_free_ char *job = NULL;
        Uuid vg, lv;
        int r;

        if (!result || streq(result, "refused") || streq(result, "failed")) {
                if (streq(((const VerbSpec *) o->spec)->verb, "cancel") && uuid_parse(get_text(o->request, "lv") ?: "", &lv) >= 0)
                        job_canceled(o->manager, &lv, false);
                r = manager_refresh(o->manager);
                if (r < 0)
                        log_warning("The kernel's state cannot be read, ignoring: %s", strerror(-r));
                if (result && streq(result, "failed"))
                        log_error("%s of VG %s failed: %s", ((const VerbSpec *) o->spec)->member, o->vg_name ?: "-",
                                  get_text(answer, "message") ?: "");
                r = reply_error(o, answer, error);
        } else {
                r = bus_verb_take(o, answer, &vg, &job);
                r = r < 0 ? reply_error(o, NULL, r) : reply_result(o, answer, &vg, job);
        }
        if (r < 0)
                log_warning("A reply could not be sent, ignoring: %s", strerror(-r));
}

/* Calling --------------------------------------------------------------------------------------------------------- */

const char *verb_action(const Manager *m, sd_bus_message *message, const VerbSpec *spec, const Object *target) {
        uint32_t uid = spec->kind == OBJECT_JOB ? bus_sender_uid(m, message) : 0;

        if (spec->kind == OBJECT_JOB && (!target || uid == (uint32_t) -1 || object_value(target, "StartedByUID")->number != uid))
                return ACTION("cancel-job-other-user");
        return spec->action;
}

static int check_authority(Manager *m, sd_bus_message *message, const char *action, const Call *c, sd_bus_error *reterr) {
        int r = 0;

        if (action)
                r = polkit_check(m, message, action, (char *const *) c->details, reterr);
        if (r == 0 && c->allow_degraded)
                r = polkit_check(m, message, ACTION("reduce-redundancy"), (char *const *) c->details, reterr);
        if (r <= 0)
                polkit_forget(m, message);
        return r;
}

int bus_check_vg(const VgState *s, sd_bus_error *reterr) {
        if (s && s->recovery_failed)
                return sd_bus_error_setf(reterr, RAIDD_ERROR("RecoveryNeeded"), "The last recovery of volume group %s failed; "
                                         "see the journal of raidd-helper.service, repair what it names and run 'raidd-worker recover %s'.",
                                         s->vg->name, s->vg->name);
        return 0;
}

static int start(Manager *m, sd_bus_message *message, const VerbSpec *spec, const Object *target, Call *c,
                 sd_bus_error *reterr) {
        const VgState *vg = target ? manager_find_vg(m, &target->vg) : NULL;
        int r;

        r = bus_check_vg(vg, reterr);
        if (r < 0)
                return r;
        r = operation_start(m, vg ? &vg->vg->id : NULL, vg ? vg->vg->name : NULL, TAKE_PTR(c->request), message, spec, on_done);
        if (r == -EBUSY)
                return call_too_many(reterr);
        if (r < 0)
                return r;
        if (target && streq(spec->verb, "cancel"))
                job_canceled(m, &target->id, true); /* the kernel may show the end before the worker answers */
        return 1;
}

int bus_verb_run(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        Manager *m = userdata;
        const char *path = sd_bus_message_get_path(message);
        const Object *target = object_list_find(&m->objects, path);
        const VerbSpec *spec = verb_find(target ? target->kind : _OBJECT_KIND_MAX, sd_bus_message_get_member(message));
        _cleanup_(call_done) Call call = {};
        int r;

        if (!spec)
                return sd_bus_error_setf(reterr, RAIDD_ERROR("Stale"), "There is no object %s any more.", call_quote(path));
        if (m->stopping)
                return sd_bus_error_set(reterr, RAIDD_ERROR("Busy"), "raidd is about to stop; call again.");
        r = call_read(m, message, spec, target, &call, reterr);
        if (r < 0)
                return r == -ENXIO || r == -EBADMSG ? sd_bus_error_set(reterr, SD_BUS_ERROR_INVALID_ARGS, "Wrong arguments.") : r;
        r = check_authority(m, message, verb_action(m, message, spec, target), &call, reterr);
        if (r == 0 && spec->kind == OBJECT_JOB && streq(object_value(target, "State")->text, "finished"))
                return sd_bus_error_setf(reterr, RAIDD_ERROR("NotRunning"), "Job %s has ended.", strrchr(path, '/') + 1);
        return r != 0 ? r : start(m, message, spec, target, &call, reterr);
}
