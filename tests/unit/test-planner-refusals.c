/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every refusal that the planner can give, by at least one way into it; and that the sentence names what it is about. */

#include "planner-fixture.h"

#include <string.h>

#include "test.h"

static bool seen[_REFUSAL_MAX];

/* Those that others give: the worker before it plans, the executor, the daemon. */
static const Refusal not_ours[] = { REFUSAL_BUSY, REFUSAL_LOCK_TIMEOUT, REFUSAL_FREEZE_FAILED };

typedef struct Case {
        const char *what;
        FixtureArgs args;
        Verb verb;
        const char *lv;
        void (*bend)(Fixture *f);
        Refusal refusal;
        const char *mentions;
} Case;

static const char snapshot[] =
        "\nsnap {\nid = \"snapxx-xxxx-xxxx-xxxx-xxxx-xxxx-xxxxxx\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"]\nflags = []\n"
        "segment_count = 1\n\nsegment1 {\nstart_extent = 0\nextent_count = 1\n\ntype = \"snapshot\"\nchunk_size = 8\n"
        "origin = \"data\"\ncow_store = \"cow\"\n}\n}\n"
        "\ncow {\nid = \"cowxxx-xxxx-xxxx-xxxx-xxxx-xxxx-xxxxxx\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"]\nflags = []\n"
        "segment_count = 1\n\nsegment1 {\nstart_extent = 0\nextent_count = 1\n\ntype = \"striped\"\nstripe_count = 1\n\n"
        "stripes = [\n\"pv3\", 9\n]\n}\n}\n";

static void superblocks_wiped(Fixture *f) {
        f->facts.blank = &fixture_lv(f, "data")->id;
        f->facts.n_blank = 1;
}

static void wiped_and_missing(Fixture *f) {
        superblocks_wiped(f);
        free(f->devices[1].path);
        f->devices[1].path = NULL;
}

static void no_lv(Fixture *f) {
        f->request.lv = fixture_id("nothere");
}

static void image_gone(Fixture *f) {
        f->request.image = fixture_id("nothere");
}

static void image_by_id(Fixture *f) {
        f->request.image = fixture_id("data_rimage_1");
}

static void image_by_id_and_0(Fixture *f) {
        image_by_id(f);
        f->request.slot = 0;
}

static void rmeta_by_id(Fixture *f) {
        f->request.image = fixture_id("data_rmeta_1");
}

static void volume_by_id(Fixture *f) {
        f->request.image = fixture_id("data");
}

static void image_9(Fixture *f) {
        f->request.slot = 9;
}

static void image_0(Fixture *f) {
        f->request.slot = 0;
}

static void degraded(Fixture *f) {
        f->request.allow_degraded = true;
}

static void on_pv3(Fixture *f) {
        f->request.pv = fixture_id("pv3");
}

static void image_and_wrong_pv(Fixture *f) {
        f->request.slot = 0;
        f->request.pv = fixture_id("pv1");
}

static void named_new(Fixture *f) {
        f->request.name = (char *) "new";
}

static void two_new(Fixture *f) {
        named_new(f);
        f->request.images = 2;
}

static void three_new(Fixture *f) {
        named_new(f);
        f->request.images = 3;
}

static void two_new_of_one(Fixture *f) {
        two_new(f);
        image_0(f);
}

static void images_0_and_9(Fixture *f) {
        named_new(f);
        f->request.slots = 1 << 0 | 1 << 9;
}

static void images_0_and_1(Fixture *f) {
        named_new(f);
        f->request.slots = 1 << 0 | 1 << 1;
}

static void named_new_image_0(Fixture *f) {
        named_new(f);
        image_0(f);
}

static void shorter(Fixture *f) {
        f->request.size_bytes = 1;
}

static void named_plain(Fixture *f) {
        f->request.name = (char *) "plain";
}

static void named_reserved(Fixture *f) {
        f->request.name = (char *) "my_rimage_1";
}

static void named_snapshot(Fixture *f) {
        f->request.name = (char *) "snapshot5";
}

static void named_badly(Fixture *f) {
        f->request.name = (char *) "a/b";
}

static void named_dot(Fixture *f) {
        f->request.name = (char *) "..";
}

static void named_nothing(Fixture *f) {
        f->request.name = NULL;
}

