/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/device-filter.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "config.h"
#include "world/devices-file.h"
#include "world/files.h"
#include "world/log.h"
#include "world/lvmconf.h"
#include "world/name-filter.h"

#define DEVICES_DIR "/etc/lvm/devices"
#define DEVICES_FILE "system.devices"

static const char *const filter_keys[] = { "global_filter", "filter" };

struct DeviceFilter {
        DevicesFile *file;                            /* NULL: none in force */
        NameFilter *filters[ELEMENTSOF(filter_keys)]; /* NULL: not set */
        bool broken;                                  /* LVM would refuse to work with what lvm.conf says */
};

DeviceFilter *device_filter_free(DeviceFilter *f) {
        if (!f)
                return NULL;

        devices_file_free(f->file);
        for (size_t i = 0; i < ELEMENTSOF(filter_keys); i++)
                name_filter_free(f->filters[i]);
        free(f);
        return NULL;
}

static int read_file(DeviceFilter *f) {
        _cleanup_free_ char *name = NULL, *path = NULL, *text = NULL;
        int r;

        if (!lvmconf_bool("devices", "use_devicesfile", USE_DEVICESFILE))
                return 0;
        name = lvmconf_string(NULL, "devices", "devicesfile");
        if (asprintf(&path, DEVICES_DIR "/%s", name && !strchr(name, '/') ? name : DEVICES_FILE) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = file_read(path, &text);
        if (r < 0)
                return r == -ENOENT ? 0 : r; /* as long as there is none, it limits nothing */
        return devices_file_parse(text, &f->file);
}

static int read_filters(DeviceFilter *f) {
        for (size_t i = 0; i < ELEMENTSOF(filter_keys); i++) {
                _cleanup_(strv_freep) char **patterns = NULL;
                int r;

                r = lvmconf_strings("devices", filter_keys[i], &patterns);
                if (r >= 0 && patterns)
                        r = name_filter_new(patterns, &f->filters[i]);
                if (r == -ENOMEM)
                        return r;
                if (r < 0) {
                        log_warning("devices/%s of lvm.conf cannot be understood; as LVM, raidd uses no device until it can.", filter_keys[i]);
                        f->broken = true;
                }
        }
        return 0;
}

int device_filter_read(DeviceFilter **ret) {
        _cleanup_(device_filter_freep) DeviceFilter *f = calloc(1, sizeof(*f));
        int r;

        assert(ret);

        if (!f)
                return -ENOMEM;
        r = read_file(f);
        if (r >= 0 && !f->file) /* LVM ignores the filters where it has a devices file */
                r = read_filters(f);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(f);
        return 0;
}

/* As LVM gets them from udev as well. */
static char **names_of(struct udev_device *d) {
        struct udev_list_entry *link;
        char **names = NULL;
        const char *node = udev_device_get_devnode(d);
        int r;

        r = node ? strv_extend(&names, node) : 0;
        udev_list_entry_foreach(link, udev_device_get_devlinks_list_entry(d))
                if (r >= 0)
                        r = strv_extend(&names, udev_list_entry_get_name(link));
        return r < 0 ? strv_free(names) : names;
}

PvObstacle device_filter_check(const DeviceFilter *f, struct udev_device *d, const Uuid *pv) {
        _cleanup_(strv_freep) char **names = NULL;
        const char *node = udev_device_get_devnode(d);

        assert(f && d);

        if (f->file)
                return devices_file_lists(f->file, udev_device_get_syspath(d), node ?: "", pv) ? PV_FREE : PV_UNLISTED;
        if (f->broken)
                return PV_FILTERED;
        if (!f->filters[0] && !f->filters[1])
                return PV_FREE;
        names = names_of(d);
        for (size_t i = 0; i < ELEMENTSOF(filter_keys); i++)
                if (f->filters[i] && !name_filter_accepts(f->filters[i], names))
                        return PV_FILTERED;
        return PV_FREE;
}
