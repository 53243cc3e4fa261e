/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/manager.h"

/* Manager.Plan: what a method would do, without doing it. */
int bus_plan_run(sd_bus_message *message, void *userdata, sd_bus_error *reterr);
