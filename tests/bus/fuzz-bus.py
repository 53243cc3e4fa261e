#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""fuzz-bus.py SOURCE-ROOT PID [SECONDS [SEED]]: calls of every member that dbus/*.xml describes, and of some that there are not, on objects
that there are and are not, with right, nearly right and absurd arguments. Nobody is authorized (there is no polkit on this bus), so no worker
may be started but for plans, changed bytes and scans. After each batch the daemon has to answer; at the end it has to be as small as before."""

import json
import os
import pathlib
import random
import re
import sys
import time

sys.dont_write_bytecode = True  # the source may be read-only
from callers import NAME, ROOT, Call, Daemon, connect, example, iterate_until, members, objects
from gi.repository import Gio, GLib

BATCH = 40
STANDARD = [("org.freedesktop.DBus.Properties", "Get", "ss"), ("org.freedesktop.DBus.Properties", "GetAll", "s"),
            ("org.freedesktop.DBus.Properties", "Set", "ssv"), ("org.freedesktop.DBus.Introspectable", "Introspect", ""),
            ("org.freedesktop.DBus.ObjectManager", "GetManagedObjects", ""), ("org.freedesktop.DBus.Peer", "Ping", "")]
OPTION = re.compile(r'"([a-z-]+)"\s\(')  # as the prose of dbus/*.xml has them
HARMLESS = {"scan", "changed"}
RSS_SLACK_KIB = 64 << 10  # what an allocator may keep of messages of megabytes
MANY_BYTES = 1 << 20  # what an array of many equal elements may come to, nested ones included


class Fuzzer:
    def __init__(self, source, daemon, seed):
        self.random, self.daemon, self.bus = random.Random(seed), daemon, connect()
        self.world = objects(self.bus)
        self.paths = sorted(self.world) + [ROOT, "/", ROOT + "/volume/x/y", ROOT + "/" + "/".join("a" * 200), "/" + "a" * 5000]
        self.members = members(source)
        self.known = sorted({o for f in (pathlib.Path(source) / "dbus").glob("*.xml") for o in OPTION.findall(f.read_text())})
        assert {"image-indexes", "wipe", "merge-on-release", "devices"} <= set(self.known), self.known
        self.n_calls = 0

    def text(self):
        pick = self.random.randrange(9)
        if pick == 0:
            return "A" * self.random.choice([127, 128, 4096, 4097, 1 << 16, 1 << 20])
        if pick == 1:
            return "".join(chr(self.random.choice([1, 9, 10, 0x7f, 0x85, 0x7ff, 0x800, 0xfffd, 0x1ffff, 0x10fffd])) for _ in range(30))
        return self.random.choice(["", "lv", "vg/lv", "../..", "/dev/null", "%s%n%n", "check", "repair", "a b", "-", "{", "\"", "\\",
                                   "lv_rimage_0", "/dev/" + "x/" * 2000, "SplitTracked", "CreateVolumeGroup", "x:99999999999999999999"])

    def path(self):
        return self.random.choice(self.paths)

    def nested(self, depth):
        value = GLib.Variant("y", 0)
        for _ in range(depth):
            value = GLib.Variant.new_variant(value)
        return value

    def at_most(self, n, size):
        """n, or as many as MANY_BYTES hold of that size."""
        return min(n, MANY_BYTES // max(size, 1) + 1)

    def options(self, depth=0):
        n = self.random.choice([0, 1, 1, 2, 3]) if self.random.random() < 0.95 else 65
        entries = []
        for _ in range(n):
            key = self.random.choice(self.known + ["unheard-of"]) if self.random.random() < 0.9 else self.text()
            entries.append(GLib.Variant.new_dict_entry(GLib.Variant.new_string(key), GLib.Variant.new_variant(self.any(depth))))
        if not entries:
            return GLib.Variant("a{sv}", {})
        times = self.random.choice([1] * 9 + [3000])
        return GLib.Variant.new_array(None, entries * self.at_most(times, sum(e.get_size() for e in entries)))

    def any(self, depth):
        kind = self.random.choice(["b", "u", "t", "t", "s", "o", "as", "ao", "x", "y", "d", "(ss)", "v", "a{sv}", "ay", "h"])
        if kind == "a{sv}":
            return self.options(depth + 1) if depth < 3 else GLib.Variant("a{sv}", {})
        return self.value(kind)

    def value(self, kind):
        r = self.random
        if kind == "a{sv}":
            return self.options() if r.random() < 0.2 else GLib.Variant("a{sv}", {})
        if kind in ("as", "ao"):
            new = GLib.Variant.new_objv if kind == "ao" else GLib.Variant.new_strv
            one = self.path if kind == "ao" else self.text
            if r.random() < 0.1:
                element = one()
                return new([element] * self.at_most(r.choice([1024, 1025, 100000]), len(element)))
            return new([one() for _ in range(r.choice([0, 1, 1, 3]))])
        if kind == "ay":
            return GLib.Variant("ay", bytes(r.randrange(256) for _ in range(r.randrange(100))))
        if kind == "v":
            return GLib.Variant.new_variant(self.nested(r.choice([0, 1, 5, 50])))
        simple = {"b": lambda: r.random() < 0.5, "u": lambda: r.choice([0, 1, 2, 7, 8, 1 << 31, (1 << 32) - 1]),
                  "t": lambda: r.choice([0, 1, 511, 1 << 22, 1 << 63, (1 << 64) - 1]), "x": lambda: r.choice([-1, -(1 << 63)]),
                  "s": self.text, "o": self.path, "y": lambda: r.randrange(256), "d": lambda: r.choice([0.0, float("nan"), float("inf")]),
                  "(ss)": lambda: (self.text(), self.text()), "h": lambda: 0}
        return GLib.Variant(kind, simple[kind]())

    def arguments(self, types):
        types = list(types)
        if self.random.random() < 0.15:
            self.random.shuffle(types)
        if self.random.random() < 0.1:
            types.append(self.random.choice(["s", "t", "h", "v", "ay"]))
        if types and self.random.random() < 0.1:
            types.pop()
        return GLib.Variant.new_tuple(*[self.value(t) for t in types]) if types else None

    def call(self):
        r = self.random
        if r.random() < 0.2:
            interface, member, types = r.choice(STANDARD)
            arguments = self.arguments(types)
            path = self.path()
        else:
            m = r.choice(self.members)
            interface, member = m.interface, m.name
            fitting = [p for p, i in self.world.items() if interface in i] or [ROOT]
            path = r.choice(fitting) if r.random() < 0.9 else self.path()
            arguments = example(m, self.world) if r.random() < 0.2 else self.arguments(m.types)
        if r.random() < 0.03:
            member = r.choice(["Nothing", "a" * 255, "_"])
        if r.random() < 0.03:
            interface = r.choice([NAME + ".Nothing", "a.b", None])
        fds = Gio.UnixFDList.new()
        for _ in range(r.choice([0] * 30 + [1] * 9 + [10])):  # more, and the bus drops messages: test-full-queue.py
            fds.append(1)
        self.n_calls += 1
        return Call(self.bus, path, interface, member, arguments, r.random() < 0.5, fds)

    def ping(self):
        """The bus closes a connection when it does not like a message. That is its right, and nobody is told before the next call."""
        for _ in range(2):
            ping = Call(self.bus, ROOT, "org.freedesktop.DBus.Peer", "Ping", None).wait()
            if not self.bus.is_closed():
                break
            self.bus = connect()
        if ping.error:
            sys.exit(f"not ok: no answer to a ping: {ping.error}: {ping.text}")

    def check(self):
        if not self.daemon.lives():
            sys.exit("not ok: the daemon is gone")
        self.ping()
        if objects(self.bus).keys() != self.world.keys():
            sys.exit("not ok: other objects than before")
        for line in self.daemon.requests():
            request = json.loads(line)
            if request["verb"] not in HARMLESS and not request.get("dry_run"):
                sys.exit(f"not ok: a worker for nobody who is authorized: {line[:500]}")

    def batch(self):
        calls = [self.call() for _ in range(BATCH)]
        iterate_until(lambda: all(c.done for c in calls), "the answers to a batch")
        self.check()


def main():
    daemon = Daemon(int(sys.argv[2]))
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 10
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}", flush=True)
    fuzzer = Fuzzer(pathlib.Path(sys.argv[1]), daemon, seed)
    fuzzer.batch()
    fds, rss, end = daemon.n_fds(), daemon.rss_kib(), time.monotonic() + seconds
    while time.monotonic() < end:
        fuzzer.batch()
    iterate_until(lambda: daemon.n_fds() <= fds, f"the descriptors to be closed, which were {fds}")
    print(f"{fuzzer.n_calls} calls; {rss} KiB before, {daemon.rss_kib()} KiB after")
    if not daemon.sanitized and daemon.rss_kib() > rss + RSS_SLACK_KIB:
        sys.exit("not ok: the daemon keeps what it was sent")


main()
