/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/converge.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

/* What is known of an observed node, and what becomes of it as steps are added. */
typedef struct Fate {
        const DmNode *node;
        const DmWanted *wanted; /* by UUID */
        const LogicalVolume *lv;
        bool ours;     /* may be touched at all */
        bool gone;     /* a REMOVE was added */
        bool reloaded; /* its table, and what that held, is replaced */
        const char *name; /* its name by now */
} Fate;

typedef struct Converge {
        const VolumeGroup *vg;
        const DmObserved *observed;
        const DmExpected *expected;
        Plan *plan;
        Fate *fates; /* parallel to observed->nodes */
        bool deferred; /* an array waits for the next round */
} Converge;

/* Adding steps ------------------------------------------------------------------------------------------------- */

static int add(Converge *c, StepKind kind, const char *node, const char *why, Step **ret) {
        Step *s = plan_add(c->plan, kind);

        if (!s)
                return -ENOMEM;
        s->node = strdup(node);
        s->why = strdup(why);
        if (!s->node || !s->why)
                return -ENOMEM;
        if (ret)
                *ret = s;
        return 0;
}

static int add_resume(Converge *c, const char *node, uint16_t flags, const char *why) {
        Step *s;
        int r;

        r = add(c, STEP_DM_RESUME, node, why, &s);
        if (r >= 0)
                s->number = flags;
        return r;
}

/* A node announces what it has become with the uevent of a resume, and that takes a suspend. */
static int add_reflag(Converge *c, const char *node, uint16_t flags) {
        int r;

        r = add(c, STEP_DM_SUSPEND, node, "so that the resume announces it to udev", NULL);
        return r < 0 ? r : add_resume(c, node, flags, "announce it to udev");
}

static int add_load(Converge *c, const char *node, const DmWanted *w, const char *why) {
        Step *s;
        int r;

        r = add(c, STEP_DM_LOAD, node, why, &s);
        if (r < 0)
                return r;
        s->text = strdup(w->table);
        s->read_only = w->read_only && w->udev_flags != UDEV_FLAGS_TRACKED; /* tracked: GUARD_SET (merge-hazard 4) */
        return s->text ? 0 : -ENOMEM;
}

static int add_remove(Converge *c, Fate *f, const char *why) {
        f->gone = true;
        return add(c, STEP_DM_REMOVE, f->name, why, NULL);
}

/* What is whose ------------------------------------------------------------------------------------------------- */

static Fate judge(Converge *c, const DmNode *node) {
        const size_t prefix = 4 + UUID_CHARS, n = prefix + UUID_CHARS;
        Fate f = { .node = node, .name = node->name };
        char text[UUID_CHARS + 1] = {};
        const char *suffix;
        Uuid id;

        if (!node->uuid || strlen(node->uuid) < n || strncmp(node->uuid, "LVM-", 4) != 0 ||
            strncmp(node->uuid + 4, c->vg->id.chars, UUID_CHARS) != 0)
                return f;
        suffix = node->uuid + n;
        memcpy(text, node->uuid + prefix, UUID_CHARS);
        if (uuid_parse(text, &id) < 0 || (*suffix && !streq(suffix, "-real")))
                return f;
        f.lv = vg_find_lv_by_id(c->vg, &id);
        for (size_t i = 0; i < c->expected->n_nodes; i++)
                if (streq(c->expected->nodes[i].uuid, node->uuid))
                        f.wanted = &c->expected->nodes[i];
        f.ours = f.wanted || !f.lv || !lv_is_layered(c->vg, f.lv);
        if (f.lv && *suffix && lv_raid1(f.lv))
                f.ours = false; /* a raid1 LV under a snapshot */
        return f;
}

static Fate *fate_by_uuid(Converge *c, const char *uuid) {
        for (size_t i = 0; i < c->observed->n_nodes; i++)
                if (c->fates[i].node->uuid && streq(c->fates[i].node->uuid, uuid))
                        return &c->fates[i];
        return NULL;
}

static bool name_taken(const Converge *c, const char *name) {
        for (size_t i = 0; i < c->observed->n_nodes; i++)
                if (!c->fates[i].gone && streq(c->fates[i].name, name))
                        return true;
        return false;
}

