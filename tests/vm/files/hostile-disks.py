#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Disks that somebody might plug in: the beginning of a real physical volume, changed. Half of them have right checksums, so that what is
behind them is read as well.

Usage: hostile-disks.py HEAD DIRECTORY FIRST COUNT     HEAD: the first MiB of a physical volume. Image N depends on N alone.
"""
import pathlib
import random
import re
import struct
import sys
import zlib

LABEL, AREA, RING, SIZE = 512, 4096, 4096 + 512, 8 << 20
NUMBERS = [0, 1, 2, 7, 8, 63, 64, 4095, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1]


def crc(data: bytes) -> int:
    """lvm2-compat 1.1"""
    return zlib.crc32(data, 0xF597A6CF ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


class Disk:
    def __init__(self, head: bytes):
        self.bytes = bytearray(head)

    def text(self) -> bytes:
        offset, size = struct.unpack_from("<QQ", self.bytes, AREA + 40)
        return bytes(self.bytes[AREA + offset:AREA + offset + size]).rstrip(b"\0")

    def set_text(self, text: bytes):
        text += b"\0"
        room = len(self.bytes) - RING
        text = text[:room]
        self.bytes[RING:RING + len(text)] = text
        struct.pack_into("<QQI", self.bytes, AREA + 40, 512, len(text), crc(text))
        self.seal()

    def seal(self):
        struct.pack_into("<I", self.bytes, AREA, crc(bytes(self.bytes[AREA + 4:AREA + 512])))
        struct.pack_into("<I", self.bytes, LABEL + 16, crc(bytes(self.bytes[LABEL + 20:LABEL + 512])))


def flip(d: Disk, r: random.Random):
    for _ in range(r.randint(1, 40)):
        d.bytes[r.choice((LABEL, AREA, RING)) + r.randrange(512)] = r.randrange(256)


def label_numbers(d: Disk, r: random.Random):
    for _ in range(r.randint(1, 4)):
        struct.pack_into("<Q", d.bytes, LABEL + 64 + 8 * r.randrange(12), r.choice(NUMBERS))
    d.seal()


def area_numbers(d: Disk, r: random.Random):
    for _ in range(r.randint(1, 3)):
        struct.pack_into("<Q", d.bytes, AREA + 24 + 8 * r.randrange(8), r.choice(NUMBERS))
    d.seal()


def text_numbers(d: Disk, r: random.Random):
    text = d.text()
    places = list(re.finditer(rb"(?<== )\d+", text))
    for place in sorted(r.sample(places, min(len(places), r.randint(1, 3))), key=lambda p: -p.start()):
        text = text[:place.start()] + str(r.choice(NUMBERS)).encode() + text[place.end():]
    d.set_text(text)


def text_strings(d: Disk, r: random.Random):
    text = d.text()
    places = list(re.finditer(rb'"[^"\n]*"', text))
    for _ in range(r.randint(1, 3)):
        a, b = r.choice(places), r.choice(places)
        text = text[:a.start()] + b.group() + text[a.end():]
        places = list(re.finditer(rb'"[^"\n]*"', text))
    d.set_text(text)


def text_lines(d: Disk, r: random.Random):
    lines = d.text().split(b"\n")
    for _ in range(r.randint(1, 5)):
        at = r.randrange(len(lines))
        lines[at:at + r.randint(0, 2)] = [r.choice(lines)] * r.randint(0, 2)
    d.set_text(b"\n".join(lines))


def nested(d: Disk, r: random.Random):
    """Crashes the parser of libdevmapper."""
    d.set_text(r.choice((b"a {\n", b"a = [", b"[")) * 70000)


def noise(d: Disk, r: random.Random):
    d.set_text(r.randbytes(r.choice((1, 511, 512, 5000, 100000))))


def endless(d: Disk, r: random.Random):
    d.set_text(d.text() + b'\nx = "' + b"A" * 200000)


KINDS = [flip, label_numbers, area_numbers, text_numbers, text_strings, text_lines, nested, noise, endless]


def main():
    head = pathlib.Path(sys.argv[1]).read_bytes()
    for n in range(int(sys.argv[3]), int(sys.argv[3]) + int(sys.argv[4])):
        r, d = random.Random(n), Disk(head)
        KINDS[n % len(KINDS)](d, r)
        path = pathlib.Path(sys.argv[2], f"{n}")
        path.write_bytes(d.bytes)
        with path.open("r+b") as f:
            f.truncate(r.choice((SIZE, SIZE, SIZE, len(d.bytes), 8192, 4096)))


main()
