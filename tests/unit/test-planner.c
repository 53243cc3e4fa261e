/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the planner makes of each verb: the steps in their order, the tables, the metadata. */

#include "planner-fixture.h"

#include <stdlib.h>
#include <string.h>

#include "model/vg-import.h"
#include "test.h"

/* Runs and complains with the sentence if that is a refusal. */
static int run(Fixture *f) {
        int r = fixture_run(f);

        if (r != 0)
                fprintf(stderr, "%d %s\n", r, f->sentence ?: "");
        return r;
}

static bool is_active(const Step *s, const char *name) {
        Uuid id = fixture_id(name);

        for (size_t i = 0; i < s->n_active; i++)
                if (uuid_equal(&s->active[i], &id))
                        return true;

        return false;
}

static VolumeGroup *text_of(const Fixture *f, size_t nth) {
        const Step *s = fixture_step(f, STEP_META_WRITE, nth);
        VolumeGroup *vg = NULL;

        if (vg_import(s->text, strlen(s->text), &vg) < 0)
                abort();
        return vg;
}

TEST(split_tracked) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        Uuid image = fixture_id("data_rimage_2");
        const Step *converge;

        fixture_ask(f, VERB_SPLIT_TRACKED, "data");
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect fs.sync meta.write meta.precommit fs.freeze dm.load dm.suspend meta.commit dm.resume fs.thaw "
                        "converge guard.set evidence udev.wait backup");
        ASSERT_TRUE(strstr(fixture_step(f, STEP_DM_LOAD, 0)->text, " - -") != NULL);
        ASSERT_TRUE(fixture_step(f, STEP_DM_SUSPEND, 0)->lockfs);
        ASSERT_TRUE(uuid_equal(&f->plan->result, &image));
        ASSERT_TRUE(uuid_is_null(&f->plan->job_lv));
        ASSERT_EQ(lv_tracked_slot(vg_find_lv(f->next, "data")), 2);
        ASSERT_EQ(f->next->seqno, 6U);
        ASSERT_EQ(strcmp(fixture_step(f, STEP_GUARD_SET, 0)->node, "vg0-data_rimage_2"), 0);
        ASSERT_EQ(fixture_step(f, STEP_EVIDENCE, 0)->number, 2U);
        converge = fixture_step(f, STEP_CONVERGE, 0);
        ASSERT_TRUE(is_active(converge, "data") && is_active(converge, "plain") && is_active(converge, "data_rimage_2"));
        ASSERT_EQ(converge->n_active, 3U);
}

TEST(split_tracked_without_freeze) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_ask(f, VERB_SPLIT_TRACKED, "data_rimage_0");
        f->request.no_quiesce = true;
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect meta.write meta.precommit dm.load dm.suspend meta.commit dm.resume converge guard.set evidence "
                        "udev.wait backup");
        ASSERT_TRUE(!fixture_step(f, STEP_DM_SUSPEND, 0)->lockfs);
        ASSERT_EQ(lv_tracked_slot(vg_find_lv(f->next, "data")), 0);
}

TEST(split_tracked_of_a_group) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        Uuid lvs[2] = { fixture_id("data"), fixture_id("data") };

        fixture_ask(f, VERB_SPLIT_GROUP, NULL);
        f->request.lvs = lvs;
        f->request.n_lvs = 1;
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect fs.sync meta.write meta.precommit fs.freeze dm.load dm.suspend meta.commit dm.resume fs.thaw "
                        "converge guard.set evidence udev.wait backup");
        ASSERT_EQ(lv_tracked_slot(vg_find_lv(f->next, "data")), 2);

        f->request.n_lvs = 2;
        ASSERT_EQ(run(f), REFUSAL_ALREADY_TRACKING);
        ASSERT_TRUE(strstr(f->sentence, "named twice") != NULL);
        f->request.n_lvs = 0;
        ASSERT_EQ(run(f), -EINVAL);
}

