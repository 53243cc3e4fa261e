/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/request.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/str.h"

#define PVS_MAX 1024U

typedef int (*FieldFunc)(WorkerRequest *r, json_object *value);

typedef struct Field {
        const char *name;
        FieldFunc parse;
} Field;

static int get_string(json_object *value, char **ret) {
        if (!json_object_is_type(value, json_type_string))
                return -EBADMSG;
        return free_and_strdup(ret, json_object_get_string(value));
}

static int get_bool(json_object *value, bool *ret) {
        if (!json_object_is_type(value, json_type_boolean))
                return -EBADMSG;
        *ret = json_object_get_boolean(value);
        return 0;
}

static int get_u64(json_object *value, uint64_t *ret) {
        if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
                return -EBADMSG;
        *ret = json_object_get_uint64(value);
        return 0;
}

static int get_u32(json_object *value, uint32_t *ret) {
        uint64_t n;

        if (get_u64(value, &n) < 0 || n > UINT32_MAX)
                return -EBADMSG;
        *ret = (uint32_t) n;
        return 0;
}

/* Numbers below 64, as a set. */
static int get_set(json_object *value, uint64_t *ret) {
        if (!json_object_is_type(value, json_type_array) || json_object_array_length(value) > 64)
                return -EBADMSG;
        for (size_t i = 0; i < json_object_array_length(value); i++) {
                uint32_t n;

                if (get_u32(json_object_array_get_idx(value, i), &n) < 0 || n >= 64)
                        return -EBADMSG;
                *ret |= UINT64_C(1) << n;
        }
        return 0;
}

static int get_uuid(json_object *value, Uuid *ret) {
        if (!json_object_is_type(value, json_type_string))
                return -EBADMSG;
        return uuid_parse(json_object_get_string(value), ret) < 0 ? -EBADMSG : 0;
}

static int parse_verb(WorkerRequest *r, json_object *value) {
        const char *verb;

        if (!json_object_is_type(value, json_type_string))
                return -EBADMSG;
        verb = json_object_get_string(value);
        r->scan = strcmp(verb, "scan") == 0;
        r->changed = strcmp(verb, "changed") == 0;
        r->request.verb = verb_from_string(verb);
        return r->scan || r->changed || r->request.verb >= 0 ? 0 : -EBADMSG;
}

static int get_paths(json_object *value, char ***ret) {
        if (!json_object_is_type(value, json_type_array))
                return -EBADMSG;
        for (size_t i = 0; i < json_object_array_length(value); i++) {
                json_object *path = json_object_array_get_idx(value, i);
                int q;

                if (!json_object_is_type(path, json_type_string) || json_object_get_string(path)[0] != '/')
                        return -EBADMSG;
                q = strv_extend(ret, json_object_get_string(path));
                if (q < 0)
                        return q;
        }

        return 0;
}

static int get_uuids(json_object *value, size_t max, Uuid **ret, size_t *ret_n) {
        size_t n = json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 0;

        if (n == 0 || n > max || *ret)
                return -EBADMSG;
        *ret = calloc(n, sizeof(Uuid));
        if (!*ret)
                return -ENOMEM;
        for (; *ret_n < n; (*ret_n)++) {
                int q = get_uuid(json_object_array_get_idx(value, *ret_n), &(*ret)[*ret_n]);

                if (q < 0)
                        return q;
        }
        return 0;
}

