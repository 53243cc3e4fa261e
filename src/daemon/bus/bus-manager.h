/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/manager.h"

/* The Manager interface on the root object. */
int bus_manager_register(Manager *m, sd_bus *bus);
