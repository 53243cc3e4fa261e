/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verbs that change what a volume is: its name, its size, its images, its limits. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

/* What the first word names, and maybe words behind it for the verb itself. */
static json_object *object_and_words(Ctl *c, int words, const char *usage, int *ret_exit) {
        json_object *o;
        int argc = c->argc;

        if (c->argc != 1 + words) {
                *ret_exit = usage_error("Use: raidctl %s.", usage);
                return NULL;
        }
        c->argc = 1;
        o = named_object(c, 0, ret_exit);
        c->argc = argc;
        return o;
}

/* The same where only a volume as a whole makes sense. */
static json_object *volume_and_words(Ctl *c, int words, const char *usage, const char *done, int *ret_exit) {
        json_object *o = object_and_words(c, words, usage, ret_exit), *volume;
        char name[300];

        if (!o || !is_kind(o, "RaidImage"))
                return o;
        volume = object_by_path(c->all, get_text(o, "Volume"));
        fprintf(stderr, "%s: An image cannot be %s on its own; name its volume, %s.\n", c->argv[0], done,
                volume ? full_name(c->all, volume, name) : "VG/NAME");
        *ret_exit = EXIT_REFUSED;
        return NULL;
}

/* An image stands for its volume; *ret_slot is its slot, or -1. */
static json_object *volume_of(Ctl *c, json_object *o, int64_t *ret_slot) {
        *ret_slot = -1;
        if (!is_kind(o, "RaidImage"))
                return o;
        *ret_slot = (int64_t) get_number(o, "Slot");
        return object_by_path(c->all, get_text(o, "Volume")) ?: o;
}

static sd_bus_message *volume_call(Ctl *c, json_object *o, const char *member) {
        return call_new(c, get_text(o, "path"), RAIDD_INTERFACE("Volume"), member);
}

static int not_sent(const Ctl *c, sd_bus_message *m, const char *name, int r) {
        sd_bus_message_unref(m);
        if (r != -ENXIO)
                return EXIT_FAILED;
        fprintf(stderr, "%s: %s is not a physical volume of its volume group; 'raidctl vg-extend' adds one.\n", name, c->pv);
        return EXIT_NOT_FOUND;
}

static int run_plain(Ctl *c, json_object *o, sd_bus_message *m, int r, const char *done) {
        char name[300];

        (void) full_name(c->all, o, name);
        if (r < 0)
                return not_sent(c, m, name, r);
        r = call_run(c, m, name, NULL);
        if (r == EXIT_OK && !c->quiet && !c->json)
                printf("  %s %s\n", name, done);
        return r;
}

/* What goes on as a job is followed, where somebody looks at it or asks to. */
static int run_job(Ctl *c, json_object *o, sd_bus_message *m, int r, const char *done) {
        sd_bus_message *reply = NULL;
        char name[300], *job = NULL;
        const char *path;

        (void) full_name(c->all, o, name);
        if (r < 0)
                return not_sent(c, m, name, r);
        r = call_run(c, m, name, &reply);
        if (r == EXIT_OK && sd_bus_message_read(reply, "o", &path) >= 0)
                job = strdup(path);
        sd_bus_message_unref(reply);
        if (job && !c->quiet && !c->json)
                printf("  %s %s\n", name, done);
        if (job && (c->wait || isatty(STDOUT_FILENO)))
                r = wait_for_job(c, job);
        free(job);
        return r;
}

int verb_rename(Ctl *c) {
        static const char usage[] = "rename VG/NAME NEW";
        const char *new_name;
        json_object *o;
        sd_bus_message *m;
        int r;

        o = volume_and_words(c, 1, usage, "renamed", &r);
        if (!o)
                return r;
        new_name = strchr(c->argv[1], '/');
        if (new_name && strncmp(c->argv[0], c->argv[1], (size_t) (new_name + 1 - c->argv[1])) != 0)
                return usage_error("A volume stays in its volume group: %s.", usage);
        new_name = new_name ? new_name + 1 : c->argv[1];
        m = volume_call(c, o, "Rename");
        r = m && call_text(c, m, "name", new_name) >= 0 && call_open_options(c, m) >= 0 ? 0 : -1;
        return run_plain(c, o, m, r, "renamed");
}

/* "+10G" and "-10G" are relative to the size it has. */
static int new_size(const Ctl *c, json_object *o, uint64_t *ret) {
        const char *text = c->size;
        uint64_t n, old = get_number(o, "Size");

        if (!text || parse_size(text + (*text == '+' || *text == '-'), &n) < 0)
                return -1;
        if (*text == '+')
                return __builtin_add_overflow(old, n, ret) ? -1 : 0;
        if (*text == '-' && n >= old)
                return -1;
        *ret = *text == '-' ? old - n : n;
        return 0;
}

int verb_resize(Ctl *c) {
        json_object *o;
        sd_bus_message *m;
        uint64_t size;
        int r;

        o = volume_and_words(c, 0, "resize VG/NAME --size=[+|-]SIZE", "resized", &r);
        if (!o)
                return r;
        if (new_size(c, o, &size) < 0)
                return usage_error("--size is a number with K, M, G, T or nothing behind it; +SIZE and -SIZE count from the size it has.");
        m = volume_call(c, o, "Resize");
        r = m && call_number(c, m, "size", size) >= 0 && call_open_options(c, m) >= 0 ? 0 : -1;
        if (r >= 0 && c->shrink)
                r = option_bool(m, "allow-shrink", true);
        return run_plain(c, o, m, r, "resized");
}

