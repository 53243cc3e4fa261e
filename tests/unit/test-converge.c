/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what the kernel has to what the metadata asks for. That a machine is right afterwards is for tests/crash to show, which
 * carries the steps out; here stand the steps themselves and their order. */

#include "test.h"

#include "model/raid1.h"
#include "model/vg-edit.h"
#include "plan/converge.h"
#include "planner-fixture.h"

/* The steps for the volumes that are active, as "kind node" each. */
static void check(Fixture *f, const char *wanted) {
        _cleanup_(dm_expected_freep) DmExpected *expected = NULL;
        _cleanup_(plan_freep) Plan *plan = NULL;
        _cleanup_free_ Uuid *active = NULL;
        DmTreeArgs args = { .vg = f->vg, .devices = f->devices };
        char got[4096] = "";

        ASSERT_OK(dm_tree_active(f->vg, f->observed, &active, &args.n_active));
        args.active = active;
        args.hidden_suffix = dm_tree_hidden_suffix(f->vg, f->observed, "");
        ASSERT_OK(dm_tree_expect(&args, &expected));
        ASSERT_OK(plan_new("test", "vg0", &f->vg->id, &plan));
        ASSERT_OK(converge(f->vg, f->observed, expected, plan));
        for (size_t i = 0; i < plan->n_steps; i++) {
                const Step *s = &plan->steps[i];

                (void) snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s %s", i > 0 ? ", " : "",
                                step_kind_to_string(s->kind), s->node + strlen("vg0-"));
        }
        ASSERT_STREQ(got, wanted);
}

static void set(char **text, const char *value) {
        free(*text);
        *text = value ? strdup(value) : NULL;
}

TEST(nothing_to_do) {
        static const FixtureArgs cases[] = { { 0 }, { .n_images = 2 }, { .tracked = 1 }, { .tracked = 3, .suffix = "-real" },
                                             { .tracked = 2, .image_inactive = true }, { .inactive = true } };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                _cleanup_(fixture_freep) Fixture *f = fixture_new(&cases[i]);

                check(f, "");
        }
}

TEST(suspended_is_resumed) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_node(f, "vg0-data")->suspended = true;
        fixture_node(f, "vg0-data_rimage_1")->suspended = true;
        check(f, "dm.resume data_rimage_1, dm.resume data"); /* components first */
}

TEST(left_over_tables_are_cleared_before_a_resume_would_use_them) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_node(f, "vg0-data")->suspended = true;
        set(&fixture_node(f, "vg0-data")->inactive_table, "0 16384 error");
        check(f, "dm.clear data, dm.resume data");
}

TEST(wrong_table_is_replaced) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        set(&fixture_node(f, "vg0-plain")->live_table, "0 8192 linear 254:16 0");
        check(f, "dm.load plain, dm.suspend plain, dm.resume plain");
}

TEST(what_the_metadata_does_not_know_is_removed) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        LogicalVolume *plain = fixture_lv(f, "plain");

        vg_remove_lv(f->vg, plain);
        check(f, "dm.remove plain");
        fixture_node(f, "vg0-plain")->open_count = 1;
        check(f, ""); /* somebody has it open: it stays */
}

TEST(nodes_of_others_stay) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        vg_remove_lv(f->vg, fixture_lv(f, "plain"));
        set(&fixture_node(f, "vg0-plain")->uuid, "CRYPT-PLAIN-something");
        check(f, "");
        set(&fixture_node(f, "vg0-plain")->uuid, NULL);
        check(f, "");
}

TEST(tracked_image_that_can_be_written) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 3 });

        fixture_node(f, "vg0-data_rimage_2")->read_only = false;
        check(f, "guard.set data_rimage_2, dm.suspend data_rimage_2, dm.resume data_rimage_2");
}

TEST(component_that_was_tracked) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_node(f, "vg0-data_rimage_2")->read_only = true;
        check(f, "guard.clear data_rimage_2, dm.load data_rimage_2, dm.suspend data_rimage_2, dm.resume data_rimage_2");
}

TEST(missing_component_is_made_before_the_array_uses_it) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 3 });

        /* The merge committed, and then the machine stopped: the metadata wants the image in the array. */
        fixture_lv(f, "data_rimage_2")->flags = LV_READ | LV_WRITE;
        check(f, "dm.create data_rmeta_2, dm.load data_rmeta_2, dm.resume data_rmeta_2, guard.clear data_rimage_2, "
                 "dm.load data_rimage_2, dm.suspend data_rimage_2, dm.resume data_rimage_2, dm.load data, dm.suspend data, dm.resume data");
}

TEST(names_move_down_in_an_order_that_works) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .n_images = 2 });
        DmNode *a = fixture_node(f, "vg0-data_rimage_0"), *b = fixture_node(f, "vg0-data_rimage_1");

        /* One place up: image 1 must go before image 0 may take its name. */
        set(&b->name, "vg0-data_rimage_2");
        set(&a->name, "vg0-data_rimage_1");
        check(f, "dm.suspend data, dm.resume data, dm.rename data_rimage_1, dm.suspend data_rimage_0, dm.resume data_rimage_0, "
                 "dm.rename data_rimage_2, dm.suspend data_rimage_1, dm.resume data_rimage_1");
}

