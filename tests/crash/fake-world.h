/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A machine for the crash tests: block devices with a volatile write cache, device-mapper nodes, one filesystem, /run.
 * It is dumber than the kernel on purpose; where it must guess it fails (-EBUSY, -ENXIO) or aborts.
 *
 *   - Every call of the table is one primitive and is numbered. At the number kill_at the process is dead: that call
 *     and all later ones fail without an effect.
 *   - At fail_at the call fails once with fail_errno, without an effect; at fail_after it has had its effect all the same, as a write has
 *     whose answer got lost.
 *   - What was written is in the device's cache until flush(); fake_power_cut() keeps a subset of it, and none of the
 *     nodes, frozen filesystems and files in /run. */

#include "world/world.h"

typedef struct FakeSector {
        size_t dev;
        uint64_t sector;
        unsigned char bytes[512];
} FakeSector;

typedef struct FakeNode {
        char *name, *uuid, *live, *inactive;
        uint32_t minor;
        bool suspended;
        bool guarded;                          /* BLKROSET: survives everything but the node's removal */
        bool live_read_only, inactive_read_only; /* flag of the table */
        unsigned n_external; /* opened by something outside: a mount */
        uint32_t udev_flags;
} FakeNode;

typedef struct FakeFile {
        Uuid vg;
        char *text;
} FakeFile;

/* Shared between clones of a machine until it is written to. */
typedef struct FakePage {
        unsigned n_refs;
        uint64_t digest; /* 0: not known */
        unsigned char bytes[4096];
} FakePage;

typedef struct FakeDevice {
        FakePage **pages; /* NULL: zeroes */
        size_t n;         /* bytes */
} FakeDevice;

typedef struct FakeWorld {
        World world;
        FakeDevice *disks; /* parallel to world.devices; what the platters have */
        FakeSector *cache; /* in the order of writing; the newest of a sector counts */
        size_t n_cache, n_cache_allocated;
        FakeNode *nodes;
        size_t n_nodes;
        uint32_t next_minor;
        uint64_t random; /* where the identifiers that are made up next come from */
        bool frozen;
        FakeFile *intents;
        size_t n_intents;
        bool critical;
        /* what happens when */
        size_t n_primitives;
        size_t open_at; /* somebody opens open_node just before this call, and keeps it open */
        const char *open_node; /* borrowed */
        size_t kill_at, fail_at, fail_after; /* counted from 1; 0 = never */
        int fail_errno;
        void (*about_to)(struct FakeWorld *f, void *userdata); /* before each call: the machine as a kill at this number leaves it; or NULL */
        void *userdata;
        unsigned restless;   /* at so many loads md writes superblocks meanwhile: what was read before it is not what the kernel has read */
        bool dead;
        const char *violation; /* a rule of world.h (W3) that was broken */
} FakeWorld;

FakeWorld *fake_world_new(size_t n_devices, size_t bytes_each);
FakeWorld *fake_world_free(FakeWorld *f);
DEFINE_CLEANUP(FakeWorld, fake_world_free);
FakeWorld *fake_world_clone(const FakeWorld *f);
/* Forgets what is in the write caches as if it were flushed. */
void fake_world_settle(FakeWorld *f);
/* A new process on the same machine: counts from 0, no faults planned. */
void fake_world_restart(FakeWorld *f);
/* The subset number of the unflushed sectors survives, of so many there are to try; then a reboot. */
size_t fake_world_n_subsets(const FakeWorld *f);
void fake_world_power_cut(FakeWorld *f, size_t subset);
/* What the platters have at this offset, for writing; up to the end of the page. */
unsigned char *fake_world_platter(FakeWorld *f, size_t dev, uint64_t offset);
/* Something that libblkid would find, at either end of the device. */
void fake_world_sign(FakeWorld *f, size_t dev);
bool fake_world_signed(const FakeWorld *f, size_t dev);
FakeNode *fake_world_node(FakeWorld *f, const char *name);
unsigned fake_world_open_count(const FakeWorld *f, const FakeNode *node);
