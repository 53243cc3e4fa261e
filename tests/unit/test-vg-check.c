/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each rule of vg-check.h, broken in each way that there is, by as little as is needed. */

#include "test.h"

#include <errno.h>

#include "model/vg-check.h"
#include "model/vg-import.h"

/* vg0/lv with three images, on three of four PVs */
static VolumeGroup *load(void) {
        _cleanup_fclose_ FILE *f = NULL;
        _cleanup_free_ char *path = NULL;
        static char text[1 << 16];
        VolumeGroup *vg;
        size_t n;

        ASSERT_TRUE(asprintf(&path, "%s/vg/v20316-a_raid1_m2.txt", getenv("TEST_DATA") ?: "tests/data") > 0);
        f = fopen(path, "re");
        ASSERT_NOT_NULL(f);
        n = fread(text, 1, sizeof(text), f);
        ASSERT_OK(vg_import(text, n, &vg));
        return vg;
}

static LogicalVolume *find(VolumeGroup *vg, const char *name) {
        LogicalVolume *lv = vg_find_lv(vg, name);

        ASSERT_NOT_NULL(lv);
        return lv;
}

static Segment *raid1(VolumeGroup *vg) {
        Segment *s = lv_raid1(find(vg, "lv"));

        ASSERT_NOT_NULL(s);
        return s;
}

/* One more segment, of nothing, behind those that there are. */
static Segment *append(LogicalVolume *lv, uint32_t extents) {
        Segment *s = calloc(1, sizeof(*s));

        ASSERT_NOT_NULL(s);
        lv->segments = reallocarray(lv->segments, lv->n_segments + 1, sizeof(*lv->segments));
        ASSERT_NOT_NULL(lv->segments);
        *s = (Segment) { .kind = SEGMENT_ERROR, .type = strdup("error"), .start_extent = lv->extents, .extents = extents };
        lv->segments[lv->n_segments++] = s;
        lv->extents += extents;
        return s;
}

static void resize(LogicalVolume *lv, uint32_t extents) {
        lv->extents = lv->segments[0]->extents = extents;
}

static void rename_like(VolumeGroup *vg) {
        LogicalVolume *lv = find(vg, "lv_rmeta_2");

        free(lv->name);
        lv->name = strdup("lv_rmeta_0");
}

static void same_lv_id(VolumeGroup *vg) { find(vg, "lv")->id = find(vg, "lv_rimage_1")->id; }
static void same_pv_id(VolumeGroup *vg) { vg->pvs[3]->id = vg->pvs[0]->id; }
static void gap(VolumeGroup *vg) { append(find(vg, "lv_rimage_0"), 1)->start_extent++; }
static void overlap_in_lv(VolumeGroup *vg) { append(find(vg, "lv_rimage_0"), 1)->start_extent--; }
static void empty_segment(VolumeGroup *vg) { append(find(vg, "lv_rimage_0"), 0); }
static void longer_than_segments(VolumeGroup *vg) { find(vg, "lv")->extents++; }

static void beyond_pv(VolumeGroup *vg) {
        Segment *s = find(vg, "lv_rimage_0")->segments[0];

        s->linear.pv_start = s->linear.pv->pe_count - s->extents + 1;
}
/* Added in 32 bits that would be the beginning. */
static void far_beyond_pv(VolumeGroup *vg) {
        Segment *s = find(vg, "lv_rimage_0")->segments[0];

        s->linear.pv_start = UINT32_MAX - s->extents + 1;
}

static void shared_extent(VolumeGroup *vg) {
        const Segment *first = find(vg, "lv_rimage_0")->segments[0];
        Segment *s = find(vg, "lv_rimage_1")->segments[0];

        s->linear.pv = first->linear.pv;
        s->linear.pv_start = first->linear.pv_start + first->extents - 1;
}
static void same_extents(VolumeGroup *vg) { find(vg, "lv_rmeta_1")->segments[0]->linear = find(vg, "lv_rmeta_0")->segments[0]->linear; }

