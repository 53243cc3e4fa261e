/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/dm.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include <libdevmapper.h>

#include "base/cleanup.h"
#include "world/dm-ioctl.h"

#define UDEV_FLAGS_REMOVE DM_UDEV_DISABLE_LIBRARY_FALLBACK

static char last_message[512];

static void dm_task_destroyp(struct dm_task **task) {
        if (*task)
                dm_task_destroy(*task);
}

__attribute__((format(printf, 5, 6)))
static void keep_message(int level, const char *file, int line, int dm_errno, const char *format, ...) {
        va_list arguments;

        (void) file;
        (void) line;
        (void) dm_errno;
        /* The low bits are the priority; what is less than a warning says nothing about a failure. */
        if ((level & 7) > 4)
                return;
        va_start(arguments, format);
        (void) vsnprintf(last_message, sizeof(last_message), format, arguments);
        va_end(arguments);
}

void dm_init(void) {
        dm_log_with_errno_init(keep_message);
        dm_udev_set_sync_support(1);
}

const char *dm_last_message(void) {
        return last_message;
}

static int task_new(int type, const char *node, struct dm_task **ret) {
        _cleanup_(dm_task_destroyp) struct dm_task *task = NULL;

        last_message[0] = 0;
        task = dm_task_create(type);
        if (!task)
                return -ENOMEM;
        if (!dm_task_set_name(task, node))
                return -EINVAL;

        *ret = TAKE_PTR(task);
        return 0;
}

static int task_run(struct dm_task *task) {
        int error;

        if (dm_task_run(task))
                return 0;
        error = dm_task_get_errno(task);
        return error > 0 ? -error : -EIO;
}

int dm_node_create(const char *node, const char *uuid) {
        _cleanup_(dm_task_destroyp) struct dm_task *task = NULL;
        int r;

        assert(node);
        assert(uuid);

        r = task_new(DM_DEVICE_CREATE, node, &task);
        if (r < 0)
                return r;
        if (!dm_task_set_uuid(task, uuid))
                return -EINVAL;
        return task_run(task);
}

/* "start length target params" */
static int add_target(struct dm_task *task, char *line) {
        uint64_t start, length;
        char type[32];
        int used = 0;

        if (sscanf(line, "%" SCNu64 " %" SCNu64 " %31s %n", &start, &length, type, &used) < 3)
                return -EINVAL;
        return dm_task_add_target(task, start, length, type, used > 0 ? line + used : "") ? 0 : -ENOMEM;
}

