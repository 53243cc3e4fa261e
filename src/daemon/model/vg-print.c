/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/vg-print.h"

#include "base/str.h"
#include "model/config-tree.h"
#include "model/vg-flags.h"

static void print_string(Buf *b, const char *s) {
        buf_add(b, "\"");
        for (; *s; s++) {
                if (*s == '"' || *s == '\\')
                        buf_add(b, "\\");
                buf_add_n(b, s, 1);
        }
        buf_add(b, "\"");
}

static void print_id(Buf *b, const Uuid *id) {
        char text[UUID_DASHED_CHARS + 1];

        buf_addf(b, "id = \"%s\"\n", uuid_format(id, text));
}

static void print_separator(Buf *b, bool *first) {
        if (!*first)
                buf_add(b, ", ");
        *first = false;
}

/* LV_WRITE may stand in `status` or, as WRITE_LOCKED, in `flags`; it stays where it was. */
typedef struct Words {
        const FlagName *names;
        size_t n;
        unsigned flags;
        const ConfigNode *origin;
        const char *skip; /* word that is not written into this list */
} Words;

static bool is_known(const Words *w, const char *word, bool compatible) {
        for (size_t i = 0; i < w->n; i++)
                if (w->names[i].compatible == compatible && w->names[i].flag != 0 && streq(w->names[i].word, word))
                        return true;
        return false;
}

/* Words of the original list that we do not know: kept (lvm2 loses them). */
static void print_unknown_words(Buf *b, const Words *w, const char *key, bool compatible, bool *first) {
        const ConfigNode *node = w->origin ? config_child(w->origin, key) : NULL;
        ConfigIter i;
        Span e;

        if (!node)
                return;
        i = config_iter(node);
        while (config_next(&i, &e) > 0) {
                _cleanup_free_ char *word = NULL;

                if (span_to_string(e, &word) < 0 || is_known(w, word, compatible))
                        continue;
                print_separator(b, first);
                print_string(b, word);
        }
}

static void print_words(Buf *b, const Words *w, const char *key, bool compatible) {
        bool first = true;

        buf_addf(b, "%s = [", key);
        for (size_t i = 0; i < w->n; i++) {
                const FlagName *f = &w->names[i];

                if (f->compatible != compatible || f->flag == 0 || !(w->flags & f->flag) || streq(f->word, w->skip))
                        continue;
                print_separator(b, &first);
                print_string(b, f->word);
        }
        print_unknown_words(b, w, key, compatible, &first);
        buf_add(b, "]\n");
}

static bool has_word(const ConfigNode *section, const char *key, const char *word) {
        const ConfigNode *node = section ? config_child(section, key) : NULL;
        ConfigIter i;
        Span e;

        if (!node)
                return false;
        i = config_iter(node);
        while (config_next(&i, &e) > 0) {
                _cleanup_free_ char *text = NULL;

                if (span_to_string(e, &text) >= 0 && streq(text, word))
                        return true;
        }
        return false;
}

static void print_children_except(Buf *b, const ConfigNode *section, const char *const *known) {
        for (const ConfigNode *c = section ? section->child : NULL; c; c = c->next) {
                bool skip = false;

                for (size_t i = 0; known[i] && !skip; i++)
                        skip = config_key_is(c, known[i]);
                if (c->type == CONFIG_SECTION && c->key_size > 7 && memcmp(c->key, "segment", 7) == 0)
                        skip = true;
                if (!skip) {
                        buf_add_n(b, config_source(c).data, config_source(c).size);
                        buf_add(b, "\n");
                }
        }
}

static void print_linear(Buf *b, const Segment *s) {
        static const char *const known[] = { "start_extent", "extent_count", "type", "stripe_count", "stripes", NULL };

        print_children_except(b, s->node, known);
        buf_addf(b, "stripe_count = 1\n\nstripes = [\n\"%s\", %u\n]\n", s->linear.pv->key, s->linear.pv_start);
}

static void print_raid1(Buf *b, const Segment *s) {
        static const char *const known[] = { "start_extent", "extent_count", "type", "device_count", "region_size",
                                             "min_recovery_rate", "max_recovery_rate", "raids", NULL };

        buf_addf(b, "device_count = %zu\nregion_size = %llu\n", s->raid1.n_images,
                 (unsigned long long) s->raid1.region_sectors);
        if (s->raid1.min_recovery_kib > 0)
                buf_addf(b, "min_recovery_rate = %llu\n", (unsigned long long) s->raid1.min_recovery_kib);
        if (s->raid1.max_recovery_kib > 0)
                buf_addf(b, "max_recovery_rate = %llu\n", (unsigned long long) s->raid1.max_recovery_kib);
        print_children_except(b, s->node, known);
        buf_add(b, "\nraids = [\n");
        for (size_t i = 0; i < s->raid1.n_images; i++)
                buf_addf(b, "\"%s\", \"%s\"%s\n", s->raid1.images[i].meta->name, s->raid1.images[i].data->name,
                         i + 1 < s->raid1.n_images ? "," : "");
        buf_add(b, "]\n");
}

