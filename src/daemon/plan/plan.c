/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static const char *const kind_names[_STEP_KIND_MAX] = {
        [STEP_EXPECT] = "expect",
        [STEP_ERASE] = "erase",
        [STEP_LABEL_WRITE] = "label.write",
        [STEP_LABEL_CLEAR] = "label.clear",
        [STEP_SYNC_FS] = "fs.sync",
        [STEP_FREEZE] = "fs.freeze",
        [STEP_META_WRITE] = "meta.write",
        [STEP_META_PRECOMMIT] = "meta.precommit",
        [STEP_META_COMMIT] = "meta.commit",
        [STEP_META_REMOVE] = "meta.remove",
        [STEP_WIPE] = "wipe",
        [STEP_GUARD_CLEAR] = "guard.clear",
        [STEP_DM_CREATE] = "dm.create",
        [STEP_DM_LOAD] = "dm.load",
        [STEP_DM_CLEAR] = "dm.clear",
        [STEP_DM_SUSPEND] = "dm.suspend",
        [STEP_DM_RESUME] = "dm.resume",
        [STEP_DM_RENAME] = "dm.rename",
        [STEP_DM_REMOVE] = "dm.remove",
        [STEP_DM_MESSAGE] = "dm.message",
        [STEP_THAW] = "fs.thaw",
        [STEP_CONVERGE] = "converge",
        [STEP_EVIDENCE] = "evidence",
        [STEP_GUARD_SET] = "guard.set",
        [STEP_UDEV_WAIT] = "udev.wait",
        [STEP_BACKUP] = "backup",
};

const char *step_kind_to_string(StepKind k) {
        if (k < 0 || k >= _STEP_KIND_MAX)
                return NULL;

        return kind_names[k];
}

StepKind step_kind_from_string(const char *s) {
        if (!s)
                return _STEP_KIND_INVALID;

        for (int i = 0; i < _STEP_KIND_MAX; i++)
                if (strcmp(kind_names[i], s) == 0)
                        return (StepKind) i;

        return _STEP_KIND_INVALID;
}

static void step_done(Step *s) {
        free(s->node);
        free(s->uuid);
        free(s->text);
        free(s->why);
        free(s->active);
}

Plan *plan_free(Plan *p) {
        if (!p)
                return NULL;

        for (size_t i = 0; i < p->n_steps; i++)
                step_done(&p->steps[i]);
        strv_free(p->warnings);
        free(p->steps);
        free(p->verb);
        free(p->vg_name);
        free(p->vg_name_after);
        free(p->summary);
        free(p);
        return NULL;
}

int plan_new(const char *verb, const char *vg_name, const Uuid *vg_id, Plan **ret) {
        _cleanup_(plan_freep) Plan *p = NULL;

        assert(verb);
        assert(vg_name);
        assert(ret);

        p = calloc(1, sizeof(*p));
        if (!p)
                return -ENOMEM;
        p->verb = strdup(verb);
        p->vg_name = strdup(vg_name);
        if (!p->verb || !p->vg_name)
                return -ENOMEM;
        if (vg_id)
                p->vg_id = *vg_id;

        *ret = TAKE_PTR(p);
        return 0;
}

Step *plan_add(Plan *p, StepKind kind) {
        Step *s;

        assert(p);
        assert(kind >= 0 && kind < _STEP_KIND_MAX);

        if (p->n_steps == p->n_allocated) {
                size_t n = p->n_allocated ? p->n_allocated * 2 : 16;
                Step *grown = reallocarray(p->steps, n, sizeof(*grown));

                if (!grown)
                        return NULL;
                p->steps = grown;
                p->n_allocated = n;
        }

        s = &p->steps[p->n_steps++];
        *s = (Step) { .kind = kind };
        return s;
}

int plan_warn(Plan *p, const char *sentence) {
        assert(p);
        assert(sentence);

        return strv_extend(&p->warnings, sentence);
}
