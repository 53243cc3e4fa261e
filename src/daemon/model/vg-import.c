/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vg-import.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "model/config-tree.h"
#include "model/vg-edit.h"
#include "model/vg-flags.h"
#include "model/vg-segments.h"

/* An environment of -ENOENT is a key that should be there: the text is bad. */
static int required(int r) {
        return r == -ENOENT ? -EBADMSG : r;
}

static int optional(int r) {
        return r == -ENOENT ? 0 : r;
}

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

static int import_tags(const ConfigNode *section, char ***ret) {
        const ConfigNode *node = config_child(section, "tags");
        ConfigIter i;
        Span e;
        int r;

        if (!node)
                return 0;
        i = config_iter(node);
        while ((r = config_next(&i, &e)) > 0) {
                _cleanup_free_ char *tag = NULL;

                r = span_to_string(e, &tag);
                if (r >= 0)
                        r = strv_extend(ret, tag);
                if (r < 0)
                        return r;
        }
        return r;
}

static int import_pv(const ConfigNode *node, VolumeGroup *vg) {
        const FlagTable table = { pv_flag_names, n_pv_flag_names, 0 };
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
        pv->flags = flags;
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
                r = config_key_dup(node, &name);
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

        r = config_key_dup(node, &vg->name);
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
        const ConfigNode *contents = config_top(tree, "contents"), *version = config_top(tree, "version");
        _cleanup_free_ char *text = NULL;
        uint64_t n;
        int r;

        if (!contents || !version)
                return -EBADMSG;
        r = span_to_string(contents->value, &text);
        if (r >= 0)
                r = span_to_u64(version->value, &n);
        if (r < 0)
                return r;
        if (!streq(text, "Text Format Volume Group"))
                return -EBADMSG;
        return n == 1 ? 0 : -EPROTONOSUPPORT;
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
        for (node = config_first(vg->tree); node && node->type != CONFIG_SECTION; node = node->next)
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