/* Does this table refer to the device? References are words "major:minor". */
static bool table_uses(const char *table, const DmNode *node) {
        char number[32];
        size_t n;

        n = (size_t) snprintf(number, sizeof(number), "%u:%u", node->major, node->minor);
        for (const char *p = table; p && (p = strstr(p, number)); p += n)
                if (p > table && p[-1] == ' ' && (p[n] == ' ' || p[n] == '\0' || p[n] == '\n'))
                        return true;
        return false;
}

/* Nobody but nodes that let go of it in this plan has it open. */
static bool is_free(const Converge *c, const Fate *f) {
        uint32_t released = 0;

        for (size_t i = 0; i < c->observed->n_nodes; i++) {
                const Fate *o = &c->fates[i];

                if ((o->gone || o->reloaded) && table_uses(o->node->live_table, f->node))
                        released++;
                if (o->node->inactive_table && o->ours && table_uses(o->node->inactive_table, f->node))
                        released++; /* cleared in the first phase */
        }
        return f->node->open_count <= released;
}

static bool holds_others(const Fate *f) {
        return f->node->live_table && strstr(f->node->live_table, " raid ");
}

/* The phases ----------------------------------------------------------------------------------------------------- */

static int clear_and_resume(Converge *c) {
        int r;

        for (size_t i = 0; i < c->observed->n_nodes; i++) {
                if (!c->fates[i].ours || !c->observed->nodes[i].inactive_table)
                        continue;
                r = add(c, STEP_DM_CLEAR, c->fates[i].name, "left over by something that did not finish", NULL);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < c->observed->n_nodes; i++) {
                const Fate *f = &c->fates[i];

                if (!f->ours || !f->node->suspended || !f->node->live_table)
                        continue;
                r = add_resume(c, f->name, f->wanted ? f->wanted->udev_flags : UDEV_FLAGS_HIDDEN, "I/O runs again (S9)");
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Nodes that use others go first, so that the others are free for the second call. */
static int remove_unwanted(Converge *c, bool tops_only) {
        int r;

        for (size_t i = 0; i < c->observed->n_nodes; i++) {
                Fate *f = &c->fates[i];

                if (!f->ours || f->wanted || f->gone || (tops_only && !holds_others(f)) || !is_free(c, f))
                        continue;
                r = add_remove(c, f, "the metadata does not ask for it");
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The observed node that the next reference in *text is to; *text moves behind it, and is NULL at the end. */
static Fate *next_reference(Converge *c, const char **text) {
        Fate *f = NULL;

        *text = strchr(*text, '{');
        if (*text) {
                _cleanup_free_ char *uuid = strndup(*text + 1, strcspn(*text + 1, "}"));

                f = uuid ? fate_by_uuid(c, uuid) : NULL;
                (*text)++;
        }
        return f;
}

static bool is_raid(const DmWanted *w) {
        return strstr(w->table, " raid ");
}

/* Images change hands: a split of several was stopped between its commit and the new table of the volume that they leave. Until that has let
 * go of them it writes to their data, superblocks and bitmaps; the kernel would let two arrays do that. */
static bool is_held_by_another(Converge *c, const DmWanted *w) {
        for (const char *p = w->table; p && is_raid(w);) {
                const Fate *component = next_reference(c, &p);

                for (size_t i = 0; component && i < c->observed->n_nodes; i++)
                        if (!c->fates[i].gone && c->fates[i].wanted != w && table_uses(c->observed->nodes[i].live_table, component->node))
                                return true;
        }
        return false;
}

static int create_missing(Converge *c) {
        Step *s;
        int r;

        for (size_t i = 0; i < c->expected->n_nodes; i++) {
                const DmWanted *w = &c->expected->nodes[i];

                if (fate_by_uuid(c, w->uuid) || name_taken(c, w->name))
                        continue; /* a taken name is free in the next round */
                if (is_held_by_another(c, w)) {
                        c->deferred = true;
                        continue;
                }
                r = add(c, STEP_DM_CREATE, w->name, "the metadata asks for it", &s);
                if (r < 0)
                        return r;
                s->uuid = strdup(w->uuid);
                if (!s->uuid)
                        return -ENOMEM;
                r = add_load(c, w->name, w, "as in the metadata");
                if (r >= 0)
                        r = add_resume(c, w->name, w->udev_flags, "activate it");
                if (r >= 0 && w->udev_flags == UDEV_FLAGS_TRACKED)
                        r = add(c, STEP_GUARD_SET, w->name, "a tracked image cannot be written (S2)", NULL);
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool is_tracked(const DmWanted *w) {
        return w->udev_flags == UDEV_FLAGS_TRACKED;
}

static bool needs_reload(const Converge *c, const Fate *f) {
        if (!f->wanted || f->gone)
                return false;
        if (!f->node->live_table || !dm_table_equal(f->wanted->table, f->node->live_table, c->observed))
                return true;
        return !is_tracked(f->wanted) && f->wanted->read_only != f->node->read_only;
}

static bool references_exist(const Converge *c, const DmWanted *w) {
        for (const char *p = strchr(w->table, '{'); p; p = strchr(p + 1, '{')) {
                _cleanup_free_ char *uuid = strndup(p + 1, strcspn(p + 1, "}"));
                bool found = false;

                for (size_t i = 0; uuid && i < c->expected->n_nodes && !found; i++)
                        found = streq(c->expected->nodes[i].uuid, uuid) &&
                                (dm_observed_by_uuid(c->observed, uuid) || !name_taken(c, c->expected->nodes[i].name));
                if (!found)
                        return false;
        }
        return true;
}

/* Before a table is loaded that writes to it. */
static int clear_guards(Converge *c) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < c->observed->n_nodes; i++) {
                const Fate *f = &c->fates[i];

                if (f->wanted && !f->gone && !f->wanted->read_only && f->node->read_only)
                        r = add(c, STEP_GUARD_CLEAR, f->name, "it may be written", NULL);
        }
        return r;
}

/* What has to come before what: a table that refers to more of a node than there is, is refused. */
typedef enum Stage {
        STAGE_COMPONENT, /* what others lie on */
        STAGE_TOP,       /* what lies on others */
        STAGE_SHRINK,    /* what others lie on, and becomes shorter */
        _STAGE_MAX,
} Stage;

static Stage stage_of(const Fate *f) {
        if (strchr(f->wanted->table, '{'))
                return STAGE_TOP;
        if (f->node->live_table && dm_table_sectors(f->wanted->table) < dm_table_sectors(f->node->live_table))
                return STAGE_SHRINK;
        return STAGE_COMPONENT;
}

/* A merge that was interrupted behind its commit is finished here, and so is every other change of a running array: the superblocks have to
 * keep still. */
static int mark_running(Converge *c, const Fate *f) {
        Step *s = &c->plan->steps[c->plan->n_steps - 1];
        int slot;

        if (!holds_others(f) || !strstr(f->wanted->table, " raid "))
                return 0;
        slot = dm_table_returning(f->wanted->table, f->node->live_table);
        s->number = slot < 0 ? LOAD_NOBODY : (uint64_t) slot;
        s->uuid = strdup(f->wanted->lv->id.chars);
        return s->uuid ? 0 : -ENOMEM;
}

/* All loads first, then each suspend with its resume (P1). */
static int reload_stage(Converge *c, Stage stage) {
        size_t first = c->plan->n_steps;
        int r;

        for (size_t i = 0; i < c->observed->n_nodes; i++) {
                Fate *f = &c->fates[i];

                if (f->reloaded || !needs_reload(c, f) || stage_of(f) != stage || !references_exist(c, f->wanted))
                        continue;
                r = add_load(c, f->name, f->wanted, "the table is not the one of the metadata");
                if (r >= 0)
                        r = mark_running(c, f);
                if (r < 0)
                        return r;
                f->reloaded = true;
        }
        if (c->plan->n_steps == first)
                return 0;
        for (size_t i = 0; i < c->observed->n_nodes; i++) {
                const Fate *f = &c->fates[i];

                if (!f->reloaded || stage_of(f) != stage)
                        continue;
                r = f->node->live_table ? add(c, STEP_DM_SUSPEND, f->name, "for the new table", NULL) : 0;
                if (r >= 0)
                        r = add_resume(c, f->name, f->wanted->udev_flags, "with the new table");
                if (r < 0)
                        return r;
        }
        return 0;
}

static int reload_changed(Converge *c) {
        int r;

        r = clear_guards(c);
        for (Stage stage = 0; r >= 0 && stage < _STAGE_MAX; stage++)
                r = reload_stage(c, stage);
        return r;
}

static bool holds_renumbered(Converge *c, const DmWanted *w) {
        for (const char *p = w->table; p;) {
                const Fate *f = next_reference(c, &p);

                if (f && f->wanted && !f->gone && !streq(f->name, f->wanted->name))
                        return true;
        }
        return false;
}

/* The number of an image is in its name and in its superblock, and md compares the failed_devices of one superblock, by new numbers, with the
 * position in another, which is old as long as that was not written: an image that fails now would be taken as in sync when it comes back
 * (S1). A suspend has md write them all. The names are changed after it, so whoever finds them old does it again. An array that gets another
 * name itself is only renamed. */
static int settle_renumbered(Converge *c) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < c->expected->n_nodes; i++) {
                const DmWanted *w = &c->expected->nodes[i];
                const Fate *top = fate_by_uuid(c, w->uuid);

                if (!is_raid(w) || (top ? top->gone || !streq(top->name, w->name) : name_taken(c, w->name)))
                        continue;
                if (holds_renumbered(c, w))
                        r = add_reflag(c, w->name, UDEV_FLAGS_SAME);
        }
        return r;
}

static int rename_one(Converge *c, Fate *f) {
        Step *s;
        int r;

        r = add(c, STEP_DM_RENAME, f->name, "as in the metadata", &s);
        if (r < 0)
                return r;
        s->text = strdup(f->wanted->name);
        s->number = f->wanted->udev_flags;
        if (!s->text)
                return -ENOMEM;
        f->name = f->wanted->name;
        return add_reflag(c, f->name, f->wanted->udev_flags);
}

/* Images move down by one: whoever's new name is free goes first. */
static int rename_moved(Converge *c) {
        for (bool progress = true; progress;) {
                progress = false;
                for (size_t i = 0; i < c->observed->n_nodes; i++) {
                        Fate *f = &c->fates[i];
                        int r;

                        if (!f->wanted || f->gone || streq(f->name, f->wanted->name) || name_taken(c, f->wanted->name))
                                continue;
                        r = rename_one(c, f);
                        if (r < 0)
                                return r;
                        progress = true;
                }
        }
        return 0;
}

/* Tracked images become read-only. What was one and is a component again has a read-only node where the metadata asks for a
 * writable one: that is a reload. */
static int guard(Converge *c) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < c->observed->n_nodes; i++) {
                const Fate *f = &c->fates[i];

                if (!f->wanted || f->gone || f->reloaded)
                        continue;
                if (is_tracked(f->wanted) && !f->node->read_only) {
                        /* First: it is read-only from the moment on that udev shows it. */
                        r = add(c, STEP_GUARD_SET, f->name, "a tracked image cannot be written (S2)", NULL);
                        if (r >= 0)
                                r = add_reflag(c, f->name, f->wanted->udev_flags);
                }
        }
        return r;
}

