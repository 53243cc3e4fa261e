/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What recovery has to know beyond the metadata: which LVs should be active, and where the PVs were. Written
 * before the first effect of a plan. Old or new is decided by the sequence number on the disks, not by it. */

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/uuid.h"

typedef struct Intent {
        char *verb, *vg_name;
        char *vg_name_after; /* NULL: the same */
        uint64_t seqno; /* of the text that was in force before */
        Uuid *before, *after;
        size_t n_before, n_after;
        char **devices;
        Uuid *labels; /* PVs that the plan makes the volume group's, or releases */
        size_t n_labels;
        Uuid rebuild_lv; /* a merge without evidence: full recovery of these slots (S1) */
        uint64_t rebuild_slots;
} Intent;

Intent *intent_free(Intent *i);
DEFINE_CLEANUP(Intent, intent_free);
int intent_to_json(const Intent *i, char **ret);
/* -EBADMSG */
int intent_from_json(const char *text, Intent **ret);
