/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rules P0 … P8 of plan.h. Run on every plan before it is executed, and on what comes back from an intent file. */

#include "plan/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model/dm-tree.h"
#include "model/vg-check.h"
#include "model/vg-export.h"
#include "model/vg-import.h"
#include "model/vg.h"

static bool is_commit_chain(StepKind k) {
        return k == STEP_META_WRITE || k == STEP_META_PRECOMMIT || k == STEP_META_COMMIT;
}

static bool needs_node(StepKind k) {
        return (k >= STEP_DM_CREATE && k <= STEP_DM_MESSAGE) || k == STEP_ERASE || k == STEP_LABEL_WRITE || k == STEP_SYNC_FS ||
               k == STEP_FREEZE || k == STEP_GUARD_CLEAR || k == STEP_GUARD_SET || k == STEP_EVIDENCE;
}

static bool needs_text(StepKind k) {
        return k == STEP_EXPECT || k == STEP_ERASE || k == STEP_LABEL_WRITE || k == STEP_LABEL_CLEAR || k == STEP_META_WRITE ||
               k == STEP_WIPE || k == STEP_DM_LOAD || k == STEP_DM_RENAME || k == STEP_DM_MESSAGE || k == STEP_EVIDENCE || k == STEP_BACKUP;
}

/* P0 */
static bool fields_complete(const Step *s) {
        if (needs_node(s->kind) && (!s->node || !*s->node))
                return false;
        if (needs_text(s->kind) && (!s->text || !*s->text))
                return false;
        if (s->kind >= STEP_DM_CREATE && s->kind <= STEP_DM_MESSAGE && strlen(s->node) > DM_NAME_MAX)
                return false;
        if (s->kind == STEP_DM_CREATE && (!s->uuid || !*s->uuid))
                return false;
        if (s->kind == STEP_WIPE && s->number2 == 0)
                return false;

        return s->n_active == 0 || s->active;
}

/* The nodes that are suspended after step end - 1; small, so a scan per step is cheap enough. */
static bool suspended_before(const Plan *p, size_t end, const char *node) {
        bool suspended = false;

        for (size_t i = 0; i < end; i++) {
                const Step *s = &p->steps[i];

                if ((s->kind != STEP_DM_SUSPEND && s->kind != STEP_DM_RESUME) || strcmp(s->node, node) != 0)
                        continue;
                suspended = s->kind == STEP_DM_SUSPEND;
        }

        return suspended;
}

static const char *check_sections(const Plan *p) {
        size_t n_suspended = 0;

        for (size_t i = 0; i < p->n_steps; i++) {
                const Step *s = &p->steps[i];
                bool was = n_suspended > 0 && (s->kind == STEP_DM_SUSPEND || s->kind == STEP_DM_RESUME) &&
                           suspended_before(p, i, s->node);

                if (s->kind == STEP_DM_SUSPEND)
                        n_suspended += !was;
                else if (s->kind == STEP_DM_RESUME)
                        n_suspended -= was;
                else if (n_suspended == 0 || s->kind == STEP_META_COMMIT)
                        continue;
                else if (s->kind >= STEP_DM_CREATE && s->kind <= STEP_DM_REMOVE)
                        return "P1: a node is changed while another is suspended";
                else
                        return "P2: a step that does not belong into a critical section";
        }

        return n_suspended > 0 ? "P3: a node stays suspended" : NULL;
}

static bool changes_vg(const Plan *p) {
        for (size_t i = 0; i < p->n_steps; i++)
                if (p->steps[i].kind == STEP_LABEL_WRITE)
                        return false; /* a VG that begins to exist */

        for (size_t i = 0; i < p->n_steps; i++)
                if (p->steps[i].kind == STEP_META_WRITE || p->steps[i].kind == STEP_META_REMOVE)
                        return true;

        return false;
}

static bool has_residuals(const char *text) {
        return strstr(text, "\"" TAG_RESIDUAL "\"") != NULL;
}

