/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plan as JSON: the intent file, and the reply to a dry run. Reading back is defensive: an unknown key, a wrong
 * type, an embedded NUL or anything beyond the limits below is -EBADMSG. Keys with a zero or empty value are left out. */

#include "plan/plan.h"

#include <assert.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define JSON_BYTES_MAX (256U * 1024 * 1024)
#define STEPS_MAX 100000U
#define ACTIVE_MAX 100000U
#define WARNINGS_MAX 1000U
#define DEPTH_MAX 8

/* Writing ------------------------------------------------------------------------------------------------------ */

/* Takes ownership of value, also on failure. */
static int put(struct json_object *o, const char *key, struct json_object *value) {
        if (!value)
                return -ENOMEM;
        if (json_object_object_add(o, key, value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }

        return 0;
}

static int put_string(struct json_object *o, const char *key, const char *value) {
        return value ? put(o, key, json_object_new_string(value)) : 0;
}

static int put_number(struct json_object *o, const char *key, uint64_t value) {
        return value ? put(o, key, json_object_new_uint64(value)) : 0;
}

static int put_true(struct json_object *o, const char *key, bool value) {
        return value ? put(o, key, json_object_new_boolean(1)) : 0;
}

static int put_uuid(struct json_object *o, const char *key, const Uuid *id) {
        return uuid_is_null(id) ? 0 : put_string(o, key, id->chars);
}

/* Takes ownership of item, also on failure. */
static int append(struct json_object *array, struct json_object *item) {
        if (!item)
                return -ENOMEM;
        if (json_object_array_add(array, item) < 0) {
                json_object_put(item);
                return -ENOMEM;
        }

        return 0;
}

static int put_active(struct json_object *o, const Step *s) {
        struct json_object *array = NULL;
        int r;

        if (s->kind != STEP_CONVERGE)
                return 0;
        array = json_object_new_array();
        r = put(o, "active", array);
        for (size_t i = 0; r >= 0 && i < s->n_active; i++)
                r = append(array, json_object_new_string(s->active[i].chars));

        return r;
}

static int put_step(struct json_object *o, const Step *s) {
        int r;

        if ((r = put_string(o, "kind", step_kind_to_string(s->kind))) < 0 ||
            (r = put_string(o, "node", s->node)) < 0 ||
            (r = put_string(o, "uuid", s->uuid)) < 0 ||
            (r = put_string(o, "text", s->text)) < 0 ||
            (r = put_string(o, "why", s->why)) < 0 ||
            (r = put_number(o, "number", s->number)) < 0 ||
            (r = put_number(o, "number2", s->number2)) < 0 ||
            (r = put_true(o, "lockfs", s->lockfs)) < 0 ||
            (r = put_true(o, "read-only", s->read_only)) < 0)
                return r;

        return put_active(o, s);
}

static int put_steps(struct json_object *o, const Plan *p) {
        struct json_object *array = json_object_new_array();
        int r;

        r = put(o, "steps", array);
        for (size_t i = 0; r >= 0 && i < p->n_steps; i++) {
                struct json_object *step = json_object_new_object();

                r = append(array, step);
                if (r >= 0)
                        r = put_step(step, &p->steps[i]);
        }

        return r;
}

static int put_warnings(struct json_object *o, const Plan *p) {
        struct json_object *array;
        int r;

        if (!p->warnings)
                return 0;
        array = json_object_new_array();
        r = put(o, "warnings", array);
        for (char **w = p->warnings; r >= 0 && *w; w++)
                r = append(array, json_object_new_string(*w));

        return r;
}

static int put_plan(struct json_object *o, const Plan *p) {
        int r;

        if ((r = put_string(o, "verb", p->verb)) < 0 ||
            (r = put_string(o, "vg-name", p->vg_name)) < 0 ||
            (r = put_uuid(o, "vg", &p->vg_id)) < 0 ||
            (r = put_string(o, "summary", p->summary)) < 0 ||
            (r = put_uuid(o, "result", &p->result)) < 0 ||
            (r = put_uuid(o, "job-lv", &p->job_lv)) < 0 ||
            (r = put_number(o, "rebuild-slots", p->rebuild_slots)) < 0 ||
            (r = put_warnings(o, p)) < 0)
                return r;

        return put_steps(o, p);
}

int plan_to_json(const Plan *p, char **ret) {
        struct json_object *o;
        const char *text;
        char *copy = NULL;
        int r;

        assert(p);
        assert(ret);

        o = json_object_new_object();
        if (!o)
                return -ENOMEM;
        r = put_plan(o, p);
        if (r >= 0) {
                text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
                copy = text ? strdup(text) : NULL;
                r = copy ? 0 : -ENOMEM;
        }

        json_object_put(o);
        if (r >= 0)
                *ret = copy;
        return r;
}

/* Reading ------------------------------------------------------------------------------------------------------ */

static int get_string(struct json_object *value, char **ret) {
        char *copy;

        if (!json_object_is_type(value, json_type_string) ||
            strlen(json_object_get_string(value)) != (size_t) json_object_get_string_len(value) || *ret)
                return -EBADMSG;
        copy = strdup(json_object_get_string(value));
        if (!copy)
                return -ENOMEM;

        *ret = copy;
        return 0;
}

static int get_uuid(struct json_object *value, Uuid *ret) {
        if (!json_object_is_type(value, json_type_string) ||
            strlen(json_object_get_string(value)) != (size_t) json_object_get_string_len(value) ||
            uuid_parse(json_object_get_string(value), ret) < 0)
                return -EBADMSG;

        return 0;
}

static int get_number(struct json_object *value, uint64_t *ret) {
        if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
                return -EBADMSG;

        *ret = json_object_get_uint64(value);
        return 0;
}

static int get_bool(struct json_object *value, bool *ret) {
        if (!json_object_is_type(value, json_type_boolean))
                return -EBADMSG;

        *ret = json_object_get_boolean(value);
        return 0;
}

static int get_active(struct json_object *value, Step *s) {
        size_t n;
        int r = 0;

        if (!json_object_is_type(value, json_type_array) || s->active)
                return -EBADMSG;
        n = json_object_array_length(value);
        if (n > ACTIVE_MAX)
                return -EBADMSG;
        s->active = calloc(n + 1, sizeof(Uuid));
        if (!s->active)
                return -ENOMEM;

        s->n_active = n;
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = get_uuid(json_object_array_get_idx(value, i), &s->active[i]);
        return r;
}

static int get_step_member(const char *key, struct json_object *value, Step *s) {
        if (strcmp(key, "kind") == 0)
                return 0;
        if (strcmp(key, "node") == 0)
                return get_string(value, &s->node);
        if (strcmp(key, "uuid") == 0)
                return get_string(value, &s->uuid);
        if (strcmp(key, "text") == 0)
                return get_string(value, &s->text);
        if (strcmp(key, "why") == 0)
                return get_string(value, &s->why);
        if (strcmp(key, "number") == 0)
                return get_number(value, &s->number);
        if (strcmp(key, "number2") == 0)
                return get_number(value, &s->number2);
        if (strcmp(key, "lockfs") == 0)
                return get_bool(value, &s->lockfs);
        if (strcmp(key, "read-only") == 0)
                return get_bool(value, &s->read_only);
        if (strcmp(key, "active") == 0)
                return get_active(value, s);

        return -EBADMSG;
}

static int get_step(struct json_object *o, Plan *p) {
        struct json_object *value;
        StepKind kind;
        Step *s;
        int r = 0;

        if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, "kind", &value) ||
            !json_object_is_type(value, json_type_string))
                return -EBADMSG;
        kind = step_kind_from_string(json_object_get_string(value));
        if (kind < 0)
                return -EBADMSG;
        s = plan_add(p, kind);
        if (!s)
                return -ENOMEM;

        json_object_object_foreach(o, key, member) {
                r = get_step_member(key, member, s);
                if (r < 0)
                        break;
        }

        return r;
}

