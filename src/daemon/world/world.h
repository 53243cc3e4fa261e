/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everything that raidd can do to the world, as one table of effects. The executor, the recovery and the
 * metadata I/O know nothing else of the machine; there are two tables: Linux (linux.c) and the fake one of
 * tests/crash.
 *
 *   W1  Every function returns 0 or -errno, unless its comment says otherwise.
 *   W2  Each call is one primitive: a crash test may kill, cut the power or fail before any of them.
 *   W3  Between critical_enter() and critical_leave() only dm_suspend, dm_resume, dm_clear, write and flush are
 *       called, only for what critical_enter() was told of, and none of them allocates, logs or opens a file.
 *   W4  What was written is durable only after flush(); a failed flush is a failed step (P6). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"
#include "model/dm-tree.h"
#include "plan/plan.h"

typedef struct World World;
typedef struct WorldOps WorldOps;

/* One block device of the volume group in hand: a PV, or (vg-create) what is going to be one. */
typedef struct WorldDevice {
        PvDevice where; /* offsets and lengths of write() are multiples of where.block_bytes */
        Uuid pv;        /* null while there is no label */
} WorldDevice;

struct WorldOps {
        /* Block devices; dev is an index into World.devices. read() takes any alignment. write() does not, and
         * its buffer is aligned to 4096 bytes. */
        int (*read)(World *w, size_t dev, uint64_t offset, void *buffer, size_t n);
        int (*write)(World *w, size_t dev, uint64_t offset, const void *buffer, size_t n);
        int (*flush)(World *w, size_t dev);
        /* One signature that libblkid knows, durably: 1, or 0 if there is none left. */
        int (*erase)(World *w, size_t dev);

        /* Device-mapper; node is a dm name. Tables have device references as major:minor only; the executor puts
         * them in for {dm UUID} with dm_devno(). */
        int (*observe)(World *w, const Uuid *vg, DmObserved **ret);
        int (*dm_devno)(World *w, const char *uuid, uint32_t *ret_major, uint32_t *ret_minor);
        int (*dm_create)(World *w, const char *node, const char *uuid);
        int (*dm_load)(World *w, const char *node, const char *table, bool read_only);
        int (*dm_clear)(World *w, const char *node);
        /* -EINTR: with lockfs, the filesystem did not freeze within World.freeze_limit_ms; nothing is suspended. */
        int (*dm_suspend)(World *w, const char *node, bool lockfs);
        int (*dm_resume)(World *w, const char *node, uint16_t udev_flags);
        int (*dm_rename)(World *w, const char *node, const char *name);
        int (*dm_remove)(World *w, const char *node);
        int (*dm_message)(World *w, const char *node, const char *text);
        /* Waits, with a deadline, until udev has handled everything since the last call. Late is no error. */
        int (*udev_wait)(World *w);

        /* steps are the section: everything from the first SUSPEND to the last RESUME. After success the
         * section's suspends, resumes, a clear and a resume of every suspended node, and write() of buffers
         * that exist already, need nothing but the CPU. */
        int (*critical_enter)(World *w, const Step *steps, size_t n_steps);
        void (*critical_leave)(World *w);

        /* Filesystems (S3). sync_fs and freeze: -ETIMEDOUT or another error if it cannot be done within
         * World.freeze_limit_ms; nothing stays frozen then. thaw undoes every freeze so far. */
        int (*sync_fs)(World *w, const char *node);
        int (*freeze)(World *w, const char *node);
        int (*thaw)(World *w);

        /* Read-only guard of a tracked image (S2) and its write baseline (S4). No node: success. */
        int (*guard_set)(World *w, const char *node);
        int (*guard_clear)(World *w, const char *node);

        /* What outlives the worker. The intent is opaque text, replaced atomically. */
        int (*intent_write)(World *w, const Uuid *vg, const char *text);
        int (*intent_remove)(World *w, const Uuid *vg);
        /* before: the text that is about to be replaced (archive); else the new one (backup). */
        int (*backup)(World *w, const char *vg_name, const char *text, bool before);
};

/* Implementations embed it as their first member. */
struct World {
        const WorldOps *ops;
        WorldDevice *devices;
        size_t n_devices;
        uint32_t freeze_limit_ms;
        Uuid vg; /* the VG in hand; null while it is not known */
};

/* Index of the device that is this PV, or -ENODEV. */
int world_find_pv(const World *w, const Uuid *pv, size_t *ret);
/* Index of the device with this path, or -ENODEV. */
int world_find_path(const World *w, const char *path, size_t *ret);
/* The devices parallel to vg->pvs, as planner_run() and dm_tree_expect() want them; the strings are borrowed
 * from the world. A missing PV has path NULL. */
int world_pv_devices(const World *w, const VolumeGroup *vg, PvDevice **ret);
/* Writes n bytes at any 512-byte aligned offset: what shares a block with them is read and written back.
 * Allocates; not for critical sections. */
int world_write_bytes(World *w, size_t dev, uint64_t offset, const void *buffer, size_t n);
