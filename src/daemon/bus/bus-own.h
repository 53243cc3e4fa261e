/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the daemon does by itself, because somebody asked for it earlier. */

#include "service/manager.h"

/* Merge, after the last hold. */
void bus_own_merge(Manager *m, const Uuid *vg, const Uuid *image);
/* The old image goes: the one that ReplaceImage added is in sync. */
void bus_own_finish_replace(Manager *m, const Uuid *vg, const Uuid *lv);
