/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* list, status, show, jobs: what there is. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

static void join(json_object *o, const char *key, char *out, size_t n) {
        size_t used = 0;

        out[0] = '\0';
        for (size_t i = 0; i < list_length(o, key) && used < n; i++)
                used += (size_t) snprintf(out + used, n - used, "%s%s", i > 0 ? "," : "", list_item(o, key, i));
}

static json_object *of_kind(json_object *all, const char *kind) {
        json_object *list = json_object_new_array();

        for (size_t i = 0; i < json_object_array_length(all); i++) {
                json_object *o = json_object_array_get_idx(all, i);

                if (is_kind(o, kind))
                        (void) json_object_array_add(list, json_object_get(o));
        }
        return list;
}

static int by_name(const void *a, const void *b) {
        json_object *x = *(json_object *const *) a, *y = *(json_object *const *) b;
        int r = strcmp(get_text(x, "VolumeGroup"), get_text(y, "VolumeGroup"));

        return r != 0 ? r : strcmp(get_text(x, "Name"), get_text(y, "Name"));
}

/* One line as lvs prints it: what is hidden in brackets, what is visible indented to their width. */
static void print_lv(const char *name, bool hidden, const char *copy, json_object *o, const char *key) {
        char shown[300], devices[4096];

        (void) snprintf(shown, sizeof(shown), hidden ? "[%s]" : "%s", name);
        join(o, key, devices, sizeof(devices));
        printf("  %-24s %6s %s\n", shown, copy, devices);
}

static void print_images(json_object *all, json_object *volume) {
        for (size_t i = 0; i < list_length(volume, "Images"); i++) {
                json_object *image = object_by_path(all, list_item(volume, "Images", i));

                if (image)
                        print_lv(get_text(image, "Name"), !is_tracked(volume, image), "", image, "Devices");
        }
        for (size_t i = 0; i < list_length(volume, "Images"); i++) {
                json_object *image = object_by_path(all, list_item(volume, "Images", i));

                if (image)
                        print_lv(get_text(image, "MetadataName"), true, "", image, "MetadataDevices");
        }
}

static void list_all(Ctl *c, json_object *volumes) {
        if (!c->no_legend)
                printf("  %-24s %6s %s\n", "LV", "Copy%", "Devices");
        for (size_t i = 0; i < json_object_array_length(volumes); i++) {
                json_object *v = json_object_array_get_idx(volumes, i);
                char copy[16] = "";

                if (list_length(v, "Images") > 0 && get_bool(v, "Active"))
                        (void) snprintf(copy, sizeof(copy), "%.2f", get_real(v, "SyncRatio") * 100);
                print_lv(get_text(v, "Name"), false, copy, v, "Devices");
                print_images(c->all, v);
        }
}

static void list_volumes(Ctl *c, json_object *volumes) {
        if (!c->no_legend)
                printf("%-28s %10s %6s %-10s %-10s %s\n", "VOLUME", "SIZE", "IMAGES", "HEALTH", "SYNC", "TRACKED");
        for (size_t i = 0; i < json_object_array_length(volumes); i++) {
                json_object *v = json_object_array_get_idx(volumes, i), *image;
                char name[300], size[32], sync[32] = "-";

                image = object_by_path(c->all, get_text(v, "TrackedImage"));
                format_size(get_number(v, "Size"), size);
                if (list_length(v, "Images") > 0 && get_bool(v, "Active"))
                        (void) snprintf(sync, sizeof(sync), "%.2f %%", get_real(v, "SyncRatio") * 100);
                printf("%-28s %10s %6llu %-10s %-10s %s\n", full_name(c->all, v, name), size,
                       (unsigned long long) get_number(v, "ImageCount"), get_text(v, "Health"), sync,
                       image ? get_text(image, "Name") : "-");
        }
}

/* The volumes that the arguments name, by themselves or by their group; without arguments all. NULL: one names nothing. */
static json_object *named_volumes(Ctl *c, json_object *volumes) {
        json_object *list = json_object_new_array();

        for (int i = 0; i < c->argc; i++) {
                bool found = false;

                for (size_t k = 0; k < json_object_array_length(volumes); k++) {
                        json_object *v = json_object_array_get_idx(volumes, k);
                        json_object *vg = object_by_path(c->all, get_text(v, "VolumeGroup"));

                        if (object_by_spec(c->all, c->argv[i]) != v && (!vg || strcmp(get_text(vg, "Name"), c->argv[i]) != 0))
                                continue;
                        (void) json_object_array_add(list, json_object_get(v));
                        found = true;
                }
                for (size_t k = 0; k < json_object_array_length(c->all) && !found; k++) {
                        json_object *o = json_object_array_get_idx(c->all, k);

                        found = is_kind(o, "VolumeGroup") && strcmp(get_text(o, "Name"), c->argv[i]) == 0; /* an empty one */
                }
                if (!found) {
                        fprintf(stderr, "%s: There is no such volume or volume group; 'raidctl list' shows those there are.\n", c->argv[i]);
                        json_object_put(list);
                        return NULL;
                }
        }
        return list;
}

