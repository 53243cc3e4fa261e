/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plans for the life of a volume: names, sizes, images, limits; and what is refused of it. */

#include "planner-fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/raid1.h"
#include "test.h"

#define MIB (UINT64_C(1) << 20)

/* The plan, or a refusal whose sentence has the word in it. */
static int ask(Fixture *f, const char *mentions) {
        int r = fixture_run(f);

        if (r > 0 && mentions && strstr(f->sentence, mentions))
                return r;
        if (r != 0)
                fprintf(stderr, "%d %s\n", r, f->sentence ?: "");
        return r > 0 && mentions ? -EINVAL : r;
}

static const char *load_of(const Fixture *f, const char *node) {
        for (size_t i = 0;; i++) {
                const Step *s = fixture_step(f, STEP_DM_LOAD, i);

                if (!s || strcmp(s->node, node) == 0)
                        return s ? s->text : "";
        }
}

TEST(rename_takes_the_images_with_it) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_ask(f, VERB_RENAME, "data");
        f->request.name = (char *) "new";
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_KINDS(f, "expect meta.write meta.precommit meta.commit converge udev.wait backup");
        ASSERT_TRUE(vg_find_lv(f->next, "new") && vg_find_lv(f->next, "new_rimage_2") && vg_find_lv(f->next, "new_rmeta_0"));
        ASSERT_TRUE(!vg_find_lv(f->next, "data") && !vg_find_lv(f->next, "data_rimage_0"));
        ASSERT_TRUE(uuid_equal(&vg_find_lv(f->next, "new")->id, &fixture_lv(f, "data")->id));
        fixture_ask(f, VERB_RENAME, "data");
        f->request.name = (char *) "plain";
        ASSERT_EQ(ask(f, "exists already"), REFUSAL_NAME_EXISTS);
        fixture_ask(f, VERB_RENAME, "data_rimage_1");
        ASSERT_EQ(ask(f, "on its own"), REFUSAL_IN_USE);
}

/* The kernel refuses an array on components that are too short: they come first. */
TEST(growth_begins_below) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_ask(f, VERB_RESIZE, "data");
        f->request.size_bytes = 12 * MIB;
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_KINDS(f, "expect meta.write meta.precommit dm.load dm.suspend dm.resume dm.load dm.suspend dm.resume dm.load dm.suspend "
                        "dm.resume dm.load dm.suspend meta.commit dm.resume converge udev.wait backup");
        ASSERT_EQ(strcmp(fixture_step(f, STEP_DM_LOAD, 0)->node, "vg0-data_rimage_0"), 0);
        ASSERT_EQ(strcmp(load_of(f, "vg0-data_rimage_1"), "0 24576 linear 254:32 10240"), 0); /* one line: it was free right behind */
        ASSERT_EQ(strncmp(load_of(f, "vg0-data"), "0 24576 raid", 12), 0);
        ASSERT_EQ(vg_find_lv(f->next, "data")->extents, 3U);
        ASSERT_EQ(f->plan->resync_bytes, 2 * 4 * MIB);
        ASSERT_TRUE(uuid_equal(&f->plan->job_lv, &fixture_lv(f, "data")->id));
}

TEST(images_keep_apart_when_they_grow) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_ask(f, VERB_RESIZE, "data");
        f->request.size_bytes = 60 * MIB; /* 15 extents: each needs more than what is left beside its rmeta, and only pv3 is free */
        ASSERT_EQ(ask(f, "no room for 13 more extents in each image"), REFUSAL_NO_SPACE);
        f->request.size_bytes = 52 * MIB;
        ASSERT_EQ(ask(f, NULL), 0);
        for (unsigned i = 0; i < 3; i++) {
                const LogicalVolume *image = lv_raid1(vg_find_lv(f->next, "data"))->raid1.images[i].data;

                ASSERT_EQ(image->extents, 13U);
                for (size_t k = 0; k < image->n_segments; k++)
                        ASSERT_TRUE(image->segments[k]->linear.pv == f->next->pvs[i]);
        }
}

