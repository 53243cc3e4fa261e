/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "operate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/vg-import.h"
#include "world/executor.h"

#define DEVICE_BYTES (3U << 20)
#define LARGE_BYTES (40U << 20)

static unsigned char random_pool[UUID_CHARS * 64];

/* Fresh identifiers for every operation, the same ones for the same operation on the same machine. */
static void stir(FakeWorld *f) {
        for (size_t i = 0; i < sizeof(random_pool); i++) {
                f->random = f->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
                random_pool[i] = (unsigned char) (f->random >> 56);
        }
}

int open_vg(FakeWorld *f, MdaSet **ret_areas, VolumeGroup **ret_vg) {
        _cleanup_(mda_set_freep) MdaSet *areas = NULL;
        int r;

        r = mda_set_open(&f->world, &f->world.vg, &areas);
        if (r < 0)
                return r;
        if (!mda_set_text(areas))
                return -ENOENT;
        r = vg_import(mda_set_text(areas), strlen(mda_set_text(areas)), ret_vg);
        if (r < 0)
                return r;

        *ret_areas = TAKE_PTR(areas);
        return 0;
}

/* The two raid1 volumes, for what concerns both. */
static void name_group(const VolumeGroup *vg, Request *ret) {
        static Uuid ids[2];

        ids[0] = vg_find_lv(vg, "data")->id;
        ids[1] = vg_find_lv(vg, "other")->id;
        ret->lvs = ids;
        ret->n_lvs = ELEMENTSOF(ids);
}

static void make_request(const Ask *a, const VolumeGroup *vg, Request *ret) {
        const LogicalVolume *lv = vg && a->lv ? vg_find_lv(vg, a->lv) : NULL;

        *ret = (Request) {
                .verb = a->verb,
                .name = (char *) a->name,
                .slot = a->verb == VERB_SPLIT_TRACKED ? a->slot : SLOT_ANY,
                .size_bytes = a->size,
                .images = a->images,
                .slots = a->slots,
                .allow_degraded = true,
                .extent_bytes = a->unit ?: 64 << 10,
                .region_bytes = a->unit,
        };
        if (a->verb == VERB_REMOVE_IMAGES && a->slot > 0)
                ret->slot = a->slot - 1;
        if (a->verb == VERB_REPLACE_IMAGE)
                ret->slot = a->slot;
        ret->allow_shrink = ret->wipe = true;
        if (lv)
                ret->lv = lv->id;
        if (a->verb == VERB_SPLIT_GROUP)
                name_group(vg, ret);
        if (a->verb == VERB_VG_REDUCE) {
                ret->pvs = &vg->pvs[vg->n_pvs - 1]->id;
                ret->n_pvs = 1;
        }
        if (a->verb == VERB_SPLIT && a->slot > 0)
                ret->slot = a->slot - 1; /* 0: not named */
}

static void make_facts(FakeWorld *f, const Scenario *s, const Ask *a, NewPv *new_pvs, Facts *ret) {
        size_t first, n;

        stir(f);
        /* vg-create: the first slot devices, or all; vg-extend: those behind them */
        first = a->verb == VERB_VG_EXTEND ? a->slot : 0;
        n = a->verb == VERB_VG_CREATE && a->slot > 0 ? a->slot : f->world.n_devices - first;
        for (size_t i = 0; i < n; i++)
                new_pvs[i] = (NewPv) {
                        .where = f->world.devices[first + i].where,
                        .signatures = fake_world_signed(f, first + i) ? "fake" : NULL,
                };

        *ret = (Facts) {
                .evidence = true,
                .image_written = a->written,
                .now = 1795420000,
                .host = "fake",
                .random = random_pool,
                .n_random = sizeof(random_pool),
                .hidden_suffix = s->suffix,
                .new_pvs = new_pvs,
                .n_new_pvs = n,
        };
}

int look(FakeWorld *f, const VolumeGroup *vg, PvDevice **ret_devices, DmObserved **ret_observed) {
        int r;

        if (vg) {
                r = world_pv_devices(&f->world, vg, ret_devices);
                if (r < 0)
                        return r;
        }

        return f->world.ops->observe(&f->world, vg ? &vg->id : NULL, ret_observed);
}

int operate(FakeWorld *f, const Scenario *s, const Ask *a, bool *ret_recovered) {
        _cleanup_(mda_set_freep) MdaSet *areas = NULL;
        _cleanup_(vg_freep) VolumeGroup *vg = NULL, *next = NULL;
        _cleanup_(dm_observed_freep) DmObserved *observed = NULL;
        _cleanup_(plan_freep) Plan *plan = NULL;
        _cleanup_free_ PvDevice *devices = NULL;
        _cleanup_free_ char *sentence = NULL;
        NewPv new_pvs[8];
        Request request;
        Outcome outcome = {};
        Facts facts;
        int r;

        *ret_recovered = true; /* nothing has been changed so far */
        r = a->verb == VERB_VG_CREATE ? mda_set_open(&f->world, NULL, &areas) : open_vg(f, &areas, &vg);
        if (r >= 0)
                r = look(f, vg, &devices, &observed);
        if (r < 0)
                return r;
        make_request(a, vg, &request);
        make_facts(f, s, a, new_pvs, &facts);
        if (a->blank) {
                facts.blank = &request.lv;
                facts.n_blank = 1;
        }
        r = planner_run(vg, devices, observed, &facts, &request, &plan, &next, &sentence);
        if (r != 0) {
                if (r > 0 && getenv("CRASH_VERBOSE"))
                        printf("%s refused: %s\n", verb_to_string(a->verb), sentence);
                return r;
        }
        if (a->verb == VERB_VG_CREATE)
                f->world.vg = next->id;

        r = executor_run(&f->world, areas, vg, plan, s->suffix, &outcome);
        *ret_recovered = outcome.recovered;
        return r;
}

static int recover(FakeWorld *f, const Scenario *s) {
        _cleanup_free_ char *intent = f->n_intents > 0 ? strdup(f->intents[0].text) : NULL;
        bool recovered;
        int r;

        r = executor_recover(&f->world, &f->world.vg, intent, s->suffix);
        if (r != 0)
                return r;

        return operate(f, s, &(Ask) { .verb = VERB_RECOVER }, &recovered);
}

int come_back(FakeWorld *f, const Scenario *s, bool booted) {
        bool recovered;
        int r;

        r = recover(f, s);
        if (r != 0 || !booted)
                return r;

        return operate(f, s, &(Ask) { .verb = VERB_VG_ACTIVATE }, &recovered);
}

FakeWorld *set_up(const Scenario *s) {
        FakeWorld *f = fake_world_new(s->n_devices, s->large ? LARGE_BYTES : DEVICE_BYTES);
        bool recovered;
        int r;

        for (size_t i = 0; s->dirty && i < s->n_devices; i++)
                fake_world_sign(f, i);
        for (size_t i = 0; i < s->n_setup; i++) {
                r = operate(f, s, &s->setup[i], &recovered);
                if (r != 0) {
                        printf("  %s: setup step %zu (%s): %d %s\n", s->name, i, verb_to_string(s->setup[i].verb), r,
                               r > 0 ? refusal_to_string((Refusal) r) : strerror(-r));
                        return fake_world_free(f);
                }
        }

        if (s->layout) {
                fake_world_settle(f);
                s->layout(f);
        }
        fake_world_restart(f);
        return f;
}
