#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the bus says against what lvm2 says: names, sizes, devices, roles, activity, permissions, sequence numbers.

Usage: compare.py [VG]     exit 0 and silent if they agree and lvm2 has nothing to complain of, 1 with one line per difference.
"""
import collections
import json
import os
import subprocess
import sys

import dbus

BUS = "org.raidctl.Raidd1"
ROOT = "/org/raidctl/Raidd1"
COMPLAINTS = []  # commands of lvm2 that wrote to standard error


FIELDS = {
    "vg": ("vg_name", "vg_uuid", "vg_seqno", "vg_size", "vg_free", "vg_extent_size"),
    "pv": ("pv_name", "pv_uuid", "vg_name", "pv_size", "pv_free"),
    # A row for each segment.
    "seg": ("vg_name", "lv_name", "lv_uuid", "lv_size", "lv_attr", "lv_active", "segtype", "devices", "metadata_devices",
            "lv_kernel_major", "lv_kernel_minor", "copy_percent", "raid_sync_action", "lv_parent"),
}


def full_report() -> dict:
    """What vgs, pvs and lvs -a say, by one command: kind → rows; sizes in bytes. An emulated guest takes its time to start three."""
    fields = [word for kind in FIELDS for word in ("--configreport", kind, "-o", ",".join(FIELDS[kind]))]
    unused = ["--configreport", "lv", "-o", "lv_name", "--configreport", "pvseg", "-o", "pvseg_start"]  # it always prints these, too
    r = subprocess.run(["lvm", "fullreport", "-a", *fields, *unused, "--units", "b", "--nosuffix", "--reportformat", "json"],
                       check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if r.stderr:
        print(f"fullreport: {r.stderr.decode()}")
        COMPLAINTS.append("fullreport")
    rows = {kind: [] for kind in FIELDS}
    for group in json.loads(r.stdout)["report"]:
        for kind in FIELDS:
            rows[kind] += group.get(kind, [])
    return rows


def plain(value):
    """D-Bus types to Python's; UUIDs without dashes are made by the callers."""
    if isinstance(value, dbus.Array) and value.signature == "y":
        return bytes(value).rstrip(b"\0").decode()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dbus.Boolean):
        return bool(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return int(value)
    return str(value)


def bus_objects() -> dict:
    """interface → {path: properties}"""
    root = dbus.SystemBus().get_object(BUS, ROOT, introspect=False)
    objects = dbus.Interface(root, "org.freedesktop.DBus.ObjectManager").GetManagedObjects()
    result = collections.defaultdict(dict)
    for path, interfaces in objects.items():
        for interface, properties in interfaces.items():
            result[interface.removeprefix(BUS + ".")][str(path)] = {str(k): plain(v) for k, v in properties.items()}
    return result


class Differences(list):
    def same(self, what: str, ours, theirs):
        if ours != theirs:
            self.append(f"{what}: bus says {ours!r}, lvm2 says {theirs!r}")


def uuid(text: str) -> str:
    return text.replace("-", "")


def lvm_volumes(segments: list, vg_name) -> dict:
    """LV UUID → one row, with the devices of all its segments."""
    rows = {}
    for row in segments:
        if vg_name and row["vg_name"] != vg_name:
            continue
        row["hidden"] = row["lv_name"].startswith("[")
        row["name"] = row["lv_name"].strip("[]")
        row["device_list"] = [d.strip("[]") for d in row["devices"].split(",") if d]
        known = rows.setdefault(uuid(row["lv_uuid"]), row)
        if known is not row:
            known["device_list"] += row["device_list"]
    return rows


def compare_groups(bus: dict, lvm: dict, vg_name, d: Differences):
    theirs = {uuid(r["vg_uuid"]): r for r in lvm["vg"]
              if not vg_name or r["vg_name"] == vg_name}
    ours = {uuid(v["Uuid"]): v for v in bus["VolumeGroup"].values() if not vg_name or v["Name"] == vg_name}
    d.same("volume groups", sorted(ours), sorted(theirs))
    for key in ours.keys() & theirs.keys():
        a, b = ours[key], theirs[key]
        name = b["vg_name"]
        d.same(f"{name}: name", a["Name"], name)
        d.same(f"{name}: seqno", a["Seqno"], int(b["vg_seqno"]))
        d.same(f"{name}: size", a["Size"], int(b["vg_size"]))
        d.same(f"{name}: free", a["Free"], int(b["vg_free"]))
        d.same(f"{name}: extent size", a["ExtentSize"], int(b["vg_extent_size"]))
        d.same(f"{name}: volumes that exist", [p for p in a["Volumes"] if p not in bus["Volume"]], [])


def compare_disks(bus: dict, lvm: dict, vg_name, d: Differences):
    theirs = {uuid(r["pv_uuid"]): r for r in lvm["pv"]
              if r["vg_name"] and (not vg_name or r["vg_name"] == vg_name)}
    groups = {path for path, v in bus["VolumeGroup"].items() if not vg_name or v["Name"] == vg_name}
    ours = {uuid(v["Uuid"]): v for v in bus["PhysicalVolume"].values() if v["VolumeGroup"] in groups}
    d.same("physical volumes", sorted(ours), sorted(theirs))
    for key in ours.keys() & theirs.keys():
        a, b = ours[key], theirs[key]
        missing = b["pv_name"].startswith("[")
        d.same(f"{b['pv_name']}: missing", a["Missing"], missing)
        d.same(f"{b['pv_name']}: size", a["Size"], int(b["pv_size"]))
        d.same(f"{b['pv_name']}: free", a["Free"], int(b["pv_free"]))
        if not missing:
            d.same(f"{b['pv_name']}: device", a["Device"], b["pv_name"])


def compare_node(name: str, a: dict, b: dict, d: Differences):
    active = b["lv_active"] == "active"
    d.same(f"{name}: active", a["Active"], active)
    if active and "DeviceNumber" in a:
        number = a["DeviceNumber"]
        d.same(f"{name}: device number", (os.major(number), os.minor(number)), (int(b["lv_kernel_major"]), int(b["lv_kernel_minor"])))


def compare_volumes(bus: dict, lvm: dict, vg_name, d: Differences):
    theirs = lvm_volumes(lvm["seg"], vg_name)
    groups = {path: v["Name"] for path, v in bus["VolumeGroup"].items() if not vg_name or v["Name"] == vg_name}
    volumes = {path: v for path, v in bus["Volume"].items() if v["VolumeGroup"] in groups}
    images = {path: i for path, i in bus["RaidImage"].items() if i["Volume"] in volumes}
    by_name = {r["name"]: r for r in theirs.values()}

    for path, a in volumes.items():
        b = theirs.pop(uuid(a["Uuid"]), None)
        name = f"{groups[a['VolumeGroup']]}/{a['Name']}"
        if b is None:
            d.append(f"{name}: on the bus, unknown to lvm2")
            continue
        d.same(f"{name}: name", a["Name"], b["name"])
        d.same(f"{name}: hidden", False, b["hidden"])
        d.same(f"{name}: size", a["Size"], int(b["lv_size"]))
        d.same(f"{name}: layout", a["Layout"], b["segtype"] if b["segtype"] in ("linear", "raid1") else "other")
        d.same(f"{name}: read-only", a["ReadOnly"], b["lv_attr"][1] in "rR")
        if a["Layout"] != "other":
            d.same(f"{name}: devices", a["Devices"], b["device_list"])
        compare_node(name, a, b, d)
        own = [i for i in images.values() if i["Volume"] == path]
        d.same(f"{name}: image count", a["ImageCount"] if a["Layout"] == "raid1" else 0, len(own))
        tracked = [p for p, i in images.items() if i["Volume"] == path and i["State"] == "tracked"]
        d.same(f"{name}: tracked image", a["TrackedImage"], tracked[0] if tracked else "/")
        if a["Active"] and a["Layout"] == "raid1" and not tracked and a["SyncAction"] == "idle" and b["raid_sync_action"] == "idle":
            d.same(f"{name}: in sync", round(100 * a["SyncRatio"]), round(float(b["copy_percent"] or 0)))

    for a in images.values():
        b = theirs.pop(uuid(a["Uuid"]), None)
        name = a["Name"]
        if b is None:
            d.append(f"{name}: image on the bus, unknown to lvm2")
            continue
        d.same(f"{name}: name", a["Name"], b["name"])
        d.same(f"{name}: size", a["Size"], int(b["lv_size"]))
        d.same(f"{name}: tracked", a["State"] == "tracked", not b["hidden"])
        d.same(f"{name}: devices", a["Devices"], b["device_list"])
        compare_node(name, a, b, d)
        if a["State"] == "tracked":
            d.same(f"{name}: read-only", a["ReadOnly"], True)
            d.same(f"{name}: permissions", "r", b["lv_attr"][1].lower())
        meta = by_name.get(a["MetadataName"])
        if meta is None:
            d.append(f"{name}: metadata {a['MetadataName']!r} is unknown to lvm2")
        else:
            d.same(f"{a['MetadataName']}: devices", a["MetadataDevices"], meta["device_list"])
            theirs.pop(uuid(meta["lv_uuid"]), None)

    for b in theirs.values():
        if not b["hidden"]:
            d.append(f"{b['name']}: known to lvm2, not on the bus")


def main() -> int:
    vg_name = sys.argv[1] if len(sys.argv) > 1 else None
    bus, lvm, d = bus_objects(), full_report(), Differences()
    compare_groups(bus, lvm, vg_name, d)
    compare_disks(bus, lvm, vg_name, d)
    compare_volumes(bus, lvm, vg_name, d)
    for line in d:
        print(line)
    return 1 if d or COMPLAINTS else 0


if __name__ == "__main__":
    sys.exit(main())