/* Stopped between the commit of a split of several and the new table: the old array has the images still. */
TEST(an_array_waits_until_another_lets_go_of_its_images) {
        static const unsigned char random[UUID_CHARS] = { 4, 5, 6 };
        const Raid1CreateArgs args = { .name = "new", .random = random, .n_random = sizeof(random) };
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .n_images = 4 });
        _cleanup_(dm_expected_freep) DmExpected *expected = NULL;
        _cleanup_(plan_freep) Plan *plan = NULL;
        LogicalVolume *data = fixture_lv(f, "data"), *new_lv;
        Uuid active[3] = { [2] = fixture_lv(f, "plain")->id };
        DmTreeArgs tree = { .vg = f->vg, .devices = f->devices, .active = active, .n_active = 3, .hidden_suffix = "" };

        ASSERT_OK(raid1_extract_set(f->vg, data, 3, &args, &new_lv));
        active[0] = data->id;
        active[1] = new_lv->id;
        ASSERT_OK(dm_tree_expect(&tree, &expected));
        ASSERT_OK(plan_new("test", "vg0", &f->vg->id, &plan));
        ASSERT_OK(converge(f->vg, f->observed, expected, plan));
        ASSERT_EQ(plan->n_steps, 3); /* and no name has changed, by which the next round knows what is left to do */
        ASSERT_EQ(plan->steps[0].kind, STEP_DM_LOAD);
        ASSERT_STREQ(plan->steps[0].node, "vg0-data");
        ASSERT_EQ(plan->steps[2].kind, STEP_DM_RESUME);
}

TEST(half_made_node_gets_its_table) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        set(&fixture_node(f, "vg0-plain")->live_table, NULL);
        check(f, "dm.load plain, dm.resume plain");
}

/* lvm2's snapshots: the origin and the copy-on-write volume are linear in the metadata and something else in the kernel. */
static const char snapshot[] =
        "\nsnapshot0 {\nid = \"snapsh-ot0x-xxxx-xxxx-xxxx-xxxx-xxxxxx\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"]\nflags = []\n"
        "segment_count = 1\n\nsegment1 {\nstart_extent = 0\nextent_count = 1\n\ntype = \"snapshot\"\nchunk_size = 8\n"
        "origin = \"%s\"\ncow_store = \"cow\"\n}\n}\n"
        "\ncow {\nid = \"cowxxx-xxxx-xxxx-xxxx-xxxx-xxxx-xxxxxx\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"]\nflags = []\n"
        "segment_count = 1\n\nsegment1 {\nstart_extent = 0\nextent_count = 1\n\ntype = \"striped\"\nstripe_count = 1\n\n"
        "stripes = [\n\"pv3\", 9\n]\n}\n}\n";

static void add_node(Fixture *f, const char *name, const char *lv, const char *suffix, uint32_t minor, const char *table) {
        Uuid id = fixture_id(lv);
        DmNode *grown = reallocarray(f->observed->nodes, f->observed->n_nodes + 1, sizeof(DmNode));

        ASSERT_NOT_NULL(grown);
        f->observed->nodes = grown;
        grown[f->observed->n_nodes] = (DmNode) { .name = strdup(name), .major = 253, .minor = minor, .live_table = strdup(table) };
        ASSERT_OK(dm_uuid_build(&f->vg->id, &id, suffix, &grown[f->observed->n_nodes].uuid));
        f->observed->n_nodes++;
}

TEST(snapshots_are_left_alone) {
        char text[sizeof(snapshot) + 16];
        _cleanup_(fixture_freep) Fixture *f = NULL;

        (void) snprintf(text, sizeof(text), snapshot, "plain");
        f = fixture_new(&(FixtureArgs) { .more_lvs = text });
        add_node(f, "vg0-plain", "plain", "", 19, "0 8192 snapshot-origin 253:20");
        add_node(f, "vg0-plain-real", "plain", "-real", 20, "0 8192 linear 254:16 67584");
        add_node(f, "vg0-cow-cow", "cow", "-cow", 21, "0 8192 linear 254:64 75776");
        add_node(f, "vg0-cow", "cow", "", 22, "0 8192 snapshot 253:20 253:21 P 8");
        check(f, "");
}

TEST(snapshots_of_a_mirror_are_left_alone) {
        char text[sizeof(snapshot) + 16];
        _cleanup_(fixture_freep) Fixture *f = NULL;

        (void) snprintf(text, sizeof(text), snapshot, "data");
        f = fixture_new(&(FixtureArgs) { .more_lvs = text });
        add_node(f, "vg0-data_rmeta_0", "data_rmeta_0", "", 16, "0 8192 linear 254:16 0"); /* whatever it is: not ours */
        add_node(f, "vg0-data_rimage_0", "data_rimage_0", "", 17, "0 16384 linear 254:16 8192");
        add_node(f, "vg0-data-real", "data", "-real", 20, "0 16384 raid raid1 3 0 region_size 4096 1 253:16 253:17");
        add_node(f, "vg0-data", "data", "", 19, "0 16384 snapshot-origin 253:20");
        add_node(f, "vg0-cow-cow", "cow", "-cow", 21, "0 8192 linear 254:64 75776");
        add_node(f, "vg0-cow", "cow", "", 22, "0 8192 snapshot 253:20 253:21 P 8");
        check(f, "");
}
