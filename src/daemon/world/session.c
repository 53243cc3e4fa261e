/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/session.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/vg-import.h"
#include "world/devices.h"
#include "world/fd-pass.h"
#include "world/linux.h"
#include "world/log.h"
#include "world/records.h"
#include "world/vglock.h"

void session_done(Session *s) {
        assert(s);

        dm_observed_free(s->observed);
        free(s->devices);
        vg_free(s->vg);
        mda_set_free(s->areas);
        linux_world_free(s->w); /* waits for udev; the lock comes after that */
        closep(&s->claim_fd);
        closep(&s->lock_fd);
        closep(&s->other_fd);
        closep(&s->global_fd);
        *s = SESSION_CLOSED;
}

static void share_lock(int lock_fd) {
        const char *number = getenv("RAIDD_LOCK_SOCKET");
        int r;

        if (!number)
                return;
        r = fd_send(atoi(number), "lock", strlen("lock"), &lock_fd, 1, 0);
        if (r < 0)
                log_debug("The lock cannot be shared with the daemon: %s", strerror(-r));
}

/* It has been through the hands of a process that has no rights: believed if it is the lock, and shut if it is not. -EBADF: none. */
static int inherited_lock(const char *vg_name) {
        const char *number = getenv("RAIDD_LOCK_FD");
        char *end;
        long fd;
        int r;

        if (!number)
                return -EBADF;
        fd = strtol(number, &end, 10);
        if (end == number || *end || fd <= STDERR_FILENO || fd > INT_MAX)
                return -EBADF;
        r = vglock_verify((int) fd, vg_name);
        if (r >= 0)
                return (int) fd;
        log_warning("%s: what was handed over is not its lock (%s); it is taken anew.", vg_name, strerror(-r));
        (void) close((int) fd);
        (void) unsetenv("RAIDD_LOCK_FD"); /* the number may be another file's by the next call */
        return -EBADF;
}

int session_lock(Session *s, const char *vg_name, bool global, unsigned limit_ms) {
        assert(s);
        assert(vg_name);

        s->lock_fd = inherited_lock(vg_name);
        if (s->lock_fd >= 0)
                return 0;
        if (global) {
                s->global_fd = vglock_take(LOCK_GLOBAL, limit_ms);
                if (s->global_fd < 0)
                        return s->global_fd;
        }
        s->lock_fd = vglock_take(vg_name, limit_ms);
        if (s->lock_fd < 0)
                return s->lock_fd;

        share_lock(s->lock_fd);
        return 0;
}

int session_lock_name(Session *s, const char *name, unsigned limit_ms) {
        assert(s);
        assert(name);

        s->other_fd = vglock_take(name, limit_ms);
        return s->other_fd < 0 ? s->other_fd : 0;
}

int session_claim(Session *s, const Uuid *vg, unsigned limit_ms) {
        assert(s);
        assert(vg);

        s->claim_fd = intent_claim(vg, limit_ms);
        return s->claim_fd < 0 ? s->claim_fd : 0;
}

static void forget_devices(Session *s) {
        s->areas = mda_set_free(s->areas);
        s->vg = vg_free(s->vg);
        s->w = linux_world_free(s->w);
}

static int open_devices(Session *s, const Uuid *vg, char *const *paths) {
        const char *text;
        int r;

        forget_devices(s);
        r = linux_world_new(vg, paths, strv_length(paths), &s->w);
        if (r >= 0)
                r = mda_set_open(s->w, vg, &s->areas);
        if (r < 0)
                return r;

        text = mda_set_text(s->areas);
        return text ? vg_import(text, strlen(text), &s->vg) : -ENOENT;
}

static bool complete(const Session *s) {
        size_t dev;

        for (size_t i = 0; i < s->vg->n_pvs; i++)
                if (world_find_pv(s->w, &s->vg->pvs[i]->id, &dev) < 0)
                        return false;

        return true;
}

