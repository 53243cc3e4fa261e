# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests with many callers share: connections, the members that dbus/*.xml describes, the daemon seen from outside."""

import os
import pathlib
import sys
import time
import xml.etree.ElementTree as et

from gi.repository import Gio, GLib

NAME, ROOT = "org.raidctl.Raidd1", "/org/raidctl/Raidd1"
ACTION = NAME + ".PolkitAction"
DENIED = "org.freedesktop.DBus.Error.AccessDenied"
NOBODY = 65534
PATIENCE = 120  # seconds until a test that gets no answer gives up; nothing is measured with it


class Daemon:
    """Seen through /proc. What is inside of it is opened before this process gives root away."""

    def __init__(self, pid: int):
        self.pid = pid
        self.fds = os.open(f"/proc/{pid}/fd", os.O_RDONLY | os.O_DIRECTORY)
        # What such a build has freed it keeps, to find who uses it all the same.
        self.sanitized = b"__asan_init" in pathlib.Path(f"/proc/{pid}/exe").read_bytes()
        self.log = pathlib.Path(os.environ["FAKE_LOG"])
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresuid(NOBODY, NOBODY, NOBODY)

    def lives(self) -> bool:
        return "State:\tZ" not in pathlib.Path(f"/proc/{self.pid}/status").read_text()

    def n_fds(self) -> int:
        return len(os.listdir(self.fds))

    def rss_kib(self) -> int:
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise RuntimeError("the daemon is gone")

    def requests(self) -> list:
        return self.log.read_text().splitlines()


def iterate_until(condition, what: str, seconds=PATIENCE):
    context, end = GLib.MainContext.default(), time.monotonic() + seconds
    wake = GLib.timeout_add(20, lambda: True)
    try:
        while not condition():
            context.iteration(True)
            if time.monotonic() > end:
                sys.exit(f"not ok: waited in vain for {what}")
    finally:
        GLib.source_remove(wake)


def connect():
    c = Gio.DBusConnection.new_for_address_sync(
        os.environ["DBUS_SESSION_BUS_ADDRESS"],
        Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
    c.set_exit_on_close(False)
    return c


class Call:
    """One that is under way; error is its name, or None."""

    def __init__(self, connection, path, interface, member, arguments, interactive=False, fds=None):
        self.done, self.value, self.error, self.text = False, None, None, ""
        message = Gio.DBusMessage.new_method_call(NAME, path, interface, member)
        if arguments is not None:
            message.set_body(arguments)
        if fds is not None:
            message.set_unix_fd_list(fds)
        if interactive:
            message.set_flags(Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION)
        connection.send_message_with_reply(message, Gio.DBusSendMessageFlags.NONE, GLib.MAXINT32, None, self._on_reply)

    def _on_reply(self, connection, result):
        self.done = True
        try:
            reply = connection.send_message_with_reply_finish(result)
        except GLib.Error as e:  # the connection was closed
            self.error, self.text = "closed", e.message
            return
        if reply.get_message_type() == Gio.DBusMessageType.ERROR:
            self.error = reply.get_error_name()
            self.text = reply.get_body().get_child_value(0).get_string() if reply.get_body() else ""
        else:
            self.value = reply.get_body().unpack() if reply.get_body() else None

    def wait(self):
        iterate_until(lambda: self.done, "a reply")
        return self


def objects(connection) -> dict:
    """Path → {interface: properties}."""
    return Call(connection, ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", None).wait().value[0]


class Member:
    def __init__(self, interface: str, method):
        self.interface, self.name = interface, method.get("name")
        self.types = [a.get("type") for a in method.findall("arg") if a.get("direction") == "in"]
        self.action = next((a.get("value") for a in method.findall("annotation") if a.get("name") == ACTION), None)

    def __str__(self):
        return f"{self.interface.rsplit('.', 1)[-1]}.{self.name}"


def members(source: pathlib.Path) -> list:
    return [Member(i.get("name"), m) for path in sorted((source / "dbus").glob("*.xml"))
            for i in et.parse(path).getroot().findall("interface") for m in i.findall("method")]


def example(member: Member, world: dict):
    """Arguments that are not wrong, so that authority is asked for."""
    find = {kind: next(p for p, i in world.items() if f"{NAME}.{kind}" in i) for kind in ("PhysicalVolume", "Volume", "RaidImage")}
    values = {"s": ("s", "check"), "t": ("t", 1 << 22), "u": ("u", 1), "o": ("o", find["RaidImage"]), "as": ("as", ["/dev/null"]),
              "a{sv}": ("a{sv}", {}), "ao": ("ao", [find["PhysicalVolume" if member.name == "Reduce" else "Volume"]])}
    return GLib.Variant("(" + "".join(member.types) + ")", tuple(values[t][1] for t in member.types))
