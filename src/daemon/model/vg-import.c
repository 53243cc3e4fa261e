/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vg-import.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "model/config-tree.h"
#include "model/vg-edit.h"
#include "model/vg-flags.h"
#include "model/vg-segments.h"

/* A key that should be there and is not: the text is bad. */
static int required(int r) {
        return r == -ENOENT ? -EBADMSG : r;
}

static int optional(int r) {
        return r == -ENOENT ? 0 : r;
}

#define NAME_CHARS_MAX 127

/* Ends up in the VG's flags. */
#define PV_UNKNOWN_STATUS (1U << 31)

typedef struct FlagTable {
        const FlagName *names;
        size_t n;
        unsigned unknown; /* set for a status word that is not in the table */
} FlagTable;

static unsigned flag_of(const FlagTable *t, const char *word, bool compatible) {
        for (size_t i = 0; i < t->n; i++)
                if (t->names[i].compatible == compatible && streq(t->names[i].word, word))
                        return t->names[i].flag;
        return compatible ? 0 : t->unknown;
}

static int import_words(const ConfigNode *section, const char *key, const FlagTable *t, bool compatible, unsigned *flags) {
        const ConfigNode *node = config_child(section, key);
        ConfigIter i;
        Span e;
        int r;

        if (!node)
                return -ENOENT;
        i = config_iter(node);
        while ((r = config_next(&i, &e)) > 0) {
                _cleanup_free_ char *word = NULL;

                r = span_to_string(e, &word);
                if (r < 0)
                        return r;
                *flags |= flag_of(t, word, compatible);
        }
        return r;
}

static int import_flags(const ConfigNode *section, const FlagTable *t, unsigned *ret) {
        unsigned flags = 0;
        int r;

        r = required(import_words(section, "status", t, false, &flags));
        if (r >= 0)
                r = optional(import_words(section, "flags", t, true, &flags));
        if (r < 0)
                return r;
        *ret = flags;
        return 0;
}

static int import_id(const ConfigNode *section, Uuid *ret) {
        _cleanup_free_ char *text = NULL;
        int r;

        r = required(config_get_string(section, "id", &text));
        if (r < 0)
                return r;
        return uuid_parse(text, ret) < 0 ? -EBADMSG : 0;
}

/* LVM2's rules (lvm2-compat 7). Names become paths and dm names, and the disk may be anybody's. */
static int import_name(const ConfigNode *node, char **ret) {
        Span key = config_key(node);

        if (key.size > NAME_CHARS_MAX || key.data[0] == '-')
                return -EBADMSG;
        for (size_t i = 0; i < key.size; i++)
                if (!isalnum((unsigned char) key.data[i]) && !strchr("+_.-", key.data[i]))
                        return -EBADMSG;
        if (config_key_is(node, ".") || config_key_is(node, ".."))
                return -EBADMSG;
        return config_key_dup(node, ret);
}

static int count_elements(const ConfigNode *node, size_t *ret) {
        ConfigIter i = config_iter(node);
        Span e;
        int r;

        *ret = 0;
        while ((r = config_next(&i, &e)) > 0)
                (*ret)++;
        return r;
}

