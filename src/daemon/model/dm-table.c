/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Comparing a table we want with one the kernel reports. */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "model/config-tree.h"
#include "model/dm-tree.h"

static Span word(const char **p) {
        Span w;

        *p += strspn(*p, " ");
        w = (Span) { *p, strcspn(*p, " \n") };
        *p += w.size;
        return w;
}

static bool span_equal(Span a, Span b) {
        return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static bool span_is(Span a, const char *s) {
        return a.size == strlen(s) && memcmp(a.data, s, a.size) == 0;
}

/* {uuid} → major:minor; NULL if there is no such node (or no memory: then nothing is equal). */
static char *resolve(const char *table, const DmObserved *observed) {
        _cleanup_(buf_done) Buf b = {};

        while (*table) {
                size_t plain = strcspn(table, "{"), n;
                char uuid[DM_NAME_MAX + 2] = {};
                const DmNode *node;

                buf_add_n(&b, table, plain);
                table += plain;
                if (!*table)
                        break;
                n = strcspn(++table, "}");
                if (table[n] != '}' || n > DM_NAME_MAX)
                        return NULL;
                memcpy(uuid, table, n);
                node = dm_observed_by_uuid(observed, uuid);
                if (!node)
                        return NULL;
                buf_addf(&b, "%u:%u", node->major, node->minor);
                table += n + 1;
        }
        return buf_take(&b);
}

typedef struct RaidTable {
        Span type, region;
        uint64_t n_devices;
        const char *devices; /* 2 × n_devices words */
} RaidTable;

/* <type> <#params> <params…> <#devs> <meta data>… */
static bool parse_raid(const char *p, RaidTable *ret) {
        RaidTable t = {};
        uint64_t n_params;

        t.type = word(&p);
        if (span_to_u64(word(&p), &n_params) < 0 || n_params > 1024)
                return false;
        for (uint64_t i = 0; i < n_params; i++)
                if (span_is(word(&p), "region_size") && i + 1 < n_params) {
                        t.region = word(&p);
                        i++;
                }
        if (span_to_u64(word(&p), &t.n_devices) < 0 || t.n_devices > 253)
                return false;
        t.devices = p;
        *ret = t;
        return true;
}

static bool raid_equal(const char *want, const char *live) {
        RaidTable a, b;

        if (!parse_raid(want, &a) || !parse_raid(live, &b))
                return false;
        if (!span_equal(a.type, b.type) || a.n_devices != b.n_devices || !span_equal(a.region, b.region))
                return false;
        for (uint64_t i = 0; i < 2 * a.n_devices; i++)
                if (!span_equal(word(&a.devices), word(&b.devices)))
                        return false;
        return true;
}

static bool line_equal(const char *want, const char *live) {
        const char *a = want, *b = live;
        Span type;

        for (int i = 0; i < 2; i++) /* start, length */
                if (!span_equal(word(&a), word(&b)))
                        return false;
        type = word(&a);
        if (!span_equal(type, word(&b)))
                return false;
        if (span_is(type, "raid"))
                return raid_equal(a, b);
        for (;;) {
                Span x = word(&a), y = word(&b);

                if (!span_equal(x, y))
                        return false;
                if (x.size == 0)
                        return true;
        }
}

uint64_t dm_table_sectors(const char *table) {
        uint64_t end = 0;

        for (const char *p = table; *p; p += strspn(p, "\n")) {
                uint64_t start, n;

                if (span_to_u64(word(&p), &start) < 0 || span_to_u64(word(&p), &n) < 0)
                        return end;
                end = start + n > end ? start + n : end;
                p += strcspn(p, "\n");
        }
        return end;
}

bool dm_table_equal(const char *want, const char *live, const DmObserved *observed) {
        _cleanup_free_ char *resolved = resolve(want, observed);
        const char *a = resolved, *b = live;

        if (!resolved || !live)
                return false;
        for (;;) {
                if (!line_equal(a, b))
                        return false;
                a += strcspn(a, "\n");
                b += strcspn(b, "\n");
                a += strspn(a, "\n");
                b += strspn(b, "\n");
                if (!*a || !*b)
                        return !*a && !*b;
        }
}

/* The parameters of a table with a single raid target. */
static bool parse_only_raid(const char *table, const char **ret_params, RaidTable *ret) {
        const char *p = table;

        (void) word(&p);
        (void) word(&p);
        if (strchr(table, '\n') || !span_is(word(&p), "raid") || !parse_raid(p, ret))
                return false;
        *ret_params = p;
        return true;
}

static bool rebuilds(const char *params, uint64_t slot) {
        uint64_t n_params, n;

        (void) word(&params);
        if (span_to_u64(word(&params), &n_params) < 0)
                return false;
        for (uint64_t i = 0; i < n_params; i++)
                if (span_is(word(&params), "rebuild") && ++i < n_params && span_to_u64(word(&params), &n) >= 0 && n == slot)
                        return true;
        return false;
}

uint64_t dm_table_taken(const char *table, size_t n) {
        const char *params;
        uint64_t taken = 0;
        RaidTable t;

        if (!parse_only_raid(table, &params, &t) || t.n_devices != n)
                return UINT64_MAX;
        for (uint64_t i = 0; i < n && i < 64; i++) {
                (void) word(&t.devices); /* rmeta */
                if (!span_is(word(&t.devices), "-") && !rebuilds(params, i))
                        taken |= UINT64_C(1) << i;
        }
        return taken;
}

int dm_table_returning(const char *want, const char *live) {
        const char *params, *other;
        RaidTable a, b;

        if (!parse_only_raid(want, &params, &a) || !parse_only_raid(live, &other, &b) || a.n_devices != b.n_devices)
                return -ENOENT;
        for (uint64_t i = 0; i < a.n_devices; i++) {
                bool there, hole;

                (void) word(&a.devices); /* rmeta */
                (void) word(&b.devices);
                there = !span_is(word(&a.devices), "-");
                hole = span_is(word(&b.devices), "-");
                if (there && hole && !rebuilds(params, i))
                        return (int) i;
        }
        return -ENOENT;
}
