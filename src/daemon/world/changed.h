/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What has changed since an image was split: the write-intent bitmap of an image that stayed (merge-hazard 3). */

#include "world/request.h"

/* Reads and answers. Takes no lock: it only reads. */
int changed_run(const WorkerRequest *w);