/* 4 KiB for each extent: superblock, bitmap header and bits do not fit into the rmetas. */
TEST(rmetas_grow_with_the_bitmap) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .extent_sectors = 8 });

        fixture_ask(f, VERB_RESIZE, "data");
        f->request.size_bytes = 6 * 4096;
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_KINDS(f, "expect wipe wipe wipe meta.write meta.precommit dm.load dm.suspend dm.resume dm.load dm.suspend dm.resume dm.load "
                        "dm.suspend dm.resume dm.load dm.suspend dm.resume dm.load dm.suspend dm.resume dm.load dm.suspend dm.resume "
                        "dm.load dm.suspend meta.commit dm.resume converge udev.wait backup");
        for (unsigned i = 0; i < 3; i++) {
                const RaidImage *image = &lv_raid1(vg_find_lv(f->next, "data"))->raid1.images[i];

                ASSERT_EQ(image->meta->extents, 3U);
                ASSERT_EQ(image->data->extents, 6U);
                for (size_t k = 0; k < image->meta->n_segments; k++)
                        ASSERT_TRUE(image->meta->segments[k]->linear.pv == f->next->pvs[i]);
                /* Only what is new, behind the data on the same device. */
                ASSERT_EQ(fixture_step(f, STEP_WIPE, i)->number, 2048U + 8 * (i == 0 ? 9 : 7));
                ASSERT_EQ(fixture_step(f, STEP_WIPE, i)->number2, 16U);
        }
        f->request.size_bytes = 13 * 4096; /* the data would fit, the bitmap does not */
        ASSERT_EQ(ask(f, "no room"), REFUSAL_NO_SPACE);
}

TEST(the_kernel_limits_the_regions) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        lv_raid1(fixture_lv(f, "data"))->raid1.region_sectors = 8;
        fixture_ask(f, VERB_RESIZE, "data");
        f->request.size_bytes = 16384 * MIB;
        ASSERT_EQ(ask(f, "4194304 regions of 4096 bytes"), REFUSAL_INVALID_SIZE);
}

TEST(shrinking_takes_a_word_and_two_texts) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_ask(f, VERB_RESIZE, "data");
        f->request.size_bytes = 4 * MIB;
        ASSERT_EQ(ask(f, "--allow-shrink"), REFUSAL_WOULD_LOSE_DATA);
        f->request.allow_shrink = true;
        ASSERT_EQ(ask(f, NULL), 0);
        /* The array first, then what it lies on (by converge), then the extents are free (S6). */
        ASSERT_KINDS(f, "expect meta.write meta.precommit dm.load dm.suspend meta.commit dm.resume dm.suspend dm.resume converge meta.write meta.precommit "
                        "meta.commit converge udev.wait backup");
        ASSERT_TRUE(strstr(fixture_step(f, STEP_META_WRITE, 0)->text, TAG_RESIDUAL) != NULL);
        ASSERT_TRUE(strstr(fixture_step(f, STEP_META_WRITE, 1)->text, TAG_RESIDUAL) == NULL);
        ASSERT_EQ(vg_find_lv(f->next, "data_rimage_0")->extents, 1U);
        ASSERT_EQ(f->next->n_lvs, f->vg->n_lvs);
}

TEST(sizes_that_are_none) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_ask(f, VERB_RESIZE, "data");
        f->request.size_bytes = 8 * MIB;
        ASSERT_EQ(ask(f, "has that size already"), REFUSAL_INVALID_SIZE);
        f->request.size_bytes = 0;
        ASSERT_EQ(ask(f, "above 0"), REFUSAL_INVALID_SIZE);
        f->request.size_bytes = UINT64_MAX;
        ASSERT_EQ(ask(f, "at most"), REFUSAL_INVALID_SIZE);
        fixture_ask(f, VERB_RESIZE, "data_rimage_0");
        ASSERT_EQ(ask(f, "on its own"), REFUSAL_IN_USE);
}

TEST(not_while_an_image_is_tracked) {
        static const Verb verbs[] = { VERB_RENAME, VERB_RESIZE, VERB_ADD_IMAGES, VERB_REMOVE_IMAGES, VERB_REPLACE_IMAGE };
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 2 });

        for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
                fixture_ask(f, verbs[i], i % 2 ? "data" : "data_rimage_1");
                ASSERT_EQ(ask(f, "raidctl merge vg0/data"), REFUSAL_TRACKING);
        }
}