static int parse_devices(WorkerRequest *r, json_object *v) { return get_paths(v, &r->devices); }
static int parse_new_devices(WorkerRequest *r, json_object *v) { return get_paths(v, &r->new_devices); }
static int parse_lvs(WorkerRequest *r, json_object *v) { return get_uuids(v, SPLIT_GROUP_MAX, &r->request.lvs, &r->request.n_lvs); }
static int parse_pvs(WorkerRequest *r, json_object *v) { return get_uuids(v, PVS_MAX, &r->request.pvs, &r->request.n_pvs); }
static int parse_vg(WorkerRequest *r, json_object *v) { return get_uuid(v, &r->vg); }
static int parse_vg_name(WorkerRequest *r, json_object *v) { return get_string(v, &r->vg_name); }
static int parse_lv(WorkerRequest *r, json_object *v) { return get_uuid(v, &r->request.lv); }
static int parse_name(WorkerRequest *r, json_object *v) { return get_string(v, &r->request.name); }
static int parse_size(WorkerRequest *r, json_object *v) { return get_u64(v, &r->request.size_bytes); }
static int parse_images(WorkerRequest *r, json_object *v) { return get_u32(v, &r->request.images); }
static int parse_image(WorkerRequest *r, json_object *v) { return get_uuid(v, &r->request.image); }
static int parse_slot(WorkerRequest *r, json_object *v) { return get_u32(v, &r->request.slot); }
static int parse_slots(WorkerRequest *r, json_object *v) { return get_set(v, &r->request.slots); }
static int parse_pv(WorkerRequest *r, json_object *v) { return get_uuid(v, &r->request.pv); }
static int parse_degraded(WorkerRequest *r, json_object *v) { return get_bool(v, &r->request.allow_degraded); }
static int parse_shrink(WorkerRequest *r, json_object *v) { return get_bool(v, &r->request.allow_shrink); }
static int parse_wipe(WorkerRequest *r, json_object *v) { return get_bool(v, &r->request.wipe); }
static int parse_min(WorkerRequest *r, json_object *v) { return get_u64(v, &r->request.min_kib); }
static int parse_max(WorkerRequest *r, json_object *v) { return get_u64(v, &r->request.max_kib); }
static int parse_region(WorkerRequest *r, json_object *v) { return get_u64(v, &r->request.region_bytes); }
static int parse_extent(WorkerRequest *r, json_object *v) { return get_u64(v, &r->request.extent_bytes); }
static int parse_lock(WorkerRequest *r, json_object *v) { return get_u32(v, &r->lock_timeout_ms); }
static int parse_freeze(WorkerRequest *r, json_object *v) { return get_u32(v, &r->request.freeze_limit_ms); }
static int parse_dry_run(WorkerRequest *r, json_object *v) { return get_bool(v, &r->dry_run); }
static int parse_held(WorkerRequest *r, json_object *v) { return get_bool(v, &r->held); }
static int parse_planned(WorkerRequest *r, json_object *v) { r->request.planned = true; return get_u64(v, &r->request.planned_seqno); }
static int parse_ranges(WorkerRequest *r, json_object *v) { return get_bool(v, &r->want_ranges); }

static int parse_quiesce(WorkerRequest *r, json_object *value) {
        bool quiesce;

        if (get_bool(value, &quiesce) < 0)
                return -EBADMSG;
        r->request.no_quiesce = !quiesce;
        return 0;
}

static const Field fields[] = {
        { "verb", parse_verb },
        { "vg", parse_vg },
        { "vg_name", parse_vg_name },
        { "devices", parse_devices },
        { "lv", parse_lv },
        { "lvs", parse_lvs },
        { "new_devices", parse_new_devices },
        { "pvs", parse_pvs },
        { "name", parse_name },
        { "size", parse_size },
        { "images", parse_images },
        { "image", parse_image },
        { "slot", parse_slot },
        { "slots", parse_slots },
        { "pv", parse_pv },
        { "allow_degraded", parse_degraded },
        { "allow_shrink", parse_shrink },
        { "wipe", parse_wipe },
        { "min_kib", parse_min },
        { "max_kib", parse_max },
        { "quiesce", parse_quiesce },
        { "region_size", parse_region },
        { "extent_size", parse_extent },
        { "lock_timeout_ms", parse_lock },
        { "freeze_limit_ms", parse_freeze },
        { "dry_run", parse_dry_run },
        { "ranges", parse_ranges },
        { "planned_seqno", parse_planned },
        { "held", parse_held },
};

static int parse_field(WorkerRequest *r, const char *name, json_object *value) {
        for (size_t i = 0; i < ELEMENTSOF(fields); i++)
                if (strcmp(fields[i].name, name) == 0)
                        return value ? fields[i].parse(r, value) : 0; /* null: as if it were not there */

        return -EBADMSG;
}

WorkerRequest *worker_request_free(WorkerRequest *r) {
        if (!r)
                return NULL;

        free(r->request.name);
        free(r->request.lvs);
        free(r->request.pvs);
        free(r->vg_name);
        strv_free(r->devices);
        strv_free(r->new_devices);
        free(r);
        return NULL;
}

static void json_putp(json_object **o) {
        json_object_put(*o);
}

int worker_request_parse(const char *text, WorkerRequest **ret) {
        _cleanup_(worker_request_freep) WorkerRequest *r = NULL;
        _cleanup_(json_putp) json_object *object = NULL;

        assert(text);
        assert(ret);

        object = json_tokener_parse(text);
        if (!object || !json_object_is_type(object, json_type_object))
                return -EBADMSG;
        r = calloc(1, sizeof(*r));
        if (!r)
                return -ENOMEM;
        r->request.verb = _VERB_INVALID;
        r->request.slot = SLOT_ANY;
        r->lock_timeout_ms = LOCK_TIMEOUT_MS;

        json_object_object_foreach(object, name, value) {
                int q = parse_field(r, name, value);

                if (q < 0)
                        return q;
        }
        if (r->request.verb < 0 && !r->scan && !r->changed)
                return -EBADMSG;

        *ret = TAKE_PTR(r);
        return 0;
}
