/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Observed device-mapper nodes as bytes, on the way from the process that may ask the kernel to the one that may not. */

#include "base/buf.h"
#include "model/dm-tree.h"

/* Errors stick to the buffer. */
void dm_wire_encode(const DmObserved *o, Buf *b);
/* What dm_wire_encode() wrote; -EBADMSG for anything else, -ENOMEM. Freed by the caller. */
int dm_wire_decode(const char *data, size_t size, DmObserved **ret);
