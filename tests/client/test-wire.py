#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""test-wire.py RAIDCTL SOURCE-ROOT: raidctl against a service that succeeds or fails as wanted: each verb's call with its options
and their types, what is printed, the JSON by its schema, every exit code, and how jobs are followed."""

import fcntl
import json
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

import jsonschema
from gi.repository import GLib

sys.dont_write_bytecode = True  # the source may be read-only
from fake_service import COPY, IMAGE, JOB, LV, MIB, NAME, PV, ROOT, VG, Bus, Service, world

RAIDCTL, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])


class Result:
    def __init__(self, code: int, out: str, err: str):
        self.code, self.out, self.err = code, out, err


seen_codes = set()


def run(*arguments: str) -> Result:
    done = subprocess.run([RAIDCTL, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
    seen_codes.add(done.returncode)
    return Result(done.returncode, done.stdout, done.stderr)


def run_on_terminal(*arguments: str, answer=b"", columns=0) -> Result:
    """Standard output and error are a terminal; what is typed there is answered once."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([RAIDCTL, *arguments], stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    os.write(master, answer)
    out = b""
    try:
        while data := os.read(master, 4096):
            out += data
    except OSError:  # EIO: the other side has closed it
        pass
    os.close(master)
    return Result(process.wait(timeout=20), out.decode(), "")


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        service.reset(world())
        service.replies = {"SplitTracked": (IMAGE[2],), "VolumeGroup.SplitTracked": ([IMAGE[2], IMAGE[0]],), "Split": (COPY,), "Merge": (JOB,), "Scrub": (JOB,), "AddImages": (JOB,), "ReplaceImage": (JOB,), "CreateVolume": (COPY,),
                           "CreateVolumeGroup": (VG,), "GetChangedBytes": (3 * MIB, 64 * MIB, MIB),
                           "GetChangedRegions": ([(MIB, 2 * MIB), (63 * MIB, MIB)],)}

    def finish(self, read: int, *steps, result="done", job=JOB):
        """The job ends after raidctl has looked that often."""
        service.after(read, *steps, lambda: service.change(job, State="finished", Progress=1.0, BytesDone=64 * MIB, Result=result))

    def ok(self, *arguments: str) -> str:
        r = run(*arguments)
        self.assertEqual((r.code, r.err), (0, ""), arguments)
        return r.out


