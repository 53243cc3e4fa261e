/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/planner.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model/vg-check.h"
#include "plan/planner-context.h"

typedef struct VerbSpec {
        const char *name;
        int (*plan)(Planning *p);
        bool changes_metadata; /* the VG must be writable and complete */
        bool incomplete;       /* with that, though a physical volume is missing */
        bool always;           /* no guards: recovery must not be refused (S9) */
} VerbSpec;

static const VerbSpec verbs[_VERB_MAX] = {
        [VERB_VG_CREATE] = { "vg-create", plan_vg_create },
        [VERB_VG_REMOVE] = { "vg-remove", plan_vg_remove, .changes_metadata = true },
        [VERB_VG_EXTEND] = { "vg-extend", plan_vg_extend, .changes_metadata = true },
        [VERB_VG_REDUCE] = { "vg-reduce", plan_vg_reduce, .changes_metadata = true, .incomplete = true },
        [VERB_VG_RENAME] = { "vg-rename", plan_vg_rename, .changes_metadata = true },
        [VERB_VG_ACTIVATE] = { "vg-activate", plan_vg_activate },
        [VERB_VG_DEACTIVATE] = { "vg-deactivate", plan_vg_deactivate },
        [VERB_CREATE] = { "create", plan_create, .changes_metadata = true },
        [VERB_REMOVE] = { "remove", plan_remove, .changes_metadata = true },
        [VERB_ACTIVATE] = { "activate", plan_activate },
        [VERB_DEACTIVATE] = { "deactivate", plan_deactivate },
        [VERB_SPLIT_TRACKED] = { "split-tracked", plan_split_tracked, .changes_metadata = true },
        [VERB_SPLIT_GROUP] = { "split-group", plan_split_group, .changes_metadata = true },
        [VERB_SPLIT] = { "split", plan_split, .changes_metadata = true },
        [VERB_MERGE] = { "merge", plan_merge, .changes_metadata = true, .incomplete = true },
        [VERB_SCRUB] = { "scrub", plan_scrub },
        [VERB_PAUSE] = { "pause", plan_pause },
        [VERB_RESUME] = { "resume", plan_resume },
        [VERB_CANCEL] = { "cancel", plan_cancel },
        [VERB_RENAME] = { "rename", plan_rename, .changes_metadata = true },
        [VERB_RESIZE] = { "resize", plan_resize, .changes_metadata = true },
        [VERB_REFRESH] = { "refresh", plan_refresh },
        [VERB_SET_SYNC_RATE] = { "set-sync-rate", plan_set_sync_rate, .changes_metadata = true },
        [VERB_ADD_IMAGES] = { "add-images", plan_add_images, .changes_metadata = true },
        [VERB_REMOVE_IMAGES] = { "remove-images", plan_remove_images, .changes_metadata = true, .incomplete = true },
        [VERB_REPLACE_IMAGE] = { "replace-image", plan_replace_image, .changes_metadata = true, .incomplete = true },
        [VERB_FINISH_REPLACE] = { "finish-replace", plan_finish_replace, .changes_metadata = true, .incomplete = true },
        [VERB_RECOVER] = { "recover", plan_recover, .always = true },
};

const char *verb_to_string(Verb v) {
        if (v < 0 || v >= _VERB_MAX)
                return NULL;

        return verbs[v].name;
}

Verb verb_from_string(const char *s) {
        if (!s)
                return _VERB_INVALID;

        for (int i = 0; i < _VERB_MAX; i++)
                if (strcmp(verbs[i].name, s) == 0)
                        return (Verb) i;

        return _VERB_INVALID;
}

