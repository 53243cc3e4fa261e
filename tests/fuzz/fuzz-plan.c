/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A valid volume group, bent a little, and any verb on it: what the planner agrees to is a legal plan to a legal volume group that a reader
 * finds again; everything else is refused with a sentence. The bytes say what is bent: which number, string or line of the text becomes what.
 * So most of what is tried gets past the parser, unlike bytes that are changed at random: two volumes on the same extents, an image in two
 * volumes, the same identifier twice, sizes that overflow. */

#include "fuzz.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/planner-fixture.h"
#include "base/buf.h"
#include "model/raid1.h"
#include "model/vg-check.h"
#include "model/vg-export.h"
#include "model/vg-import.h"

#define MAX_PVS 4U

typedef struct Script {
        const uint8_t *at, *end;
} Script;

static unsigned take(Script *s) {
        return s->at < s->end ? *s->at++ : 0;
}

static unsigned take2(Script *s) {
        unsigned high = take(s);

        return high << 8 | take(s);
}

/* The text -------------------------------------------------------------------------------------------------------- */

typedef struct Piece {
        size_t at, n;
} Piece;

/* The index-th number outside strings, string with its quotes, or line; of so many as there are. */
static bool find_piece(const char *text, char kind, unsigned index, Piece *ret) {
        Piece pieces[1024];
        size_t n = 0;

        for (size_t i = 0; text[i] && n < ELEMENTSOF(pieces);) {
                size_t length = 1;

                if (text[i] == '"') {
                        length = strcspn(text + i + 1, "\"\n") + 2;
                        if (i + length > strlen(text))
                                break;
                } else if (kind == 'd' && isdigit((unsigned char) text[i]))
                        length = strspn(text + i, "0123456789");
                if (kind == 'l' && (i == 0 || text[i - 1] == '\n'))
                        pieces[n++] = (Piece) { i, strcspn(text + i, "\n") + (strchr(text + i, '\n') != NULL) };
                else if ((kind == 's' && text[i] == '"') || (kind == 'd' && isdigit((unsigned char) text[i]) && (i == 0 || text[i - 1] == ' ')))
                        pieces[n++] = (Piece) { i, length };
                i += length;
        }
        if (n > 0)
                *ret = pieces[index % n];
        return n > 0;
}

static char *replace(char *text, const Piece *piece, const char *with, size_t n) {
        _cleanup_(buf_done) Buf b = {};

        buf_addf(&b, "%.*s%.*s%s", (int) piece->at, text, (int) n, with, text + piece->at + piece->n);
        free(text);
        return buf_take(&b);
}

static char *bend(char *text, Script *s) {
        static const char *const numbers[] = { "0", "1", "2", "3", "4", "7", "8", "15", "16", "63", "64", "65", "4294967295", "4294967296",
                                               "9223372036854775808", "18446744073709551615" };
        static const char *const words[] = { "\"READ\"", "\"WRITE\"", "\"VISIBLE\"", "\"EXPORTED\"", "\"PARTIAL\"", "\"MISSING\"", "\"LOCKED\"", "\"PVMOVE\"",
                                             "\"ALLOCATABLE\"", "\"RESHAPING\"", "\"striped\"", "\"raid1\"", "\"mirror\"", "\"thin\"", "\"raid5_ls\"", "\"error\"" };
        Piece piece, other;
        const char *with;

        switch (take(s) % 6) {
        case 0:
                if (!find_piece(text, 'd', take2(s), &piece))
                        return text;
                with = numbers[take(s) % ELEMENTSOF(numbers)];
                return replace(text, &piece, with, strlen(with));
        case 1: /* what belongs to one belongs to another */
        case 2:
                if (!find_piece(text, 's', take2(s), &piece) || !find_piece(text, 's', take2(s), &other))
                        return text;
                with = strndupa(text + other.at, other.n);
                return replace(text, &piece, with, other.n);
        case 3:
                if (!find_piece(text, 's', take2(s), &piece))
                        return text;
                with = words[take(s) % ELEMENTSOF(words)];
                return replace(text, &piece, with, strlen(with));
        case 4:
                if (!find_piece(text, 'l', take2(s), &piece))
                        return text;
                return replace(text, &piece, "", 0);
        default: /* a line more than once */
                if (!find_piece(text, 'l', take2(s), &piece) || !find_piece(text, 'l', take2(s), &other))
                        return text;
                with = strndupa(text + other.at, other.n);
                piece.n = 0;
                return replace(text, &piece, with, other.n);
        }
}