static void named_long(Fixture *f) {
        static char name[200];

        memset(name, 'n', sizeof(name) - 1);
        f->request.name = name;
}

static void named_long_with_hyphens(Fixture *f) {
        static char name[101];

        memset(name, '-', sizeof(name) - 1);
        name[0] = 'a';
        f->request.name = name;
}

static void kernel_has_name(Fixture *f) {
        named_new(f);
        strcpy(fixture_node(f, "vg0-plain")->name, "vg0-new");
}

static void suspended(Fixture *f) {
        fixture_node(f, "vg0-data")->suspended = true;
}

static void set_status(Fixture *f, const char *status) {
        DmNode *node = fixture_node(f, "vg0-data");

        free(node->raid_status);
        node->raid_status = strdup(status);
}

static void recovering(Fixture *f) {
        set_status(f, "raid1 3 AAa 100/16384 recover 0 0 -");
}

static void resyncing(Fixture *f) {
        set_status(f, "raid1 3 aaa 100/16384 resync 0 0 -");
        f->request.name = (char *) "fresh";
}

static void repaired(Fixture *f) {
        set_status(f, "raid1 3 AAA 100/16384 repair 0 0 -");
}

static void recovering_two(Fixture *f) {
        set_status(f, "raid1 4 AAaA 100/16384 recover 0 0 -");
        f->request.name = (char *) "new";
        f->request.slots = 1 << 0 | 1 << 1;
}

static void repairing(Fixture *f) {
        set_status(f, "raid1 3 AA- 100/16384 repair 0 0 -");
}

static void paused(Fixture *f) {
        set_status(f, "raid1 3 AAa 100/16384 frozen 0 0 -");
}

static void tracking_paused(Fixture *f) {
        set_status(f, "raid1 3 AA- 100/16384 frozen 0 0 -");
}

static void scrub_paused(Fixture *f) {
        paused(f);
        f->request.name = (char *) "check";
}

static void checking(Fixture *f) {
        set_status(f, "raid1 3 AAA 100/16384 check 0 0 -");
}

static void garbled_status(Fixture *f) {
        set_status(f, "raid1 2 AA 16384/16384 idle 0");
}

static void read_only_volume(Fixture *f) {
        fixture_lv(f, "data")->flags &= ~(unsigned) LV_WRITE;
}

static void read_only_named(Fixture *f) {
        read_only_volume(f);
        f->request.name = (char *) "new";
}

static void image_open(Fixture *f) {
        fixture_node(f, "vg0-data_rimage_2")->open_count = 1;
}

static void volume_open(Fixture *f) {
        fixture_node(f, "vg0-data")->open_count = 2;
}

static void held(Fixture *f) {
        f->facts.image_held = true;
}

static void pv_gone(Fixture *f) {
        free(f->devices[3].path);
        f->devices[3].path = NULL;
}

static void pv0_gone(Fixture *f) {
        free(f->devices[0].path);
        f->devices[0].path = NULL;
}

static void pvs_gone(Fixture *f) {
        for (unsigned i = 0; i < 3; i++) {
                free(f->devices[i].path);
                f->devices[i].path = NULL;
        }
}

static void locked_image(Fixture *f) {
        fixture_lv(f, "data_rimage_1")->flags |= LV_LOCKED;
}

static void unknown_image(Fixture *f) {
        fixture_lv(f, "data_rimage_1")->flags |= LV_UNKNOWN_STATUS;
}

static void unknown_vg(Fixture *f) {
        f->vg->flags |= VG_UNKNOWN_STATUS;
}

static void clustered(Fixture *f) {
        f->vg->flags |= VG_CLUSTERED;
}

static void planned_before(Fixture *f) {
        f->request.planned = true;
        f->request.planned_seqno = f->vg->seqno - 1;
}

static void duplicate(Fixture *f) {
        f->facts.duplicate_pv = true;
}

static void visible_rmeta(Fixture *f) {
        fixture_lv(f, "data_rmeta_1")->flags |= LV_VISIBLE;
}

static void no_vg(Fixture *f) {
        f->vg = vg_free(f->vg);
}

static void contradiction(Fixture *f) {
        lv_raid1(fixture_lv(f, "data"))->raid1.images[1] = lv_raid1(fixture_lv(f, "data"))->raid1.images[0];
}

