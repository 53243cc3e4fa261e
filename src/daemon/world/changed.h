/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What has changed since an image was split: the write-intent bitmap of the image that stayed and has the
 * whole log (merge-hazard 3; change_log_holds()). */

#include "model/bitmap.h"
#include "world/request.h"
#include "world/session.h"

/* What the volume's bitmap has as changed since its image was split, in bytes. -ENODATA: nobody has the
 * whole log. */
int changed_bytes(const Session *s, const LogicalVolume *volume, uint64_t *ret);
/* The same as ranges, in order. lv: the volume or an image of it; -ENODATA also if it tracks none. Freed by the caller. */
int changed_ranges(const Session *s, const Uuid *lv, BitmapRange **ret, size_t *ret_n);
/* Has the bitmap of any image that stayed a bit? In a volume that nobody writes and that tracks nothing: it was cut off while it was written.
 * Bitmaps that cannot be read have none. */
int changed_any(const Session *s, const LogicalVolume *volume, bool *ret);
/* Reads and answers. Takes no lock: it only reads. */
int changed_run(const WorkerRequest *w);