int verb_refresh(Ctl *c) {
        json_object *o;
        int r;

        o = volume_and_words(c, 0, "refresh VG/NAME", "refreshed", &r);
        return o ? simple_call(c, o, "Refresh", NULL) : r;
}

int verb_sync_rate(Ctl *c) {
        uint64_t min = 0, max = 0;
        json_object *o;
        sd_bus_message *m;
        int r;

        if ((c->min && parse_size(c->min, &min) < 0) || (c->max && parse_size(c->max, &max) < 0))
                return usage_error("A rate is a number of bytes per second with K, M, G or nothing behind it; 0 is no limit.");
        o = volume_and_words(c, 0, "sync-rate VG/NAME [--min=RATE] [--max=RATE]", "limited", &r);
        if (!o)
                return r;
        m = volume_call(c, o, "SetSyncRate");
        r = m && call_number(c, m, "min-rate", min) >= 0 && call_number(c, m, "max-rate", max) >= 0 && call_open_options(c, m) >= 0 ? 0 : -1;
        return run_plain(c, o, m, r, "has new limits");
}

static uint32_t image_count(const Ctl *c) {
        return c->images ? (uint32_t) strtoul(c->images, NULL, 10) : 1;
}

int verb_add_image(Ctl *c) {
        uint64_t region = 0;
        json_object *o;
        sd_bus_message *m;
        int r;

        if (c->region_size && parse_size(c->region_size, &region) < 0)
                return usage_error("A size is a number with K, M, G, T or nothing behind it.");
        o = volume_and_words(c, 0, "add-image VG/NAME [--images=N] [--pv=DEVICE]", "given images", &r);
        if (!o)
                return r;
        m = volume_call(c, o, "AddImages");
        r = m && call_u32(c, m, "count", image_count(c)) >= 0 && call_open_options(c, m) >= 0 ? 0 : -1;
        if (r >= 0 && c->pv)
                r = option_pv(c, m, o);
        if (r >= 0 && region > 0)
                r = option_u64(m, "region-size", region);
        return run_job(c, o, m, r, "has more images now");
}

static int confirm_removal(Ctl *c, json_object *o, json_object *volume) {
        char question[400], name[300];

        (void) full_name(c->all, o, name);
        (void) snprintf(question, sizeof(question), o == volume ? "An image of %s and what is on it will be gone. Go on?"
                                                               : "%s and what is on it will be gone. Go on?", name);
        return confirm(c, question);
}

int verb_remove_image(Ctl *c) {
        json_object *o, *volume;
        sd_bus_message *m;
        int64_t slot;
        int r;

        o = object_and_words(c, 0, "remove-image VG/NAME|IMAGE [--images=N | --image=N | --pv=DEVICE]", &r);
        if (!o)
                return r;
        volume = volume_of(c, o, &slot);
        r = confirm_removal(c, o, volume);
        if (r != 0)
                return r;
        m = volume_call(c, volume, "RemoveImages");
        r = m && call_u32(c, m, "count", image_count(c)) >= 0 && call_open_options(c, m) >= 0 ? 0 : -1;
        if (r >= 0 && slot >= 0)
                r = option_path(m, "image", get_text(o, "path")); /* its index may be another one's by then */
        if (r >= 0 && slot < 0 && c->image)
                r = option_u32(m, "image-index", (uint32_t) strtoul(c->image, NULL, 10));
        if (r >= 0 && c->pv)
                r = option_pv(c, m, volume);
        if (r >= 0 && c->degraded)
                r = option_bool(m, "allow-degraded", true);
        return run_plain(c, volume, m, r, "has fewer images now");
}

int verb_replace_image(Ctl *c) {
        json_object *o, *volume;
        sd_bus_message *m;
        const char *image;
        int64_t slot;
        int r;

        o = object_and_words(c, 0, "replace-image IMAGE [--pv=DEVICE], or VG/NAME --image=N", &r);
        if (!o)
                return r;
        volume = volume_of(c, o, &slot);
        if (slot < 0 && !c->image)
                return usage_error("Which image? Name it as VG/NAME_rimage_N, or with --image=N.");
        if (slot < 0)
                slot = (int64_t) strtoul(c->image, NULL, 10);
        image = (size_t) slot < list_length(volume, "Images") ? list_item(volume, "Images", (size_t) slot) : NULL;
        if (!image) {
                fprintf(stderr, "%s: It has no image %lld.\n", c->argv[0], (long long) slot);
                return EXIT_NOT_FOUND;
        }
        m = volume_call(c, volume, "ReplaceImage");
        r = m && call_path(c, m, "image", image) >= 0 && call_open_options(c, m) >= 0 ? 0 : -1;
        if (r >= 0 && c->pv)
                r = option_pv(c, m, volume);
        return run_job(c, volume, m, r, "gets a new image; the old one goes when that is in sync");
}