TEST(the_image_is_chosen) {
        static const struct {
                uint32_t slot;
                const char *lv, *pv;
                int chosen;
                const char *image;
        } choices[] = {
                { SLOT_ANY, "data", NULL, 2 },
                { 0, "data", NULL, 0 },
                { SLOT_ANY, "data_rimage_1", NULL, 1 },
                { 1, "data_rimage_1", NULL, 1 },
                { SLOT_ANY, "data", "pv0", 0 },
                { 1, "data", "pv1", 1 },
                { SLOT_ANY, "data", NULL, 0, "data_rimage_0" },
                { 1, "data", NULL, 1, "data_rimage_1" },
                { SLOT_ANY, "data_rimage_1", NULL, 1, "data_rimage_1" },
        };

        for (size_t i = 0; i < ELEMENTSOF(choices); i++) {
                _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

                fixture_ask(f, VERB_SPLIT_TRACKED, choices[i].lv);
                f->request.slot = choices[i].slot;
                if (choices[i].image)
                        f->request.image = fixture_id(choices[i].image);
                if (choices[i].pv)
                        f->request.pv = fixture_id(choices[i].pv);
                ASSERT_EQ(run(f), 0);
                ASSERT_EQ(lv_tracked_slot(vg_find_lv(f->next, "data")), choices[i].chosen);
        }
}

TEST(two_images_need_leave) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .n_images = 2 });

        fixture_ask(f, VERB_SPLIT_TRACKED, "data");
        f->request.allow_degraded = true;
        ASSERT_EQ(run(f), 0);
        fixture_ask(f, VERB_SPLIT, "data");
        f->request.name = (char *) "new";
        ASSERT_EQ(run(f), 0);
}

TEST(scrub) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_ask(f, VERB_SCRUB, "data");
        f->request.name = (char *) "check";
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect dm.load dm.suspend dm.resume dm.suspend dm.resume udev.wait dm.message");
        ASSERT_EQ(strcmp(fixture_step(f, STEP_DM_MESSAGE, 0)->text, "check"), 0);
        ASSERT_TRUE(uuid_equal(&f->plan->job_lv, &fixture_lv(f, "data")->id));
        f->request.name = (char *) "destroy";
        ASSERT_EQ(run(f), -EINVAL);
        f->request.name = NULL;
}

/* One message each; nothing of it is a job that starts. */
TEST(pause_resume_cancel) {
        static const struct {
                Verb verb;
                const char *status, *message;
        } cases[] = {
                { VERB_PAUSE, "raid1 3 AAa 100/16384 recover 0 0 -", "frozen" },
                { VERB_PAUSE, "raid1 3 AAa 100/16384 recover 0 0 -", "frozen" },
                { VERB_RESUME, "raid1 3 AAa 100/16384 frozen 0 0 -", "idle" },
                { VERB_CANCEL, "raid1 3 AAA 100/16384 check 0 0 -", "idle" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
                DmNode *node = fixture_node(f, "vg0-data");

                free(node->raid_status);
                node->raid_status = strdup(cases[i].status);
                fixture_ask(f, cases[i].verb, "data");
                ASSERT_EQ(run(f), 0);
                ASSERT_KINDS(f, "expect dm.message");
                ASSERT_EQ(strcmp(fixture_step(f, STEP_DM_MESSAGE, 0)->text, cases[i].message), 0);
                ASSERT_TRUE(uuid_is_null(&f->plan->job_lv));
        }
}

TEST(merge) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 3 });
        Uuid data = fixture_id("data");

        fixture_ask(f, VERB_MERGE, "data");
        ASSERT_EQ(run(f), 0);
        /* the rmeta is not there: made anew; the image is: only its udev flags change */
        ASSERT_KINDS(f, "expect meta.write meta.precommit guard.clear dm.create dm.load dm.resume dm.suspend dm.resume "
                        "dm.load dm.suspend meta.commit dm.resume dm.suspend dm.resume converge udev.wait backup");
        ASSERT_EQ(strcmp(fixture_step(f, STEP_DM_CREATE, 0)->node, "vg0-data_rmeta_2"), 0);
        ASSERT_EQ(fixture_step(f, STEP_DM_RESUME, 0)->number, UDEV_FLAGS_HIDDEN);
        ASSERT_EQ(fixture_step(f, STEP_DM_RESUME, 1)->number, UDEV_FLAGS_HIDDEN);
        ASSERT_EQ(fixture_step(f, STEP_DM_RESUME, 2)->number, UDEV_FLAGS_PUBLIC);
        ASSERT_TRUE(strstr(fixture_step(f, STEP_DM_LOAD, 1)->text, "rebuild") == NULL);
        ASSERT_TRUE(strstr(fixture_step(f, STEP_DM_LOAD, 1)->text, " - -") == NULL);
        ASSERT_TRUE(uuid_equal(&f->plan->job_lv, &data));
        ASSERT_EQ(f->plan->rebuild_slots, 0U);
        ASSERT_TRUE(f->plan->warnings == NULL);
        ASSERT_EQ(fixture_step(f, STEP_CONVERGE, 0)->n_active, 2U);
        ASSERT_EQ(lv_tracked_slot(vg_find_lv(f->next, "data")), -ENOENT);
}

