#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""cut.py SEED BASE LOG OUT: what a disk with a volatile write cache holds after the power went.

BASE is the disk as it was, LOG what qemu's blklogwrites wrote about it until it was killed (format: linux/drivers/md/dm-log-writes.c).
Everything before the last flush is in OUT. Each write behind it is there, or not, or torn: some of its sectors of 512 bytes are."""
import os
import random
import shutil
import struct
import sys

SECTOR = 512
FLUSH, FUA, DISCARD = 1, 2, 4


def entries(log):
    """(flags, sector, data) in the order in which they ended; a record that was not written whole ends the list."""
    size = os.fstat(log.fileno()).st_size
    at = SECTOR  # the first is the log's own header
    while at + SECTOR <= size:
        sector, n, flags, _ = struct.unpack("<QQQQ", os.pread(log.fileno(), 32, at))
        if flags == 0 and n == 0:
            return
        if flags & ~(FLUSH | FUA) or at + SECTOR * (1 + n) > size:
            return
        yield flags, sector, os.pread(log.fileno(), n * SECTOR, at + SECTOR)
        at += SECTOR * (1 + n)


def torn(rng, data):
    """[(offset, sector)]: some of them, not none and not all."""
    sectors = [(i, data[i:i + SECTOR]) for i in range(0, len(data), SECTOR)]
    return rng.sample(sectors, rng.randrange(1, len(sectors))) if len(sectors) > 1 else sectors


def main(seed, base, log_path, out_path):
    rng = random.Random(seed)
    shutil.copyfile(base, out_path)
    fates = {"kept": 0, "lost": 0, "torn": 0}
    durable, pending = 0, []
    with open(log_path, "rb") as log, open(out_path, "r+b") as out:
        for flags, sector, data in entries(log):
            if data:
                pending.append((sector, data))
            if not flags & (FLUSH | FUA):
                continue
            for where, what in pending:
                os.pwrite(out.fileno(), what, where * SECTOR)
            durable += len(pending)
            pending = []
        for sector, data in pending:
            fate = rng.choice(list(fates))
            fates[fate] += 1
            pieces = {"kept": [(0, data)], "lost": []}.get(fate)
            for offset, piece in torn(rng, data) if pieces is None else pieces:
                os.pwrite(out.fileno(), piece, sector * SECTOR + offset)
    print(f"{durable} writes durable, of {len(pending)} in the cache", ", ".join(f"{n} {fate}" for fate, n in fates.items()))


main(*sys.argv[1:5])
