/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/scan.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/vg-import.h"
#include "model/vg-same.h"
#include "world/devices.h"
#include "world/linux.h"
#include "world/log.h"
#include "world/mda-io.h"

static void vg_done(FoundVg *v) {
        vg_free(v->vg);
        free(v->text);
        free(v->pvs);
}

Scan *scan_free(Scan *s) {
        if (!s)
                return NULL;

        for (size_t i = 0; i < s->n_vgs; i++)
                vg_done(&s->vgs[i]);
        for (size_t i = 0; i < s->n_orphans; i++)
                free(s->orphans[i].path);
        free(s->vgs);
        free(s->orphans);
        free(s->dropped);
        strv_free(s->dropped_names);
        linux_world_free(s->world);
        free(s);
        return NULL;
}

FoundVg *scan_find_vg(const Scan *s, const Uuid *id) {
        assert(s);
        assert(id);

        for (size_t i = 0; i < s->n_vgs; i++)
                if (uuid_equal(&s->vgs[i].vg->id, id))
                        return &s->vgs[i];

        return NULL;
}

bool scan_has_name(const Scan *s, const char *vg_name) {
        assert(s);
        assert(vg_name);

        for (size_t i = 0; i < s->n_vgs; i++)
                if (streq(s->vgs[i].vg->name, vg_name))
                        return true;
        return strv_contains(s->dropped_names, vg_name);
}

