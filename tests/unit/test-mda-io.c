/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The metadata areas of two PVs that lvm2 2.03.16 wrote (data/pv: the first 12 KiB of each), as sparse files. */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/vg-export.h"
#include "model/vg-import.h"
#include "test.h"
#include "world/linux.h"
#include "world/mda-io.h"
#include "world/scan.h"

#define PV_BYTES (64 << 20)
#define HEADER_OFFSET 4096
#define COMMITTED_OFFSET (HEADER_OFFSET + 40)
#define PRECOMMITTED_OFFSET (HEADER_OFFSET + 64)

typedef struct Fixture {
        char dir[64], paths[2][96];
        World *w;
        MdaSet *areas;
        Uuid vg;
} Fixture;

static void copy_head(const char *name, const char *to) {
        static char head[12288];
        const char *data = getenv("TEST_DATA");
        char from[512];
        FILE *f;

        snprintf(from, sizeof(from), "%s/pv/%s", data ? data : "tests/data", name);
        f = fopen(from, "re");
        ASSERT_NOT_NULL(f);
        ASSERT_EQ(fread(head, 1, sizeof(head), f), sizeof(head));
        fclose(f);
        f = fopen(to, "we");
        ASSERT_NOT_NULL(f);
        ASSERT_EQ(fwrite(head, 1, sizeof(head), f), sizeof(head));
        fclose(f);
        ASSERT_OK(truncate(to, PV_BYTES));
}

static void fixture_open(Fixture *f) {
        char *paths[] = { f->paths[0], f->paths[1] };

        ASSERT_OK(linux_world_new(&f->vg, paths, 2, &f->w));
        ASSERT_EQ(f->w->n_devices, 2);
}

static void fixture_reopen(Fixture *f) {
        mda_set_free(f->areas);
        linux_world_free(f->w);
        fixture_open(f);
        ASSERT_OK(mda_set_open(f->w, &f->vg, &f->areas));
}

static Fixture fixture_new(void) {
        Fixture f = { .dir = "/var/tmp/raidd-test.XXXXXX" };
        PvProbe probe;
        VolumeGroup *vg;

        ASSERT_NOT_NULL(mkdtemp(f.dir));
        for (int i = 0; i < 2; i++) {
                char name[32];

                snprintf(name, sizeof(name), "lvm2-vgx-%d.head", i);
                snprintf(f.paths[i], sizeof(f.paths[i]), "%s/pv%d", f.dir, i);
                copy_head(name, f.paths[i]);
        }
        fixture_open(&f);
        ASSERT_OK(pv_probe(f.w, 0, &probe));
        ASSERT_TRUE(probe.used);
        ASSERT_OK(vg_import(probe.text, strlen(probe.text), &vg));
        f.vg = vg->id;
        vg_free(vg);
        pv_probe_done(&probe);
        ASSERT_OK(mda_set_open(f.w, &f.vg, &f.areas));
        return f;
}

static void fixture_done(Fixture *f) {
        mda_set_free(f->areas);
        linux_world_free(f->w);
        for (int i = 0; i < 2; i++)
                unlink(f->paths[i]);
        rmdir(f->dir);
}

/* The next text: the same VG, one number higher. */
static char *next_text(const Fixture *f) {
        VolumeGroup *vg;
        char *text;
        size_t n;

        ASSERT_OK(vg_import(mda_set_text(f->areas), strlen(mda_set_text(f->areas)), &vg));
        vg->seqno = mda_set_seqno(f->areas) + 1;
        ASSERT_OK(vg_export(vg, NULL, &text, &n));
        vg_free(vg);
        return text;
}

static void commit_next(Fixture *f) {
        char *text = next_text(f);

        ASSERT_OK(mda_set_write(f->areas, text));
        ASSERT_OK(mda_set_precommit(f->areas));
        ASSERT_OK(mda_set_commit(f->areas));
        mda_set_collect(f->areas);
        free(text);
}

static uint64_t field(const char *path, off_t offset) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        uint64_t value;

        ASSERT_TRUE(fd >= 0);
        ASSERT_EQ(pread(fd, &value, sizeof(value), offset), sizeof(value));
        close(fd);
        return value;
}

static void damage(const char *path, off_t offset) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        ASSERT_TRUE(fd >= 0);
        ASSERT_EQ(pwrite(fd, "x", 1, offset), 1);
        close(fd);
}

