/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* After a crash. Nothing here depends on how far the plan had come: the newest committed text says what should be,
 * the kernel says what is (style.md 3.6). */

#include "world/executor-internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/vg-import.h"
#include "world/intent.h"
#include "world/log.h"

static int read_vg(Executor *e) {
        const char *text = mda_set_text(e->areas);

        if (!text)
                return 0;
        return vg_import(text, strlen(text), &e->vg);
}

static int read_active(Executor *e) {
        _cleanup_(dm_observed_freep) DmObserved *observed = NULL;
        int r;

        r = e->w->ops->observe(e->w, &e->vg->id, &observed);
        return r < 0 ? r : dm_tree_active(e->vg, observed, &e->before, &e->n_before);
}

static int converge_to(Executor *e, const Intent *intent) {
        int r;

        if (!e->vg)
                return 0; /* removed, or never committed: the plans that do this have no nodes */
        if (intent && e->vg->seqno > intent->seqno)
                return executor_converge(e, intent->after, intent->n_after);
        if (intent)
                return executor_converge(e, intent->before, intent->n_before);
        r = read_active(e);
        return r < 0 ? r : executor_converge(e, e->before, e->n_before);
}

static bool is_among(const Uuid *ids, size_t n, const Uuid *id) {
        for (size_t i = 0; i < n; i++)
                if (uuid_equal(&ids[i], id))
                        return true;

        return false;
}

/* Nothing of another VG's is on it by now. */
static bool is_ours(const PvProbe *probe, const Uuid *vg_id) {
        _cleanup_(vg_freep) VolumeGroup *vg = NULL;

        if (!probe->text)
                return true;
        return vg_import(probe->text, strlen(probe->text), &vg) >= 0 && uuid_equal(&vg->id, vg_id);
}

/* PVs that a plan was to make the VG's, or to release, and that are not the VG's: nobody uses them. */
static int release_labels(Executor *e, const Uuid *vg_id, const Intent *intent) {
        _cleanup_(mda_set_freep) MdaSet *areas = NULL;
        int r;

        if (!intent || intent->n_labels == 0)
                return 0;
        r = mda_set_open(e->w, NULL, &areas);
        for (size_t i = 0; r >= 0 && i < e->w->n_devices; i++) {
                PvProbe probe;

                if (pv_probe(e->w, i, &probe) < 0)
                        continue;
                if (is_among(intent->labels, intent->n_labels, &probe.pv) && !(e->vg && vg_find_pv_by_id(e->vg, &probe.pv)) &&
                    (probe.used || probe.text) && !probe.damaged && is_ours(&probe, vg_id))
                        r = mda_set_label_clear(areas, i);
                pv_probe_done(&probe);
        }

        return r;
}

void executor_settle(World *w) {
        for (size_t i = 0; i < w->n_devices; i++) {
                int r = w->ops->flush(w, i);

                if (r < 0)
                        log_warning("%s cannot be flushed: %s", w->devices[i].where.path, strerror(-r));
        }
}

static int recover(Executor *e, const Uuid *vg_id, const Intent *intent) {
        int r, q;

        executor_settle(e->w);
        r = mda_set_open(e->w, vg_id, &e->areas);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == -ENOENT)
                return release_labels(e, vg_id, intent);
        r = read_vg(e);
        if (r < 0)
                return r;

        /* I/O first: what is suspended may be the root filesystem. An area that cannot be healed stays
         * old, and readers go by the newest. */
        r = converge_to(e, intent);
        q = mda_set_heal(e->areas);
        if (q < 0)
                log_warning("Not every metadata area could be brought up to date: %s", strerror(-q));
        q = release_labels(e, vg_id, intent);
        return r < 0 ? r : q;
}

int executor_recover(World *w, const Uuid *vg_id, const char *intent_text, const char *hidden_suffix) {
        _cleanup_(executor_done) Executor e = { .w = w, .suffix = hidden_suffix };
        _cleanup_(intent_freep) Intent *intent = NULL;
        int r, q;

        assert(w);
        assert(vg_id);
        assert(hidden_suffix);

        if (intent_text && intent_from_json(intent_text, &intent) < 0)
                log_warning("The intent of a volume group cannot be read; what is active stays active.");
        if (intent && intent->rebuild_slots != 0) {
                r = executor_rebuild(&e, &intent->rebuild_lv, intent->rebuild_slots);
                if (r < 0)
                        return r;
        }

        r = recover(&e, vg_id, intent);
        mda_set_free(e.areas);
        q = w->ops->thaw(w); /* after the resume, which it may have to wait for */
        (void) w->ops->udev_wait(w);
        if (r >= 0)
                r = q;
        return r < 0 ? r : w->ops->intent_remove(w, vg_id);
}