static int open_any_devices(Session *s, const Uuid *vg, char *const *hints) {
        _cleanup_(strv_freep) char **all = NULL;
        int r;

        if (hints && *hints) {
                r = open_devices(s, vg, hints);
                if (r >= 0 && complete(s))
                        return 0;
        }

        r = devices_enumerate(&all);
        return r < 0 ? r : open_devices(s, vg, all);
}

/* Two devices with the same PV: which one the kernel's tables mean, nobody can say. */
static bool have_duplicates(const World *w, const VolumeGroup *vg) {
        for (size_t i = 0; i < w->n_devices; i++)
                for (size_t j = 0; j < i; j++)
                        if (uuid_equal(&w->devices[i].pv, &w->devices[j].pv) && vg_find_pv_by_id(vg, &w->devices[i].pv) &&
                            (w->devices[i].where.major != w->devices[j].where.major ||
                             w->devices[i].where.minor != w->devices[j].where.minor))
                                return true;

        return false;
}

int session_read(Session *s, const Uuid *vg, const char *vg_name, char *const *hints) {
        int r;

        assert(s);
        assert(vg);

        r = open_any_devices(s, vg, hints);
        if (r < 0)
                return r;
        if (vg_name && strcmp(s->vg->name, vg_name) != 0)
                return -ESTALE; /* renamed: the lock that we hold is another one's */

        s->duplicates = have_duplicates(s->w, s->vg);
        r = world_pv_devices(s->w, s->vg, &s->devices);
        return r < 0 ? r : s->w->ops->observe(s->w, vg, &s->observed);
}

int session_reread(Session *s, const Uuid *vg, const char *vg_name) {
        char *none[] = { NULL };

        return session_add_devices(s, vg, vg_name, none);
}

int session_add_devices(Session *s, const Uuid *vg, const char *vg_name, char *const *devices) {
        _cleanup_(strv_freep) char **paths = NULL;
        size_t n;
        int r = 0;

        assert(s && s->w);

        for (size_t i = 0; r >= 0 && i < s->w->n_devices; i++)
                r = strv_extend(&paths, s->w->devices[i].where.path);
        for (char *const *d = devices; r >= 0 && *d; d++)
                r = strv_extend(&paths, *d);
        if (r < 0)
                return r;
        n = s->w->n_devices + strv_length((char **) devices);
        s->observed = dm_observed_free(s->observed);
        free(TAKE_PTR(s->devices));
        r = session_read(s, vg, vg_name, paths);
        if (r < 0)
                return r;
        return s->w->n_devices == n ? 0 : -ENODEV;
}

int session_prepare_new(Session *s, const Uuid *vg, char *const *devices) {
        int r;

        assert(s);
        assert(vg);

        r = linux_world_new(vg, devices, strv_length(devices), &s->w);
        if (r < 0)
                return r;
        if (s->w->n_devices != strv_length(devices))
                return -ENODEV;
        r = mda_set_open(s->w, NULL, &s->areas);
        return r < 0 ? r : s->w->ops->observe(s->w, vg, &s->observed);
}

void session_state_done(FoundVg *v) {
        assert(v);

        vg_free(v->vg);
        free(v->text);
        free(v->pvs);
        *v = (FoundVg) {};
}

int session_state(const Session *s, FoundVg *ret) {
        _cleanup_(session_state_done) FoundVg v = {};
        const char *text = s->areas ? mda_set_text(s->areas) : NULL;
        int r;

        assert(ret);

        if (!text) {
                *ret = (FoundVg) {};
                return 0;
        }
        r = vg_import(text, strlen(text), &v.vg);
        if (r < 0)
                return r;
        v.text = strdup(text);
        v.pvs = calloc(v.vg->n_pvs + 1, sizeof(*v.pvs));
        if (!v.text || !v.pvs)
                return -ENOMEM;
        for (size_t i = 0; i < v.vg->n_pvs; i++) {
                size_t dev;

                if (world_find_pv(s->w, &v.vg->pvs[i]->id, &dev) >= 0)
                        v.pvs[v.n_pvs++] = (FoundPv) { v.vg->pvs[i]->id, s->w->devices[dev].where };
        }

        v.duplicates = s->duplicates;
        *ret = v;
        v = (FoundVg) {};
        return 0;
}
