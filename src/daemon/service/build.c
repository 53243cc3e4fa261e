/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/build.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/str.h"
#include "base/units.h"
#include "model/dm-status.h"
#include "model/vg-alloc.h"

const DmNode *lv_node(const VolumeGroup *vg, const LogicalVolume *lv, const DmObserved *observed) {
        static const char *const suffixes[] = { "", "-real" };

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
                _cleanup_free_ char *uuid = NULL;
                const DmNode *node;

                if (dm_uuid_build(&vg->id, &lv->id, suffixes[i], &uuid) < 0)
                        return NULL;
                node = dm_observed_by_uuid(observed, uuid);
                if (node)
                        return node;
        }
        return NULL;
}

bool lv_is_volume(const VolumeGroup *vg, const LogicalVolume *lv) {
        return (lv->flags & LV_VISIBLE) && !lv_is_component(vg, lv) && !lv_has_tag(lv, TAG_RESIDUAL);
}

static const char *pv_path(const VgState *s, const PhysicalVolume *pv) {
        for (size_t i = 0; i < s->vg->n_pvs; i++)
                if (s->vg->pvs[i] == pv)
                        return s->devices[i].path;
        return NULL;
}

static int extendf(char ***list, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int extendf(char ***list, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&text, format, args);
        va_end(args);
        return n < 0 ? -ENOMEM : strv_extend(list, text);
}

int lv_devices(const VgState *s, const LogicalVolume *lv, char ***ret) {
        _cleanup_(strv_freep) char **list = NULL;
        const Segment *raid1 = lv_raid1(lv);
        int r = 0;

        for (size_t i = 0; r >= 0 && raid1 && i < raid1->raid1.n_images; i++)
                r = extendf(&list, "%s(0)", raid1->raid1.images[i].data->name);
        for (size_t i = 0; r >= 0 && i < lv->n_segments; i++)
                if (lv->segments[i]->kind == SEGMENT_LINEAR)
                        r = extendf(&list, "%s(%u)", pv_path(s, lv->segments[i]->linear.pv) ?: "[unknown]",
                                    lv->segments[i]->linear.pv_start);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(list);
        return 0;
}

static void add_node(Object *o, const VolumeGroup *vg, const LogicalVolume *lv, const DmNode *node, bool tracked) {
        _cleanup_free_ char *name = NULL, *path = NULL;

        if (dm_name_build(vg->name, lv->name, &name) < 0 || asprintf(&path, "/dev/mapper/%s", name) < 0) {
                o->failed = true;
                path = NULL;
                return;
        }
        object_number(o, "Active", 'b', node && node->live_table);
        object_number(o, "ReadOnly", 'b', tracked || !(lv->flags & LV_WRITE) || (node && node->read_only));
        object_text(o, "Device", 'y', node ? path : "");
        object_number(o, "DeviceNumber", 't', node ? makedev(node->major, node->minor) : 0);
}

static void add_devices(Object *o, const VgState *s, const char *name, const LogicalVolume *lv) {
        _cleanup_(strv_freep) char **list = NULL;

        if (lv_devices(s, lv, &list) < 0)
                o->failed = true;
        object_list(o, name, 'S', list);
}

/* The PVs that the segments of an LV stand on. */
static void add_pvs(Object *o, const VgState *s, const LogicalVolume *lv) {
        _cleanup_(strv_freep) char **list = NULL;

        for (size_t i = 0; i < lv->n_segments; i++) {
                _cleanup_free_ char *path = NULL;

                if (lv->segments[i]->kind != SEGMENT_LINEAR)
                        continue;
                path = object_path(OBJECT_PV, &s->vg->id, &lv->segments[i]->linear.pv->id);
                if (!path || (!strv_contains(list, path) && strv_extend(&list, path) < 0))
                        o->failed = true;
        }
        object_list(o, "PhysicalVolumes", 'O', list);
}

static bool lv_misses_pv(const VgState *s, const LogicalVolume *lv) {
        for (size_t i = 0; i < lv->n_segments; i++)
                if (lv->segments[i]->kind == SEGMENT_LINEAR && !pv_path(s, lv->segments[i]->linear.pv))
                        return true;
        return false;
}

static const char *image_state(const VgState *s, const LogicalVolume *data, bool tracked, const RaidStatus *status,
                               size_t slot) {
        if (lv_misses_pv(s, data))
                return "missing";
        if (tracked)
                return "tracked";
        if (!status || slot >= status->n_devices)
                return "unknown";
        return status->health[slot] == 'A' ? "in-sync" : status->health[slot] == 'a' ? "resyncing" : "failed";
}

