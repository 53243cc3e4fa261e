/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/job.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/units.h"
#include "model/dm-status.h"
#include "model/raid1.h"
#include "service/build.h"
#include "service/job-note.h"
#include "world/log.h"

#define SECOND UINT64_C(1000000)
#define KEEP_FINISHED (60 * SECOND)
#define POLL_RUNNING (SECOND / 2) /* at most two signals a second */

static uint64_t now_realtime(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_REALTIME, &t); /* cannot fail for this clock */
        return (uint64_t) t.tv_sec * SECOND + (uint64_t) t.tv_nsec / 1000;
}

static uint64_t now_monotonic(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * SECOND + (uint64_t) t.tv_nsec / 1000;
}

static Job *job_free(Job *j) {
        if (j) {
                free(j->operation);
                free(j->copied);
                strv_free(j->warnings);
        }
        free(j);
        return NULL;
}

void jobs_free(Manager *m) {
        while (m->jobs) {
                Job *j = m->jobs;

                m->jobs = j->next;
                job_free(j);
        }
        m->job_timer = sd_event_source_unref(m->job_timer);
}

static Job *job_running(const Manager *m, const Uuid *lv) {
        for (Job *j = m->jobs; j; j = j->next)
                if (uuid_equal(&j->lv, lv) && j->end == 0)
                        return j;
        return NULL;
}

static unsigned failed_images(const Manager *m, const Uuid *vg, const Uuid *lv) {
        _cleanup_free_ char *path = object_path(OBJECT_VOLUME, vg, lv);
        const Object *volume = path ? object_list_find(&m->objects, path) : NULL;
        char **images = volume ? object_value(volume, "Images")->list : NULL;
        unsigned n = 0;

        for (; images && *images; images++) {
                const Object *image = object_list_find(&m->objects, *images);
                const char *state = image ? object_value(image, "State")->text : "";

                n += streq(state, "failed") || streq(state, "missing");
        }
        return n;
}

static unsigned count_failed(const RaidStatus *status) {
        unsigned n = 0;

        for (const char *p = status->health; *p; p++)
                n += *p == 'D';
        return n;
}

Job *job_start(Manager *m, const Uuid *vg, const Uuid *lv, const char *operation, uint32_t uid) {
        Job *j = job_running(m, lv);

        if (j) {
                /* The kernel has shown it before the worker answered: now it is known whose it is. */
                char *known = strdup(operation);

                if (known) {
                        free(j->operation);
                        j->operation = known;
                }
                j->uid = uid;
                return j;
        }
        j = calloc(1, sizeof(Job));
        if (!j || !(j->operation = strdup(operation)))
                return job_free(j);
        j->id = ++m->last_job;
        j->vg = *vg;
        j->lv = *lv;
        j->uid = uid;
        j->failed_before = failed_images(m, vg, lv);
        j->start = now_realtime();
        j->next = m->jobs;
        m->jobs = j;
        return j;
}

char *job_path(const Job *j) {
        char *path;

        return asprintf(&path, RAIDD_PATH "/job/%u", j->id) < 0 ? NULL : path;
}

static void job_finish(Manager *m, Job *j, bool success, const char *message) {
        _cleanup_free_ char *path = job_path(j);

        j->end = now_realtime();
        job_note_remove(&j->lv);
        j->success = success;
        if (success)
                j->done = j->total;
        if (path)
                m->events->job_completed(m, path, success, message);
}

/* A comparison that is given up leaves the data as it is, a resync an image that is half old and half new. */
static bool job_is_scrub(const Job *j) {
        return streq(j->operation, "raid-check");
}

void job_fail(Manager *m, const Uuid *lv, const char *message) {
        Job *j = job_running(m, lv);

        if (j)
                job_finish(m, j, false, message);
}

void job_canceled(Manager *m, const Uuid *lv, bool canceled) {
        Job *j = job_running(m, lv);

        if (j)
                j->canceled = canceled && job_is_scrub(j);
}

static const char *operation_of(RaidSyncAction a) {
        switch (a) {
        case RAID_SYNC_RESYNC:
                return "raid-resync";
        case RAID_SYNC_RECOVER:
                return "raid-recover";
        case RAID_SYNC_CHECK:
                return "raid-check";
        case RAID_SYNC_REPAIR:
                return "raid-repair";
        default:
                return NULL;
        }
}