static void beside_others(VolumeGroup *vg) { append(find(vg, "lv"), 1); }
static void short_image(VolumeGroup *vg) { resize(find(vg, "lv_rimage_2"), find(vg, "lv_rimage_2")->extents - 1); }
static void image_of_itself(VolumeGroup *vg) { raid1(vg)->raid1.images[1].data = find(vg, "lv"); }
static void meta_of_itself(VolumeGroup *vg) { raid1(vg)->raid1.images[1].meta = find(vg, "lv"); }

static void data_twice(VolumeGroup *vg) { raid1(vg)->raid1.images[1].data = raid1(vg)->raid1.images[0].data; }
static void meta_twice(VolumeGroup *vg) { raid1(vg)->raid1.images[2].meta = raid1(vg)->raid1.images[0].meta; }
static void both_roles(VolumeGroup *vg) { raid1(vg)->raid1.images[2].meta = raid1(vg)->raid1.images[0].data; }
static void more_than_there_are(VolumeGroup *vg) {
        Segment *s = raid1(vg);

        s->raid1.images = reallocarray(s->raid1.images, 4, sizeof(*s->raid1.images));
        ASSERT_NOT_NULL(s->raid1.images);
        s->raid1.images[s->raid1.n_images++] = s->raid1.images[0];
}

static void track(VolumeGroup *vg, const char *name) {
        find(vg, name)->flags = (find(vg, name)->flags | LV_VISIBLE) & ~LV_WRITE;
}
static void two_tracked(VolumeGroup *vg) {
        track(vg, "lv_rimage_0");
        track(vg, "lv_rimage_2");
}

static void pv_begins_too_late(VolumeGroup *vg) { vg->pvs[1]->pe_start = UINT64_MAX; }
static void pv_bytes_overflow(VolumeGroup *vg) { vg->pvs[1]->pe_start = UINT64_MAX / 512; }
/* No PV is as long: nothing is behind it. */
static void lv_bytes_overflow(VolumeGroup *vg) {
        LogicalVolume *lv = find(vg, "lv_rmeta_0");

        vg->extent_sectors = 1 << 24;
        append(lv, UINT32_MAX - lv->extents);
}

TEST(broken) {
        static const struct {
                const char *rule;
                void (*breaks)(VolumeGroup *vg);
        } cases[] = {
                { "V1: two logical", rename_like },        { "V1: two logical", same_lv_id },
                { "V1: two physical", same_pv_id },        { "V2: a gap", gap },
                { "V2: a gap", overlap_in_lv },            { "V2: a gap or an empty", empty_segment },
                { "V2: the segments", longer_than_segments }, { "V3:", beyond_pv },
                { "V3:", far_beyond_pv },                  { "V4:", shared_extent },
                { "V4:", same_extents },                   { "V5: a raid1 segment beside", beside_others },
                { "V5: an image", short_image },           { "V5: an image", image_of_itself },
                { "V5: an image", meta_of_itself },        { "V6:", data_twice },
                { "V6:", meta_twice },                     { "V6:", both_roles },
                { "V6:", more_than_there_are },            { "V7:", two_tracked },
                { "V8: a physical", pv_begins_too_late },  { "V8: a physical", pv_bytes_overflow },
                { "V8: a logical", lv_bytes_overflow },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(vg_freep) VolumeGroup *vg = load();
                const char *rule = "none";

                ASSERT_OK(vg_check(vg, &rule));
                cases[i].breaks(vg);
                if (vg_check(vg, &rule) != -EINVAL || strncmp(rule, cases[i].rule, strlen(cases[i].rule)) != 0)
                        TEST_FAIL("case %zu: wanted %s, got %s", i, cases[i].rule, rule);
        }
}

/* As near as may be. */
TEST(not_broken) {
        _cleanup_(vg_freep) VolumeGroup *vg = load();
        const char *rule = "none";
        Segment *s = find(vg, "lv_rimage_0")->segments[0];

        s->linear.pv_start = s->linear.pv->pe_count - s->extents;
        track(vg, "lv_rimage_0");
        ASSERT_OK(vg_check(vg, &rule));
}
