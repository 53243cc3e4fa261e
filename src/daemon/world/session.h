/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One operation's hold on a volume group: LVM's locks, the devices, the metadata read under the lock, and the
 * kernel's nodes. */

#include "base/cleanup.h"
#include "model/vg.h"
#include "world/mda-io.h"
#include "world/scan.h"
#include "world/world.h"

typedef struct Session {
        int lock_fd, global_fd, claim_fd;
        int other_fd;         /* of the VG's name to be */
        World *w;
        MdaSet *areas;
        VolumeGroup *vg;      /* NULL while a new one is being made */
        PvDevice *devices;    /* parallel to vg->pvs */
        DmObserved *observed;
        bool duplicates;
} Session;

#define SESSION_CLOSED ((Session) { .lock_fd = -EBADF, .global_fd = -EBADF, .claim_fd = -EBADF, .other_fd = -EBADF })

void session_done(Session *s);
/* Takes the lock of the VG, and before it the global one if its set of PVs changes. The daemon gets the lock's
 * descriptor over the socket that RAIDD_LOCK_SOCKET names, so that it outlives this process; a lock that the
 * daemon already holds for us comes as RAIDD_LOCK_FD, and is verified. -ETIMEDOUT. */
int session_lock(Session *s, const char *vg_name, bool global, unsigned limit_ms);
/* The lock of a name that no VG has yet, after the VG's own and with the global one. */
int session_lock_name(Session *s, const char *name, unsigned limit_ms);
/* From here on a recovery waits for this process. After the lock, before any effect. */
int session_claim(Session *s, const Uuid *vg, unsigned limit_ms);
/* Opens the devices (hints first, all there are if they do not suffice), reads metadata and kernel.
 * -ENOENT: no such VG; -ESTALE: it has another name than vg_name by now. */
int session_read(Session *s, const Uuid *vg, const char *vg_name, char *const *hints);
/* Reads again what session_read() read. */
int session_reread(Session *s, const Uuid *vg, const char *vg_name);
/* The same, with devices that are to become PVs of the VG; they come last in s->w. -ENODEV: one cannot be opened. */
int session_add_devices(Session *s, const Uuid *vg, const char *vg_name, char *const *devices);
/* The devices that are to become PVs of a new VG. */
int session_prepare_new(Session *s, const Uuid *vg, char *const *devices);
/* The VG as it is on disk now, for the answer; *ret->vg is NULL if it is gone. */
int session_state(const Session *s, FoundVg *ret);
void session_state_done(FoundVg *v);
