/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plan for people (--dry-run, the log):
 *
 *   Split image 2 of vg0/data, tracked          (vg0, sequence number 41 → 42)
 *     1  expect          vg0 is still at sequence number 41
 *     2  fs.sync         vg0-data: while writers still run, so that the stall stays short
 *   …
 */

#include "plan/plan.h"

#include <assert.h>

#include "base/buf.h"

static void print_seqno(Buf *b, const Plan *p) {
        const Step *first = NULL, *last = NULL;

        for (size_t i = 0; i < p->n_steps; i++) {
                if (p->steps[i].kind == STEP_EXPECT && !first)
                        first = &p->steps[i];
                if (p->steps[i].kind == STEP_META_WRITE)
                        last = &p->steps[i];
        }

        buf_addf(b, "          (%s", p->vg_name);
        if (first)
                buf_addf(b, ", sequence number %llu", (unsigned long long) first->number);
        if (first && last)
                buf_addf(b, " → %llu", (unsigned long long) last->number);
        buf_add(b, ")\n");
}

static void print_subject(Buf *b, const Step *s) {
        if (s->kind == STEP_DM_RENAME)
                buf_addf(b, "%s → %s: ", s->node, s->text);
        else if (s->kind == STEP_WIPE)
                buf_addf(b, "%llu sectors from %llu on PV %s: ", (unsigned long long) s->number2,
                         (unsigned long long) s->number, s->text);
        else if (s->node)
                buf_addf(b, "%s: ", s->node);
}

static void print_step(Buf *b, size_t number, const Step *s) {
        buf_addf(b, "%3zu  %-15s ", number, step_kind_to_string(s->kind));
        print_subject(b, s);
        buf_addf(b, "%s\n", s->why ?: "");
}

int plan_print(const Plan *p, char **ret) {
        _cleanup_(buf_done) Buf b = {};
        char *text;

        assert(p);
        assert(ret);

        buf_add(&b, p->summary ?: p->verb);
        print_seqno(&b, p);
        for (size_t i = 0; i < p->n_steps; i++)
                print_step(&b, i + 1, &p->steps[i]);
        for (char **w = p->warnings; w && *w; w++)
                buf_addf(&b, "Warning: %s\n", *w);

        text = buf_take(&b);
        if (!text)
                return -ENOMEM;

        *ret = text;
        return 0;
}