TEST(merge_of_inactive_image) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 1, .image_inactive = true });

        fixture_ask(f, VERB_MERGE, "data_rimage_0");
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect meta.write meta.precommit dm.create dm.load dm.resume dm.create dm.load dm.resume "
                        "dm.load dm.suspend meta.commit dm.resume dm.suspend dm.resume converge udev.wait backup");
}

/* Under the newer convention the public node has another UUID than the component. */
TEST(merge_with_real_suffix) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 2, .suffix = "-real" });

        fixture_ask(f, VERB_MERGE, "data");
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect meta.write meta.precommit guard.clear dm.create dm.load dm.resume "
                        "dm.remove dm.create dm.load dm.resume dm.load dm.suspend meta.commit dm.resume dm.suspend dm.resume converge udev.wait "
                        "backup");
        ASSERT_EQ(strcmp(fixture_step(f, STEP_DM_REMOVE, 0)->node, "vg0-data_rimage_1"), 0);
        ASSERT_TRUE(strstr(fixture_step(f, STEP_DM_CREATE, 1)->uuid, "-real") != NULL);
}

TEST(merge_without_evidence_copies_everything) {
        for (int written = 0; written < 2; written++) {
                _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 2 });

                fixture_ask(f, VERB_MERGE, "data");
                f->facts.evidence = written;
                f->facts.image_written = written;
                ASSERT_EQ(run(f), 0);
                ASSERT_EQ(f->plan->rebuild_slots, 2U);
                ASSERT_TRUE(strstr(fixture_step(f, STEP_DM_LOAD, 1)->text, "rebuild 1") != NULL);
                /* A power cut after the commit must not lose it; and it must not be for ever. */
                ASSERT_TRUE(strstr(fixture_step(f, STEP_META_WRITE, 0)->text, "\"REBUILD\"") != NULL);
                ASSERT_TRUE(strstr(fixture_step(f, STEP_META_WRITE, 1)->text, "\"REBUILD\"") == NULL);
                ASSERT_TRUE(f->plan->warnings && strstr(f->plan->warnings[0], "copied again"));
        }
}

static void wiped(Fixture *f) {
        f->facts.blank = &fixture_lv(f, "data")->id;
        f->facts.n_blank = 1;
}

/* lvchange --resync: the kernel takes the array only with the image, so that has to come back before. */
TEST(merge_of_what_cannot_start) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 1, .inactive = true });
        _cleanup_(fixture_freep) Fixture *g = fixture_new(&(FixtureArgs) { .tracked = 1 });

        fixture_ask(f, VERB_MERGE, "data");
        wiped(f);
        f->facts.evidence = true; /* whatever is said: nothing is proved by blank superblocks */
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect meta.write meta.precommit meta.commit converge udev.wait backup");
        ASSERT_TRUE(f->plan->warnings && strstr(f->plan->warnings[0], "copied again"));
        ASSERT_TRUE(strstr(fixture_step(f, STEP_META_WRITE, 0)->text, "\"REBUILD\"") != NULL);
        ASSERT_TRUE(uuid_is_null(&f->plan->job_lv)); /* nothing runs yet */
        ASSERT_EQ(lv_tracked_slot(vg_find_lv(f->next, "data")), -ENOENT);

        /* The array that runs does not read them again. */
        fixture_ask(g, VERB_MERGE, "data");
        wiped(g);
        ASSERT_EQ(run(g), 0);
        ASSERT_TRUE(fixture_step(g, STEP_DM_LOAD, 0) != NULL);
}

TEST(whole_group_of_which_one_cannot_start) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 3, .inactive = true });

        fixture_ask(f, VERB_VG_ACTIVATE, NULL);
        wiped(f);
        ASSERT_EQ(run(f), 0);
        ASSERT_EQ(fixture_step(f, STEP_CONVERGE, 0)->n_active, 2U);
        ASSERT_TRUE(f->plan->warnings && strstr(f->plan->warnings[0], "raidctl merge vg0/data"));
}

