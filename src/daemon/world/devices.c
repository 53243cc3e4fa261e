/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/devices.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libudev.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "world/files.h"

#define STACK_DEPTH_MAX 16

static void udev_unrefp(struct udev **u) {
        udev_unref(*u);
}

static void udev_enumerate_unrefp(struct udev_enumerate **e) {
        udev_enumerate_unref(*e);
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

static bool property_is(struct udev_device *d, const char *name, const char *value) {
        const char *actual = udev_device_get_property_value(d, name);

        return actual && strcmp(actual, value) == 0;
}

static bool may_hold_pv(struct udev_device *d) {
        const char *sysfs = udev_device_get_syspath(d);
        const char *size = udev_device_get_sysattr_value(d, "size");

        if (!udev_device_get_devnode(d) || !size || strcmp(size, "0") == 0)
                return false;
        if (file_says(sysfs, "dm/uuid", "LVM-") || property_is(d, "DM_MULTIPATH_DEVICE_PATH", "1") ||
            property_is(d, "ID_FS_TYPE", "linux_raid_member") || property_is(d, "ID_CDROM", "1"))
                return false;

        return !stack_is_suspended(sysfs, 0);
}

int devices_enumerate(char ***ret) {
        _cleanup_(udev_unrefp) struct udev *udev = NULL;
        _cleanup_(udev_enumerate_unrefp) struct udev_enumerate *e = NULL;
        _cleanup_(strv_freep) char **paths = NULL;
        struct udev_list_entry *entry;
        int r;

        assert(ret);

        udev = udev_new();
        if (!udev)
                return -ENOMEM;
        e = udev_enumerate_new(udev);
        if (!e)
                return -ENOMEM;
        r = udev_enumerate_add_match_subsystem(e, "block");
        if (r >= 0)
                r = udev_enumerate_scan_devices(e);
        if (r < 0)
                return r;

        udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(e)) {
                _cleanup_(udev_device_unrefp) struct udev_device *d = NULL;

                d = udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));
                if (!d || !may_hold_pv(d))
                        continue; /* gone meanwhile, or nothing for us */
                r = strv_extend(&paths, udev_device_get_devnode(d));
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(paths);
        return 0;
}

static int say(char **ret, const char *what, const char *detail) {
        return asprintf(ret, "%s%s%s", what, detail ? " " : "", detail ?: "") < 0 ? -ENOMEM : 0;
}

int device_in_use(const char *path, char **ret) {
        _cleanup_(udev_unrefp) struct udev *udev = NULL;
        _cleanup_(udev_device_unrefp) struct udev_device *d = NULL;
        _cleanup_close_ int fd = -EBADF;
        const char *type;
        struct stat st;

        assert(path);
        assert(ret);

        *ret = NULL;
        fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
        if (fd < 0)
                return errno == EBUSY ? say(ret, "somebody has it open", NULL) : -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISBLK(st.st_mode))
                return -ENOTBLK;

        udev = udev_new();
        d = udev ? udev_device_new_from_devnum(udev, 'b', st.st_rdev) : NULL;
        if (!d)
                return 0;
        type = udev_device_get_property_value(d, "ID_FS_TYPE");
        if (type && strcmp(type, "LVM2_member") == 0)
                return 0;
        if (type)
                return say(ret, "it has a signature of type", type);
        type = udev_device_get_property_value(d, "ID_PART_TABLE_TYPE");
        return type ? say(ret, "it has a partition table of type", type) : 0;
}
