/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `raidd-worker recover`: after a worker or the daemon died, without a daemon. `raidd-worker boot`: activates. */

#include "world/worker-modes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/str.h"
#include "config.h"
#include "plan/planner.h"
#include "world/devices.h"
#include "world/executor.h"
#include "world/intent.h"
#include "world/linux.h"
#include "world/log.h"
#include "world/lvmconf.h"
#include "world/records.h"
#include "world/scan.h"
#include "world/session.h"

#define RECOVER_LOCK_MS 3000
#define CLAIM_MS 60000
#define BOOT_LOCK_MS 20000

/* Plans and executes a verb that takes no arguments on a VG that is read and locked. */
static int run_simple(Session *s, Verb verb, Uuid lv) {
        _cleanup_(plan_freep) Plan *plan = NULL;
        _cleanup_(vg_freep) VolumeGroup *next = NULL;
        _cleanup_free_ char *sentence = NULL, *system_id = lvmconf_system_id();
        unsigned char random[1024];
        Request request = { .verb = verb, .lv = lv, .slot = SLOT_ANY };
        Facts facts = {
                .local_system_id = system_id,
                .now = (uint64_t) time(NULL),
                .host = "localhost",
                .random = random,
                .n_random = sizeof(random),
                .hidden_suffix = HIDDEN_SUFFIX,
                .duplicate_pv = s->duplicates,
        };
        Outcome outcome;
        int r;

        if (getrandom(random, sizeof(random), 0) != (ssize_t) sizeof(random))
                return -EIO;
        r = planner_run(s->vg, s->devices, s->observed, &facts, &request, &plan, &next, &sentence);
        if (r > 0) {
                log_notice("%s: %s", s->vg->name, sentence);
                return 0;
        }
        for (char **w = plan ? plan->warnings : NULL; w && *w; w++)
                log_warning("%s", *w);
        return r < 0 ? r : executor_run(s->w, s->areas, s->vg, plan, HIDDEN_SUFFIX, &outcome);
}

static int recover_devices(const Uuid *vg, char *const *paths, const char *text) {
        _cleanup_(linux_world_freep) World *w = NULL;
        int r;

        r = linux_world_new(vg, paths, strv_length(paths), &w);
        return r < 0 ? r : executor_recover(w, vg, text, HIDDEN_SUFFIX);
}

/* The residuals of an interrupted split, and evidence for what is tracked. */
static int finish_recovery(const Uuid *vg, Session *s, char *const *hints) {
        int r;

        r = session_read(s, vg, NULL, hints);
        if (r == -ENOENT)
                return 0;
        return r < 0 ? r : run_simple(s, VERB_RECOVER, (Uuid) {});
}

static int recover_vg(const Uuid *vg) {
        _cleanup_(session_done) Session s = SESSION_CLOSED;
        _cleanup_(intent_freep) Intent *intent = NULL;
        _cleanup_(strv_freep) char **all = NULL;
        _cleanup_free_ char *text = NULL;
        char *const *paths;
        int r;

        /* A live worker is no crash: wait for it, and look again. A dead one has no claim. */
        r = session_claim(&s, vg, CLAIM_MS);
        if (r >= 0)
                r = intent_read(vg, &text);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (intent_from_json(text, &intent) < 0)
                log_warning("%s: the intent cannot be read.", vg->chars);

        /* The lock may be held by a program that waits for the device that we left suspended: then nobody would ever
         * go on. What recovery does first is to resume, and that is right whoever holds the lock. */
        if (intent) {
                r = session_lock(&s, intent->vg_name, false, RECOVER_LOCK_MS);
                if (r >= 0 && intent->vg_name_after)
                        r = session_lock_name(&s, intent->vg_name_after, RECOVER_LOCK_MS);
                if (r < 0)
                        log_warning("%s: recovering without the lock: %s", intent->vg_name, strerror(-r));
        }

        paths = intent ? intent->devices : NULL;
        if (!paths || !*paths) {
                r = devices_enumerate(&all);
                if (r < 0)
                        return r;
                paths = all;
        }
        r = recover_devices(vg, paths, text);
        (void) hints_invalidate(); /* whoever died may have changed which PVs are whose, and not come to this */
        if (r >= 0)
                r = finish_recovery(vg, &s, paths);
        if (r < 0)
                log_error("%s: recovery failed: %s", intent ? intent->vg_name : vg->chars, strerror(-r));
        else
                log_notice("%s: recovered after an interrupted %s.", intent ? intent->vg_name : vg->chars,
                           intent ? intent->verb : "operation");
        return r;
}