static void print_segment(Buf *b, const Segment *s, size_t number) {
        buf_addf(b, "\nsegment%zu {\n", number);
        if (s->kind == SEGMENT_OPAQUE) {
                /* The body as it was; only its number may have changed. */
                b->size -= b->size && b->data[b->size - 1] == '\n' ? 1 : 0;
                buf_add_n(b, s->node->value, s->node->value_size);
                buf_add(b, "}\n");
                return;
        }
        buf_addf(b, "start_extent = %u\nextent_count = %u\n\ntype = \"%s\"\n", s->start_extent, s->extents, s->type);
        if (s->kind == SEGMENT_LINEAR)
                print_linear(b, s);
        else if (s->kind == SEGMENT_RAID1)
                print_raid1(b, s);
        buf_add(b, "}\n");
}

void print_lv(Buf *b, const LogicalVolume *lv) {
        static const char *const known[] = { "id", "status", "flags", "tags", "creation_time", "creation_host",
                                             "segment_count", NULL };
        bool locked = has_word(lv->node, "flags", "WRITE_LOCKED"), first = true;
        Words w = { lv_flag_names, n_lv_flag_names, lv->flags, lv->node, locked ? "WRITE" : "WRITE_LOCKED" };

        buf_addf(b, "%s {\n", lv->name);
        print_id(b, &lv->id);
        print_words(b, &w, "status", false);
        print_words(b, &w, "flags", true);
        if (strv_length(lv->tags) > 0) {
                buf_add(b, "tags = [");
                for (char **t = lv->tags; *t; t++) {
                        print_separator(b, &first);
                        print_string(b, *t);
                }
                buf_add(b, "]\n");
        }
        if (lv->creation_time > 0)
                buf_addf(b, "creation_time = %llu\n", (unsigned long long) lv->creation_time);
        if (lv->creation_host) {
                buf_add(b, "creation_host = ");
                print_string(b, lv->creation_host);
                buf_add(b, "\n");
        }
        print_children_except(b, lv->node, known);
        buf_addf(b, "segment_count = %zu\n", lv->n_segments);
        for (size_t i = 0; i < lv->n_segments; i++)
                print_segment(b, lv->segments[i], i + 1);
        buf_add(b, "}");
}

void print_pv(Buf *b, const PhysicalVolume *pv) {
        Words w = { pv_flag_names, n_pv_flag_names, pv->flags & ~(unsigned) PV_MISSING, NULL, "" };

        buf_addf(b, "\n%s {\n", pv->key);
        print_id(b, &pv->id);
        buf_add(b, "device = ");
        print_string(b, pv->device ?: "[unknown]");
        buf_add(b, "\n\n");
        print_words(b, &w, "status", false);
        buf_addf(b, "flags = [%s]\n", pv->flags & PV_MISSING ? "\"MISSING\"" : "");
        buf_addf(b, "dev_size = %llu\npe_start = %llu\npe_count = %u\n}", (unsigned long long) pv->dev_sectors,
                 (unsigned long long) pv->pe_start, pv->pe_count);
}

void print_vg(Buf *b, const VolumeGroup *vg) {
        Words w = { vg_flag_names, n_vg_flag_names, vg->flags, NULL, "WRITE_LOCKED" };

        buf_addf(b, "%s {\n", vg->name);
        print_id(b, &vg->id);
        buf_addf(b, "seqno = %llu\nformat = \"lvm2\"\n", (unsigned long long) vg->seqno);
        print_words(b, &w, "status", false);
        buf_add(b, "flags = []\n");
        if (vg->system_id) {
                buf_add(b, "system_id = ");
                print_string(b, vg->system_id);
                buf_add(b, "\n");
        }
        buf_addf(b, "extent_size = %u\nmax_lv = %u\nmax_pv = %u\nmetadata_copies = 0\n\nphysical_volumes {\n",
                 vg->extent_sectors, vg->max_lv, vg->max_pv);
        for (size_t i = 0; i < vg->n_pvs; i++) {
                print_pv(b, vg->pvs[i]);
                buf_add(b, "\n");
        }
        buf_add(b, "}\n\n");
        if (vg->n_lvs > 0) {
                buf_add(b, "logical_volumes {\n");
                for (size_t i = 0; i < vg->n_lvs; i++) {
                        buf_add(b, "\n");
                        print_lv(b, vg->lvs[i]);
                        buf_add(b, "\n");
                }
                buf_add(b, "}\n");
        }
        buf_add(b, "\n}");
}

void print_trailer(Buf *b, const VolumeGroup *vg, const ExportStamp *stamp) {
        buf_addf(b, "\n# Generated by raidd: %s\n\ncontents = \"Text Format Volume Group\"\nversion = 1\n\n",
                 stamp->time_text);
        buf_add(b, "description = ");
        print_string(b, stamp->description);
        buf_add(b, "\n\ncreation_host = ");
        print_string(b, stamp->host);
        buf_addf(b, "\t# %s\n", stamp->uname_line);
        if (vg->system_id) {
                buf_add(b, "creation_host_system_id = ");
                print_string(b, vg->system_id);
                buf_add(b, "\n");
        }
        buf_addf(b, "creation_time = %llu\t# %s\n\n", (unsigned long long) stamp->now, stamp->time_text);
}
