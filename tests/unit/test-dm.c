/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The nodes that a volume group asks for, and whether a table of the kernel is the one that was asked for. */

#include "test.h"

#include <errno.h>

#include "planner-fixture.h"

static DmExpected *expect(Fixture *f, const char *suffix, uint64_t rebuild_slots, const char *one, const char *other) {
        DmRebuild rebuild = { fixture_id("data"), rebuild_slots };
        Uuid active[2] = { fixture_id(one) };
        DmTreeArgs args = { .vg = f->vg, .devices = f->devices, .active = active, .n_active = 1, .hidden_suffix = suffix,
                            .rebuilds = &rebuild, .n_rebuilds = 1 };
        DmExpected *e;

        if (other)
                active[args.n_active++] = fixture_id(other);
        ASSERT_OK(dm_tree_expect(&args, &e));
        return e;
}

static const DmWanted *wanted(const DmExpected *e, const char *name) {
        for (size_t i = 0; i < e->n_nodes; i++)
                if (strcmp(e->nodes[i].name, name) == 0)
                        return &e->nodes[i];
        return NULL;
}

TEST(names) {
        _cleanup_free_ char *name = NULL, *longest = NULL;
        char part[DM_NAME_MAX + 1];

        ASSERT_OK(dm_name_build("v-g", "l--v", &name));
        ASSERT_STREQ(name, "v--g-l----v");
        memset(part, 'x', sizeof(part));
        part[DM_NAME_MAX - 2] = '\0';
        ASSERT_OK(dm_name_build("v", part, &longest));
        ASSERT_EQ(strlen(longest), DM_NAME_MAX);
        ASSERT_EQ(dm_name_build("vg", part, &name), -ENAMETOOLONG);
        part[DM_NAME_MAX - 3] = '-'; /* counts twice */
        ASSERT_EQ(dm_name_build("v", part, &name), -ENAMETOOLONG);
}

/* As lvm2 makes them (lvm2-compat 5.1 to 5.6). */
TEST(raid1) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        _cleanup_(dm_expected_freep) DmExpected *e = expect(f, "", 0, "data", NULL);
        const DmWanted *top = wanted(e, "vg0-data"), *image = wanted(e, "vg0-data_rimage_1"), *meta = wanted(e, "vg0-data_rmeta_1");

        ASSERT_EQ(e->n_nodes, 7);
        ASSERT_TRUE(top && image && meta);
        ASSERT_TRUE(top == &e->nodes[6]); /* what it consists of comes first */
        ASSERT_STREQ(meta->table, "0 8192 linear 254:32 2048");
        ASSERT_STREQ(image->table, "0 16384 linear 254:32 10240");
        ASSERT_TRUE(strncmp(top->table, "0 16384 raid raid1 3 0 region_size 4096 3 {LVM-", 46) == 0);
        ASSERT_EQ(top->udev_flags, UDEV_FLAGS_PUBLIC);
        ASSERT_EQ(image->udev_flags, UDEV_FLAGS_HIDDEN);
        ASSERT_FALSE(top->read_only || image->read_only);
        ASSERT_TRUE(strstr(top->table, image->uuid) && strstr(top->table, meta->uuid));
        ASSERT_EQ(strlen(image->uuid), 68);
}

TEST(hidden_uuids_of_newer_lvm2) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        _cleanup_(dm_expected_freep) DmExpected *e = expect(f, "-real", 0, "data", NULL);

        ASSERT_EQ(strlen(wanted(e, "vg0-data")->uuid), 68);
        ASSERT_STREQ(wanted(e, "vg0-data_rimage_0")->uuid + 68, "-real");
        ASSERT_STREQ(wanted(e, "vg0-data_rmeta_0")->uuid + 68, "-real");
}

