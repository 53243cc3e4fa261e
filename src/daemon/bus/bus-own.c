/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-own.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/str.h"
#include "bus/bus-verb.h"
#include "service/job.h"
#include "service/json.h"
#include "service/operation.h"
#include "world/log.h"

static const VerbSpec finish_replace = { "ReplaceImage", OBJECT_VOLUME, "", NULL, "finish-replace", REPLY_NOTHING, "" };

static void on_done(Operation *o, json_object *answer, int error) {
        const char *result = get_text(answer, "result"), *message = get_text(answer, "message") ?: strerror(-error);
        const VerbSpec *spec = o->spec;
        _cleanup_free_ char *job = NULL;
        Uuid vg, lv;
        int r;

        if (result && streq(result, "done"))
                r = bus_verb_take(o, answer, &vg, &job);
        else {
                log_warning("VG %s: %s that was due was not possible: %s", o->vg_name ?: "-", spec->verb, message);
                if (spec == &finish_replace && uuid_parse(get_text(o->request, "lv") ?: "", &lv) >= 0)
                        job_fail(o->manager, &lv, message);
                r = manager_refresh(o->manager);
        }
        if (r < 0)
                log_warning("VG %s: after %s: %s", o->vg_name ?: "-", spec->verb, strerror(-r));
}

static int start(Manager *m, const Uuid *vg, const Uuid *lv, const VerbSpec *spec) {
        const VgState *s = manager_find_vg(m, vg);
        json_object *request = json_object_new_object();

        if (!s || !request) {
                json_object_put(request);
                return s ? -ENOMEM : -ENOENT;
        }
        (void) json_object_object_add(request, "verb", json_object_new_string(spec->verb));
        (void) json_object_object_add(request, "vg", json_object_new_string(vg->chars));
        (void) json_object_object_add(request, "vg_name", json_object_new_string(s->vg->name));
        (void) json_object_object_add(request, "lv", json_object_new_string(lv->chars)); /* what is missing is -EBADMSG of the worker */
        return operation_start(m, vg, s->vg->name, request, NULL, spec, on_done);
}

void bus_own_merge(Manager *m, const Uuid *vg, const Uuid *image) {
        int r = start(m, vg, image, verb_find(OBJECT_IMAGE, "Merge"));

        if (r < 0)
                log_warning("The merge after the last hold could not be started: %s", strerror(-r));
}

void bus_own_finish_replace(Manager *m, const Uuid *vg, const Uuid *lv) {
        int r = start(m, vg, lv, &finish_replace);

        if (r < 0)
                job_fail(m, lv, strerror(-r));
}
