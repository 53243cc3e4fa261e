/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The checksum of label, metadata area header and text: reflected CRC-32, polynomial 0xEDB88320,
 * start value 0xf597a6cf, no final inversion (LVM2 lib/misc/crc.c). */
uint32_t lvm_crc32(const void *data, size_t n);
uint32_t lvm_crc32_continue(uint32_t crc, const void *data, size_t n);
