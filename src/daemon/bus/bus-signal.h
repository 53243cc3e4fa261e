/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/manager.h"

/* Puts next in the place of m->objects (takes it) and sends InterfacesRemoved, InterfacesAdded and
 * PropertiesChanged for the difference; the only place that sends them. Before the bus is there it only swaps. */
int bus_signal_difference(Manager *m, ObjectList *next);
void bus_signal_completed(Manager *m, const char *path, bool success, const char *message);
extern const ManagerEvents bus_events;
const char *object_interface(ObjectKind kind);
