/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `raidd-worker look` and `raidd-worker boot`: activates, and repairs what a power cut left different. `raidd-worker stopped`: this machine goes down as it should. */

#include "world/worker-simple.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "world/changed.h"
#include "world/log.h"
#include "world/lvmconf.h"
#include "world/scan.h"
#include "world/stopped.h"
#include "world/written.h"

#define BOOT_LOCK_MS 20000
#define LOOKED_DIR "/run/raidd/looked"

/* Volumes ------------------------------------------------------------------------------------------------------- */

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

/* What was being written when the machine went down may be on one image and not on another. md would make the regions the same that the bitmap
 * has, if a superblock of dm-raid said that the array was not stopped: none does (kernel dm-raid.c:super_sync() writes recovery_cp as it is,
 * md-bitmap.c:md_bitmap_load() takes no bit as needed below it). So each of two reads might be answered by another image.
 *
 * The bits are on the disks until some seconds after somebody has activated the volume. Of one that was active before we first looked, nobody
 * can say what it had. What was seen is remembered from "look" to "boot" by a file for each volume. */
static bool remembered(const LogicalVolume *lv, bool *ret_unclean) {
        char path[sizeof(LOOKED_DIR "/") + UUID_CHARS], c = '1';
        int fd;

        (void) snprintf(path, sizeof(path), LOOKED_DIR "/%s", lv->id.chars);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return false;
        *ret_unclean = read(fd, &c, 1) != 1 || c != '0';
        (void) close(fd);
        return true;
}

static void remember(const LogicalVolume *lv, bool unclean) {
        char path[sizeof(LOOKED_DIR "/") + UUID_CHARS];
        int fd;

        (void) snprintf(path, sizeof(path), LOOKED_DIR "/%s", lv->id.chars);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 && errno == ENOENT)
                return; /* nobody has looked before, and nobody asks again */
        if (fd < 0 || write(fd, unclean ? "1" : "0", 1) != 1)
                log_warning("%s: %s", path, strerror(errno));
        if (fd >= 0)
                (void) close(fd);
}

static bool is_in(const Uuid *ids, size_t n, const Uuid *id) {
        for (size_t i = 0; i < n; i++)
                if (uuid_equal(&ids[i], id))
                        return true;
        return false;
}

/* ret: room for all LVs of the VG. */
static int list_unclean(const Session *s, Uuid *ret, size_t *ret_n) {
        _cleanup_free_ Uuid *active = NULL;
        size_t n_active;
        int r;

        *ret_n = 0;
        r = dm_tree_active(s->vg, s->observed, &active, &n_active);
        for (size_t i = 0; r >= 0 && i < s->vg->n_lvs; i++) {
                const LogicalVolume *lv = s->vg->lvs[i];
                bool unclean;

                if (!lv_raid1(lv))
                        continue;
                if (!remembered(lv, &unclean)) {
                        r = changed_any(s, lv, &unclean);
                        unclean = unclean || is_in(active, n_active, &lv->id);
                        remember(lv, unclean);
                }
                if (r >= 0 && unclean)
                        ret[(*ret_n)++] = lv->id;
        }
        return r;
}

static void list_unfinished(const VolumeGroup *vg, const StoppedNote *note, Uuid *ret, size_t *ret_n) {
        *ret_n = 0;
        for (size_t i = 0; i < vg->n_lvs; i++)
                if (lv_raid1(vg->lvs[i]) && is_in(note->unfinished, note->n_unfinished, &vg->lvs[i]->id))
                        ret[(*ret_n)++] = vg->lvs[i]->id;
}

static int repair(Session *s, const FoundVg *v, const Uuid *ids, size_t n) {
        _cleanup_free_ Uuid *active = NULL;
        size_t n_active = 0;
        int r;

        if (n == 0)
                return 0;
        r = session_reread(s, &v->vg->id, v->vg->name);
        if (r >= 0)
                r = dm_tree_active(s->vg, s->observed, &active, &n_active);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                if (!is_in(active, n_active, &ids[i]))
                        continue;
                log_notice("%s/%s may have been written when the machine went down; its images are compared, and made the same.", v->vg->name,
                           vg_find_lv_by_id(s->vg, &ids[i])->name);
                r = worker_run_simple(s, VERB_SCRUB, ids[i], "repair");
        }
        return r;
}

