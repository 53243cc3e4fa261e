/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Filters of lvm.conf: what lvm2's own matcher says, as its lvm.conf(5) explains. */

#include <errno.h>

#include "base/cleanup.h"
#include "test.h"
#include "world/name-filter.h"

typedef struct Case {
        const char *patterns[4], *names[4];
        bool accepted;
} Case;

static const Case cases[] = {
        { {}, { "/dev/sda" }, true },
        { { "a|.*|" }, { "/dev/sda" }, true },
        { { "r|.*|" }, { "/dev/sda" }, false },
        { { "r|/dev/sd|" }, { "/dev/vda" }, true },              /* nobody has said anything */
        { { "r|sda|" }, { "/dev/sda1" }, false },                /* not anchored */
        { { "r|^sda|" }, { "/dev/sda1" }, true },
        { { "r|sda$|" }, { "/dev/sda1" }, true },
        { { "a|^/dev/sda$|", "r|.*|" }, { "/dev/sda" }, true },  /* the first one counts */
        { { "r|.*|", "a|^/dev/sda$|" }, { "/dev/sda" }, false },
        { { "a|^/dev/sda$|", "r|.*|" }, { "/dev/sdb" }, false },
        { { "r|^/dev/sda$|" }, { "/dev/sda", "/dev/disk/by-id/x" }, false }, /* rejected by one, accepted by none */
        { { "a|by-id|", "r|.*|" }, { "/dev/sda", "/dev/disk/by-id/x" }, true },
        { { "r|by-id|", "a|sda|" }, { "/dev/sda", "/dev/disk/by-id/x" }, true },
        { { "r/loop|cdrom/" }, { "/dev/loop0" }, false },
        { { "r/loop|cdrom/" }, { "/dev/cdrom" }, false },
        { { "r(loop[0-9]+)" }, { "/dev/loop12" }, false },
        { { "r[loop]" }, { "/dev/loop0" }, false },
        { { "r{(loop|ram)[0-9]}" }, { "/dev/ram0" }, false },
        { { "r|/dev/sd[^ab]|" }, { "/dev/sdc" }, false },
        { { "r|/dev/sd[^ab]|" }, { "/dev/sda" }, true },
        { { "r|a{2}|" }, { "/dev/aa" }, true },                  /* braces are only braces */
        { { "r|a{2}|" }, { "/dev/a{2}" }, false },
        { { "r|x\\.y|" }, { "/dev/xzy" }, true },
        { { "r|x\\.y|" }, { "/dev/x.y" }, false },
        { { "r|x[\\.]y|" }, { "/dev/x\\y" }, true },             /* an escape in brackets is one */
        { { "r|x[\\.]y|" }, { "/dev/x.y" }, false },
        { { "r|[]]|" }, { "/dev/x]" }, false },
        { { "r|x\\y|" }, { "/dev/xy" }, false },
};

TEST(a_device_is_accepted_as_lvm2_accepts_it) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(name_filter_freep) NameFilter *f = NULL;

                ASSERT_EQ(name_filter_new((char *const *) cases[i].patterns, &f), 0);
                if (name_filter_accepts(f, (char *const *) cases[i].names) != cases[i].accepted)
                        TEST_FAIL("case %zu: %s %s", i, cases[i].patterns[0], cases[i].names[0]);
        }
}

TEST(what_lvm2_does_not_take_is_an_error) {
        static const char *const bad[] = { "", "a", "a|", "x|sda|", "|sda|", "a|sda", "a(sda(", "a|[|", "a|(|" };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                char *const patterns[] = { (char *) bad[i], NULL };
                NameFilter *f = NULL;

                if (name_filter_new(patterns, &f) != -EINVAL)
                        TEST_FAIL("accepted: %s", bad[i]);
        }
}