/* A tracked image that had to be reloaded is guarded as well. */
static int guard_reloaded(Converge *c) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < c->observed->n_nodes; i++)
                if (c->fates[i].reloaded && is_tracked(c->fates[i].wanted) && !c->fates[i].node->read_only)
                        r = add(c, STEP_GUARD_SET, c->fates[i].name, "a tracked image cannot be written (S2)", NULL);
        return r;
}

int converge(const VolumeGroup *vg, const DmObserved *observed, const DmExpected *expected, Plan *plan) {
        _cleanup_free_ Fate *fates = calloc(observed->n_nodes + 1, sizeof(Fate));
        Converge c = { vg, observed, expected, plan, fates };
        int r;

        assert(vg && observed && expected && plan);
        if (!fates)
                return -ENOMEM;
        for (size_t i = 0; i < observed->n_nodes; i++)
                fates[i] = judge(&c, &observed->nodes[i]);
        r = clear_and_resume(&c);
        if (r >= 0)
                r = remove_unwanted(&c, true);
        if (r >= 0)
                r = remove_unwanted(&c, false);
        if (r >= 0)
                r = create_missing(&c);
        if (r >= 0)
                r = reload_changed(&c);
        if (r >= 0)
                r = remove_unwanted(&c, false);
        if (r < 0 || c.deferred)
                return r; /* names say what is still to be done */
        r = settle_renumbered(&c);
        if (r >= 0)
                r = rename_moved(&c);
        if (r >= 0)
                r = guard(&c);
        if (r >= 0)
                r = guard_reloaded(&c);
        return r;
}
