# SPDX-License-Identifier: LGPL-2.1-or-later
"""org.raidctl.Raidd1 as dbus/*.xml has it, on a bus of its own, with objects out of a table: it says yes to everything that the
real daemon with a fake worker can only refuse. Every call is remembered. Runs in a thread of the test."""

import os
import pathlib
import subprocess
import tempfile
import threading
import xml.etree.ElementTree as et

from gi.repository import Gio, GLib

NAME = "org.raidctl.Raidd1"
ROOT = "/org/raidctl/Raidd1"
OBJECT_MANAGER = """<node><interface name="org.freedesktop.DBus.ObjectManager"><method name="GetManagedObjects">
<arg type="a{oa{sa{sv}}}" direction="out"/></method></interface></node>"""
BUS = """<busconfig><type>session</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth><policy context="default">
<allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>"""
NOTHING = {"s": "", "o": "/", "u": 0, "t": 0, "d": 0.0, "b": False, "ay": b"\0", "as": [], "ao": []}
VG, LV, COPY, JOB = ROOT + "/vg/1", ROOT + "/volume/1", ROOT + "/volume/2", ROOT + "/job/1"
IMAGE = [f"{ROOT}/image/{i}" for i in range(3)]
PV = [f"{ROOT}/pv/{i}" for i in range(3)]
MIB = 1 << 20


def world() -> dict:
    """The volume group my_vg with a mirror my_lv, image 2 of it tracked, a linear volume, and a job."""
    objects = {
        VG: ("VolumeGroup", {"State": "ready", "Name": "my_vg", "Uuid": "g" * 32, "PhysicalVolumes": PV, "Volumes": [LV, COPY], "Managed": True}),
        LV: ("Volume", {"Name": "my_lv", "Uuid": "v" * 32, "VolumeGroup": VG, "Layout": "raid1", "Size": 64 * MIB, "Active": True,
                        "Device": b"/dev/my_vg/my_lv\0", "Images": IMAGE, "ImageCount": 3, "InSyncImageCount": 2,
                        "TrackedImage": IMAGE[2], "Health": "tracking", "SyncAction": "idle", "SyncRatio": 1.0,
                        "Devices": [f"my_lv_rimage_{i}(0)" for i in range(3)]}),
        COPY: ("Volume", {"Name": "copy", "Uuid": "c" * 32, "VolumeGroup": VG, "Layout": "linear", "Size": 1536, "Health": "inactive",
                          "Devices": ["/dev/sdb(9)"]}),
        JOB: ("Job", {"Id": 1, "Operation": "raid-merge", "Objects": [LV], "State": "running", "Progress": 0.25, "Bytes": 64 * MIB,
                      "BytesDone": 16 * MIB, "Rate": 8 * MIB, "ProgressValid": True}),
    }
    for i in range(3):
        disk = f"/dev/sd{'bcd'[i]}"
        objects[PV[i]] = ("PhysicalVolume", {"Uuid": f"p{i}" * 16, "VolumeGroup": VG, "Device": disk.encode() + b"\0"})
        objects[IMAGE[i]] = ("RaidImage", {
            "Name": f"my_lv_rimage_{i}", "Uuid": f"i{i}" * 16, "Volume": LV, "Slot": i, "Size": 64 * MIB,
            "State": "tracked" if i == 2 else "in-sync", "Device": b"/dev/my_vg/my_lv_rimage_2\0" if i == 2 else b"\0",
            "Devices": [f"{disk}(1)"], "PhysicalVolumes": [PV[i]], "MetadataName": f"my_lv_rmeta_{i}", "MetadataDevices": [f"{disk}(0)"]})
    return objects


