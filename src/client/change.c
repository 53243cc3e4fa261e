/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs that change something. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

/* The slot, PV and permissions that a split goes by. */
static int add_split_options(Ctl *c, sd_bus_message *m, json_object *volume) {
        int r = 0;

        if (c->image)
                r = option_u32(m, "image-index", (uint32_t) strtoul(c->image, NULL, 10));
        if (r >= 0 && c->pv) {
                for (size_t i = 0; i < json_object_array_length(c->all); i++) {
                        json_object *o = json_object_array_get_idx(c->all, i);
                        char *real = realpath(c->pv, NULL);

                        if (is_kind(o, "PhysicalVolume") && strcmp(get_text(o, "Device"), real ? real : c->pv) == 0 &&
                            strcmp(get_text(o, "VolumeGroup"), get_text(volume, "VolumeGroup")) == 0) {
                                free(real);
                                return option_path(m, "physical-volume", get_text(o, "path"));
                        }
                        free(real);
                }
                return -1;
        }
        return r;
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

int verb_split(Ctl *c) {
        sd_bus_message *m, *reply = NULL;
        const char *path, *interface;
        char name[300], result[512];
        json_object *o;
        int r;

        o = named_object(c, 0, &r);
        if (!o)
                return r;
        if (c->permanent && !c->name)
                return usage_error("A permanent split needs --name=NEW.");
        if (is_kind(o, "RaidImage") && (c->image || c->pv))
                return usage_error("The image is named already; --image and --pv go with a volume.");
        if (!c->permanent && c->name)
                return usage_error("A tracked image keeps its name; --name goes with --permanent.");
        (void) full_name(c->all, o, name);
        if (c->permanent && (r = confirm(c, "A permanent split cannot be undone. Go on?")) != 0)
                return r;
        interface = is_kind(o, "RaidImage") ? RAIDD_INTERFACE("RaidImage") : RAIDD_INTERFACE("Volume");
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
        if (r == EXIT_OK && sd_bus_message_read(reply, "o", &path) >= 0) {
                (void) snprintf(result, sizeof(result), "%s", path);
                r = print_split(c, o, result, name);
        }
        sd_bus_message_unref(reply);
        return r;
}

int simple_call(Ctl *c, json_object *o, const char *member, sd_bus_message **ret_reply) {
        char interface[64], name[300];
        sd_bus_message *m;

        (void) snprintf(interface, sizeof(interface), RAIDD_INTERFACE("%s"), get_text(o, "kind"));
        m = call_new(c, get_text(o, "path"), interface, member);
        if (!m || call_open_options(c, m) < 0)
                return EXIT_FAILED;
        if (is_kind(o, "VolumeGroup"))
                (void) snprintf(name, sizeof(name), "%s", get_text(o, "Name"));
        else
                (void) full_name(c->all, o, name);
        return call_run(c, m, name, ret_reply);
}

/* On standard error: whoever reads the output of a program must not miss them, nor stumble over them. */
static int print_warnings(Ctl *c, const char *job_path) {
        json_object *job;
        int r = snapshot(c);

        job = r == 0 ? object_by_path(c->all, job_path) : NULL;
        for (size_t i = 0; job && i < list_length(job, "Warnings"); i++)
                fprintf(stderr, "  WARNING: %s\n", list_item(job, "Warnings", i));
        return r;
}

int verb_merge(Ctl *c) {
        sd_bus_message *reply = NULL;
        json_object *o, *volume, *image;
        char image_name[300], volume_name[300], job[256];
        const char *path;
        int r;

        o = named_object(c, 0, &r);
        if (!o)
                return r;
        volume = is_kind(o, "RaidImage") ? object_by_path(c->all, get_text(o, "Volume")) : o;
        image = is_kind(o, "RaidImage") ? o : object_by_path(c->all, get_text(o, "TrackedImage"));
        (void) full_name(c->all, image ? image : o, image_name);
        (void) full_name(c->all, volume ? volume : o, volume_name);
        r = simple_call(c, o, "Merge", &reply);
        if (r == EXIT_OK && sd_bus_message_read(reply, "o", &path) >= 0) {
                (void) snprintf(job, sizeof(job), "%s", path);
                if (!c->quiet && !c->json)
                        printf("  %s successfully merged back into %s\n", image_name, volume_name);
                r = print_warnings(c, job);
                if (r == EXIT_OK && (c->wait || isatty(STDOUT_FILENO)))
                        r = wait_for_job(c, job);
        }
        sd_bus_message_unref(reply);
        return r;
}

static json_object *find_vg(Ctl *c, const char *name) {
        for (size_t i = 0; i < json_object_array_length(c->all); i++) {
                json_object *o = json_object_array_get_idx(c->all, i);

                if (is_kind(o, "VolumeGroup") && strcmp(get_text(o, "Name"), name) == 0)
                        return o;
        }
        return NULL;
}

static json_object *named_vg(Ctl *c, const char *name, int *ret_exit) {
        json_object *vg;

        *ret_exit = snapshot(c);
        if (*ret_exit != 0)
                return NULL;
        vg = find_vg(c, name);
        if (!vg && (*ret_exit = look_again(c)) == 0)
                vg = find_vg(c, name);
        if (!vg && *ret_exit == 0) {
                fprintf(stderr, "%s: There is no such volume group.\n", name);
                *ret_exit = EXIT_NOT_FOUND;
        }
        return vg;
}

int verb_create(Ctl *c) {
        uint64_t size, region = 0;
        sd_bus_message *m, *reply = NULL;
        const char *slash = c->argc > 0 ? strchr(c->argv[0], '/') : NULL;
        char vg_name[160];
        json_object *vg;
        int r;

        if (!slash || !c->size)
                return usage_error("Use: raidctl create VG/NAME --size=SIZE [--images=N].");
        if (parse_size(c->size, &size) < 0 || (c->region_size && parse_size(c->region_size, &region) < 0))
                return usage_error("A size is a number with K, M, G, T or nothing behind it.");
        (void) snprintf(vg_name, sizeof(vg_name), "%.*s", (int) (slash - c->argv[0]), c->argv[0]);
        vg = named_vg(c, vg_name, &r);
        if (!vg)
                return r;
        m = call_new(c, get_text(vg, "path"), RAIDD_INTERFACE("VolumeGroup"), "CreateVolume");
        r = m ? call_text(c, m, "name", slash + 1) : -1;
        if (r >= 0)
                r = call_number(c, m, "size", size);
        if (r >= 0)
                r = call_open_options(c, m);
        if (r >= 0 && c->images)
                r = option_u32(m, "images", (uint32_t) strtoul(c->images, NULL, 10));
        if (r >= 0 && region > 0)
                r = option_u64(m, "region-size", region);
        if (r < 0)
                return EXIT_FAILED;
        r = call_run(c, m, c->argv[0], &reply);
        sd_bus_message_unref(reply);
        if (r == EXIT_OK && !c->quiet && !c->json)
                printf("  Volume %s created\n", c->argv[0]);
        return r;
}

int verb_remove(Ctl *c) {
        json_object *o;
        int r;

        o = named_object(c, 0, &r);
        if (!o)
                return r;
        r = confirm(c, "The volume and everything on it will be gone. Go on?");
        if (r != 0)
                return r;
        if (is_kind(o, "RaidImage")) {
                fprintf(stderr, "%s: An image cannot be removed by itself; merge it with 'raidctl merge %s'.\n", c->argv[0], c->argv[0]);
                return EXIT_REFUSED;
        }
        r = simple_call(c, o, "Remove", NULL);
        if (r == EXIT_OK && !c->quiet && !c->json)
                printf("  Volume %s removed\n", c->argv[0]);
        return r;
}

int verb_vg_create(Ctl *c) {
        sd_bus_message *m, *reply = NULL;
        uint64_t extent = 0;
        int r;

        if (c->argc < 2)
                return usage_error("Use: raidctl vg-create VG DEVICE….");
        if (c->extent_size && parse_size(c->extent_size, &extent) < 0)
                return usage_error("A size is a number with K, M, G, T or nothing behind it.");
        m = call_new(c, RAIDD_PATH, RAIDD_INTERFACE("Manager"), "CreateVolumeGroup");
        r = m ? call_text(c, m, "name", c->argv[0]) : -1;
        if (r >= 0)
                r = call_list(c, m, "devices", c->argv + 1);
        if (r >= 0)
                r = call_open_options(c, m);
        if (r >= 0 && extent > 0)
                r = option_u64(m, "extent-size", extent);
        if (r < 0)
                return EXIT_FAILED;
        r = call_run(c, m, c->argv[0], &reply);
        sd_bus_message_unref(reply);
        if (r == EXIT_OK && !c->quiet && !c->json)
                printf("  Volume group %s created\n", c->argv[0]);
        return r;
}

int verb_vg_remove(Ctl *c) {
        json_object *vg;
        int r;

        if (c->argc != 1)
                return usage_error("Use: raidctl vg-remove VG.");
        vg = named_vg(c, c->argv[0], &r);
        if (!vg)
                return r;
        r = confirm(c, "The volume group will be gone. Go on?");
        return r != 0 ? r : simple_call(c, vg, "Remove", NULL);
}

static int activation(Ctl *c, const char *member) {
        json_object *o;
        int r;

        if (c->argc != 1)
                return usage_error("Name a volume as VG/LV, or a volume group.");
        if (strchr(c->argv[0], '/'))
                o = named_object(c, 0, &r);
        else
                o = named_vg(c, c->argv[0], &r);
        return o ? simple_call(c, o, member, NULL) : r;
}

int verb_activate(Ctl *c) {
        return activation(c, "Activate");
}

int verb_deactivate(Ctl *c) {
        return activation(c, "Deactivate");
}
