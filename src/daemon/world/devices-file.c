/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/devices-file.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "world/files.h"

struct DevicesFile {
        char *text;
        char **lines; /* into the text, NULL terminated */
};

/* Where sysfs has what an identity is made of. */
static const struct IdType {
        const char *name, *attributes[2];
} types[] = {
        { "sys_wwid", { "device/wwid", "wwid" } },
        { "wwid_naa", { "device/wwid", "wwid" } },
        { "wwid_eui", { "device/wwid", "wwid" } },
        { "wwid_t10", { "device/wwid", "wwid" } },
        { "sys_serial", { "device/serial", "serial" } },
        { "mpath_uuid", { "dm/uuid", NULL } },
        { "crypt_uuid", { "dm/uuid", NULL } },
        { "lvmlv_uuid", { "dm/uuid", NULL } },
        { "md_uuid", { "md/uuid", NULL } },
        { "loop_file", { "loop/backing_file", NULL } },
};

DevicesFile *devices_file_free(DevicesFile *f) {
        if (!f)
                return NULL;

        free(f->lines);
        free(f->text);
        free(f);
        return NULL;
}

static size_t count_lines(const char *text) {
        size_t n = 1;

        for (; *text; text++)
                n += *text == '\n';
        return n;
}

int devices_file_parse(const char *text, DevicesFile **ret) {
        _cleanup_(devices_file_freep) DevicesFile *f = calloc(1, sizeof(*f));
        size_t n = 0;
        char *rest;

        assert(text);
        assert(ret);

        if (!f)
                return -ENOMEM;
        f->text = strdup(text);
        f->lines = calloc(count_lines(text) + 1, sizeof(*f->lines));
        if (!f->text || !f->lines)
                return -ENOMEM;
        for (char *line = strtok_r(f->text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
                if (line[0] != '#' && strstr(line, "IDTYPE="))
                        f->lines[n++] = line;
        *ret = TAKE_PTR(f);
        return 0;
}

/* "KEY=value", up to the next blank. */
static bool get(const char *line, const char *key, char *value, size_t size) {
        size_t n = strlen(key);

        for (const char *p = line; (p = strstr(p, key)); p += n) {
                size_t length = strcspn(p + n, " \t");

                if ((p != line && p[-1] != ' ' && p[-1] != '\t') || length >= size)
                        continue;
                memcpy(value, p + n, length);
                value[length] = '\0';
                return true;
        }
        return false;
}

/* LVM makes blanks underscores, of several sometimes one. */
static bool same_id(const char *a, const char *b) {
        for (;; a++, b++) {
                while (*a == '_' || isspace((unsigned char) *a))
                        a++;
                while (*b == '_' || isspace((unsigned char) *b))
                        b++;
                if (*a != *b || !*a)
                        return *a == *b;
        }
}

static bool attribute_is(const char *sysfs, const char *up, const char *name, const char *id) {
        _cleanup_free_ char *path = NULL, *text = NULL;

        if (asprintf(&path, "%s/%s%s", sysfs, up, name) < 0) {
                path = NULL;
                return false;
        }
        return file_read(path, &text) >= 0 && same_id(text, id);
}

/* An entry of a partition has the identity of its disk, and a number. */
static bool is_part(const char *sysfs, const char *part) {
        _cleanup_free_ char *path = NULL, *text = NULL;

        if (asprintf(&path, "%s/partition", sysfs) < 0) {
                path = NULL;
                return false;
        }
        if (file_read(path, &text) < 0)
                return atoi(part) == 0;
        return atoi(text) == atoi(part);
}

static bool has_identity(const char *line, const char *sysfs, const char *node) {
        char type[32], id[1024], part[16] = "0", pv[64] = "";
        const char *up;

        if (!get(line, "IDTYPE=", type, sizeof(type)) || !get(line, "IDNAME=", id, sizeof(id)))
                return false;
        (void) get(line, "PART=", part, sizeof(part));
        (void) get(line, "PVID=", pv, sizeof(pv));
        if (streq(type, "devname")) /* a name is good for a device without label only: names move */
                return strlen(pv) != UUID_CHARS && streq(id, node);
        if (!is_part(sysfs, part))
                return false;
        up = atoi(part) > 0 ? "../" : "";
        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
                for (size_t k = 0; streq(types[i].name, type) && k < 2 && types[i].attributes[k]; k++)
                        if (attribute_is(sysfs, up, types[i].attributes[k], id))
                                return true;
        return false;
}

static bool has_label(const char *line, const Uuid *pv) {
        char id[64];

        return pv && get(line, "PVID=", id, sizeof(id)) && streq(id, pv->chars);
}

bool devices_file_lists(const DevicesFile *f, const char *sysfs, const char *node, const Uuid *pv) {
        assert(f && sysfs && node);

        for (char **line = f->lines; *line; line++)
                if (has_label(*line, pv) || has_identity(*line, sysfs, node))
                        return true;
        return false;
}
