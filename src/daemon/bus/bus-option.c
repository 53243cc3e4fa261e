/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-option.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "plan/planner.h"

#define DEVICE_NAMES_MAX (64U << 10)

typedef struct Option {
        const char *key, *type; /* basic, or an array of a basic one */
        int (*take)(Manager *m, Call *c, sd_bus_message *message);
} Option;

static int take_bool(Call *c, sd_bus_message *message, const char *key, bool *ret) {
        int b, r = sd_bus_message_read(message, "b", &b);

        if (r < 0)
                return r;
        if (ret)
                *ret = b;
        return call_add(c, key, json_object_new_boolean(b));
}

static int take_degraded(Manager *m, Call *c, sd_bus_message *message) {
        return take_bool(c, message, "allow_degraded", &c->allow_degraded);
}

static int take_shrink(Manager *m, Call *c, sd_bus_message *message) {
        return take_bool(c, message, "allow_shrink", NULL);
}

static int take_wipe(Manager *m, Call *c, sd_bus_message *message) {
        return take_bool(c, message, "wipe", NULL);
}

static int take_quiesce(Manager *m, Call *c, sd_bus_message *message) {
        return take_bool(c, message, "quiesce", NULL);
}

/* Not for the worker. */
static int take_merge_on_release(Manager *m, Call *c, sd_bus_message *message) {
        int b, r = sd_bus_message_read(message, "b", &b);

        c->merge_on_release = b;
        return r;
}

static int take_u(Call *c, sd_bus_message *message, const char *key) {
        uint32_t n;
        int r = sd_bus_message_read(message, "u", &n);

        return r < 0 ? r : call_add(c, key, json_object_new_int64(n));
}

static int take_slot(Manager *m, Call *c, sd_bus_message *message) {
        return take_u(c, message, "slot");
}

static int take_images(Manager *m, Call *c, sd_bus_message *message) {
        return take_u(c, message, "images");
}

static int take_count(Manager *m, Call *c, sd_bus_message *message) {
        uint32_t n;
        int r = sd_bus_message_read(message, "u", &n);

        if (r >= 0 && (n == 0 || n > RAID1_IMAGES_MAX))
                return -ERANGE;
        return r < 0 ? r : call_add(c, "images", json_object_new_int64(n));
}

static int take_slots(Manager *m, Call *c, sd_bus_message *message) {
        json_object *list = json_object_new_array();
        uint32_t n;
        int r;

        if (!list)
                return -ENOMEM;
        r = sd_bus_message_enter_container(message, 'a', "u");
        while (r >= 0 && (r = sd_bus_message_read(message, "u", &n)) > 0)
                r = n >= RAID1_IMAGES_MAX || json_object_array_length(list) >= RAID1_IMAGES_MAX ? -ERANGE : json_object_array_add(list, json_object_new_int64(n)) < 0 ? -ENOMEM : 0;
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        if (r >= 0 && json_object_array_length(list) == 0)
                r = -ERANGE;
        if (r < 0) {
                json_object_put(list);
                return r;
        }
        return call_add(c, "slots", list);
}

static int take_t(Call *c, sd_bus_message *message, const char *key, uint64_t divisor) {
        uint64_t n;
        int r = sd_bus_message_read(message, "t", &n);

        if (r < 0)
                return r;
        if (n > INT64_MAX || (divisor > 1 && n / divisor > UINT32_MAX))
                return -ERANGE;
        return call_add(c, key, json_object_new_int64((int64_t) (n / divisor)));
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

        if (r >= 0 && !uuid_equal(&image->vg, &c->vg))
                r = -ENOENT;
        if (r >= 0)
                r = call_add_text(c, "image", image->id.chars); /* which index it has is looked at under the lock */
        return r < 0 ? r : call_add_detail(c, "image.name", object_value(image, "Name")->text);
}

static int take_pv(Manager *m, Call *c, sd_bus_message *message) {
        const Object *pv;
        int r = take_path(m, message, OBJECT_PV, &pv);

        return r < 0 ? r : call_add_text(c, "pv", pv->id.chars);
}

static int take_strings(Call *c, sd_bus_message *message, const char *key) {
        json_object *list = json_object_new_array();
        const char *device;
        int r;

        if (!list)
                return -ENOMEM;
        r = sd_bus_message_enter_container(message, 'a', "s");
        while (r >= 0 && (r = call_read_text(message, &device)) > 0)
                r = call_append(list, device);
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        if (r >= 0 && json_object_array_length(list) == 0)
                r = -ERANGE;
        if (r < 0) {
                json_object_put(list);
                return r;
        }
        return call_add(c, key, list);
}

