/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/guard.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "world/dm-ioctl.h"
#include "world/dm.h"
#include "world/files.h"
#include "world/log.h"
#include "world/written.h"

#define GUARD_DIR RUN_DIR "/guard"

typedef struct Node {
        char name[DM_NAME_LEN], uuid[DM_UUID_LEN];
        uint32_t major, minor;
        uint64_t sequence; /* of the disk: numbers and names are used again, this is not */
        bool suspended;
} Node;

/* What is remembered of a tracked image. */
typedef struct Record {
        uint64_t sequence, sectors;
        bool written; /* at some time since the split */
} Record;

/* Field diskseq of sysfs, Linux 5.15 and later; before that the inode of the directory, which is new for each disk too. */
static int read_sequence(uint32_t maj, uint32_t min, uint64_t *ret) {
        _cleanup_free_ char *text = NULL;
        char path[64];
        struct stat st;
        int r;

        (void) snprintf(path, sizeof(path), "/sys/dev/block/%" PRIu32 ":%" PRIu32 "/diskseq", maj, min);
        r = file_read(path, &text);
        if (r >= 0)
                return sscanf(text, "%" SCNu64, ret) == 1 ? 0 : -EIO;
        if (r != -ENOENT)
                return r;
        *strrchr(path, '/') = '\0';
        if (stat(path, &st) < 0)
                return -errno;
        *ret = st.st_ino;
        return 0;
}

static int node_read(const char *name, Node *ret) {
        _cleanup_close_ int control = -EBADF;
        struct dm_ioctl request;
        Node node;
        int r;

        control = dm_control_open();
        if (control < 0)
                return control;
        r = dm_request_init(&request, name, NULL, 0);
        if (r >= 0)
                r = dm_request_send(control, DM_DEV_STATUS, &request);
        if (r < 0)
                return r;
        if (request.uuid[0] == 0 || strchr(request.uuid, '/'))
                return -EINVAL;

        node = (Node) { .major = major((dev_t) request.dev), .minor = minor((dev_t) request.dev) };
        node.suspended = request.flags & DM_SUSPEND_FLAG;
        strcpy(node.name, request.name);
        strcpy(node.uuid, request.uuid);
        r = read_sequence(node.major, node.minor, &node.sequence);
        if (r < 0)
                return r;
        *ret = node;
        return 0;
}

/* Field 7 of the block statistics. */
static int sectors_written(const Node *n, uint64_t *ret) {
        _cleanup_fclose_ FILE *f = NULL;
        char path[64];
        uint64_t sectors;

        (void) snprintf(path, sizeof(path), "/sys/dev/block/%" PRIu32 ":%" PRIu32 "/stat", n->major, n->minor);
        f = fopen(path, "re");
        if (!f)
                return -errno;
        if (fscanf(f, "%*u %*u %*u %*u %*u %*u %" SCNu64, &sectors) != 1)
                return -EIO;
        *ret = sectors;
        return 0;
}

static int set_read_only(const char *node, int value) {
        _cleanup_close_ int fd = -EBADF;

        fd = dm_node_open(node, O_RDONLY);
        if (fd < 0)
                return fd;
        return ioctl(fd, BLKROSET, &value) < 0 ? -errno : 0;
}

static int record_path(const Node *n, char **ret) {
        char *path;

        if (asprintf(&path, "%s/%s", GUARD_DIR, n->uuid) < 0)
                return -ENOMEM;
        *ret = path;
        return 0;
}

static int record_write(const Node *n, const Record *record) {
        _cleanup_free_ char *path = NULL;
        char text[96];
        int r;

        r = record_path(n, &path);
        if (r < 0)
                return r;
        (void) snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 "%s\n", record->sequence, record->sectors,
                        record->written ? " written" : "");
        r = run_dir_make(GUARD_DIR);
        if (r < 0)
                return r;
        return file_replace(path, text);
}

