/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/linux.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "world/blockdev.h"
#include "world/crash-point.h"
#include "world/critical.h"
#include "world/dm-observe.h"
#include "world/dm.h"
#include "world/freeze.h"
#include "world/guard.h"
#include "world/log.h"
#include "world/records.h"
#include "world/signature.h"

#define FREEZE_LIMIT_MS 10000

typedef struct LinuxWorld {
        World world;
        BlockDev *blocks; /* parallel to world.devices */
        uint32_t cookie;
        Critical *critical;
        Freezer *freezer;
} LinuxWorld;

static LinuxWorld *linux_world(World *w) {
        return (LinuxWorld *) w;
}

static int op_read(World *w, size_t dev, uint64_t offset, void *buffer, size_t n) {
        assert(dev < w->n_devices);

        return blockdev_read(&linux_world(w)->blocks[dev], offset, buffer, n);
}

static int op_write(World *w, size_t dev, uint64_t offset, const void *buffer, size_t n) {
        assert(dev < w->n_devices);

        crash_point();
        return blockdev_write(&linux_world(w)->blocks[dev], w->devices[dev].where.path, offset, buffer, n);
}

static int op_flush(World *w, size_t dev) {
        assert(dev < w->n_devices);

        crash_point();
        return blockdev_flush(&linux_world(w)->blocks[dev]);
}

static int op_erase(World *w, size_t dev) {
        assert(dev < w->n_devices);

        crash_point();
        return signature_erase(w->devices[dev].where.path);
}

static int op_observe(World *w, const Uuid *vg, DmObserved **ret) {
        return dm_observe(vg->chars, ret);
}

static int op_devno(World *w, const char *uuid, uint32_t *ret_major, uint32_t *ret_minor) {
        return dm_uuid_devno(uuid, ret_major, ret_minor);
}

/* libdevmapper's sentence says more than the errno; nothing is suspended where this is called. */
static int explained(const char *what, const char *node, int r) {
        if (r < 0)
                log_info("%s %s: %s%s%s", what, node, strerror(-r), *dm_last_message() ? ": " : "", dm_last_message());
        return r;
}

static int op_create(World *w, const char *node, const char *uuid) {
        crash_point();
        return explained("dm create", node, dm_node_create(node, uuid));
}

static int op_load(World *w, const char *node, const char *table, bool read_only) {
        crash_point();
        return explained("dm load", node, dm_node_load(node, table, read_only));
}

static int op_clear(World *w, const char *node) {
        LinuxWorld *l = linux_world(w);

        crash_point();
        if (l->critical)
                return critical_clear(l->critical, node);
        return explained("dm clear", node, dm_node_clear(node));
}

static int op_suspend(World *w, const char *node, bool lockfs) {
        LinuxWorld *l = linux_world(w);

        crash_point();
        assert(l->critical);
        return critical_suspend(l->critical, node, lockfs, w->freeze_limit_ms);
}

static int op_resume(World *w, const char *node, uint16_t udev_flags) {
        LinuxWorld *l = linux_world(w);

        crash_point();
        if (l->critical)
                return critical_resume(l->critical, node);
        return explained("dm resume", node, dm_node_resume(node, udev_flags, &l->cookie));
}

static int op_rename(World *w, const char *node, const char *name) {
        crash_point();
        return explained("dm rename", node, dm_node_rename(node, name, &linux_world(w)->cookie));
}

static int op_remove(World *w, const char *node) {
        int r;

        crash_point();
        r = guard_note(node);
        if (r < 0)
                log_warning("%s: what was written to it cannot be noted, ignoring: %s", node, strerror(-r));
        return explained("dm remove", node, dm_node_remove(node, &linux_world(w)->cookie));
}

static int op_message(World *w, const char *node, const char *text) {
        crash_point();
        return dm_node_message(node, text);
}

static int op_udev_wait(World *w) {
        int r;

        r = udev_cookie_wait(&linux_world(w)->cookie, UDEV_LIMIT_MS);
        if (r < 0)
                log_warning("udev has not handled our device-mapper changes (%s); links in /dev may be late.", strerror(-r));
        return 0;
}

static int op_critical_enter(World *w, const Step *steps, size_t n_steps) {
        LinuxWorld *l = linux_world(w);

        assert(!l->critical);
        return critical_begin(steps, n_steps, &l->cookie, &l->critical);
}

