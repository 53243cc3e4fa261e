/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-manager.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/str.h"
#include "bus/bus-call.h"
#include "bus/bus-plan.h"
#include "bus/bus-verb.h"
#include "bus/polkit.h"
#include "config.h"
#include "service/operation.h"
#include "world/log.h"

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                       void *userdata, sd_bus_error *reterr) {
        return sd_bus_message_append(reply, "s", PROJECT_VERSION);
}

static int get_features(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                        void *userdata, sd_bus_error *reterr) {
        return sd_bus_message_append(reply, "as", 6, "split-tracked", "split", "merge", "changed-bytes", "changed-regions", "plan");
}

static int get_ready(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                     void *userdata, sd_bus_error *reterr) {
        return sd_bus_message_append(reply, "b", ((Manager *) userdata)->ready);
}

/* "vg/lv", a dm name's path, or a UUID in either form. */
static bool object_matches(const Manager *m, const Object *o, const char *spec) {
        const VgState *vg = manager_find_vg(m, &o->vg);
        const char *name = object_value(o, "Name")->text;
        size_t n = strlen(vg ? vg->vg->name : "");
        Uuid id;

        if (uuid_parse(spec, &id) >= 0)
                return uuid_equal(&id, &o->id);
        if (strncmp(spec, "/dev/mapper/", 12) == 0)
                return streq(object_value(o, "Device")->text, spec);
        if (strncmp(spec, "/dev/", 5) == 0)
                spec += 5;
        return vg && strncmp(spec, vg->vg->name, n) == 0 && spec[n] == '/' && streq(spec + n + 1, name);
}

static int method_find(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        Manager *m = userdata;
        const char *spec;
        int r;

        r = sd_bus_message_read(message, "s", &spec);
        if (r < 0)
                return r;
        for (size_t i = 0; i < m->objects.n; i++) {
                const Object *o = m->objects.objects[i];

                if ((o->kind == OBJECT_VOLUME || o->kind == OBJECT_IMAGE) && object_matches(m, o, spec))
                        return sd_bus_reply_method_return(message, "o", o->path);
        }
        return sd_bus_error_setf(reterr, RAIDD_ERROR("NoSuchVolume"), "There is no volume '%s'; 'raidctl list' shows those "
                                 "there are.", call_quote(spec));
}

static void on_rescanned(Operation *o, json_object *answer, int error) {
        json_object *vgs = NULL;
        int r = error;

        if (r >= 0)
                r = json_object_object_get_ex(answer, "vgs", &vgs) && json_object_is_type(vgs, json_type_array) ? 0 : -EIO;
        if (r >= 0 && o->generation == o->manager->generation) /* else an operation has brought newer state */
                r = manager_take_scan(o->manager, vgs);
        if (r >= 0)
                r = manager_refresh(o->manager);
        r = r < 0 ? sd_bus_reply_method_errno(o->message, r, NULL) : sd_bus_reply_method_return(o->message, NULL);
        if (r < 0)
                log_warning("A reply could not be sent, ignoring: %s", strerror(-r));
}

static int method_rescan(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        static const VerbSpec spec = { "Rescan", _OBJECT_KIND_MAX, "", NULL, "scan", REPLY_NOTHING, "" };
        Manager *m = userdata;
        Call call;
        int r;

        r = call_read(m, message, &spec, NULL, &call, reterr);
        if (r < 0)
                return r;
        call_done(&call);
        r = polkit_check(m, message, "org.raidctl.raidd1.rescan", NULL, reterr);
        if (r <= 0)
                polkit_forget(m, message);
        if (r != 0)
                return r;
        r = operation_rescan(m, message, on_rescanned);
        if (r == -EBUSY)
                return call_too_many(reterr);
        return r < 0 ? r : 1;
}

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Features", "as", get_features, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Ready", "b", get_ready, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_METHOD_WITH_ARGS("FindVolume", SD_BUS_ARGS("s", spec), SD_BUS_RESULT("o", volume), method_find,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Plan", SD_BUS_ARGS("s", operation, "o", object, "a{sv}", parameters),
                                SD_BUS_RESULT("s", token, "a{sv}", plan), bus_plan_run, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Rescan", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_rescan,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("CreateVolumeGroup", SD_BUS_ARGS("s", name, "as", devices, "a{sv}", options),
                                SD_BUS_RESULT("o", volume_group), bus_verb_run, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

int bus_manager_register(Manager *m, sd_bus *bus) {
        return sd_bus_add_object_vtable(bus, NULL, RAIDD_PATH, RAIDD_INTERFACE("Manager"), manager_vtable, m);
}