TEST(not_while_it_is_out_of_sync) {
        static const Verb verbs[] = { VERB_RESIZE, VERB_ADD_IMAGES };
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .health = "AAa" });

        for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
                fixture_ask(f, verbs[i], "data");
                f->request.size_bytes = 16 * MIB;
                f->request.images = 1;
                ASSERT_EQ(ask(f, "in sync"), REFUSAL_NOT_IN_SYNC);
        }
}

TEST(one_more_image_is_copied_whole) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_ask(f, VERB_ADD_IMAGES, "data");
        f->request.images = 1;
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_KINDS(f, "expect wipe meta.write meta.precommit dm.create dm.load dm.resume dm.create dm.load dm.resume dm.load dm.suspend "
                        "meta.commit dm.resume dm.suspend dm.resume converge meta.write meta.precommit meta.commit converge udev.wait backup");
        ASSERT_TRUE(strstr(load_of(f, "vg0-data"), " rebuild 3 ") != NULL);
        ASSERT_TRUE(strstr(fixture_step(f, STEP_META_WRITE, 0)->text, "\"REBUILD\"") != NULL);
        ASSERT_TRUE(strstr(fixture_step(f, STEP_META_WRITE, 1)->text, "\"REBUILD\"") == NULL);
        ASSERT_TRUE(lv_raid1(vg_find_lv(f->next, "data"))->raid1.images[3].data->segments[0]->linear.pv == f->next->pvs[3]);
        f->request.images = 2;
        ASSERT_EQ(ask(f, "no room for 2 more images"), REFUSAL_NO_SPACE);
        f->request.images = 62;
        ASSERT_EQ(ask(f, "at most 64"), REFUSAL_INVALID_SIZE);
        f->request.images = 1;
        f->request.pv = fixture_id("pv1"); /* has an image already */
        ASSERT_EQ(ask(f, "no room"), REFUSAL_NO_SPACE);
        f->request.pv = fixture_id("elsewhere");
        ASSERT_EQ(ask(f, "vg-extend"), REFUSAL_NO_SPACE);
}

TEST(linear_becomes_raid1) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);
        const LogicalVolume *lv;

        fixture_ask(f, VERB_ADD_IMAGES, "plain");
        f->request.images = 1;
        ASSERT_EQ(ask(f, NULL), 0);
        lv = vg_find_lv(f->next, "plain");
        ASSERT_EQ(lv_raid1(lv)->raid1.n_images, 2U);
        ASSERT_TRUE(uuid_equal(&lv->id, &fixture_lv(f, "plain")->id));
        ASSERT_EQ(lv_raid1(lv)->raid1.images[0].data->segments[0]->linear.pv_start, 8U); /* its extents stay where they are */
        ASSERT_TRUE(strstr(load_of(f, "vg0-plain"), " rebuild 1 ") != NULL);
        ASSERT_EQ(fixture_step(f, STEP_WIPE, 1)->kind, STEP_WIPE); /* of both rmetas */
}

TEST(images_that_go_free_their_extents_later) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_ask(f, VERB_REMOVE_IMAGES, "data");
        f->request.images = 1;
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_KINDS(f, "expect meta.write meta.precommit dm.load dm.suspend meta.commit dm.resume dm.suspend dm.resume converge meta.write meta.precommit "
                        "meta.commit converge udev.wait backup");
        ASSERT_TRUE(!vg_find_lv_by_id(f->next, &fixture_lv(f, "data_rimage_2")->id));
        f->request.images = 2;
        ASSERT_EQ(ask(f, "--allow-degraded"), REFUSAL_WOULD_LOSE_REDUNDANCY);
        f->request.allow_degraded = true;
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_TRUE(!lv_raid1(vg_find_lv(f->next, "data")));
        f->request.images = 3;
        ASSERT_EQ(ask(f, "raidctl remove"), REFUSAL_LAST_IMAGE);
        f->request.images = 1;
        f->request.slot = 0;
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_TRUE(!vg_find_lv_by_id(f->next, &fixture_lv(f, "data_rimage_0")->id));
        ASSERT_TRUE(uuid_equal(&vg_find_lv(f->next, "data_rimage_0")->id, &fixture_lv(f, "data_rimage_1")->id));
}

