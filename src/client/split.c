/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* split: an image of one volume, tracked or for good, or of several volumes at one instant. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

/* An option of several values follows: two containers to be closed. */
static int open_list(sd_bus_message *m, const char *key, const char *type) {
        int r;

        r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", key);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', type);
        return r < 0 ? r : sd_bus_message_open_container(m, 'a', type + 1);
}

static int close_list(sd_bus_message *m) {
        int r = 0;

        for (int i = 0; r >= 0 && i < 3; i++)
                r = sd_bus_message_close_container(m);
        return r;
}

static int add_images(Ctl *c, sd_bus_message *m) {
        int r;

        if (c->n_named_images == 1)
                return option_u32(m, "image-index", (uint32_t) strtoul(c->image, NULL, 10));
        r = open_list(m, "image-indexes", "au");
        for (unsigned i = 0; r >= 0 && i < c->n_named_images; i++)
                r = sd_bus_message_append(m, "u", (uint32_t) strtoul(c->named_images[i], NULL, 10));
        return r < 0 ? r : close_list(m);
}

static int add_pvs(Ctl *c, sd_bus_message *m, json_object *volume) {
        int r;

        if (c->n_named_pvs == 1)
                return option_pv(c, m, volume);
        r = open_list(m, "physical-volumes", "ao");
        for (unsigned i = 0; r >= 0 && i < c->n_named_pvs; i++) {
                const char *path = pv_path(c, volume, c->named_pvs[i]);

                c->pv = c->named_pvs[i];
                r = path ? sd_bus_message_append(m, "o", path) : -ENXIO;
        }
        return r < 0 ? r : close_list(m);
}

/* How many, and which slots or PVs. */
static int add_split_options(Ctl *c, sd_bus_message *m, json_object *volume) {
        int r = 0;

        if (c->count)
                r = option_u32(m, "count", (uint32_t) strtoul(c->count, NULL, 10));
        if (r >= 0 && c->n_named_images > 0)
                r = add_images(c, m);
        return r >= 0 && c->n_named_pvs > 0 ? add_pvs(c, m, volume) : r;
}

static int add_permissions(Ctl *c, sd_bus_message *m) {
        int r = 0;

        if (c->degraded)
                r = option_bool(m, "allow-degraded", true);
        if (r >= 0 && c->no_quiesce)
                r = option_bool(m, "quiesce", false);
        return r;
}

static int print_split(Ctl *c, json_object *volume, const char *path, const char *name) {
        json_object *image;
        char vg[300], *slash;
        int r = snapshot(c);

        image = r == 0 ? object_by_path(c->all, path) : NULL;
        if (!image)
                return r;
        (void) snprintf(vg, sizeof(vg), "%s", name);
        slash = strchr(vg, '/');
        if (slash)
                *slash = '\0';
        if (c->json)
                print_json(c, "object", json_object_get(image));
        else if (!c->quiet && !c->permanent)
                printf("  %s split from %s for read-only purposes.\n  Use 'raidctl merge %s/%s' to merge back into %s\n",
                       get_text(image, "Name"), strchr(name, '/') + 1, vg, get_text(image, "Name"), strchr(name, '/') + 1);
        else if (!c->quiet)
                printf("  %s/%s is a volume of its own now.\n", vg, get_text(image, "Name"));
        return EXIT_OK;
}

/* Several volumes of one group, at one instant ------------------------------------------------------------------ */

/* The volume that argv[i] names, in the same group as the others; NULL with *ret_exit set. */
static json_object *volume_of_group(Ctl *c, int i, const char *vg, int *ret_exit) {
        json_object *o = object_by_spec(c->all, c->argv[i]);

        if (!o || !is_kind(o, "Volume")) {
                fprintf(stderr, "%s: There is no such volume; 'raidctl list' shows those there are.\n", c->argv[i]);
                *ret_exit = EXIT_NOT_FOUND;
                return NULL;
        }
        if (vg && strcmp(get_text(o, "VolumeGroup"), vg) != 0) {
                fprintf(stderr, "%s: It is in another volume group than %s; one instant is possible within one group.\n", c->argv[i],
                        c->argv[0]);
                *ret_exit = EXIT_REFUSED;
                return NULL;
        }
        return o;
}

static int look(Ctl *c) {
        int r = snapshot(c);

        for (int i = 0; r == EXIT_OK && i < c->argc; i++)
                if (!object_by_spec(c->all, c->argv[i]))
                        return look_again(c);
        return r;
}

