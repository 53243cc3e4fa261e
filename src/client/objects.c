/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objects.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *get_text(json_object *o, const char *key) {
        json_object *v = NULL;

        return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "";
}

uint64_t get_number(json_object *o, const char *key) {
        json_object *v = NULL;

        return json_object_object_get_ex(o, key, &v) ? json_object_get_uint64(v) : 0;
}

double get_real(json_object *o, const char *key) {
        json_object *v = NULL;

        return json_object_object_get_ex(o, key, &v) ? json_object_get_double(v) : 0;
}

bool get_bool(json_object *o, const char *key) {
        json_object *v = NULL;

        return json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

size_t list_length(json_object *o, const char *key) {
        json_object *v = NULL;

        return json_object_object_get_ex(o, key, &v) ? json_object_array_length(v) : 0;
}

const char *list_item(json_object *o, const char *key, size_t i) {
        json_object *v = NULL;

        return json_object_object_get_ex(o, key, &v) && i < json_object_array_length(v)
                       ? json_object_get_string(json_object_array_get_idx(v, i)) : "";
}

static int read_list(sd_bus_message *m, char type, json_object **ret) {
        json_object *list = json_object_new_array();
        const char *s;
        int r;

        r = sd_bus_message_enter_container(m, 'a', (char[]) { type, '\0' });
        while (r >= 0 && (r = sd_bus_message_read_basic(m, type, &s)) > 0)
                (void) json_object_array_add(list, json_object_new_string(s)); /* memory: the list is short, then */
        *ret = list;
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_bytes(sd_bus_message *m, json_object **ret) {
        const void *bytes;
        size_t n;
        int r = sd_bus_message_read_array(m, 'y', &bytes, &n);

        if (r >= 0)
                *ret = json_object_new_string_len(bytes, n > 0 ? (int) n - 1 : 0);
        return r;
}

static int read_dicts(sd_bus_message *m, json_object **ret) {
        json_object *list = json_object_new_array();
        int more, r;

        *ret = list;
        r = sd_bus_message_enter_container(m, 'a', "a{sv}");
        while (r >= 0 && (more = sd_bus_message_at_end(m, false)) == 0) {
                json_object *o = json_object_new_object();

                (void) json_object_array_add(list, o);
                r = properties_read(m, o);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* Pairs of an error and its sentence. */
static int read_errors(sd_bus_message *m, json_object **ret) {
        json_object *list = json_object_new_array();
        const char *error, *message;
        int r;

        *ret = list;
        r = sd_bus_message_enter_container(m, 'a', "(ss)");
        while (r >= 0 && (r = sd_bus_message_read(m, "(ss)", &error, &message)) > 0) {
                json_object *o = json_object_new_object();

                (void) json_object_object_add(o, "error", json_object_new_string(error));
                (void) json_object_object_add(o, "message", json_object_new_string(message));
                (void) json_object_array_add(list, o);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_array(sd_bus_message *m, const char *type, json_object **ret) {
        if (strcmp(type, "ay") == 0)
                return read_bytes(m, ret);
        if (strcmp(type, "as") == 0 || strcmp(type, "ao") == 0)
                return read_list(m, type[1], ret);
        if (strcmp(type, "aa{sv}") == 0)
                return read_dicts(m, ret);
        if (strcmp(type, "a(ss)") == 0)
                return read_errors(m, ret);
        return sd_bus_message_skip(m, type); /* of a newer raidd */
}

static int read_value(sd_bus_message *m, const char *type, json_object **ret) {
        union {
                const char *s;
                uint32_t u;
                uint64_t t;
                int b;
                double d;
        } v;
        int r;

        if (type[0] == 'a')
                return read_array(m, type, ret);
        r = sd_bus_message_read_basic(m, type[0], &v);
        if (r < 0)
                return r;
        *ret = type[0] == 'u'   ? json_object_new_int64(v.u)
               : type[0] == 't' ? json_object_new_uint64(v.t)
               : type[0] == 'b' ? json_object_new_boolean(v.b)
               : type[0] == 'd' ? json_object_new_double(v.d)
                                : json_object_new_string(v.s);
        return 0;
}

int properties_read(sd_bus_message *m, json_object *into) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                json_object *value = NULL;
                const char *key, *type;

                r = sd_bus_message_read(m, "s", &key);
                if (r >= 0)
                        r = sd_bus_message_peek_type(m, NULL, &type);
                if (r >= 0)
                        r = sd_bus_message_enter_container(m, 'v', type);
                if (r >= 0)
                        r = read_value(m, type, &value);
                if (r >= 0)
                        r = json_object_object_add(into, key, value);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* One object: interfaces other than ours are skipped. */
int object_read(sd_bus_message *m, json_object *all) {
        const char *path, *interface, *prefix = RAIDD_INTERFACE("");
        int r;

        r = sd_bus_message_read(m, "o", &path);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
                json_object *o;

                r = sd_bus_message_read(m, "s", &interface);
                if (r < 0)
                        break;
                if (strncmp(interface, prefix, strlen(prefix)) != 0)
                        r = sd_bus_message_skip(m, "a{sv}");
                else {
                        o = json_object_new_object();
                        (void) json_object_object_add(o, "path", json_object_new_string(path));
                        (void) json_object_object_add(o, "kind", json_object_new_string(interface + strlen(prefix)));
                        (void) json_object_array_add(all, o);
                        r = properties_read(m, o);
                }
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int objects_get(sd_bus *bus, json_object **ret, sd_bus_error *reterr) {
        sd_bus_message *reply = NULL;
        json_object *all = json_object_new_array();
        int r;

        r = sd_bus_call_method(bus, RAIDD_NAME, RAIDD_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects",
                               reterr, &reply, NULL);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}")) > 0) {
                r = object_read(reply, all);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        sd_bus_message_unref(reply);
        if (r < 0) {
                json_object_put(all);
                return r;
        }
        *ret = all;
        return 0;
}

json_object *object_by_path(json_object *all, const char *path) {
        for (size_t i = 0; i < json_object_array_length(all); i++) {
                json_object *o = json_object_array_get_idx(all, i);

                if (strcmp(get_text(o, "path"), path) == 0)
                        return o;
        }
        return NULL;
}

bool is_kind(json_object *o, const char *kind) {
        return strcmp(get_text(o, "kind"), kind) == 0;
}

const char *full_name(json_object *all, json_object *o, char out[static 300]) {
        json_object *volume = is_kind(o, "RaidImage") ? object_by_path(all, get_text(o, "Volume")) : o;
        json_object *vg = volume ? object_by_path(all, get_text(volume, "VolumeGroup")) : NULL;

        (void) snprintf(out, 300, "%s/%s", vg ? get_text(vg, "Name") : "?", get_text(o, "Name"));
        return out;
}

bool same_uuid(const char *a, const char *b) {
        for (;; a++, b++) {
                a += strspn(a, "-");
                b += strspn(b, "-");
                if (*a != *b)
                        return false;
                if (!*a)
                        return true;
        }
}

json_object *object_by_spec(json_object *all, const char *spec) {
        const char *plain = strncmp(spec, "/dev/", 5) == 0 ? spec + 5 : spec;
        char name[300];

        for (size_t i = 0; i < json_object_array_length(all); i++) {
                json_object *o = json_object_array_get_idx(all, i);

                if (!is_kind(o, "Volume") && !is_kind(o, "RaidImage"))
                        continue;
                if (strcmp(full_name(all, o, name), plain) == 0 || same_uuid(get_text(o, "Uuid"), spec) ||
                    (spec[0] == '/' && strcmp(get_text(o, "Device"), spec) == 0))
                        return o;
        }
        return NULL;
}
