/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the helper sees and what the daemon gets. */

#include <errno.h>
#include <stdint.h>

#include "model/dm-wire.h"
#include "test.h"

static DmNode nodes[] = {
        { (char *) "vg0-data", (char *) "LVM-abc", 253, 6, (char *) "0 131072 raid raid1 3 0 region_size 4096 2 253:0 - 253:2 253:3", NULL, true, false, 3,
          (char *) "raid1 2 AA 131072/131072 idle 0 0 -" },
        { (char *) "", (char *) "", UINT32_MAX, UINT32_MAX, NULL, (char *) "", false, true, UINT32_MAX, NULL },
        { (char *) "vg0-data_rimage_2", (char *) "LVM-def-real", 0, 0, (char *) "0 8 linear 8:0 0\n8 8 error ", (char *) "-", false, false, 0, (char *) "+" },
};

static Buf encode(size_t n) {
        Buf b = {};

        dm_wire_encode(&(DmObserved) { nodes, n }, &b);
        ASSERT_FALSE(b.failed);
        return b;
}

static void same_text(const char *a, const char *b) {
        ASSERT_EQ(!a, !b);
        if (a)
                ASSERT_STREQ(a, b);
}

TEST(all_there) {
        for (size_t n = 0; n <= ELEMENTSOF(nodes); n++) {
                _cleanup_(dm_observed_freep) DmObserved *o = NULL;
                _cleanup_(buf_done) Buf b = encode(n);

                ASSERT_OK(dm_wire_decode(b.data, b.size, &o));
                ASSERT_EQ(o->n_nodes, n);
                for (size_t i = 0; i < n; i++) {
                        const DmNode *is = &o->nodes[i], *was = &nodes[i];

                        same_text(is->name, was->name);
                        same_text(is->uuid, was->uuid);
                        same_text(is->live_table, was->live_table);
                        same_text(is->inactive_table, was->inactive_table);
                        same_text(is->raid_status, was->raid_status);
                        ASSERT_EQ(is->major, was->major);
                        ASSERT_EQ(is->minor, was->minor);
                        ASSERT_EQ(is->suspended, was->suspended);
                        ASSERT_EQ(is->read_only, was->read_only);
                        ASSERT_EQ(is->open_count, was->open_count);
                }
        }
}

/* Of a part there are whole nodes, or nothing. */
TEST(cut_off) {
        _cleanup_(buf_done) Buf b = encode(ELEMENTSOF(nodes));
        size_t whole = 0;

        for (size_t size = 0; size < b.size; size++) {
                _cleanup_(dm_observed_freep) DmObserved *o = NULL;
                char *part = malloc(size + 1); /* so that valgrind sees who reads on */
                int r;

                ASSERT_NOT_NULL(part);
                memcpy(part, b.data, size);
                r = dm_wire_decode(part, size, &o);
                free(part);
                if (r >= 0)
                        whole++;
                else
                        ASSERT_EQ(r, -EBADMSG);
        }
        ASSERT_EQ(whole, ELEMENTSOF(nodes));
}

static int decode(const char *text, size_t size) {
        _cleanup_(dm_observed_freep) DmObserved *o = NULL;

        return dm_wire_decode(text, size, &o);
}

TEST(nonsense) {
        static const char good[] = "1 2 0 1 0\0+n\0+u\0-\0-\0-", no_name[] = "1 2 0 1 0\0-\0+u\0-\0-\0-", minus[] = "1 2 0 1 0\0+n\0+u\0-x\0-\0-",
                          letters[] = "1 2 0 1 x\0+n\0+u\0-\0-\0-", more[] = "1 2 0 1 0 5\0+n\0+u\0-\0-\0-", bare[] = "1 2 0 1 0\0n\0+u\0-\0-\0-";

        ASSERT_OK(decode(good, sizeof(good)));
        ASSERT_EQ(decode(no_name, sizeof(no_name)), -EBADMSG);
        ASSERT_EQ(decode(minus, sizeof(minus)), -EBADMSG);
        ASSERT_EQ(decode(letters, sizeof(letters)), -EBADMSG);
        ASSERT_EQ(decode(more, sizeof(more)), -EBADMSG);
        ASSERT_EQ(decode(bare, sizeof(bare)), -EBADMSG);
        ASSERT_EQ(decode("", 1), -EBADMSG);
}
