/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-signal.h"

#include <string.h>

#include "base/str.h"
#include "bus/bus-own.h"
#include "bus/polkit.h"
#include "world/log.h"

const char *object_interface(ObjectKind kind) {
        static const char *const interfaces[_OBJECT_KIND_MAX] = {
                [OBJECT_VG] = RAIDD_INTERFACE("VolumeGroup"),     [OBJECT_PV] = RAIDD_INTERFACE("PhysicalVolume"),
                [OBJECT_VOLUME] = RAIDD_INTERFACE("Volume"),      [OBJECT_IMAGE] = RAIDD_INTERFACE("RaidImage"),
                [OBJECT_JOB] = RAIDD_INTERFACE("Job"),
        };

        return interfaces[kind];
}

static int signal_changed(Manager *m, const Object *old, const Object *new) {
        char *names[32];
        size_t n = 0;

        for (size_t i = 0; i < new->n_values && n < ELEMENTSOF(names) - 1; i++) {
                const Value *v = object_value(old, new->values[i].name);

                if (!v || !value_equal(v, &new->values[i]))
                        names[n++] = (char *) new->values[i].name;
        }
        names[n] = NULL;
        return n > 0 ? sd_bus_emit_properties_changed_strv(m->bus, new->path, object_interface(new->kind), names) : 0;
}

static char **interfaces_of(const Object *o, char *out[static 2]) {
        out[0] = (char *) object_interface(o->kind);
        out[1] = NULL;
        return out;
}

int bus_signal_difference(Manager *m, ObjectList *next) {
        ObjectList old = m->objects;
        char *interfaces[2];
        int r = 0;

        m->objects = *next;
        *next = (ObjectList) {};
        for (size_t i = 0; m->bus && m->ready && i < old.n && r >= 0; i++)
                if (!object_list_find(&m->objects, old.objects[i]->path))
                        r = sd_bus_emit_interfaces_removed_strv(m->bus, old.objects[i]->path,
                                                                interfaces_of(old.objects[i], interfaces));
        for (size_t i = 0; m->bus && m->ready && i < m->objects.n && r >= 0; i++) {
                const Object *o = m->objects.objects[i], *before = object_list_find(&old, o->path);

                r = before ? signal_changed(m, before, o)
                           : sd_bus_emit_interfaces_added_strv(m->bus, o->path, interfaces_of(o, interfaces));
        }
        object_list_done(&old);
        return r;
}

void bus_signal_completed(Manager *m, const char *path, bool success, const char *message) {
        int r;

        if (!m->bus)
                return;
        r = sd_bus_emit_signal(m->bus, path, RAIDD_INTERFACE("Job"), "Completed", "bs", success, message);
        if (r < 0)
                log_warning("The end of job %s cannot be announced, ignoring: %s", path, strerror(-r));
}

const ManagerEvents bus_events = {
        .objects = bus_signal_difference,
        .hold_released = bus_own_merge,
        .replace_ready = bus_own_finish_replace,
        .job_completed = bus_signal_completed,
};
