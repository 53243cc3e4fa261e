/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scenarios.h"

#include "fake-layout.h"

/* The first PV is one of those that have areas: others may do without. */
static void bare(FakeWorld *f) {
        for (size_t i = 1; i < f->world.n_devices; i++)
                fake_layout_drop_area(f, i);
}

static void twice(FakeWorld *f) {
        for (size_t i = 0; i < f->world.n_devices; i++)
                fake_layout_second_area(f, i);
}

static void twice_and_turned(FakeWorld *f) {
        twice(f);
        fake_layout_turn_rings(f);
}

const Scenario scenarios[] = {
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
        { "merge of what cannot start", "", { VG_CREATE, CREATE(3), TRACK(1), DEACTIVATE("data") }, 4,
          { .verb = VERB_MERGE, .lv = "data", .blank = true }, ACTIVATE("data"), 3 },
        { "merge of what cannot start, image inactive (-real)", "-real", { VG_CREATE, CREATE(2), TRACK(0), DEACTIVATE("data"), DEACTIVATE("data_rimage_0") }, 5,
          { .verb = VERB_MERGE, .lv = "data", .blank = true }, ACTIVATE("data"), 2 },
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
        { "split 0 and 2 of 4 (-real)", "-real", { VG_CREATE, CREATE(4) }, 2, SPLIT_SEVERAL(0, 5), REMOVE("data"), 4 },
        { "split 2 of 3, one left", "", { VG_CREATE, CREATE(3) }, 2, SPLIT_SEVERAL(2, 0), REMOVE("new"), 3 },
        { "remove", "", { VG_CREATE, CREATE(2), CREATE_PLAIN }, 3, REMOVE("data"), CREATE(2), 2 },
        { "remove while tracking", "", { VG_CREATE, CREATE(3), TRACK(2) }, 3, REMOVE("data"), CREATE(3), 3 },
        { "check", "", { VG_CREATE, CREATE(2) }, 2, { .verb = VERB_SCRUB, .lv = "data", .name = "check" }, TRACK(0), 2 },
        { "vg-extend", "", { VG_CREATE_ON(2), CREATE(2) }, 2, VG_EXTEND(2), REMOVE("data"), 3 },
        { "vg-extend, wiping", "", { VG_CREATE_ON(1), CREATE_PLAIN }, 2, VG_EXTEND(1), REMOVE("plain"), 3, .dirty = true },
        { "vg-reduce", "", { VG_CREATE, CREATE(2) }, 2, { .verb = VERB_VG_REDUCE }, VG_EXTEND(2), 3 },
        { "vg-rename", "", { VG_CREATE, CREATE(2), CREATE_PLAIN }, 3, VG_RENAME("vg1"), VG_RENAME("vg0"), 2 },
        { "rename", "", { VG_CREATE, CREATE(2), CREATE_PLAIN }, 3, RENAME("data", "new"), RENAME("new", "data"), 2 },
        { "rename linear (-real)", "-real", { VG_CREATE, CREATE_PLAIN }, 2, RENAME("plain", "new"), REMOVE("new"), 2 },
        { "grow", "", { VG_CREATE, CREATE(2), CREATE_PLAIN }, 3, RESIZE("data", 5), TRACK(0), 2 },
        { "grow, and the bitmap with it", "", { { .verb = VERB_VG_CREATE, .name = "vg0", .unit = 1 << 10 },
          { .verb = VERB_CREATE, .name = "data", .size = 1 << 20, .images = 2, .unit = 4 << 10 } }, 2,
          { .verb = VERB_RESIZE, .lv = "data", .size = 34 << 20 }, TRACK(0), 2, .large = true },
        { "grow linear", "", { VG_CREATE, CREATE_PLAIN, CREATE(2) }, 3, RESIZE("plain", 5), REMOVE("plain"), 2 },
        { "grow what is off", "", { VG_CREATE, CREATE_PLAIN, DEACTIVATE("plain") }, 3, RESIZE("plain", 4), ACTIVATE("plain"), 2 },
        { "shrink", "", { VG_CREATE, CREATE(2) }, 2, RESIZE("data", 1), RESIZE("data", 3), 2 },
        { "shrink linear (-real)", "-real", { VG_CREATE, CREATE_PLAIN, RESIZE("plain", 3) }, 3, RESIZE("plain", 1), RESIZE("plain", 2), 2 },
        { "refresh", "", { VG_CREATE, CREATE(2), TRACK(1) }, 3, { .verb = VERB_REFRESH, .lv = "data" }, MERGE, 2 },
        { "limit resyncs", "", { VG_CREATE, CREATE(2) }, 2, { .verb = VERB_SET_SYNC_RATE, .lv = "data" }, TRACK(0), 2 },
        { "add an image", "", { VG_CREATE, CREATE(2) }, 2, ADD_IMAGES("data", 1), TRACK(0), 3 },
        { "linear to raid1", "", { VG_CREATE, CREATE_PLAIN }, 2, ADD_IMAGES("plain", 1), REMOVE("plain"), 2 },
        { "linear to raid1 of three (-real)", "-real", { VG_CREATE, CREATE_PLAIN }, 2, ADD_IMAGES("plain", 2), REMOVE("plain"), 3 },
        { "remove image 0 of 3", "", { VG_CREATE, CREATE(3) }, 2, REMOVE_IMAGES(0, 1), TRACK(0), 3 },
        { "remove two images of 3", "", { VG_CREATE, CREATE(3) }, 2, REMOVE_IMAGES(2, 0), ADD_IMAGES("data", 1), 3 },
        { "raid1 to linear (-real)", "-real", { VG_CREATE, CREATE(2) }, 2, REMOVE_IMAGES(0, 2), REMOVE("data"), 2 },
        { "replace an image", "", { VG_CREATE, CREATE(2) }, 2, { .verb = VERB_REPLACE_IMAGE, .lv = "data", .slot = 0 }, FINISH_REPLACE, 3 },
        { "finish a replacement", "", { VG_CREATE, CREATE(2), { .verb = VERB_REPLACE_IMAGE, .lv = "data", .slot = 0 } }, 3,
          FINISH_REPLACE, TRACK(0), 3 },
        { "split tracked, rings at their ends", "", { VG_CREATE, CREATE(3) }, 2, TRACK(0), MERGE, 3, .layout = fake_layout_turn_rings },
        { "merge, rings at their ends", "", { VG_CREATE, CREATE(2), TRACK(1) }, 3, MERGE, TRACK(0), 2, .layout = fake_layout_turn_rings },
        { "split, two areas on each", "", { VG_CREATE, CREATE(2) }, 2, SPLIT(2), REMOVE("data"), 2, .layout = twice },
        { "merge, two areas on each", "", { VG_CREATE, CREATE(3), TRACK(2) }, 3, MERGE, TRACK(1), 3, .layout = twice_and_turned },
        { "split tracked, one area in all", "", { VG_CREATE, CREATE(3) }, 2, TRACK(2), MERGE, 3, .layout = bare },
        { "merge, one area in all", "", { VG_CREATE, CREATE(2), TRACK(0) }, 3, MERGE, TRACK(1), 2, .layout = bare },
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

const size_t n_scenarios = ELEMENTSOF(scenarios);
