/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real metadata: what comes in goes out unchanged, and our changes are the ones lvm2 makes. */

#include "test.h"

#include <dirent.h>
#include <errno.h>

#include "base/buf.h"
#include "base/str.h"
#include "model/raid1.h"
#include "model/vg-check.h"
#include "model/vg-edit.h"
#include "model/vg-export.h"
#include "model/vg-import.h"
#include "model/vg-same.h"

static char *data_path(const char *name) {
        char *path;

        ASSERT_TRUE(asprintf(&path, "%s/vg/%s", getenv("TEST_DATA") ?: "tests/data", name) > 0);
        return path;
}

static char *slurp(const char *name, size_t *ret_n) {
        _cleanup_free_ char *path = data_path(name);
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        char *text = calloc(1, 1 << 20);

        if (!f)
                TEST_FAIL("cannot open %s", path);
        *ret_n = fread(text, 1, (1 << 20) - 1, f);
        return text;
}

static VolumeGroup *load(const char *name) {
        _cleanup_free_ char *text = NULL;
        VolumeGroup *vg;
        size_t n;

        text = slurp(name, &n);
        ASSERT_OK(vg_import(text, n, &vg));
        return vg;
}

static void check_round_trip(const char *name) {
        _cleanup_free_ char *text = NULL, *again = NULL;
        _cleanup_(vg_freep) VolumeGroup *vg = NULL, *copy = NULL;
        const char *rule = "";
        size_t n, m;
        int r;

        text = slurp(name, &n);
        r = vg_import(text, n, &vg);
        if (r < 0)
                TEST_FAIL("%s: %s", name, strerror(-r));
        if (vg_check(vg, &rule) < 0)
                TEST_FAIL("%s: %s", name, rule);
        ASSERT_OK(vg_clone(vg, &copy));
        ASSERT_OK(vg_export(copy, NULL, &again, &m));
        ASSERT_EQ(m, strlen(text));
        if (memcmp(text, again, m) != 0)
                TEST_FAIL("%s: not the same after a round trip", name);
}

TEST(round_trip) {
        _cleanup_free_ char *path = data_path("");
        DIR *d = opendir(path);
        size_t n = 0;

        ASSERT_NOT_NULL(d);
        for (struct dirent *e; (e = readdir(d));)
                if (strstr(e->d_name, ".txt")) {
                        check_round_trip(e->d_name);
                        n++;
                }
        closedir(d);
        ASSERT_TRUE(n > 20);
}

/* An LV in comparable form: canonical text, whatever its place in the list. */
static bool same_lv(const VolumeGroup *a, const VolumeGroup *b, const char *name) {
        const LogicalVolume *x = vg_find_lv(a, name), *y = vg_find_lv(b, name);

        return x && y && x->flags == y->flags && uuid_equal(&x->id, &y->id) && x->extents == y->extents &&
               x->n_segments == y->n_segments && x->segments[0]->kind == y->segments[0]->kind;
}

static void expect_like(const VolumeGroup *ours, const char *theirs_name) {
        _cleanup_(vg_freep) VolumeGroup *theirs = load(theirs_name), *reread = NULL;
        _cleanup_free_ char *text = NULL;
        const char *rule = "";
        size_t n;

        if (vg_check(ours, &rule) < 0)
                TEST_FAIL("%s", rule);
        ASSERT_OK(vg_export(ours, NULL, &text, &n));
        ASSERT_OK(vg_import(text, n, &reread));
        ASSERT_EQ(reread->n_lvs, theirs->n_lvs);
        for (size_t i = 0; i < theirs->n_lvs; i++)
                if (!same_lv(reread, theirs, theirs->lvs[i]->name))
                        TEST_FAIL("%s differs from %s in:\n%s", theirs->lvs[i]->name, theirs_name, text);
}

TEST(track_as_lvm2) {
        _cleanup_(vg_freep) VolumeGroup *vg = load("v20316-a_raid1_m2.txt");
        LogicalVolume *lv = vg_find_lv(vg, "lv");

        ASSERT_EQ(lv_tracked_slot(lv), -ENOENT);
        ASSERT_OK(raid1_track(vg, lv, 2));
        ASSERT_EQ(lv_tracked_slot(lv), 2);
        expect_like(vg, "v20316-b_tracked.txt");
}

