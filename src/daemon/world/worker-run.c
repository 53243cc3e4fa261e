/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One request: lock, read again under the lock, plan, check, execute, read again, answer. */

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>

#include "config.h"
#include "world/answer.h"
#include "world/changed.h"
#include "world/crash-point.h"
#include "world/devices.h"
#include "world/dm.h"
#include "world/executor.h"
#include "world/guard.h"
#include "world/log.h"
#include "world/lvmconf.h"
#include "world/mounts.h"
#include "world/new-pv.h"
#include "world/records.h"
#include "world/request.h"
#include "world/session.h"
#include "world/worker-modes.h"
#include "world/worker-verb.h"
#include "world/written.h"

#define REQUEST_BYTES_MAX (1U << 20)
#define OPEN_TRIES 15
#define OPEN_PAUSE_USEC 200000
#define RANDOM_BYTES (32 * 256) /* 64 images of two LVs each, and the volume */

typedef struct Job {
        const WorkerRequest *request;
        Session session;
        Facts facts;
        struct utsname host;
        unsigned char random[RANDOM_BYTES];
        char *system_id;
        Uuid *blank;
        NewPvs new_pvs;
        BitmapRange *copied; /* merge: what has changed by now */
        size_t n_copied;
        Plan *plan;
        VolumeGroup *next;
        char *sentence;
        bool executed;       /* the plan has been begun */
} Job;

static void job_done(Job *j) {
        plan_free(j->plan);
        vg_free(j->next);
        free(j->sentence);
        free(j->system_id);
        free(j->blank);
        new_pvs_done(&j->new_pvs);
        free(j->copied);
        session_done(&j->session);
}

static int read_stdin(char **ret) {
        _cleanup_free_ char *text = calloc(1, REQUEST_BYTES_MAX + 1);
        size_t n;

        if (!text)
                return -ENOMEM;
        n = fread(text, 1, REQUEST_BYTES_MAX, stdin);
        if (ferror(stdin))
                return -EIO;
        if (n == REQUEST_BYTES_MAX)
                return -E2BIG;

        *ret = TAKE_PTR(text);
        return 0;
}

__attribute__((format(printf, 3, 4)))
static int refuse(Job *j, Refusal refusal, const char *format, ...) {
        char *sentence;
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = vasprintf(&sentence, format, arguments);
        va_end(arguments);
        if (r < 0)
                return -ENOMEM;

        free(j->sentence);
        j->sentence = sentence;
        return refusal;
}

static int take_lock(Job *j) {
        const WorkerRequest *w = j->request;
        bool membership = w->request.verb >= VERB_VG_CREATE && w->request.verb <= VERB_VG_RENAME;
        const char *name = w->vg_name ?: w->request.name;
        int r;

        if (!name)
                return -EBADMSG;
        if (w->dry_run)
                return 0; /* a reader of metadata needs no lock (S7), and everybody may ask for a plan */
        r = session_lock(&j->session, name, membership, w->lock_timeout_ms);
        if (r >= 0 && w->request.verb == VERB_VG_RENAME && w->request.name && strcmp(w->request.name, name) != 0)
                r = session_lock_name(&j->session, w->request.name, w->lock_timeout_ms);
        if (r == -ETIMEDOUT)
                return refuse(j, REFUSAL_LOCK_TIMEOUT, "Volume group %s stayed locked by another program, most likely an lvm "
                              "command, for longer than the limit; try again when that has finished.", name);
        return r;
}

/* A device that is not there, or is none, is somebody's slip. */
static int explain_new(Job *j, char *const *devices, int r) {
        for (char *const *d = devices; (r == -ENODEV || r == -ENOTBLK) && *d; d++) {
                size_t dev;

                if (world_find_path(j->session.w, *d, &dev) < 0 || j->session.w->devices[dev].where.major == 0)
                        return refuse(j, REFUSAL_MISSING_DEVICE, "%s is no block device that can be opened; name one that is.", *d);
        }
        return r;
}

static int look_at_new(Job *j, size_t first) {
        int r;

        r = new_pvs_read(j->session.w, first, &j->new_pvs);
        j->facts.new_pvs = j->new_pvs.pvs;
        j->facts.n_new_pvs = j->new_pvs.n;
        return r;
}

/* As every later scan will call them, and lvm2: the caller may know them by a link. */
static int name_canonically(char **devices) {
        for (char **d = devices; *d; d++) {
                char *name = device_canonical(*d);

                if (!name)
                        return -ENOMEM;
                free(*d);
                *d = name;
        }
        return 0;
}

static int prepare_new(Job *j) {
        static const Uuid nobody;
        char **devices = j->request->devices;
        int r;

        if (!devices || !*devices)
                return -EBADMSG;
        r = name_canonically(devices);
        if (r < 0)
                return r;
        r = session_prepare_new(&j->session, &nobody, devices);
        if (r >= 0)
                r = look_at_new(j, 0);
        return explain_new(j, devices, r);
}

