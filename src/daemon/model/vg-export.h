/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/vg.h"

/* What the header of a text says of its making. */
typedef struct ExportStamp {
        const char *description;
        const char *host;       /* uname -n */
        const char *uname_line; /* uname -s -n -r -v -m */
        const char *time_text;  /* ctime(now) without the newline */
        uint64_t now;           /* s since the epoch */
} ExportStamp;

/* VG → text. Without a stamp header and trailer stay as they were; name, seqno, PVs that are new,
 * gone or newly missing, and LVs that are dirty, new or gone are the only differences to the text the VG came from. *ret_n excludes the NUL. -ENOMEM. */
int vg_export(const VolumeGroup *vg, const ExportStamp *stamp, char **ret, size_t *ret_n);
