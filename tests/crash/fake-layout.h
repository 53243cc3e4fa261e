/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Other layouts of metadata areas than raidd's own, made of one that it has written. Everything must be flushed. */

#include "fake-world.h"

/* The next text goes over the end of each ring. */
void fake_layout_turn_rings(FakeWorld *f);
/* A PV without an area, as pvcreate --metadatacopies 0 makes it. */
void fake_layout_drop_area(FakeWorld *f, size_t dev);
/* One more at the end of the device, with the same text, as pvcreate --metadatacopies 2 makes it. */
void fake_layout_second_area(FakeWorld *f, size_t dev);