TEST(tracked_image_stands_alone) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 1 });
        _cleanup_(dm_expected_freep) DmExpected *e = expect(f, "-real", 0, "data", "data_rimage_0");
        const DmWanted *image = wanted(e, "vg0-data_rimage_0");

        ASSERT_EQ(e->n_nodes, 6); /* five of the array, and the image; not its rmeta */
        ASSERT_NOT_NULL(image);
        ASSERT_EQ(strlen(image->uuid), 68); /* a public UUID */
        ASSERT_EQ(image->udev_flags, UDEV_FLAGS_TRACKED);
        ASSERT_TRUE(image->read_only);
        ASSERT_NULL(wanted(e, "vg0-data_rmeta_0"));
        ASSERT_TRUE(strstr(wanted(e, "vg0-data")->table, " 3 - - {LVM-") != NULL);
}

TEST(rebuild) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        _cleanup_(dm_expected_freep) DmExpected *e = expect(f, "", 5, "data", NULL);

        ASSERT_TRUE(strstr(wanted(e, "vg0-data")->table, "raid raid1 7 0 rebuild 0 rebuild 2 region_size 4096 3 ") != NULL);
        fixture_lv(f, "data_rimage_1")->flags |= LV_REBUILD; /* in the metadata */
        e = dm_expected_free(e);
        e = expect(f, "", 0, "data", NULL);
        ASSERT_TRUE(strstr(wanted(e, "vg0-data")->table, "raid raid1 5 0 rebuild 1 region_size 4096 3 ") != NULL);
}

TEST(missing_device_is_an_error) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        _cleanup_(dm_expected_freep) DmExpected *e = NULL;

        free(f->devices[1].path);
        f->devices[1].path = NULL;
        e = expect(f, "", 0, "data", NULL);
        ASSERT_STREQ(wanted(e, "vg0-data_rimage_1")->table, "0 16384 error");
        ASSERT_STREQ(wanted(e, "vg0-data_rmeta_1")->table, "0 8192 error");
}

TEST(read_only_volume) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        _cleanup_(dm_expected_freep) DmExpected *e = NULL;

        fixture_lv(f, "plain")->flags &= ~(unsigned) LV_WRITE;
        e = expect(f, "", 0, "plain", NULL);
        ASSERT_EQ(e->n_nodes, 1);
        ASSERT_TRUE(e->nodes[0].read_only);
}

TEST(an_image_returns) {
        static const char *const whole = "0 8 raid raid1 3 0 region_size 4096 3 {a} {b} {c} {d} {e} {f}";

        ASSERT_EQ(dm_table_returning(whole, "0 8 raid raid1 3 0 region_size 4096 3 1:1 1:2 - - 1:5 1:6"), 1);
        ASSERT_EQ(dm_table_returning(whole, "0 8 raid raid1 3 0 region_size 4096 3 - - 1:3 1:4 1:5 1:6"), 0);
        ASSERT_EQ(dm_table_returning(whole, "0 8 raid raid1 3 0 region_size 4096 3 1:1 1:2 1:3 1:4 1:5 1:6"), -ENOENT);
        ASSERT_EQ(dm_table_returning("0 8 raid raid1 3 0 region_size 4096 3 {a} {b} - - {e} {f}",
                                     "0 8 raid raid1 3 0 region_size 4096 3 1:1 1:2 - - 1:5 1:6"), -ENOENT);
        ASSERT_EQ(dm_table_returning("0 8 raid raid1 5 0 rebuild 1 region_size 4096 3 {a} {b} {c} {d} {e} {f}",
                                     "0 8 raid raid1 3 0 region_size 4096 3 1:1 1:2 - - 1:5 1:6"), -ENOENT);
        ASSERT_EQ(dm_table_returning("0 8 linear 1:1 0", "0 8 raid raid1 3 0 region_size 4096 3 1:1 1:2 - - 1:5 1:6"), -ENOENT);
        ASSERT_EQ(dm_table_returning("0 8 raid", "0 8 raid raid1"), -ENOENT);
}