int worker_read_found(Session *s, const FoundVg *v) {
        _cleanup_(strv_freep) char **paths = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < v->n_pvs; i++)
                r = strv_extend(&paths, v->pvs[i].where.path);
        return r < 0 ? r : session_read(s, &v->vg->id, v->vg->name, paths);
}

static int activate_vg(const FoundVg *v, const StoppedNote *note) {
        _cleanup_(session_done) Session s = SESSION_CLOSED;
        _cleanup_free_ Uuid *unclean = NULL;
        size_t n_unclean = 0;
        int r;

        r = session_lock(&s, v->vg->name, false, BOOT_LOCK_MS);
        if (r >= 0)
                r = session_claim(&s, &v->vg->id, BOOT_LOCK_MS);
        if (r >= 0)
                r = worker_read_found(&s, v);
        if (r >= 0) {
                unclean = calloc(s.vg->n_lvs + 1, sizeof(Uuid));
                if (!unclean)
                        r = -ENOMEM;
                else if (note->there)
                        list_unfinished(s.vg, note, unclean, &n_unclean);
                else
                        r = list_unclean(&s, unclean, &n_unclean);
        }
        if (r >= 0) {
                written_tidy(s.vg);
                skip_some(s.vg);
                r = worker_run_simple(&s, VERB_VG_ACTIVATE, (Uuid) {}, NULL);
        }
        if (r >= 0)
                r = repair(&s, v, unclean, n_unclean);
        if (r < 0)
                log_error("%s: its volumes cannot be activated: %s", v->vg->name, strerror(-r));
        return r;
}

/* Only reads, and takes no lock: nobody is to wait for it. */
static int look_at_vg(const FoundVg *v) {
        _cleanup_(session_done) Session s = SESSION_CLOSED;
        _cleanup_free_ Uuid *unclean = NULL;
        size_t n;
        int r;

        r = worker_read_found(&s, v);
        if (r < 0)
                return r;
        unclean = calloc(s.vg->n_lvs + 1, sizeof(Uuid));
        return unclean ? list_unclean(&s, unclean, &n) : -ENOMEM;
}

/* How it went down ----------------------------------------------------------------------------------------------- */

int worker_stopped(void) {
        int r = stopped_note_write();

        if (r < 0)
                log_warning("The note of this shutdown cannot be written: %s; volumes that were written a moment ago are compared at the next boot.",
                            strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int worker_stopping(void) {
        int r = stopped_note_prepare();

        if (r < 0)
                log_warning("What is being repaired cannot be remembered for the next boot: %s", strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static bool is_whole(const FoundVg *v) {
        return v->n_pvs == v->vg->n_pvs && !v->duplicates;
}

static Scan *scan_all(void) {
        Scan *scan = NULL;
        int r = scan_run(NULL, &scan);

        if (r < 0)
                log_error("The physical volumes cannot be scanned: %s", strerror(-r));
        return r < 0 ? NULL : scan;
}

int worker_look(void) {
        _cleanup_(scan_freep) Scan *scan = NULL;

        if (stopped_note_is_there())
                return EXIT_SUCCESS;
        if ((mkdir("/run/raidd", 0700) < 0 && errno != EEXIST) || (mkdir(LOOKED_DIR, 0700) < 0 && errno != EEXIST))
                return EXIT_FAILURE;
        scan = scan_all();
        for (size_t i = 0; scan && i < scan->n_vgs; i++)
                if (is_whole(&scan->vgs[i]))
                        (void) look_at_vg(&scan->vgs[i]);
        return scan ? EXIT_SUCCESS : EXIT_FAILURE;
}

int worker_boot(void) {
        _cleanup_(stopped_note_done) StoppedNote note = stopped_note_take();
        _cleanup_(scan_freep) Scan *scan = scan_all();
        int result = scan ? EXIT_SUCCESS : EXIT_FAILURE;

        for (size_t i = 0; scan && i < scan->n_vgs; i++)
                if (is_whole(&scan->vgs[i]) && activate_vg(&scan->vgs[i], &note) < 0)
                        result = EXIT_FAILURE;
        return result;
}
