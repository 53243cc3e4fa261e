/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/object.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "base/str.h"

Object *object_free(Object *o) {
        if (!o)
                return NULL;
        for (size_t i = 0; i < o->n_values; i++) {
                free(o->values[i].text);
                strv_free(o->values[i].list);
        }
        free(o->values);
        free(o->path);
        free(o);
        return NULL;
}

Object *object_new(ObjectKind kind, char *path) {
        Object *o = path ? calloc(1, sizeof(Object)) : NULL;

        if (!o) {
                free(path);
                return NULL;
        }
        o->kind = kind;
        o->path = path;
        return o;
}

static Value *add(Object *o, const char *name, char type) {
        Value *grown;

        if (o->n_values % 8 == 0) {
                grown = reallocarray(o->values, o->n_values + 8, sizeof(Value));
                if (!grown) {
                        o->failed = true;
                        return NULL;
                }
                o->values = grown;
        }
        o->values[o->n_values] = (Value) { .name = name, .type = type };
        return &o->values[o->n_values++];
}

void object_text(Object *o, const char *name, char type, const char *text) {
        Value *v = add(o, name, type);

        if (v && !(v->text = strdup(text)))
                o->failed = true;
}

void object_number(Object *o, const char *name, char type, uint64_t number) {
        Value *v = add(o, name, type);

        if (v)
                v->number = number;
}

void object_real(Object *o, const char *name, double real) {
        Value *v = add(o, name, 'd');

        if (v)
                v->real = real;
}

void object_list(Object *o, const char *name, char type, char *const *list) {
        Value *v = add(o, name, type);

        if (v && strv_clone(list, &v->list) < 0)
                o->failed = true;
}

const Value *object_value(const Object *o, const char *name) {
        for (size_t i = 0; i < o->n_values; i++)
                if (streq(o->values[i].name, name))
                        return &o->values[i];
        return NULL;
}

bool value_equal(const Value *a, const Value *b) {
        size_t n = strv_length(a->list);

        if (a->number != b->number || a->real != b->real || n != strv_length(b->list))
                return false;
        for (size_t i = 0; i < n; i++)
                if (!streq(a->list[i], b->list[i]))
                        return false;
        return streq(a->text ?: "", b->text ?: "");
}

void object_list_done(ObjectList *l) {
        for (size_t i = 0; i < l->n; i++)
                object_free(l->objects[i]);
        free(l->objects);
        *l = (ObjectList) {};
}

int object_list_add(ObjectList *l, Object *o) {
        Object **grown;

        if (!o || o->failed) {
                object_free(o);
                return -ENOMEM;
        }
        if (l->n % 64 == 0) {
                grown = reallocarray(l->objects, l->n + 64, sizeof(Object *));
                if (!grown) {
                        object_free(o);
                        return -ENOMEM;
                }
                l->objects = grown;
        }
        l->objects[l->n++] = o;
        return 0;
}

static int compare(const void *a, const void *b) {
        return strcmp((*(Object *const *) a)->path, (*(Object *const *) b)->path);
}

void object_list_sort(ObjectList *l) {
        if (l->n > 1)
                qsort(l->objects, l->n, sizeof(Object *), compare);
}

Object *object_list_find(const ObjectList *l, const char *path) {
        Object key = { .path = (char *) path }, *k = &key, **found;

        found = l->n > 0 ? bsearch(&k, l->objects, l->n, sizeof(Object *), compare) : NULL;
        return found ? *found : NULL;
}

char *object_path(ObjectKind kind, const Uuid *vg, const Uuid *id) {
        static const char *const patterns[] = {
                [OBJECT_VG] = "/org/raidctl/Raidd1/vg/%",
                [OBJECT_PV] = "/org/raidctl/Raidd1/pv/%",
                [OBJECT_VOLUME] = "/org/raidctl/Raidd1/volume/%/%",
                [OBJECT_IMAGE] = "/org/raidctl/Raidd1/image/%/%",
        };
        char *path = NULL;

        assert(kind < OBJECT_JOB);
        if (kind == OBJECT_VG || kind == OBJECT_PV)
                return sd_bus_path_encode_many(&path, patterns[kind], id->chars) < 0 ? NULL : path;
        return sd_bus_path_encode_many(&path, patterns[kind], vg->chars, id->chars) < 0 ? NULL : path;
}
