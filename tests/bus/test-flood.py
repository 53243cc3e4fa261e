#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""test-flood.py SOURCE-ROOT PID: 100 connections with 100 calls each under way, reads and methods that nobody has authorized, and beside them
one client that makes one call after another. It is answered in the middle of that: nothing that waits for polkit or a worker stands in its way,
only the calls before its own in the daemon's socket. So the longest that it waits may be what these would take one by one."""

import pathlib
import resource
import statistics
import sys
import time

sys.dont_write_bytecode = True  # the source may be read-only
from callers import DENIED, NAME, ROOT, Call, Daemon, connect, example, iterate_until, members, objects

CONNECTIONS, CALLS = 100, 100
QUIET = 50
RSS_SLACK_KIB = 8 << 10
BUSY = NAME + ".Error.Busy"


class Client:
    """Calls again as soon as it is answered, and looks at the clock."""

    def __init__(self):
        self.bus, self.times, self.call = connect(), [], None
        self.objects = objects(self.bus).keys()

    def step(self):
        if self.call and not self.call.done:
            return
        if self.call:
            self.times.append(time.monotonic() - self.begun)
            if self.call.error or self.call.value[0].keys() != self.objects:
                sys.exit(f"not ok: a wrong answer: {self.call.error} {self.call.text}")
        self.begun = time.monotonic()
        self.call = Call(self.bus, ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", None)

    def quiet(self):
        def enough():
            self.step()
            return len(self.times) >= QUIET
        iterate_until(enough, "answers while all is quiet")
        median, self.times = statistics.median(self.times), []
        return median


def flood(source, connections, world):
    asking = [m for m in members(source) if m.action and not m.interface.endswith(".Job")]
    paths = {m: ROOT if m.interface.endswith(".Manager") else next(p for p, i in world.items() if m.interface in i) for m in asking}
    arguments = {m: example(m, world) for m in asking}
    calls, writes = [], []
    for n in range(CALLS):
        for i, c in enumerate(connections):
            m = asking[(n + i) % len(asking)]
            if n % 2:
                calls.append(Call(c, paths[m], "org.freedesktop.DBus.Introspectable", "Introspect", None))
            else:
                writes.append(Call(c, paths[m], m.interface, m.name, arguments[m]))
    return calls, writes


def run(source, client):
    connections = [connect() for _ in range(CONNECTIONS)]
    world = objects(client.bus)
    begun = time.monotonic()
    reads, writes = flood(source, connections, world)

    def all_done():
        client.step()
        return all(c.done for c in reads) and all(c.done for c in writes)
    iterate_until(all_done, "the end of a flood")
    print(f"{len(reads) + len(writes)} calls in {time.monotonic() - begun:.1f} s")
    wrong = [c for c in reads if c.error] + [c for c in writes if c.error not in (DENIED, BUSY)]
    if wrong:
        sys.exit(f"not ok: {len(wrong)} wrong answers, as {wrong[0].error} {wrong[0].text}")
    for c in connections:
        c.close_sync(None)


def main():
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 4 * CONNECTIONS:
        print("not that many descriptors are allowed here")
        sys.exit(77)
    daemon, source = Daemon(int(sys.argv[2])), pathlib.Path(sys.argv[1])
    client = Client()
    quiet = client.quiet()
    fds, rss, requests = daemon.n_fds(), daemon.rss_kib(), len(daemon.requests())
    run(source, client)
    worst = max(client.times, default=0)
    print(f"answered {len(client.times)} times meanwhile; {worst / quiet:.0f} times as long as in quiet at worst")
    if not client.times or worst > CONNECTIONS * CALLS * quiet:
        sys.exit(f"not ok: one who asks little waits too long: {worst:.3f} s, {quiet:.6f} s in quiet")
    if len(daemon.requests()) != requests:
        sys.exit("not ok: a worker for nobody who is authorized")
    iterate_until(lambda: daemon.n_fds() <= fds, f"the descriptors to be closed, which were {fds}")
    print(f"{rss} KiB before, {daemon.rss_kib()} KiB after")
    iterate_until(lambda: daemon.sanitized or daemon.rss_kib() <= rss + RSS_SLACK_KIB, "the daemon to give back what it was sent")
    print(f"{daemon.rss_kib()} KiB in the end")


main()
