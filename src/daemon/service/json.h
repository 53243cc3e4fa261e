/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Members of objects that the worker, or an earlier daemon, has written. */

#include <stdint.h>

#include <json-c/json.h>

/* Borrowed; NULL: there is none, or it is no text. o may be NULL. */
static inline const char *get_text(json_object *o, const char *key) {
        json_object *v = NULL;

        return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_string) ? json_object_get_string(v) : NULL;
}

/* 0: there is none, or it is no whole number. */
static inline uint64_t get_number(json_object *o, const char *key) {
        json_object *v = NULL;

        return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_int) ? json_object_get_uint64(v) : 0;
}
