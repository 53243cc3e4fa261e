/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The note of an orderly shutdown: after one nothing needs to be compared, but what was being repaired when it came. md forgets a
 * repair with the array (MD_RECOVERY_REQUESTED is nowhere on disk). */

#include <stdbool.h>
#include <stddef.h>

#include "base/uuid.h"

typedef struct StoppedNote {
        bool there;
        Uuid *unfinished; /* volumes: their repair had not ended */
        size_t n_unfinished;
} StoppedNote;

void stopped_note_done(StoppedNote *n);
/* Remembers in /run what is being repaired, as device-mapper says: to be called when the daemon stops. When the machine goes down volumes are deactivated
 * before stopped_note_write() (blk-availability.service of lvm2). */
int stopped_note_prepare(void);
/* That, and what is being repaired still, and syncs. -ENOENT where stopped_note_prepare() has left nothing: nobody knows then what was being repaired,
 * and without a note it is compared. */
int stopped_note_write(void);
bool stopped_note_is_there(void);
/* Counts once: gone from the disk before a volume can be written. What cannot be read is as good as no note. */
StoppedNote stopped_note_take(void);
