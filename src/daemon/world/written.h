/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Notes on the disk that a tracked image was written to although it must not be (S4). What the guard knows lies in /run and is lost with the
 * boot, and after a reboot an image looks as if nobody had touched it. A note is a file beside that of stopped.h, for the same reason: the
 * root filesystem is all that there is when images are guarded at boot. It holds until the image is one of the volume's again; that of an image
 * that is removed stays, as an empty file. */

#include <stdbool.h>

#include "model/vg.h"

/* dm_uuid: of the tracked image's node. */
bool written_is_noted(const char *dm_uuid);
/* Durable when it returns. */
int written_note(const char *dm_uuid);
/* Takes away the notes about images of this group that are not tracked: they have been copied whole, or their metadata says that they have
 * to be. Under the group's lock. */
void written_tidy(const VolumeGroup *vg);
