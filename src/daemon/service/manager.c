/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/manager.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "service/build.h"
#include "service/helper.h"
#include "service/hold.h"
#include "service/job.h"
#include "world/log.h"

void manager_done(Manager *m) {
        for (size_t i = 0; i < m->n_vgs; i++)
                vg_state_free(m->vgs[i]);
        free(m->vgs);
        object_list_done(&m->objects);
        jobs_free(m);
        holds_free(m);
}

VgState *manager_find_vg(const Manager *m, const Uuid *id) {
        for (size_t i = 0; i < m->n_vgs; i++)
                if (uuid_equal(&m->vgs[i]->vg->id, id))
                        return m->vgs[i];
        return NULL;
}

static int add_vg(Manager *m, VgState *s) {
        VgState **grown = reallocarray(m->vgs, m->n_vgs + 1, sizeof(VgState *));

        if (!grown) {
                vg_state_free(s);
                return -ENOMEM;
        }
        m->vgs = grown;
        grown[m->n_vgs++] = s;
        return 0;
}

static void drop_vg(Manager *m, const Uuid *id) {
        for (size_t i = 0; i < m->n_vgs; i++)
                if (uuid_equal(&m->vgs[i]->vg->id, id)) {
                        vg_state_free(m->vgs[i]);
                        m->vgs[i] = m->vgs[--m->n_vgs];
                        return;
                }
}

int manager_take_scan(Manager *m, json_object *vgs) {
        VgState **old = m->vgs;
        size_t n_old = m->n_vgs;
        int r = 0;

        m->vgs = NULL;
        m->n_vgs = 0;
        for (size_t i = 0; i < json_object_array_length(vgs); i++) {
                VgState *s;
                int q = vg_state_from_json(json_object_array_get_idx(vgs, i), &s);

                if (q < 0) {
                        log_warning("A volume group cannot be understood, ignoring it: %s", strerror(-q));
                        continue;
                }
                for (size_t k = 0; k < n_old; k++)
                        if (uuid_equal(&old[k]->vg->id, &s->vg->id))
                                s->recovery_failed = old[k]->recovery_failed;
                q = add_vg(m, s);
                r = r < 0 ? r : q;
        }
        for (size_t k = 0; k < n_old; k++)
                vg_state_free(old[k]);
        free(old);
        return r;
}

int manager_take_vg(Manager *m, const Uuid *id, json_object *o) {
        VgState *s;
        int r;

        m->generation++;
        if (!o) {
                drop_vg(m, id);
                return 0;
        }
        r = vg_state_from_json(o, &s);
        if (r < 0)
                return r;
        drop_vg(m, &s->vg->id);
        return add_vg(m, s);
}

int manager_refresh(Manager *m) {
        _cleanup_(dm_observed_freep) DmObserved *observed = NULL;
        ObjectList next = {};
        int r;

        r = helper_observe(m, &observed);
        if (r < 0)
                return r;
        jobs_update(m, observed);
        for (size_t i = 0; r >= 0 && i < m->n_vgs; i++)
                r = build_vg(&next, m->vgs[i], observed);
        if (r >= 0)
                r = jobs_build(m, &next);
        if (r >= 0)
                r = holds_describe(m, &next);
        if (r < 0) {
                object_list_done(&next);
                return r;
        }
        object_list_sort(&next);
        return m->events->objects(m, &next);
}