TEST(reads_what_lvm2_wrote) {
        Fixture f = fixture_new();

        ASSERT_EQ(mda_set_count(f.areas), 2);
        ASSERT_EQ(mda_set_seqno(f.areas), 4);
        ASSERT_NOT_NULL(strstr(mda_set_text(f.areas), "\"t3\""));
        fixture_done(&f);
}

TEST(commits_and_reads_back) {
        Fixture f = fixture_new();
        uint64_t before = field(f.paths[0], COMMITTED_OFFSET);

        commit_next(&f);
        ASSERT_EQ(mda_set_seqno(f.areas), 5);
        ASSERT_TRUE(field(f.paths[0], COMMITTED_OFFSET) > before);
        ASSERT_EQ(field(f.paths[0], COMMITTED_OFFSET) % 512, 0);
        ASSERT_EQ(field(f.paths[1], PRECOMMITTED_OFFSET), 0);
        fixture_reopen(&f);
        ASSERT_EQ(mda_set_seqno(f.areas), 5);
        fixture_done(&f);
}

TEST(precommit_changes_nothing_for_readers) {
        Fixture f = fixture_new();
        char *text = next_text(&f);

        ASSERT_OK(mda_set_write(f.areas, text));
        ASSERT_OK(mda_set_precommit(f.areas));
        ASSERT_TRUE(field(f.paths[0], PRECOMMITTED_OFFSET) != 0);
        fixture_reopen(&f);
        ASSERT_EQ(mda_set_seqno(f.areas), 4);
        /* The worker died here: healing empties slot 1. */
        ASSERT_OK(mda_set_heal(f.areas));
        ASSERT_EQ(field(f.paths[0], PRECOMMITTED_OFFSET), 0);
        ASSERT_EQ(field(f.paths[1], PRECOMMITTED_OFFSET), 0);
        free(text);
        fixture_done(&f);
}

TEST(goes_round_the_ring) {
        Fixture f = fixture_new();

        /* Some 1.5 KiB each: more than once round 1 MiB. */
        for (unsigned i = 0; i < 700; i++)
                commit_next(&f);
        fixture_reopen(&f);
        ASSERT_EQ(mda_set_seqno(f.areas), 704);
        fixture_done(&f);
}

TEST(newest_wins_and_heals_the_other) {
        Fixture f = fixture_new();
        char *only[] = { f.paths[0] };

        /* As if the second PV had been away. */
        mda_set_free(f.areas);
        linux_world_free(f.w);
        ASSERT_OK(linux_world_new(&f.vg, only, 1, &f.w));
        ASSERT_OK(mda_set_open(f.w, &f.vg, &f.areas));
        commit_next(&f);

        fixture_reopen(&f);
        ASSERT_EQ(mda_set_seqno(f.areas), 5);
        ASSERT_OK(mda_set_heal(f.areas));
        damage(f.paths[0], HEADER_OFFSET);
        fixture_reopen(&f);
        ASSERT_EQ(mda_set_count(f.areas), 1);
        ASSERT_EQ(mda_set_seqno(f.areas), 5);
        fixture_done(&f);
}

/* Commits on one PV alone, as if the other had been away. */
static void commit_on(Fixture *f, int pv, bool says_missing) {
        char *only[] = { f->paths[pv] }, *text;
        VolumeGroup *vg;
        size_t n;

        mda_set_free(f->areas);
        linux_world_free(f->w);
        ASSERT_OK(linux_world_new(&f->vg, only, 1, &f->w));
        ASSERT_OK(mda_set_open(f->w, &f->vg, &f->areas));
        ASSERT_OK(vg_import(mda_set_text(f->areas), strlen(mda_set_text(f->areas)), &vg));
        vg->seqno++;
        for (size_t i = 0; i < vg->n_pvs; i++)
                if (says_missing && !uuid_equal(&vg->pvs[i]->id, &f->w->devices[0].pv)) {
                        vg->pvs[i]->flags |= PV_MISSING;
                        vg->pvs[i]->dirty = true;
                }
        ASSERT_OK(vg_export(vg, NULL, &text, &n));
        vg_free(vg);
        ASSERT_OK(mda_set_write(f->areas, text));
        ASSERT_OK(mda_set_precommit(f->areas));
        ASSERT_OK(mda_set_commit(f->areas));
        mda_set_collect(f->areas);
        free(text);
}

