/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `raidd-worker recover`: after a worker or the daemon died, without a daemon. */

#include "world/worker-simple.h"

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
#include "world/worker-verb.h"

#define RECOVER_LOCK_MS 3000
#define CLAIM_MS 60000

int worker_run_simple(Session *s, Verb verb, Uuid lv, const char *name) {
        _cleanup_(plan_freep) Plan *plan = NULL;
        _cleanup_(vg_freep) VolumeGroup *next = NULL;
        _cleanup_free_ char *sentence = NULL, *system_id = lvmconf_system_id();
        unsigned char random[1024];
        Request request = { .verb = verb, .lv = lv, .name = (char *) name, .slot = SLOT_ANY };
        Facts facts = {
                .local_system_id = system_id,
                .now = (uint64_t) time(NULL),
                .host = "localhost",
                .random = random,
                .n_random = sizeof(random),
                .hidden_suffix = HIDDEN_SUFFIX,
                .duplicate_pv = s->duplicates,
        };
        _cleanup_free_ Uuid *blank = NULL;
        Outcome outcome;
        int r;

        if (getrandom(random, sizeof(random), 0) != (ssize_t) sizeof(random))
                return -EIO;
        r = blank_facts(s, verb, &blank, &facts);
        if (r < 0)
                return r;
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
        return r < 0 ? r : worker_run_simple(s, VERB_RECOVER, (Uuid) {}, NULL);
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
