/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs that change something. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

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

static json_object *find_repair(const Ctl *c, const char *volume) {
        for (size_t i = 0; i < json_object_array_length(c->all); i++) {
                json_object *o = json_object_array_get_idx(c->all, i);

                if (is_kind(o, "Job") && strcmp(get_text(o, "Operation"), "raid-repair") == 0 &&
                    strcmp(get_text(o, "State"), "running") == 0 && strcmp(list_item(o, "Objects", 0), volume) == 0)
                        return o;
        }
        return NULL;
}

/* A merge would end a repair, as it is made after a power cut, and is refused meanwhile. Whoever asks for the merge, or a unit that stops,
 * is better served by waiting. However that ends, the service has the last word. */
static void wait_for_repair(Ctl *c, const char *volume, const char *name) {
        json_object *job = c->dry_run ? NULL : find_repair(c, volume);
        char *path = job ? strdup(get_text(job, "path")) : NULL;

        if (!path)
                return;
        if (!c->quiet)
                fprintf(stderr, "%s: It is being repaired, as after a power cut; the merge begins when that has ended.\n", name);
        (void) wait_for_job(c, path);
        free(path);
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
        o = json_object_get(o); /* waiting takes another snapshot */
        if (volume)
                wait_for_repair(c, get_text(volume, "path"), volume_name);
        r = simple_call(c, o, "Merge", &reply);
        json_object_put(o);
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

int verb_scrub(Ctl *c) {
        sd_bus_message *m, *reply = NULL;
        char name[300], *job = NULL;
        const char *path;
        json_object *o;
        int r;

        o = named_object(c, 0, &r);
        if (!o)
                return r;
        (void) full_name(c->all, o, name);
        m = call_new(c, get_text(o, "path"), RAIDD_INTERFACE("Volume"), "Scrub");
        r = m && call_text(c, m, "mode", c->repair ? "repair" : "check") >= 0 && call_open_options(c, m) >= 0
                    ? call_run(c, m, name, &reply) : EXIT_FAILED;
        if (r == EXIT_OK && sd_bus_message_read(reply, "o", &path) >= 0)
                job = strdup(path);
        sd_bus_message_unref(reply);
        if (job && (c->wait || isatty(STDOUT_FILENO)))
                r = wait_for_job(c, job);
        else if (r == EXIT_OK && !c->quiet && !c->json)
                printf("  %s is being compared; 'raidctl wait %s' follows it, 'raidctl show %s' has its MismatchCount\n", name, name, name);
        free(job);
        return r;
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
