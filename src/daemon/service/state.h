/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a scan or an operation reported of a volume group. */

#include <json-c/json_types.h>

#include "model/dm-tree.h"
#include "model/vg.h"

typedef struct VgState {
        VolumeGroup *vg;
        PvDevice *devices; /* parallel to vg->pvs */
        bool duplicates, recovery_failed;
        char *problem;     /* "" or a word */
} VgState;

VgState *vg_state_free(VgState *s);
DEFINE_CLEANUP(VgState, vg_state_free);
/* From a VGSTATE object of the worker. -EBADMSG, -ENOMEM. */
int vg_state_from_json(json_object *o, VgState **ret);