TEST(split_for_good) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        _cleanup_(vg_freep) VolumeGroup *middle = NULL;
        Uuid image = fixture_id("data_rimage_1");

        fixture_ask(f, VERB_SPLIT, "data");
        f->request.slot = 1;
        f->request.name = (char *) "new";
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect fs.sync meta.write meta.precommit fs.freeze dm.load dm.suspend meta.commit dm.resume fs.thaw "
                        "converge meta.write meta.precommit meta.commit converge udev.wait backup");
        ASSERT_TRUE(uuid_equal(&f->plan->result, &image));
        ASSERT_TRUE(uuid_equal(&vg_find_lv(f->next, "new")->id, &image));
        ASSERT_EQ(lv_raid1(vg_find_lv(f->next, "data"))->raid1.n_images, 2U);
        ASSERT_EQ(f->next->seqno, 7U);
        middle = text_of(f, 0);
        ASSERT_EQ(middle->n_lvs, f->next->n_lvs + 1);
        ASSERT_TRUE(is_active(fixture_step(f, STEP_CONVERGE, 0), "data_rimage_1"));
}

TEST(split_for_good_of_the_tracked_image) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 1 });

        fixture_ask(f, VERB_SPLIT, "data");
        f->request.name = (char *) "new";
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect meta.write meta.precommit dm.load dm.suspend meta.commit dm.resume guard.clear "
                        "converge meta.write meta.precommit meta.commit converge udev.wait backup");
        ASSERT_TRUE(vg_find_lv(f->next, "new")->flags & LV_WRITE);
}

TEST(split_for_good_leaves_linear) {
        for (int tracked = 0; tracked < 3; tracked++) {
                _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .n_images = 2, .tracked = tracked });

                fixture_ask(f, VERB_SPLIT, "data");
                f->request.name = (char *) "new";
                f->request.allow_degraded = true;
                ASSERT_EQ(run(f), 0);
                ASSERT_TRUE(strstr(fixture_step(f, STEP_DM_LOAD, 0)->text, " linear ") != NULL);
                ASSERT_TRUE(lv_raid1(vg_find_lv(f->next, "data")) == NULL);
                ASSERT_EQ(f->next->n_lvs, 3U);
        }
}

/* Of four, two leave; of three, two leave one. */
TEST(split_of_several) {
        static const struct {
                unsigned n_images, count;
                uint64_t slots;
                const char *first; /* of the new volume */
        } choices[] = { { 4, 2, 0, "data_rimage_2" }, { 4, 0, 5, "data_rimage_0" }, { 3, 2, 0, "data_rimage_1" }, { 4, 3, 13, "data_rimage_0" } };

        for (size_t i = 0; i < ELEMENTSOF(choices); i++) {
                _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .n_images = choices[i].n_images });
                Uuid first = fixture_id(choices[i].first);
                size_t n = choices[i].count ?: 2, rest = choices[i].n_images - n;
                const LogicalVolume *lv;

                fixture_ask(f, VERB_SPLIT, "data");
                f->request.name = (char *) "new";
                f->request.images = choices[i].count;
                f->request.slots = choices[i].slots;
                f->request.allow_degraded = rest == 1;
                ASSERT_EQ(run(f), 0);
                if (rest > 1) /* what leaves is all of use: nothing is to be released later */
                        ASSERT_KINDS(f, "expect fs.sync meta.write meta.precommit fs.freeze dm.load dm.suspend meta.commit dm.resume "
                                        "fs.thaw converge udev.wait backup");
                else
                        ASSERT_KINDS(f, "expect fs.sync meta.write meta.precommit fs.freeze dm.load dm.suspend meta.commit dm.resume "
                                        "fs.thaw converge meta.write meta.precommit meta.commit converge udev.wait backup");
                lv = vg_find_lv(f->next, "new");
                ASSERT_TRUE(uuid_equal(&f->plan->result, &lv->id));
                ASSERT_EQ(lv_raid1(lv)->raid1.n_images, n);
                ASSERT_TRUE(uuid_equal(&lv_raid1(lv)->raid1.images[0].data->id, &first));
                ASSERT_EQ(strcmp(lv_raid1(lv)->raid1.images[1].meta->name, "new_rmeta_1"), 0);
                ASSERT_EQ(lv_raid1(lv)->raid1.region_sectors, lv_raid1(fixture_lv(f, "data"))->raid1.region_sectors);
                ASSERT_EQ(lv_raid1(vg_find_lv(f->next, "data")) ? lv_raid1(vg_find_lv(f->next, "data"))->raid1.n_images : 1, rest);
        }
}