static int extend_by_new(Job *j) {
        char **devices = j->request->new_devices;
        size_t first = j->session.w->n_devices;
        int r;

        if (!devices || !*devices)
                return -EBADMSG;
        r = name_canonically(devices);
        if (r < 0)
                return r;
        r = session_add_devices(&j->session, &j->request->vg, j->request->vg_name, devices);
        if (r >= 0)
                r = look_at_new(j, first);
        return explain_new(j, devices, r);
}

/* Names of VGs are LVM's to keep unique; two of a name make both of them unusable. */
static int check_name_free(Job *j) {
        _cleanup_(scan_freep) Scan *scan = NULL;
        int r;

        r = scan_run(NULL, &scan);
        if (r < 0)
                return r;
        if (j->request->request.name && scan_has_name(scan, j->request->request.name))
                return refuse(j, REFUSAL_NAME_EXISTS, "There is a volume group %s already; choose another name.", j->request->request.name);

        return 0;
}

static int read_vg(Job *j) {
        const WorkerRequest *w = j->request;
        int r;

        r = session_read(&j->session, &w->vg, w->vg_name, w->devices);
        if (r == -ENOENT || r == -ESTALE)
                return refuse(j, REFUSAL_NO_SUCH_VG, "There is no volume group %s any more; see 'raidctl list'.",
                              w->vg_name ?: w->vg.chars);
        if (r == -EBADMSG)
                return refuse(j, REFUSAL_METADATA_CORRUPT, "The metadata of volume group %s cannot be read; look at it with "
                              "'vgck' or 'pvck'.", w->vg_name ?: w->vg.chars);
        return r;
}

static int read_world(Job *j) {
        const WorkerRequest *w = j->request;
        int r;

        if (w->request.verb == VERB_VG_CREATE) {
                r = check_name_free(j);
                return r != 0 ? r : prepare_new(j);
        }

        r = read_vg(j);
        if (r == 0 && w->request.verb == VERB_VG_EXTEND)
                r = extend_by_new(j);
        if (r == 0 && w->request.verb == VERB_VG_RENAME)
                r = check_name_free(j);
        return r;
}

static int gather_facts(Job *j) {
        Facts *f = &j->facts;
        int r;

        if (uname(&j->host) < 0)
                return -errno;
        if (getrandom(j->random, sizeof(j->random), 0) != (ssize_t) sizeof(j->random))
                return -EIO;
        j->system_id = lvmconf_system_id();
        f->local_system_id = j->system_id;
        f->host = j->host.nodename;
        f->now = (uint64_t) time(NULL);
        f->random = j->random;
        f->n_random = sizeof(j->random);
        f->hidden_suffix = HIDDEN_SUFFIX;
        f->duplicate_pv = j->session.duplicates;
        f->image_held = j->request->held;
        r = blank_facts(&j->session, j->request->request.verb, &j->blank, f);
        if (r < 0 || j->request->request.verb != VERB_MERGE)
                return r;
        if (!j->request->dry_run)
                (void) changed_ranges(&j->session, &j->request->request.lv, &j->copied, &j->n_copied); /* only to show progress */
        return merge_facts(&j->session, &j->request->request.lv, j->request->dry_run, f);
}

static int make_plan(Job *j) {
        const char *rule = "";
        int r;

        free(TAKE_PTR(j->sentence)); /* of an earlier try */
        r = planner_run(j->session.vg, j->session.devices, j->session.observed, &j->facts, &j->request->request, &j->plan,
                        &j->next, &j->sentence);
        if (r != 0)
                return r;
        r = plan_check(j->plan, &rule);
        if (r < 0)
                log_error("The plan to %s breaks a rule: %s", j->plan->summary ?: j->plan->verb, rule);
        return r;
}

static int execute(Job *j, Outcome *ret) {
        const WorkerRequest *w = j->request;
        int r;

        j->session.w->vg = j->plan->vg_id;
        if (w->request.freeze_limit_ms > 0)
                j->session.w->freeze_limit_ms = w->request.freeze_limit_ms;
        j->executed = true;
        if (j->session.vg)
                written_tidy(j->session.vg);
        r = executor_run(j->session.w, j->session.areas, j->session.vg, j->plan, HIDDEN_SUFFIX, ret);
        if (w->request.verb >= VERB_VG_CREATE && w->request.verb <= VERB_VG_RENAME)
                (void) hints_invalidate(); /* also if it failed: perhaps behind the commit. LVM verifies what it takes from them */
        if (r == REFUSAL_FREEZE_FAILED)
                return refuse(j, REFUSAL_FREEZE_FAILED, "What is mounted on %s could not be flushed and frozen within the limit, "
                              "so nothing has been split; try again when less is written, or take a crash-consistent image "
                              "with --no-quiesce.", j->plan->vg_name);
        if (r == -EAGAIN && (w->request.verb != VERB_MERGE || j->plan->rebuild_slots != 0))
                return refuse(j, REFUSAL_BUSY, "Images of a volume of %s fail or come back just now, so nothing was changed; try again when "
                              "'raidctl status' shows them settled.", j->plan->vg_name);
        if (r < 0)
                return r;

        if (w->request.verb == VERB_VG_REMOVE || w->request.verb == VERB_VG_RENAME)
                (void) backup_remove(j->plan->vg_name); /* a stale backup misleads nobody */
        return 0;
}

