/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Pure planner: (VG value, kernel observed, facts, request) → plan, or a refusal. */

#include <stdbool.h>
#include <stdint.h>

#include "model/dm-tree.h"
#include "model/new-pv.h"
#include "model/vg.h"
#include "plan/plan.h"
#include "plan/refusal.h"

typedef enum Verb {
        VERB_VG_CREATE,
        VERB_VG_REMOVE,
        VERB_VG_EXTEND,
        VERB_VG_REDUCE,     /* pvs */
        VERB_VG_RENAME,     /* name; up to here with LVM's global lock */
        VERB_VG_ACTIVATE,
        VERB_VG_DEACTIVATE,
        VERB_CREATE,        /* name, size, images (0 or 1: linear) */
        VERB_REMOVE,
        VERB_ACTIVATE,
        VERB_DEACTIVATE,
        VERB_SPLIT_TRACKED,
        VERB_SPLIT_GROUP,   /* lvs: tracked splits of several volumes at one instant */
        VERB_SPLIT,         /* name; images: two and more become a raid1 volume */
        VERB_MERGE,
        VERB_SCRUB,         /* name: "check" or "repair" */
        VERB_PAUSE,         /* the resync of a volume */
        VERB_RESUME,
        VERB_CANCEL,        /* a scrub */
        VERB_RENAME,        /* name */
        VERB_RESIZE,        /* size, allow_shrink */
        VERB_REFRESH,
        VERB_SET_SYNC_RATE, /* min_kib, max_kib */
        VERB_ADD_IMAGES,    /* images: how many more; pv: the first one goes there */
        VERB_REMOVE_IMAGES, /* images: how many fewer; or slot, or pv */
        VERB_REPLACE_IMAGE, /* slot; pv: where the new one goes */
        VERB_FINISH_REPLACE, /* of a volume whose new image is in sync */
        VERB_RECOVER,       /* heal and converge: after a crash, at boot */
        _VERB_MAX,
        _VERB_INVALID = -22,
} Verb;
const char *verb_to_string(Verb v); /* "split-tracked" … */
Verb verb_from_string(const char *s);

#define SLOT_ANY UINT32_MAX
#define SPLIT_GROUP_MAX 32 /* half of what a critical section can hold */

typedef struct Request {
        Verb verb;
        Uuid lv;             /* volume or image; null for VG verbs */
        Uuid *lvs;           /* split-group: different volumes, 1 to SPLIT_GROUP_MAX */
        size_t n_lvs;
        Uuid *pvs;           /* vg-reduce; split: images by PV */
        size_t n_pvs;
        char *name;          /* new volume or VG */
        uint64_t size_bytes; /* create, resize; rounded up to whole extents */
        uint32_t images;     /* create; add-images, remove-images: the difference; split: how many leave, 0 = as many as are named, or 1 */
        uint32_t slot;       /* image by index, SLOT_ANY */
        Uuid image;          /* image by identifier, whatever its index is by now; null = any */
        uint64_t slots;      /* split: images by index, a set; 0 = any */
        Uuid pv;             /* image by PV; null = any */
        bool allow_degraded;
        bool allow_shrink;   /* resize: what lies behind the new end is not needed */
        bool no_quiesce;
        bool wipe;           /* vg-create, vg-extend: what is on the devices is not needed */
        uint64_t min_kib, max_kib; /* set-sync-rate: KiB/s for each image; 0 = the kernel's own limit */
        uint64_t region_bytes; /* create; 0 = 2 MiB */
        uint64_t extent_bytes; /* vg-create; 0 = 4 MiB */
        uint32_t freeze_limit_ms; /* 0 = 10 s */
        bool planned;        /* the caller has seen a plan, made at planned_seqno */
        uint64_t planned_seqno;
} Request;

/* What the planner has to know of the world beyond VG and kernel; collected under the VG lock. */
typedef struct Facts {
        bool evidence;            /* merge: the evidence rule holds on disk for the tracked image (S1) */
        bool image_written;       /* merge: written since the split, or unknown (S4) */
        bool image_held;          /* merge, split: somebody holds the tracked image */
        const Uuid *blank;        /* activate, merge: volumes that track an image and whose superblocks are blank */
        size_t n_blank;
        uint64_t changed_bytes;   /* merge, to tell what it would copy; 0 when it is not asked for */
        bool duplicate_pv;
        const char *local_system_id; /* or NULL */
        uint64_t now;             /* s since the epoch */
        const char *host;         /* uname -n */
        const char *uname_line;   /* for the comment behind creation_host; NULL: host */
        const unsigned char *random; /* fresh random bytes for identifiers */
        size_t n_random;
        const char *hidden_suffix;/* fallback of dm_tree_hidden_suffix() */
        /* vg-create, vg-extend: devices to become PVs */
        const NewPv *new_pvs;
        size_t n_new_pvs;
} Facts;

/* 0 with *ret_plan and (where the verb makes new metadata) *ret_vg; a positive Refusal with *reterr_sentence
 * (allocated, names the objects and the way out); or -errno. vg is NULL for VERB_VG_CREATE. devices is
 * parallel to vg->pvs. */
int planner_run(const VolumeGroup *vg, const PvDevice *devices, const DmObserved *observed, const Facts *facts,
                const Request *request, Plan **ret_plan, VolumeGroup **ret_vg, char **reterr_sentence);