static int get_steps(struct json_object *value, Plan *p) {
        size_t n;
        int r = 0;

        if (!json_object_is_type(value, json_type_array) || p->n_steps > 0)
                return -EBADMSG;
        n = json_object_array_length(value);
        if (n > STEPS_MAX)
                return -EBADMSG;
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = get_step(json_object_array_get_idx(value, i), p);

        return r;
}

static int get_warnings(struct json_object *value, Plan *p) {
        size_t n;
        int r = 0;

        if (!json_object_is_type(value, json_type_array) || p->warnings)
                return -EBADMSG;
        n = json_object_array_length(value);
        if (n > WARNINGS_MAX)
                return -EBADMSG;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                _cleanup_free_ char *sentence = NULL;

                r = get_string(json_object_array_get_idx(value, i), &sentence);
                if (r >= 0)
                        r = plan_warn(p, sentence);
        }

        return r;
}

static int get_plan_member(const char *key, struct json_object *value, Plan *p) {
        if (strcmp(key, "verb") == 0)
                return get_string(value, &p->verb);
        if (strcmp(key, "vg-name") == 0)
                return get_string(value, &p->vg_name);
        if (strcmp(key, "vg") == 0)
                return get_uuid(value, &p->vg_id);
        if (strcmp(key, "summary") == 0)
                return get_string(value, &p->summary);
        if (strcmp(key, "result") == 0)
                return get_uuid(value, &p->result);
        if (strcmp(key, "job-lv") == 0)
                return get_uuid(value, &p->job_lv);
        if (strcmp(key, "rebuild-slots") == 0)
                return get_number(value, &p->rebuild_slots);
        if (strcmp(key, "warnings") == 0)
                return get_warnings(value, p);
        if (strcmp(key, "steps") == 0)
                return get_steps(value, p);

        return -EBADMSG;
}

static int get_plan(struct json_object *o, Plan *p) {
        int r = 0;

        if (!json_object_is_type(o, json_type_object))
                return -EBADMSG;
        json_object_object_foreach(o, key, value) {
                r = get_plan_member(key, value, p);
                if (r < 0)
                        return r;
        }

        return p->verb && p->vg_name ? 0 : -EBADMSG;
}

static int parse(const char *text, size_t n, struct json_object **ret) {
        struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
        struct json_object *o;
        int r = 0;

        if (!tokener)
                return -ENOMEM;
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
        o = json_tokener_parse_ex(tokener, text, (int) n + 1); /* with the NUL: a number at the end is complete then */
        if (json_tokener_get_error(tokener) != json_tokener_success || json_tokener_get_parse_end(tokener) < n) {
                json_object_put(o);
                r = -EBADMSG;
        } else
                *ret = o;

        json_tokener_free(tokener);
        return r;
}

int plan_from_json(const char *text, Plan **ret) {
        _cleanup_(plan_freep) Plan *p = NULL;
        struct json_object *o = NULL;
        size_t n;
        int r;

        assert(text);
        assert(ret);

        n = strlen(text);
        if (n > JSON_BYTES_MAX)
                return -EBADMSG;
        r = parse(text, n, &o);
        if (r < 0)
                return r;
        p = calloc(1, sizeof(*p));
        r = p ? get_plan(o, p) : -ENOMEM;
        json_object_put(o);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(p);
        return 0;
}