class Calls(Case):
    def asks(self, line: str, path: str, kind: str, member: str, arguments=(), out="^", **options):
        with self.subTest(line):
            service.calls = []
            printed = self.ok(*line.split())
            options = {key.replace("_", "-"): value for key, value in options.items()}
            self.assertEqual(service.calls, [(path, kind, member, list(arguments), options, True)])
            self.assertRegex(printed, out)

    def test_split(self):
        self.asks("split my_vg/my_lv", LV, "Volume", "SplitTracked", out=r"my_lv_rimage_2 split from my_lv .*\n.*merge my_vg/my_lv_rimage_2'")
        self.asks("split my_vg/my_lv --image=1", LV, "Volume", "SplitTracked", image_index=("u", 1))
        self.asks("split my_vg/my_lv --pv=/dev/sdc", LV, "Volume", "SplitTracked", physical_volume=("o", PV[1]))
        self.asks("split my_vg/my_lv --allow-degraded --no-quiesce", LV, "Volume", "SplitTracked",
                  allow_degraded=("b", True), quiesce=("b", False))
        self.asks("split /dev/my_vg/my_lv_rimage_1", IMAGE[1], "RaidImage", "SplitTracked")
        self.asks("split my_vg/my_lv --lock-timeout=7", LV, "Volume", "SplitTracked", lock_timeout_usec=("t", 7000000))
        self.asks("split my_vg/my_lv --permanent --name=copy --yes --image=0", LV, "Volume", "Split", ["copy"],
                  "my_vg/copy is a volume of its own", image_index=("u", 0))
        self.asks("split my_vg/my_lv --permanent --name=copy --yes --count=2", LV, "Volume", "Split", ["copy"], count=("u", 2))
        self.asks("split my_vg/my_lv --permanent --name=copy --yes --count=2 --image=0 --image=2", LV, "Volume", "Split", ["copy"],
                  count=("u", 2), image_indexes=("au", [0, 2]))
        self.asks("split my_vg/my_lv --permanent --name=copy --yes --pv=/dev/sdb --pv=/dev/sdc", LV, "Volume", "Split", ["copy"],
                  physical_volumes=("ao", [PV[0], PV[1]]))
        self.asks("split my_vg/my_lv my_vg/copy --allow-degraded", VG, "VolumeGroup", "SplitTracked", [[LV, COPY]],
                  "my_vg/my_lv_rimage_2 split for read-only purposes, at the same instant\n.*rimage_0 split", allow_degraded=("b", True))
        self.asks("split my_vg/my_lv_rimage_2 --permanent --name=copy --yes", IMAGE[2], "RaidImage", "Split", ["copy"])

    def test_others(self):
        self.asks("merge my_vg/my_lv", LV, "Volume", "Merge", out="my_vg/my_lv_rimage_2 successfully merged back into my_vg/my_lv\n")
        self.asks("merge my_vg/my_lv_rimage_2", IMAGE[2], "RaidImage", "Merge")
        self.asks("changed my_vg/my_lv --regions", IMAGE[2], "RaidImage", "GetChangedRegions",
                  out=r"^ +OFFSET +LENGTH\n +1048576 +2097152\n +66060288 +1048576\n$")
        self.asks("changed my_vg/my_lv --regions --no-legend", IMAGE[2], "RaidImage", "GetChangedRegions", out=r"^ +1048576 +2097152\n")
        self.asks("changed my_vg/my_lv", IMAGE[2], "RaidImage", "GetChangedBytes", out=r"^3\.00 MiB of 64\.0 MiB \(4\.7 %\), .* 1\.00 MiB")
        self.asks("create my_vg/new --size=64M", VG, "VolumeGroup", "CreateVolume", ["new", 64 * MIB], "my_vg/new created")
        self.asks("create my_vg/new --size=1GiB --images=3 --region-size=4M", VG, "VolumeGroup", "CreateVolume", ["new", 1024 * MIB],
                  images=("u", 3), region_size=("t", 4 * MIB))
        self.asks("scrub my_vg/my_lv", LV, "Volume", "Scrub", ["check"], "my_vg/my_lv is being compared")
        self.asks("scrub my_vg/my_lv --repair", LV, "Volume", "Scrub", ["repair"])
        self.asks("pause 1", JOB, "Job", "Pause", out="Job 1 paused")
        self.asks("resume my_vg/my_lv", JOB, "Job", "Resume", out="Job 1 goes on")
        self.asks("cancel 1 --lock-timeout=7", JOB, "Job", "Cancel", out="Job 1 cancelled", lock_timeout_usec=("t", 7000000))
        self.asks("rename my_vg/copy new", COPY, "Volume", "Rename", ["new"], "my_vg/copy renamed")
        self.asks("rename my_vg/copy my_vg/new", COPY, "Volume", "Rename", ["new"])
        self.asks("resize my_vg/my_lv --size=1G", LV, "Volume", "Resize", [1024 * MIB], "resized")
        self.asks("resize my_vg/my_lv --size=+1M", LV, "Volume", "Resize", [65 * MIB])
        self.asks("resize my_vg/my_lv --size=-1M --allow-shrink", LV, "Volume", "Resize", [63 * MIB], allow_shrink=("b", True))
        self.asks("refresh my_vg/my_lv", LV, "Volume", "Refresh", out="^$")
        self.asks("sync-rate my_vg/my_lv --min=1M --max=1G", LV, "Volume", "SetSyncRate", [MIB, 1024 * MIB])
        self.asks("sync-rate my_vg/my_lv", LV, "Volume", "SetSyncRate", [0, 0])
        self.asks("add-image my_vg/my_lv", LV, "Volume", "AddImages", [1], "has more images")
        self.asks("add-image my_vg/my_lv --images=2 --pv=/dev/sdc", LV, "Volume", "AddImages", [2], physical_volume=("o", PV[1]))
        self.asks("remove-image my_vg/my_lv_rimage_1 --yes --allow-degraded", LV, "Volume", "RemoveImages", [1], "has fewer images",
                  image=("o", IMAGE[1]), allow_degraded=("b", True))
        self.asks("remove-image my_vg/my_lv --images=2 --yes", LV, "Volume", "RemoveImages", [2])
        self.asks("replace-image my_vg/my_lv_rimage_1", LV, "Volume", "ReplaceImage", [IMAGE[1]], "gets a new image")
        self.asks("replace-image my_vg/my_lv --image=0 --pv=/dev/sdd", LV, "Volume", "ReplaceImage", [IMAGE[0]], physical_volume=("o", PV[2]))
        self.asks("remove my_vg/copy --yes", COPY, "Volume", "Remove", out="my_vg/copy removed")
        self.asks("vg-create other /dev/sde /dev/sdf", ROOT, "Manager", "CreateVolumeGroup", ["other", ["/dev/sde", "/dev/sdf"]])
        self.asks("vg-create other /dev/sde --extent-size=1M", ROOT, "Manager", "CreateVolumeGroup", ["other", ["/dev/sde"]],
                  "other created", extent_size=("t", MIB))
        self.asks("vg-extend my_vg /dev/sde /dev/sdf", VG, "VolumeGroup", "Extend", [["/dev/sde", "/dev/sdf"]], "my_vg extended")
        self.asks("vg-create other /dev/sde --wipe --yes", ROOT, "Manager", "CreateVolumeGroup", ["other", ["/dev/sde"]], wipe=("b", True))
        self.asks("vg-extend my_vg /dev/sde --wipe --yes", VG, "VolumeGroup", "Extend", [["/dev/sde"]], wipe=("b", True))
        self.asks("vg-reduce my_vg /dev/sdc", VG, "VolumeGroup", "Reduce", [[PV[1]]], "my_vg reduced")
        self.asks("vg-rename my_vg other", VG, "VolumeGroup", "Rename", ["other"], "my_vg renamed")
        self.asks("vg-remove my_vg --yes", VG, "VolumeGroup", "Remove")
        for verb in ("activate", "deactivate"):
            for name, path, kind in (("my_vg", VG, "VolumeGroup"), ("my_vg/my_lv", LV, "Volume"), ("my_vg/my_lv_rimage_2", IMAGE[2], "RaidImage")):
                self.asks(f"{verb} {name}", path, kind, verb.capitalize(), out="^$")

    def plan(self, line: str, path: str, method: str, **parameters):
        self.asks(line + " --dry-run", ROOT, "Manager", "Plan", [method, path], r"^Split image 2\n  1  expect +my_vg is at 7\n"
                  r"  2  dm\.load +my_vg-my_lv: a hole\n  WARNING: It may rain\.\n  3\.00 MiB to copy afterwards, at most, in about 2 s\n"
                  r"  Nothing has been done\. Add --plan=abc:7 to do it if nothing changes meanwhile\.\n$", **parameters)

    def test_dry_run(self):
        service.replies["Plan"] = ("abc:7", {
            "allowed": GLib.Variant("b", True), "summary": GLib.Variant("s", "Split image 2"), "seqno": GLib.Variant("t", 7),
            "authorization": GLib.Variant("as", ["org.raidctl.raidd1.split-tracked"]),
            "steps": GLib.Variant("aa{sv}", [
                {"kind": GLib.Variant("s", "expect"), "why": GLib.Variant("s", "my_vg is at 7")},
                {"kind": GLib.Variant("s", "dm.load"), "node": GLib.Variant("s", "my_vg-my_lv"), "why": GLib.Variant("s", "a hole"),
                 "table": GLib.Variant("s", "0 8 raid")}]),
            "warnings": GLib.Variant("as", ["It may rain."]), "bytes-to-resync": GLib.Variant("t", 3 * MIB),
            "estimated-usec": GLib.Variant("t", 1500000), "of-a-newer-raidd": GLib.Variant("a(ut)", [(1, 2)])})
        self.plan("split my_vg/my_lv --image=1", LV, "SplitTracked", image_index=("u", 1))
        self.plan("split my_vg/my_lv_rimage_2 --permanent --name=copy", IMAGE[2], "Split", name=("s", "copy"))
        self.plan("split my_vg/my_lv my_vg/copy", VG, "SplitTracked", volumes=("ao", [LV, COPY]))
        self.plan("scrub my_vg/my_lv --repair", LV, "Scrub", mode=("s", "repair"))
        self.plan("merge my_vg/my_lv", LV, "Merge")
        self.plan("rename my_vg/copy new", COPY, "Rename", name=("s", "new"))
        self.plan("resize my_vg/my_lv --size=1G", LV, "Resize", size=("t", 1024 * MIB))
        self.plan("sync-rate my_vg/my_lv --max=1M", LV, "SetSyncRate", min_rate=("t", 0), max_rate=("t", MIB))
        self.plan("add-image my_vg/my_lv", LV, "AddImages", count=("u", 1))
        self.plan("replace-image my_vg/my_lv_rimage_1", LV, "ReplaceImage", image=("o", IMAGE[1]))
        self.plan("create my_vg/new --size=64M --images=3", VG, "CreateVolume", name=("s", "new"), size=("t", 64 * MIB), images=("u", 3))
        self.plan("remove my_vg/copy", COPY, "Remove")
        self.plan("vg-create other /dev/sde /dev/sdf", ROOT, "CreateVolumeGroup", name=("s", "other"), devices=("as", ["/dev/sde", "/dev/sdf"]))
        self.plan("vg-remove my_vg", VG, "Remove")
        self.plan("deactivate my_vg/my_lv", LV, "Deactivate")
        self.asks("merge my_vg/my_lv --plan=abc:7", LV, "Volume", "Merge", plan=("s", "abc:7"))
        value = json.loads(self.ok("merge", "my_vg/my_lv", "--dry-run", "-j"))
        jsonschema.validate(value, json.loads((SOURCE / "docs/raidctl-1.schema.json").read_text()), jsonschema.Draft7Validator)
        self.assertEqual((value["plan"]["token"], value["plan"]["steps"][1]["table"]), ("abc:7", "0 8 raid"))

    def test_dry_run_refused(self):
        service.replies["Plan"] = ("", {"allowed": GLib.Variant("b", False), "authorization": GLib.Variant("as", ["x"]),
                                        "blockers": GLib.Variant("a(ss)", [("InUse", "It is mounted; unmount it.")])})
        r = run("merge", "my_vg/my_lv", "--dry-run")
        self.assertEqual((r.code, r.out, r.err), (6, "", "my_vg/my_lv: It is mounted; unmount it.\n"))
        r = run("merge", "my_vg/my_lv", "--dry-run", "--json=short")
        jsonschema.validate(json.loads(r.out), json.loads((SOURCE / "docs/raidctl-1.schema.json").read_text()), jsonschema.Draft7Validator)
        self.assertEqual((r.code, r.err, json.loads(r.out)["plan"]["blockers"]), (6, "", [{"error": "InUse", "message": "It is mounted; unmount it."}]))

    def test_no_password(self):
        self.ok("--no-ask-password", "deactivate", "my_vg/copy")
        self.assertFalse(service.calls[0][-1])

    def test_quiet(self):
        for line in ("split my_vg/my_lv", "split my_vg/my_lv my_vg/copy", "merge my_vg/my_lv", "create my_vg/new --size=1M", "remove my_vg/copy --yes", "vg-create g /dev/sde"):
            self.assertEqual(self.ok("-q", *line.split()), "", line)
            if not line.startswith("split"):  # that prints the image as JSON
                self.assertEqual(self.ok("-j", *line.split()), "", line)


