/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* S1: what the superblocks and bitmaps on the disks say decides whether an image that returns is brought up to date. */

#include "world/executor-internal.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "model/raid1.h"
#include "world/evidence.h"
#include "world/log.h"

static int find_lv(const Executor *e, const char *id, const LogicalVolume **ret) {
        Uuid uuid;
        int r;

        r = uuid_parse(id, &uuid);
        if (r < 0)
                return r;
        *ret = e->vg ? vg_find_lv_by_id(e->vg, &uuid) : NULL;
        return *ret ? 0 : -ESTALE;
}

/* A refresh: the suspend makes md write its superblocks, with what it knows by then (merge-hazard 2). */
static int refresh(Executor *e, const char *node) {
        Step steps[] = {
                { .kind = STEP_DM_SUSPEND, .node = (char *) node },
                { .kind = STEP_DM_RESUME, .node = (char *) node, .number = UDEV_FLAGS_SAME },
        };

        return section_run(e, steps, ELEMENTSOF(steps));
}

int executor_evidence(Executor *e, const Step *s) {
        const LogicalVolume *lv;
        int r;

        r = find_lv(e, s->text, &lv);
        if (r < 0)
                return r;

        for (unsigned round = 0;; round++) {
                const char *why = "";
                bool holds;

                r = evidence_read(e->w, e->vg, lv, (unsigned) s->number, &holds, &why);
                if (r < 0 || holds)
                        return r;
                if (round == EVIDENCE_ROUNDS || !raid1_stayed(lv, s->number)) { /* no refresh brings back who was there */
                        log_warning("%s/%s: no evidence on disk of what image %u misses (%s); its merge will copy all of it.",
                                    e->vg->name, lv->name, (unsigned) s->number, why);
                        e->no_evidence = true;
                        return 0;
                }
                r = refresh(e, s->node);
                if (r < 0)
                        return r;
        }
}

/* May the kernel read these for the table? */
static bool may_load(const Step *s, const RaidSuperblock *all, size_t n) {
        const char *why = "";

        if (s->number == LOAD_NOBODY)
                return superblocks_settled(all, n, dm_table_taken(s->text, n));
        return s->number < n && evidence_holds(all, n, (unsigned) s->number, &why);
}

/* Were they the same for the kernel, which read them one after the other in between? Then what held before holds of the table. */
static bool kept_still(const Step *s, const RaidSuperblock *before, const RaidSuperblock *after, size_t n) {
        return s->number == LOAD_NOBODY ? superblocks_agree(before, after, n) : evidence_same(before, after, n);
}

static int load_once(Executor *e, const Step *s, const LogicalVolume *lv, bool *ret) {
        _cleanup_free_ RaidSuperblock *before = NULL, *after = NULL;
        size_t n, n_after;
        int r;

        *ret = false;
        r = evidence_collect(e->w, e->vg, lv, &before, &n);
        if (r < 0 || !may_load(s, before, n))
                return r;
        r = executor_load(e, s);
        if (r < 0)
                return r;
        r = evidence_collect(e->w, e->vg, lv, &after, &n_after);
        if (r < 0)
                return r;
        *ret = n == n_after && kept_still(s, before, after, n);
        return *ret ? 0 : e->w->ops->dm_clear(e->w, s->node);
}

/* The images, a bit each, that return by a bitmap that md does not believe. dm-raid goes by the freshest superblock (analyse_superblocks(),
 * super_init_validation()); the bitmap may be read from any image that is not failed by it. */
static uint64_t doubtful_slots(const RaidSuperblock *all, size_t n) {
        uint64_t newest = 0, failed = 0;
        bool believed = true;

        for (size_t i = 0; i < n; i++)
                if (all[i].valid && all[i].events > newest)
                        newest = all[i].events;
        for (size_t s = 0; s < n && s < 64; s++)
                for (size_t i = 0; i < n; i++)
                        if (all[i].valid && all[i].events == newest && superblock_says_failed(&all[i], (unsigned) s) &&
                            !(all[s].valid && all[s].events == newest))
                                failed |= UINT64_C(1) << s;
        for (size_t i = 0; i < n && i < 64; i++)
                if (all[i].valid && !(failed >> i & 1))
                        believed = believed && superblock_bitmap_believed(&all[i]);
        return believed ? 0 : failed;
}

static int check_bitmap(Executor *e, const LogicalVolume *lv) {
        _cleanup_free_ RaidSuperblock *all = NULL;
        int tracked = lv_tracked_slot(lv), r;
        uint64_t slots;
        size_t n;

        r = evidence_collect(e->w, e->vg, lv, &all, &n);
        if (r < 0)
                return r;
        slots = doubtful_slots(all, n);
        if (tracked >= 0 && tracked < 64)
                slots &= ~(UINT64_C(1) << tracked);
        if (slots == 0)
                return 0;
        log_notice("%s/%s: an image returns, and md would not believe the bitmap; all of the image is copied.", e->vg->name, lv->name);
        r = executor_rebuild(e, &lv->id, slots);
        return r < 0 ? r : 1;
}

int executor_check_bitmaps(Executor *e, const DmObserved *observed, const DmExpected *expected) {
        int found = 0;

        for (size_t i = 0; i < expected->n_nodes; i++) {
                const DmWanted *w = &expected->nodes[i];
                int r = w->lv && lv_raid1(w->lv) && !dm_observed_by_uuid(observed, w->uuid) ? check_bitmap(e, w->lv) : 0;

                if (r < 0)
                        return r;
                found |= r;
        }
        return found;
}

/* Whoever goes on from here copies all of it. */
static int give_up(Executor *e, const Step *s, const LogicalVolume *lv) {
        int r;

        if (s->number == LOAD_NOBODY) {
                log_notice("%s/%s: images fail or come back just now; nothing is loaded meanwhile.", e->vg->name, lv->name);
                return -EAGAIN;
        }
        log_notice("%s/%s: the superblocks did not keep still for image %u to return by its bitmap; all of it is copied.", e->vg->name,
                   lv->name, (unsigned) s->number);
        r = executor_rebuild(e, &lv->id, UINT64_C(1) << s->number);
        return r < 0 ? r : -EAGAIN;
}

int executor_load_still(Executor *e, const Step *s) {
        const LogicalVolume *lv;
        int r;

        r = find_lv(e, s->uuid, &lv);
        if (r < 0)
                return r;
        for (unsigned round = 0; round < EVIDENCE_ROUNDS; round++) {
                bool good;

                /* First of all: whoever swapped the table before may have left md with an old counter in memory, and each bit that it
                 * sets takes that to the disk and away again (model/superblock.h). And what the resume of one round revives is in the
                 * superblocks with the suspend of the next. */
                r = refresh(e, s->node);
                if (r < 0)
                        return r;
                r = load_once(e, s, lv, &good);
                if (r < 0 || good)
                        return r;
        }
        return give_up(e, s, lv);
}
