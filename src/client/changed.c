/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* changed: what the write-intent bitmap says since the split. */

#include <stdio.h>

#include "ctl.h"

static void print_counts(uint64_t changed, uint64_t total, uint64_t region) {
        char a[32], b[32], d[32];

        format_size(changed, a);
        format_size(total, b);
        format_size(region, d);
        printf("%s of %s (%.1f %%), in regions of %s, at most\n", a, b,
               total > 0 ? 100.0 * (double) changed / (double) total : 0, d);
}

static int changed_bytes(Ctl *c, json_object *image) {
        uint64_t changed, total, region;
        sd_bus_message *reply = NULL;
        int r;

        r = simple_call(c, image, "GetChangedBytes", &reply);
        if (r == EXIT_OK && sd_bus_message_read(reply, "ttt", &changed, &total, &region) >= 0) {
                if (c->json) {
                        json_object *v = json_object_new_object();

                        (void) json_object_object_add(v, "changed_bytes", json_object_new_uint64(changed));
                        (void) json_object_object_add(v, "total_bytes", json_object_new_uint64(total));
                        (void) json_object_object_add(v, "region_bytes", json_object_new_uint64(region));
                        print_json(c, "changed", v);
                } else
                        print_counts(changed, total, region);
        }
        sd_bus_message_unref(reply);
        return r;
}

static json_object *region_new(uint64_t offset, uint64_t length) {
        json_object *o = json_object_new_object();

        (void) json_object_object_add(o, "offset_bytes", json_object_new_uint64(offset));
        (void) json_object_object_add(o, "length_bytes", json_object_new_uint64(length));
        return o;
}

/* A line for each, as dd and blkdiscard count: offset and length in bytes. */
static int print_regions(Ctl *c, sd_bus_message *reply) {
        json_object *list = json_object_new_array();
        uint64_t offset, length;
        int r;

        if (!c->json && !c->no_legend)
                printf("%20s %20s\n", "OFFSET", "LENGTH");
        r = sd_bus_message_enter_container(reply, 'a', "(tt)");
        while (r >= 0 && (r = sd_bus_message_read(reply, "(tt)", &offset, &length)) > 0) {
                if (c->json)
                        (void) json_object_array_add(list, region_new(offset, length));
                else
                        printf("%20llu %20llu\n", (unsigned long long) offset, (unsigned long long) length);
        }
        if (r >= 0 && c->json)
                print_json(c, "regions", list);
        else
                json_object_put(list);
        return r < 0 ? EXIT_FAILED : EXIT_OK;
}

static int changed_regions(Ctl *c, json_object *image) {
        sd_bus_message *reply = NULL;
        int r;

        r = simple_call(c, image, "GetChangedRegions", &reply);
        if (r == EXIT_OK)
                r = print_regions(c, reply);
        sd_bus_message_unref(reply);
        return r;
}

int verb_changed(Ctl *c) {
        json_object *o, *image;
        char name[300];
        int r;

        o = named_object(c, 0, &r);
        if (!o)
                return r;
        image = is_kind(o, "RaidImage") ? o : object_by_path(c->all, get_text(o, "TrackedImage"));
        if (!image) {
                fprintf(stderr, "%s: No image of it is tracked; split one off with 'raidctl split %s'.\n",
                        full_name(c->all, o, name), name);
                return EXIT_REFUSED;
        }
        return c->regions ? changed_regions(c, image) : changed_bytes(c, image);
}
