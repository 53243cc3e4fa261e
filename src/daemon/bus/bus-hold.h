/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/manager.h"

/* RaidImage.Hold. */
int bus_hold_run(sd_bus_message *message, Manager *m, sd_bus_error *reterr);
/* Of ManagerEvents. */
