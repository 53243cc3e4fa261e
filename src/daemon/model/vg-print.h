/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buf.h"
#include "model/vg-export.h"

/* Canonical text of the parts, as LVM2 lib/format_text/export.c lays them out in a metadata area. */
void print_lv(Buf *b, const LogicalVolume *lv);
void print_pv(Buf *b, const PhysicalVolume *pv);
void print_vg(Buf *b, const VolumeGroup *vg);
void print_trailer(Buf *b, const VolumeGroup *vg, const ExportStamp *stamp);
