/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/manager.h"

/* Registers every interface, and the ObjectManager at the root. */
int bus_register(Manager *m, sd_bus *bus);
