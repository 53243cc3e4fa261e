/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/planner-switch.h"

#include <errno.h>
#include <string.h>

#include "model/dm-status.h"
#include "model/raid1.h"

const DmWanted *switch_find_wanted(const DmExpected *expected, const Uuid *id) {
        for (size_t i = 0; i < expected->n_nodes; i++)
                if (expected->nodes[i].lv && uuid_equal(&expected->nodes[i].lv->id, id))
                        return &expected->nodes[i];

        return NULL;
}

int switch_add_create(Planning *p, const DmWanted *wanted) {
        Step *s;
        int r;

        r = add_step(p, STEP_DM_CREATE, wanted->name, NULL, &s, "the array needs it");
        if (r >= 0 && !(s->uuid = strdup(wanted->uuid)))
                r = -ENOMEM;
        if (r >= 0)
                r = add_step(p, STEP_DM_LOAD, wanted->name, wanted->table, NULL, "its place on the physical volume");

        return r < 0 ? r : add_resume(p, wanted->name, UDEV_FLAGS_HIDDEN, "hidden from everybody but the array");
}

static int add_growth(Planning *p, const DmNode *live, const DmWanted *wanted) {
        int r;

        if (!live->live_table || dm_table_sectors(wanted->table) <= dm_table_sectors(live->live_table))
                return 0;
        r = add_step(p, STEP_DM_LOAD, live->name, wanted->table, NULL, "longer, before the array is");
        if (r >= 0)
                r = add_step(p, STEP_DM_SUSPEND, live->name, NULL, NULL, "for the new table");
        return r < 0 ? r : add_resume(p, live->name, UDEV_FLAGS_HIDDEN, "with the new table");
}

static int add_components(Planning *p, const DmExpected *expected, const DmWanted *top) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < expected->n_nodes; i++) {
                const DmWanted *wanted = &expected->nodes[i];
                const DmNode *live = dm_observed_by_uuid(p->observed, wanted->uuid);

                if (wanted != top)
                        r = live ? add_growth(p, live, wanted) : switch_add_create(p, wanted);
        }
        return r;
}

int add_settle(Planning *p, const char *node) {
        int r;

        r = add_step(p, STEP_DM_SUSPEND, node, NULL, NULL, "so that superblocks and bitmap agree");
        return r < 0 ? r : add_resume(p, node, UDEV_FLAGS_SAME, "and on");
}

static bool is_raid(const char *table) {
        return table && strstr(table, " raid ");
}

static bool is_resyncing(const DmNode *node) {
        RaidStatus status;

        return node->raid_status && raid_status_parse(node->raid_status, &status) >= 0 && raid_status_resyncs(&status);
}

/* md asks for a resync of what has not been resynced when a table is taken into use for the first time (dm-raid.c:raid_preresume()), and has
 * no bits for it. A suspend in the middle is its end: what is left of it counts as done with the resume. So an array that grows is not settled
 * afterwards, and one that is being resynced neither before nor after. */
int switch_add_table(Planning *p, const DmNode *node, const DmWanted *top, const char *load, const char *commit) {
        bool both = is_raid(node->live_table) && is_raid(top->table), resyncing = is_resyncing(node);
        bool grows = both && dm_table_sectors(top->table) > dm_table_sectors(node->live_table);
        Step *s;
        int r;

        r = add_step(p, STEP_DM_LOAD, node->name, top->table, &s, "%s", load);
        if (r < 0)
                return r;
        s->read_only = top->read_only;
        if (both && !resyncing) {
                s->number = LOAD_NOBODY;
                s->uuid = strdup(top->lv->id.chars);
                if (!s->uuid)
                        return -ENOMEM;
        }
        r = add_step(p, STEP_DM_SUSPEND, node->name, NULL, NULL, "writes wait from here");
        if (r >= 0 && commit)
                r = add_commit(p, commit);
        if (r >= 0)
                r = add_resume(p, node->name, UDEV_FLAGS_PUBLIC, "with the new table; writes go on");
        return r < 0 || !is_raid(top->table) || resyncing || grows ? r : add_settle(p, node->name);
}

int switch_add_same_table(Planning *p, const DmNode *node, const LogicalVolume *lv, const char *why) {
        _cleanup_(dm_expected_freep) DmExpected *expected = NULL;
        const DmWanted *top;
        int r;

        r = dm_tree_expect(&(DmTreeArgs) { .vg = p->vg, .devices = p->devices, .active = &lv->id, .n_active = 1,
                                           .hidden_suffix = p->suffix }, &expected);
        if (r < 0)
                return r;
        top = switch_find_wanted(expected, &lv->id);
        return top ? switch_add_table(p, node, top, why, NULL) : -ENOENT;
}

int add_switch(Planning *p, const Uuid *lv, const char *prepare, const char *load) {
        _cleanup_(dm_expected_freep) DmExpected *expected = NULL;
        const DmNode *node = planning_active_node(p, vg_find_lv_by_id(p->vg, lv));
        const DmTreeArgs args = { .vg = p->next, .devices = p->devices, .active = lv, .n_active = 1, .hidden_suffix = p->suffix };
        const DmWanted *top;
        int r;

        r = add_prepare(p, prepare);
        if (r < 0 || !node)
                return r < 0 ? r : add_commit(p, "it is so from here");
        r = dm_tree_expect(&args, &expected);
        if (r < 0)
                return r;
        top = switch_find_wanted(expected, lv);
        if (!top)
                return -ENOENT;
        r = add_components(p, expected, top);
        return r < 0 ? r : switch_add_table(p, node, top, load, "this cannot be undone from here");
}

int add_rebuild_done(Planning *p, const Uuid *lv) {
        LogicalVolume *next_lv = vg_find_lv_by_id(p->next, lv);
        int r;

        for (size_t i = 0; i < lv_raid1(next_lv)->raid1.n_images; i++)
                if (lv_raid1(next_lv)->raid1.images[i].data->flags & LV_REBUILD)
                        raid1_set_rebuild(next_lv, i, false);
        p->next->seqno++;
        r = add_prepare(p, "the copy goes on by itself from here");
        if (r >= 0)
                r = add_commit(p, "the image is an ordinary one");
        return r < 0 ? r : add_converge(p, "nothing should be left to do");
}

int add_release_residuals(Planning *p) {
        int r;

        r = vg_drop_residuals(p->next);
        if (r < 0)
                return r;
        p->next->seqno++;

        r = add_prepare(p, "the extents that nobody uses any more become free");
        if (r >= 0)
                r = add_commit(p, "the kernel has let go of them");
        if (r >= 0)
                r = add_converge(p, "nothing should be left to do");
        return r;
}
