/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every verb, stopped at every primitive in every way, on the fake machine: the planner, the executor, the metadata
 * I/O and the recovery are the real ones.
 *
 *   killed       the process dies before the primitive; a new one recovers
 *   power lost   the same, and of the unflushed sectors a subset survives; the machine boots
 *   fails        the primitive returns EIO, ENOMEM or EBUSY once; the executor makes good by itself
 *
 * and the recovery is stopped at each of its primitives as well. Afterwards, always: metadata is the old or the new,
 * the same on every PV, nothing announced; nothing is suspended, half-loaded or frozen; kernel and metadata agree;
 * tracked images are read-only; and the next operation works. */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "fake-dm.h"
#include "fake-world.h"
#include "model/vg-check.h"
#include "model/vg-import.h"
#include "plan/converge.h"
#include "plan/planner.h"
#include "world/executor.h"
#include "world/log.h"

#define DEVICE_BYTES (3U << 20)
#define LARGE_BYTES (40U << 20)

typedef struct Ask {
        Verb verb;
        const char *lv, *name;
        uint32_t slot;
        uint64_t size;
        unsigned images;
        uint64_t unit; /* vg-create: of an extent; create: of a region */
        uint64_t slots;
        bool written; /* merge: everything must be copied */
} Ask;

typedef struct Scenario {
        const char *name, *suffix;
        Ask setup[5];
        size_t n_setup;
        Ask ask, then;
        unsigned n_devices;
        bool large;   /* the devices */
        bool shallow, dirty; /* dirty: something is on the devices. shallow: what is like others: its recovery is stopped only with RAIDD_CRASH_ALL in the environment */
} Scenario;

typedef struct Run {
        const Scenario *scenario;
        char *before, *after; /* the metadata in short; NULL: no VG */
        char *nodes_before, *nodes_after;
        bool faulty; /* a primitive has failed: a PV may have been missing to the plan, and be outdated now */
        bool booted; /* what was active before a power cut is not known any more */
        size_t n_states;
        char trail[128];
        bool failed;
} Run;

static bool arg_shallow;
static unsigned char random_pool[UUID_CHARS * 64];

/* Fresh identifiers for every operation. */
static void stir(void) {
        static uint64_t state = 1;

        for (size_t i = 0; i < sizeof(random_pool); i++) {
                state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
                random_pool[i] = (unsigned char) (state >> 56);
        }
}

/* Operations, as the worker runs them ---------------------------------------------------------------------------- */