TEST(taken) {
        ASSERT_EQ(dm_table_taken("0 8 raid raid1 3 0 region_size 4096 3 {a} {b} - - {e} {f}", 3), 5);
        ASSERT_EQ(dm_table_taken("0 8 raid raid1 5 0 rebuild 1 region_size 4096 3 1:1 1:2 1:3 1:4 1:5 1:6", 3), 5);
        ASSERT_EQ(dm_table_taken("0 8 raid raid1 3 0 region_size 4096 3 {a} {b} - - {e} {f}", 4), UINT64_MAX);
        ASSERT_EQ(dm_table_taken("0 8 linear 1:1 0", 3), UINT64_MAX);
}

TEST(tables) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        static const struct {
                const char *want, *live;
                bool equal;
        } cases[] = {
                { "0 8 linear 254:16 2048", "0 8 linear 254:16 2048", true },
                { "0 8 linear 254:16 2048", "0 8 linear 254:16 2049", false },
                { "0 8 linear 254:16 2048", "0 8 linear 254:16", false },
                { "0 8 linear 254:16 0\n8 8 linear 254:32 0", "0 8 linear 254:16 0\n8 8 linear 254:32 0", true },
                { "0 8 linear 254:16 0\n8 8 linear 254:32 0", "0 8 linear 254:16 0", false },
                { "0 8 linear 254:16 0", "0 8 linear 254:16 0\n8 8 linear 254:32 0", false },
                { "0 8 error", "0 8 error ", true },
                /* What the kernel reports is not what was loaded. */
                { "0 8 raid raid1 5 0 rebuild 1 region_size 4096 2 253:0 253:1 - -", "0 8 raid raid1 3 0 region_size 4096 2 253:0 253:1 - -", true },
                { "0 8 raid raid1 3 0 region_size 4096 2 253:0 253:1 253:2 253:3",
                  "0 8 raid raid1 5 0 sync region_size 4096 max_recovery_rate 9 2 253:0 253:1 253:2 253:3", false }, /* six words, not five */
                { "0 8 raid raid1 3 0 region_size 4096 2 253:0 253:1 - -", "0 8 raid raid1 3 0 region_size 4096 2 253:0 253:1 253:2 253:3", false },
                { "0 8 raid raid1 3 0 region_size 4096 1 253:0 253:1", "0 8 raid raid1 3 0 region_size 2048 1 253:0 253:1", false },
                { "0 8 raid raid1 3 0 region_size 4096 1 253:0 253:1", "0 8 raid raid1 3 0 region_size 4096 1 253:1 253:0", false },
                { "0 8 raid raid1 3 0 region_size 4096 1 253:0 253:1", "0 8 raid raid10 3 0 region_size 4096 1 253:0 253:1", false },
                { "0 8 raid raid1 3 0 region_size 4096 1 {nobody} 253:1", "0 8 raid raid1 3 0 region_size 4096 1 253:0 253:1", false },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                if (dm_table_equal(cases[i].want, cases[i].live, f->observed) != cases[i].equal)
                        TEST_FAIL("%s / %s", cases[i].want, cases[i].live);
        ASSERT_FALSE(dm_table_equal("0 8 error", NULL, f->observed));
}

TEST(active_and_suffix) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 3, .suffix = "-real" });
        const DmObserved nothing = {};
        _cleanup_free_ Uuid *active = NULL;
        size_t n;

        ASSERT_OK(dm_tree_active(f->vg, f->observed, &active, &n));
        ASSERT_EQ(n, 3); /* data, plain, the tracked image; components come with their volume */
        ASSERT_STREQ(dm_tree_hidden_suffix(f->vg, f->observed, ""), "-real");
        ASSERT_STREQ(dm_tree_hidden_suffix(f->vg, &nothing, "fallback"), "fallback");
        free(active);
        active = NULL;
        ASSERT_OK(dm_tree_active(f->vg, &nothing, &active, &n));
        ASSERT_EQ(n, 0);
}
