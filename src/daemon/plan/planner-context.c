/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/planner-context.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/vg-export.h"
#include "model/vg-import.h"
#include "model/vg-same.h"

void planning_done(Planning *p) {
        assert(p);

        free(p->active);
        p->plan = plan_free(p->plan);
        p->next = vg_free(p->next);
        free(p->sentence);
}

int refuse(Planning *p, Refusal refusal, const char *format, ...) {
        char *sentence;
        va_list ap;
        int r;

        assert(p);
        assert(refusal > REFUSAL_NONE);

        va_start(ap, format);
        r = vasprintf(&sentence, format, ap);
        va_end(ap);
        if (r < 0)
                return -ENOMEM;

        free(p->sentence);
        p->sentence = sentence;
        return refusal;
}

LvLabel lv_label(const VolumeGroup *vg, const LogicalVolume *lv) {
        LvLabel label;

        assert(vg);
        assert(lv);

        (void) snprintf(label.text, sizeof(label.text), "%.127s/%.127s", vg->name, lv->name);
        return label;
}

int planning_find_volume(Planning *p, const Uuid *id, const LogicalVolume **ret_lv, uint32_t *ret_slot) {
        const LogicalVolume *lv, *parent;
        size_t slot = 0;

        assert(p);
        assert(ret_lv);
        assert(ret_slot);

        lv = uuid_is_null(id) ? NULL : vg_find_lv_by_id(p->vg, id);
        if (!lv)
                return refuse(p, REFUSAL_NO_SUCH_VOLUME,
                              "There is no such volume in volume group %s; see 'raidctl list -a' for those there are.",
                              p->vg->name);
        parent = lv_raid1_parent(p->vg, lv, &slot);

        *ret_lv = parent ?: lv;
        *ret_slot = parent ? (uint32_t) slot : SLOT_ANY;
        return 0;
}

int planning_find_whole(Planning *p, const char *done, const LogicalVolume **ret) {
        const LogicalVolume *lv = NULL;
        uint32_t slot = SLOT_ANY;
        int r, tracked;

        r = planning_find_volume(p, &p->request->lv, &lv, &slot);
        if (r != 0)
                return r;
        tracked = lv_raid1(lv) ? lv_tracked_slot(lv) : -ENOENT;
        if (tracked >= 0)
                return refuse(p, REFUSAL_TRACKING, "%s cannot be %s while its image %s is tracked; merge that with "
                              "'raidctl merge %s', or make it permanent, first.", LV_LABEL(p->vg, lv), done,
                              lv_raid1(lv)->raid1.images[tracked].data->name, LV_LABEL(p->vg, lv));
        if (slot != SLOT_ANY)
                return refuse(p, REFUSAL_IN_USE, "An image of %s cannot be %s on its own; name the volume.", LV_LABEL(p->vg, lv),
                              done);
        if (lv_has_tag(lv, TAG_RESIDUAL))
                return refuse(p, REFUSAL_IN_USE, "%s is what an interrupted operation has left; it goes with "
                              "'raidd-worker recover %s'.", LV_LABEL(p->vg, lv), p->vg->name);

        *ret = lv;
        return guard_lv(p, lv);
}

const DmNode *planning_node(const Planning *p, const LogicalVolume *lv, const char *suffix) {
        char uuid[160];

        (void) snprintf(uuid, sizeof(uuid), "LVM-%s%s%s", p->vg->id.chars, lv->id.chars, suffix);
        return dm_observed_by_uuid(p->observed, uuid);
}

const DmNode *planning_active_node(const Planning *p, const LogicalVolume *lv) {
        const DmNode *node = planning_node(p, lv, "") ?: planning_node(p, lv, "-real");

        return node && node->live_table ? node : NULL;
}

bool planning_is_active(const Planning *p, const Uuid *id) {
        for (size_t i = 0; i < p->n_active; i++)
                if (uuid_equal(&p->active[i], id))
                        return true;

        return false;
}