class Bus:
    """A dbus-daemon that lets everybody in, for as long as the with statement runs."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="raidd-client.")
        config = pathlib.Path(self.folder.name) / "bus.conf"
        config.write_text(BUS % self.folder.name)
        self.daemon = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.daemon.stdout.readline().strip()  # printed when it listens
        return self

    def __exit__(self, *_):
        self.daemon.terminate()
        self.daemon.wait()
        self.daemon.stdout.close()
        self.folder.cleanup()


class Service:
    def __init__(self, address: str, interfaces: pathlib.Path):
        self.xml = {}
        for path in interfaces.glob("*.xml"):
            text = path.read_text()
            self.xml[et.fromstring(text).find("interface").get("name")] = text
        self.calls, self.reads, self.errors, self.replies, self.holds = [], 0, {}, {}, []
        self.objects = {}     # path → (kind, properties)
        self.after_read = {}  # number of a GetManagedObjects → function that is called soon after it
        self.registered = {}
        self.loop = GLib.MainLoop()
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
        self.register(ROOT, OBJECT_MANAGER)
        self.register(ROOT, self.xml[f"{NAME}.Manager"])
        self.thread = threading.Thread(target=self.loop.run, daemon=True)
        self.thread.start()
        self.own("RequestName", GLib.Variant("(su)", (NAME, 0)))

    def own(self, member: str, arguments: GLib.Variant):
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", member, arguments,
                                  None, Gio.DBusCallFlags.NONE, -1, None)

    def leave(self):
        """As a daemon that died: from now on nobody has the name."""
        self.own("ReleaseName", GLib.Variant("(s)", (NAME,)))

    def come_back(self):
        self.own("RequestName", GLib.Variant("(su)", (NAME, 0)))

    def stop(self):
        self.loop.quit()
        self.thread.join()
        self.connection.close_sync(None)

    def register(self, path: str, xml: str):
        info = Gio.DBusNodeInfo.new_for_xml(xml).interfaces[0]
        if (path, info.name) not in self.registered:
            self.registered[path, info.name] = info
            self.connection.register_object(path, info, self.on_call, None, None)

    def reset(self, objects: dict):
        self.calls, self.reads, self.errors, self.replies, self.after_read, self.holds = [], 0, {}, {}, {}, []
        self.objects = {path: (kind, dict(properties)) for path, (kind, properties) in objects.items()}
        for path, (kind, _) in objects.items():
            self.register(path, self.xml[f"{NAME}.{kind}"])

    def variants(self, kind: str, properties: dict, only=None) -> dict:
        """All properties of the contract, with its types; what is not in the table is nothing."""
        result = {}
        for p in et.fromstring(self.xml[f"{NAME}.{kind}"]).iter("property"):
            name, kind_of_value = p.get("name"), p.get("type")
            if only is None or name in only:
                result[name] = GLib.Variant(kind_of_value, properties.get(name, NOTHING[kind_of_value]))
        return result

    def managed(self) -> GLib.Variant:
        return GLib.Variant("(a{oa{sa{sv}}})", ({path: {f"{NAME}.{kind}": self.variants(kind, properties)}
                                                 for path, (kind, properties) in self.objects.items()},))

    def change(self, path: str, **properties):
        """Sets properties and tells those who listen."""
        kind, known = self.objects[path]
        known.update(properties)
        changed = self.variants(kind, known, properties)
        self.connection.emit_signal(None, path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                    GLib.Variant("(sa{sv}as)", (f"{NAME}.{kind}", changed, [])))

    def after(self, read: int, *steps, gap_ms=25):
        """Calls steps one after the other, when GetManagedObjects has been answered for the read'th time."""
        world = self.objects  # a step that comes too late is not for the next one

        def start():
            for i, step in enumerate(steps):
                GLib.timeout_add(gap_ms * (i + 1), lambda step=step: self.objects is world and step() and False)
        self.after_read[read] = start

    def on_call(self, _connection, _sender, path, interface, member, parameters, invocation):
        if member == "GetManagedObjects":
            self.reads += 1
            invocation.return_value(self.managed())
            self.after_read.get(self.reads, lambda: None)()
            return
        interactive = invocation.get_message().get_flags() & Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION
        arguments, options = [], {}
        for i in range(parameters.n_children()):
            child = parameters.get_child_value(i)
            if child.get_type_string() != "a{sv}":
                arguments.append(child.unpack())
                continue
            for k in range(child.n_children()):  # with their types; unpack() would lose them
                key, value = (child.get_child_value(k).get_child_value(j) for j in (0, 1))
                options[key.unpack()] = (value.get_variant().get_type_string(), value.get_variant().unpack())
        if member == "Rescan":
            invocation.return_value(None)
            return
        self.calls.append((path, interface.removeprefix(NAME + "."), member, arguments, options, bool(interactive)))
        if member in self.errors:
            invocation.return_dbus_error(*self.errors[member])
            return
        if member == "Hold":
            mine, theirs = os.pipe()
            self.holds.append(mine)  # before the reply: the test goes on in another thread
            fds = Gio.UnixFDList.new()
            handle = fds.append(theirs)
            os.close(theirs)
            invocation.return_value_with_unix_fd_list(GLib.Variant("(h)", (handle,)), fds)
            return
        signature = "".join(a.signature for a in self.registered[path, interface].lookup_method(member).out_args)
        reply = self.replies.get(f"{interface.removeprefix(NAME + '.')}.{member}", self.replies.get(member))
        invocation.return_value(GLib.Variant(f"({signature})", reply) if reply else None)