static int answer(Job *j, const Outcome *outcome) {
        _cleanup_(session_state_done) FoundVg state = {};
        int r;

        r = session_state(&j->session, &state);
        if (r < 0)
                return r;

        return answer_done(&(DoneAnswer) {
                .plan = j->plan,
                .vg = state.vg ? &state : NULL,
                .outcome = outcome,
                .copied = j->copied,
                .n_copied = j->n_copied,
                .dry_run = j->request->dry_run,
        });
}

/* A new VG has its identity only when it is planned. */
static int claim(Job *j, const Uuid *vg) {
        if (uuid_is_null(vg) || j->session.claim_fd >= 0 || j->request->dry_run)
                return 0;

        return session_claim(&j->session, vg, j->request->lock_timeout_ms);
}

/* The evidence did not hold while the kernel read it, which a plan can only find out: all of the image is copied instead. */
static int merge_whole(Job *j, Outcome *outcome) {
        int r;

        j->plan = plan_free(j->plan);
        j->next = vg_free(j->next);
        r = session_reread(&j->session, &j->request->vg, j->request->vg_name);
        if (r < 0)
                return r;
        j->facts.evidence = false;
        r = make_plan(j);
        return r != 0 ? r : execute(j, outcome);
}

/* Refused for a device that is open: not at once, if it may be one that is only being looked at. As long as lvm2 waits, less the part in which nobody would
 * expect it any more (lib/activate/dev_manager.c, 25 times 0.2 s). */
static int plan_patiently(Job *j) {
        int r = make_plan(j);

        for (unsigned tries = 0; r == REFUSAL_IN_USE && !j->request->dry_run && tries < OPEN_TRIES; tries++) {
                if (!mounts_opened_in_passing(j->session.observed, &j->session.vg->id))
                        return r;
                (void) usleep(OPEN_PAUSE_USEC);
                r = session_reread(&j->session, &j->request->vg, j->request->vg_name);
                if (r >= 0)
                        r = make_plan(j);
        }
        return r;
}

/* A Refusal, or -errno, or 0 after the answer. */
static int run_verb(Job *j, Outcome *outcome) {
        int r;

        r = take_lock(j);
        if (r != 0)
                return r;
        answer_started();
        r = claim(j, &j->request->vg);
        if (r == 0)
                r = read_world(j);
        if (r == 0)
                r = gather_facts(j);
        if (r == 0)
                r = plan_patiently(j);
        if (r == 0)
                r = claim(j, &j->plan->vg_id);
        if (r == 0 && !j->request->dry_run)
                r = execute(j, outcome);
        if (r == -EAGAIN && j->request->request.verb == VERB_MERGE)
                r = merge_whole(j, outcome);

        return r != 0 ? r : answer(j, outcome);
}

static int run_scan(const WorkerRequest *w) {
        _cleanup_(scan_freep) Scan *scan = NULL;
        int r;

        r = scan_run(w->devices, &scan);
        return r < 0 ? r : answer_scanned(scan);
}

/* How things are after a step has failed. */
static const char *where_it_left_us(const Outcome *o) {
        if (!o->recovered)
                return "It is being put in order; look at 'raidctl status' before you try again";
        return o->committed ? "The change is in force all the same, as far as it had been recorded; look at 'raidctl status'"
                            : "The volume group is as it was before";
}

static void answer_failure(const Job *j, int error, const Outcome *o) {
        const char *cause = *dm_last_message() ? dm_last_message() : strerror(-error);
        _cleanup_free_ char *sentence = NULL;

        if (j->executed && j->plan && o->failed_step < j->plan->n_steps &&
            asprintf(&sentence, "%s: step %zu (%s) failed: %s. %s.", j->plan->summary ?: j->plan->verb, o->failed_step + 1,
                     step_kind_to_string(j->plan->steps[o->failed_step].kind), cause, where_it_left_us(o)) < 0)
                sentence = NULL;
        answer_failed(error, sentence ?: cause, o->recovered);
}

static int run_planned(const WorkerRequest *w) {
        _cleanup_(job_done) Job j = { .request = w, .session = SESSION_CLOSED };
        Outcome outcome = { .recovered = true, .failed_step = SIZE_MAX };
        int r;

        r = run_verb(&j, &outcome);
        if (r > 0)
                answer_refused((Refusal) r, j.sentence ?: "");
        else if (r < 0)
                answer_failure(&j, r, &outcome);
        if (getenv("RAIDD_COUNT_STEPS"))
                log_info("primitive effects: %lu", crash_point_count());
        return 0;
}

int worker_run(void) {
        _cleanup_(worker_request_freep) WorkerRequest *w = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = read_stdin(&text);
        if (r >= 0)
                r = worker_request_parse(text, &w);
        if (r < 0) {
                answer_failed(r, "The request is not valid.", true);
                return EXIT_SUCCESS;
        }

        if (!w->scan && !w->changed)
                return run_planned(w);
        r = w->scan ? run_scan(w) : changed_run(w);
        if (r < 0)
                answer_failed(r, strerror(-r), true);
        return EXIT_SUCCESS;
}