TEST(untrack_as_lvm2) {
        _cleanup_(vg_freep) VolumeGroup *vg = load("v20316-b_tracked.txt");

        ASSERT_OK(raid1_untrack(vg, vg_find_lv(vg, "lv"), 2));
        expect_like(vg, "v20316-c_merged.txt");
}

/* An image that was not made together with the tracked one may have come after the split, unless the split noted that it was there. */
TEST(who_stayed) {
        _cleanup_(vg_freep) VolumeGroup *vg = load("v20316-a_raid1_m2.txt");
        LogicalVolume *lv = vg_find_lv(vg, "lv"), *first = lv_raid1(lv)->raid1.images[0].data, *last = lv_raid1(lv)->raid1.images[2].data;
        Uuid id = first->id;

        ASSERT_OK(raid1_track(vg, lv, 2));
        ASSERT_TRUE(!last->tags || !last->tags[0]);
        ASSERT_TRUE(raid1_stayed(lv, 2));
        first->creation_time -= 2;
        ASSERT_TRUE(!raid1_stayed(lv, 2));
        first->creation_time += 3;
        ASSERT_TRUE(!raid1_stayed(lv, 2));
        ASSERT_OK(raid1_untrack(vg, lv, 2));

        ASSERT_OK(raid1_track(vg, lv, 2));
        ASSERT_TRUE(raid1_stayed(lv, 2));
        first->id.chars[0] ^= 1;
        ASSERT_TRUE(!raid1_stayed(lv, 2));
        ASSERT_OK(raid1_note_stayed(lv, 2));
        ASSERT_TRUE(raid1_stayed(lv, 2));
        ASSERT_TRUE(last->tags[0] && !last->tags[1]);
        first->id = id;
        ASSERT_TRUE(!raid1_stayed(lv, 2));

        lv_raid1(lv)->raid1.images[1].data->creation_time = ++last->creation_time;
        ASSERT_TRUE(raid1_stayed(lv, 2));
        {
                char foreign[300] = "raidd.stayed."; /* LVM allows 1024 */

                memset(foreign + strlen(foreign), 'x', sizeof(foreign) - strlen(foreign) - 1);
                ASSERT_OK(lv_add_tag(last, foreign));
        }
        ASSERT_OK(raid1_untrack(vg, lv, 2));
        ASSERT_TRUE(!last->tags[0]);
}

TEST(extract_as_lvm2) {
        _cleanup_(vg_freep) VolumeGroup *vg = load("v20316-c_merged.txt");

        ASSERT_OK(raid1_extract(vg, vg_find_lv(vg, "lv"), 2, "new"));
        ASSERT_TRUE(lv_has_tag(vg_find_lv(vg, "lv_rmeta_2_extracted"), TAG_RESIDUAL));
        ASSERT_OK(vg_drop_residuals(vg));
        expect_like(vg, "v20316-d_split_new.txt");
}

TEST(extract_tracked) {
        _cleanup_(vg_freep) VolumeGroup *vg = load("v20316-b_tracked.txt");

        ASSERT_OK(raid1_extract(vg, vg_find_lv(vg, "lv"), 2, "new"));
        ASSERT_OK(vg_drop_residuals(vg));
        expect_like(vg, "v20316-d_split_new.txt");
}

TEST(extract_first_renames_the_others) {
        _cleanup_(vg_freep) VolumeGroup *vg = load("v20316-a_raid1_m2.txt");
        Uuid first = vg_find_lv(vg, "lv_rimage_0")->id, second = vg_find_lv(vg, "lv_rimage_1")->id;
        const char *rule = "";

        ASSERT_OK(raid1_extract(vg, vg_find_lv(vg, "lv"), 0, "new"));
        ASSERT_OK(vg_check(vg, &rule));
        ASSERT_TRUE(uuid_equal(&vg_find_lv(vg, "new")->id, &first));
        ASSERT_TRUE(uuid_equal(&vg_find_lv(vg, "lv_rimage_0")->id, &second));
        ASSERT_NOT_NULL(vg_find_lv(vg, "lv_rmeta_0_extracted"));
        ASSERT_NULL(vg_find_lv(vg, "lv_rimage_2"));
}