class Run(Case):
    def calls(self):
        return [(path, member, options) for path, _, member, _, options, _ in service.calls]

    def test_run(self):
        r = run("run", "my_vg/my_lv", "--image=1", "--", "sh", "-c", "echo $RAIDCTL_DEVICE $RAIDCTL_VOLUME ${RAIDCTL_MOUNT-none}; exit 7")
        self.assertEqual((r.code, r.out, r.err), (7, "/dev/my_vg/my_lv_rimage_2 my_vg/my_lv none\n", ""))
        self.assertEqual(self.calls(), [(LV, "SplitTracked", {"image-index": ("u", 1)}),
                                        (IMAGE[2], "Hold", {"merge-on-release": ("b", True)}), (IMAGE[2], "Merge", {})])
        self.assertEqual(os.read(service.holds[0], 1), b"")  # nobody has it any more

    def test_run_with_options_of_the_split(self):
        r = run("run", "my_vg/my_lv", "--lock-timeout=5", "--plan=token", "--", "true")
        self.assertEqual((r.code, r.out, r.err), (0, "", ""))
        lock = {"lock-timeout-usec": ("t", 5000000)}
        self.assertEqual(self.calls(), [(LV, "SplitTracked", lock | {"plan": ("s", "token")}), (IMAGE[2], "Hold", {"merge-on-release": ("b", True)}),
                                        (IMAGE[2], "Merge", lock)])

    def test_wait(self):
        self.finish(3)
        r = run("run", "my_vg/my_lv", "--wait", "-q", "--", "true")
        self.assertEqual((r.code, r.err), (0, ""))
        self.assertGreater(service.reads, 2)

    def test_failures(self):
        for command, code in (("/nonexistent", 127), ("/etc/passwd", 126)):
            r = run("run", "my_vg/my_lv", "--", command)
            self.assertEqual((r.code, r.err.count("\n")), (code, 1))
            self.assertEqual(self.calls()[-1], (IMAGE[2], "Merge", {}))
        service.errors = {"Hold": (NAME + ".Error.Busy", "Later.")}
        r = run("run", "my_vg/my_lv", "--", "touch", "/nonexistent/x")
        self.assertEqual((r.code, r.err), (6, "my_vg/my_lv_rimage_2: Later.\n"))
        self.assertEqual(self.calls()[-1], (IMAGE[2], "Merge", {}))  # and goes back
        service.errors = {"Merge": (NAME + ".Error.NotActive", "It is off.")}
        self.assertEqual(run("run", "my_vg/my_lv", "--", "true").code, 7)
        self.assertEqual(run("run", "my_vg/my_lv", "--", "false").code, 1)  # the command's comes first
        service.errors = {"SplitTracked": (NAME + ".Error.NotInSync", "Wait.")}
        service.calls = []
        self.assertEqual(run("run", "my_vg/my_lv", "--", "true").code, 7)
        self.assertEqual(len(service.calls), 1)

    def test_signals(self):
        def as_from_a_shell():  # whoever runs the tests may ignore some, as nohup(1) does
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            service.calls = []
            process = subprocess.Popen([RAIDCTL, "run", "my_vg/my_lv", "--", "sh", "-c", "echo on; exec sleep 20"], stdout=subprocess.PIPE,
                                       preexec_fn=as_from_a_shell)
            self.assertEqual(process.stdout.readline(), b"on\n")
            process.send_signal(number)
            self.assertEqual(process.wait(timeout=10), 128 + number)
            process.stdout.close()
            self.assertEqual(self.calls()[-1], (IMAGE[2], "Merge", {}))

    def test_killed(self):
        """The command still holds the image; the hold ends with it."""
        process = subprocess.Popen([RAIDCTL, "run", "my_vg/my_lv", "--", "sh", "-c", "echo on; read x"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"on\n")
        process.kill()
        process.wait(timeout=10)
        os.set_blocking(service.holds[-1], False)
        with self.assertRaises(BlockingIOError):
            os.read(service.holds[-1], 1)
        process.stdin.close()
        os.set_blocking(service.holds[-1], True)
        self.assertEqual(os.read(service.holds[-1], 1), b"")
        process.stdout.close()


class Verify(Case):
    """The two devices are files here; what has changed since the split is not looked at."""

    def setUp(self):
        super().setUp()
        self.dir = tempfile.TemporaryDirectory(dir="/var/tmp")
        self.addCleanup(self.dir.cleanup)
        for name, path in (("volume", LV), ("image", IMAGE[2])):
            file = pathlib.Path(self.dir.name, name)
            file.write_bytes(b"")
            os.truncate(file, 64 * MIB)
            service.objects[path][1]["Device"] = str(file).encode() + b"\0"

    def flip(self, offset: int):
        with open(f"{self.dir.name}/image", "r+b") as file:
            file.seek(offset)
            file.write(b"x")

    def test_same(self):
        self.flip(MIB + 5)  # has changed, says the bitmap
        out = self.ok("verify", "my_vg/my_lv")
        self.assertEqual(out, "  my_vg/my_lv_rimage_2 and my_vg/my_lv are the same in 61.0 MiB; 3.00 MiB have changed since the split.\n")
        self.assertEqual(self.ok("verify", "-q", "my_vg/my_lv_rimage_2"), "")
        self.assertEqual(os.read(service.holds[-1], 1), b"")  # released

    def test_different(self):
        self.flip(7 * MIB + 4096)
        self.flip(8 * MIB)
        r = run("verify", "my_vg/my_lv")
        self.assertEqual((r.code, r.out.splitlines()[0].split()), (1, [str(7 * MIB), str(2 * MIB)]))
        r = run("verify", "my_vg/my_lv", "--json=short")
        jsonschema.validate(json.loads(r.out), json.loads((SOURCE / "docs/raidctl-1.schema.json").read_text()), jsonschema.Draft7Validator)
        self.assertEqual((r.code, json.loads(r.out)["verify"]), (1, {"compared_bytes": 61 * MIB, "changed_bytes": 3 * MIB,
                                                                     "different": [{"offset_bytes": 7 * MIB, "length_bytes": 2 * MIB}]}))

    def test_refused(self):
        service.objects[LV][1]["Device"] = b"/nonexistent\0"
        self.assertEqual(run("verify", "my_vg/my_lv").code, 1)
        self.assertEqual(run("verify", "my_vg/copy").code, 7)


class Looking(Case):
    def test_list(self):
        rows = ["my_vg/copy                     1.50 KiB      0 inactive   -          -",
                "my_vg/my_lv                    64.0 MiB      3 tracking   100.00 %   my_lv_rimage_2"]
        head = "VOLUME                             SIZE IMAGES HEALTH     SYNC       TRACKED"
        self.assertEqual(self.ok("list").splitlines(), [head, *rows])
        self.assertEqual(self.ok(), self.ok("list", "my_vg"))
        self.assertEqual(self.ok("list", "--no-legend").splitlines(), rows)
        self.assertEqual(self.ok("list", "--no-legend", "my_vg/copy").splitlines(), rows[:1])

    def test_list_all(self):
        def line(name, copy, devices):
            return f"  {name:24} {copy:>6} {devices}"
        disks = ["/dev/sdb", "/dev/sdc", "/dev/sdd"]
        rows = [line("copy", "", "/dev/sdb(9)"), line("my_lv", "100.00", "my_lv_rimage_0(0),my_lv_rimage_1(0),my_lv_rimage_2(0)"),
                *(line(f"[my_lv_rimage_{i}]", "", f"{disks[i]}(1)") for i in (0, 1)), line("my_lv_rimage_2", "", "/dev/sdd(1)"),
                *(line(f"[my_lv_rmeta_{i}]", "", f"{disks[i]}(0)") for i in range(3))]
        self.assertEqual(self.ok("list", "-a", "--no-legend").splitlines(), rows)
        self.assertEqual(self.ok("list", "--all").splitlines(), [line("LV", "Copy%", "Devices"), *rows])

    def test_status_and_jobs(self):
        self.assertEqual(self.ok("status", "my_vg/my_lv").splitlines(), [
            "my_vg/my_lv: raid1, 64.0 MiB, tracking", "  device  /dev/my_vg/my_lv", "  sync    idle, 100.00 %",
            "  image 0 in-sync    /dev/sdb(1)", "  image 1 in-sync    /dev/sdc(1)", "  image 2 tracked    /dev/sdd(1)",
            "          read-only at /dev/my_vg/my_lv_rimage_2; merge it back with 'raidctl merge my_vg/my_lv'"])
        service.objects[IMAGE[2]][1]["Holders"] = ["tar: nightly"]
        self.assertEqual(self.ok("status", "my_vg/my_lv").splitlines()[-1], "          held by tar: nightly")

    def advice(self, **properties):
        service.objects[LV][1].update(properties)
        return self.ok("status", "my_vg/my_lv")

    def test_advice(self):
        service.objects[IMAGE[0]][1].update(State="failed")
        self.assertIn("'raidctl refresh my_vg/my_lv' takes it back; else 'raidctl merge my_vg/my_lv', and then 'raidctl replace-image "
                      "my_vg/my_lv_rimage_0'\n", self.advice(Health="degraded"))
        self.assertIn("else 'raidctl replace-image my_vg/my_lv_rimage_0'\n", self.advice(TrackedImage="/"))
        service.objects[IMAGE[0]][1].update(State="in-sync")
        self.assertNotIn("replace-image", self.advice())
        self.assertIn("'raidctl wait my_vg/my_lv'", self.advice(Health="resyncing"))
        self.assertIn("'raidctl activate my_vg/my_lv'", self.advice(Health="inactive"))
        self.assertIn("when a disk is back, 'raidctl refresh my_vg/my_lv'", self.advice(Health="failed"))
        self.assertIn("128 sectors differ between the images; 'raidctl scrub --repair my_vg/my_lv'", self.advice(Health="healthy", MismatchCount=128))
        service.objects[VG][1].update(State="needs-recovery", UnmanagedReason="exported")
        out = self.advice(MismatchCount=0)
        self.assertIn("'raidd-worker recover my_vg'", out)
        self.assertTrue(out.endswith("raidd does not change volume group my_vg: exported\n"), out)
        self.assertEqual(self.ok("jobs", "--no-legend"), "   1 raid-merge     my_vg/my_lv                  running   25.00 %\n")
        for n in (9, 10):
            service.objects[f"{ROOT}/job/{n}"] = ("Job", {**service.objects[JOB][1], "Id": n})
        self.assertEqual([line.split()[0] for line in self.ok("jobs", "--no-legend").splitlines()], ["1", "9", "10"])
        for n in (9, 10):
            del service.objects[f"{ROOT}/job/{n}"]
        self.assertIn('\nPhysicalVolumes=["%s"]\n' % PV[1], self.ok("show", "my_vg/my_lv_rimage_1"))

    def test_json(self):
        schema = json.loads((SOURCE / "docs/raidctl-1.schema.json").read_text())
        jsonschema.Draft7Validator.check_schema(schema)
        for line, member in (("list", "objects"), ("show my_vg/my_lv", "object"), ("show my_vg/my_lv_rimage_2", "object"),
                             ("jobs", "jobs"), ("changed my_vg/my_lv", "changed"),
                             ("changed my_vg/my_lv --regions", "regions"), ("split my_vg/my_lv", "object")):
            for mode in ("--json=short", "--json=pretty", "-j"):
                with self.subTest(line=line, mode=mode):
                    text = self.ok(*line.split(), mode)
                    value = json.loads(text)
                    jsonschema.validate(value, schema, jsonschema.Draft7Validator)
                    self.assertEqual(set(value), {"schema", member})
                    self.assertEqual(text.count("\n") == 1, mode == "--json=short")
        kinds = {o["kind"] for o in json.loads(self.ok("list", "-j"))["objects"]}
        self.assertEqual(kinds, {"VolumeGroup", "PhysicalVolume", "Volume", "RaidImage", "Job"})
        self.assertEqual(json.loads(self.ok("changed", "my_vg/my_lv", "-j"))["changed"],
                         {"changed_bytes": 3 * MIB, "total_bytes": 64 * MIB, "region_bytes": MIB})
        self.assertEqual(json.loads(self.ok("changed", "my_vg/my_lv", "--regions", "-j"))["regions"],
                         [{"offset_bytes": MIB, "length_bytes": 2 * MIB}, {"offset_bytes": 63 * MIB, "length_bytes": MIB}])


class Failures(Case):
    def test_codes(self):
        own, standard = NAME + ".Error.", "org.freedesktop.DBus.Error."
        table = {1: [own + "Failed", standard + "NoMemory"], 2: [standard + "InvalidArgs"],
                 3: [own + "NoSuchVolume", own + "NoSuchImage", own + "NoSuchVolumeGroup"], 4: [standard + "AccessDenied"],
                 5: [standard + "NoReply"], 6: [own + e for e in ("Busy", "InUse", "Held", "LockTimeout")],
                 7: [own + e for e in ("NotInSync", "AlreadyTracking", "WouldLoseRedundancy")], 9: [own + "PlanStale"]}
        for code, names in table.items():
            for name in names:
                with self.subTest(name):
                    service.errors = {"Merge": (name, "It is so; do that.")}
                    r = run("merge", "my_vg/my_lv")
                    self.assertEqual((r.code, r.out), (code, ""))
                    self.assertTrue(r.err.endswith("my_vg/my_lv: It is so; do that.\n"), r.err)
                    self.assertEqual("systemctl status raidd" in r.err, code == 5)

    def test_no_control_characters(self):
        service.errors = {"Merge": (NAME + ".Error.Failed", "a\x1b[2Jb")}
        self.assertEqual(run("merge", "my_vg/my_lv").err, "my_vg/my_lv: a?[2Jb\n")

    def test_no_service(self):
        service.leave()
        try:
            r = run("list")
        finally:
            service.come_back()
        self.assertEqual((r.code, r.out), (5, ""))
        self.assertIn("raidd does not answer", r.err)

    def test_nothing_is_asked(self):
        for code, line in ((8, "remove my_vg/copy"), (8, "vg-remove my_vg"), (8, "split my_vg/my_lv --permanent --name=x"),
                           (3, "split my_vg/my_lv --pv=/dev/null"), (3, "activate other"), (3, "merge my_vg/other"), (2, "merge"),
                           (2, "vg-create my_vg"), (2, "vg-extend my_vg"), (2, "vg-rename my_vg"), (3, "vg-reduce my_vg /dev/null"), (3, "vg-rename other more"), (2, "create my_vg/new"), (2, "create my_vg/new --size=17179869184G"), (2, "cancel"),
                           (2, "rename my_vg/copy"), (2, "rename my_vg/copy other/copy"), (2, "resize my_vg/my_lv"), (2, "resize my_vg/my_lv --size=-1G"),
                           (7, "resize my_vg/my_lv_rimage_1 --size=1G"), (2, "replace-image my_vg/my_lv"), (3, "replace-image my_vg/my_lv --image=3"),
                           (8, "remove-image my_vg/my_lv"), (8, "vg-create other /dev/sde --wipe"), (8, "vg-extend my_vg /dev/sde --wipe"), (3, "add-image my_vg/my_lv --pv=/dev/null"), (2, "sync-rate my_vg/my_lv --max=fast"),
                           (2, "list --every"), (7, "remove my_vg/my_lv_rimage_2 --yes")):
            with self.subTest(line):
                r = run(*line.split())
                self.assertEqual((r.code, r.out, service.calls), (code, "", []))
                self.assertRegex(r.err, r"^\S+: .+\n$")


class Jobs(Case):
    def test_plain_lines(self):
        self.finish(2, lambda: service.change(JOB, Progress=0.28), lambda: service.change(JOB, Progress=0.5, BytesDone=32 * MIB))
        self.assertEqual(self.ok("wait", "1").splitlines(), ["   25 %  16.0 MiB of 64.0 MiB", "   50 %  32.0 MiB of 64.0 MiB",
                                                             "  100 %  64.0 MiB of 64.0 MiB"])

    def test_bar_on_a_terminal(self):
        self.finish(2)
        r = run_on_terminal("wait", "my_vg/my_lv", columns=100)
        self.assertEqual(r.code, 0)
        self.assertIn("\r  [#######.......................]  25 %  16.0 MiB/64.0 MiB  8.00 MiB/s  6 s left\033[K", r.out)
        self.assertIn("[##############################] 100 %", r.out)
        self.assertTrue(r.out.endswith("\r\n"))

    def test_bar_of_any_width(self):
        for columns in (0, 20, 40, 60, 79, 80, 81, 200):
            service.reset(world())
            self.finish(2)
            r = run_on_terminal("wait", "my_vg/my_lv", columns=columns)
            lines = [line.replace("\033[K", "").rstrip("\n") for line in r.out.split("\r") if line.strip()]
            self.assertGreaterEqual(len(lines), 2)
            self.assertTrue(all(" 25 %" in line or "100 %" in line for line in lines), lines)
            self.assertLess(max(map(len, lines)), columns or 80, (columns, lines))
            self.assertEqual("[" in lines[0], columns not in (20, 40), (columns, lines))

    def test_quiet(self):
        for option in ("--quiet", "--json=short"):
            service.reset(world())
            self.finish(2)
            self.assertEqual(self.ok("wait", option), "")

    def test_merge(self):
        self.finish(2)
        self.assertIn("100 %", self.ok("merge", "my_vg/my_lv", "--wait"))
        service.reset(world())
        service.replies = {"Merge": (JOB,)}
        self.finish(2)
        self.assertIn("100 %", run_on_terminal("merge", "my_vg/my_lv").out)

    def test_merge_waits_for_a_repair(self):
        service.objects[JOB][1]["Operation"] = "raid-repair"
        seen = []
        self.finish(2, lambda: seen.extend(service.calls))
        r = run("merge", "my_vg/my_lv")
        self.assertEqual((r.code, seen, [c[2] for c in service.calls]), (0, [], ["Merge"]))
        self.assertIn("my_vg/my_lv: It is being repaired", r.err)

    def test_failed(self):
        self.finish(2, result="failed")
        self.assertEqual(run("wait", "1").code, 10)

    def test_paused(self):
        """Whoever waits is told, once, and goes on waiting."""
        service.objects[JOB][1]["State"] = "paused"
        self.finish(2, lambda: service.change(JOB, Rate=0), lambda: service.change(JOB, State="running"))
        done = run("wait", "1")
        self.assertEqual((done.code, done.err.count("Job 1 is paused; 'raidctl resume 1'")), (0, 1))

    def test_no_such_job(self):
        service.objects[JOB][1]["State"] = "finished"
        for verb in ("pause", "resume", "cancel"):
            self.assertEqual([run(verb, *a).code for a in (("1",), ("9",), ("my_vg/my_lv",), (), ("1", "2"))], [3, 3, 3, 2, 2])

    def test_all_one_after_the_other(self):
        """The first one still speaks when the second is waited for: that is not the second's end."""
        second = ROOT + "/job/2"
        objects = world()
        objects[second] = ("Job", dict(objects[JOB][1], Id=2, Objects=[COPY]))
        service.reset(objects)
        self.finish(2)
        self.finish(3, lambda: service.change(JOB, Rate=1, State="finished", Result="done"), job=second, result="failed")
        self.assertEqual(run("wait").code, 10)
        service.reset(objects)
        self.finish(2, job=second)
        self.ok("wait", "my_vg/copy")

    def test_nothing_to_wait_for(self):
        service.objects[JOB][1]["State"] = "finished"
        self.assertEqual(self.ok("wait"), "")
        del service.objects[JOB]
        self.assertIn("merged back", self.ok("merge", "my_vg/my_lv", "--wait"))

    def test_interrupt_detaches(self):
        looked = threading.Event()
        service.after(2, looked.set)
        process = subprocess.Popen([RAIDCTL, "wait", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertTrue(looked.wait(10))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        self.assertEqual((process.returncode, err), (0, "Job 1 goes on; 'raidctl wait 1' follows it again.\n"))
        self.assertIn("25 %", out)


class Watching(Case):
    def test_monitor(self):
        for arguments, first in (([], r"^\d\d:\d\d:\d\d changed  Volume         my_vg/my_lv Health=healthy"), (["--json=short"], r"^\x1e\{")):
            process = subprocess.Popen([RAIDCTL, "monitor", *arguments], stdout=subprocess.PIPE, text=True)
            before = service.reads
            while service.reads == before:
                time.sleep(0.01)
            time.sleep(0.2)
            service.change(LV, Health="healthy")
            line = process.stdout.readline()
            self.assertRegex(line, first)
            if arguments:
                value = json.loads(line[1:])
                jsonschema.validate(value, json.loads((SOURCE / "docs/raidctl-1.schema.json").read_text()), jsonschema.Draft7Validator)
                self.assertEqual((value["change"]["event"], value["change"]["properties"]["Health"]), ("changed", "healthy"))
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=10), 0)
            process.stdout.close()
            service.change(LV, Health="tracking")

    def test_check(self):
        r = run("check", "my_vg/my_lv")
        self.assertEqual((r.code, r.out, r.err), (1, "RAIDD WARNING - my_vg/my_lv is tracking | ok=0 warning=1 critical=0\n", ""))
        service.objects[LV][1].update(Health="healthy", MismatchCount=0)
        r = run("check", "my_vg/my_lv")
        self.assertEqual((r.code, r.out), (0, "RAIDD OK - 1 volume healthy | ok=1 warning=0 critical=0\n"))
        service.objects[LV][1].update(MismatchCount=128)
        self.assertEqual(run("check").code, 1)
        service.objects[LV][1].update(Health="degraded")
        self.assertEqual(run("check").code, 2)
        service.objects[LV][1].update(Health="healthy", MismatchCount=0)
        service.objects[PV[0]][1].update(Missing=True)
        self.assertEqual(run("check").code, 2)
        r = run("check", "my_vg/nothing")
        self.assertEqual((r.code, r.out, r.err), (3, "RAIDD UNKNOWN - there is no such volume, image, volume group or physical volume\n", ""))

    def test_check_of_parts(self):
        service.objects[LV][1].update(Health="healthy")
        self.assertEqual(run("check", "my_vg").out, "RAIDD OK - 2 volumes healthy | ok=2 warning=0 critical=0\n")
        service.objects[PV[1]][1].update(Missing=True)
        self.assertEqual(run("check", "my_vg").code, 2)
        self.assertEqual(run("check", "my_vg/my_lv").code, 0)
        r = run("check", "/dev/sdc")
        self.assertEqual((r.code, r.out), (2, "RAIDD CRITICAL - /dev/sdc is missing | ok=0 warning=0 critical=0\n"))
        service.objects[PV[1]][1].update(Device=b"/dev/a|b\n\0")
        self.assertEqual(run("check").out, "RAIDD CRITICAL - /dev/a?b? is missing | ok=2 warning=0 critical=0\n")
        service.objects[PV[1]][1].update(Device=b"/dev/sdc\0")
        self.assertEqual(run("check", "/dev/sdb").out, "RAIDD OK - the device is there | ok=0 warning=0 critical=0\n")
        r = run("check", "my_vg/my_lv_rimage_2")
        self.assertEqual((r.code, r.out), (1, "RAIDD WARNING - my_vg/my_lv_rimage_2 is tracked | ok=0 warning=1 critical=0\n"))
        self.assertEqual(run("check", "my_vg/my_lv_rimage_0").out, "RAIDD OK - the image is in sync | ok=1 warning=0 critical=0\n")

    def test_check_that_cannot_be_made(self):
        for arguments in (["check", "--frobnicate"], ["--image=x", "check"], ["check", "my_vg/my_lv", "my_vg/copy"]):
            r = run(*arguments)
            self.assertEqual((r.code, r.out[:16]), (3, "RAIDD UNKNOWN - "), arguments)
        r = subprocess.run([RAIDCTL, "check"], env={"RAIDCTL_SESSION": "1", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}, stdout=subprocess.PIPE, text=True)
        self.assertEqual((r.returncode, r.stdout), (3, "RAIDD UNKNOWN - there is no bus\n"))


class Manual(Case):
    page = (SOURCE / "docs/raidctl.1").read_text().replace("\\-", "-")

    def test_examples(self):
        """Each is typed on a terminal; each verb has one."""
        examples = re.findall(r"^# raidctl (.*)$", self.page, re.MULTILINE)
        for line in examples:
            with self.subTest(line):
                self.setUp()
                for word, path, change in (("my_vg/spare", COPY, {"Name": "spare"}), ("vg-rename my_vg0", VG, {"Name": "my_vg0"}),
                                           ("vg-reduce", PV[2], {"Device": b"/dev/sde\0"})):
                    if word in line:  # as the lines before have left it
                        service.objects[path][1].update(change)
                if "verify" in line:
                    for path in (LV, IMAGE[2]):
                        service.objects[path][1]["Device"] = SPARSE.name.encode() + b"\0"
                self.finish(2)
                r = run_on_terminal(*line.split(), answer=b"y\n")
                self.assertEqual(r.code, 1 if line.startswith("check") else 0, r.out)  # this world has an image out
        verbs = re.findall(r"^  ([a-z]\S+)", self.ok("--help"), re.MULTILINE)
        self.assertEqual({line.split()[0] for line in examples} | {"monitor"}, set(verbs))  # that one would not end

    def test_zz_exit_codes(self):
        """Last: every code that the page lists has been seen, and no other."""
        section = re.search(r'^\.SH "EXIT STATUS"|^\.SH EXIT STATUS', self.page, re.MULTILINE)
        body = self.page[section.end():].split("\n.SH ", 1)[0]
        self.assertEqual({int(n) for n in re.findall(r"^\.B (\d+)$", body, re.MULTILINE)}, seen_codes)


SPARSE = tempfile.NamedTemporaryFile(dir="/var/tmp")
SPARSE.truncate(64 * MIB)
with Bus() as bus:
    os.environ.update(DBUS_SESSION_BUS_ADDRESS=bus.address, RAIDCTL_SESSION="1")
    service = Service(bus.address, SOURCE / "dbus")
    program = unittest.main(argv=sys.argv[:1], exit=False)
    service.stop()
sys.exit(not program.result.wasSuccessful())
