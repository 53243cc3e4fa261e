/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/devices.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <libudev.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "model/label.h"
#include "world/device-filter.h"
#include "world/files.h"
#include "world/log.h"
#include "world/sniffer.h"

#define STACK_DEPTH_MAX 16
#define SYS_BLOCK "/sys/class/block"
#define CDROMS "11:" /* SCSI_CDROM_MAJOR: reading may spin one up */
/* A disk that was asleep takes some ten seconds. */
#define SILENT_MS 20000U

typedef struct Enumeration {
        struct udev *udev;
        const DeviceFilter *filter;
        Sniffer sniffer;
} Enumeration;

static void udev_unrefp(struct udev **u) {
        udev_unref(*u);
}

static void udev_device_unrefp(struct udev_device **d) {
        udev_device_unref(*d);
}

static bool file_says(const char *dir, const char *name, const char *beginning) {
        _cleanup_free_ char *path = NULL, *text = NULL;

        if (asprintf(&path, "%s/%s", dir, name) < 0) {
                path = NULL;
                return false;
        }
        return file_read(path, &text) >= 0 && strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Reading such a device would wait for the resume, perhaps ours. */
static bool stack_is_suspended(const char *sysfs, unsigned depth) {
        _cleanup_free_ char *slaves = NULL;
        struct dirent *entry;
        bool suspended;
        DIR *d;

        suspended = file_says(sysfs, "dm/suspended", "1");
        if (suspended || depth == STACK_DEPTH_MAX)
                return true;
        if (asprintf(&slaves, "%s/slaves", sysfs) < 0) {
                slaves = NULL;
                return true;
        }
        d = opendir(slaves);
        while (d && !suspended && (entry = readdir(d))) {
                _cleanup_free_ char *slave = NULL;

                if (entry->d_name[0] == '.')
                        continue;
                if (asprintf(&slave, "%s/%s", slaves, entry->d_name) < 0)
                        slave = NULL;
                suspended = !slave || stack_is_suspended(slave, depth + 1);
        }
        if (d)
                (void) closedir(d);
        return suspended;
}

static bool has_content(const char *sysfs) {
        return !file_says(sysfs, "size", "0\n");
}

/* Device nodes have the names of the kernel, which writes '/' as '!' in sysfs. */
static char *node_of(const char *name) {
        char *node;

        if (asprintf(&node, "/dev/%s", name) < 0)
                return NULL;
        for (char *p = node + strlen("/dev/"); *p; p++)
                if (*p == '!')
                        *p = '/';
        return node;
}

/* dm devices are known by their names, as to LVM; their numbers come and go. */
static char *mapper_node(const char *name) {
        _cleanup_free_ char *path = NULL, *text = NULL;
        char *node;

        if (asprintf(&path, SYS_BLOCK "/%s/dm/name", name) < 0) {
                path = NULL;
                return NULL;
        }
        if (file_read(path, &text) < 0)
                return NULL;
        text[strcspn(text, "\n")] = '\0';
        if (asprintf(&node, "/dev/mapper/%s", text) < 0)
                return NULL;
        if (access(node, F_OK) < 0) {
                free(node);
                return NULL;
        }
        return node;
}

/* Of hundreds of devices few are PVs: a look at four sectors is a tenth of what libudev needs to find a device. */
static bool has_label(Sniffer *sniffer, const char *node, Uuid *ret_pv) {
        unsigned char scan[SNIFF_BYTES];
        PvLabel label;
        int r;

        r = sniffer_read(sniffer, node, SILENT_MS, scan);
        if (r == -ETIMEDOUT)
                log_warning("%s has not answered for %u s; it is taken for missing.", node, SILENT_MS / 1000);
        if (r < 0)
                return false;
        *ret_pv = (Uuid) {};
        for (unsigned i = 0; i < LABEL_SCAN_SECTORS; i++)
                if (memcmp(scan + (size_t) i * LABEL_SECTOR_BYTES, "LABELONE", 8) == 0) {
                        if (label_decode(scan, &label) >= 0)
                                *ret_pv = label.pv;
                        return true;
                }
        return false;
}

static bool property_is(struct udev_device *d, const char *name, const char *value) {
        const char *actual = udev_device_get_property_value(d, name);

        return actual && strcmp(actual, value) == 0;
}

/* The map is there, whatever udev knows: as lvm2 finds it. */
static bool is_path(const char *sysfs) {
        _cleanup_free_ char *holders = NULL;
        struct dirent *entry;
        bool found = false;
        DIR *d;

        if (asprintf(&holders, "%s/holders", sysfs) < 0) {
                holders = NULL;
                return false;
        }
        d = opendir(holders);
        while (d && !found && (entry = readdir(d))) {
                _cleanup_free_ char *name = NULL;

                if (entry->d_name[0] == '.')
                        continue;
                if (asprintf(&name, "%s/dm/uuid", entry->d_name) < 0)
                        name = NULL;
                found = name && file_says(holders, name, "mpath-");
        }
        if (d)
                (void) closedir(d);
        return found;
}

/* A leg of a multipath map or of an md array shows the label of the whole. Unknown to udev: gone meanwhile. */
static bool is_wanted(const Enumeration *e, const char *name, const Uuid *pv) {
        _cleanup_(udev_device_unrefp) struct udev_device *d = udev_device_new_from_subsystem_sysname(e->udev, "block", name);

        return d && !property_is(d, "DM_MULTIPATH_DEVICE_PATH", "1") && !property_is(d, "ID_FS_TYPE", "linux_raid_member") &&
               device_filter_check(e->filter, d, uuid_is_null(pv) ? NULL : pv) == PV_FREE;
}

static bool may_hold_pv(Enumeration *e, const char *name, const char *node) {
        _cleanup_free_ char *sysfs = NULL;
        Uuid pv;

        if (asprintf(&sysfs, SYS_BLOCK "/%s", name) < 0) {
                sysfs = NULL;
                return false;
        }
        return has_content(sysfs) && !file_says(sysfs, "dev", CDROMS) && !file_says(sysfs, "dm/uuid", "LVM-") &&
               !stack_is_suspended(sysfs, 0) && has_label(&e->sniffer, node, &pv) && !is_path(sysfs) && is_wanted(e, name, &pv);
}

char *device_canonical(const char *path) {
        _cleanup_free_ char *link = NULL;
        char target[PATH_MAX];
        struct stat st;
        ssize_t n;
        char *name;

        assert(path);

        if (stat(path, &st) < 0 || !S_ISBLK(st.st_mode))
                return strdup(path);
        if (asprintf(&link, "/sys/dev/block/%u:%u", major(st.st_rdev), minor(st.st_rdev)) < 0) {
                link = NULL;
                return NULL;
        }
        n = readlink(link, target, sizeof(target) - 1);
        if (n < 0)
                return strdup(path);
        target[n] = '\0';
        name = strrchr(target, '/');
        name = name ? name + 1 : target;
        return mapper_node(name) ?: node_of(name);
}

static int take_entry(Enumeration *e, const char *name, char ***paths) {
        _cleanup_free_ char *node = NULL;
        int r;

        if (name[0] == '.')
                return 0;
        r = sniffer_begin(&e->sniffer);
        if (r < 0)
                return r;
        node = mapper_node(name) ?: node_of(name);
        if (!node)
                return -ENOMEM;
        return may_hold_pv(e, name, node) ? strv_extend(paths, node) : 0;
}

int devices_enumerate(char ***ret) {
        _cleanup_(udev_unrefp) struct udev *udev = udev_new();
        _cleanup_(device_filter_freep) DeviceFilter *filter = NULL;
        _cleanup_(strv_freep) char **paths = NULL;
        Enumeration e = { .udev = udev, .sniffer = SNIFFER_NONE };
        struct dirent *entry;
        DIR *d;
        int r;

        assert(ret);

        if (!udev)
                return -ENOMEM;
        r = device_filter_read(&filter);
        if (r < 0)
                return r;
        e.filter = filter;
        d = opendir(SYS_BLOCK);
        if (!d)
                return -errno;
        while (r >= 0 && (entry = readdir(d)))
                r = take_entry(&e, entry->d_name, &paths);
        (void) closedir(d); /* nothing was written */
        sniffer_done(&e.sniffer);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(paths);
        return 0;
}

int device_obstacle(uint32_t major, uint32_t minor, const Uuid *pv, PvObstacle *ret) {
        _cleanup_(udev_unrefp) struct udev *udev = NULL;
        _cleanup_(device_filter_freep) DeviceFilter *filter = NULL;
        _cleanup_(udev_device_unrefp) struct udev_device *d = NULL;
        const char *sysfs;
        int r;

        assert(ret);

        udev = udev_new();
        if (!udev)
                return -ENOMEM;
        r = device_filter_read(&filter);
        if (r < 0)
                return r;
        *ret = PV_FREE;
        d = udev_device_new_from_devnum(udev, 'b', makedev(major, minor));
        sysfs = d ? udev_device_get_syspath(d) : NULL;
        if (!sysfs)
                return 0; /* a file, in tests */
        if (is_path(sysfs) || property_is(d, "DM_MULTIPATH_DEVICE_PATH", "1"))
                *ret = PV_IS_PATH;
        else if (file_says(sysfs, "dm/uuid", "LVM-"))
                *ret = PV_IS_LV;
        else if (file_says(sysfs, "ro", "1"))
                *ret = PV_READ_ONLY;
        else
                *ret = device_filter_check(filter, d, pv);
        return 0;
}