/* So that a rule can allow it for some devices only: all of them or none, as half a list would be judged as if it were all. */
static int add_device_names(Call *c, const char *key) {
        _cleanup_(buf_done) Buf b = {};
        _cleanup_free_ char *names = NULL;
        json_object *list = NULL;

        (void) json_object_object_get_ex(c->request, key, &list);
        for (size_t i = 0; list && i < json_object_array_length(list); i++)
                buf_addf(&b, "%s%s", i > 0 ? " " : "", json_object_get_string(json_object_array_get_idx(list, i)));
        names = buf_take(&b);
        if (names && strlen(names) > DEVICE_NAMES_MAX)
                return -ERANGE;
        return names ? call_add_detail(c, "devices", names) : -ENOMEM;
}

static int take_devices(Manager *m, Call *c, sd_bus_message *message) {
        int r = take_strings(c, message, "devices");

        return r < 0 ? r : add_device_names(c, "devices");
}

static int take_new_devices(Manager *m, Call *c, sd_bus_message *message) {
        int r = take_strings(c, message, "new_devices");

        return r < 0 ? r : add_device_names(c, "new_devices");
}

/* Identifiers of objects of one kind, all of the group that the method is called on. */
static int read_objects(Manager *m, const Call *c, sd_bus_message *message, ObjectKind kind, json_object *list) {
        const char *path;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "o");
        while (r >= 0 && (r = sd_bus_message_read(message, "o", &path)) > 0) {
                const Object *o = object_list_find(&m->objects, path);

                if (!o || o->kind != kind || !uuid_equal(&o->vg, &c->vg))
                        r = -ENOENT;
                else
                        r = call_append(list, o->id.chars);
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int take_pvs(Manager *m, Call *c, sd_bus_message *message) {
        json_object *list = json_object_new_array();
        int r = list ? read_objects(m, c, message, OBJECT_PV, list) : -ENOMEM;

        if (r >= 0 && json_object_array_length(list) == 0)
                r = -ERANGE;
        if (r < 0) {
                json_object_put(list);
                return r;
        }
        return call_add(c, "pvs", list);
}

/* So that a rule can allow it for some volumes only. */
static int add_volume_names(Manager *m, Call *c, json_object *lvs) {
        const VgState *vg = manager_find_vg(m, &c->vg);
        _cleanup_(buf_done) Buf b = {};
        _cleanup_free_ char *names = NULL;

        for (size_t i = 0; i < json_object_array_length(lvs); i++) {
                const LogicalVolume *lv = NULL;
                Uuid id;

                if (vg && uuid_parse(json_object_get_string(json_object_array_get_idx(lvs, i)), &id) >= 0)
                        lv = vg_find_lv_by_id(vg->vg, &id);
                if (!lv)
                        return -ENOENT;
                buf_addf(&b, "%s%s", i > 0 ? " " : "", lv->name);
        }
        names = buf_take(&b);
        return names ? call_add_detail(c, "lv.names", names) : -ENOMEM;
}

/* Different volumes of the group that the method is called on. */
static int take_volumes(Manager *m, Call *c, sd_bus_message *message) {
        json_object *list = json_object_new_array();
        int r = list ? read_objects(m, c, message, OBJECT_VOLUME, list) : -ENOMEM;

        if (r >= 0 && (json_object_array_length(list) == 0 || json_object_array_length(list) > SPLIT_GROUP_MAX))
                r = -ERANGE;
        if (r >= 0)
                r = add_volume_names(m, c, list);
        if (r < 0) {
                json_object_put(list);
                return r;
        }
        return call_add(c, "lvs", list);
}

/* "VG-UUID:SEQNO", as Manager.Plan gave it. */
static int take_plan(Manager *m, Call *c, sd_bus_message *message) {
        json_object *vg = NULL;
        const char *token, *colon;
        char *end = NULL;
        uint64_t seqno;
        int r;

        r = call_read_text(message, &token);
        if (r < 0)
                return r;
        colon = strchr(token, ':');
        seqno = colon ? strtoull(colon + 1, &end, 10) : 0;
        if (!colon || end == colon + 1 || *end || seqno > INT64_MAX)
                return -EINVAL;
        if (!json_object_object_get_ex(c->request, "vg", &vg) || strlen(json_object_get_string(vg)) != (size_t) (colon - token) ||
            strncmp(json_object_get_string(vg), token, (size_t) (colon - token)) != 0)
                return -ESTALE;
        return call_add(c, "planned_seqno", json_object_new_int64((int64_t) seqno));
}

static const Option options[] = {
        { "allow-degraded", "b", take_degraded },
        { "allow-shrink", "b", take_shrink },
        { "wipe", "b", take_wipe },
        { "quiesce", "b", take_quiesce },
        { "image", "o", take_image },
        { "image-index", "u", take_slot },
        { "physical-volume", "o", take_pv },
        { "count", "u", take_count },
        { "image-indexes", "au", take_slots },
        { "physical-volumes", "ao", take_pvs },
        { "images", "u", take_images },
        { "region-size", "t", take_region },
        { "extent-size", "t", take_extent },
        { "lock-timeout-usec", "t", take_lock_timeout },
        { "freeze-timeout-usec", "t", take_freeze_timeout },
        { "plan", "s", take_plan },
        { "merge-on-release", "b", take_merge_on_release },
};

/* Arguments ----------------------------------------------------------------------------------------------------- */

static int take_name(Manager *m, Call *c, sd_bus_message *message) {
        const char *name;
        int r = call_read_text(message, &name);

        if (r >= 0)
                r = call_add_text(c, "name", name);
        return r < 0 ? r : call_add_detail(c, "new.name", name);
}

static int take_mode(Manager *m, Call *c, sd_bus_message *message) {
        const char *mode;
        int r = sd_bus_message_read(message, "s", &mode);

        if (r < 0)
                return r;
        return streq(mode, "check") || streq(mode, "repair") ? call_add_text(c, "name", mode) : -EINVAL;
}

static int take_size(Manager *m, Call *c, sd_bus_message *message) {
        return take_t(c, message, "size", 1);
}

/* Bytes/s on the bus, KiB/s in the metadata and the kernel. */
static int take_min_rate(Manager *m, Call *c, sd_bus_message *message) {
        return take_t(c, message, "min_kib", 1024);
}

static int take_max_rate(Manager *m, Call *c, sd_bus_message *message) {
        return take_t(c, message, "max_kib", 1024);
}

/* key and type: what it is called among the parameters of Manager.Plan; member: of the request. */
static const struct Argument {
        char letter;
        Option option;
        const char *member;
} arguments[] = {
        { 's', { "name", "s", take_name }, "name" },
        { 'm', { "mode", "s", take_mode }, "name" },
        { 't', { "size", "t", take_size }, "size" },
        { 'n', { "count", "u", take_images }, "images" },
        { 'i', { "image", "o", take_image }, "image" },
        { '<', { "min-rate", "t", take_min_rate }, "min_kib" },
        { '>', { "max-rate", "t", take_max_rate }, "max_kib" },
        { 'D', { "devices", "as", take_devices }, "devices" },
        { 'E', { "devices", "as", take_new_devices }, "new_devices" },
        { 'P', { "physical-volumes", "ao", take_pvs }, "pvs" },
        { 'V', { "volumes", "ao", take_volumes }, "lvs" },
};

static bool has_argument(const VerbSpec *spec, size_t i) {
        return strchr(spec->arguments, arguments[i].letter);
}

static int wrong(sd_bus_error *reterr, const VerbSpec *spec, const char *key, int r) {
        const char *what = r == -ENOENT ? "names no such object" : r == -EINVAL ? "is nothing that is known" : "is out of range";

        return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS, "The argument '%s' of %s %s.", key, spec->member, what);
}