int dm_node_load(const char *node, const char *table, bool read_only) {
        _cleanup_(dm_task_destroyp) struct dm_task *task = NULL;
        _cleanup_free_ char *copy = NULL;
        char *state = NULL;
        int r;

        assert(node);
        assert(table);

        copy = strdup(table);
        if (!copy)
                return -ENOMEM;
        r = task_new(DM_DEVICE_RELOAD, node, &task);
        if (r < 0)
                return r;
        for (char *line = strtok_r(copy, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
                r = add_target(task, line);
                if (r < 0)
                        return r;
        }
        if (read_only && !dm_task_set_ro(task))
                return -ENOMEM;
        return task_run(task);
}

int dm_node_clear(const char *node) {
        _cleanup_(dm_task_destroyp) struct dm_task *task = NULL;
        int r;

        assert(node);

        r = task_new(DM_DEVICE_CLEAR, node, &task);
        return r < 0 ? r : task_run(task);
}

int dm_node_resume(const char *node, uint16_t udev_flags, uint32_t *cookie) {
        _cleanup_(dm_task_destroyp) struct dm_task *task = NULL;
        int r;

        assert(node);
        assert(cookie);

        r = task_new(DM_DEVICE_RESUME, node, &task);
        if (r < 0)
                return r;
        if (!dm_task_set_add_node(task, DM_ADD_NODE_ON_RESUME) || !dm_task_set_cookie(task, cookie, udev_flags))
                return -EIO;
        return task_run(task);
}

int dm_node_rename(const char *node, const char *name, uint32_t *cookie) {
        _cleanup_(dm_task_destroyp) struct dm_task *task = NULL;
        int r;

        assert(node);
        assert(name);
        assert(cookie);

        r = task_new(DM_DEVICE_RENAME, node, &task);
        if (r < 0)
                return r;
        if (!dm_task_set_newname(task, name) || !dm_task_set_cookie(task, cookie, UDEV_FLAGS_REMOVE))
                return -EIO;
        return task_run(task);
}

int dm_node_remove(const char *node, uint32_t *cookie) {
        _cleanup_(dm_task_destroyp) struct dm_task *task = NULL;
        int r;

        assert(node);
        assert(cookie);

        r = task_new(DM_DEVICE_REMOVE, node, &task);
        if (r < 0)
                return r;
        if (!dm_task_retry_remove(task) || !dm_task_set_cookie(task, cookie, UDEV_FLAGS_REMOVE))
                return -EIO;
        return task_run(task);
}

int dm_node_message(const char *node, const char *text) {
        _cleanup_(dm_task_destroyp) struct dm_task *task = NULL;
        int r;

        assert(node);
        assert(text);

        r = task_new(DM_DEVICE_TARGET_MSG, node, &task);
        if (r < 0)
                return r;
        if (!dm_task_set_sector(task, 0) || !dm_task_set_message(task, text))
                return -EIO;
        return task_run(task);
}

static int read_devno(const char *node, const char *uuid, uint32_t *ret_major, uint32_t *ret_minor) {
        _cleanup_close_ int control = -EBADF;
        struct dm_ioctl request;
        int r;

        control = dm_control_open();
        if (control < 0)
                return control;
        r = dm_request_init(&request, node, uuid, 0);
        if (r >= 0)
                r = dm_request_send(control, DM_DEV_STATUS, &request);
        if (r < 0)
                return r;

        *ret_major = major((dev_t) request.dev);
        *ret_minor = minor((dev_t) request.dev);
        return 0;
}

int dm_node_devno(const char *node, uint32_t *ret_major, uint32_t *ret_minor) {
        assert(node);
        return read_devno(node, NULL, ret_major, ret_minor);
}

int dm_uuid_devno(const char *uuid, uint32_t *ret_major, uint32_t *ret_minor) {
        assert(uuid);
        return read_devno(NULL, uuid, ret_major, ret_minor);
}

int dm_node_open(const char *node, int flags) {
        _cleanup_close_ int fd = -EBADF;
        uint32_t maj, min;
        struct stat st;
        char path[32];
        int r;

        r = dm_node_devno(node, &maj, &min);
        if (r < 0)
                return r;
        (void) snprintf(path, sizeof(path), "/dev/dm-%" PRIu32, min);
        fd = open(path, flags | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISBLK(st.st_mode) || st.st_rdev != makedev(maj, min))
                return -ENODEV;
        return TAKE_FD(fd);
}

int udev_cookie_increment(uint32_t *cookie, uint16_t udev_flags, uint32_t *ret_event_nr) {
        _cleanup_(dm_task_destroyp) struct dm_task *task = NULL;

        assert(cookie);
        assert(ret_event_nr);

        /* A task that is never run: dm_task_set_cookie() is the only public way to raise the semaphore. */
        task = dm_task_create(DM_DEVICE_RESUME);
        if (!task)
                return -ENOMEM;
        if (!dm_task_set_cookie(task, cookie, udev_flags))
                return -EIO;

        *ret_event_nr = ((uint32_t) udev_flags << DM_UDEV_FLAGS_SHIFT) | (*cookie & 0xffffU);
        return 0;
}

void udev_cookie_decrement(uint32_t cookie) {
        if (cookie != 0)
                (void) dm_udev_complete(cookie); /* fails only if somebody destroyed the semaphore */
}

int udev_cookie_wait(uint32_t *cookie, unsigned limit_ms) {
        struct sembuf own = { .sem_op = -1, .sem_flg = IPC_NOWAIT }, all_done = {};
        struct timespec limit = { .tv_sec = limit_ms / 1000, .tv_nsec = (long) (limit_ms % 1000) * 1000000 };
        int id, r = 0;

        assert(cookie);

        if (*cookie == 0)
                return 0; /* nothing to wait for, or no udev here */

        /* As dm_udev_wait(), which cannot be given a deadline: take back the creator's count, then wait for
         * zero. udev's workers can be killed, and then nobody ever completes the cookie. */
        id = semget((key_t) *cookie, 1, 0);
        if (id < 0)
                r = -errno;
        else {
                (void) semop(id, &own, 1);
                if (semtimedop(id, &all_done, 1, &limit) < 0)
                        r = errno == EAGAIN ? -ETIMEDOUT : -errno;
                (void) semctl(id, 0, IPC_RMID);
        }

        *cookie = 0;
        dm_task_update_nodes();
        return r;
}
