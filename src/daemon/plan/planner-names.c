/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Names as LVM2 allows them (lvm2-compat 7). */

#include "plan/planner-context.h"

#include <string.h>

#define NAME_MAX_CHARS 127

static const char *const reserved_prefixes[] = { "pvmove", "snapshot" };

static const char *const reserved_parts[] = {
        "_cdata", "_cmeta", "_corig", "_cpool", "_cvol", "_wcorig", "_mimage", "_mlog", "_rimage", "_rmeta",
        "_tdata", "_tmeta", "_vdata", "_imeta", "_iorig", "_pmspare", "_vorigin",
};

static bool has_legal_characters(const char *name) {
        static const char legal[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+_.-";

        return strspn(name, legal) == strlen(name);
}

static const char *find_reserved(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(reserved_prefixes); i++)
                if (strncmp(name, reserved_prefixes[i], strlen(reserved_prefixes[i])) == 0)
                        return reserved_prefixes[i];
        for (size_t i = 0; i < ELEMENTSOF(reserved_parts); i++)
                if (strstr(name, reserved_parts[i]))
                        return reserved_parts[i];

        return NULL;
}

/* The part that volumes and volume groups have in common. */
int check_name_alone(Planning *p, const char *name) {
        if (!name || !*name)
                return refuse(p, REFUSAL_INVALID_NAME, "A name is needed; give it as in 'raidctl create vg/name' or with --name=.");
        if (!has_legal_characters(name))
                return refuse(p, REFUSAL_INVALID_NAME,
                              "The name has characters that LVM does not allow; use letters, digits and any of + _ . -");
        if (*name == '-' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
                return refuse(p, REFUSAL_INVALID_NAME, "The name '%.127s' is not allowed; a name may not begin with '-' "
                              "nor be '.' or '..'.", name);
        if (strlen(name) > NAME_MAX_CHARS)
                return refuse(p, REFUSAL_INVALID_NAME, "The name '%.20s…' is too long; at most %d characters are allowed.",
                              name, NAME_MAX_CHARS);

        return 0;
}

/* Characters of a name inside a dm name, where hyphens are doubled. */
static size_t mangled_length(const char *name) {
        size_t n = 0;

        for (; *name; name++)
                n += *name == '-' ? 2 : 1;

        return n;
}

int check_lv_name(Planning *p, const VolumeGroup *vg, const char *name) {
        _cleanup_free_ char *dm_name = NULL;
        const char *reserved;
        int r;

        r = check_name_alone(p, name);
        if (r != 0)
                return r;
        reserved = find_reserved(name);
        if (reserved)
                return refuse(p, REFUSAL_INVALID_NAME, "Names with '%s' are reserved; choose a different name than '%s'.",
                              reserved, name);
        if (mangled_length(vg->name) + 1 + mangled_length(name) + strlen("_rimage_63") > DM_NAME_MAX)
                return refuse(p, REFUSAL_INVALID_NAME, "The name '%s' is too long for volume group %s; choose a shorter one.",
                              name, vg->name);
        if (vg_find_lv(vg, name))
                return refuse(p, REFUSAL_NAME_EXISTS, "%s/%s exists already; choose a different name.", vg->name, name);

        r = dm_name_build(vg->name, name, &dm_name);
        if (r < 0)
                return r;
        if (dm_observed_by_name(p->observed, dm_name))
                return refuse(p, REFUSAL_NAME_EXISTS, "A device-mapper device named %s exists already, although %s has no "
                              "volume %s; choose a different name or remove the device.", dm_name, vg->name, name);

        return 0;
}

int check_vg_name(Planning *p, const char *name) {
        int r;

        r = check_name_alone(p, name);
        if (r != 0)
                return r;
        if (p->vg)
                return refuse(p, REFUSAL_NAME_EXISTS, "Volume group %s exists already; choose a different name.", name);

        return 0;
}