TEST(split_of_several_by_device) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .n_images = 4 });
        Uuid pvs[] = { fixture_id("pv3"), fixture_id("pv0") }, first = fixture_id("data_rimage_0");

        fixture_ask(f, VERB_SPLIT, "data");
        f->request.name = (char *) "new";
        f->request.pvs = pvs;
        f->request.n_pvs = ELEMENTSOF(pvs);
        ASSERT_EQ(run(f), 0);
        ASSERT_TRUE(uuid_equal(&lv_raid1(vg_find_lv(f->next, "new"))->raid1.images[0].data->id, &first));
        ASSERT_TRUE(strstr(f->plan->summary, "images 0, 3 of vg0/data into new raid1 volume vg0/new") != NULL);
        f->request.pvs = NULL;
        f->request.n_pvs = 0;
}

/* One is one, however it is said; and the tracked one is it, if there is one. */
TEST(split_of_one_by_count) {
        for (int tracked = 0; tracked < 2; tracked++) {
                _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = tracked });
                Uuid image = fixture_id(tracked ? "data_rimage_0" : "data_rimage_2");

                fixture_ask(f, VERB_SPLIT, "data");
                f->request.name = (char *) "new";
                f->request.images = 1;
                ASSERT_EQ(run(f), 0);
                ASSERT_TRUE(uuid_equal(&vg_find_lv(f->next, "new")->id, &image));
        }
}

TEST(remove_volume_and_tracked_image) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 3 });

        fixture_ask(f, VERB_REMOVE, "data");
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect dm.remove dm.remove converge meta.write meta.precommit meta.commit udev.wait backup");
        ASSERT_EQ(f->next->n_lvs, 1U);
        ASSERT_EQ(fixture_step(f, STEP_CONVERGE, 0)->n_active, 1U);
}

TEST(activate_and_deactivate) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 3, .inactive = true });

        fixture_ask(f, VERB_ACTIVATE, "data");
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect converge evidence udev.wait");
        ASSERT_EQ(fixture_step(f, STEP_CONVERGE, 0)->n_active, 1U);
        ASSERT_TRUE(f->next == NULL);
        fixture_ask(f, VERB_ACTIVATE, "data_rimage_2");
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect converge guard.set udev.wait");
        fixture_ask(f, VERB_DEACTIVATE, "data_rimage_2");
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect converge udev.wait");
}

TEST(deactivate_active) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 3 });

        fixture_ask(f, VERB_DEACTIVATE, "data");
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect dm.remove converge udev.wait");
        ASSERT_TRUE(is_active(fixture_step(f, STEP_CONVERGE, 0), "data_rimage_2"));
        ASSERT_TRUE(!is_active(fixture_step(f, STEP_CONVERGE, 0), "data"));
}

TEST(activate_degraded) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .inactive = true });

        fixture_ask(f, VERB_ACTIVATE, "data");
        free(f->devices[1].path);
        f->devices[1].path = NULL;
        ASSERT_EQ(run(f), 0);
}

TEST(whole_group) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 3, .inactive = true });
        _cleanup_(fixture_freep) Fixture *g = fixture_new(&(FixtureArgs) { .tracked = 3 });

        fixture_ask(f, VERB_VG_ACTIVATE, NULL);
        ASSERT_EQ(run(f), 0);
        ASSERT_EQ(fixture_step(f, STEP_CONVERGE, 0)->n_active, 3U);
        ASSERT_KINDS(f, "expect converge evidence guard.set udev.wait");

        fixture_ask(g, VERB_VG_DEACTIVATE, NULL);
        ASSERT_EQ(run(g), 0);
        ASSERT_KINDS(g, "expect dm.remove dm.remove dm.remove converge udev.wait");
        ASSERT_EQ(fixture_step(g, STEP_CONVERGE, 0)->n_active, 0U);
}

