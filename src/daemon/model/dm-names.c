/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and UUIDs of nodes (lvm2-compat 5.1, 5.2), and look-up among the observed ones. */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "model/dm-tree.h"

static void add_doubled(Buf *b, const char *s) {
        for (; *s; s++)
                buf_add(b, *s == '-' ? "--" : (char[]) { *s, '\0' });
}

int dm_name_build(const char *vg, const char *lv, char **ret) {
        _cleanup_(buf_done) Buf b = {};
        char *name;

        assert(vg && lv && ret);
        add_doubled(&b, vg);
        buf_add(&b, "-");
        add_doubled(&b, lv);
        if (!b.failed && b.size > DM_NAME_MAX)
                return -ENAMETOOLONG;
        name = buf_take(&b);
        if (!name)
                return -ENOMEM;
        *ret = name;
        return 0;
}

int dm_uuid_build(const Uuid *vg, const Uuid *lv, const char *suffix, char **ret) {
        assert(vg && lv && suffix && ret);
        return asprintf(ret, "LVM-%s%s%s", vg->chars, lv->chars, suffix) < 0 ? -ENOMEM : 0;
}

DmObserved *dm_observed_free(DmObserved *o) {
        if (!o)
                return NULL;
        for (size_t i = 0; i < o->n_nodes; i++) {
                free(o->nodes[i].name);
                free(o->nodes[i].uuid);
                free(o->nodes[i].live_table);
                free(o->nodes[i].inactive_table);
                free(o->nodes[i].raid_status);
        }
        free(o->nodes);
        free(o);
        return NULL;
}

const DmNode *dm_observed_by_name(const DmObserved *o, const char *name) {
        for (size_t i = 0; i < o->n_nodes; i++)
                if (streq(o->nodes[i].name, name))
                        return &o->nodes[i];
        return NULL;
}

const DmNode *dm_observed_by_uuid(const DmObserved *o, const char *uuid) {
        for (size_t i = 0; i < o->n_nodes; i++)
                if (o->nodes[i].uuid && streq(o->nodes[i].uuid, uuid))
                        return &o->nodes[i];
        return NULL;
}

const DmNode *dm_observed_by_devno(const DmObserved *o, uint32_t major, uint32_t minor) {
        for (size_t i = 0; i < o->n_nodes; i++)
                if (o->nodes[i].major == major && o->nodes[i].minor == minor)
                        return &o->nodes[i];
        return NULL;
}

/* The LV a node belongs to, if it is one of this VG; *ret_suffix points behind the identifiers. */
static const LogicalVolume *node_lv(const VolumeGroup *vg, const DmNode *node, const char **ret_suffix) {
        const size_t n = 4 + 2 * UUID_CHARS;
        char text[UUID_CHARS + 1] = {};
        Uuid id;

        if (!node->uuid || strlen(node->uuid) < n || strncmp(node->uuid, "LVM-", 4) != 0 ||
            strncmp(node->uuid + 4, vg->id.chars, UUID_CHARS) != 0)
                return NULL;
        memcpy(text, node->uuid + 4 + UUID_CHARS, UUID_CHARS);
        if (uuid_parse(text, &id) < 0)
                return NULL;
        *ret_suffix = node->uuid + n;
        return vg_find_lv_by_id(vg, &id);
}

/* Top-level: stands alone in the kernel. A tracked image does, its parent's other components do not. */
static bool is_top_level(const VolumeGroup *vg, const LogicalVolume *lv) {
        const LogicalVolume *parent;
        size_t slot;

        if (lv_has_tag(lv, TAG_RESIDUAL))
                return false;
        parent = lv_raid1_parent(vg, lv, &slot);
        return !parent || (lv_tracked_slot(parent) == (int) slot && lv_raid1(parent)->raid1.images[slot].data == lv);
}

int dm_tree_active(const VolumeGroup *vg, const DmObserved *observed, Uuid **ret, size_t *ret_n) {
        _cleanup_free_ Uuid *ids = calloc(observed->n_nodes + 1, sizeof(Uuid));
        size_t n = 0;

        if (!ids)
                return -ENOMEM;
        for (size_t i = 0; i < observed->n_nodes; i++) {
                const char *suffix;
                const LogicalVolume *lv = node_lv(vg, &observed->nodes[i], &suffix);

                if (!lv || !is_top_level(vg, lv) || lv_is_layered(vg, lv))
                        continue;
                /* A component that became top-level lives under its private UUID until it is made anew. */
                if (*suffix == '\0' || (streq(suffix, "-real") && lv_raid1_parent(vg, lv, NULL)))
                        ids[n++] = lv->id;
        }
        *ret = TAKE_PTR(ids);
        *ret_n = n;
        return 0;
}

const char *dm_tree_hidden_suffix(const VolumeGroup *vg, const DmObserved *observed, const char *fallback) {
        for (size_t i = 0; i < observed->n_nodes; i++) {
                const char *suffix;
                const LogicalVolume *lv = node_lv(vg, &observed->nodes[i], &suffix);

                if (!lv || !lv_is_component(vg, lv) || is_top_level(vg, lv))
                        continue;
                if (*suffix == '\0')
                        return "";
                if (streq(suffix, "-real"))
                        return "-real";
        }
        return fallback;
}
