/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is noted of images that were written to, and for how long. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/raid1.h"
#include "planner-fixture.h"
#include "test.h"
#include "world/written.h"

typedef struct DmUuid {
        char text[80];
} DmUuid;

static DmUuid dm_uuid(const Fixture *f, const char *lv) {
        Uuid id = fixture_id(lv);
        DmUuid u;

        (void) snprintf(u.text, sizeof(u.text), "LVM-%s%s", f->vg->id.chars, id.chars);
        return u;
}

#define NOTED(f, lv) written_is_noted(dm_uuid(f, lv).text)

static char dir[] = "/tmp/raidd-written.XXXXXX";

TEST(notes_of_tracked_images_stay) {
        static const char *const images[] = { "data_rimage_0", "data_rimage_2", "plain", "gone" };
        _cleanup_(fixture_freep) Fixture *f = fixture_new(&(FixtureArgs) { .tracked = 3 });
        _cleanup_(fixture_freep) Fixture *other = fixture_new(NULL);
        char command[64];

        ASSERT_TRUE(mkdtemp(dir) && setenv("RAIDD_NOTE_DIR", dir, 1) == 0);
        for (size_t i = 0; i < ELEMENTSOF(images); i++) {
                ASSERT_FALSE(NOTED(f, images[i]));
                ASSERT_OK(written_note(dm_uuid(f, images[i]).text));
                ASSERT_TRUE(NOTED(f, images[i]));
        }
        other->vg->id = fixture_id("othervg");
        written_tidy(other->vg);
        ASSERT_TRUE(NOTED(f, "data_rimage_0"));

        written_tidy(f->vg);
        ASSERT_FALSE(NOTED(f, "data_rimage_0"));
        ASSERT_TRUE(NOTED(f, "data_rimage_2"));
        ASSERT_TRUE(NOTED(f, "plain")); /* in what another disk says it may be the tracked image */
        ASSERT_TRUE(NOTED(f, "gone"));

        ASSERT_EQ(raid1_untrack(f->vg, fixture_lv(f, "data"), 2), 0);
        written_tidy(f->vg);
        ASSERT_FALSE(NOTED(f, "data_rimage_2"));

        ASSERT_TRUE(written_note("CRYPT-x") < 0);
        ASSERT_TRUE(written_note("LVM-../x") < 0);
        (void) snprintf(command, sizeof(command), "rm -r %s", dir);
        ASSERT_EQ(system(command), 0);
}