/* These volumes, their images and what runs on them. */
static void print_objects(Ctl *c, json_object *volumes) {
        json_object *list = json_object_new_array();

        for (size_t i = 0; i < json_object_array_length(c->all); i++) {
                json_object *o = json_object_array_get_idx(c->all, i);

                for (size_t k = 0; k < json_object_array_length(volumes); k++) {
                        json_object *v = json_object_array_get_idx(volumes, k);
                        const char *path = get_text(v, "path");

                        if (o != v && strcmp(get_text(o, "Volume"), path) != 0 && strcmp(list_item(o, "Objects", 0), path) != 0)
                                continue;
                        (void) json_object_array_add(list, json_object_get(o));
                        break;
                }
        }
        print_json(c, "objects", list);
}

int verb_list(Ctl *c) {
        json_object *volumes;
        int r = snapshot(c);

        if (r != 0)
                return r;
        if (c->json && c->argc == 0) {
                print_json(c, "objects", json_object_get(c->all));
                return EXIT_OK;
        }
        volumes = of_kind(c->all, "Volume");
        json_object_array_sort(volumes, by_name);
        if (c->argc > 0) {
                json_object *named = named_volumes(c, volumes);

                json_object_put(volumes);
                if (!named)
                        return EXIT_NOT_FOUND;
                volumes = named;
        }
        if (c->json)
                print_objects(c, volumes);
        else if (c->all_lvs)
                list_all(c, volumes);
        else
                list_volumes(c, volumes);
        json_object_put(volumes);
        return EXIT_OK;
}

static void print_status(Ctl *c, json_object *v) {
        char name[300], size[32];

        format_size(get_number(v, "Size"), size);
        printf("%s: %s, %s, %s%s\n", full_name(c->all, v, name), get_text(v, "Layout"), size, get_text(v, "Health"),
               get_bool(v, "ReadOnly") ? ", read-only" : "");
        if (*get_text(v, "Device"))
                printf("  device  %s\n", get_text(v, "Device"));
        if (list_length(v, "Images") > 0)
                printf("  sync    %s, %.2f %%\n", get_text(v, "SyncAction"), get_real(v, "SyncRatio") * 100);
        for (size_t i = 0; i < list_length(v, "Images"); i++) {
                json_object *image = object_by_path(c->all, list_item(v, "Images", i));
                char devices[1024];

                if (!image)
                        continue;
                join(image, "Devices", devices, sizeof(devices));
                printf("  image %llu %-10s %s\n", (unsigned long long) get_number(image, "Slot"), get_text(image, "State"), devices);
                advise_on_image(c, v, image, name);
                for (size_t k = 0; k < list_length(image, "Holders"); k++)
                        printf("          held by %s\n", list_item(image, "Holders", k));
        }
        advise_on_volume(c, v, name);
}

/* What the argument names, or all; NULL with *ret_exit set. */
static json_object *status_volumes(Ctl *c, int *ret_exit) {
        json_object *one, *list;

        if (c->argc == 0) {
                *ret_exit = snapshot(c);
                if (*ret_exit != 0)
                        return NULL;
                list = of_kind(c->all, "Volume");
                json_object_array_sort(list, by_name);
                return list;
        }

        one = named_object(c, 0, ret_exit);
        if (one && is_kind(one, "RaidImage"))
                one = object_by_path(c->all, get_text(one, "Volume"));
        if (!one)
                return NULL;
        list = json_object_new_array();
        (void) json_object_array_add(list, json_object_get(one));
        return list;
}

int verb_status(Ctl *c) {
        json_object *volumes;
        int r = EXIT_NOT_FOUND;

        volumes = status_volumes(c, &r);
        if (!volumes)
                return r;

        if (c->json)
                print_objects(c, volumes);
        for (size_t i = 0; !c->json && i < json_object_array_length(volumes); i++)
                print_status(c, json_object_array_get_idx(volumes, i));
        json_object_put(volumes);
        return EXIT_OK;
}

int verb_show(Ctl *c) {
        json_object *o;
        int r;

        o = named_object(c, 0, &r);
        if (!o)
                return r;
        if (c->json) {
                print_json(c, "object", json_object_get(o));
                return EXIT_OK;
        }
        json_object_object_foreach(o, key, value)
                printf("%s=%s\n", key, json_object_is_type(value, json_type_array)
                                               ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
                                               : json_object_get_string(value));
        return EXIT_OK;
}

/* In the order in which they began; that of their paths has 10 before 9. */
static int by_id(const void *a, const void *b) {
        uint64_t x = get_number(*(json_object *const *) a, "Id"), y = get_number(*(json_object *const *) b, "Id");

        return (x > y) - (x < y);
}

int verb_jobs(Ctl *c) {
        json_object *jobs;
        int r = snapshot(c);

        if (r != 0)
                return r;
        jobs = of_kind(c->all, "Job");
        json_object_array_sort(jobs, by_id);
        if (c->json) {
                print_json(c, "jobs", jobs);
                return EXIT_OK;
        }
        if (!c->no_legend)
                printf("%4s %-14s %-28s %-9s %s\n", "JOB", "OPERATION", "VOLUME", "STATE", "PROGRESS");
        for (size_t i = 0; i < json_object_array_length(jobs); i++) {
                json_object *j = json_object_array_get_idx(jobs, i), *v = object_by_path(c->all, list_item(j, "Objects", 0));
                char name[300] = "-";

                printf("%4llu %-14s %-28s %-9s %.2f %%\n", (unsigned long long) get_number(j, "Id"), get_text(j, "Operation"),
                       v ? full_name(c->all, v, name) : name, get_text(j, "State"), get_real(j, "Progress") * 100);
        }
        json_object_put(jobs);
        return EXIT_OK;
}
