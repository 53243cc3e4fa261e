/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verbs on volume groups. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

static json_object *find_vg(Ctl *c, const char *name) {
        for (size_t i = 0; i < json_object_array_length(c->all); i++) {
                json_object *o = json_object_array_get_idx(c->all, i);

                if (is_kind(o, "VolumeGroup") && strcmp(get_text(o, "Name"), name) == 0)
                        return o;
        }
        return NULL;
}

json_object *named_vg(Ctl *c, const char *name, int *ret_exit) {
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

/* 0 to go on. Without --wipe only blank devices are taken, so there is nothing to ask. */
static int confirm_wipe(const Ctl *c) {
        return c->wipe ? confirm(c, "Everything on the devices will be lost. Go on?") : 0;
}

int verb_vg_create(Ctl *c) {
        sd_bus_message *m, *reply = NULL;
        uint64_t extent = 0;
        int r;

        if (c->argc < 2)
                return usage_error("Use: raidctl vg-create VG DEVICE….");
        if (c->extent_size && parse_size(c->extent_size, &extent) < 0)
                return usage_error("A size is a number with K, M, G, T or nothing behind it.");
        r = confirm_wipe(c);
        if (r != 0)
                return r;
        m = call_new(c, RAIDD_PATH, RAIDD_INTERFACE("Manager"), "CreateVolumeGroup");
        r = m ? call_text(c, m, "name", c->argv[0]) : -1;
        if (r >= 0)
                r = call_list(c, m, "devices", 's', c->argv + 1);
        if (r >= 0)
                r = call_open_options(c, m);
        if (r >= 0 && extent > 0)
                r = option_u64(m, "extent-size", extent);
        if (r >= 0 && c->wipe)
                r = option_bool(m, "wipe", true);
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

static int run_vg(Ctl *c, sd_bus_message *m, int r, const char *done) {
        if (r < 0) {
                sd_bus_message_unref(m);
                return EXIT_FAILED;
        }
        r = call_run(c, m, c->argv[0], NULL);
        if (r == EXIT_OK && !c->quiet && !c->json)
                printf("  Volume group %s %s\n", c->argv[0], done);
        return r;
}

int verb_vg_extend(Ctl *c) {
        sd_bus_message *m;
        json_object *vg;
        int r;

        if (c->argc < 2)
                return usage_error("Use: raidctl vg-extend VG DEVICE….");
        vg = named_vg(c, c->argv[0], &r);
        if (!vg)
                return r;
        r = confirm_wipe(c);
        if (r != 0)
                return r;
        m = call_new(c, get_text(vg, "path"), RAIDD_INTERFACE("VolumeGroup"), "Extend");
        r = m && call_list(c, m, "devices", 's', c->argv + 1) >= 0 && call_open_options(c, m) >= 0 ? 0 : -1;
        if (r >= 0 && c->wipe)
                r = option_bool(m, "wipe", true);
        return run_vg(c, m, r, "extended");
}

/* Object paths of the physical volumes that the words behind the group's name mean: a device, or (where that is missing) an identifier.
 * NULL if one is not among them; *ret_which is that word. */
static char **find_pvs(Ctl *c, json_object *vg, const char **ret_which) {
        char **paths = calloc((size_t) c->argc, sizeof(char *));

        for (int i = 1; paths && i < c->argc; i++) {
                paths[i - 1] = (char *) pv_path(c, vg, c->argv[i]);
                if (paths[i - 1])
                        continue;
                *ret_which = c->argv[i];
                free(paths);
                return NULL;
        }
        return paths;
}

int verb_vg_reduce(Ctl *c) {
        sd_bus_message *m;
        const char *which = "";
        json_object *vg;
        char **paths;
        int r;

        if (c->argc < 2)
                return usage_error("Use: raidctl vg-reduce VG DEVICE….");
        vg = named_vg(c, c->argv[0], &r);
        if (!vg)
                return r;
        paths = find_pvs(c, vg, &which);
        if (!paths && look_again(c) == EXIT_OK && (vg = find_vg(c, c->argv[0]))) /* lvm2 may have added it a moment ago */
                paths = find_pvs(c, vg, &which);
        if (!paths) {
                fprintf(stderr, "%s: It is not a physical volume of %s.\n", which, c->argv[0]);
                return EXIT_NOT_FOUND;
        }
        m = call_new(c, get_text(vg, "path"), RAIDD_INTERFACE("VolumeGroup"), "Reduce");
        r = m && call_list(c, m, "physical-volumes", 'o', paths) >= 0 && call_open_options(c, m) >= 0 ? 0 : -1;
        free(paths);
        return run_vg(c, m, r, "reduced");
}

int verb_vg_rename(Ctl *c) {
        sd_bus_message *m;
        json_object *vg;
        int r;

        if (c->argc != 2)
                return usage_error("Use: raidctl vg-rename VG NEW.");
        vg = named_vg(c, c->argv[0], &r);
        if (!vg)
                return r;
        m = call_new(c, get_text(vg, "path"), RAIDD_INTERFACE("VolumeGroup"), "Rename");
        r = m && call_text(c, m, "name", c->argv[1]) >= 0 && call_open_options(c, m) >= 0 ? 0 : -1;
        return run_vg(c, m, r, "renamed");
}