TEST(extract_of_several_is_a_mirror) {
        static const unsigned char random[UUID_CHARS] = { 1, 2, 3 };
        _cleanup_(vg_freep) VolumeGroup *vg = load("v20316-a_raid1_m2.txt");
        Uuid first = vg_find_lv(vg, "lv_rimage_0")->id, meta = vg_find_lv(vg, "lv_rmeta_2")->id, stays = vg_find_lv(vg, "lv_rimage_1")->id;
        const Raid1CreateArgs args = { .name = "new", .random = random, .n_random = sizeof(random) };
        LogicalVolume *lv = vg_find_lv(vg, "lv"), *new_lv;
        uint64_t region = lv_raid1(lv)->raid1.region_sectors;
        _cleanup_free_ char *text = NULL;
        const char *rule = "";
        size_t n;

        ASSERT_EQ(raid1_extract_set(vg, lv, 5, &(Raid1CreateArgs) { .name = "new" }, &new_lv), -EINVAL); /* no identifier */
        ASSERT_OK(raid1_extract_set(vg, lv, 5, &args, &new_lv));
        ASSERT_OK(vg_check(vg, &rule));
        ASSERT_EQ(lv_raid1(new_lv)->raid1.n_images, 2);
        ASSERT_EQ(lv_raid1(new_lv)->raid1.region_sectors, region);
        ASSERT_EQ(new_lv->extents, lv->extents);
        ASSERT_TRUE(uuid_equal(&vg_find_lv(vg, "new_rimage_0")->id, &first));
        ASSERT_TRUE(uuid_equal(&vg_find_lv(vg, "new_rmeta_1")->id, &meta));
        ASSERT_FALSE(vg_find_lv(vg, "new_rimage_1")->flags & LV_VISIBLE);
        /* What stays is one: no mirror any more, and its rmeta waits. */
        ASSERT_NULL(lv_raid1(lv));
        ASSERT_NULL(vg_find_lv_by_id(vg, &stays));
        ASSERT_TRUE(lv_has_tag(vg_find_lv(vg, "lv_rmeta_1_extracted"), TAG_RESIDUAL));
        ASSERT_OK(vg_drop_residuals(vg));
        ASSERT_OK(vg_check(vg, &rule));
        ASSERT_OK(vg_export(vg, NULL, &text, &n));
        ASSERT_EQ(vg->n_lvs, 6);
}

TEST(extract_of_two_leaves_a_linear_volume) {
        _cleanup_(vg_freep) VolumeGroup *vg = load("v20316-a_raid1_m2.txt");
        LogicalVolume *lv = vg_find_lv(vg, "lv");
        _cleanup_free_ char *text = NULL;
        const char *rule = "";
        size_t n;

        ASSERT_OK(raid1_extract(vg, lv, 2, "one"));
        ASSERT_OK(raid1_extract(vg, lv, 0, "two"));
        ASSERT_OK(vg_check(vg, &rule));
        ASSERT_NULL(lv_raid1(lv));
        ASSERT_EQ(lv->segments[0]->kind, SEGMENT_LINEAR);
        ASSERT_STREQ(lv->segments[0]->linear.pv->key, "pv1");
        ASSERT_OK(vg_drop_residuals(vg));
        ASSERT_EQ(vg->n_lvs, 3);
        ASSERT_OK(vg_export(vg, NULL, &text, &n));
        check_round_trip("v20316-a_raid1_m2.txt"); /* the original is untouched */
}

TEST(create_as_lvm2) {
        _cleanup_(vg_freep) VolumeGroup *vg = load("v20316-0_vgcreate.txt");
        unsigned char random[UUID_CHARS * 12];
        LogicalVolume *lv;
        const char *rule = "";
        Raid1CreateArgs args = {
                .name = "lv", .extents = 2, .images = 3, .meta_extents = 1, .region_sectors = 4096,
                .now = 1, .host = "vm", .random = random, .n_random = sizeof(random),
        };

        for (size_t i = 0; i < sizeof(random); i++)
                random[i] = (unsigned char) (i * 7 + i / UUID_CHARS);
        ASSERT_OK(raid1_create(vg, &args, &lv));
        ASSERT_OK(vg_check(vg, &rule));
        ASSERT_EQ(vg->n_lvs, 7);
        ASSERT_EQ(vg_find_lv(vg, "lv_rmeta_1")->segments[0]->linear.pv_start, 0);
        ASSERT_EQ(vg_find_lv(vg, "lv_rimage_1")->segments[0]->linear.pv_start, 1);
        ASSERT_STREQ(vg_find_lv(vg, "lv_rimage_2")->segments[0]->linear.pv->key, "pv2");
        args.images = 5; /* four PVs */
        args.name = "other";
        ASSERT_EQ(raid1_create(vg, &args, &lv), -ENOSPC);
}

