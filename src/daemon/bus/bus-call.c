/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-call.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

void call_done(Call *c) {
        json_object_put(c->request);
        for (size_t i = 1; i < c->n_details; i += 2)
                free(c->details[i]);
        *c = (Call) {};
}

static int add(Call *c, const char *key, json_object *value) {
        if (value && json_object_object_add(c->request, key, value) >= 0)
                return 0;
        json_object_put(value);
        return -ENOMEM;
}

static int add_text(Call *c, const char *key, const char *text) {
        return add(c, key, json_object_new_string(text));
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

/* Options ------------------------------------------------------------------------------------------------------- */

typedef struct Option {
        const char *key, *type;
        int (*take)(Manager *m, Call *c, sd_bus_message *message);
} Option;

static int take_bool(Call *c, sd_bus_message *message, const char *key, bool *ret) {
        int b, r = sd_bus_message_read(message, "b", &b);

        if (r < 0)
                return r;
        if (ret)
                *ret = b;
        return add(c, key, json_object_new_boolean(b));
}

static int take_degraded(Manager *m, Call *c, sd_bus_message *message) {
        return take_bool(c, message, "allow_degraded", &c->allow_degraded);
}

static int take_quiesce(Manager *m, Call *c, sd_bus_message *message) {
        return take_bool(c, message, "quiesce", NULL);
}

static int take_u(Call *c, sd_bus_message *message, const char *key) {
        uint32_t n;
        int r = sd_bus_message_read(message, "u", &n);

        return r < 0 ? r : add(c, key, json_object_new_int64(n));
}

static int take_slot(Manager *m, Call *c, sd_bus_message *message) {
        return take_u(c, message, "slot");
}

static int take_images(Manager *m, Call *c, sd_bus_message *message) {
        return take_u(c, message, "images");
}

static int take_t(Call *c, sd_bus_message *message, const char *key, uint64_t divisor) {
        uint64_t n;
        int r = sd_bus_message_read(message, "t", &n);

        if (r < 0)
                return r;
        if (n > INT64_MAX || (divisor > 1 && n / divisor > UINT32_MAX))
                return -ERANGE;
        return add(c, key, json_object_new_int64((int64_t) (n / divisor)));
}

static int take_lock_timeout(Manager *m, Call *c, sd_bus_message *message) {
        return take_t(c, message, "lock_timeout_ms", 1000);
}

static int take_freeze_timeout(Manager *m, Call *c, sd_bus_message *message) {
        return take_t(c, message, "freeze_limit_ms", 1000);
}

static int take_region(Manager *m, Call *c, sd_bus_message *message) {
        return take_t(c, message, "region_size", 1);
}

static int take_extent(Manager *m, Call *c, sd_bus_message *message) {
        return take_t(c, message, "extent_size", 1);
}

static int take_path(Manager *m, sd_bus_message *message, ObjectKind kind, const Object **ret) {
        const char *path;
        int r = sd_bus_message_read(message, "o", &path);

        if (r < 0)
                return r;
        *ret = object_list_find(&m->objects, path);
        return *ret && (*ret)->kind == kind ? 0 : -ENOENT;
}

static int take_image(Manager *m, Call *c, sd_bus_message *message) {
        const Object *image;
        int r = take_path(m, message, OBJECT_IMAGE, &image);

        return r < 0 ? r : add(c, "slot", json_object_new_int64((int64_t) object_value(image, "Slot")->number));
}

static int take_pv(Manager *m, Call *c, sd_bus_message *message) {
        const Object *pv;
        int r = take_path(m, message, OBJECT_PV, &pv);

        return r < 0 ? r : add_text(c, "pv", pv->id.chars);
}

static const Option options[] = {
        { "allow-degraded", "b", take_degraded },
        { "quiesce", "b", take_quiesce },
        { "image", "o", take_image },
        { "image-index", "u", take_slot },
        { "physical-volume", "o", take_pv },
        { "images", "u", take_images },
        { "region-size", "t", take_region },
        { "extent-size", "t", take_extent },
        { "lock-timeout-usec", "t", take_lock_timeout },
        { "freeze-timeout-usec", "t", take_freeze_timeout },
};

static bool is_allowed(const VerbSpec *spec, const char *key) {
        size_t n = strlen(key);

        for (const char *p = spec->options; *p; p += strspn(p, " ")) {
                size_t word = strcspn(p, " ");

                if (word == n && memcmp(p, key, n) == 0)
                        return true;
                p += word;
        }
        return false;
}

static const Option *find_option(const VerbSpec *spec, const char *key) {
        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                if (streq(options[i].key, key) && is_allowed(spec, key))
                        return &options[i];
        return NULL;
}

static int invalid(sd_bus_error *reterr, const VerbSpec *spec, const char *key, const char *what) {
        return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS, "Option '%s' of %s %s; known are: %s.", key,
                                 spec->member, what, *spec->options ? spec->options : "none");
}