/* P5. state: what has been done to the current text; the next step of the chain must be exactly one further. */
static const char *check_commits(const Plan *p) {
        StepKind state = STEP_META_COMMIT;
        const Step *current = NULL;
        bool converged = true;

        for (size_t i = 0; i < p->n_steps; i++) {
                const Step *s = &p->steps[i];

                if (s->kind == STEP_CONVERGE)
                        converged = true;
                if (s->kind == STEP_META_REMOVE && state != STEP_META_COMMIT)
                        return "P5: metadata removed before the text was committed";
                if (!is_commit_chain(s->kind))
                        continue;
                if ((s->kind == STEP_META_WRITE) != (state == STEP_META_COMMIT))
                        return "P5: a text was begun before the last one was committed, or committed before it was written";
                if (s->kind == STEP_META_WRITE) {
                        if (current && (!converged || s->number <= current->number))
                                return "P5: a second text without converging in between, or with an old number (S6)";
                        current = s;
                        converged = false;
                } else if (s->kind != state + 1)
                        return "P5: committed without precommit";
                state = s->kind;
        }

        if (state != STEP_META_COMMIT)
                return "P5: a text is written but not committed";
        return current && has_residuals(current->text) ? "P5: residuals stay in the last text (S6)" : NULL;
}

/* P7 */
static const char *check_text(const Step *s) {
        _cleanup_(vg_freep) VolumeGroup *vg = NULL;
        _cleanup_free_ char *again = NULL;
        const char *rule;
        size_t n;

        if (vg_import(s->text, strlen(s->text), &vg) < 0)
                return "P7: a metadata text does not parse";
        if (vg_check(vg, &rule) < 0)
                return "P7: a metadata text breaks a rule of the model";
        if (vg_export(vg, NULL, &again, &n) < 0 || strcmp(again, s->text) != 0)
                return "P7: a metadata text is not printed back the same";

        return vg->seqno == s->number ? NULL : "P7: the sequence number of a text is not that of its step";
}

/* P8 */
static const char *check_freeze(const Plan *p) {
        bool frozen = false;

        for (size_t i = 0; i < p->n_steps; i++)
                switch (p->steps[i].kind) {
                case STEP_FREEZE:
                        frozen = true;
                        break;
                case STEP_THAW:
                        frozen = false;
                        break;
                case STEP_META_WRITE:
                case STEP_META_PRECOMMIT:
                case STEP_META_COMMIT:
                case STEP_DM_CREATE:
                case STEP_DM_LOAD:
                case STEP_DM_SUSPEND:
                case STEP_DM_RESUME:
                        break;
                default:
                        if (frozen)
                                return "P8: a step that can wait stands between freeze and thaw";
                }

        return frozen ? "P8: a filesystem stays frozen" : NULL;
}

static const char *check_steps(const Plan *p) {
        for (size_t i = 0; i < p->n_steps; i++)
                if (!fields_complete(&p->steps[i]))
                        return "P0: a step lacks a value";

        return NULL;
}

static const char *check_texts(const Plan *p) {
        const char *rule = NULL;

        for (size_t i = 0; i < p->n_steps && !rule; i++)
                if (p->steps[i].kind == STEP_META_WRITE)
                        rule = check_text(&p->steps[i]);

        return rule;
}

int plan_check(const Plan *p, const char **reterr_rule) {
        const char *rule;

        assert(p);
        assert(reterr_rule);

        rule = check_steps(p);
        if (!rule)
                rule = check_sections(p);
        if (!rule && changes_vg(p) && p->steps[0].kind != STEP_EXPECT)
                rule = "P4: a plan that changes a volume group does not begin with expect";
        if (!rule)
                rule = check_commits(p);
        if (!rule)
                rule = check_freeze(p);
        if (!rule)
                rule = check_texts(p);
        if (!rule)
                return 0;

        *reterr_rule = rule;
        return -EINVAL;
}
