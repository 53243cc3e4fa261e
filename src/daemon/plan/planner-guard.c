/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is refused whatever the verb is (S8; lvm2-compat 6.3). */

#include "plan/planner-context.h"

#include <string.h>

static int guard_owner(Planning *p) {
        const VolumeGroup *vg = p->vg;
        const char *local = p->facts->local_system_id;

        if (vg_is_foreign(vg, local))
                return refuse(p, REFUSAL_FOREIGN, "Volume group %s belongs to the host with system ID '%s', this one is '%s'; "
                              "use it there, or take it over with 'vgchange --systemid'.",
                              vg->name, vg->system_id, local ?: "unknown");
        if (vg->lock_type && *vg->lock_type && strcmp(vg->lock_type, "none") != 0)
                return refuse(p, REFUSAL_SHARED, "Volume group %s is shared between hosts (lock type %s), which needs "
                              "lvmlockd; make it local with 'vgchange --lock-type none %s'.",
                              vg->name, vg->lock_type, vg->name);
        if (vg->flags & (VG_CLUSTERED | VG_SHARED))
                return refuse(p, REFUSAL_SHARED, "Volume group %s is clustered; make it local with lvm2 first.", vg->name);

        return 0;
}

int guard_vg(Planning *p) {
        const VolumeGroup *vg = p->vg;

        if (vg->flags & VG_EXPORTED)
                return refuse(p, REFUSAL_EXPORTED, "Volume group %s is exported; import it with 'vgimport %s'.", vg->name,
                              vg->name);
        if (p->facts->duplicate_pv)
                return refuse(p, REFUSAL_DUPLICATE_PV, "A physical volume of %s is visible on two devices, so it is unclear "
                              "which one is meant; detach or hide the copy.", vg->name);

        return guard_owner(p);
}

static bool carries_opaque(const VolumeGroup *vg, const PhysicalVolume *pv) {
        for (size_t i = 0; i < vg->n_lvs; i++)
                for (size_t k = 0; k < vg->lvs[i]->n_segments; k++) {
                        const Segment *s = vg->lvs[i]->segments[k];

                        for (size_t j = 0; s->kind == SEGMENT_OPAQUE && j < s->opaque.n_areas; j++)
                                if (s->opaque.areas[j].pv == pv)
                                        return true;
                }

        return false;
}

/* One that was missing when the metadata was last written and is back is good again: md brings the images on it up to date by their
 * bitmap, and nothing else can have gone on without it. But not where something lies on it that we do not understand. */
bool pv_is_missing(const Planning *p, size_t i) {
        const PhysicalVolume *pv = p->vg->pvs[i];

        return !p->devices || !p->devices[i].path || ((pv->flags & PV_MISSING) && carries_opaque(p->vg, pv));
}

/* For the kernel one that was missing is so until a text says that it is back (dm-tree.c). */
static bool pv_pointer_is_missing(const Planning *p, const PhysicalVolume *pv) {
        for (size_t i = 0; i < p->vg->n_pvs; i++)
                if (p->vg->pvs[i] == pv)
                        return pv_is_missing(p, i) || (pv->flags & PV_MISSING);

        return true;
}

int guard_vg_writable(Planning *p) {
        const VolumeGroup *vg = p->vg;

        if (vg->flags & VG_UNKNOWN_STATUS)
                return refuse(p, REFUSAL_UNKNOWN_METADATA, "The metadata of volume group %s has a status that this version "
                              "does not know, so it is left alone; use the tool that wrote it.", vg->name);
        if (!(vg->flags & VG_WRITE))
                return refuse(p, REFUSAL_READ_ONLY, "Volume group %s is read-only; make it writable with lvm2 first.",
                              vg->name);

        return 0;
}

int guard_vg_complete(Planning *p) {
        const VolumeGroup *vg = p->vg;
        char id[UUID_DASHED_CHARS + 1];

        for (size_t i = 0; i < vg->n_pvs; i++)
                if (pv_is_missing(p, i))
                        return refuse(p, REFUSAL_MISSING_DEVICE, "Volume group %s cannot be changed while its physical "
                                      "volume %s (last seen as %s) is missing; attach it, or give it up with "
                                      "'vgreduce --removemissing %s'.", vg->name, uuid_format(&vg->pvs[i]->id, id),
                                      vg->pvs[i]->device ?: "unknown device", vg->name);

        return 0;
}