void job_set_copied(Job *j, BitmapRange *ranges, size_t n) {
        free(j->copied);
        j->copied = ranges;
        j->n_copied = n;
        j->total = bitmap_bytes_below(ranges, n, UINT64_MAX);
        j->done = 0;
        rate_reset(&j->samples);
}

/* The kernel's position goes over the whole volume, also over what need not be copied. */
static uint64_t bytes_done(const Job *j, const RaidStatus *s) {
        uint64_t position = s->done * SECTOR_BYTES;

        return j->copied ? bitmap_bytes_below(j->copied, j->n_copied, position) : position;
}

/* The rate of an initial sync is that of the disks: it copies everything that it passes. */
static void job_progress(Manager *m, Job *j, const RaidStatus *s) {
        uint64_t done = bytes_done(j, s);

        if (!j->copied)
                j->total = s->total * SECTOR_BYTES;
        /* The time of a pause does not count; and md may begin again. */
        if (j->paused || done < j->done)
                rate_reset(&j->samples);
        if (!j->paused || j->done == 0) /* in a pause what was known before is right */
                j->done = done;
        j->rate = rate_update(&j->samples, now_monotonic(), j->done);
        if (j->rate > 0 && s->action == RAID_SYNC_RESYNC)
                m->last_rate = j->rate;
}

/* Every attached image in sync: '-' is a tracked slot. "idle" alone may be the moment before a recovery. */
static bool is_complete(const RaidStatus *s) {
        return s->action == RAID_SYNC_IDLE && raid_status_in_sync(s) &&
               !strchr(s->health, 'a');
}

/* The new image is in sync, whatever has become of the old one. A failed attempt is repeated when its job is forgotten. */
static void release_replaced(Manager *m, const VgState *s, const LogicalVolume *lv, Job *j) {
        for (const Job *k = m->jobs; !j && k; k = k->next)
                if (uuid_equal(&k->lv, &lv->id) && !k->success)
                        return;
        if (!j)
                j = job_start(m, &s->vg->id, &lv->id, "raid-resync", 0);
        if (!j || j->releasing)
                return;
        j->releasing = true;
        m->events->replace_ready(m, &s->vg->id, &lv->id);
}

/* The kernel is frozen for the moment of a suspend, too. */
static bool is_paused(const DmNode *node, const RaidStatus *s) {
        return s->action == RAID_SYNC_FROZEN && !node->suspended;
}

/* The kernel is at it already. */
static Job *job_found(Manager *m, const VgState *s, const LogicalVolume *lv, const char *operation) {
        Job *j = job_start(m, &s->vg->id, &lv->id, operation, 0);

        if (j)
                job_note_read(m, j);
        return j;
}

static void update_volume(Manager *m, const VgState *s, const LogicalVolume *lv, const DmObserved *observed) {
        const DmNode *node = lv_node(s->vg, lv, observed);
        Job *j = job_running(m, &lv->id);
        int replaced = raid1_replaced_slot(lv);
        RaidStatus status;

        if (!node || !node->raid_status || raid_status_parse(node->raid_status, &status) < 0) {
                if (j)
                        job_finish(m, j, false, "The volume was deactivated.");
                return;
        }
        if (!j && operation_of(status.action))
                j = job_found(m, s, lv, operation_of(status.action));
        if (!j && is_paused(node, &status))
                j = job_found(m, s, lv, strchr(status.health, 'a') ? "raid-recover" : "raid-resync");
        if (replaced >= 0 && (size_t) replaced < strlen(status.health))
                status.health[replaced] = '-';
        if (j) {
                if (operation_of(status.action))
                        j->recovers = status.action == RAID_SYNC_RECOVER;
                j->paused = is_paused(node, &status);
                job_progress(m, j, &status);
        }
        if (replaced >= 0 && is_complete(&status) && !strchr(status.health, 'D'))
                release_replaced(m, s, lv, j);
        else if (!j)
                return;
        else if (is_complete(&status))
                job_finish(m, j, !j->canceled && count_failed(&status) <= j->failed_before, j->canceled ? "It was cancelled." : "");
        else if (!j->paused && count_failed(&status) > j->failed_before && !operation_of(status.action))
                job_finish(m, j, false, "An image failed.");
}

