/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "evidence.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake-dm.h"
#include "judge.h"
#include "scenarios.h"

static const Scenario restless = { "restless", "", { VG_CREATE, CREATE(2), TRACK(1) }, 3, MERGE, TRACK(0), 2 };

static const char *live_table(FakeWorld *f) {
        const FakeNode *node = fake_world_node(f, "vg0-data");

        return node && node->live ? node->live : "";
}

/* A merge whose table was read while md wrote superblocks: a few times is repeated, always is given up, with nothing changed; behind the
 * commit, where recovery finds it, the image is copied whole. */
static const char *merge_restless(unsigned loads) {
        _cleanup_(fake_world_freep) FakeWorld *f = set_up(&restless);
        _cleanup_free_ char *before = f ? describe(f) : NULL, *after = NULL;
        bool recovered = false;
        int r;

        if (!f)
                return "no volume to merge";
        f->restless = loads;
        r = operate(f, &restless, &restless.ask, &recovered);
        f->restless = 0;
        after = describe(f);
        if (loads < 5)
                return r == 0 && !strstr(live_table(f), " - ") ? check_vg(f, &restless) : "a merge is given up too early";
        if (r != -EAGAIN || !recovered || !same(before, after))
                return "a merge without evidence was not given up, or left something";
        return check_vg(f, &restless);
}

/* Killed behind the commit of a merge, while the kernel still has the old table; NULL: no kill was there. */
static FakeWorld *committed_not_resumed(void) {
        for (size_t at = 1;; at++) {
                FakeWorld *f = set_up(&restless);
                _cleanup_free_ char *before = f ? describe(f) : NULL, *after = NULL;
                bool recovered;
                int r;

                if (!f)
                        return NULL;
                fake_world_restart(f); /* looking counts, too */
                f->kill_at = at;
                r = operate(f, &restless, &restless.ask, &recovered);
                fake_world_restart(f);
                after = describe(f);
                if (r != 0 && !same(before, after) && strstr(live_table(f), " - "))
                        return f;
                f = fake_world_free(f);
                if (r == 0)
                        return NULL;
        }
}

static const char *recover_restless(void) {
        _cleanup_(fake_world_freep) FakeWorld *f = committed_not_resumed();

        if (!f)
                return "no kill was between commit and resume";
        f->restless = 100;
        if (come_back(f, &restless, false) != 0)
                return "the recovery failed";
        return strstr(live_table(f), " rebuild 1 ") ? NULL : "recovery let an image return without evidence (S1)";
}

/* The power goes behind the commit of a merge, and leaves a bitmap that md would not believe. */
static const char *boot_with_old_bitmap(bool old) {
        _cleanup_(fake_world_freep) FakeWorld *f = committed_not_resumed();
        bool rebuilds;

        if (!f)
                return "no kill was between commit and resume";
        fake_world_settle(f);
        if (old)
                fake_dm_age_bitmap(f, "vg0-data_rmeta_0");
        fake_world_power_cut(f, 0);
        fake_world_restart(f);
        if (come_back(f, &restless, true) != 0)
                return "the volume does not come back";
        rebuilds = strstr(live_table(f), " rebuild 1 ") != NULL;
        return rebuilds == old ? NULL : old ? "an image returned by a bitmap that md does not believe (S1)" : "an image was copied for nothing";
}

bool run_restless(void) {
        const char *problem = merge_restless(2) ?: merge_restless(100) ?: recover_restless() ?: boot_with_old_bitmap(false) ?: boot_with_old_bitmap(true);

        printf("%s evidence that does not keep still%s%s\n", problem ? "FAIL" : "ok  ", problem ? ": " : "", problem ?: "");
        return !problem;
}
