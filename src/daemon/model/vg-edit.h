/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Putting a VG together piece by piece: for import, clone and the transforms. Callers keep the VG
 * consistent; vg_check() tells whether they did. */

#include "model/vg.h"

Segment *segment_free(Segment *s);
LogicalVolume *lv_free(LogicalVolume *lv);
PhysicalVolume *pv_free(PhysicalVolume *pv);
DEFINE_CLEANUP(Segment, segment_free);
DEFINE_CLEANUP(LogicalVolume, lv_free);
DEFINE_CLEANUP(PhysicalVolume, pv_free);

/* Appends; the result is owned by the VG. Names are not checked here. */
int vg_add_lv(VolumeGroup *vg, const char *name, const Uuid *id, LvFlags flags, LogicalVolume **ret);
int vg_add_pv(VolumeGroup *vg, const char *key, const Uuid *id, PhysicalVolume **ret);
/* Takes the PV out of the list and frees it; no segment may lie on it. */
void vg_remove_pv(VolumeGroup *vg, PhysicalVolume *pv);
/* Takes the LV out of the list and frees it; nothing may refer to it any more. */
void vg_remove_lv(VolumeGroup *vg, LogicalVolume *lv);
/* Appends a segment behind the others and adds its extents to the LV (start_extent is set). */
int lv_add_segment(LogicalVolume *lv, SegmentKind kind, const char *type, uint32_t extents, Segment **ret);
void lv_clear_segments(LogicalVolume *lv);
int lv_rename(LogicalVolume *lv, const char *name);
int lv_add_tag(LogicalVolume *lv, const char *tag);
void lv_remove_tag(LogicalVolume *lv, const char *tag);
/* All that begin so. */
void lv_remove_tags(LogicalVolume *lv, const char *prefix);
/* From now on printed anew. */
void lv_touch(LogicalVolume *lv);
