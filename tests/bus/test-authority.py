#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""test-authority.py SOURCE-ROOT PID: every method that the XML says asks polkit, with each answer that polkit may give or not give; what
it is asked; what becomes of a call when its object or its caller goes meanwhile; limits, and turns between callers."""

import json
import os
import pathlib
import sys

sys.dont_write_bytecode = True  # the source may be read-only
from callers import DENIED, NAME, ROOT, Call, Daemon, connect, example, iterate_until, members, objects
from gi.repository import Gio, GLib

POLKIT = """<node><interface name="org.freedesktop.PolicyKit1.Authority">
<method name="CheckAuthorization"><arg type="(sa{sv})" direction="in"/><arg type="s" direction="in"/><arg type="a{ss}" direction="in"/>
<arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="(bba{ss})" direction="out"/></method>
<method name="CancelCheckAuthorization"><arg type="s" direction="in"/></method></interface></node>"""
ANSWERS = {"authorized": (True, False, {}), "refused": (False, False, {}), "dismissed": (False, False, {"polkit.dismissed": "true"}),
           "challenge": (False, True, {})}
BUSY = NAME + ".Error.Busy"
failures = []


def check(good, what):
    if not good:
        failures.append(what)
        print("not ok:", what, flush=True)


class Authority:
    """Answers as it is told; "hold" keeps the question, "error" is one, "crash" leaves the bus."""

    def __init__(self):
        self.answer, self.asked, self.held, self.cancelled = "authorized", [], [], []
        self.start()

    def start(self):
        self.bus = connect()
        self.bus.register_object("/org/freedesktop/PolicyKit1/Authority", Gio.DBusNodeInfo.new_for_xml(POLKIT).interfaces[0],
                                 self.on_call, None, None)
        self.bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
                           GLib.Variant("(su)", ("org.freedesktop.PolicyKit1", 0)), None, 0, -1, None)

    def on_call(self, _bus, _sender, _path, _interface, member, arguments, invocation):
        if member == "CancelCheckAuthorization":
            self.cancelled.append(arguments.unpack()[0])
            invocation.return_value(None)
            return
        self.asked.append(arguments.unpack())
        if self.answer == "error":
            invocation.return_dbus_error("org.freedesktop.PolicyKit1.Error.Failed", "No.")
        elif self.answer == "crash":
            self.bus.close_sync(None)
        elif self.answer == "hold":
            self.held.append(invocation)
        else:
            self.reply(invocation, self.answer)

    @staticmethod
    def reply(invocation, answer):
        invocation.return_value(GLib.Variant("((bba{ss}))", (ANSWERS[answer],)))

    def release(self, answer="authorized"):
        held, self.held = self.held, []
        for invocation in held:
            self.reply(invocation, answer)

    def expect(self, n, what):
        iterate_until(lambda: len(self.held) >= n, what)


class Test:
    def __init__(self, source, daemon):
        self.daemon, self.me, self.polkit = daemon, connect(), Authority()
        self.world = objects(self.me)
        self.volume = next(p for p, i in self.world.items() if i.get(NAME + ".Volume", {}).get("Name") == "lv")
        self.members = [m for m in members(source) if m.action and not m.interface.endswith(".Job")]
        self.vg_file = pathlib.Path(os.environ["FAKE_VG"])
        self.gate = pathlib.Path(os.environ["FAKE_GATE"])

    def call(self, member, connection=None, interactive=False):
        path = ROOT if member.interface.endswith(".Manager") else \
            self.volume if member.interface.endswith(".Volume") else next(p for p, i in self.world.items() if member.interface in i)
        return Call(connection or self.me, path, member.interface, member.name, example(member, self.world), interactive)

    def rename(self, name, connection=None):
        return Call(connection or self.me, self.volume, NAME + ".Volume", "Rename", GLib.Variant("(sa{sv})", (name, {})))

    def alive(self):
        return Call(self.me, ROOT, "org.freedesktop.DBus.Peer", "Ping", None).wait().error is None

    def check_question(self, member, interactive):
        subject, action, details, flags, cancellation = self.polkit.asked[-1]
        check(subject == ("system-bus-name", {"name": self.me.get_unique_name()}), f"{member}: the subject is {subject}")
        check(action == member.action, f"{member}: {action} is asked for")
        check(flags == (1 if interactive else 0), f"{member}: flags {flags} although interactive is {interactive}")
        check(cancellation != "", f"{member}: the question cannot be withdrawn")
        check(member.interface.endswith(".Manager") or details.get("vg.name") == "vg", f"{member}: details {details}")
        check("as" not in member.types or details.get("devices") == "/dev/null", f"{member}: details {details}")
        check("o" not in member.types or details.get("image.name", "").startswith("lv_rimage_"), f"{member}: details {details}")
        check(not member.interface.endswith(".Volume") or details.get("lv.name") == "lv", f"{member}: details {details}")

    def authorized(self, member, delayed):
        self.polkit.answer = "hold" if delayed else "authorized"
        before = len(self.daemon.requests())
        call = self.call(member, interactive=delayed)
        if delayed:
            self.polkit.expect(1, f"the question of {member}")
            check(self.alive() and not call.done, f"{member}: is done without an answer, or blocks others")
            check(len(self.daemon.requests()) == before, f"{member}: a worker before the answer")
            self.polkit.release()
        call.wait()
        check(call.error != DENIED, f"{member}: {call.text} although it is authorized")
        n = 0 if member.name == "Hold" else 1
        check(len(self.daemon.requests()) == before + n, f"{member}: not {n} workers; {call.error} {call.text}")
        self.check_question(member, delayed)

    def denied(self, member, answer):
        self.polkit.answer = answer
        before, n = len(self.daemon.requests()), len(self.polkit.asked)
        call = self.call(member).wait()
        check(call.error == DENIED, f"{member}, {answer}: {call.error} {call.text}")
        check(len(self.polkit.asked) == n + 1, f"{member}, {answer}: polkit was asked {len(self.polkit.asked) - n} times")
        word = {"dismissed": "dismissed", "challenge": "without authentication"}.get(answer, "")
        check(word in call.text, f"{member}, {answer}: {call.text}")
        check(len(self.daemon.requests()) == before, f"{member}, {answer}: a worker was started")
        if answer == "crash":
            self.polkit.start()

    def caller_gone(self, member):
        self.polkit.answer = "hold"
        before, n = len(self.daemon.requests()), len(self.polkit.cancelled)
        caller = connect()
        self.call(member, caller)
        self.polkit.expect(1, f"the question of {member}")
        caller.close_sync(None)
        iterate_until(lambda: len(self.polkit.cancelled) > n, f"the withdrawal of {member}")
        check(self.polkit.cancelled[-1] == self.polkit.asked[-1][4], f"{member}: another question was withdrawn")
        self.polkit.release()  # too late
        check(self.alive(), f"{member}: the daemon is gone")
        check(len(self.daemon.requests()) == before, f"{member}: a worker for nobody")

    def world_becomes(self, text):
        """Something changes: a scan by somebody else, while questions are held."""
        self.vg_file.write_text(text)
        self.polkit.answer = "authorized"
        scan = Call(self.me, ROOT, NAME + ".Manager", "Rescan", GLib.Variant("(a{sv})", ({},))).wait()
        check(scan.error is None, f"Rescan: {scan.error} {scan.text}")

    def changed(self, text, good, expected):
        """All methods of objects ask, then the objects are renamed, or gone."""
        self.polkit.answer = "hold"
        waiting = [m for m in self.members if not m.interface.endswith(".Manager")]
        callers = [connect() for _ in range(8)]
        calls = [(m, self.call(m, callers[i % len(callers)])) for i, m in enumerate(waiting)]
        self.polkit.expect(len(waiting), "all questions")
        self.world_becomes(text)
        before = len(self.daemon.requests())
        self.polkit.release()
        for member, call in calls:
            call.wait()
            check(call.error and any(call.error.endswith(e) for e in expected), f"{member}: {call.error} {call.text} after a change")
        check(len(self.daemon.requests()) == before, "a worker for what has changed since it was authorized")
        self.world_becomes(good)
        self.world = objects(self.me)
        for c in callers:
            c.close_sync(None)

    def limits(self):
        """More questions than one connection may have, again and again: what is answered or withdrawn counts no more."""
        for _ in range(3):
            self.polkit.answer = "hold"
            caller, n = connect(), len(self.polkit.cancelled)
            calls = [self.rename("x", caller) for _ in range(20)]
            self.polkit.expect(16, "16 questions")
            iterate_until(lambda: sum(c.done for c in calls) == 4, "4 refusals")
            check(all(c.error == BUSY for c in calls if c.done), "above the limit it is not Busy")
            caller.close_sync(None)
            iterate_until(lambda: len(self.polkit.cancelled) == n + 16, "16 withdrawals")
            self.polkit.release("refused")

    def turns(self):
        """One asks for much, another for little, and one does not wait for it."""
        self.polkit.answer = "authorized"
        self.gate.touch()
        first, before = len(self.daemon.requests()), len(self.polkit.asked)
        a, b, c = connect(), connect(), connect()
        calls = [self.rename(f"a{i}", a) for i in range(10)]
        iterate_until(lambda: len(self.daemon.requests()) > first, "the first worker")
        gone = [self.rename(f"c{i}", c) for i in range(3)]
        calls += [self.rename(f"b{i}", b) for i in range(2)]
        iterate_until(lambda: len(self.polkit.asked) == before + 15, "all to be authorized")
        check(self.alive(), "the daemon is gone")
        c.close_sync(None)
        iterate_until(lambda: all(g.done for g in gone), "the end of a connection")
        check(self.alive(), "the daemon is gone")
        self.gate.unlink()
        iterate_until(lambda: all(x.done for x in calls), "all operations")
        names = [json.loads(line)["name"] for line in self.daemon.requests()[first:]]
        check([n for n in names if n[0] == "a"] == [f"a{i}" for i in range(10)], f"the order of one caller is not kept: {names}")
        check([n for n in names if n[0] == "b"] == ["b0", "b1"] and max(names.index("b0"), names.index("b1")) < 5,
              f"who asks for little waits for who asks for much: {names}")
        check(not [n for n in names if n[0] == "c"], f"begun for nobody: {names}")

    def run(self):
        for member in self.members:
            self.authorized(member, delayed=False)
            self.authorized(member, delayed=True)
            for answer in ("refused", "dismissed", "challenge", "error", "crash"):
                self.denied(member, answer)
            self.caller_gone(member)
        text = self.vg_file.read_text()
        self.changed(text.replace("vg {", "vh {", 1), text, ["Stale"])
        self.changed("", text, ["Stale", "UnknownObject", "UnknownMethod", "UnknownInterface"])
        self.limits()
        self.turns()
        print(f"{len(self.members)} methods, {len(self.polkit.asked)} questions")


def main():
    daemon = Daemon(int(sys.argv[2]))
    test = Test(pathlib.Path(sys.argv[1]), daemon)
    fds = daemon.n_fds()
    test.run()
    iterate_until(lambda: daemon.n_fds() <= fds, "the descriptors to be closed")
    sys.exit(bool(failures))


main()