/* Takes over vg and text, which are on this PV, if they are the newest of their VG. */
static int offer_vg(Scan *s, const Uuid *pv, VolumeGroup **vg, char **text) {
        FoundVg *known = scan_find_vg(s, &(*vg)->id);
        FoundVg *grown;

        if (!known) {
                grown = reallocarray(s->vgs, s->n_vgs + 1, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                s->vgs = grown;
                known = &grown[s->n_vgs++];
                *known = (FoundVg) {};
        } else if (!vg_supersedes(*vg, pv, known->vg, &known->pv))
                return 0;

        vg_free(known->vg);
        free(known->text);
        known->vg = TAKE_PTR(*vg);
        known->text = TAKE_PTR(*text);
        known->text_bytes = strlen(known->text);
        known->pv = *pv;
        return 0;
}

static int drop_vg(Scan *s, FoundVg *v) {
        Uuid *grown = reallocarray(s->dropped, s->n_dropped + v->vg->n_pvs, sizeof(*grown));

        if (!grown && v->vg->n_pvs > 0)
                return -ENOMEM;
        if (grown)
                s->dropped = grown;
        if (!strv_contains(s->dropped_names, v->vg->name) && strv_extend(&s->dropped_names, v->vg->name) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < v->vg->n_pvs; i++)
                s->dropped[s->n_dropped++] = v->vg->pvs[i]->id;
        log_warning("Volume group %s has %zu bytes of metadata, and all groups have more than there is room for; it is not shown.", v->vg->name,
                    v->text_bytes);
        vg_done(v);
        *v = s->vgs[--s->n_vgs];
        return 0;
}

static int keep_within_limit(Scan *s) {
        int r = 0;

        while (r >= 0) {
                FoundVg *largest = NULL;
                size_t sum = 0;

                for (size_t i = 0; i < s->n_vgs; i++) {
                        sum += s->vgs[i].text_bytes;
                        if (!largest || s->vgs[i].text_bytes > largest->text_bytes)
                                largest = &s->vgs[i];
                }
                if (sum <= s->texts_max)
                        return 0;
                r = drop_vg(s, largest);
        }
        return r;
}

static bool is_dropped(const Scan *s, const Uuid *pv) {
        for (size_t i = 0; i < s->n_dropped; i++)
                if (uuid_equal(&s->dropped[i], pv))
                        return true;
        return false;
}

static int add_orphan(Scan *s, size_t dev, const char *problem) {
        FoundOrphan *grown = reallocarray(s->orphans, s->n_orphans + 1, sizeof(*grown));
        char *path = strdup(s->world->devices[dev].where.path);

        if (grown)
                s->orphans = grown;
        if (!grown || !path) {
                free(path);
                return -ENOMEM;
        }
        s->orphans[s->n_orphans++] = (FoundOrphan) { s->world->devices[dev].pv, path, problem };
        return 0;
}

/* The same text is on most PVs of a VG, and importing it is what costs: once is enough. */
static bool text_known(const Scan *s, const char *text) {
        for (size_t i = 0; i < s->n_vgs; i++)
                if (strcmp(s->vgs[i].text, text) == 0)
                        return true;

        return false;
}

static int take_device(Scan *s, size_t dev) {
        _cleanup_(pv_probe_done) PvProbe probe = {};
        _cleanup_(vg_freep) VolumeGroup *vg = NULL;
        int r;

        r = pv_probe(s->world, dev, &probe);
        if (r < 0) {
                if (r != -ENOENT)
                        log_debug("%s cannot be read (%s), ignoring.", s->world->devices[dev].where.path, strerror(-r));
                s->world->devices[dev].pv = (Uuid) {};
                return r == -ENOMEM ? r : 0;
        }

        s->world->devices[dev].pv = probe.pv;
        if (!probe.text || text_known(s, probe.text))
                return probe.damaged ? add_orphan(s, dev, "corrupt-metadata") : 0;
        r = vg_import(probe.text, strlen(probe.text), &vg);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return add_orphan(s, dev, "corrupt-metadata");
        r = offer_vg(s, &probe.pv, &vg, &probe.text);
        return r < 0 ? r : keep_within_limit(s);
}

static int add_pv(FoundVg *v, const WorldDevice *device) {
        FoundPv *grown;

        for (size_t i = 0; i < v->n_pvs; i++)
                if (uuid_equal(&v->pvs[i].pv, &device->pv)) {
                        v->duplicates = v->duplicates || v->pvs[i].where.major != device->where.major ||
                                        v->pvs[i].where.minor != device->where.minor;
                        return 0;
                }

        grown = reallocarray(v->pvs, v->n_pvs + 1, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        v->pvs = grown;
        grown[v->n_pvs++] = (FoundPv) { device->pv, device->where };
        return 0;
}

/* A PV belongs to the VG whose newest text lists it, whatever its own metadata area says. */
static int assign_device(Scan *s, size_t dev) {
        const WorldDevice *device = &s->world->devices[dev];

        if (uuid_is_null(&device->pv))
                return 0;
        for (size_t i = 0; i < s->n_vgs; i++)
                if (vg_find_pv_by_id(s->vgs[i].vg, &device->pv))
                        return add_pv(&s->vgs[i], device);

        return add_orphan(s, dev, is_dropped(s, &device->pv) ? "too-large" : "");
}

/* A damaged area of a PV that some readable text lists: then the damage is that VG's. */
static void blame_orphans(Scan *s) {
        for (size_t i = 0; i < s->n_orphans; i++)
                for (size_t j = 0; *s->orphans[i].problem && j < s->n_vgs; j++)
                        if (vg_find_pv_by_id(s->vgs[j].vg, &s->orphans[i].pv))
                                s->vgs[j].damaged = true;
}

int scan_run(char *const *paths, Scan **ret) {
        return scan_run_within(paths, SCAN_TEXTS_MAX, ret);
}

int scan_run_within(char *const *paths, size_t texts_max, Scan **ret) {
        _cleanup_(strv_freep) char **all = NULL;
        _cleanup_(scan_freep) Scan *s = NULL;
        int r;

        assert(ret);

        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        s->texts_max = texts_max;
        if (!paths) {
                r = devices_enumerate(&all);
                if (r < 0)
                        return r;
                paths = all;
        }
        r = linux_world_new(NULL, paths, strv_length(paths), &s->world);
        for (size_t i = 0; r >= 0 && i < s->world->n_devices; i++)
                r = take_device(s, i);
        for (size_t i = 0; r >= 0 && i < s->world->n_devices; i++)
                r = assign_device(s, i);
        if (r < 0)
                return r;

        blame_orphans(s);
        *ret = TAKE_PTR(s);
        return 0;
}