TEST(what_has_failed_goes_first) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .health = "ADA" });

        fixture_ask(f, VERB_REMOVE_IMAGES, "data");
        f->request.images = 1;
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_TRUE(!vg_find_lv_by_id(f->next, &fixture_lv(f, "data_rimage_1")->id));
}

/* A physical volume that is gone does not hinder that its image is replaced, and the text says that it is. */
TEST(replace_what_is_gone) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .health = "ADA" });

        free(f->devices[1].path);
        f->devices[1].path = NULL;
        fixture_ask(f, VERB_REPLACE_IMAGE, "data");
        f->request.slot = 1;
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_EQ(lv_raid1(vg_find_lv(f->next, "data"))->raid1.n_images, 4U);
        ASSERT_TRUE(lv_has_tag(vg_find_lv(f->next, "data_rimage_1"), TAG_REPLACED));
        ASSERT_TRUE(f->next->pvs[1]->flags & PV_MISSING);
        ASSERT_TRUE(strstr(fixture_step(f, STEP_META_WRITE, 0)->text, "flags = [\"MISSING\"]") != NULL);
        f->request.slot = 0;
        ASSERT_EQ(ask(f, "other than the one"), REFUSAL_NOT_IN_SYNC);
        fixture_ask(f, VERB_RESIZE, "data"); /* other changes wait for it */
        f->request.size_bytes = 12 * MIB;
        ASSERT_EQ(ask(f, "missing"), REFUSAL_MISSING_DEVICE);
}

/* A device that is back is good again with the next text; till then nothing is activated over it. */
TEST(what_is_back) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .inactive = true });

        f->vg->pvs[0]->flags |= PV_MISSING;
        fixture_ask(f, VERB_ACTIVATE, "plain");
        ASSERT_EQ(ask(f, "--restoremissing"), REFUSAL_MISSING_DEVICE);
        fixture_ask(f, VERB_CREATE, NULL);
        f->request.name = (char *) "new";
        f->request.size_bytes = MIB;
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_FALSE(f->next->pvs[0]->flags & PV_MISSING);
        ASSERT_TRUE(strstr(fixture_step(f, STEP_META_WRITE, 0)->text, "MISSING") == NULL);
}

TEST(a_replacement_ends_when_the_new_image_is_in_sync) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_ask(f, VERB_FINISH_REPLACE, "data");
        ASSERT_EQ(ask(f, "No image"), REFUSAL_NO_SUCH_IMAGE);
        ASSERT_EQ(raid1_set_replaced(fixture_lv(f, "data"), 0, 2), 0);
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_TRUE(strstr(fixture_step(f, STEP_META_WRITE, 0)->text, "raidd.replace") == NULL);
        ASSERT_TRUE(!vg_find_lv_by_id(f->next, &fixture_lv(f, "data_rimage_0")->id));
        fixture_ask(f, VERB_REPLACE_IMAGE, "data");
        f->request.slot = 1;
        ASSERT_EQ(ask(f, "already"), REFUSAL_BUSY);
}

/* Whoever removes the image that was added has given the replacement up: nothing else goes (S5). */
TEST(a_replacement_that_is_gone_replaces_nothing) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .health = "AAa" });

        ASSERT_EQ(raid1_set_replaced(fixture_lv(f, "data"), 0, 2), 0);
        fixture_ask(f, VERB_REMOVE_IMAGES, "data");
        f->request.images = 1;
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_EQ(raid1_replaced_slot(vg_find_lv(f->next, "data")), -ENOENT);
        fixture_free(f);

        f = fixture_new(&(FixtureArgs) { .n_images = 2 });
        ASSERT_EQ(raid1_set_replaced(fixture_lv(f, "data"), 0, 1), 0);
        fixture_ask(f, VERB_FINISH_REPLACE, "data");
        ASSERT_EQ(ask(f, "single image"), REFUSAL_WOULD_LOSE_REDUNDANCY);
}

TEST(limits) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(NULL);

        fixture_ask(f, VERB_SET_SYNC_RATE, "data");
        f->request.min_kib = 100;
        f->request.max_kib = 1000;
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_TRUE(strstr(load_of(f, "vg0-data"), " min_recovery_rate 100 max_recovery_rate 1000 ") != NULL);
        f->request.min_kib = 2000;
        ASSERT_EQ(ask(f, "above the maximum"), REFUSAL_INVALID_SIZE);
        f->request.min_kib = f->request.max_kib = UINT64_C(1) << 31;
        ASSERT_EQ(ask(f, "cannot be set"), REFUSAL_INVALID_SIZE);
        fixture_ask(f, VERB_SET_SYNC_RATE, "plain");
        f->request.min_kib = f->request.max_kib = 0;
        ASSERT_EQ(ask(f, "not a raid1"), REFUSAL_NOT_RAID1);
}