static int read_option(Manager *m, sd_bus_message *message, const VerbSpec *spec, Call *c, sd_bus_error *reterr) {
        const char *key, *contents;
        const Option *o;
        int r;

        r = sd_bus_message_read(message, "s", &key);
        if (r >= 0)
                r = sd_bus_message_peek_type(message, NULL, &contents);
        if (r < 0)
                return r;
        o = find_option(spec, key);
        if (!o)
                return invalid(reterr, spec, key, "is unknown");
        if (!streq(contents, o->type))
                return invalid(reterr, spec, key, "has the wrong type");
        r = sd_bus_message_enter_container(message, 'v', contents);
        if (r >= 0)
                r = o->take(m, c, message);
        if (r == -ENOENT)
                return invalid(reterr, spec, key, "names no such object");
        if (r == -ERANGE)
                return invalid(reterr, spec, key, "is out of range");
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int read_options(Manager *m, sd_bus_message *message, const VerbSpec *spec, Call *c, sd_bus_error *reterr) {
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                r = read_option(m, message, spec, c, reterr);
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* Arguments ----------------------------------------------------------------------------------------------------- */

static int read_devices(sd_bus_message *message, Call *c) {
        json_object *list = json_object_new_array();
        const char *device;
        int r;

        if (!list)
                return -ENOMEM;
        r = sd_bus_message_enter_container(message, 'a', "s");
        while (r >= 0 && (r = sd_bus_message_read(message, "s", &device)) > 0)
                r = json_object_array_add(list, json_object_new_string(device)) < 0 ? -ENOMEM : 0;
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        if (r < 0) {
                json_object_put(list);
                return r;
        }
        return add(c, "devices", list);
}

static int read_arguments(sd_bus_message *message, const VerbSpec *spec, Call *c) {
        int r = 0;

        if (spec->signature[0] == 's') {
                const char *name;

                r = sd_bus_message_read(message, "s", &name);
                if (r >= 0)
                        r = add_text(c, "name", name);
                if (r >= 0)
                        r = add_detail(c, "new.name", name);
        }
        if (r >= 0 && streq(spec->signature, "st"))
                r = take_t(c, message, "size", 1);
        if (r >= 0 && streq(spec->signature, "sas"))
                r = read_devices(message, c);
        return r;
}

/* Who is meant, for the worker and for polkit. */
static int add_target(Manager *m, const Object *target, Call *c) {
        const VgState *vg = target ? manager_find_vg(m, &target->vg) : NULL;
        const LogicalVolume *lv;
        int r;

        if (!vg)
                return target ? -ENOENT : 0;
        r = add_text(c, "vg", vg->vg->id.chars);
        if (r >= 0)
                r = add_text(c, "vg_name", vg->vg->name);
        if (r >= 0)
                r = add_detail(c, "vg.name", vg->vg->name);
        if (r >= 0)
                r = add_detail(c, "vg.uuid", vg->vg->id.chars);
        if (r < 0 || target->kind == OBJECT_VG)
                return r;
        lv = vg_find_lv_by_id(vg->vg, &target->id);
        if (!lv)
                return -ENOENT;
        r = add_text(c, "lv", lv->id.chars);
        return r < 0 ? r : add_detail(c, "lv.name", lv->name);
}

int call_read(Manager *m, sd_bus_message *message, const VerbSpec *spec, const Object *target, Call *ret,
              sd_bus_error *reterr) {
        Call c = { .request = json_object_new_object() };
        int r;

        r = c.request ? add_text(&c, "verb", spec->verb) : -ENOMEM;
        if (r >= 0)
                r = add_target(m, target, &c);
        if (r >= 0)
                r = read_arguments(message, spec, &c);
        if (r >= 0 && spec->reply == REPLY_REGIONS)
                r = add(&c, "ranges", json_object_new_boolean(true));
        if (r >= 0)
                r = read_options(m, message, spec, &c, reterr);
        if (r == -ERANGE)
                r = sd_bus_error_set(reterr, SD_BUS_ERROR_INVALID_ARGS, "A size is out of range.");
        if (r < 0) {
                call_done(&c);
                return r;
        }
        *ret = c;
        return 0;
}
