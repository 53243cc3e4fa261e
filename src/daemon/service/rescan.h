/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/manager.h"

/* Reads all metadata again in the background; signals follow. */
int rescan_start(Manager *m);
