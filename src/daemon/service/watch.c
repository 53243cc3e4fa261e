/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/watch.h"

#include <errno.h>
#include <libudev.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/str.h"
#include "service/operation.h"
#include "service/rescan.h"
#include "world/log.h"

#define GATHER_USEC 150000

struct Watch {
        Manager *manager;
        struct udev *udev;
        struct udev_monitor *monitor;
        sd_event_source *uevents, *gather;
        bool rescan; /* a PV may have changed: read the metadata again */
};

static int on_gathered(sd_event_source *s, uint64_t usec, void *userdata) {
        Watch *w = userdata;
        bool rescan = w->rescan;
        int r;

        w->rescan = false;
        r = rescan ? rescan_start(w->manager) : manager_refresh(w->manager);
        if (r < 0)
                log_warning("A change made by somebody else cannot be looked at, ignoring: %s", strerror(-r));
        return 0;
}

static void gather(Watch *w) {
        int enabled = SD_EVENT_OFF;

        if (sd_event_source_get_enabled(w->gather, &enabled) >= 0 && enabled != SD_EVENT_OFF)
                return; /* it will see this one too */
        if (sd_event_source_set_time_relative(w->gather, GATHER_USEC) < 0 ||
            sd_event_source_set_enabled(w->gather, SD_EVENT_ONESHOT) < 0)
                log_warning("Changes made by others cannot be followed.");
}

static bool may_be_pv(struct udev_device *d) {
        const char *type = udev_device_get_property_value(d, "ID_FS_TYPE");
        const char *name = udev_device_get_sysname(d), *action = udev_device_get_action(d);

        if (name && strncmp(name, "dm-", 3) == 0 && !(type && streq(type, "LVM2_member")))
                return false;
        return (type && streq(type, "LVM2_member")) || (action && !streq(action, "change")) || !type;
}

static int on_uevent(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Watch *w = userdata;
        struct udev_device *d;

        while ((d = udev_monitor_receive_device(w->monitor))) {
                w->rescan = w->rescan || may_be_pv(d);
                udev_device_unref(d);
                gather(w);
        }
        return 0;
}

void watch_dm_event(Manager *m) {
        if (m->watch) /* else the first scan is still to come */
                gather(m->watch);
}

static int start_udev(Watch *w) {
        w->udev = udev_new();
        w->monitor = w->udev ? udev_monitor_new_from_netlink(w->udev, "udev") : NULL;
        if (!w->monitor)
                return -ENOMEM;
        if (udev_monitor_filter_add_match_subsystem_devtype(w->monitor, "block", NULL) < 0 ||
            udev_monitor_enable_receiving(w->monitor) < 0)
                return -EIO;
        return sd_event_add_io(w->manager->event, &w->uevents, udev_monitor_get_fd(w->monitor), EPOLLIN, on_uevent, w);
}

bool watch_rescan_due(const Manager *m) {
        return m->watch && m->watch->rescan;
}

int watch_start(Manager *m) {
        Watch *w = calloc(1, sizeof(Watch));
        int r;

        if (!w)
                return -ENOMEM;
        w->manager = m;
        m->watch = w;
        r = sd_event_add_time_relative(m->event, &w->gather, CLOCK_MONOTONIC, 0, 0, on_gathered, w);
        if (r >= 0)
                r = sd_event_source_set_enabled(w->gather, SD_EVENT_OFF);
        if (r >= 0)
                r = start_udev(w);
        return r;
}

void watch_stop(Manager *m) {
        Watch *w = m->watch;

        if (!w)
                return;
        sd_event_source_disable_unref(w->uevents);
        sd_event_source_disable_unref(w->gather);
        udev_monitor_unref(w->monitor);
        udev_unref(w->udev);
        free(w);
        m->watch = NULL;
}
