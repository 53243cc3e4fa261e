/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/label.h"
#include "model/mda.h"
#include "model/vg-check.h"
#include "plan/converge.h"

static void describe_segment(Buf *b, const Segment *s) {
        if (s->kind == SEGMENT_LINEAR)
                buf_addf(b, " %s:%u+%u", s->linear.pv->key, s->linear.pv_start, s->extents);
        for (size_t i = 0; s->kind == SEGMENT_RAID1 && i < s->raid1.n_images; i++)
                buf_addf(b, " (%s %s)", s->raid1.images[i].meta->name, s->raid1.images[i].data->name);
}

char *describe(FakeWorld *f) {
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

char *describe_nodes(const FakeWorld *f) {
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

/* Slots 0 and 1 of a metadata area, as a reader sees them; checksum: of the text in the areas that were looked at before, or empty. */
static const char *check_area(FakeWorld *f, size_t dev, const DiskArea *area, unsigned char checksum[static 4]) {
        static const unsigned char nothing[16];
        unsigned char header[MDA_HEADER_BYTES];

        if (f->world.ops->read(&f->world, dev, area->offset, header, sizeof(header)) < 0)
                return "cannot read a metadata area";
        if (memcmp(header + 40 + 24, nothing, sizeof(nothing)) != 0)
                return "slot 1 is not empty";
        if (memcmp(checksum, nothing, 4) == 0)
                memcpy(checksum, header + 40 + 16, 4);
        return memcmp(header + 40 + 16, checksum, 4) == 0 ? NULL : "the metadata areas differ";
}

static const char *check_areas(FakeWorld *f, const VolumeGroup *vg) {
        unsigned char checksum[4] = {};
        const char *problem = NULL;

        for (size_t i = 0; i < f->world.n_devices; i++) {
                unsigned char scan[LABEL_SCAN_BYTES];
                PvLabel label;

                if (f->world.ops->read(&f->world, i, 0, scan, sizeof(scan)) < 0)
                        return "cannot read a label";
                if (label_decode(scan, &label) < 0 || !vg_find_pv_by_id(vg, &label.pv))
                        continue;
                for (size_t k = 0; !problem && k < label.n_metadata; k++)
                        problem = check_area(f, i, &label.metadata[k], checksum);
        }
        return problem;
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

const char *check_vg(FakeWorld *f, const Scenario *s) {
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

bool same(const char *a, const char *b) {
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

        if (run->booted || run->blind || (same(now, run->before) && same(nodes, run->nodes_before)) ||
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
        for (size_t i = 0; i < f->world.n_devices && !run->booted && !run->blind; i++) {
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
        bool recovered;

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
        if (run->blind && now && operate(f, run->scenario, &(Ask) { .verb = VERB_VG_ACTIVATE }, &recovered) != 0)
                return "what is not active cannot be activated";
        if (same(now, run->before))
                return check_next(f, run->scenario, &run->scenario->ask);
        if (same(now, run->after) || ((run->booted || run->blind) && same(now, run->after_boot)))
                return check_next(f, run->scenario, &run->scenario->then);

        return "metadata is neither the old nor the new (S7)";
}

static void dump(const FakeWorld *f) {
        for (size_t i = 0; i < f->n_nodes; i++)
                printf("    %s %s%s%s\n      live %s\n      inactive %s\n", f->nodes[i].name, f->nodes[i].uuid,
                       f->nodes[i].suspended ? " SUSPENDED" : "", f->nodes[i].guarded ? " ro" : "",
                       f->nodes[i].live ?: "-", f->nodes[i].inactive ?: "-");
}

bool has_been(Run *run, const FakeWorld *f, Fate fate) {
        uint64_t which = (uint64_t) fate << 3 | (uint64_t) run->blind << 2 | (uint64_t) run->booted << 1 | run->faulty;

        return digest_set_add(&run->seen, (fake_world_digest(f) ^ which << 1) * UINT64_C(0xbf58476d1ce4e5b9));
}

void judge(Run *run, FakeWorld *f, const char *problem) {
        _cleanup_(fake_world_freep) FakeWorld *mine = f;

        run->n_stops++;
        fake_world_restart(mine);
        if (!problem) {
                if (has_been(run, mine, FATE_JUDGED))
                        return;
                problem = check(run, mine);
        }
        run->n_states++;
        if (!problem)
                return;
        if (!run->failed || getenv("CRASH_VERBOSE")) {
                printf("  %s, %s: %s\n", run->scenario->name, run->trail, problem);
                dump(mine);
        }
        run->failed = true;
}