static int add_image(ObjectList *l, const VgState *s, const LogicalVolume *lv, size_t slot, const RaidStatus *status,
                     const DmObserved *observed) {
        const RaidImage *image = &lv_raid1(lv)->raid1.images[slot];
        bool tracked = lv_tracked_slot(lv) == (int) slot;
        _cleanup_free_ char *volume = object_path(OBJECT_VOLUME, &s->vg->id, &lv->id);
        Object *o = object_new(OBJECT_IMAGE, object_path(OBJECT_IMAGE, &s->vg->id, &image->data->id));

        if (!o || !volume) {
                object_free(o);
                return -ENOMEM;
        }
        o->vg = s->vg->id;
        o->id = image->data->id;
        object_text(o, "Uuid", 's', image->data->id.chars);
        object_text(o, "Volume", 'o', volume);
        object_number(o, "Slot", 'u', slot);
        object_text(o, "Name", 's', image->data->name);
        object_number(o, "Size", 't', lv_sectors(s->vg, image->data) * SECTOR_BYTES);
        add_pvs(o, s, image->data);
        object_text(o, "State", 's', image_state(s, image->data, tracked, status, slot));
        add_node(o, s->vg, image->data, lv_node(s->vg, image->data, observed), tracked);
        add_devices(o, s, "Devices", image->data);
        object_text(o, "MetadataName", 's', image->meta->name);
        add_devices(o, s, "MetadataDevices", image->meta);
        return object_list_add(l, o);
}

static const char *volume_health(const LogicalVolume *lv, const DmNode *node, const RaidStatus *status) {
        if (!node || !node->live_table)
                return "inactive";
        if (!lv_raid1(lv))
                return "healthy";
        if (!status)
                return "unknown";
        if (strchr(status->health, 'D'))
                return strchr(status->health, 'A') ? "degraded" : "failed";
        if (lv_tracked_slot(lv) >= 0)
                return "tracking";
        return strchr(status->health, 'a') || !raid_status_in_sync(status) ? "resyncing" : "healthy";
}

static void add_raid(Object *o, const VgState *s, const LogicalVolume *lv, const RaidStatus *status) {
        const Segment *raid1 = lv_raid1(lv);
        _cleanup_(strv_freep) char **images = NULL;
        _cleanup_free_ char *tracked = NULL;
        size_t n = raid1 ? raid1->raid1.n_images : 0, in_sync = 0;
        int slot = lv_tracked_slot(lv);

        for (size_t i = 0; i < n; i++) {
                _cleanup_free_ char *path = object_path(OBJECT_IMAGE, &s->vg->id, &raid1->raid1.images[i].data->id);

                if (!path || strv_extend(&images, path) < 0)
                        o->failed = true;
                in_sync += status && i < status->n_devices && status->health[i] == 'A';
        }
        if (slot >= 0)
                tracked = object_path(OBJECT_IMAGE, &s->vg->id, &raid1->raid1.images[slot].data->id);
        object_list(o, "Images", 'O', images);
        object_number(o, "ImageCount", 'u', n);
        object_number(o, "InSyncImageCount", 'u', in_sync);
        object_text(o, "TrackedImage", 'o', tracked ?: "/");
        object_text(o, "SyncAction", 's', status ? raid_sync_action_to_string(status->action) : "unknown");
        object_real(o, "SyncRatio", status && status->total > 0 ? (double) status->done / (double) status->total : raid1 ? 0 : 1);
        object_number(o, "RegionSize", 't', raid1 ? raid1->raid1.region_sectors * SECTOR_BYTES : 0);
        object_number(o, "MinSyncRate", 't', raid1 ? raid1->raid1.min_recovery_kib * 1024 : 0);
        object_number(o, "MaxSyncRate", 't', raid1 ? raid1->raid1.max_recovery_kib * 1024 : 0);
        object_number(o, "MismatchCount", 't', status ? status->mismatches : 0);
}

static int add_volume(ObjectList *l, const VgState *s, const LogicalVolume *lv, const DmObserved *observed) {
        const DmNode *node = lv_node(s->vg, lv, observed);
        _cleanup_free_ char *vg = object_path(OBJECT_VG, NULL, &s->vg->id);
        RaidStatus parsed, *status = NULL;
        Object *o = object_new(OBJECT_VOLUME, object_path(OBJECT_VOLUME, &s->vg->id, &lv->id));
        int r;

        if (!o || !vg) {
                object_free(o);
                return -ENOMEM;
        }
        if (node && node->raid_status && raid_status_parse(node->raid_status, &parsed) >= 0)
                status = &parsed;
        o->vg = s->vg->id;
        o->id = lv->id;
        object_text(o, "Uuid", 's', lv->id.chars);
        object_text(o, "VolumeGroup", 'o', vg);
        object_text(o, "Name", 's', lv->name);
        object_text(o, "Layout", 's', lv_raid1(lv) ? "raid1" : lv->n_segments > 0 && lv->segments[0]->kind == SEGMENT_LINEAR
                                                                       ? "linear" : "other");
        object_number(o, "Size", 't', lv_sectors(s->vg, lv) * SECTOR_BYTES);
        add_node(o, s->vg, lv, node, false);
        add_devices(o, s, "Devices", lv);
        object_text(o, "Health", 's', volume_health(lv, node, status));
        add_raid(o, s, lv, status);
        r = object_list_add(l, o);
        for (size_t i = 0; r >= 0 && lv_raid1(lv) && i < lv_raid1(lv)->raid1.n_images; i++)
                r = add_image(l, s, lv, i, status, observed);
        return r;
}

