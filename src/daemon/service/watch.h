/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/manager.h"

/* Notices what others do: uevents of block devices, and device-mapper events, which the helper tells. Events are gathered for a moment; there is no timer while nothing happens. */
int watch_start(Manager *m);
void watch_stop(Manager *m);
/* Some device-mapper node has an event. */
void watch_dm_event(Manager *m);
/* Whether a device may have come, gone or changed since the last scan began. */
bool watch_rescan_due(const Manager *m);