static void op_critical_leave(World *w) {
        LinuxWorld *l = linux_world(w);

        l->critical = critical_end(l->critical);
}

static int op_sync_fs(World *w, const char *node) {
        crash_point();
        return freeze_sync(node, w->freeze_limit_ms);
}

static int op_freeze(World *w, const char *node) {
        LinuxWorld *l = linux_world(w);

        crash_point();
        return freeze_start(node, &w->vg, w->freeze_limit_ms, &l->freezer);
}

static int op_thaw(World *w) {
        LinuxWorld *l = linux_world(w);

        crash_point();
        l->freezer = freeze_thaw(l->freezer);
        return uuid_is_null(&w->vg) ? 0 : freeze_recover(&w->vg);
}

static int no_node_is_fine(int r) {
        return r == -ENXIO ? 0 : r;
}

static int op_guard_set(World *w, const char *node) {
        crash_point();
        return no_node_is_fine(guard_set(node));
}

static int op_guard_clear(World *w, const char *node) {
        crash_point();
        return no_node_is_fine(guard_clear(node));
}

static int op_intent_write(World *w, const Uuid *vg, const char *text) {
        crash_point();
        return intent_write(vg, text);
}

static int op_intent_remove(World *w, const Uuid *vg) {
        crash_point();
        return intent_remove(vg);
}

static int op_backup(World *w, const char *vg_name, const char *text, bool before) {
        crash_point();
        return before ? archive_write(vg_name, text) : backup_write(vg_name, text);
}

static const WorldOps linux_ops = {
        .read = op_read,
        .write = op_write,
        .flush = op_flush,
        .erase = op_erase,
        .observe = op_observe,
        .dm_devno = op_devno,
        .dm_create = op_create,
        .dm_load = op_load,
        .dm_clear = op_clear,
        .dm_suspend = op_suspend,
        .dm_resume = op_resume,
        .dm_rename = op_rename,
        .dm_remove = op_remove,
        .dm_message = op_message,
        .udev_wait = op_udev_wait,
        .critical_enter = op_critical_enter,
        .critical_leave = op_critical_leave,
        .sync_fs = op_sync_fs,
        .freeze = op_freeze,
        .thaw = op_thaw,
        .guard_set = op_guard_set,
        .guard_clear = op_guard_clear,
        .intent_write = op_intent_write,
        .intent_remove = op_intent_remove,
        .backup = op_backup,
};

static int add_device(LinuxWorld *l, const char *path) {
        WorldDevice device = {};
        BlockDev block;
        int r;

        r = blockdev_open(path, &block, &device.where);
        if (r < 0) {
                log_debug("%s cannot be opened (%s), ignoring.", path, strerror(-r));
                return 0;
        }
        device.where.path = strdup(path);
        if (!device.where.path) {
                blockdev_close(&block);
                return -ENOMEM;
        }

        l->blocks[l->world.n_devices] = block;
        l->world.devices[l->world.n_devices++] = device;
        return 0;
}

World *linux_world_free(World *w) {
        LinuxWorld *l = linux_world(w);

        if (!w)
                return NULL;

        l->critical = critical_end(l->critical);
        (void) freeze_thaw(l->freezer);
        (void) udev_cookie_wait(&l->cookie, UDEV_LIMIT_MS); /* a semaphore left behind would outlive us */
        for (size_t i = 0; i < w->n_devices; i++) {
                blockdev_close(&l->blocks[i]);
                free(w->devices[i].where.path);
        }
        free(l->blocks);
        free(w->devices);
        free(l);
        return NULL;
}

int linux_world_new(const Uuid *vg, char *const *paths, size_t n_paths, World **ret) {
        _cleanup_(linux_world_freep) World *w = NULL;
        LinuxWorld *l;
        int r;

        assert(paths || n_paths == 0);
        assert(ret);

        l = calloc(1, sizeof(*l));
        if (!l)
                return -ENOMEM;
        w = &l->world;
        w->ops = &linux_ops;
        w->freeze_limit_ms = FREEZE_LIMIT_MS;
        if (vg)
                w->vg = *vg;
        l->blocks = calloc(n_paths + 1, sizeof(*l->blocks));
        w->devices = calloc(n_paths + 1, sizeof(*w->devices));
        if (!l->blocks || !w->devices)
                return -ENOMEM;

        for (size_t i = 0; i < n_paths; i++) {
                r = add_device(l, paths[i]);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(w);
        return 0;
}