/* A crash between two areas left a text on one PV; that was away when the recovery looked, and what was committed next has the same number. The
 * text that calls the other one's PV missing is the later one, whichever is found first. */
TEST(same_number_twice) {
        for (int later = 0; later < 2; later++) {
                Fixture f = fixture_new();
                Uuid pvs[] = { f.w->devices[0].pv, f.w->devices[1].pv };
                VolumeGroup *vg;

                commit_on(&f, !later, false);
                commit_on(&f, later, true);
                for (int healed = 0; healed < 2; healed++) {
                        fixture_reopen(&f);
                        ASSERT_EQ(mda_set_seqno(f.areas), 5);
                        ASSERT_OK(vg_import(mda_set_text(f.areas), strlen(mda_set_text(f.areas)), &vg));
                        ASSERT_TRUE(vg_find_pv_by_id(vg, &pvs[!later])->flags & PV_MISSING);
                        ASSERT_TRUE(!(vg_find_pv_by_id(vg, &pvs[later])->flags & PV_MISSING));
                        vg_free(vg);
                        ASSERT_OK(mda_set_heal(f.areas));
                }
                fixture_done(&f);
        }
}

TEST(damaged_text_is_healed) {
        Fixture f = fixture_new();
        off_t text = HEADER_OFFSET + (off_t) field(f.paths[1], COMMITTED_OFFSET);

        damage(f.paths[1], text + 40);
        fixture_reopen(&f);
        ASSERT_EQ(mda_set_count(f.areas), 2);
        ASSERT_OK(mda_set_heal(f.areas));
        damage(f.paths[0], HEADER_OFFSET);
        fixture_reopen(&f);
        ASSERT_EQ(mda_set_seqno(f.areas), 4);
        fixture_done(&f);
}

TEST(removes) {
        Fixture f = fixture_new();
        PvProbe probe;

        ASSERT_OK(mda_set_remove(f.areas));
        ASSERT_NULL(mda_set_text(f.areas));
        ASSERT_OK(mda_set_label_clear(f.areas, 0));
        ASSERT_OK(pv_probe(f.w, 0, &probe));
        ASSERT_FALSE(probe.used);
        ASSERT_NULL(probe.text);
        pv_probe_done(&probe);
        fixture_done(&f);
}

TEST(makes_new_pvs) {
        Fixture f = fixture_new();
        char *text = next_text(&f);
        VolumeGroup *vg;

        ASSERT_OK(vg_import(text, strlen(text), &vg));
        mda_set_free(f.areas);
        ASSERT_OK(mda_set_open(f.w, NULL, &f.areas));
        for (size_t i = 0; i < 2; i++)
                ASSERT_OK(mda_set_label_write(f.areas, i, &vg->pvs[i]->id, 2048));
        ASSERT_OK(mda_set_write(f.areas, text));
        ASSERT_OK(mda_set_precommit(f.areas));
        ASSERT_OK(mda_set_commit(f.areas));
        fixture_reopen(&f);
        ASSERT_STREQ(mda_set_text(f.areas), text);
        vg_free(vg);
        free(text);
        fixture_done(&f);
}

/* What a disk can make the daemon keep is limited; a group that is not shown is not taken for free disks. */
TEST(texts_have_a_limit) {
        Fixture f = fixture_new();
        char *paths[] = { f.paths[0], f.paths[1], NULL };
        size_t n = strlen(mda_set_text(f.areas));
        Scan *s;

        ASSERT_OK(scan_run_within(paths, n, &s));
        ASSERT_EQ(s->n_vgs, 1);
        ASSERT_EQ(s->vgs[0].n_pvs, 2);
        ASSERT_EQ(s->n_orphans, 0);
        ASSERT_TRUE(scan_has_name(s, "vgx") && !scan_has_name(s, "vg"));
        scan_free(s);

        ASSERT_OK(scan_run_within(paths, n - 1, &s));
        ASSERT_EQ(s->n_vgs, 0);
        ASSERT_EQ(s->n_orphans, 2);
        ASSERT_TRUE(scan_has_name(s, "vgx") && !scan_has_name(s, "vg")); /* nobody else may take it */
        for (size_t i = 0; i < s->n_orphans; i++)
                ASSERT_STREQ(s->orphans[i].problem, "too-large");
        scan_free(s);
        fixture_done(&f);
}