static void create(Fixture *f) {
        named_new(f);
        f->request.size_bytes = 8 << 20;
}

static void create_size_0(Fixture *f) {
        named_new(f);
}

static void create_huge(Fixture *f) {
        create(f);
        f->request.size_bytes = UINT64_MAX;
}

static void create_too_big(Fixture *f) {
        create(f);
        f->request.size_bytes = UINT64_C(1) << 40;
}

static void create_65(Fixture *f) {
        create(f);
        f->request.images = 65;
}

static void create_5(Fixture *f) {
        create(f);
        f->request.images = 5;
}

static void create_odd_region(Fixture *f) {
        create(f);
        f->request.images = 2;
        f->request.region_bytes = 5000;
}

static void vg_create_tiny(Fixture *f) {
        static const NewPv tiny = { { .path = (char *) "/dev/vdz", .major = 254, .minor = 200, .bytes = 1 << 20, .block_bytes = 512 }, {}, 0, NULL };

        no_vg(f);
        f->request.name = (char *) "vg1";
        f->facts.new_pvs = &tiny;
        f->facts.n_new_pvs = 1;
}

static NewPv new_pvs[2];

/* Large enough, twice over. */
static void vg_create(Fixture *f) {
        vg_create_tiny(f);
        for (size_t i = 0; i < ELEMENTSOF(new_pvs); i++)
                new_pvs[i] = (NewPv) { .where = f->devices[i] };
        f->facts.new_pvs = new_pvs;
        f->facts.n_new_pvs = ELEMENTSOF(new_pvs);
}

static void vg_create_odd_extent(Fixture *f) {
        vg_create(f);
        f->request.extent_bytes = 5000;
}

static void vg_create_large_extent(Fixture *f) {
        vg_create(f);
        f->request.extent_bytes = UINT64_C(1) << 30;
}

static void vg_create_wide_stripe(Fixture *f) {
        vg_create(f);
        new_pvs[1].topology.optimal_io_bytes = UINT32_MAX;
}

static void vg_create_twice(Fixture *f) {
        vg_create(f);
        new_pvs[1].where = new_pvs[0].where;
}

static void vg_create_signed(Fixture *f) {
        vg_create(f);
        new_pvs[1].signatures = "ext4";
}

static void obstacle(Fixture *f, PvObstacle what) {
        vg_create_signed(f);
        f->request.wipe = true;
        new_pvs[1].obstacle = what;
}

static void new_used(Fixture *f) { obstacle(f, PV_USED); }
static void new_open(Fixture *f) { obstacle(f, PV_OPEN); }
static void new_read_only(Fixture *f) { obstacle(f, PV_READ_ONLY); }
static void new_lv(Fixture *f) { obstacle(f, PV_IS_LV); }
static void new_path(Fixture *f) { obstacle(f, PV_IS_PATH); }
static void new_unlisted(Fixture *f) { obstacle(f, PV_UNLISTED); }
static void new_filtered(Fixture *f) { obstacle(f, PV_FILTERED); }

static void extend_signed(Fixture *f) {
        static NewPv signed_pv;

        signed_pv = (NewPv) { .where = f->devices[0], .signatures = "swap" };
        f->facts.new_pvs = &signed_pv;
        f->facts.n_new_pvs = 1;
}

#define TRACKING { .tracked = 3 }
#define TWO { .n_images = 2 }
#define INACTIVE { .inactive = true }