/* The LV with an opaque segment that refers to lv: a snapshot of it, a cache or an integrity layer over it, … */
static const LogicalVolume *find_layer(const VolumeGroup *vg, const LogicalVolume *lv, const char **ret_type) {
        for (size_t i = 0; i < vg->n_lvs; i++)
                for (size_t j = 0; j < vg->lvs[i]->n_segments; j++) {
                        const Segment *s = vg->lvs[i]->segments[j];

                        for (size_t k = 0; s->kind == SEGMENT_OPAQUE && k < s->opaque.n_lvs; k++)
                                if (s->opaque.lvs[k] == lv) {
                                        *ret_type = s->type;
                                        return vg->lvs[i];
                                }
                }

        return NULL;
}

static const Segment *find_opaque(const LogicalVolume *lv) {
        for (size_t i = 0; i < lv->n_segments; i++)
                if (lv->segments[i]->kind == SEGMENT_OPAQUE)
                        return lv->segments[i];

        return NULL;
}

bool lv_is_managed(const LogicalVolume *lv) {
        return lv->n_segments > 0 && !find_opaque(lv);
}

static int guard_one(Planning *p, const LogicalVolume *lv) {
        const LogicalVolume *layer;
        const Segment *opaque;
        const char *type;

        if (lv->flags & LV_UNKNOWN_STATUS)
                return refuse(p, REFUSAL_UNKNOWN_METADATA, "%s has a status that this version does not know, so it is left "
                              "alone; use the tool that wrote it.", LV_LABEL(p->vg, lv));
        if (lv->flags & (LV_LOCKED | LV_PVMOVE))
                return refuse(p, REFUSAL_LAYERED, "%s is being moved by pvmove; let it finish, or stop it with "
                              "'pvmove --abort'.", LV_LABEL(p->vg, lv));
        opaque = find_opaque(lv);
        if (opaque)
                return refuse(p, REFUSAL_LAYERED, "%s is of type '%s', which raidd does not handle; use lvm2 for it.",
                              LV_LABEL(p->vg, lv), opaque->type);
        layer = find_layer(p->vg, lv, &type);
        if (layer)
                return refuse(p, REFUSAL_LAYERED, "%s is used by %s (type '%s'); remove that first.", LV_LABEL(p->vg, lv),
                              LV_LABEL(p->vg, layer), type);

        return 0;
}

int guard_lv(Planning *p, const LogicalVolume *lv) {
        const Segment *raid1 = lv_raid1(lv);
        int r;

        r = guard_one(p, lv);
        for (size_t i = 0; r == 0 && raid1 && i < raid1->raid1.n_images; i++) {
                const RaidImage *image = &raid1->raid1.images[i];

                if (image->data)
                        r = guard_one(p, image->data);
                if (r == 0 && image->meta)
                        r = guard_one(p, image->meta);
        }

        return r;
}

int guard_lv_writable(Planning *p, const LogicalVolume *lv) {
        if (lv->flags & LV_WRITE)
                return 0;
        return refuse(p, REFUSAL_READ_ONLY, "%s is read-only, and its images with it; make it writable with "
                      "'lvchange -prw %s' first.", LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
}

bool has_missing_pv(const Planning *p, const LogicalVolume *lv) {
        for (size_t i = 0; i < lv->n_segments; i++)
                if (lv->segments[i]->kind == SEGMENT_LINEAR && pv_pointer_is_missing(p, lv->segments[i]->linear.pv))
                        return true;

        return false;
}

static bool has_whole_image(const Planning *p, const LogicalVolume *lv) {
        const Segment *raid1 = lv_raid1(lv);
        int tracked = lv_tracked_slot(lv);

        for (size_t i = 0; i < raid1->raid1.n_images; i++) {
                const RaidImage *image = &raid1->raid1.images[i];

                if ((int) i != tracked && image->data && image->meta && !(image->data->flags & LV_REBUILD) &&
                    !has_missing_pv(p, image->data) && !has_missing_pv(p, image->meta))
                        return true;
        }

        return false;
}

int guard_devices(Planning *p, const LogicalVolume *lv) {
        if (lv_raid1(lv) ? has_whole_image(p, lv) : !has_missing_pv(p, lv))
                return 0;

        return refuse(p, REFUSAL_MISSING_DEVICE, "%s has data on a physical volume of %s that is missing; attach it and try "
                      "again, or if it is back say so with 'vgextend --restoremissing %s DEVICE'.", LV_LABEL(p->vg, lv), p->vg->name,
                      p->vg->name);
}

int guard_closed(Planning *p, const LogicalVolume *lv) {
        const DmNode *node = planning_active_node(p, lv);

        if (!node || node->open_count == 0)
                return 0;

        return refuse(p, REFUSAL_IN_USE, "%s is open (%u users); unmount or close it first, 'lsblk /dev/%s/%s' shows by what "
                      "it is used.", LV_LABEL(p->vg, lv), node->open_count, p->vg->name, lv->name);
}
