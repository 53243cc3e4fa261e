/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files planner-*.c share: the inputs of one planner_run(), what it is making, and the small steps
 * that every verb repeats. Private to the planner.
 *
 * Functions return 0, a positive Refusal (the sentence is set), or -errno. */

#include "model/dm-status.h"
#include "plan/planner.h"

typedef struct Planning {
        /* inputs */
        const VolumeGroup *vg; /* NULL only for VERB_VG_CREATE */
        const PvDevice *devices;
        const DmObserved *observed;
        const Facts *facts;
        const Request *request;
        /* derived */
        const char *suffix; /* of hidden components */
        Uuid *active;       /* top-level LVs that are active now, or should be in the end */
        size_t n_active;
        uint32_t slot;      /* the image that the request names by index or by identifier; SLOT_ANY */
        /* results */
        Plan *plan;
        VolumeGroup *next;
        char *sentence;
} Planning;

void planning_done(Planning *p);

/* Sets the sentence and returns the refusal (or -ENOMEM). */
int refuse(Planning *p, Refusal refusal, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "vg/lv" into a buffer that lasts as long as the expression; VG and LV names are at most 127 characters. */
typedef struct LvLabel {
        char text[256];
} LvLabel;
LvLabel lv_label(const VolumeGroup *vg, const LogicalVolume *lv);
#define LV_LABEL(vg, lv) (lv_label(vg, lv).text)

/* An LV that the request names as volume: an image stands for the volume that it belongs to. *ret_slot is the slot of
 * the image named by the request, or SLOT_ANY. */
int planning_find_volume(Planning *p, const Uuid *id, const LogicalVolume **ret_lv, uint32_t *ret_slot);

/* The volume that the request names, to be "renamed" or the like: not an image, and not while one is tracked. */
int planning_find_whole(Planning *p, const char *done, const LogicalVolume **ret);

const DmNode *planning_node(const Planning *p, const LogicalVolume *lv, const char *suffix);
/* The node of a top-level LV, whatever UUID convention it was made under; NULL if inactive. */
const DmNode *planning_active_node(const Planning *p, const LogicalVolume *lv);
bool planning_is_active(const Planning *p, const Uuid *id);
int planning_activate(Planning *p, const Uuid *id);
void planning_deactivate(Planning *p, const Uuid *id);

/* p->next becomes a copy of p->vg with the next sequence number; *ret_lv is lv in the copy (lv may be NULL). */
int planning_begin(Planning *p, const LogicalVolume *lv, LogicalVolume **ret_lv);

/* Appends a step with its sentence; node and text may be NULL. *ret_step (borrowed) may be NULL. */
int add_step(Planning *p, StepKind kind, const char *node, const char *text, Step **ret_step, const char *why, ...)
        __attribute__((format(printf, 6, 7)));
int add_expect(Planning *p);
/* META_WRITE and META_PRECOMMIT of p->next. */
int add_prepare(Planning *p, const char *why);
int add_commit(Planning *p, const char *why);
/* EXPECT, prepare, commit and converge: a change that needs nothing in between. */
int add_change(Planning *p, const char *prepare, const char *commit, const char *converge);
/* CONVERGE to p->active. */
int add_converge(Planning *p, const char *why);
int add_resume(Planning *p, const char *node, uint16_t udev_flags, const char *why);
/* EVIDENCE, if the volume tracks an image. */
int add_evidence(Planning *p, const LogicalVolume *lv);
/* DM_REMOVE of the node of a top-level LV, if it has one: by hand instead of leaving it to CONVERGE, so that a
 * user who comes in between is an error. */
int add_removal(Planning *p, const LogicalVolume *lv);
/* UDEV_WAIT and BACKUP: the end of a plan that changed the metadata of p->next. */
int add_tail(Planning *p);
int plan_summarize(Planning *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
int plan_warnf(Planning *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* planner-merge.c: a merge without evidence that was interrupted between its commits. Where the array is loaded with "rebuild"
 * by now, it must not be each time that it is activated. Nothing to do in a VG that may not be written. */
int add_drop_rebuilds(Planning *p);

/* planner-create.c: zeroes the first sectors of an LV that no metadata names yet: its extents are free, and the VG is locked. */
int add_wipe(Planning *p, const LogicalVolume *lv, uint64_t sectors, const char *why);
/* The same from this extent of the LV to its end, which p->vg does not have. */
int add_wipe_from(Planning *p, const LogicalVolume *lv, uint32_t extent, const char *why);
typedef struct Raid1Shape {
        uint32_t extents, meta_extents, region_sectors;
} Raid1Shape;
#define REGIONS_MAX (UINT64_C(1) << 21) /* the kernel's, and LVM's */
/* Of an rmeta whose bitmap has so many bits. */
uint32_t meta_extents(const Planning *p, uint64_t regions);
/* Sets extents from the request's size. */
int check_size(Planning *p, Raid1Shape *shape);
/* Sets the others from extents: the request's region size, or the usual one. */
int check_region(Planning *p, Raid1Shape *shape);

/* planner-devices.c: may facts->new_pvs become PVs: large enough, named once, in nobody's use, and blank unless the request says wipe? */
int check_new_devices(Planning *p, uint64_t extent_sectors);
/* ERASE of what is on facts->new_pvs, and LABEL_WRITE of them, which are the last PVs of p->next. */
int add_labels(Planning *p);

/* planner-names.c */
/* What LVM allows of any name. */
int check_name_alone(Planning *p, const char *name);
int check_lv_name(Planning *p, const VolumeGroup *vg, const char *name);
int check_vg_name(Planning *p, const char *name);

/* planner-guard.c: what is refused for reasons that are not the verb's own */
int guard_vg(Planning *p);                                /* may this VG be touched at all? */
int guard_vg_writable(Planning *p);                       /* may its metadata be changed? */
int guard_vg_complete(Planning *p);                       /* are all of its PVs there? */
bool pv_is_missing(const Planning *p, size_t i);          /* by index in p->vg */
bool has_missing_pv(const Planning *p, const LogicalVolume *lv); /* is a part of it on one? */
int guard_lv_writable(Planning *p, const LogicalVolume *lv); /* an image takes over the permission of its volume */
int guard_lv(Planning *p, const LogicalVolume *lv);       /* understood, not locked, nothing stacked into it? */
int guard_devices(Planning *p, const LogicalVolume *lv);  /* enough of its PVs there to activate it? */
int guard_closed(Planning *p, const LogicalVolume *lv);   /* not active, or not open */
/* planner-job.c: of an active volume that would be suspended with the table that it has; a resync would end with that. */
int guard_not_resyncing(Planning *p, const LogicalVolume *lv);
int guard_not_paused(Planning *p);                        /* planner-job.c: of the finished plan */
bool lv_is_managed(const LogicalVolume *lv);              /* linear, raid1 or error */

/* planner-health.c: what the kernel says about the images of an active raid1 LV */
typedef struct Health {
        const DmNode *node;
        char chars[254]; /* per slot, as in the status line */
        size_t n_in_sync;
        RaidSyncAction action;
        bool idle;     /* nothing is being read or written by md itself */
        bool repairing; /* what differs is made the same */
        bool complete; /* ratio is 100 % and nothing is being recovered */
} Health;
int health_read(Planning *p, const LogicalVolume *lv, Health *ret);
/* It is inactive, and the kernel would not start it without the tracked image (superblocks_blank()). */
bool cannot_start(const Planning *p, const LogicalVolume *lv);
/* All images in sync, and md has nothing to do. */
bool health_is_whole(const LogicalVolume *lv, const Health *h);
/* Refuses unless enough in-sync images other than slot are left (S5). */
int health_check_rest(Planning *p, const LogicalVolume *lv, const Health *h, size_t slot);

/* One function per verb. */
int plan_split_tracked(Planning *p);
int plan_split_group(Planning *p);
int plan_split(Planning *p);
int plan_merge(Planning *p);
int plan_create(Planning *p);
int plan_remove(Planning *p);
int plan_activate(Planning *p);
int plan_deactivate(Planning *p);
int plan_vg_create(Planning *p);
int plan_vg_remove(Planning *p);
int plan_vg_extend(Planning *p);
int plan_vg_reduce(Planning *p);
int plan_vg_rename(Planning *p);
int plan_vg_activate(Planning *p);
int plan_vg_deactivate(Planning *p);
int plan_scrub(Planning *p);
int plan_pause(Planning *p);
int plan_resume(Planning *p);
int plan_cancel(Planning *p);
int plan_rename(Planning *p);
int plan_resize(Planning *p);
int plan_refresh(Planning *p);
int plan_set_sync_rate(Planning *p);
int plan_add_images(Planning *p);
int plan_remove_images(Planning *p);
int plan_replace_image(Planning *p);
int plan_finish_replace(Planning *p);
int plan_recover(Planning *p);
