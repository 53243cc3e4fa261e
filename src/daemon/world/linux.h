/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The real world. */

#include "base/cleanup.h"
#include "world/world.h"

/* Opens the devices for reading; one that cannot be opened is left out. vg may be NULL (not known yet). */
int linux_world_new(const Uuid *vg, char *const *paths, size_t n_paths, World **ret);
World *linux_world_free(World *w);
DEFINE_CLEANUP(World, linux_world_free);
