/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/dm-wire.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Each node is six fields with a NUL behind each: "MAJOR MINOR SUSPENDED READ-ONLY OPENERS", then the five texts, each with '+' before it, or '-'
 * alone where there is none. */
typedef struct Reader {
        const char *at, *end;
} Reader;

static void add_text(Buf *b, const char *text) {
        buf_add(b, text ? "+" : "-");
        buf_add_n(b, text ?: "", text ? strlen(text) + 1 : 1);
}

void dm_wire_encode(const DmObserved *o, Buf *b) {
        assert(o);
        assert(b);

        for (size_t i = 0; i < o->n_nodes; i++) {
                const DmNode *n = &o->nodes[i];

                buf_addf(b, "%" PRIu32 " %" PRIu32 " %d %d %" PRIu32, n->major, n->minor, n->suspended, n->read_only, n->open_count);
                buf_add_n(b, "", 1);
                add_text(b, n->name);
                add_text(b, n->uuid);
                add_text(b, n->live_table);
                add_text(b, n->inactive_table);
                add_text(b, n->raid_status);
        }
}

static const char *next_field(Reader *r) {
        const char *field = r->at, *nul = memchr(field, 0, (size_t) (r->end - field));

        if (!nul)
                return NULL;
        r->at = nul + 1;
        return field;
}

static int read_text(Reader *r, char **ret) {
        const char *field = next_field(r);

        if (!field || (*field != '+' && (*field != '-' || field[1])))
                return -EBADMSG;
        if (*field == '-')
                return 0;
        *ret = strdup(field + 1);
        return *ret ? 0 : -ENOMEM;
}

static int read_numbers(Reader *r, DmNode *ret) {
        const char *field = next_field(r);
        unsigned suspended, read_only;
        int n = 0;

        if (!field ||
            sscanf(field, "%" SCNu32 " %" SCNu32 " %1u %1u %" SCNu32 "%n", &ret->major, &ret->minor, &suspended, &read_only, &ret->open_count, &n) != 5 ||
            field[n])
                return -EBADMSG;
        ret->suspended = suspended;
        ret->read_only = read_only;
        return 0;
}

static int read_node(Reader *r, DmNode *ret) {
        int q;

        q = read_numbers(r, ret);
        if (q >= 0)
                q = read_text(r, &ret->name);
        if (q >= 0)
                q = read_text(r, &ret->uuid);
        if (q >= 0)
                q = read_text(r, &ret->live_table);
        if (q >= 0)
                q = read_text(r, &ret->inactive_table);
        if (q >= 0)
                q = read_text(r, &ret->raid_status);
        return q >= 0 && (!ret->name || !ret->uuid) ? -EBADMSG : q;
}

int dm_wire_decode(const char *data, size_t size, DmObserved **ret) {
        _cleanup_(dm_observed_freep) DmObserved *o = calloc(1, sizeof(*o));
        Reader reader = { data, data + size };

        assert(data || size == 0);
        assert(ret);

        if (!o)
                return -ENOMEM;
        while (reader.at < reader.end) {
                int r;

                if ((o->n_nodes & (o->n_nodes - 1)) == 0) {
                        DmNode *grown = reallocarray(o->nodes, o->n_nodes ? o->n_nodes * 2 : 1, sizeof(*grown));

                        if (!grown)
                                return -ENOMEM;
                        o->nodes = grown;
                }
                o->nodes[o->n_nodes] = (DmNode) {};
                r = read_node(&reader, &o->nodes[o->n_nodes++]);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(o);
        return 0;
}