int arguments_read(Manager *m, sd_bus_message *message, const VerbSpec *spec, Call *c, sd_bus_error *reterr) {
        for (const char *p = spec->arguments; *p; p++)
                for (size_t i = 0; i < ELEMENTSOF(arguments); i++) {
                        int r;

                        if (arguments[i].letter != *p)
                                continue;
                        r = arguments[i].option.take(m, c, message);
                        if (r == -ENOENT || r == -EINVAL || r == -ERANGE)
                                return wrong(reterr, spec, arguments[i].option.key, r);
                        if (r < 0)
                                return r;
                }
        return 0;
}

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

static const Option *find_option(const VerbSpec *spec, const Call *c, const char *key) {
        for (size_t i = 0; c->planning && i < ELEMENTSOF(arguments); i++)
                if (has_argument(spec, i) && streq(arguments[i].option.key, key))
                        return &arguments[i].option;
        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                if (streq(options[i].key, key) && is_allowed(spec, key))
                        return &options[i];
        return NULL;
}

static int invalid(sd_bus_error *reterr, const VerbSpec *spec, const char *key, const char *what) {
        return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS, "Option '%s' of %s %s; known are: %s.", call_quote(key),
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
        o = find_option(spec, c, key);
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
        if (r == -EINVAL)
                return invalid(reterr, spec, key, "is nothing that is known");
        if (r == -ESTALE)
                return invalid(reterr, spec, key, "is of another volume group");
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

int options_read(Manager *m, sd_bus_message *message, const VerbSpec *spec, Call *c, sd_bus_error *reterr) {
        unsigned n = 0;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                if (++n > CALL_OPTIONS_MAX)
                        return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS, "%s has not that many options.", spec->member);
                r = read_option(m, message, spec, c, reterr);
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* Every argument that the method itself takes. */
int arguments_check(const VerbSpec *spec, const Call *c, sd_bus_error *reterr) {
        for (size_t i = 0; i < ELEMENTSOF(arguments); i++)
                if (has_argument(spec, i) && !json_object_object_get_ex(c->request, arguments[i].member, NULL))
                        return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS, "A plan of %s needs the parameter '%s'.",
                                                 spec->member, arguments[i].option.key);
        return 0;
}
