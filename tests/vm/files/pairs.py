#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""pairs.py write A B: numbers 1, 2, 3 … to device A, and each to device B when it is on A, until SIGTERM.
pairs.py read A B: prints the last number on A and on B. At one instant B is behind by 0 or 1, never more, never ahead."""

import mmap
import os
import signal
import sys

BLOCK = 4096
OFFSET = 8 << 20


def main() -> None:
    mode, *devices = sys.argv[1:]
    flags = os.O_DIRECT | (os.O_WRONLY if mode == "write" else os.O_RDONLY)
    fds = [os.open(d, flags) for d in devices]
    block = mmap.mmap(-1, BLOCK)  # aligned
    if mode == "read":
        for fd in fds:
            os.preadv(fd, [block], OFFSET)
            print(int.from_bytes(block[:8], "little"), end=" ")
        print()
        return
    running = True

    def stop(*_):
        nonlocal running
        running = False
    signal.signal(signal.SIGTERM, stop)
    number = 0
    while running:
        number += 1
        block[:8] = number.to_bytes(8, "little")
        for fd in fds:
            os.pwritev(fd, [block], OFFSET)


main()