int planning_activate(Planning *p, const Uuid *id) {
        Uuid *grown;

        if (planning_is_active(p, id))
                return 0;
        grown = reallocarray(p->active, p->n_active + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;

        grown[p->n_active++] = *id;
        p->active = grown;
        return 0;
}

void planning_deactivate(Planning *p, const Uuid *id) {
        size_t n = 0;

        for (size_t i = 0; i < p->n_active; i++)
                if (!uuid_equal(&p->active[i], id))
                        p->active[n++] = p->active[i];
        p->n_active = n;
}

int planning_begin(Planning *p, const LogicalVolume *lv, LogicalVolume **ret_lv) {
        int r;

        assert(p);
        assert(!p->next);

        r = vg_clone(p->vg, &p->next);
        if (r < 0)
                return r;
        p->next->seqno = p->vg->seqno + 1;
        for (size_t i = 0; i < p->vg->n_pvs; i++) {
                PhysicalVolume *pv = p->next->pvs[i];
                bool missing = pv_is_missing(p, i);

                if (missing == !!(pv->flags & PV_MISSING))
                        continue;
                /* When it comes back its text is old, and lvm2 has to know. */
                pv->flags = missing ? pv->flags | PV_MISSING : pv->flags & ~(unsigned) PV_MISSING;
                pv->dirty = true;
        }

        if (ret_lv) {
                *ret_lv = vg_find_lv_by_id(p->next, &lv->id);
                assert(*ret_lv);
        }
        return 0;
}

__attribute__((format(printf, 6, 0)))
static int add_step_v(Planning *p, StepKind kind, const char *node, const char *text, Step **ret_step, const char *why,
                      va_list ap) {
        Step *s = plan_add(p->plan, kind);

        if (!s || vasprintf(&s->why, why, ap) < 0)
                return -ENOMEM;
        if (node && !(s->node = strdup(node)))
                return -ENOMEM;
        if (text && !(s->text = strdup(text)))
                return -ENOMEM;

        if (ret_step)
                *ret_step = s;
        return 0;
}

int add_step(Planning *p, StepKind kind, const char *node, const char *text, Step **ret_step, const char *why, ...) {
        va_list ap;
        int r;

        assert(p && p->plan);
        assert(why);

        va_start(ap, why);
        r = add_step_v(p, kind, node, text, ret_step, why, ap);
        va_end(ap);
        return r;
}

int add_expect(Planning *p) {
        Step *s;
        int r;

        r = add_step(p, STEP_EXPECT, NULL, p->vg->name, &s, "%s is still at sequence number %llu", p->vg->name,
                     (unsigned long long) p->vg->seqno);
        if (r < 0)
                return r;

        s->number = p->vg->seqno;
        return 0;
}

/* The civil date of days since the epoch (Howard Hinnant's algorithm). gmtime() would read the environment. */
static void civil_from_days(uint64_t days, unsigned *ret_year, unsigned *ret_month, unsigned *ret_day) {
        uint64_t z = days + 719468, era = z / 146097, doe = z % 146097;
        uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
        uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

        *ret_day = (unsigned) (doy - (153 * mp + 2) / 5 + 1);
        *ret_month = (unsigned) (mp < 10 ? mp + 3 : mp - 9);
        *ret_year = (unsigned) (yoe + era * 400 + (*ret_month <= 2));
}

/* As ctime() in UTC, without the newline: the form that LVM2 puts into the comments of a text. */
static void time_text(uint64_t now, char out[static 64]) {
        static const char days[] = "ThuFriSatSunMonTueWed", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
        unsigned year, month, day, second = (unsigned) (now % 86400);

        civil_from_days(now / 86400, &year, &month, &day);
        (void) snprintf(out, 64, "%.3s %.3s %2u %02u:%02u:%02u %u", days + now / 86400 % 7 * 3, months + (month - 1) * 3,
                        day, second / 3600, second / 60 % 60, second % 60, year);
}

static int export_next(const Planning *p, char **ret) {
        char description[256], when[64];
        ExportStamp stamp = {
                .description = description,
                .host = p->facts->host ?: "localhost",
                .uname_line = p->facts->uname_line ?: (p->facts->host ?: "localhost"),
                .time_text = when,
                .now = p->facts->now,
        };
        _cleanup_(vg_freep) VolumeGroup *again = NULL;
        _cleanup_free_ char *text = NULL;
        size_t n;
        int r;

        time_text(p->facts->now, when);
        (void) snprintf(description, sizeof(description), "Write from raidd: %s.", p->plan->verb);
        r = vg_export(p->next, &stamp, &text, &n);
        if (r >= 0)
                r = vg_import(text, n, &again);
        if (r < 0)
                return r;
        /* P7. What is not meant must never reach a disk, not even in a build without assertions. */
        if (!vg_same(p->next, again))
                return -ENOTRECOVERABLE;
        *ret = TAKE_PTR(text);
        return 0;
}

int add_prepare(Planning *p, const char *why) {
        _cleanup_free_ char *text = NULL;
        Step *s;
        int r;

        r = export_next(p, &text);
        if (r < 0)
                return r;
        r = add_step(p, STEP_META_WRITE, NULL, text, &s, "sequence number %llu: %s",
                     (unsigned long long) p->next->seqno, why);
        if (r < 0)
                return r;
        s->number = p->next->seqno;

        r = add_step(p, STEP_META_PRECOMMIT, NULL, NULL, &s, "announce it in every metadata area");
        if (r < 0)
                return r;
        s->number = p->next->seqno;
        return 0;
}

int add_commit(Planning *p, const char *why) {
        Step *s;
        int r;

        r = add_step(p, STEP_META_COMMIT, NULL, NULL, &s, "%s", why);
        if (r < 0)
                return r;

        s->number = p->next->seqno;
        return 0;
}

int add_change(Planning *p, const char *prepare, const char *commit, const char *converge) {
        int r;

        r = add_expect(p);
        if (r >= 0)
                r = add_prepare(p, prepare);
        if (r >= 0)
                r = add_commit(p, commit);
        return r < 0 ? r : add_converge(p, converge);
}

int add_converge(Planning *p, const char *why) {
        Step *s;
        int r;

        r = add_step(p, STEP_CONVERGE, NULL, NULL, &s, "%s", why);
        if (r < 0)
                return r;
        s->active = calloc(p->n_active + 1, sizeof(Uuid));
        if (!s->active)
                return -ENOMEM;

        if (p->n_active > 0)
                memcpy(s->active, p->active, p->n_active * sizeof(Uuid));
        s->n_active = p->n_active;
        return 0;
}

int add_resume(Planning *p, const char *node, uint16_t udev_flags, const char *why) {
        Step *s;
        int r;

        r = add_step(p, STEP_DM_RESUME, node, NULL, &s, "%s", why);
        if (r < 0)
                return r;

        s->number = udev_flags;
        return 0;
}

int add_evidence(Planning *p, const LogicalVolume *lv) {
        _cleanup_free_ char *node = NULL;
        int r, slot = lv_tracked_slot(lv);
        Step *s;

        if (slot < 0)
                return 0;
        r = dm_name_build(p->vg->name, lv->name, &node);
        if (r < 0)
                return r;
        r = add_step(p, STEP_EVIDENCE, node, lv->id.chars, &s, "until the superblocks say that image %d is behind (S1)", slot);
        if (r < 0)
                return r;

        s->number = (uint64_t) slot;
        return 0;
}

int add_removal(Planning *p, const LogicalVolume *lv) {
        const DmNode *node = planning_active_node(p, lv);

        if (!node)
                return 0;

        planning_deactivate(p, &lv->id);
        return add_step(p, STEP_DM_REMOVE, node->name, NULL, NULL, "nobody has it open");
}

/* The text that the plan commits last. */
static const char *last_text(const Plan *plan) {
        for (size_t i = plan->n_steps; i > 0; i--)
                if (plan->steps[i - 1].kind == STEP_META_WRITE)
                        return plan->steps[i - 1].text;

        return NULL;
}

int add_tail(Planning *p) {
        const char *text = last_text(p->plan);
        int r;

        r = add_step(p, STEP_UDEV_WAIT, NULL, NULL, NULL, "until the links in /dev are in place");
        if (r < 0 || !text)
                return r;

        return add_step(p, STEP_BACKUP, NULL, text, NULL, "a copy of the new metadata in /etc/lvm/backup");
}

int plan_summarize(Planning *p, const char *format, ...) {
        va_list ap;
        int r;

        va_start(ap, format);
        free(p->plan->summary);
        p->plan->summary = NULL;
        r = vasprintf(&p->plan->summary, format, ap);
        va_end(ap);
        if (r < 0) {
                p->plan->summary = NULL;
                return -ENOMEM;
        }

        return 0;
}

int plan_warnf(Planning *p, const char *format, ...) {
        _cleanup_free_ char *sentence = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&sentence, format, ap);
        va_end(ap);
        if (r < 0)
                return -ENOMEM;

        return plan_warn(p->plan, sentence);
}
