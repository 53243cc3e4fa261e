/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vg-export.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "model/config-tree.h"
#include "model/vg-print.h"

/* Copies the original up to a place, puts something else there, and goes on behind it. */
typedef struct Splicer {
        Buf out;
        const char *at; /* everything before it is written */
} Splicer;

static void copy_until(Splicer *s, const char *until) {
        assert(until >= s->at);
        buf_add_n(&s->out, s->at, (size_t) (until - s->at));
        s->at = until;
}

static void skip_until(Splicer *s, const char *until) {
        s->at = until;
}

static const ConfigNode *vg_node(const VolumeGroup *vg) {
        const ConfigNode *node = config_root(vg->tree)->child;

        while (node->type != CONFIG_SECTION)
                node = node->next;
        return node;
}

static const char *node_end(const ConfigNode *node) {
        Span source = config_source(node);

        return source.data + source.size;
}

static const LogicalVolume *lv_of_node(const VolumeGroup *vg, const ConfigNode *node, size_t *hint) {
        /* Mostly the next one: the list keeps the order of the text. */
        for (size_t n = 0; n < vg->n_lvs; n++) {
                size_t i = (*hint + n) % vg->n_lvs;

                if (vg->lvs[i]->node == node) {
                        *hint = i + 1;
                        return vg->lvs[i];
                }
        }
        return NULL;
}

static void splice_lvs(Splicer *s, const VolumeGroup *vg, const ConfigNode *list) {
        const char *closing = list->value + list->value_size, *previous = list->value;
        size_t hint = 0;

        for (const ConfigNode *c = list->child; c; previous = node_end(c), c = c->next) {
                const LogicalVolume *lv = lv_of_node(vg, c, &hint);

                if (!lv) {
                        copy_until(s, previous);
                        skip_until(s, node_end(c)); /* with the blank line before it */
                        continue;
                }
                if (!lv->dirty) {
                        copy_until(s, node_end(c));
                        continue;
                }
                copy_until(s, config_source(c).data);
                print_lv(&s->out, lv);
                skip_until(s, node_end(c));
        }
        if (s->at < previous)
                copy_until(s, previous); /* an empty list: behind its brace */
        for (size_t i = 0; i < vg->n_lvs; i++)
                if (!vg->lvs[i]->node) {
                        buf_add(&s->out, "\n\n");
                        print_lv(&s->out, vg->lvs[i]);
                }
        copy_until(s, closing);
}

/* A VG without LVs has no such section in LVM2's texts. */
static void add_lv_section(Splicer *s, const VolumeGroup *vg, const ConfigNode *node) {
        copy_until(s, node->value + node->value_size);
        if (vg->n_lvs == 0)
                return;
        buf_add(&s->out, "logical_volumes {\n");
        for (size_t i = 0; i < vg->n_lvs; i++) {
                buf_add(&s->out, "\n");
                print_lv(&s->out, vg->lvs[i]);
                buf_add(&s->out, "\n");
        }
        buf_add(&s->out, "}\n\n");
}

static const PhysicalVolume *pv_of_node(const VolumeGroup *vg, const ConfigNode *node) {
        for (size_t i = 0; i < vg->n_pvs; i++)
                if (vg->pvs[i]->node == node)
                        return vg->pvs[i];
        return NULL;
}

/* The only thing that changes in a PV that was there before (tags and unknown keys stay). */
static void splice_pv_flags(Splicer *s, const PhysicalVolume *pv, const ConfigNode *node) {
        const ConfigNode *flags = config_child(node, "flags");

        if (!pv->dirty || !flags)
                return;
        copy_until(s, flags->value);
        buf_add(&s->out, pv->flags & PV_MISSING ? "[\"MISSING\"]" : "[]");
        skip_until(s, flags->value + flags->value_size);
}

static void splice_pvs(Splicer *s, const VolumeGroup *vg, const ConfigNode *list) {
        const char *previous = list->value;

        for (const ConfigNode *c = list->child; c; previous = node_end(c), c = c->next) {
                const PhysicalVolume *pv = pv_of_node(vg, c);

                if (!pv) {
                        copy_until(s, previous);
                        skip_until(s, node_end(c));
                        continue;
                }
                splice_pv_flags(s, pv, c);
                copy_until(s, node_end(c));
        }
        if (s->at < previous)
                copy_until(s, previous);
        for (size_t i = 0; i < vg->n_pvs; i++)
                if (!vg->pvs[i]->node) {
                        buf_add(&s->out, "\n");
                        print_pv(&s->out, vg->pvs[i]);
                }
        copy_until(s, list->value + list->value_size);
}

static void splice_name(Splicer *s, const VolumeGroup *vg, const ConfigNode *node) {
        Span key = config_key(node);

        if (strlen(vg->name) == key.size && memcmp(vg->name, key.data, key.size) == 0)
                return;
        copy_until(s, key.data);
        buf_add(&s->out, vg->name);
        skip_until(s, key.data + key.size);
}

static void splice_vg(Splicer *s, const VolumeGroup *vg) {
        const ConfigNode *node = vg_node(vg), *seqno = config_child(node, "seqno");
        const ConfigNode *pvs = config_child(node, "physical_volumes"), *list = config_child(node, "logical_volumes");
        uint64_t old = 0;

        splice_name(s, vg, node);
        (void) config_get_u64(node, "seqno", &old); /* it was read once */
        if (old != vg->seqno) {
                copy_until(s, seqno->value);
                buf_addf(&s->out, "%llu", (unsigned long long) vg->seqno);
                skip_until(s, seqno->value + seqno->value_size);
        }
        if (pvs && (!list || pvs->value < list->value)) /* as LVM2 writes them; others are not changed */
                splice_pvs(s, vg, pvs);
        if (list)
                splice_lvs(s, vg, list);
        else
                add_lv_section(s, vg, node);
        copy_until(s, node_end(node));
}

int vg_export(const VolumeGroup *vg, const ExportStamp *stamp, char **ret, size_t *ret_n) {
        Splicer s = {};
        Span text;

        assert(vg && ret && ret_n && (vg->tree || stamp));
        if (!vg->tree)
                print_vg(&s.out, vg);
        else {
                text = config_text(vg->tree);
                /* With a stamp the VG comes first, as in a metadata area, whatever the original was. */
                s.at = stamp ? config_source(vg_node(vg)).data : text.data;
                splice_vg(&s, vg);
                if (!stamp)
                        copy_until(&s, text.data + text.size);
        }
        if (stamp)
                print_trailer(&s.out, vg, stamp);
        *ret_n = s.out.size;
        *ret = buf_take(&s.out);
        return *ret ? 0 : -ENOMEM;
}
