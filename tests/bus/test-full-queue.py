#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""test-full-queue.py SOURCE-ROOT PID: somebody sends more than the bus keeps for the daemon while the daemon is busy. Then dbus-daemon drops
what it would have said to the daemon itself, answers among it (bus_transaction_send_from_driver()). The daemon must not wait for such an
answer, nor lose the bus over it: as soon as it has read what there is, it serves whoever calls."""

import os
import pathlib
import signal
import sys

sys.dont_write_bytecode = True  # the source may be read-only
from callers import DENIED, NAME, ROOT, Call, Daemon, connect, iterate_until, objects
from gi.repository import Gio, GLib

ROUNDS = 3
SECONDS = 60  # some times the 25 s after which an answer that does not come is given up
FULL = "org.freedesktop.DBus.Error.LimitsExceeded"


def start_signaller(pid: int):
    """Who stays root when we give it away, and passes signals on."""
    r, w = os.pipe()
    if os.fork() > 0:
        os.close(r)
        return lambda number: os.write(w, bytes([number]))
    os.close(w)
    while number := os.read(r, 1):
        os.kill(pid, number[0])
    os.kill(pid, signal.SIGCONT)
    os._exit(0)


def stat_of(pid: int) -> str:
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def fill(connections, path):
    """Calls with descriptors, of which the bus keeps fewest, until one is refused. Methods of ours: their callers are asked about."""
    calls = []

    def refused():
        return any(c.error == FULL for c in calls)
    while not refused():
        if len(calls) > 2000:
            sys.exit("not ok: the bus keeps everything")
        for c in connections:
            fds = Gio.UnixFDList.new()
            for _ in range(10):
                fds.append(1)
            calls.append(Call(c, path, NAME + ".Volume", "Rename", GLib.Variant("(sa{sv})", ("other", {})), False, fds))
        GLib.MainContext.default().iteration(False)
    return calls


def main():
    pid = int(sys.argv[2])
    send = start_signaller(pid)
    daemon = Daemon(pid)
    me, others = connect(), [connect() for _ in range(5)]
    world = objects(me)
    volume = next(p for p, i in world.items() if NAME + ".Volume" in i)
    fds = daemon.n_fds()
    for _ in range(ROUNDS):
        send(signal.SIGSTOP)
        iterate_until(lambda: stat_of(pid) == "T", "the daemon to stand still")
        calls = fill(others, volume)
        send(signal.SIGCONT)
        iterate_until(lambda: all(c.done for c in calls), "the answers to what was not refused", SECONDS)
        answers = {c.error for c in calls}
        print(f"{len(calls)} calls: {sorted(map(str, answers))}")
        if wrong := answers - {DENIED, FULL, NAME + ".Error.Busy"}:
            sys.exit(f"not ok: answers {wrong}")
        if (ping := Call(me, ROOT, NAME + ".Manager", "FindVolume", GLib.Variant("(s)", ("vg/lv",))).wait()).error:
            sys.exit(f"not ok: {ping.error}: {ping.text}")
    iterate_until(lambda: daemon.n_fds() <= fds, f"the descriptors to be closed, which were {fds}")


main()