/* What holds for every verb on an existing VG. */
static int guard(Planning *p, const VerbSpec *spec) {
        const char *rule;
        int r;

        if (!p->vg)
                return refuse(p, REFUSAL_NO_SUCH_VG, "There is no such volume group; see 'raidctl list' for those there are.");
        if (vg_check(p->vg, &rule) < 0)
                return refuse(p, REFUSAL_METADATA_CORRUPT, "The metadata of volume group %s contradicts itself (%s); look at it "
                              "with 'vgck %s'.", p->vg->name, rule, p->vg->name);
        if (spec->always)
                return 0;
        if (p->request->planned && p->request->planned_seqno != p->vg->seqno)
                return refuse(p, REFUSAL_PLAN_STALE, "Volume group %s has changed since that plan was made (sequence number %llu, "
                              "now %llu); look at a new one.", p->vg->name, (unsigned long long) p->request->planned_seqno,
                              (unsigned long long) p->vg->seqno);
        r = guard_vg(p);
        if (r == 0 && spec->changes_metadata)
                r = guard_vg_writable(p);
        if (r == 0 && spec->changes_metadata && !spec->incomplete)
                r = guard_vg_complete(p);

        return r;
}

static int look_around(Planning *p) {
        p->suffix = dm_tree_hidden_suffix(p->vg, p->observed, p->facts->hidden_suffix ?: "");
        return dm_tree_active(p->vg, p->observed, &p->active, &p->n_active);
}

/* An image may have another index than when the caller looked, be one of another volume, or none any more. */
static int find_image(Planning *p) {
        const LogicalVolume *lv = vg_find_lv_by_id(p->vg, &p->request->lv), *image = vg_find_lv_by_id(p->vg, &p->request->image), *parent;
        size_t slot;

        parent = image ? lv_raid1_parent(p->vg, image, &slot) : NULL;
        if (!lv || !parent || parent != (lv_raid1_parent(p->vg, lv, &(size_t) { 0 }) ?: lv) || lv_raid1(parent)->raid1.images[slot].data != image)
                return refuse(p, REFUSAL_NO_SUCH_IMAGE, "The image that was named is none of %s; 'raidctl list -a' shows those there are.",
                              lv ? LV_LABEL(p->vg, lv) : p->vg->name);
        if (p->slot != SLOT_ANY && p->slot != slot)
                return refuse(p, REFUSAL_NO_SUCH_IMAGE, "Image %u of %s was named, and image %zu as well; name one.", p->slot, LV_LABEL(p->vg, parent),
                              slot);
        p->slot = (uint32_t) slot;
        return 0;
}

static int run(Planning *p, const VerbSpec *spec) {
        const char *rule;
        int r;

        if (p->request->verb != VERB_VG_CREATE) {
                r = guard(p, spec);
                if (r == 0)
                        r = look_around(p);
                if (r == 0 && !uuid_is_null(&p->request->image))
                        r = find_image(p);
                if (r == 0)
                        r = plan_new(spec->name, p->vg->name, &p->vg->id, &p->plan);
                if (r != 0)
                        return r;
        }

        r = spec->plan(p);
        if (r == 0 && p->vg && !spec->always)
                r = guard_not_paused(p);
        if (r != 0)
                return r;
        return plan_check(p->plan, &rule);
}

int planner_run(const VolumeGroup *vg, const PvDevice *devices, const DmObserved *observed, const Facts *facts,
                const Request *request, Plan **ret_plan, VolumeGroup **ret_vg, char **reterr_sentence) {
        _cleanup_(planning_done) Planning p = {
                .vg = vg,
                .devices = devices,
                .observed = observed,
                .facts = facts,
                .request = request,
        };
        int r;

        assert(observed);
        assert(facts);
        assert(request);
        assert(ret_plan);
        assert(ret_vg);
        assert(reterr_sentence);

        p.slot = request->slot;
        if (request->verb < 0 || request->verb >= _VERB_MAX)
                return -EINVAL;
        r = run(&p, &verbs[request->verb]);
        if (r > 0)
                *reterr_sentence = TAKE_PTR(p.sentence);
        if (r != 0)
                return r;

        *ret_plan = TAKE_PTR(p.plan);
        *ret_vg = TAKE_PTR(p.next);
        return 0;
}
