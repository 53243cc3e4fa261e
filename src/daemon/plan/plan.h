/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A plan: what an operation does to the metadata and the kernel, as a list of values. It can be
 * printed, stored, checked and executed; it holds no pointers into the model, no descriptors.
 *
 * Rules, checked by plan_check() and quoted in reviews (style.md 3.5). A critical section is a run of
 * steps during which some node is suspended.
 *   P0  every step has the values its kind needs
 *   P1  every load, create, rename and remove stands outside critical sections: what a section needs is prepared before it
 *   P2  inside a critical section only META_COMMIT, SUSPEND and RESUME
 *   P3  every suspended node is resumed
 *   P4  a plan that changes an existing VG begins with EXPECT
 *   P5  META_WRITE, META_PRECOMMIT, META_COMMIT of a text come in this order; between two texts stands a
 *       CONVERGE, and a text with residuals is followed by one without (S6); the sequence number only grows
 *   P7  every text parses back to the model it came from, and is printed back the same
 *   P8  what is frozen is thawed as soon as the section is over: between FREEZE and THAW only what the section needs (S3)
 * The tail of a plan is STEP_CONVERGE: observe, compare with what the committed text asks for, repair. */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/uuid.h"

#define LOAD_NOBODY 256U /* number of a DM_LOAD with which no image returns; dm-raid has 253 slots */

typedef enum StepKind {
        STEP_EXPECT,         /* text = VG name, number = seqno on disk; fails with -ESTALE */
        STEP_ERASE,          /* node = device path, text = what is there: all signatures, so that nobody takes the PV for what it was */
        STEP_LABEL_WRITE,    /* node = device path, text = PV UUID, number = pe_start sectors: label and empty metadata area */
        STEP_LABEL_CLEAR,    /* text = PV UUID: mark the PV as unused again */
        STEP_SYNC_FS,        /* node: flush what can be flushed before the freeze (S3) */
        STEP_FREEZE,         /* node: freeze filesystems that sit on holders of the node (S3) */
        STEP_META_WRITE,     /* text: into the free part of every ring, flush */
        STEP_META_PRECOMMIT, /* slot 1 of every metadata area */
        STEP_META_COMMIT,    /* slot 0, area by area, flush each; the point of no return */
        STEP_META_REMOVE,    /* empty both slots everywhere (VG removal) */
        STEP_WIPE,           /* text = PV UUID, number = first sector, number2 = sectors to zero (fresh rmeta) */
        STEP_GUARD_CLEAR,    /* node: make writable again, forget its write baseline (S2, S4) */
        STEP_DM_CREATE,      /* node, uuid */
        STEP_DM_LOAD,        /* node, text = table; read_only. uuid (or NULL) = LV that is a running array, whose superblocks have to keep
                              * still meanwhile; number = its image that returns with the table, only while the evidence rule holds (S1),
                              * or LOAD_NOBODY */
        STEP_DM_CLEAR,       /* node */
        STEP_DM_SUSPEND,     /* node; lockfs */
        STEP_DM_RESUME,      /* node; number = udev flags */
        STEP_DM_RENAME,      /* node, text = new name */
        STEP_DM_REMOVE,      /* node */
        STEP_DM_MESSAGE,     /* node, text: to the target at its beginning */
        STEP_THAW,           /* undo FREEZE */
        STEP_CONVERGE,       /* active/n_active: ids that should be active; brings the kernel to the committed text */
        STEP_EVIDENCE,       /* node = raid1 node, number = slot, text = its LV UUID: refresh until the evidence rule holds (S1) */
        STEP_GUARD_SET,      /* node: read-only in the kernel, remember the write counter (S2, S4) */
        STEP_UDEV_WAIT,      /* the cookie of the dm steps before it */
        STEP_BACKUP,         /* text into /etc/lvm/backup, as LVM does */
        _STEP_KIND_MAX,
        _STEP_KIND_INVALID = -EINVAL,
} StepKind;

typedef struct Step {
        StepKind kind;
        char *node;  /* dm name */
        char *uuid;
        char *text;
        char *why;   /* one sentence for people */
        uint64_t number, number2;
        bool lockfs, read_only;
        Uuid *active;
        size_t n_active;
} Step;

typedef struct Plan {
        char *verb, *vg_name;
        char *vg_name_after; /* NULL: it keeps its name */
        Uuid vg_id;
        char *summary;      /* "Split image 2 of vg0/data, tracked" */
        Uuid result;        /* LV the verb is about in the end: image, new volume; null if none */
        Uuid job_lv;        /* LV whose resync goes on after the plan (merge, create); null if none */
        uint64_t rebuild_slots; /* merge without evidence: full recovery of these slots (S1, S4) */
        Step *steps;
        size_t n_steps, n_allocated;
        uint64_t resync_bytes; /* what a resync after it copies, for people; not stored */
        char **warnings;    /* NULL terminated, or NULL */
} Plan;

Plan *plan_free(Plan *p);
DEFINE_CLEANUP(Plan, plan_free);
int plan_new(const char *verb, const char *vg_name, const Uuid *vg_id, Plan **ret);
/* Appends a zeroed step and returns it (borrowed until the next call); NULL on OOM. */
Step *plan_add(Plan *p, StepKind kind);
/* Appends a copy of the sentence to the warnings. */
int plan_warn(Plan *p, const char *sentence);
/* 0, or -EINVAL with the broken rule in *reterr_rule (static string). */
int plan_check(const Plan *p, const char **reterr_rule);
int plan_print(const Plan *p, char **ret);             /* for people, lines numbered as in style.md 3.5 */
int plan_to_json(const Plan *p, char **ret);
int plan_from_json(const char *text, Plan **ret);      /* hostile input: limits, -EBADMSG */
const char *step_kind_to_string(StepKind k);           /* "meta.write", "dm.load" … */
StepKind step_kind_from_string(const char *s);
