/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/intent.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/str.h"

static void json_putp(json_object **o) {
        json_object_put(*o);
}

Intent *intent_free(Intent *i) {
        if (!i)
                return NULL;

        free(i->verb);
        free(i->vg_name);
        free(i->vg_name_after);
        free(i->before);
        free(i->after);
        free(i->labels);
        strv_free(i->devices);
        free(i);
        return NULL;
}

static int add(json_object *o, const char *key, json_object *value) {
        if (!value)
                return -ENOMEM;
        if (json_object_object_add(o, key, value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

static int append(json_object *array, json_object *value) {
        if (!value)
                return -ENOMEM;
        if (json_object_array_add(array, value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

static int add_ids(json_object *o, const char *key, const Uuid *ids, size_t n) {
        _cleanup_(json_putp) json_object *array = json_object_new_array();
        int r = array ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = append(array, json_object_new_string(ids[i].chars));
        return r < 0 ? r : add(o, key, TAKE_PTR(array));
}

static int add_strings(json_object *o, const char *key, char *const *strings) {
        _cleanup_(json_putp) json_object *array = json_object_new_array();
        int r = array ? 0 : -ENOMEM;

        for (; r >= 0 && strings && *strings; strings++)
                r = append(array, json_object_new_string(*strings));
        return r < 0 ? r : add(o, key, TAKE_PTR(array));
}

int intent_to_json(const Intent *i, char **ret) {
        _cleanup_(json_putp) json_object *o = json_object_new_object();
        const char *text;
        int r;

        assert(i);
        assert(ret);

        if (!o)
                return -ENOMEM;
        r = add(o, "verb", json_object_new_string(i->verb));
        if (r >= 0)
                r = add(o, "vg_name", json_object_new_string(i->vg_name));
        if (r >= 0 && i->vg_name_after)
                r = add(o, "vg_name_after", json_object_new_string(i->vg_name_after));
        if (r >= 0)
                r = add(o, "seqno", json_object_new_uint64(i->seqno));
        if (r >= 0)
                r = add_ids(o, "before", i->before, i->n_before);
        if (r >= 0)
                r = add_ids(o, "after", i->after, i->n_after);
        if (r >= 0)
                r = add_strings(o, "devices", i->devices);
        if (r >= 0 && i->n_labels > 0)
                r = add_ids(o, "labels", i->labels, i->n_labels);
        if (r >= 0 && i->rebuild_slots != 0) {
                r = add(o, "rebuild_lv", json_object_new_string(i->rebuild_lv.chars));
                if (r >= 0)
                        r = add(o, "rebuild_slots", json_object_new_uint64(i->rebuild_slots));
        }
        if (r < 0)
                return r;

        text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
        *ret = text ? strdup(text) : NULL;
        return *ret ? 0 : -ENOMEM;
}

static int read_string(json_object *o, const char *key, char **ret) {
        json_object *value;

        if (!json_object_object_get_ex(o, key, &value) || !json_object_is_type(value, json_type_string))
                return -EBADMSG;
        return free_and_strdup(ret, json_object_get_string(value));
}

static int read_ids(json_object *o, const char *key, Uuid **ret, size_t *ret_n) {
        _cleanup_free_ Uuid *ids = NULL;
        json_object *array;
        size_t n;

        if (!json_object_object_get_ex(o, key, &array) || !json_object_is_type(array, json_type_array))
                return -EBADMSG;
        n = json_object_array_length(array);
        ids = calloc(n + 1, sizeof(*ids));
        if (!ids)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                const char *id = json_object_get_string(json_object_array_get_idx(array, i));

                if (!id || uuid_parse(id, &ids[i]) < 0)
                        return -EBADMSG;
        }

        *ret = TAKE_PTR(ids);
        *ret_n = n;
        return 0;
}

static int read_strings(json_object *o, const char *key, char ***ret) {
        json_object *array;

        if (!json_object_object_get_ex(o, key, &array) || !json_object_is_type(array, json_type_array))
                return -EBADMSG;
        for (size_t i = 0; i < json_object_array_length(array); i++) {
                const char *s = json_object_get_string(json_object_array_get_idx(array, i));
                int r = s ? strv_extend(ret, s) : -EBADMSG;

                if (r < 0)
                        return r;
        }

        return 0;
}

static int read_rebuild(json_object *o, Intent *i) {
        json_object *value;

        if (!json_object_object_get_ex(o, "rebuild_slots", &value))
                return 0;
        i->rebuild_slots = json_object_get_uint64(value);
        if (!json_object_object_get_ex(o, "rebuild_lv", &value) || !json_object_is_type(value, json_type_string) ||
            uuid_parse(json_object_get_string(value), &i->rebuild_lv) < 0)
                return -EBADMSG;
        return 0;
}

int intent_from_json(const char *text, Intent **ret) {
        _cleanup_(json_putp) json_object *o = NULL;
        _cleanup_(intent_freep) Intent *i = NULL;
        json_object *value;
        int r;

        assert(text);
        assert(ret);

        o = json_tokener_parse(text);
        if (!o || !json_object_is_type(o, json_type_object))
                return -EBADMSG;
        i = calloc(1, sizeof(*i));
        if (!i)
                return -ENOMEM;

        if (!json_object_object_get_ex(o, "seqno", &value) || !json_object_is_type(value, json_type_int))
                return -EBADMSG;
        i->seqno = json_object_get_uint64(value);
        r = read_string(o, "verb", &i->verb);
        if (r >= 0)
                r = read_string(o, "vg_name", &i->vg_name);
        if (r >= 0 && json_object_object_get_ex(o, "vg_name_after", NULL))
                r = read_string(o, "vg_name_after", &i->vg_name_after);
        if (r >= 0)
                r = read_ids(o, "before", &i->before, &i->n_before);
        if (r >= 0)
                r = read_ids(o, "after", &i->after, &i->n_after);
        if (r >= 0)
                r = read_strings(o, "devices", &i->devices);
        if (r >= 0)
                r = read_rebuild(o, i);
        if (r >= 0 && json_object_object_get_ex(o, "labels", NULL))
                r = read_ids(o, "labels", &i->labels, &i->n_labels);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(i);
        return 0;
}
