/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Label and PV header (lvm2-compat 1), as sectors in memory. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

#define LABEL_SECTOR_BYTES 512U
#define LABEL_SCAN_SECTORS 4U /* the label stands in one of the first four */
#define LABEL_SCAN_BYTES (LABEL_SCAN_SECTORS * LABEL_SECTOR_BYTES)
#define LABEL_DEFAULT_SECTOR 1U
#define LABEL_MAX_AREAS 8U
#define MDA_DEFAULT_START 4096U

/* Bytes from the start of the device; size 0 of a data area: to the end of the device. */
typedef struct DiskArea {
        uint64_t offset, size;
} DiskArea;

typedef struct PvLabel {
        unsigned sector; /* where it was found, or goes */
        Uuid pv;
        uint64_t device_bytes;
        DiskArea data[LABEL_MAX_AREAS];
        size_t n_data;
        DiskArea metadata[LABEL_MAX_AREAS];
        size_t n_metadata;
        uint32_t extension_version; /* 0: there is none */
        bool used;                  /* belongs to a VG */
        size_t flags_offset;        /* of the extension's flags in the sector; 0 without one */
} PvLabel;

/* Finds the first valid label in the first LABEL_SCAN_BYTES of a device.
 * -ENOENT: none; -EBADMSG: a label with a good checksum whose PV header makes no sense. */
int label_decode(const unsigned char scan[static LABEL_SCAN_BYTES], PvLabel *ret);
/* A fresh label: one data area from pe_start_sectors on, one metadata area before it, in use. */
void label_encode(const PvLabel *label, unsigned char sector[static LABEL_SECTOR_BYTES]);
/* The label of a new PV, with the default layout. -EINVAL if pe_start leaves no room for a metadata area. */
int label_for_new_pv(const Uuid *pv, uint64_t device_bytes, uint64_t pe_start_sectors, PvLabel *ret);
/* Sets or clears the mark "belongs to a VG" in a label sector that label_decode() accepted, and fixes the checksum.
 * -ENOENT if the label has no extension. */
int label_set_used(unsigned char sector[static LABEL_SECTOR_BYTES], const PvLabel *label, bool used);
