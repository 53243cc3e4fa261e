/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `raidd-worker root`: in the initramfs, for the volume that the root filesystem lies on. */

#include "world/worker-simple.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "world/log.h"
#include "world/scan.h"

#define ROOT_LOCK_MS 10000

/* As a boot loader's configuration has it: /dev/VG/LV or /dev/mapper/VG-LV. */
static bool is_called(const VolumeGroup *vg, const LogicalVolume *lv, const char *device) {
        _cleanup_free_ char *name = NULL, *link = NULL, *node = NULL;

        return asprintf(&link, "/dev/%s/%s", vg->name, lv->name) >= 0 && dm_name_build(vg->name, lv->name, &name) >= 0 &&
               asprintf(&node, "/dev/mapper/%s", name) >= 0 && (streq(link, device) || streq(node, device));
}

static const LogicalVolume *find_root(const Scan *scan, const char *device, const FoundVg **ret) {
        for (size_t i = 0; i < scan->n_vgs; i++)
                for (size_t k = 0; k < scan->vgs[i].vg->n_lvs; k++)
                        if (is_called(scan->vgs[i].vg, scan->vgs[i].vg->lvs[k], device)) {
                                *ret = &scan->vgs[i];
                                return scan->vgs[i].vg->lvs[k];
                        }
        return NULL;
}

static int activate(const FoundVg *v, const Uuid *lv) {
        _cleanup_(session_done) Session s = SESSION_CLOSED;
        int r;

        r = session_lock(&s, v->vg->name, false, ROOT_LOCK_MS);
        if (r >= 0)
                r = session_claim(&s, &v->vg->id, ROOT_LOCK_MS);
        if (r >= 0)
                r = worker_read_found(&s, v);
        return r < 0 ? r : worker_run_simple(&s, VERB_ACTIVATE, *lv, NULL);
}

int worker_root(const char *device, bool degraded) {
        _cleanup_(scan_freep) Scan *scan = NULL;
        const LogicalVolume *lv;
        const FoundVg *v = NULL;
        int r;

        assert(device);

        r = scan_run(NULL, &scan);
        lv = r >= 0 ? find_root(scan, device, &v) : NULL;
        if (r >= 0 && (!lv || (!degraded && v->n_pvs < v->vg->n_pvs)))
                return EXIT_FAILURE; /* some disk is still to come */
        if (r >= 0 && v->duplicates) {
                log_error("%s: one of its physical volumes is there twice, and nobody can say which is the right one; take the other away.", device);
                return EXIT_FAILURE;
        }
        if (r >= 0 && v->n_pvs < v->vg->n_pvs)
                log_warning("%s: %zu of %zu physical volumes are there; it is activated with what there is.", device, v->n_pvs, v->vg->n_pvs);
        if (r >= 0)
                r = activate(v, &lv->id);
        if (r < 0)
                log_error("%s cannot be activated: %s", device, strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