static void drop_old(Manager *m) {
        uint64_t now = now_realtime();

        for (Job **p = &m->jobs; *p;) {
                Job *j = *p;

                if (j->end > 0 && now > j->end + KEEP_FINISHED) {
                        *p = j->next;
                        job_free(j);
                } else
                        p = &j->next;
        }
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata) {
        int r = manager_refresh(userdata);

        if (r < 0)
                log_warning("The state of the jobs cannot be read, ignoring: %s", strerror(-r));
        return 0;
}

static void set_timer(Manager *m) {
        uint64_t wait = m->jobs ? KEEP_FINISHED + SECOND : 0;

        for (Job *j = m->jobs; j; j = j->next)
                if (j->end == 0 && !j->paused)
                        wait = POLL_RUNNING;
        if (wait == 0) {
                if (m->job_timer)
                        (void) sd_event_source_set_enabled(m->job_timer, SD_EVENT_OFF); /* nothing to wait for */
                return;
        }
        if (!m->job_timer &&
            sd_event_add_time_relative(m->event, &m->job_timer, CLOCK_MONOTONIC, wait, 0, on_timer, m) < 0)
                return;
        if (sd_event_source_set_time_relative(m->job_timer, wait) < 0 ||
            sd_event_source_set_enabled(m->job_timer, SD_EVENT_ONESHOT) < 0)
                log_warning("The progress of jobs cannot be watched, ignoring.");
}

void jobs_update(Manager *m, const DmObserved *observed) {
        for (size_t i = 0; i < m->n_vgs; i++)
                for (size_t k = 0; k < m->vgs[i]->vg->n_lvs; k++)
                        if (lv_raid1(m->vgs[i]->vg->lvs[k]))
                                update_volume(m, m->vgs[i], m->vgs[i]->vg->lvs[k], observed);
        for (Job *j = m->jobs; j; j = j->next) {
                VgState *s = manager_find_vg(m, &j->vg);
                LogicalVolume *lv = s ? vg_find_lv_by_id(s->vg, &j->lv) : NULL;

                if (j->end == 0 && (!lv || !lv_raid1(lv)))
                        job_finish(m, j, false, "The volume is gone or no longer a mirror.");
        }
        if (m->ready && !m->notes_pruned) {
                job_notes_prune(m);
                m->notes_pruned = true;
        }
        drop_old(m);
        set_timer(m);
}

int jobs_build(const Manager *m, ObjectList *l) {
        for (const Job *j = m->jobs; j; j = j->next) {
                _cleanup_free_ char *volume = object_path(OBJECT_VOLUME, &j->vg, &j->lv);
                Object *o = volume ? object_new(OBJECT_JOB, job_path(j)) : NULL;
                bool running = j->end == 0;
                int r;

                if (!o)
                        return -ENOMEM;
                o->vg = j->vg;
                o->id = j->lv;
                object_number(o, "Id", 'u', j->id);
                object_text(o, "Operation", 's', j->operation);
                object_real(o, "Progress", j->total > 0 ? (double) j->done / (double) j->total : running ? 0 : 1);
                object_number(o, "ProgressValid", 'b', j->total > 0);
                object_number(o, "Bytes", 't', j->total);
                object_number(o, "BytesDone", 't', j->done);
                object_number(o, "Rate", 't', running ? j->rate : 0);
                object_number(o, "StartTime", 't', j->start);
                object_number(o, "ExpectedEndTime", 't',
                              running && j->rate > 0 ? now_realtime() + (j->total - j->done) / j->rate * SECOND : j->end);
                object_list(o, "Objects", 'O', (char *[]) { volume, NULL });
                object_number(o, "StartedByUID", 'u', j->uid);
                object_number(o, "Cancelable", 'b', running && job_is_scrub(j));
                object_number(o, "Pausable", 'b', running && j->recovers && !j->paused && !j->releasing);
                object_text(o, "State", 's', !running ? "finished" : j->paused ? "paused" : "running");
                object_text(o, "Phase", 's', !running ? "" : j->releasing ? "release" : "resync");
                object_text(o, "Result", 's', running ? "" : j->success ? "done" : j->canceled ? "canceled" : "failed");
                object_list(o, "Warnings", 'S', j->warnings);
                r = object_list_add(l, o);
                if (r < 0)
                        return r;
        }
        return 0;
}
