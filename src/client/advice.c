/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* status: what there is to be done about what is not as it should be, as the next command. */

#include <stdio.h>
#include <string.h>

#include "ctl.h"

static bool is(json_object *o, const char *property, const char *value) {
        return strcmp(get_text(o, property), value) == 0;
}

bool is_tracked(json_object *volume, json_object *image) {
        return is(volume, "TrackedImage", get_text(image, "path"));
}

static void about_tracked(Ctl *c, json_object *image, const char *volume) {
        char name[300];

        if (is(image, "State", "missing"))
                printf("          tracked, and its disk is missing; attach it, or give it up with 'raidctl remove-image %s'\n",
                       full_name(c->all, image, name));
        else
                printf("          read-only at %s; merge it back with 'raidctl merge %s'\n",
                       *get_text(image, "Device") ? get_text(image, "Device") : "(inactive)", volume);
}

void advise_on_image(Ctl *c, json_object *v, json_object *image, const char *volume) {
        char name[300];

        if (is_tracked(v, image)) {
                about_tracked(c, image, volume);
                return;
        }
        if (!is(image, "State", "failed") && !is(image, "State", "missing"))
                return;
        (void) full_name(c->all, image, name);
        printf("          if its disk works again, 'raidctl refresh %s' takes it back; else ", volume);
        if (is(v, "TrackedImage", "/"))
                printf("'raidctl replace-image %s'\n", name);
        else
                printf("'raidctl merge %s', and then 'raidctl replace-image %s'\n", volume, name);
}

static void advise_on_group(json_object *vg) {
        if (!vg)
                return;
        if (is(vg, "State", "needs-recovery"))
                printf("  a recovery of %s failed; repair what the journal of raidd-helper.service names, then 'raidd-worker recover %s'\n",
                       get_text(vg, "Name"), get_text(vg, "Name"));
        if (*get_text(vg, "UnmanagedReason"))
                printf("  raidd does not change volume group %s: %s\n", get_text(vg, "Name"), get_text(vg, "UnmanagedReason"));
}

void advise_on_volume(Ctl *c, json_object *v, const char *name) {
        if (is(v, "Health", "inactive"))
                printf("  off; 'raidctl activate %s'\n", name);
        if (is(v, "Health", "failed"))
                printf("  no image is in sync; when a disk is back, 'raidctl refresh %s'\n", name);
        if (is(v, "Health", "resyncing"))
                printf("  'raidctl wait %s' tells when all images are in sync\n", name);
        if (get_number(v, "MismatchCount") > 0)
                printf("  %llu sectors differ between the images; 'raidctl scrub --repair %s' makes them the same\n",
                       (unsigned long long) get_number(v, "MismatchCount"), name);
        advise_on_group(object_by_path(c->all, get_text(v, "VolumeGroup")));
}