/* The planner ----------------------------------------------------------------------------------------------------- */

static void ask(Fixture *f, const VolumeGroup *vg, Script *s) {
        static char *const names[] = { NULL, (char *) "new", (char *) "data", (char *) "plain", (char *) "check", (char *) "repair", (char *) "data_rimage_0", (char *) "-x" };
        static const uint64_t sizes[] = { 0, 1, 512, 4 << 20, 8 << 20, 12 << 20, 60 << 20, UINT64_C(1) << 62, UINT64_MAX };
        unsigned bits;

        f->request = (Request) { .verb = (Verb) (take(s) % _VERB_MAX), .slot = SLOT_ANY };
        if (vg->n_lvs > 0)
                f->request.lv = vg->lvs[take(s) % vg->n_lvs]->id;
        f->request.lvs = &f->request.lv;
        f->request.n_lvs = 1;
        f->request.name = names[take(s) % ELEMENTSOF(names)];
        f->request.size_bytes = sizes[take(s) % ELEMENTSOF(sizes)];
        f->request.images = take(s) % 5;
        bits = take(s);
        if (bits & 1)
                f->request.slot = bits >> 4;
        if (bits & 2)
                f->request.slots = bits >> 4;
        f->request.allow_degraded = bits & 4;
        f->request.allow_shrink = bits & 8;
        bits = take(s);
        if (vg->n_pvs > 0 && bits & 1) {
                f->request.pvs = &vg->pvs[(bits >> 4) % vg->n_pvs]->id;
                f->request.n_pvs = 1;
        }
        if (vg->n_pvs > 0 && bits & 2)
                f->request.pv = vg->pvs[(bits >> 4) % vg->n_pvs]->id;
        f->facts.evidence = bits & 4;
        f->facts.image_written = bits & 8;
}

static void judge(const Fixture *f, int r) {
        _cleanup_(vg_freep) VolumeGroup *again = NULL;
        _cleanup_free_ char *text = NULL, *printed = NULL;
        const char *rule;
        size_t n;

        if (r > 0)
                FUZZ_ASSERT(f->sentence && *f->sentence);
        if (r != 0)
                return;
        FUZZ_ASSERT(plan_check(f->plan, &rule) == 0);
        FUZZ_ASSERT(plan_print(f->plan, &printed) >= 0);
        if (!f->next)
                return;
        FUZZ_ASSERT(vg_check(f->next, &rule) == 0);
        FUZZ_ASSERT(vg_export(f->next, NULL, &text, &n) >= 0);
        FUZZ_ASSERT(vg_import(text, n, &again) >= 0);
        FUZZ_ASSERT(again->n_lvs == f->next->n_lvs && again->n_pvs == f->next->n_pvs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        Script s = { data, data + n };
        unsigned shape = take(&s);
        const FixtureArgs args = { .n_images = 2 + shape % 3, .tracked = (int) (shape / 3 % 3), .inactive = shape & 0x80, .image_inactive = shape & 0x40 };
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&args);
        VolumeGroup *vg = NULL;
        _cleanup_free_ char *text = NULL;
        const char *rule;
        size_t length;

        FUZZ_ASSERT(vg_export(f->vg, NULL, &text, &length) >= 0);
        for (unsigned bends = take(&s) % 6; text && bends > 0; bends--)
                text = bend(text, &s);
        if (!text || vg_import(text, strlen(text), &vg) < 0)
                return 0;
        if (vg_check(vg, &rule) < 0 || vg->n_pvs > MAX_PVS) {
                vg_free(vg);
                return 0;
        }
        vg_free(f->vg);
        f->vg = vg;
        (void) fixture_activate(f);
        do {
                ask(f, vg, &s);
                judge(f, fixture_run(f));
        } while (s.at < s.end);
        return 0;
}