static int import_tags(const ConfigNode *section, char ***ret) {
        const ConfigNode *node = config_child(section, "tags");
        _cleanup_(strv_freep) char **tags = NULL;
        size_t n, k = 0;
        ConfigIter i;
        Span e;
        int r;

        if (!node)
                return 0;
        r = count_elements(node, &n);
        if (r < 0 || n == 0)
                return r;
        tags = calloc(n + 1, sizeof(char *));
        if (!tags)
                return -ENOMEM;
        i = config_iter(node);
        while ((r = config_next(&i, &e)) > 0) {
                r = span_to_string(e, &tags[k++]);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(tags);
        return r;
}

static int import_pv(const ConfigNode *node, VolumeGroup *vg) {
        const FlagTable table = { pv_flag_names, n_pv_flag_names, PV_UNKNOWN_STATUS };
        _cleanup_free_ char *key = NULL;
        PhysicalVolume *pv;
        unsigned flags;
        Uuid id;
        int r;

        r = import_id(node, &id);
        if (r >= 0)
                r = import_flags(node, &table, &flags);
        if (r >= 0)
                r = config_key_dup(node, &key);
        if (r >= 0)
                r = vg_add_pv(vg, key, &id, &pv);
        if (r < 0)
                return r;
        if (flags & PV_UNKNOWN_STATUS)
                vg->flags |= VG_UNKNOWN_STATUS;
        pv->flags = flags & ~(unsigned) PV_UNKNOWN_STATUS;
        pv->node = node;
        r = optional(config_get_string(node, "device", &pv->device));
        if (r >= 0)
                r = optional(config_get_u64(node, "dev_size", &pv->dev_sectors));
        if (r >= 0)
                r = required(config_get_u64(node, "pe_start", &pv->pe_start));
        if (r >= 0)
                r = required(config_get_u32(node, "pe_count", &pv->pe_count));
        return r;
}

static int import_lv(const ConfigNode *node, VolumeGroup *vg) {
        const FlagTable table = { lv_flag_names, n_lv_flag_names, LV_UNKNOWN_STATUS };
        _cleanup_free_ char *name = NULL;
        LogicalVolume *lv;
        unsigned flags;
        Uuid id;
        int r;

        r = import_id(node, &id);
        if (r >= 0)
                r = import_flags(node, &table, &flags);
        if (r >= 0)
                r = import_name(node, &name);
        if (r >= 0)
                r = vg_add_lv(vg, name, &id, flags, &lv);
        if (r < 0)
                return r;
        lv->node = node;
        r = optional(config_get_u64(node, "creation_time", &lv->creation_time));
        if (r >= 0)
                r = optional(config_get_string(node, "creation_host", &lv->creation_host));
        if (r >= 0)
                r = import_tags(node, &lv->tags);
        return r;
}

typedef int (*ImportOne)(const ConfigNode *node, VolumeGroup *vg);

static int import_each(const ConfigNode *vg_node, const char *key, ImportOne one, VolumeGroup *vg) {
        const ConfigNode *list = config_child(vg_node, key);
        int r;

        for (const ConfigNode *c = list ? list->child : NULL; c; c = c->next) {
                if (c->type != CONFIG_SECTION)
                        return -EBADMSG;
                r = one(c, vg);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int import_fields(const ConfigNode *node, VolumeGroup *vg) {
        const FlagTable table = { vg_flag_names, n_vg_flag_names, VG_UNKNOWN_STATUS };
        unsigned flags;
        int r;

        r = import_name(node, &vg->name);
        if (r >= 0)
                r = import_id(node, &vg->id);
        if (r >= 0)
                r = required(config_get_u64(node, "seqno", &vg->seqno));
        if (r >= 0)
                r = import_flags(node, &table, &flags);
        if (r >= 0)
                r = required(config_get_u32(node, "extent_size", &vg->extent_sectors));
        if (r >= 0)
                r = optional(config_get_u32(node, "max_lv", &vg->max_lv));
        if (r >= 0)
                r = optional(config_get_u32(node, "max_pv", &vg->max_pv));
        if (r >= 0)
                r = optional(config_get_string(node, "system_id", &vg->system_id));
        if (r >= 0)
                r = optional(config_get_string(node, "lock_type", &vg->lock_type));
        if (r < 0)
                return r;
        if (vg->extent_sectors == 0)
                return -EBADMSG;
        vg->flags = flags;
        return 0;
}

/* The reader of LVM2 wants both keys (lvm2-compat 3.2). */
static int check_header(const ConfigTree *tree) {
        _cleanup_free_ char *contents = NULL;
        uint64_t version;
        int r;

        r = required(config_get_string(config_root(tree), "contents", &contents));
        if (r >= 0)
                r = required(config_get_u64(config_root(tree), "version", &version));
        if (r < 0)
                return r;
        if (!streq(contents, "Text Format Volume Group"))
                return -EBADMSG;
        return version == 1 ? 0 : -EPROTONOSUPPORT;
}

int vg_import(const char *text, size_t n, VolumeGroup **ret) {
        _cleanup_(vg_freep) VolumeGroup *vg = NULL;
        const ConfigNode *node;
        int r;

        assert(text && ret);
        vg = calloc(1, sizeof(VolumeGroup));
        if (!vg)
                return -ENOMEM;
        r = config_parse(text, n, &vg->tree);
        if (r < 0)
                return r;
        r = check_header(vg->tree);
        if (r < 0)
                return r;
        for (node = config_root(vg->tree)->child; node && node->type != CONFIG_SECTION; node = node->next)
                ;
        if (!node)
                return -EBADMSG;
        r = import_fields(node, vg);
        if (r >= 0)
                r = import_each(node, "physical_volumes", import_pv, vg);
        if (r >= 0)
                r = import_each(node, "logical_volumes", import_lv, vg);
        if (r >= 0)
                r = vg_import_segments(vg);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(vg);
        return 0;
}