static const Case cases[] = {
        { "split of nothing", {}, VERB_SPLIT_TRACKED, "data", no_lv, REFUSAL_NO_SUCH_VOLUME, "vg0" },
        { "activate nothing", {}, VERB_ACTIVATE, "data", no_lv, REFUSAL_NO_SUCH_VOLUME, "vg0" },
        { "remove nothing", {}, VERB_REMOVE, "data", no_lv, REFUSAL_NO_SUCH_VOLUME, "vg0" },
        { "merge nothing", {}, VERB_MERGE, "data", no_lv, REFUSAL_NO_SUCH_VOLUME, "vg0" },
        { "no such VG", {}, VERB_SPLIT, "data", no_vg, REFUSAL_NO_SUCH_VG, "volume group" },
        { "no image 9", {}, VERB_SPLIT_TRACKED, "data", image_9, REFUSAL_NO_SUCH_IMAGE, "image 9" },
        { "no image there", {}, VERB_SPLIT_TRACKED, "data", on_pv3, REFUSAL_NO_SUCH_IMAGE, "vg0/data" },
        { "image elsewhere", {}, VERB_SPLIT_TRACKED, "data", image_and_wrong_pv, REFUSAL_NO_SUCH_IMAGE, "Image 0" },
        { "image of nobody", {}, VERB_SPLIT_TRACKED, "data", image_gone, REFUSAL_NO_SUCH_IMAGE, "none of vg0/data" },
        { "image of another volume", {}, VERB_SPLIT_TRACKED, "plain", image_by_id, REFUSAL_NO_SUCH_IMAGE, "none of vg0/plain" },
        { "no image but a volume", {}, VERB_REPLACE_IMAGE, "data", volume_by_id, REFUSAL_NO_SUCH_IMAGE, "none of vg0/data" },
        { "no image but its rmeta", {}, VERB_SPLIT_TRACKED, "data", rmeta_by_id, REFUSAL_NO_SUCH_IMAGE, "none of vg0/data" },
        { "image by index and by identifier", {}, VERB_SPLIT_TRACKED, "data", image_by_id_and_0, REFUSAL_NO_SUCH_IMAGE, "Image 0" },
        { "image named twice", {}, VERB_SPLIT_TRACKED, "data_rimage_1", image_0, REFUSAL_NO_SUCH_IMAGE, "Image 1" },
        { "linear", {}, VERB_SPLIT_TRACKED, "plain", NULL, REFUSAL_NOT_RAID1, "vg0/plain" },
        { "linear for good", {}, VERB_SPLIT, "plain", named_new, REFUSAL_NOT_RAID1, "vg0/plain" },
        { "inactive", INACTIVE, VERB_SPLIT_TRACKED, "data", NULL, REFUSAL_NOT_ACTIVE, "raidctl activate vg0/data" },
        { "inactive for good", INACTIVE, VERB_SPLIT, "data", named_new, REFUSAL_NOT_ACTIVE, "raidctl activate vg0/data" },
        { "merge inactive", { .tracked = 3, .inactive = true }, VERB_MERGE, "data", NULL, REFUSAL_NOT_ACTIVE, "vg0/data" },
        { "start with blank superblocks", { .tracked = 3, .inactive = true }, VERB_ACTIVATE, "data", superblocks_wiped, REFUSAL_RECOVERY_NEEDED,
          "raidctl merge vg0/data" },
        { "merge of blank superblocks, a disk away", { .tracked = 3, .inactive = true }, VERB_MERGE, "data", wiped_and_missing, REFUSAL_MISSING_DEVICE,
          "vg0" },
        { "suspended", {}, VERB_SPLIT_TRACKED, "data", suspended, REFUSAL_RECOVERY_NEEDED, "vg0-data" },
        { "recovering", {}, VERB_SPLIT_TRACKED, "data", recovering, REFUSAL_NOT_IN_SYNC, "vg0/data" },
        { "leg not in sync", { .health = "AAD" }, VERB_SPLIT, "data", named_new, REFUSAL_NOT_IN_SYNC, "Image 2" },
        { "status of something else", {}, VERB_SPLIT_TRACKED, "data", garbled_status, REFUSAL_NOT_IN_SYNC, "vg0/data" },
        { "second split", TRACKING, VERB_SPLIT_TRACKED, "data", NULL, REFUSAL_ALREADY_TRACKING, "data_rimage_2" },
        { "second split of another", TRACKING, VERB_SPLIT_TRACKED, "data", image_0, REFUSAL_ALREADY_TRACKING, "data_rimage_2" },
        { "another for good", TRACKING, VERB_SPLIT, "data", named_new_image_0, REFUSAL_TRACKED_ELSEWHERE, "data_rimage_2" },
        { "another for good, by image", TRACKING, VERB_SPLIT, "data_rimage_1", named_new, REFUSAL_TRACKED_ELSEWHERE, "image 1" },
        { "two tracked", {}, VERB_SPLIT_TRACKED, "data", two_new, REFUSAL_ALREADY_TRACKING, "more than one split image at a time" },
        { "two for good while tracking", { .n_images = 4, .tracked = 3 }, VERB_SPLIT, "data", two_new, REFUSAL_TRACKING, "data_rimage_2" },
        { "two for good of one", { .n_images = 4 }, VERB_SPLIT, "data", two_new_of_one, REFUSAL_INVALID_SIZE, "1 images of vg0/data" },
        { "two for good of an image", { .n_images = 4 }, VERB_SPLIT, "data_rimage_1", two_new, REFUSAL_INVALID_SIZE, "vg0/data" },
        { "two for good, no such", { .n_images = 4 }, VERB_SPLIT, "data", images_0_and_9, REFUSAL_NO_SUCH_IMAGE, "no image 9" },
        { "all for good", {}, VERB_SPLIT, "data", three_new, REFUSAL_LAST_IMAGE, "raidctl rename vg0/data" },
        { "two for good, one left", {}, VERB_SPLIT, "data", two_new, REFUSAL_WOULD_LOSE_REDUNDANCY, "--allow-degraded" },
        { "two for good, none in sync left", { .n_images = 4, .health = "DDAA" }, VERB_SPLIT, "data", two_new, REFUSAL_LAST_IMAGE,
          "vg0/data" },
        { "two for good, one not in sync", { .n_images = 4, .health = "ADAA" }, VERB_SPLIT, "data", images_0_and_1, REFUSAL_NOT_IN_SYNC,
          "Image 1" },
        { "two for good while recovering", { .n_images = 4 }, VERB_SPLIT, "data", recovering_two, REFUSAL_NOT_IN_SYNC, "raidctl wait" },
        { "remove tracked image", TRACKING, VERB_REMOVE, "data_rimage_2", NULL, REFUSAL_TRACKING, "vg0/data_rimage_2" },
        { "remove component", TRACKING, VERB_REMOVE, "data_rmeta_0", NULL, REFUSAL_TRACKING, "data_rmeta_0" },
        { "remove image", {}, VERB_REMOVE, "data_rimage_2", NULL, REFUSAL_IN_USE, "vg0/data" },
        { "merge untracked", {}, VERB_MERGE, "data", NULL, REFUSAL_NOT_TRACKED, "vg0/data" },
        { "merge another", TRACKING, VERB_MERGE, "data_rimage_0", NULL, REFUSAL_NOT_TRACKED, "data_rimage_2" },
        { "merge linear", {}, VERB_MERGE, "plain", NULL, REFUSAL_NOT_TRACKED, "vg0/plain" },
        { "activate hidden image", {}, VERB_ACTIVATE, "data_rimage_0", NULL, REFUSAL_NOT_TRACKED, "vg0/data" },
        { "merge open image", TRACKING, VERB_MERGE, "data", image_open, REFUSAL_IN_USE, "data_rimage_2" },
        { "merge held image", TRACKING, VERB_MERGE, "data", held, REFUSAL_HELD, "data_rimage_2" },
        { "merge while repaired", TRACKING, VERB_MERGE, "data", repairing, REFUSAL_BUSY, "raidctl wait vg0/data" },
        { "pause nothing", {}, VERB_PAUSE, "data", NULL, REFUSAL_NOT_RUNNING, "raidctl jobs" },
        { "pause what is paused", {}, VERB_PAUSE, "data", paused, REFUSAL_PAUSED, "raidctl resume vg0/data" },
        { "pause a check", {}, VERB_PAUSE, "data", checking, REFUSAL_NOT_PAUSABLE, "raidctl cancel vg0/data" },
        { "pause what is off", INACTIVE, VERB_PAUSE, "data", NULL, REFUSAL_NOT_ACTIVE, "raidctl activate vg0/data" },
        { "resume nothing", {}, VERB_RESUME, "data", NULL, REFUSAL_NOT_RUNNING, "vg0/data" },
        { "resume what runs", {}, VERB_RESUME, "data", recovering, REFUSAL_NOT_PAUSED, "raidctl wait vg0/data" },
        { "cancel nothing", {}, VERB_CANCEL, "data", NULL, REFUSAL_NOT_RUNNING, "vg0/data" },
        { "pause a resync", {}, VERB_PAUSE, "data", resyncing, REFUSAL_NOT_PAUSABLE, "raidctl sync-rate vg0/data" },
        { "pause a repair", {}, VERB_PAUSE, "data", repaired, REFUSAL_NOT_PAUSABLE, "raidctl sync-rate vg0/data" },
        { "rename while it is resynced", {}, VERB_RENAME, "data", resyncing, REFUSAL_BUSY, "raidctl wait vg0/data" },
        { "rename the group while one is resynced", {}, VERB_VG_RENAME, "data", resyncing, REFUSAL_BUSY, "raidctl wait vg0/data" },
        { "cancel a repair", {}, VERB_CANCEL, "data", repaired, REFUSAL_NOT_CANCELABLE, "has grown by" },
        { "cancel a recovery", {}, VERB_CANCEL, "data", recovering, REFUSAL_NOT_CANCELABLE, "raidctl sync-rate vg0/data" },
        { "cancel what is paused", {}, VERB_CANCEL, "data", paused, REFUSAL_NOT_CANCELABLE, "half old" },
        { "refresh while paused", {}, VERB_REFRESH, "data", paused, REFUSAL_PAUSED, "raidctl resume vg0/data" },
        { "limit while paused", {}, VERB_SET_SYNC_RATE, "data", paused, REFUSAL_PAUSED, "raidctl resume vg0/data" },
        { "split while paused", {}, VERB_SPLIT_TRACKED, "data", paused, REFUSAL_NOT_IN_SYNC, "vg0/data" },
        { "scrub while paused", {}, VERB_SCRUB, "data", scrub_paused, REFUSAL_BUSY, "vg0/data" },
        { "merge while paused", TRACKING, VERB_MERGE, "data", tracking_paused, REFUSAL_PAUSED, "raidctl resume vg0/data" },
        { "merge into read-only", TRACKING, VERB_MERGE, "data", read_only_volume, REFUSAL_READ_ONLY, "lvchange -prw vg0/data" },
        { "split of read-only", {}, VERB_SPLIT_TRACKED, "data", read_only_volume, REFUSAL_READ_ONLY, "lvchange -prw vg0/data" },
        { "split of read-only for good", {}, VERB_SPLIT, "data", read_only_named, REFUSAL_READ_ONLY, "lvchange -prw" },
        { "merge without source", { .tracked = 3, .health = "DD-" }, VERB_MERGE, "data", NULL, REFUSAL_LAST_IMAGE, "data_rimage_2" },
        { "remove open", {}, VERB_REMOVE, "data", volume_open, REFUSAL_IN_USE, "2 users" },
        { "remove, image open", TRACKING, VERB_REMOVE, "data", image_open, REFUSAL_IN_USE, "data_rimage_2" },
        { "deactivate open", {}, VERB_DEACTIVATE, "data", volume_open, REFUSAL_IN_USE, "vg0/data" },
        { "deactivate VG, one open", TRACKING, VERB_VG_DEACTIVATE, NULL, image_open, REFUSAL_IN_USE, "data_rimage_2" },
        { "remove VG with volumes", {}, VERB_VG_REMOVE, NULL, NULL, REFUSAL_IN_USE, "vg0/data" },
        { "split last", { .health = "DDA" }, VERB_SPLIT_TRACKED, "data", degraded, REFUSAL_LAST_IMAGE, "vg0/data" },
        { "one left", TWO, VERB_SPLIT_TRACKED, "data", NULL, REFUSAL_WOULD_LOSE_REDUNDANCY, "--allow-degraded" },
        { "one left for good", TWO, VERB_SPLIT, "data", named_new, REFUSAL_WOULD_LOSE_REDUNDANCY, "--allow-degraded" },
        { "one left of three", { .health = "DAA" }, VERB_SPLIT, "data", named_new, REFUSAL_WOULD_LOSE_REDUNDANCY, "vg0/data" },
        { "tracked for good, one left", { .n_images = 2, .tracked = 1 }, VERB_SPLIT, "data", named_new,
          REFUSAL_WOULD_LOSE_REDUNDANCY, "vg0/data" },
        { "split with missing PV", {}, VERB_SPLIT_TRACKED, "data", pv_gone, REFUSAL_MISSING_DEVICE, "/dev/vde" },
        { "create with missing PV", {}, VERB_CREATE, NULL, pv_gone, REFUSAL_MISSING_DEVICE, "vg0" },
        { "activate linear with missing PV", INACTIVE, VERB_ACTIVATE, "plain", pv0_gone, REFUSAL_MISSING_DEVICE, "vg0/plain" },
        { "activate with no image left", INACTIVE, VERB_ACTIVATE, "data", pvs_gone, REFUSAL_MISSING_DEVICE, "vg0/data" },
        { "shrink without a word", {}, VERB_RESIZE, "data", shorter, REFUSAL_WOULD_LOSE_DATA, "--allow-shrink" },
        { "name taken", {}, VERB_SPLIT, "data", named_plain, REFUSAL_NAME_EXISTS, "vg0/plain" },
        { "name in the kernel", {}, VERB_SPLIT, "data", kernel_has_name, REFUSAL_NAME_EXISTS, "vg0-new" },
        { "VG exists", {}, VERB_VG_CREATE, NULL, named_new, REFUSAL_NAME_EXISTS, "new" },
        { "reserved", {}, VERB_SPLIT, "data", named_reserved, REFUSAL_INVALID_NAME, "_rimage" },
        { "reserved prefix", {}, VERB_SPLIT, "data", named_snapshot, REFUSAL_INVALID_NAME, "snapshot" },
        { "bad characters", {}, VERB_SPLIT, "data", named_badly, REFUSAL_INVALID_NAME, "characters" },
        { "dots", {}, VERB_SPLIT, "data", named_dot, REFUSAL_INVALID_NAME, "'..'" },
        { "no name", {}, VERB_SPLIT, "data", named_nothing, REFUSAL_INVALID_NAME, "name" },
        { "long", {}, VERB_SPLIT, "data", named_long, REFUSAL_INVALID_NAME, "too long" },
        { "long in the kernel", {}, VERB_SPLIT, "data", named_long_with_hyphens, REFUSAL_INVALID_NAME, "vg0" },
        { "create: no size", {}, VERB_CREATE, NULL, create_size_0, REFUSAL_INVALID_SIZE, "size" },
        { "create: overflow", {}, VERB_CREATE, NULL, create_huge, REFUSAL_INVALID_SIZE, "vg0" },
        { "create: too big", {}, VERB_CREATE, NULL, create_too_big, REFUSAL_NO_SPACE, "vg0" },
        { "create: 65 images", {}, VERB_CREATE, NULL, create_65, REFUSAL_INVALID_SIZE, "64" },
        { "create: 5 images on 4 PVs", {}, VERB_CREATE, NULL, create_5, REFUSAL_NO_SPACE, "vg0" },
        { "create: odd region", {}, VERB_CREATE, NULL, create_odd_region, REFUSAL_INVALID_SIZE, "region" },
        { "tiny device", {}, VERB_VG_CREATE, NULL, vg_create_tiny, REFUSAL_DEVICE_TOO_SMALL, "/dev/vdz" },
        { "too small for an extent", {}, VERB_VG_CREATE, NULL, vg_create_large_extent, REFUSAL_DEVICE_TOO_SMALL, "needs 1074790400" },
        { "too small for its stripe", {}, VERB_VG_CREATE, NULL, vg_create_wide_stripe, REFUSAL_DEVICE_TOO_SMALL, "needs 4299161088" },
        { "the same twice", {}, VERB_VG_CREATE, NULL, vg_create_twice, REFUSAL_DEVICE_IN_USE, "same device" },
        { "signature", {}, VERB_VG_CREATE, NULL, vg_create_signed, REFUSAL_DEVICE_IN_USE, "(ext4); if that is not needed, say so with --wipe" },
        { "signature, extend", {}, VERB_VG_EXTEND, NULL, extend_signed, REFUSAL_DEVICE_IN_USE, "(swap)" },
        { "PV of a VG", {}, VERB_VG_CREATE, NULL, new_used, REFUSAL_DEVICE_IN_USE, "another volume group" },
        { "in use", {}, VERB_VG_CREATE, NULL, new_open, REFUSAL_DEVICE_IN_USE, "mount" },
        { "read-only device", {}, VERB_VG_CREATE, NULL, new_read_only, REFUSAL_DEVICE_IN_USE, "--setrw" },
        { "an LV", {}, VERB_VG_CREATE, NULL, new_lv, REFUSAL_DEVICE_IN_USE, "logical volume" },
        { "a path", {}, VERB_VG_CREATE, NULL, new_path, REFUSAL_DEVICE_IN_USE, "multipath" },
        { "not in the devices file", {}, VERB_VG_CREATE, NULL, new_unlisted, REFUSAL_DEVICE_EXCLUDED, "'lvmdevices --adddev /dev/vdc'" },
        { "filtered", {}, VERB_VG_CREATE, NULL, new_filtered, REFUSAL_DEVICE_EXCLUDED, "lvm.conf" },
        { "odd extent", {}, VERB_VG_CREATE, NULL, vg_create_odd_extent, REFUSAL_INVALID_SIZE, "extent" },
        { "snapshot of it", { .more_lvs = snapshot }, VERB_SPLIT_TRACKED, "data", NULL, REFUSAL_LAYERED, "snap" },
        { "remove under snapshot", { .more_lvs = snapshot }, VERB_REMOVE, "data", NULL, REFUSAL_LAYERED, "snap" },
        { "the snapshot itself", { .more_lvs = snapshot }, VERB_ACTIVATE, "snap", NULL, REFUSAL_LAYERED, "'snapshot'" },
        { "pvmove", {}, VERB_SPLIT_TRACKED, "data", locked_image, REFUSAL_LAYERED, "pvmove" },
        { "unknown status", {}, VERB_SPLIT_TRACKED, "data", unknown_image, REFUSAL_UNKNOWN_METADATA, "data_rimage_1" },
        { "unknown status of VG", {}, VERB_SPLIT_TRACKED, "data", unknown_vg, REFUSAL_UNKNOWN_METADATA, "vg0" },
        { "unfinished", INACTIVE, VERB_ACTIVATE, "data", visible_rmeta, REFUSAL_UNKNOWN_METADATA, "vg0/data" },
        { "exported", { .vg_status = "\"EXPORTED\", \"RESIZEABLE\", \"READ\", \"WRITE\"" }, VERB_ACTIVATE, "data", NULL,
          REFUSAL_EXPORTED, "vgimport vg0" },
        { "read-only VG", { .vg_status = "\"RESIZEABLE\", \"READ\"" }, VERB_SPLIT_TRACKED, "data", NULL, REFUSAL_READ_ONLY, "vg0" },
        { "foreign", { .vg_lines = "system_id = \"other\"\n" }, VERB_SPLIT_TRACKED, "data", NULL, REFUSAL_FOREIGN, "'other'" },
        { "shared", { .vg_lines = "lock_type = \"sanlock\"\n" }, VERB_SPLIT_TRACKED, "data", NULL, REFUSAL_SHARED, "sanlock" },
        { "clustered", {}, VERB_DEACTIVATE, "data", clustered, REFUSAL_SHARED, "clustered" },
        { "stale plan", {}, VERB_SPLIT_TRACKED, "data", planned_before, REFUSAL_PLAN_STALE, "vg0" },
        { "duplicates", {}, VERB_MERGE, "data", duplicate, REFUSAL_DUPLICATE_PV, "vg0" },
        { "contradiction", {}, VERB_SPLIT_TRACKED, "data", contradiction, REFUSAL_METADATA_CORRUPT, "vgck vg0" },
};

