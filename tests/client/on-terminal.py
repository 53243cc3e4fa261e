#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""on-terminal.py ANSWER COMMAND...: runs it on a terminal, types ANSWER when it asks, prints what it printed."""

import os
import pty
import sys

answer, command = sys.argv[1], sys.argv[2:]
asked = False


def read(fd):
    global asked
    data = os.read(fd, 4096)
    if b"[y/N]" in data and not asked:
        asked = True
        os.write(fd, (answer + "\n").encode())
    return data


sys.exit(os.waitstatus_to_exitcode(pty.spawn(command, read, lambda fd: b"")))