static int add_pv(ObjectList *l, const VgState *s, size_t i) {
        const PhysicalVolume *pv = s->vg->pvs[i];
        _cleanup_free_ char *vg = object_path(OBJECT_VG, NULL, &s->vg->id);
        uint64_t extent = s->vg->extent_sectors * SECTOR_BYTES;
        Object *o = object_new(OBJECT_PV, object_path(OBJECT_PV, NULL, &pv->id));
        uint32_t available = 0;

        if (!o || !vg || pv_free_extents(s->vg, pv, &available) < 0) {
                object_free(o);
                return -ENOMEM;
        }
        o->vg = s->vg->id;
        o->id = pv->id;
        object_text(o, "Uuid", 's', pv->id.chars);
        object_text(o, "VolumeGroup", 'o', vg);
        object_text(o, "Device", 'y', s->devices[i].path ?: "");
        object_number(o, "DeviceNumber", 't', s->devices[i].path ? makedev(s->devices[i].major, s->devices[i].minor) : 0);
        object_number(o, "Size", 't', pv->pe_count * extent);
        object_number(o, "Free", 't', available * extent);
        object_number(o, "Missing", 'b', !s->devices[i].path);
        return object_list_add(l, o);
}

static const char *unmanaged_reason(const VgState *s) {
        if (*s->problem)
                return s->problem;
        if (s->vg->flags & VG_EXPORTED)
                return "exported";
        if (s->vg->lock_type || (s->vg->flags & (VG_SHARED | VG_CLUSTERED)))
                return "shared";
        if (s->duplicates)
                return "duplicate-devices";
        return s->vg->flags & VG_UNKNOWN_STATUS ? "unknown-metadata" : "";
}

int build_vg(ObjectList *l, const VgState *s, const DmObserved *observed) {
        _cleanup_(strv_freep) char **pvs = NULL, **missing = NULL, **volumes = NULL;
        uint64_t extents = 0, available = 0, extent = s->vg->extent_sectors * SECTOR_BYTES;
        Object *o = object_new(OBJECT_VG, object_path(OBJECT_VG, NULL, &s->vg->id));
        int r = o ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < s->vg->n_pvs; i++) {
                _cleanup_free_ char *path = object_path(OBJECT_PV, NULL, &s->vg->pvs[i]->id);
                uint32_t n = 0;

                r = pv_free_extents(s->vg, s->vg->pvs[i], &n);
                if (r >= 0)
                        r = path ? strv_extend(s->devices[i].path ? &pvs : &missing, path) : -ENOMEM;
                if (r >= 0)
                        r = add_pv(l, s, i);
                extents += s->vg->pvs[i]->pe_count;
                available += n;
        }
        for (size_t i = 0; r >= 0 && i < s->vg->n_lvs; i++) {
                _cleanup_free_ char *path = NULL;

                if (!lv_is_volume(s->vg, s->vg->lvs[i]))
                        continue;
                path = object_path(OBJECT_VOLUME, &s->vg->id, &s->vg->lvs[i]->id);
                r = path ? strv_extend(&volumes, path) : -ENOMEM;
                if (r >= 0)
                        r = add_volume(l, s, s->vg->lvs[i], observed);
        }
        if (r < 0) {
                object_free(o);
                return r;
        }
        o->vg = o->id = s->vg->id;
        object_text(o, "Uuid", 's', s->vg->id.chars);
        object_text(o, "Name", 's', s->vg->name);
        object_number(o, "Size", 't', extents * extent);
        object_number(o, "Free", 't', available * extent);
        object_number(o, "ExtentSize", 't', extent);
        object_number(o, "Seqno", 't', s->vg->seqno);
        object_list(o, "PhysicalVolumes", 'O', pvs);
        object_list(o, "Volumes", 'O', volumes);
        object_list(o, "MissingPhysicalVolumes", 'O', missing);
        object_number(o, "Managed", 'b', !*unmanaged_reason(s));
        object_text(o, "UnmanagedReason", 's', unmanaged_reason(s));
        object_text(o, "State", 's', s->recovery_failed ? "needs-recovery" : "ready");
        return object_list_add(l, o);
}
