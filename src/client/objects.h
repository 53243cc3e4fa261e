/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everything raidd has, in one call: GetManagedObjects as JSON. Each object is {"path", "kind", property…} with the
 * bus's property names; kind is VolumeGroup, PhysicalVolume, Volume, RaidImage or Job. */

#include <json-c/json.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

#define RAIDD_NAME "org.raidctl.Raidd1"
#define RAIDD_PATH "/org/raidctl/Raidd1"
#define RAIDD_INTERFACE(x) "org.raidctl.Raidd1." x

/* An array, sorted by path; the caller puts it. Negative errno with *reterr set. */
int objects_get(sd_bus *bus, json_object **ret, sd_bus_error *reterr);
/* Reads one object, path and interfaces, as in InterfacesAdded, and appends it. */
int object_read(sd_bus_message *m, json_object *all);
/* Reads one a{sv} of properties into an object. */
int properties_read(sd_bus_message *m, json_object *into);

const char *get_text(json_object *o, const char *key);   /* "" if absent */
uint64_t get_number(json_object *o, const char *key);
double get_real(json_object *o, const char *key);
bool get_bool(json_object *o, const char *key);
size_t list_length(json_object *o, const char *key);
const char *list_item(json_object *o, const char *key, size_t i);

json_object *object_by_path(json_object *all, const char *path);
bool is_kind(json_object *o, const char *kind);
/* Without regard to dashes. */
bool same_uuid(const char *a, const char *b);
/* A VOLUME or IMAGE as people name it: vg/lv, a device path, or a UUID. NULL if there is none. */
json_object *object_by_spec(json_object *all, const char *spec);
/* "vg/lv" of a volume or an image. Static buffer of the caller. */
const char *full_name(json_object *all, json_object *o, char out[static 300]);