TEST(nested_sections_are_refused) {
        size_t n = 280000;
        char *text = malloc(n + 1);
        ConfigTree *unused = NULL;
        VolumeGroup *vg = NULL;

        (void) unused;
        for (size_t i = 0; i < n; i += 2)
                memcpy(text + i, "a{", 2);
        text[n] = '\0';
        ASSERT_EQ(vg_import(text, n, &vg), -EBADMSG);
        free(text);
}

/* What is made of, or used by, a segment type that we do not know is nobody's but lvm2's to touch. */
TEST(layers) {
        static const struct {
                const char *file, *lv;
                bool layered;
        } cases[] = {
                { "v20316-types.txt", "lin", true }, /* the origin of snap */
                { "v20316-types.txt", "snap", true },
                { "v20316-types.txt", "striped", true },
                { "v20316-types.txt", "mirror", true },
                { "v20316-types.txt", "mirror_mimage_0", true },
                { "v20316-types.txt", "r5", true },
                { "v20316-types.txt", "r5_rimage_0", true },
                { "v20316-types.txt", "r10_rmeta_1", true },
                { "v20316-types.txt", "pool", true },
                { "v20316-types.txt", "pool_tdata", true },
                { "v20316-types.txt", "thin", true },
                { "v20316-types.txt", "corigin", true },
                { "v20316-types.txt", "corigin_corig", true },
                { "v20316-types.txt", "worigin", true },
                { "v20316-types.txt", "integ", true }, /* a raid1 whose images have integrity */
                { "v20316-types.txt", "integ_rimage_0", true },
                { "v20316-types.txt", "integ_rmeta_0", true },
                { "v20316-types.txt", "zero", true },
                { "v20316-types.txt", "error", false },
                { "made-vdo.txt", "vdo", true },
                { "made-vdo.txt", "vpool_vdata", true },
                { "v20316-b_tracked.txt", "lv", false },
                { "v20316-b_tracked.txt", "lv_rimage_2", false },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(vg_freep) VolumeGroup *vg = load(cases[i].file);
                const LogicalVolume *lv = vg_find_lv(vg, cases[i].lv);

                if (!lv)
                        TEST_FAIL("%s has no %s", cases[i].file, cases[i].lv);
                if (lv_is_layered(vg, lv) != cases[i].layered)
                        TEST_FAIL("%s: %s", cases[i].file, cases[i].lv);
        }
}

/* An empty list of volumes is one too: lvm2 leaves the section out, we may leave it empty. */
TEST(create_where_everything_was_removed) {
        _cleanup_(vg_freep) VolumeGroup *vg = load("v20316-a_raid1_m2.txt"), *empty = NULL, *again = NULL;
        _cleanup_free_ char *text = NULL, *full = NULL;
        unsigned char random[UUID_CHARS * 12];
        Raid1CreateArgs args = {
                .name = "lv", .extents = 2, .images = 3, .meta_extents = 1, .region_sectors = 4096,
                .now = 1, .host = "vm", .random = random, .n_random = sizeof(random),
        };
        LogicalVolume *lv;
        size_t n;

        for (size_t i = 0; i < sizeof(random); i++)
                random[i] = (unsigned char) (i * 7 + i / UUID_CHARS);
        ASSERT_OK(lv_remove(vg, vg_find_lv(vg, "lv")));
        ASSERT_EQ(vg->n_lvs, 0);
        vg->seqno++;
        ASSERT_OK(vg_export(vg, NULL, &text, &n));
        ASSERT_OK(vg_import(text, n, &empty));
        ASSERT_TRUE(vg_same(vg, empty));
        empty->seqno++;
        ASSERT_OK(raid1_create(empty, &args, &lv));
        ASSERT_OK(vg_export(empty, NULL, &full, &n));
        ASSERT_OK(vg_import(full, n, &again));
        ASSERT_TRUE(vg_same(empty, again));
        ASSERT_EQ(again->n_lvs, 7);
}