static int record_remove(const Node *n) {
        _cleanup_free_ char *path = NULL;
        int r;

        r = record_path(n, &path);
        if (r < 0)
                return r;
        return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

/* -ENOENT: no record. */
static int record_read(const Node *n, Record *ret) {
        _cleanup_free_ char *path = NULL, *text = NULL;
        char word[16] = "";
        Record record;
        int r;

        r = record_path(n, &path);
        if (r < 0)
                return r;
        r = file_read(path, &text);
        if (r < 0)
                return r;
        if (sscanf(text, "%" SCNu64 " %" SCNu64 " %15s", &record.sequence, &record.sectors, word) < 2)
                return -EBADMSG;
        record.written = strcmp(word, "written") == 0;
        *ret = record;
        return 0;
}

/* The record below lasts until the next boot. */
static void note_written(const Node *n) {
        int r = written_note(n->uuid);

        log_warning("%s was written to although it is a tracked image; a merge copies all of it.", n->name);
        if (r < 0)
                log_warning("%s: that it was written to cannot be noted, and is forgotten with the next boot: %s", n->name, strerror(-r));
}

/* Brings the record up to date. What was written once stays written, also when the node is another one by now. */
static int record_update(const Node *n) {
        Record old = {}, new = { .sequence = n->sequence };
        int r;

        r = sectors_written(n, &new.sectors);
        if (r < 0)
                return r;
        r = record_read(n, &old);
        if (r < 0 && r != -ENOENT && r != -EBADMSG)
                return r;
        if (r >= 0)
                new.written = old.written || (old.sequence == new.sequence && old.sectors != new.sectors);
        if (new.written && !old.written)
                note_written(n);
        new.written = new.written || written_is_noted(n->uuid);
        return record_write(n, &new);
}

static int guard_node(const Node *n) {
        int r;

        r = set_read_only(n->name, 1);
        return r < 0 ? r : record_update(n);
}

int guard_set(const char *node) {
        Node n;
        int r;

        assert(node);

        r = node_read(node, &n);
        return r < 0 ? r : guard_node(&n);
}

int guard_clear(const char *node) {
        Node n;
        int r;

        assert(node);

        r = node_read(node, &n);
        if (r < 0)
                return r;
        r = set_read_only(node, 0);
        if (r < 0)
                return r;
        return record_remove(&n);
}

int guard_note(const char *node) {
        Record known;
        Node n;
        int r;

        assert(node);

        r = node_read(node, &n);
        if (r >= 0)
                r = record_read(&n, &known);
        return r == -ENOENT || r == -ENXIO || r == -EINVAL ? 0 : r < 0 ? r : record_update(&n);
}

int guard_written(const char *node, const char *uuid, bool *ret) {
        Record record;
        uint64_t now = 0;
        Node n;
        int r;

        assert(node);
        assert(uuid);
        assert(ret);

        r = node_read(node, &n);
        if (r == -ENXIO) {
                n = (Node) {};
                (void) snprintf(n.uuid, sizeof(n.uuid), "%s", uuid);
                *ret = (record_read(&n, &record) >= 0 && record.written) || written_is_noted(uuid);
                return 0;
        }
        if (r < 0)
                return r;

        *ret = written_is_noted(n.uuid) || record_read(&n, &record) < 0 || record.written || record.sequence != n.sequence ||
               sectors_written(&n, &now) < 0 || now != record.sectors;
        return 0;
}

static bool has_holders(const Node *n) {
        char path[64];
        struct dirent *entry;
        bool held = false;
        DIR *d;

        (void) snprintf(path, sizeof(path), "/sys/dev/block/%" PRIu32 ":%" PRIu32 "/holders", n->major, n->minor);
        d = opendir(path);
        if (!d)
                return true; /* unknown: leave the node alone */
        while (!held && (entry = readdir(d)))
                held = entry->d_name[0] != '.';
        (void) closedir(d);
        return held;
}

/* udev passes the dm flags of the node to programs that its rules run. */
static bool is_hidden(void) {
        const char *flag = getenv("DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG");

        return flag && strcmp(flag, "1") == 0;
}

static int name_of_devnode(const char *devnode, char **ret) {
        _cleanup_free_ char *path = NULL, *name = NULL;
        struct stat st;
        int r;

        if (stat(devnode, &st) < 0)
                return -errno;
        if (!S_ISBLK(st.st_mode))
                return -ENOTBLK;
        if (asprintf(&path, "/sys/dev/block/%u:%u/dm/name", major(st.st_rdev), minor(st.st_rdev)) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = file_read(path, &name);
        if (r < 0)
                return r;
        name[strcspn(name, "\n")] = 0;
        *ret = TAKE_PTR(name);
        return 0;
}

int guard_from_udev(const char *devnode) {
        _cleanup_free_ char *name = NULL;
        Node n;
        int r;

        assert(devnode);

        r = name_of_devnode(devnode, &name);
        if (r < 0)
                return r;
        if (!strstr(name, "_rimage_"))
                return 0;
        r = node_read(name, &n);
        if (r < 0)
                return r == -ENXIO ? 0 : r;

        /* A component of an array must stay writable: the array writes through it. */
        if (is_hidden())
                return record_remove(&n);
        return has_holders(&n) ? 0 : guard_node(&n);
}