TEST(whole_group_with_a_missing_device) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .inactive = true });

        fixture_ask(f, VERB_VG_ACTIVATE, NULL);
        free(f->devices[0].path);
        f->devices[0].path = NULL;
        ASSERT_EQ(run(f), 0);
        ASSERT_EQ(fixture_step(f, STEP_CONVERGE, 0)->n_active, 1U);
        ASSERT_TRUE(f->plan->warnings && strstr(f->plan->warnings[0], "vg0/plain"));
}

TEST(create_linear) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        const LogicalVolume *lv;

        fixture_ask(f, VERB_CREATE, NULL);
        f->request.name = (char *) "new";
        f->request.size_bytes = (5 << 20) + 1;
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect wipe meta.write meta.precommit meta.commit converge udev.wait backup");
        lv = vg_find_lv(f->next, "new");
        ASSERT_EQ(lv->extents, 2U);
        ASSERT_TRUE(uuid_equal(&f->plan->result, &lv->id));
        ASSERT_EQ(fixture_step(f, STEP_CONVERGE, 0)->n_active, 3U);
        ASSERT_EQ(fixture_step(f, STEP_WIPE, 0)->number2, 8U);
}

TEST(create_raid1) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        const LogicalVolume *lv;

        fixture_ask(f, VERB_CREATE, NULL);
        f->request.name = (char *) "new";
        f->request.size_bytes = 8 << 20;
        f->request.images = 2;
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect wipe wipe wipe wipe meta.write meta.precommit meta.commit converge udev.wait backup");
        lv = vg_find_lv(f->next, "new");
        ASSERT_EQ(lv_raid1(lv)->raid1.n_images, 2U);
        ASSERT_TRUE(uuid_equal(&f->plan->job_lv, &lv->id));
        ASSERT_TRUE(vg_find_lv(f->next, "new_rmeta_1") && vg_find_lv(f->next, "new_rimage_1"));
}

TEST(vg_create_and_remove) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        const NewPv new_pvs[] = { { .where = f->devices[0] }, { .where = f->devices[1] } };

        f->vg = vg_free(f->vg);
        fixture_ask(f, VERB_VG_CREATE, NULL);
        f->request.name = (char *) "vg1";
        f->facts.new_pvs = new_pvs;
        f->facts.n_new_pvs = 2;
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "label.write label.write meta.write meta.precommit meta.commit udev.wait backup");
        ASSERT_EQ(f->next->n_pvs, 2U);
        ASSERT_EQ(f->next->extent_sectors, 8192U);
        ASSERT_EQ(f->next->pvs[0]->pe_count, 15U);

        f->vg = TAKE_PTR(f->next);
        fixture_ask(f, VERB_VG_REMOVE, NULL);
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect meta.remove label.clear label.clear");
}

/* All that is there goes before anything is made, and what is blank is left alone. */
TEST(vg_create_wipes) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        const NewPv new_pvs[] = { { .where = f->devices[0] }, { .where = f->devices[1], .signatures = "dos, ext4" } };

        f->vg = vg_free(f->vg);
        fixture_ask(f, VERB_VG_CREATE, NULL);
        f->request.name = (char *) "vg1";
        f->request.wipe = true;
        f->facts.new_pvs = new_pvs;
        f->facts.n_new_pvs = 2;
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "erase label.write label.write meta.write meta.precommit meta.commit udev.wait backup");
        ASSERT_EQ(strcmp(fixture_step(f, STEP_ERASE, 0)->node, f->devices[1].path), 0);
        ASSERT_TRUE(strstr(fixture_step(f, STEP_ERASE, 0)->why, "dos, ext4") != NULL);
}

TEST(recover) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 3 });

        fixture_ask(f, VERB_RECOVER, NULL);
        fixture_node(f, "vg0-data")->suspended = true;
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect converge evidence udev.wait");
        ASSERT_EQ(fixture_step(f, STEP_CONVERGE, 0)->n_active, 3U);
}

/* Crashed between the two commits of a permanent split. */
TEST(recover_drops_residuals) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        VolumeGroup *middle;

        fixture_ask(f, VERB_SPLIT, "data");
        f->request.name = (char *) "new";
        ASSERT_EQ(run(f), 0);
        middle = text_of(f, 0);
        vg_free(f->vg);
        f->vg = middle;
        fixture_ask(f, VERB_RECOVER, NULL);
        ASSERT_EQ(run(f), 0);
        ASSERT_KINDS(f, "expect converge meta.write meta.precommit meta.commit converge udev.wait backup");
        ASSERT_EQ(f->next->n_lvs, 7U);
}