static bool wanted(const Uuid *vg, char *const *names) {
        _cleanup_(intent_freep) Intent *intent = NULL;
        _cleanup_free_ char *text = NULL;

        if (!names || !*names || strcmp(*names, "--all") == 0 || strv_contains(names, vg->chars))
                return true;
        if (intent_read(vg, &text) < 0 || intent_from_json(text, &intent) < 0)
                return true;
        return strv_contains(names, intent->vg_name);
}

int worker_recover(char *const *vg_names) {
        _cleanup_free_ Uuid *ids = NULL;
        size_t n;
        int r, result = EXIT_SUCCESS;

        r = intent_list(&ids, &n);
        if (r < 0) {
                log_error("The intents cannot be listed: %s", strerror(-r));
                return EXIT_FAILURE;
        }
        for (size_t i = 0; i < n; i++)
                if (wanted(&ids[i], vg_names) && recover_vg(&ids[i]) < 0)
                        result = EXIT_FAILURE;

        return result;
}

static bool activates_at_boot(const VolumeGroup *vg, const LogicalVolume *lv) {
        const LogicalVolume *parent;
        size_t slot;

        if (lv->flags & (LV_NOAUTOACTIVATE | LV_ACTIVATION_SKIP))
                return false;
        parent = lv_raid1_parent(vg, lv, &slot);
        return parent ? activates_at_boot(vg, parent) : lvmconf_auto_activates(vg->name, lv->name, lv->tags);
}

/* The verb activates everything but what is to be skipped; at boot that is more. Only in memory: no text is
 * written by this verb. */
static void skip_some(VolumeGroup *vg) {
        for (size_t i = 0; i < vg->n_lvs; i++)
                if ((vg->lvs[i]->flags & LV_VISIBLE) && !activates_at_boot(vg, vg->lvs[i]))
                        vg->lvs[i]->flags |= LV_ACTIVATION_SKIP;
}

static int activate_vg(const FoundVg *v) {
        _cleanup_(session_done) Session s = SESSION_CLOSED;
        _cleanup_(strv_freep) char **paths = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < v->n_pvs; i++)
                r = strv_extend(&paths, v->pvs[i].where.path);
        if (r >= 0)
                r = session_lock(&s, v->vg->name, false, BOOT_LOCK_MS);
        if (r >= 0)
                r = session_claim(&s, &v->vg->id, BOOT_LOCK_MS);
        if (r >= 0)
                r = session_read(&s, &v->vg->id, v->vg->name, paths);
        if (r >= 0) {
                skip_some(s.vg);
                r = run_simple(&s, VERB_VG_ACTIVATE, (Uuid) {});
        }
        if (r < 0)
                log_error("%s: its volumes cannot be activated: %s", v->vg->name, strerror(-r));
        return r;
}

int worker_boot(void) {
        _cleanup_(scan_freep) Scan *scan = NULL;
        int r, result = EXIT_SUCCESS;

        r = scan_run(NULL, &scan);
        if (r < 0) {
                log_error("The physical volumes cannot be scanned: %s", strerror(-r));
                return EXIT_FAILURE;
        }
        for (size_t i = 0; i < scan->n_vgs; i++)
                if (scan->vgs[i].n_pvs == scan->vgs[i].vg->n_pvs && !scan->vgs[i].duplicates &&
                    activate_vg(&scan->vgs[i]) < 0)
                        result = EXIT_FAILURE;

        return result;
}
