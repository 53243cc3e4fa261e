/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The device-mapper of the fake machine. */

#include "fake-world.h"

/* Around every primitive: counts, fails, dies. */
int fake_enter(FakeWorld *f, bool allowed_in_section);
int fake_leave(FakeWorld *f);

void fake_node_done(FakeNode *n);
int fake_observe(World *w, const Uuid *vg, DmObserved **ret);
int fake_dm_devno(World *w, const char *uuid, uint32_t *ret_major, uint32_t *ret_minor);
int fake_dm_create(World *w, const char *node, const char *uuid);
int fake_dm_load(World *w, const char *node, const char *table, bool read_only);
int fake_dm_clear(World *w, const char *node);
int fake_dm_suspend(World *w, const char *node, bool lockfs);
int fake_dm_resume(World *w, const char *node, uint16_t udev_flags);
int fake_dm_rename(World *w, const char *node, const char *name);
int fake_dm_remove(World *w, const char *node);
/* Not the kernel's: the header of the bitmap on this rmeta has an event less. */
void fake_dm_age_bitmap(FakeWorld *f, const char *node);
int fake_dm_message(World *w, const char *node, const char *text);