static int print_group(Ctl *c, sd_bus_message *reply) {
        json_object *list = json_object_new_array();
        const char *path;
        char name[300];
        int r;

        r = snapshot(c);
        if (r == EXIT_OK && sd_bus_message_enter_container(reply, 'a', "o") < 0)
                r = EXIT_FAILED;
        while (r == EXIT_OK && sd_bus_message_read(reply, "o", &path) > 0) {
                json_object *image = object_by_path(c->all, path);

                if (!image)
                        continue;
                (void) json_object_array_add(list, json_object_get(image));
                if (!c->json && !c->quiet)
                        printf("  %s split for read-only purposes, at the same instant\n", full_name(c->all, image, name));
        }
        if (r == EXIT_OK && c->json)
                print_json(c, "objects", list);
        else
                json_object_put(list);
        return r;
}

static int split_group(Ctl *c) {
        sd_bus_message *m, *reply = NULL;
        char **paths, *vg = NULL;
        int r;

        if (c->permanent || c->image || c->pv || c->name || c->count)
                return usage_error("Of several volumes the highest images are split, tracked; --permanent, --count, --image and --pv go with "
                                   "one.");
        r = look(c);
        paths = calloc((size_t) c->argc + 1, sizeof(char *));
        if (!paths)
                return EXIT_FAILED;
        for (int i = 0; r == EXIT_OK && i < c->argc; i++) {
                json_object *o = volume_of_group(c, i, vg, &r);

                paths[i] = o ? (char *) get_text(o, "path") : NULL;
                vg = o ? (char *) get_text(o, "VolumeGroup") : NULL;
        }
        if (r == EXIT_OK) {
                m = call_new(c, vg, RAIDD_INTERFACE("VolumeGroup"), "SplitTracked");
                r = m && call_list(c, m, "volumes", 'o', paths) >= 0 && call_open_options(c, m) >= 0 && add_permissions(c, m) >= 0
                            ? call_run(c, m, c->argv[0], &reply) : EXIT_FAILED;
        }
        if (r == EXIT_OK)
                r = print_group(c, reply);
        sd_bus_message_unref(reply);
        free(paths);
        return r;
}

/* One volume ----------------------------------------------------------------------------------------------------- */

static int check_split_options(const Ctl *c, json_object *o) {
        if (c->permanent && !c->name)
                return usage_error("A permanent split needs --name=NEW.");
        if (is_kind(o, "RaidImage") && (c->image || c->pv || c->count))
                return usage_error("The image is named already; --count, --image and --pv go with a volume.");
        if (!c->permanent && c->name)
                return usage_error("A tracked image keeps its name; --name goes with --permanent.");
        return EXIT_OK;
}

int split_one(Ctl *c, json_object *o, const char *name, char **ret_path) {
        const char *path, *interface = is_kind(o, "RaidImage") ? RAIDD_INTERFACE("RaidImage") : RAIDD_INTERFACE("Volume");
        sd_bus_message *m, *reply = NULL;
        int r;

        r = check_split_options(c, o);
        if (r != EXIT_OK)
                return r;
        if (c->permanent && (r = confirm(c, "A permanent split cannot be undone. Go on?")) != 0)
                return r;
        m = call_new(c, get_text(o, "path"), interface, c->permanent ? "Split" : "SplitTracked");
        r = m ? 0 : -1;
        if (r >= 0 && c->permanent)
                r = call_text(c, m, "name", c->name);
        if (r >= 0)
                r = call_open_options(c, m);
        if (r >= 0)
                r = add_permissions(c, m);
        if (r >= 0 && is_kind(o, "Volume") && add_split_options(c, m, o) < 0) {
                sd_bus_message_unref(m);
                fprintf(stderr, "%s: %s is not a physical volume of its volume group.\n", name, c->pv);
                return EXIT_NOT_FOUND;
        }
        if (r < 0)
                return EXIT_FAILED;
        r = call_run(c, m, name, &reply);
        if (r == EXIT_OK && (sd_bus_message_read(reply, "o", &path) < 0 || !(*ret_path = strdup(path))))
                r = EXIT_FAILED;
        sd_bus_message_unref(reply);
        return r;
}

int verb_split(Ctl *c) {
        char name[300], *path = NULL;
        json_object *o;
        int r;

        if (c->argc > 1)
                return split_group(c);
        o = named_object(c, 0, &r);
        if (!o)
                return r;
        (void) full_name(c->all, o, name);
        r = split_one(c, o, name, &path);
        if (r == EXIT_OK)
                r = print_split(c, o, path, name);
        free(path);
        return r;
}