TEST(refresh_commits_nothing) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 1 });

        fixture_ask(f, VERB_REFRESH, "data");
        ASSERT_EQ(ask(f, NULL), 0);
        ASSERT_KINDS(f, "expect converge dm.load dm.suspend dm.resume dm.suspend dm.resume evidence udev.wait");
        ASSERT_TRUE(strstr(load_of(f, "vg0-data"), " - - ") != NULL);
}


static void lose_disk(Fixture *f, unsigned pv) {
        free(f->devices[pv].path);
        f->devices[pv].path = NULL;
}

/* Its label could not be read, but for the kernel the image on it is in sync: that it may stay. */
TEST(missing_but_in_use) {
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 3 });

        lose_disk(f, 0);
        fixture_ask(f, VERB_MERGE, "data");
        ASSERT_EQ(fixture_run(f), REFUSAL_MISSING_DEVICE);
}

/* A disk that is gone for good while an image is tracked: there is a way out for either. */
TEST(lost_while_tracked) {
        for (unsigned n = 2; n <= 3; n++) {
                _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .n_images = n, .tracked = (int) n });
                _cleanup_(fixture_freep) Fixture *g = fixture_new(&(FixtureArgs) { .n_images = n, .tracked = (int) n, .health = n == 2 ? "D-" : "AD-" });

                /* The tracked image's: it cannot be merged, but given up. */
                fixture_ask(f, VERB_REMOVE_IMAGES, "data");
                f->request.image = fixture_id(n == 2 ? "data_rimage_1" : "data_rimage_2");
                f->request.images = 1;
                ASSERT_EQ(fixture_run(f), REFUSAL_TRACKING);
                lose_disk(f, n - 1);
                f->facts.image_held = true;
                ASSERT_EQ(fixture_run(f), REFUSAL_HELD);
                f->facts.image_held = false;
                ASSERT_EQ(fixture_run(f), n == 2 ? REFUSAL_WOULD_LOSE_REDUNDANCY : 0);
                f->request.allow_degraded = true;
                ASSERT_EQ(fixture_run(f), 0);
                ASSERT_TRUE(vg_find_lv(f->next, "data_rimage_2") == NULL && vg_find_lv(f->next, "data_rmeta_2") == NULL);
                ASSERT_EQ(lv_tracked_slot(vg_find_lv(f->next, "data")), -ENOENT);
                ASSERT_EQ(lv_raid1(vg_find_lv(f->next, "data")) != NULL, n == 3);
                ASSERT_TRUE(f->next->pvs[n - 1]->flags & PV_MISSING);
                fixture_ask(f, VERB_MERGE, "data");
                ASSERT_EQ(fixture_run(f), REFUSAL_MISSING_DEVICE);
                ASSERT_TRUE(strstr(f->sentence, "raidctl remove-image vg0/data_rimage_") != NULL);

                /* Another one's: merged whole, from an image that is in sync. */
                lose_disk(g, n - 2);
                fixture_ask(g, VERB_MERGE, "data");
                g->facts.evidence = false; /* an attached superblock cannot be read */
                if (n == 2) {
                        ASSERT_EQ(fixture_run(g), REFUSAL_LAST_IMAGE);
                        ASSERT_TRUE(strstr(g->sentence, "copy from that image") != NULL);
                        continue;
                }
                ASSERT_EQ(fixture_run(g), 0);
                ASSERT_EQ(g->plan->rebuild_slots, UINT64_C(1) << 2);
                lose_disk(g, 3); /* what has nothing on it hinders nobody */
                ASSERT_EQ(fixture_run(g), 0);
                ASSERT_TRUE(g->next->pvs[1]->flags & PV_MISSING);
                lose_disk(g, 0); /* another volume is on that, which works */
                ASSERT_EQ(fixture_run(g), REFUSAL_MISSING_DEVICE);
        }
}