static int open_vg(FakeWorld *f, MdaSet **ret_areas, VolumeGroup **ret_vg) {
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

static void make_facts(const FakeWorld *f, const Scenario *s, const Ask *a, NewPv *new_pvs, Facts *ret) {
        size_t first, n;

        stir();
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

static int look(FakeWorld *f, const VolumeGroup *vg, PvDevice **ret_devices, DmObserved **ret_observed) {
        int r;

        if (vg) {
                r = world_pv_devices(&f->world, vg, ret_devices);
                if (r < 0)
                        return r;
        }

        return f->world.ops->observe(&f->world, vg ? &vg->id : NULL, ret_observed);
}

/* 0, a Refusal, or -errno; then *ret_recovered says whether the executor has made good. */
static int operate(FakeWorld *f, const Scenario *s, const Ask *a, bool *ret_recovered) {
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

/* What must be true afterwards ----------------------------------------------------------------------------------- */

static void describe_segment(Buf *b, const Segment *s) {
        if (s->kind == SEGMENT_LINEAR)
                buf_addf(b, " %s:%u+%u", s->linear.pv->key, s->linear.pv_start, s->extents);
        for (size_t i = 0; s->kind == SEGMENT_RAID1 && i < s->raid1.n_images; i++)
                buf_addf(b, " (%s %s)", s->raid1.images[i].meta->name, s->raid1.images[i].data->name);
}

/* The metadata without numbers, identifiers and times; NULL: no VG. */
static char *describe(FakeWorld *f) {
        _cleanup_(mda_set_freep) MdaSet *areas = NULL;
        _cleanup_(vg_freep) VolumeGroup *vg = NULL;
        _cleanup_(buf_done) Buf b = {};

        if (open_vg(f, &areas, &vg) < 0)
                return NULL;
        buf_addf(&b, "%s on %zu", vg->name, vg->n_pvs);
        for (size_t i = 0; i < vg->n_lvs; i++) {
                const LogicalVolume *lv = vg->lvs[i];

                buf_addf(&b, "; %s %x%s", lv->name, (unsigned) lv->flags, lv_has_tag(lv, TAG_RESIDUAL) ? " residual" : "");
                for (size_t j = 0; j < lv->n_segments; j++)
                        describe_segment(&b, lv->segments[j]);
        }

        return buf_take(&b);
}

static int compare_names(const void *a, const void *b) {
        return strcmp(((const FakeNode *) a)->name, ((const FakeNode *) b)->name);
}

/* Which nodes there are. */
static char *describe_nodes(const FakeWorld *f) {
        _cleanup_(buf_done) Buf b = {};
        FakeNode *sorted = calloc(f->n_nodes + 1, sizeof(FakeNode));

        if (!sorted)
                abort();
        if (f->n_nodes > 0)
                memcpy(sorted, f->nodes, f->n_nodes * sizeof(FakeNode));
        qsort(sorted, f->n_nodes, sizeof(FakeNode), compare_names);
        for (size_t i = 0; i < f->n_nodes; i++)
                buf_addf(&b, "%s ", sorted[i].name);

        free(sorted);
        return buf_take(&b);
}

static const char *check_machine(const FakeWorld *f) {
        if (f->violation)
                return f->violation;
        if (f->frozen)
                return "a filesystem stays frozen (S9)";
        if (f->n_intents > 0)
                return "an intent is left";
        for (size_t i = 0; i < f->n_nodes; i++) {
                if (f->nodes[i].suspended)
                        return "a node stays suspended (S9)";
                if (f->nodes[i].inactive)
                        return "an inactive table is left";
                if (!f->nodes[i].live)
                        return "a node without a table is left";
        }

        return NULL;
}

/* Slots 0 and 1 of the one metadata area of each device, which begins at 4096, as a reader sees them. */
static const char *check_areas(FakeWorld *f, const VolumeGroup *vg) {
        unsigned char first[512], header[512];
        static const unsigned char nothing[16];

        for (size_t i = 0; i < f->world.n_devices; i++) {
                PvProbe probe;
                bool ours;

                if (pv_probe(&f->world, i, &probe) < 0)
                        continue;
                ours = vg_find_pv_by_id(vg, &probe.pv);
                pv_probe_done(&probe);
                if (!ours)
                        continue;
                if (f->world.ops->read(&f->world, i, 4096, header, sizeof(header)) < 0)
                        return "cannot read a metadata area";
                if (i == 0)
                        memcpy(first, header, sizeof(first));
                if (memcmp(header + 40 + 24, nothing, sizeof(nothing)) != 0)
                        return "slot 1 is not empty";
                if (memcmp(header + 40 + 16, first + 40 + 16, 4) != 0)
                        return "the metadata areas differ"; /* in the checksum of their texts */
        }

        return NULL;
}

static const char *check_guards(const FakeWorld *f, const DmExpected *expected) {
        for (size_t i = 0; i < expected->n_nodes; i++) {
                const FakeNode *node = fake_world_node((FakeWorld *) f, expected->nodes[i].name);

                if (!node)
                        return "a node is missing";
                if (expected->nodes[i].udev_flags == UDEV_FLAGS_TRACKED && !node->guarded)
                        return "a tracked image can be written (S2)";
                if (expected->nodes[i].udev_flags != UDEV_FLAGS_TRACKED && node->guarded)
                        return "a volume is read-only that should not be";
        }

        return NULL;
}

static const char *check_kernel(FakeWorld *f, const Scenario *s, const VolumeGroup *vg) {
        _cleanup_(dm_observed_freep) DmObserved *observed = NULL;
        _cleanup_(dm_expected_freep) DmExpected *expected = NULL;
        _cleanup_(plan_freep) Plan *plan = NULL;
        _cleanup_free_ PvDevice *devices = NULL;
        _cleanup_free_ Uuid *active = NULL;
        DmTreeArgs args = { .vg = vg };

        if (look(f, vg, &devices, &observed) < 0 || dm_tree_active(vg, observed, &active, &args.n_active) < 0)
                return "cannot look at the kernel";
        args.devices = devices;
        args.active = active;
        args.hidden_suffix = dm_tree_hidden_suffix(vg, observed, s->suffix);
        if (dm_tree_expect(&args, &expected) < 0 || plan_new("check", vg->name, &vg->id, &plan) < 0 ||
            converge(vg, observed, expected, plan) < 0)
                return "cannot compare kernel and metadata";
        if (plan->n_steps > 0)
                return "kernel and metadata differ";

        return check_guards(f, expected);
}

static const char *check_vg(FakeWorld *f, const Scenario *s) {
        _cleanup_(mda_set_freep) MdaSet *areas = NULL;
        _cleanup_(vg_freep) VolumeGroup *vg = NULL;
        const char *rule, *problem;

        if (open_vg(f, &areas, &vg) < 0)
                return f->n_nodes > 0 ? "nodes without metadata" : NULL;
        if (vg_check(vg, &rule) < 0)
                return rule;
        problem = check_areas(f, vg);

        return problem ?: check_kernel(f, s, vg);
}

static const char *check_next(FakeWorld *f, const Scenario *s, const Ask *a) {
        bool recovered;

        if (operate(f, s, a, &recovered) != 0)
                return "the next operation does not work";

        return check_machine(f) ?: check_vg(f, s);
}

static bool same(const char *a, const char *b) {
        return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What a reader sees now it must see after a power cut as well (P6). */
static const char *check_durable(const FakeWorld *f, const char *now) {
        _cleanup_(fake_world_freep) FakeWorld *dark = fake_world_clone(f);
        _cleanup_free_ char *then = NULL;

        fake_world_power_cut(dark, 0);
        then = describe(dark);
        return same(now, then) ? NULL : "the metadata was not flushed (P6)";
}

/* What was active is active, with the old metadata as with the new. */
static const char *check_active(const Run *run, const FakeWorld *f, const char *now) {
        _cleanup_free_ char *nodes = describe_nodes(f);

        if (run->booted || (same(now, run->before) && same(nodes, run->nodes_before)) ||
            (same(now, run->after) && same(nodes, run->nodes_after)))
                return NULL;

        return same(now, run->before) || same(now, run->after) ? "not the same volumes are active as before" : NULL;
}

/* A PV is marked as used exactly if a VG uses it: lvm2 would not let anybody have it otherwise. After a power cut nobody knows any
 * more which PVs were meant. */
static const char *check_labels(const Run *run, FakeWorld *f) {
        _cleanup_(mda_set_freep) MdaSet *areas = NULL;
        _cleanup_(vg_freep) VolumeGroup *vg = NULL;

        (void) open_vg(f, &areas, &vg);
        for (size_t i = 0; i < f->world.n_devices && !run->booted; i++) {
                PvProbe probe;
                bool used, wanted;

                if (pv_probe(&f->world, i, &probe) < 0)
                        continue;
                used = probe.used;
                wanted = (vg && vg_find_pv_by_id(vg, &probe.pv)) ||
                         (run->faulty && probe.text && probe.used); /* outdated: lvm2 knows it by its old text (lvm2-compat 2.4) */
                pv_probe_done(&probe);
                if (used != wanted)
                        return used ? "a physical volume is marked as used by nobody" : "a physical volume is not marked as used";
        }
        return NULL;
}

/* Nobody may take a PV for what it was. */
static const char *check_signatures(FakeWorld *f) {
        _cleanup_(mda_set_freep) MdaSet *areas = NULL;
        _cleanup_(vg_freep) VolumeGroup *vg = NULL;

        if (open_vg(f, &areas, &vg) < 0)
                return NULL;
        for (size_t i = 0; i < f->world.n_devices; i++)
                if (vg_find_pv_by_id(vg, &f->world.devices[i].pv) && fake_world_signed(f, i))
                        return "a physical volume has an old signature";
        return NULL;
}

static const char *check(Run *run, FakeWorld *f) {
        _cleanup_free_ char *now = describe(f);
        const char *problem;

        problem = check_machine(f) ?: check_durable(f, now);
        if (!problem)
                problem = check_labels(run, f);
        if (!problem)
                problem = check_signatures(f);
        if (!problem)
                problem = check_vg(f, run->scenario);
        if (problem)
                return problem;
        problem = check_active(run, f, now);
        if (problem)
                return problem;
        if (same(now, run->before))
                return check_next(f, run->scenario, &run->scenario->ask);
        if (same(now, run->after))
                return check_next(f, run->scenario, &run->scenario->then);

        return "metadata is neither the old nor the new (S7)";
}

static void dump(const FakeWorld *f) {
        for (size_t i = 0; i < f->n_nodes; i++)
                printf("    %s %s%s%s\n      live %s\n      inactive %s\n", f->nodes[i].name, f->nodes[i].uuid,
                       f->nodes[i].suspended ? " SUSPENDED" : "", f->nodes[i].guarded ? " ro" : "",
                       f->nodes[i].live ?: "-", f->nodes[i].inactive ?: "-");
}

/* Takes the machine. */
static void judge(Run *run, FakeWorld *f, const char *problem) {
        _cleanup_(fake_world_freep) FakeWorld *mine = f;

        run->n_states++;
        fake_world_restart(mine);
        problem = problem ?: check(run, mine);
        if (!problem)
                return;
        if (!run->failed || getenv("CRASH_VERBOSE")) {
                printf("  %s, %s: %s\n", run->scenario->name, run->trail, problem);
                dump(mine);
        }
        run->failed = true;
}

/* Ways to be stopped --------------------------------------------------------------------------------------------- */

/* A new process after a kill, or a boot after a power cut. */
static int come_back(FakeWorld *f, const Scenario *s, bool booted) {
        bool recovered;
        int r;

        r = recover(f, s);
        if (r != 0 || !booted)
                return r;

        return operate(f, s, &(Ask) { .verb = VERB_VG_ACTIVATE }, &recovered);
}

/* The VG in hand may not exist (any more), and then there is nothing to recover. */
static const char *recovery_problem(FakeWorld *f, int r) {
        _cleanup_free_ char *now = NULL;

        if (r == 0)
                return NULL;
        fake_world_restart(f);
        now = describe(f);
        return now ? "the recovery failed" : NULL;
}

static void stop_recovery(Run *run, const FakeWorld *crashed, bool booted, size_t at) {
        _cleanup_(fake_world_freep) FakeWorld *f = fake_world_clone(crashed);
        size_t length = strlen(run->trail);
        int r;

        f->kill_at = at;
        (void) come_back(f, run->scenario, booted);
        for (int power = 0; power < 2; power++) {
                FakeWorld *again = fake_world_clone(f);

                (void) snprintf(run->trail + length, sizeof(run->trail) - length, ", %s at %zu of the recovery",
                                power ? "power lost" : "killed", at);
                if (power)
                        fake_world_power_cut(again, 0);
                fake_world_restart(again);
                r = come_back(again, run->scenario, booted || power);
                run->booted = booted || power;
                judge(run, again, recovery_problem(again, r));
        }
        run->trail[length] = '\0';
}

/* crashed is borrowed. */
static void aftermath(Run *run, const FakeWorld *crashed, bool booted, bool again) {
        FakeWorld *f = fake_world_clone(crashed);
        size_t n;
        int r;

        r = come_back(f, run->scenario, booted);
        n = f->n_primitives;
        run->booted = booted;
        judge(run, f, recovery_problem(f, r));
        for (size_t at = 1; again && !arg_shallow && (!run->scenario->shallow || getenv("RAIDD_CRASH_ALL")) && at <= n; at++)
                stop_recovery(run, crashed, booted, at);
}

static void stop_by_kill(Run *run, const FakeWorld *base, size_t at) {
        _cleanup_(fake_world_freep) FakeWorld *f = fake_world_clone(base);
        bool recovered;

        run->faulty = false;
        f->kill_at = at;
        (void) operate(f, run->scenario, &run->scenario->ask, &recovered);
        fake_world_restart(f);
        (void) snprintf(run->trail, sizeof(run->trail), "killed at %zu", at);
        aftermath(run, f, false, true);

        for (size_t subset = 0; subset < fake_world_n_subsets(f); subset++) {
                _cleanup_(fake_world_freep) FakeWorld *dark = fake_world_clone(f);

                fake_world_power_cut(dark, subset);
                (void) snprintf(run->trail, sizeof(run->trail), "power lost at %zu, subset %zu", at, subset);
                aftermath(run, dark, true, subset == 0);
        }
}

static void stop_by_failure(Run *run, const FakeWorld *base, size_t at, int error) {
        FakeWorld *f = fake_world_clone(base);
        bool recovered = false;
        int r;

        run->booted = false;
        f->fail_at = at;
        f->fail_errno = error;
        run->faulty = true;
        r = operate(f, run->scenario, &run->scenario->ask, &recovered);
        f->fail_at = 0;
        (void) snprintf(run->trail, sizeof(run->trail), "%s at %zu (%d)", strerrorname_np(error), at, r);
        /* A device that could not be read counts as missing: an area may be behind, a leg be an error target. And what
         * could not be put right by the executor, the daemon has put right. */
        if (r == 0 || !recovered || f->n_intents > 0) {
                fake_world_restart(f);
                r = come_back(f, run->scenario, false);
                if (r == 0 && run->scenario->ask.verb == VERB_VG_ACTIVATE)
                        r = operate(f, run->scenario, &run->scenario->ask, &recovered); /* the device is back */
                judge(run, f, recovery_problem(f, r));
        } else
                judge(run, f, NULL);
}

/* Scenarios ------------------------------------------------------------------------------------------------------ */

#define VG_CREATE { .verb = VERB_VG_CREATE, .name = "vg0" }
#define CREATE(n) { .verb = VERB_CREATE, .name = "data", .size = 256 << 10, .images = (n) }
#define CREATE_PLAIN { .verb = VERB_CREATE, .name = "plain", .size = 64 << 10 }
#define CREATE_OTHER(n) { .verb = VERB_CREATE, .name = "other", .size = 64 << 10, .images = (n) }
#define TRACK(n) { .verb = VERB_SPLIT_TRACKED, .lv = "data", .slot = (n) }
#define MERGE { .verb = VERB_MERGE, .lv = "data" }
#define SPLIT(n) { .verb = VERB_SPLIT, .lv = "data", .name = "new", .slot = (n) }
#define SPLIT_SEVERAL(n, set) { .verb = VERB_SPLIT, .lv = "data", .name = "new", .images = (n), .slots = (set) }
#define REMOVE(v) { .verb = VERB_REMOVE, .lv = (v) }
#define VG_CREATE_ON(n) { .verb = VERB_VG_CREATE, .name = "vg0", .slot = (n) }
#define VG_EXTEND(n) { .verb = VERB_VG_EXTEND, .slot = (n) }
#define VG_RENAME(n) { .verb = VERB_VG_RENAME, .name = (n) }
#define RENAME(v, n) { .verb = VERB_RENAME, .lv = (v), .name = (n) }
#define RESIZE(v, extents) { .verb = VERB_RESIZE, .lv = (v), .size = (extents) * (64 << 10) }
#define ADD_IMAGES(v, n) { .verb = VERB_ADD_IMAGES, .lv = (v), .images = (n) }
#define REMOVE_IMAGES(n, image) { .verb = VERB_REMOVE_IMAGES, .lv = "data", .images = (n), .slot = (image) }
#define FINISH_REPLACE { .verb = VERB_FINISH_REPLACE, .lv = "data" }
#define ACTIVATE(v) { .verb = VERB_ACTIVATE, .lv = (v) }
#define DEACTIVATE(v) { .verb = VERB_DEACTIVATE, .lv = (v) }

static const Scenario scenarios[] = {
        { "vg-create", "", {}, 0, VG_CREATE, CREATE(2), 3 },
        { "vg-create, wiping", "", {}, 0, VG_CREATE, CREATE(2), 2, .dirty = true },
        { "vg-remove", "", { VG_CREATE }, 1, { .verb = VERB_VG_REMOVE }, VG_CREATE, 3 },
        { "create linear", "", { VG_CREATE }, 1, CREATE(0), REMOVE("data"), 2 },
        { "create on one device", "", { VG_CREATE }, 1, CREATE(0), REMOVE("data"), 1 },
        { "create raid1", "", { VG_CREATE, CREATE_PLAIN }, 2, CREATE(3), TRACK(0), 3 },
        { "create raid1 (-real)", "-real", { VG_CREATE }, 1, CREATE(2), TRACK(1), 2 },
        { "split tracked 0 of 3", "", { VG_CREATE, CREATE(3) }, 2, TRACK(0), MERGE, 3 },
        { "split tracked 2 of 3", "", { VG_CREATE, CREATE(3), CREATE_PLAIN }, 3, TRACK(2), MERGE, 3 },
        { "split tracked 1 of 2", "", { VG_CREATE, CREATE(2) }, 2, TRACK(1), SPLIT(0), 2 },
        { "split tracked 0 of 2 (-real)", "-real", { VG_CREATE, CREATE(2) }, 2, TRACK(0), MERGE, 2 },
        { "split tracked of two volumes", "", { VG_CREATE, CREATE(2), CREATE_OTHER(2) }, 3, { .verb = VERB_SPLIT_GROUP }, MERGE, 2 },
        { "merge 0 of 3", "", { VG_CREATE, CREATE(3), TRACK(0) }, 3, MERGE, TRACK(1), 3 },
        { "merge 2 of 3", "", { VG_CREATE, CREATE(3), TRACK(2) }, 3, MERGE, TRACK(2), 3 },
        { "merge 1 of 2, written", "", { VG_CREATE, CREATE(2), TRACK(1) }, 3,
          { .verb = VERB_MERGE, .lv = "data_rimage_1", .written = true }, TRACK(1), 2 },
        { "merge 1 of 2, image inactive", "", { VG_CREATE, CREATE(2), TRACK(1), DEACTIVATE("data_rimage_1") }, 4, MERGE,
          TRACK(0), 2 },
        { "merge 1 of 3 (-real)", "-real", { VG_CREATE, CREATE(3), TRACK(1) }, 3, MERGE, TRACK(1), 3 },
        { "split 1 of 3", "", { VG_CREATE, CREATE(3) }, 2, SPLIT(2), REMOVE("new"), 3 },
        { "split 0 of 3", "", { VG_CREATE, CREATE(3) }, 2, SPLIT(1), TRACK(0), 3 },
        { "split 2 of 3 (-real)", "-real", { VG_CREATE, CREATE(3) }, 2, SPLIT(3), REMOVE("new"), 3 },
        { "split 0 of 2", "", { VG_CREATE, CREATE(2) }, 2, SPLIT(1), REMOVE("data"), 2 },
        { "split 1 of 2 (-real)", "-real", { VG_CREATE, CREATE(2) }, 2, SPLIT(2), REMOVE("data"), 2 },
        { "split tracked image 1 of 3 for good", "", { VG_CREATE, CREATE(3), TRACK(1) }, 3, SPLIT(0), TRACK(0), 3 },
        { "split tracked image 0 of 2 for good", "", { VG_CREATE, CREATE(2), TRACK(0) }, 3, SPLIT(0), REMOVE("new"), 2 },
        { "split tracked image 1 of 2 for good (-real)", "-real", { VG_CREATE, CREATE(2), TRACK(1) }, 3, SPLIT(0),
          REMOVE("new"), 2 },
        { "split 2 of 4", "", { VG_CREATE, CREATE(4) }, 2, SPLIT_SEVERAL(2, 0), REMOVE("new"), 4 },
        { "split 0 and 2 of 4 (-real)", "-real", { VG_CREATE, CREATE(4) }, 2, SPLIT_SEVERAL(0, 5), REMOVE("data"), 4, true },
        { "split 2 of 3, one left", "", { VG_CREATE, CREATE(3) }, 2, SPLIT_SEVERAL(2, 0), REMOVE("new"), 3 },
        { "remove", "", { VG_CREATE, CREATE(2), CREATE_PLAIN }, 3, REMOVE("data"), CREATE(2), 2 },
        { "remove while tracking", "", { VG_CREATE, CREATE(3), TRACK(2) }, 3, REMOVE("data"), CREATE(3), 3 },
        { "check", "", { VG_CREATE, CREATE(2) }, 2, { .verb = VERB_SCRUB, .lv = "data", .name = "check" }, TRACK(0), 2 },
        { "vg-extend", "", { VG_CREATE_ON(2), CREATE(2) }, 2, VG_EXTEND(2), REMOVE("data"), 3 },
        { "vg-extend, wiping", "", { VG_CREATE_ON(1), CREATE_PLAIN }, 2, VG_EXTEND(1), REMOVE("plain"), 3, .dirty = true },
        { "vg-reduce", "", { VG_CREATE, CREATE(2) }, 2, { .verb = VERB_VG_REDUCE }, VG_EXTEND(2), 3 },
        { "vg-rename", "", { VG_CREATE, CREATE(2), CREATE_PLAIN }, 3, VG_RENAME("vg1"), VG_RENAME("vg0"), 2 },
        { "rename", "", { VG_CREATE, CREATE(2), CREATE_PLAIN }, 3, RENAME("data", "new"), RENAME("new", "data"), 2 },
        { "rename linear (-real)", "-real", { VG_CREATE, CREATE_PLAIN }, 2, RENAME("plain", "new"), REMOVE("new"), 2, .shallow = true },
        { "grow", "", { VG_CREATE, CREATE(2), CREATE_PLAIN }, 3, RESIZE("data", 5), TRACK(0), 2 },
        { "grow, and the bitmap with it", "", { { .verb = VERB_VG_CREATE, .name = "vg0", .unit = 1 << 10 },
          { .verb = VERB_CREATE, .name = "data", .size = 1 << 20, .images = 2, .unit = 4 << 10 } }, 2,
          { .verb = VERB_RESIZE, .lv = "data", .size = 34 << 20 }, TRACK(0), 2, .large = true, .shallow = true },
        { "grow linear", "", { VG_CREATE, CREATE_PLAIN, CREATE(2) }, 3, RESIZE("plain", 5), REMOVE("plain"), 2, .shallow = true },
        { "grow what is off", "", { VG_CREATE, CREATE_PLAIN, DEACTIVATE("plain") }, 3, RESIZE("plain", 4), ACTIVATE("plain"), 2, .shallow = true },
        { "shrink", "", { VG_CREATE, CREATE(2) }, 2, RESIZE("data", 1), RESIZE("data", 3), 2 },
        { "shrink linear (-real)", "-real", { VG_CREATE, CREATE_PLAIN, RESIZE("plain", 3) }, 3, RESIZE("plain", 1), RESIZE("plain", 2), 2, .shallow = true },
        { "refresh", "", { VG_CREATE, CREATE(2), TRACK(1) }, 3, { .verb = VERB_REFRESH, .lv = "data" }, MERGE, 2, .shallow = true },
        { "limit resyncs", "", { VG_CREATE, CREATE(2) }, 2, { .verb = VERB_SET_SYNC_RATE, .lv = "data" }, TRACK(0), 2, .shallow = true },
        { "add an image", "", { VG_CREATE, CREATE(2) }, 2, ADD_IMAGES("data", 1), TRACK(0), 3, .shallow = true },
        { "linear to raid1", "", { VG_CREATE, CREATE_PLAIN }, 2, ADD_IMAGES("plain", 1), REMOVE("plain"), 2 },
        { "linear to raid1 of three (-real)", "-real", { VG_CREATE, CREATE_PLAIN }, 2, ADD_IMAGES("plain", 2), REMOVE("plain"), 3, .shallow = true },
        { "remove image 0 of 3", "", { VG_CREATE, CREATE(3) }, 2, REMOVE_IMAGES(0, 1), TRACK(0), 3 },
        { "remove two images of 3", "", { VG_CREATE, CREATE(3) }, 2, REMOVE_IMAGES(2, 0), ADD_IMAGES("data", 1), 3, .shallow = true },
        { "raid1 to linear (-real)", "-real", { VG_CREATE, CREATE(2) }, 2, REMOVE_IMAGES(0, 2), REMOVE("data"), 2, .shallow = true },
        { "replace an image", "", { VG_CREATE, CREATE(2) }, 2, { .verb = VERB_REPLACE_IMAGE, .lv = "data", .slot = 0 }, FINISH_REPLACE, 3, .shallow = true },
        { "finish a replacement", "", { VG_CREATE, CREATE(2), { .verb = VERB_REPLACE_IMAGE, .lv = "data", .slot = 0 } }, 3,
          FINISH_REPLACE, TRACK(0), 3, .shallow = true },
        { "deactivate", "", { VG_CREATE, CREATE(2) }, 2, DEACTIVATE("data"), DEACTIVATE("data"), 2 },
        { "deactivate image", "", { VG_CREATE, CREATE(2), TRACK(0) }, 3, DEACTIVATE("data_rimage_0"), MERGE, 2 },
        { "activate", "", { VG_CREATE, CREATE(2), DEACTIVATE("data") }, 3, ACTIVATE("data"), ACTIVATE("data"), 2 },
        { "activate while tracking", "", { VG_CREATE, CREATE(2), TRACK(1), DEACTIVATE("data") }, 4, ACTIVATE("data"),
          ACTIVATE("data"), 2 },
        { "activate image", "", { VG_CREATE, CREATE(2), TRACK(1), DEACTIVATE("data_rimage_1") }, 4,
          ACTIVATE("data_rimage_1"), ACTIVATE("data_rimage_1"), 2 },
        { "activate all", "", { VG_CREATE, CREATE(3), TRACK(1), { .verb = VERB_VG_DEACTIVATE } }, 4,
          { .verb = VERB_VG_ACTIVATE }, { .verb = VERB_VG_ACTIVATE }, 3 },
        { "deactivate all", "", { VG_CREATE, CREATE(3), TRACK(1) }, 3, { .verb = VERB_VG_DEACTIVATE },
          { .verb = VERB_VG_DEACTIVATE }, 3 },
};

/* The state in which the verb begins. */
static FakeWorld *set_up(const Scenario *s) {
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

        fake_world_restart(f);
        return f;
}

static size_t run_undisturbed(Run *run, const FakeWorld *base) {
        FakeWorld *f = fake_world_clone(base);
        bool recovered;
        size_t n;
        int r;

        r = operate(f, run->scenario, &run->scenario->ask, &recovered);
        n = f->n_primitives;
        fake_world_restart(f);
        run->after = describe(f);
        run->nodes_after = describe_nodes(f);
        (void) snprintf(run->trail, sizeof(run->trail), "undisturbed (%d)", r);
        judge(run, f, r == 0 ? NULL : "the operation failed");
        return n;
}

static bool run_scenario(const Scenario *s, size_t *n_states) {
        static const int errors[] = { EIO, ENOMEM, EBUSY };
        _cleanup_(fake_world_freep) FakeWorld *base = set_up(s);
        Run run = { .scenario = s };
        size_t n;

        if (!base)
                return false;
        run.before = describe(base);
        run.nodes_before = describe_nodes(base);
        fake_world_restart(base);
        n = run_undisturbed(&run, base);
        for (size_t at = 1; at <= n && !run.failed; at++) {
                stop_by_kill(&run, base, at);
                for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                        stop_by_failure(&run, base, at, errors[i]);
        }

        printf("%s %s: %zu primitives, %zu states\n", run.failed ? "FAIL" : "ok  ", s->name, n, run.n_states);
        *n_states += run.n_states;
        free(run.before);
        free(run.after);
        free(run.nodes_before);
        free(run.nodes_after);
        return !run.failed;
}

/* Evidence that does not keep still -------------------------------------------------------------------------------- */

static const char *live_table(FakeWorld *f) {
        const FakeNode *node = fake_world_node(f, "vg0-data");

        return node && node->live ? node->live : "";
}

/* A merge whose table was read while md wrote superblocks: a few times is repeated, always is given up, with nothing changed; behind the
 * commit, where recovery finds it, the image is copied whole. */
static const char *merge_restless(unsigned loads) {
        static const Scenario s = { "restless", "", { VG_CREATE, CREATE(2), TRACK(1) }, 3, MERGE, TRACK(0), 2 };
        _cleanup_(fake_world_freep) FakeWorld *f = set_up(&s);
        _cleanup_free_ char *before = f ? describe(f) : NULL, *after = NULL;
        bool recovered = false;
        int r;

        if (!f)
                return "no volume to merge";
        f->restless = loads;
        r = operate(f, &s, &s.ask, &recovered);
        f->restless = 0;
        after = describe(f);
        if (loads < 5)
                return r == 0 && !strstr(live_table(f), " - ") ? check_vg(f, &s) : "a merge is given up too early";
        if (r != -EAGAIN || !recovered || !same(before, after))
                return "a merge without evidence was not given up, or left something";
        return check_vg(f, &s);
}

static const char *recover_restless(void) {
        static const Scenario s = { "restless", "", { VG_CREATE, CREATE(2), TRACK(1) }, 3, MERGE, TRACK(0), 2 };

        for (size_t at = 1;; at++) {
                _cleanup_(fake_world_freep) FakeWorld *f = set_up(&s);
                _cleanup_free_ char *before = f ? describe(f) : NULL, *after = NULL;
                bool recovered;

                if (!f)
                        return "no volume to merge";
                fake_world_restart(f); /* looking counts, too */
                f->kill_at = at;
                if (operate(f, &s, &s.ask, &recovered) == 0)
                        return "no kill was between commit and resume";
                fake_world_restart(f);
                after = describe(f);
                if (same(before, after) || !strstr(live_table(f), " - "))
                        continue;
                f->restless = 100;
                if (recover(f, &s) != 0)
                        return "the recovery failed";
                return strstr(live_table(f), " rebuild 1 ") ? NULL : "recovery let an image return without evidence (S1)";
        }
}

/* The power goes behind the commit of a merge, and leaves a bitmap that md would not believe. */
static const char *boot_with_old_bitmap(bool old) {
        static const Scenario s = { "old bitmap", "", { VG_CREATE, CREATE(2), TRACK(1) }, 3, MERGE, TRACK(0), 2 };

        for (size_t at = 1;; at++) {
                _cleanup_(fake_world_freep) FakeWorld *f = set_up(&s);
                _cleanup_free_ char *before = f ? describe(f) : NULL, *after = NULL;
                bool recovered, rebuilds;

                if (!f)
                        return "no volume to merge";
                fake_world_restart(f);
                f->kill_at = at;
                if (operate(f, &s, &s.ask, &recovered) == 0)
                        return "no kill was between commit and resume";
                fake_world_restart(f);
                after = describe(f);
                if (same(before, after) || !strstr(live_table(f), " - "))
                        continue;
                fake_world_settle(f);
                if (old)
                        fake_dm_age_bitmap(f, "vg0-data_rmeta_0");
                fake_world_power_cut(f, 0);
                fake_world_restart(f);
                if (come_back(f, &s, true) != 0)
                        return "the volume does not come back";
                rebuilds = strstr(live_table(f), " rebuild 1 ") != NULL;
                return rebuilds == old ? NULL : old ? "an image returned by a bitmap that md does not believe (S1)" : "an image was copied for nothing";
        }
}

static bool run_restless(void) {
        const char *problem = merge_restless(2) ?: merge_restless(100) ?: recover_restless() ?: boot_with_old_bitmap(false) ?: boot_with_old_bitmap(true);

        printf("%s evidence that does not keep still%s%s\n", problem ? "FAIL" : "ok  ", problem ? ": " : "", problem ?: "");
        return !problem;
}

/* Without arguments everything. --shallow: the recovery is not stopped in its turn. --part=K/N: every N-th
 * scenario from the K-th. A word: the scenarios with it in their name. */
int main(int argc, char **argv) {
        size_t n_states = 0, n_failed = 0, part = 1, n_parts = 1;
        const char *word = "";

        for (int i = 1; i < argc; i++)
                if (strcmp(argv[i], "--shallow") == 0)
                        arg_shallow = true;
                else if (sscanf(argv[i], "--part=%zu/%zu", &part, &n_parts) != 2)
                        word = argv[i];
        log_set_level(getenv("CRASH_VERBOSE") ? LOG_DEBUG : LOG_EMERG);

        for (size_t i = 0; i < ELEMENTSOF(scenarios); i++) {
                if (!strstr(scenarios[i].name, word) || i % n_parts != part - 1)
                        continue;
                n_failed += !run_scenario(&scenarios[i], &n_states);
                (void) fflush(stdout);
        }

        if (part == 1 && strstr("restless", word))
                n_failed += !run_restless();
        printf("%zu states, %zu scenarios failed\n", n_states, n_failed);
        return n_failed > 0;
}
