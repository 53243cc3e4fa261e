/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-call.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/str.h"
#include "bus/bus-option.h"
#include "plan/planner.h"

void call_done(Call *c) {
        json_object_put(c->request);
        for (size_t i = 1; i < c->n_details; i += 2)
                free(c->details[i]);
        *c = (Call) {};
}

int call_read_text(sd_bus_message *message, const char **ret) {
        int r = sd_bus_message_read(message, "s", ret);

        return r > 0 && strlen(*ret) > CALL_TEXT_MAX ? -ERANGE : r;
}

int call_append(json_object *list, const char *text) {
        if (json_object_array_length(list) >= CALL_ARRAY_MAX)
                return -ERANGE;
        return json_object_array_add(list, json_object_new_string(text)) < 0 ? -ENOMEM : 0;
}

const char *call_quote(const char *text) {
        return strlen(text) > 200 ? "(too long to repeat)" : text; /* not cut: a character may have several bytes */
}

int call_too_many(sd_bus_error *reterr) {
        return sd_bus_error_set(reterr, RAIDD_ERROR("Busy"), "Too many calls are waiting; call again when some are answered.");
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

int call_add_detail(Call *c, const char *key, const char *value) {
        if (c->n_details + 3 > ELEMENTSOF(c->details))
                return -E2BIG;
        c->details[c->n_details] = (char *) key;
        c->details[c->n_details + 1] = strdup(value);
        if (!c->details[c->n_details + 1])
                return -ENOMEM;
        c->n_details += 2;
        return 0;
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
                r = call_add_detail(c, "vg.name", vg->vg->name);
        if (r >= 0)
                r = call_add_detail(c, "vg.uuid", vg->vg->id.chars);
        if (r < 0 || target->kind == OBJECT_VG)
                return r;
        lv = vg_find_lv_by_id(vg->vg, &target->id);
        if (!lv)
                return -ENOENT;
        r = call_add_text(c, "lv", lv->id.chars);
        return r < 0 ? r : call_add_detail(c, "lv.name", lv->name);
}

int call_read(Manager *m, sd_bus_message *message, const VerbSpec *spec, const Object *target, Call *ret,
              sd_bus_error *reterr) {
        Call c = { .request = json_object_new_object() };
        int r;

        r = c.request ? call_add_text(&c, "verb", spec->verb) : -ENOMEM;
        if (r >= 0)
                r = add_target(m, target, &c);
        if (r >= 0)
                r = arguments_read(m, message, spec, &c, reterr);
        if (r >= 0 && spec->reply == REPLY_REGIONS)
                r = call_add(&c, "ranges", json_object_new_boolean(true));
        if (r >= 0)
                r = options_read(m, message, spec, &c, reterr);
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
