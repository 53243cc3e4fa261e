#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""hold.py IMAGE: holds it until killed. Leaves what a read of the descriptor gives in /run/raidd-test.held."""

import os
import signal
import sys

from gi.repository import Gio, GLib

NAME = "org.raidctl.Raidd1"
bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
path, = bus.call_sync(NAME, "/org/raidctl/Raidd1", NAME + ".Manager", "FindVolume", GLib.Variant("(s)", (sys.argv[1],)), None, 0, -1).unpack()
_, fds = bus.call_with_unix_fd_list_sync(NAME, path, NAME + ".RaidImage", "Hold", GLib.Variant("(ssa{sv})", ("hold.py", "looking at it", {})), None, 0, -1, None)
fd = fds.get(0)
try:
    os.read(fd, 1)
    text = "read it"
except OSError as e:
    text = "read: " + os.strerror(e.errno)
with open("/run/raidd-test.held", "w", encoding="utf-8") as f:
    print(text, file=f)
signal.pause()
