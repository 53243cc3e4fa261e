/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What stands on the bus, as plain values: a kind, a path, and the properties of the interface in the order of its
 * vtable. Built anew from metadata and kernel after every change; the difference to the objects before
 * makes the signals (bus/bus-signal.c). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/uuid.h"

typedef enum ObjectKind {
        OBJECT_VG,
        OBJECT_PV,
        OBJECT_VOLUME,
        OBJECT_IMAGE,
        OBJECT_JOB,
        _OBJECT_KIND_MAX,
} ObjectKind;

/* type: the D-Bus signature: s o u t b d, "ay" as 'y', "ao" as 'O', "as" as 'S'. */
typedef struct Value {
        const char *name; /* static */
        char type;
        char *text;   /* s o ay */
        char **list;  /* ao as */
        uint64_t number; /* u t b */
        double real;
} Value;

typedef struct Object {
        ObjectKind kind;
        char *path;
        Uuid vg, id; /* id: PV, LV; of a job its volume */
        Value *values;
        size_t n_values;
        bool failed; /* out of memory while it was made */
} Object;

Object *object_free(Object *o);
DEFINE_CLEANUP(Object, object_free);
Object *object_new(ObjectKind kind, char *path);
void object_text(Object *o, const char *name, char type, const char *text);
void object_number(Object *o, const char *name, char type, uint64_t number);
void object_real(Object *o, const char *name, double real);
/* list is copied. */
void object_list(Object *o, const char *name, char type, char *const *list);
const Value *object_value(const Object *o, const char *name);
bool value_equal(const Value *a, const Value *b);

/* Sorted by path. */
typedef struct ObjectList {
        Object **objects;
        size_t n;
} ObjectList;

void object_list_done(ObjectList *l);
/* Takes the object (freed on failure). */
int object_list_add(ObjectList *l, Object *o);
void object_list_sort(ObjectList *l);
Object *object_list_find(const ObjectList *l, const char *path);

char *object_path(ObjectKind kind, const Uuid *vg, const Uuid *id);
