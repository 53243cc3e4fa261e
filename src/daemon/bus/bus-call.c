/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-call.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "bus/bus-option.h"
#include "plan/planner.h"

void call_done(Call *c) {
        json_object_put(c->request);
        for (size_t i = 1; i < c->n_details; i += 2)
                free(c->details[i]);
        *c = (Call) {};
}

int call_add(Call *c, const char *key, json_object *value) {
        if (value && json_object_object_add(c->request, key, value) >= 0)
                return 0;
        json_object_put(value);
        return -ENOMEM;
}

int call_add_text(Call *c, const char *key, const char *text) {
        return call_add(c, key, json_object_new_string(text));
}

static int add_detail(Call *c, const char *key, const char *value) {
        if (c->n_details + 3 > ELEMENTSOF(c->details))
                return -E2BIG;
        c->details[c->n_details] = (char *) key;
        c->details[c->n_details + 1] = strdup(value);
        if (!c->details[c->n_details + 1])
                return -ENOMEM;
        c->n_details += 2;
        return 0;
}

/* Arguments ----------------------------------------------------------------------------------------------------- */

/* So that a rule can allow it for some volumes only. */
static int add_volume_names(Manager *m, Call *c, sd_bus_message *message) {
        json_object *lvs = NULL;
        _cleanup_(buf_done) Buf b = {};
        _cleanup_free_ char *names = NULL;
        int r;

        r = argument_volumes(m, c, message);
        if (r < 0)
                return r;
        (void) json_object_object_get_ex(c->request, "lvs", &lvs);
        for (size_t i = 0; i < json_object_array_length(lvs); i++) {
                const LogicalVolume *lv = NULL;
                const VgState *vg = manager_find_vg(m, &c->vg);
                Uuid id;

                if (vg && uuid_parse(json_object_get_string(json_object_array_get_idx(lvs, i)), &id) >= 0)
                        lv = vg_find_lv_by_id(vg->vg, &id);
                if (!lv)
                        return -ENOENT;
                buf_addf(&b, "%s%s", i > 0 ? " " : "", lv->name);
        }
        names = buf_take(&b);
        return names ? add_detail(c, "lv.names", names) : -ENOMEM;
}

static int read_arguments(Manager *m, sd_bus_message *message, const VerbSpec *spec, Call *c, sd_bus_error *reterr) {
        int r = 0;

        if (spec->signature[0] == 's') {
                const char *name;

                r = sd_bus_message_read(message, "s", &name);
                if (r >= 0)
                        r = call_add_text(c, "name", name);
                if (r >= 0)
                        r = add_detail(c, "new.name", name);
        }
        if (streq(spec->signature, "m")) {
                r = argument_mode(c, message);
                if (r == -EINVAL)
                        return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS, "The mode of %s is 'check' or 'repair'.", spec->member);
        }
        if (r >= 0 && streq(spec->signature, "st"))
                r = argument_size(c, message);
        if (r >= 0 && streq(spec->signature, "sas"))
                r = argument_devices(c, message);
        if (r >= 0 && streq(spec->signature, "ao"))
                r = add_volume_names(m, c, message);
        if (streq(spec->signature, "ao") && (r == -ENOENT || r == -ERANGE))
                r = sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS, "%s wants 1 to %u volumes of this volume group.", spec->member,
                                      SPLIT_GROUP_MAX);
        return r;
}

/* Who is meant, for the worker and for polkit. */
static int add_target(Manager *m, const Object *target, Call *c) {
        const VgState *vg = target ? manager_find_vg(m, &target->vg) : NULL;
        const LogicalVolume *lv;
        int r;

        if (!vg)
                return target ? -ENOENT : 0;
        c->vg = vg->vg->id;
        r = call_add_text(c, "vg", vg->vg->id.chars);
        if (r >= 0)
                r = call_add_text(c, "vg_name", vg->vg->name);
        if (r >= 0)
                r = add_detail(c, "vg.name", vg->vg->name);
        if (r >= 0)
                r = add_detail(c, "vg.uuid", vg->vg->id.chars);
        if (r < 0 || target->kind == OBJECT_VG)
                return r;
        lv = vg_find_lv_by_id(vg->vg, &target->id);
        if (!lv)
                return -ENOENT;
        r = call_add_text(c, "lv", lv->id.chars);
        return r < 0 ? r : add_detail(c, "lv.name", lv->name);
}

int call_read(Manager *m, sd_bus_message *message, const VerbSpec *spec, const Object *target, Call *ret,
              sd_bus_error *reterr) {
        Call c = { .request = json_object_new_object() };
        int r;

        r = c.request ? call_add_text(&c, "verb", spec->verb) : -ENOMEM;
        if (r >= 0)
                r = add_target(m, target, &c);
        if (r >= 0)
                r = read_arguments(m, message, spec, &c, reterr);
        if (r >= 0 && spec->reply == REPLY_REGIONS)
                r = call_add(&c, "ranges", json_object_new_boolean(true));
        if (r >= 0)
                r = options_read(m, message, spec, &c, reterr);
        if (r == -ERANGE)
                r = sd_bus_error_set(reterr, SD_BUS_ERROR_INVALID_ARGS, "A size is out of range.");
        if (r < 0) {
                call_done(&c);
                return r;
        }
        *ret = c;
        return 0;
}

int call_read_planned(Manager *m, sd_bus_message *message, const VerbSpec *spec, const Object *target, Call *ret,
                      sd_bus_error *reterr) {
        Call c = { .request = json_object_new_object(), .planning = true };
        int r;

        r = c.request ? call_add_text(&c, "verb", spec->verb) : -ENOMEM;
        if (r >= 0)
                r = add_target(m, target, &c);
        if (r >= 0)
                r = call_add(&c, "dry_run", json_object_new_boolean(true));
        if (r >= 0)
                r = options_read(m, message, spec, &c, reterr);
        if (r >= 0)
                r = arguments_check(spec, &c, reterr);
        if (r < 0) {
                call_done(&c);
                return r;
        }
        *ret = c;
        return 0;
}