static void check_cases(void) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const Case *c = &cases[i];
                _cleanup_(fixture_freep) Fixture *f = fixture_new(&c->args);
                int r;

                fixture_ask(f, c->verb, c->lv);
                if (c->bend)
                        c->bend(f);
                r = fixture_run(f);
                if (r != (int) c->refusal || !f->sentence || !strstr(f->sentence, c->mentions))
                        fprintf(stderr, "%s: %d (%s): %s\n", c->what, r, r > 0 ? refusal_to_string((Refusal) r) : "", f->sentence ?: "");
                ASSERT_EQ(r, (int) c->refusal);
                ASSERT_TRUE(f->sentence != NULL);
                ASSERT_TRUE(strstr(f->sentence, c->mentions) != NULL);
                ASSERT_TRUE(!f->plan && !f->next);
                seen[c->refusal] = true;
        }
}

TEST(each_case_is_refused_with_a_sentence_and_no_refusal_is_left_out) {
        check_cases();
        for (size_t i = 0; i < ELEMENTSOF(not_ours); i++)
                seen[not_ours[i]] = true;

        for (int i = REFUSAL_NONE + 1; i < _REFUSAL_MAX; i++) {
                if (!seen[i])
                        fprintf(stderr, "no test for %s\n", refusal_to_string((Refusal) i));
                ASSERT_TRUE(seen[i]);
        }
}
