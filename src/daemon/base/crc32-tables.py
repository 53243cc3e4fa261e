#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tables of crc32.c: tables[k][b] is the CRC of byte b with k zero bytes behind it."""

POLYNOMIAL = 0xEDB88320


def shift(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
    return crc


table = [shift(b) for b in range(256)]
print("static const uint32_t tables[8][256] = {")
row = table
for _ in range(8):
    print("        { " + ", ".join(f"0x{crc:08x}U" for crc in row) + " },")
    row = [crc >> 8 ^ table[crc & 0xFF] for crc in row]
print("};")
