#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ratios between raidd, lvm2 and lvmdbusd, in one guest, alternating. Only the ratios mean anything: the guest may be emulated.

Environment: BENCH_ROUNDS (5), BENCH_LVS (1000), BENCH_LVMDBUSD_LVS (50; 0 leaves lvmdbusd out), BENCH_IDLE seconds (60).
Needs three blank disks for the volume and one for the big volume group: arguments, at least four.
"""
import json
import mmap
import multiprocessing
import os
import random
import statistics
import string
import subprocess
import sys
import time

import dbus
import dbus.lowlevel

BUS, ROOT = "org.raidctl.Raidd1", "/org/raidctl/Raidd1"
MIB = 1 << 20
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
LVS = int(os.environ.get("BENCH_LVS", "1000"))
LVMDBUSD_LVS = int(os.environ.get("BENCH_LVMDBUSD_LVS", "50"))
IDLE = int(os.environ.get("BENCH_IDLE", "60"))


def run(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def timed(function, *arguments) -> float:
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def bus_call(path: str, interface: str, member: str, *arguments, timeout=300):
    proxy = dbus.SystemBus().get_object(BUS, path, introspect=False)
    return proxy.get_dbus_method(member, f"{BUS}.{interface}")(*arguments, timeout=timeout)


def options() -> dbus.Dictionary:
    return dbus.Dictionary({}, signature="sv")


def find(spec: str) -> str:
    """What lvm2 has made just now is known when udev has told of it."""
    for _ in range(50):
        try:
            return bus_call(ROOT, "Manager", "FindVolume", spec)
        except dbus.exceptions.DBusException as e:
            if not e.get_dbus_name().endswith(".NoSuchVolume"):
                raise
            time.sleep(0.2)
    return bus_call(ROOT, "Manager", "FindVolume", spec)


def wait_idle(node: str):
    """Until md has finished whatever it does to the array."""
    while True:
        fields = run("dmsetup", "status", node).split()
        done, total = fields[6].split("/")
        if done == total and fields[7] == "idle":
            return
        time.sleep(0.2)


def writer(device: str, queue, stop):
    """4 KiB random writes, direct; keeps the largest latency since it was last asked."""
    random.seed(1)
    fd = os.open(device, os.O_WRONLY | os.O_DIRECT)
    size = os.lseek(fd, 0, os.SEEK_END)
    page = mmap.mmap(-1, 4096)
    page.write(os.urandom(4096))
    worst = 0.0
    while not stop.is_set():
        start = time.perf_counter()
        os.pwrite(fd, page, random.randrange(size // 4096) * 4096)
        worst = max(worst, time.perf_counter() - start)
        if not queue[0].empty():
            queue[0].get()
            queue[1].put(worst)
            worst = 0.0
    os.close(fd)


class Writer:
    def __init__(self, device: str):
        self.queue = (multiprocessing.Queue(), multiprocessing.Queue())
        self.stop = multiprocessing.Event()
        self.process = multiprocessing.Process(target=writer, args=(device, self.queue, self.stop))

    def __enter__(self):
        self.process.start()
        time.sleep(2)
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.process.join()

    def worst(self) -> float:
        self.queue[0].put(1)
        return self.queue[1].get()


def during(w: Writer, function, *arguments) -> float:
    """Largest latency of the writer from just before until two seconds after the call."""
    w.worst()
    function(*arguments)
    time.sleep(2)
    return w.worst()


def bare_reload():
    table = run("dmsetup", "table", "bench-data")
    subprocess.run(["dmsetup", "load", "bench-data"], input=table, text=True, check=True)
    run("dmsetup", "suspend", "bench-data")
    run("dmsetup", "resume", "bench-data")


def lvm_split():
    run("lvconvert", "-y", "--splitmirrors", "1", "--trackchanges", "bench/data")


def lvm_merge():
    run("lvconvert", "-y", "--merge", "bench/data_rimage_2")


def raidd_split():
    bus_call(raidd_split.path, "Volume", "SplitTracked", options())


def raidd_merge():
    bus_call(raidd_split.path, "Volume", "Merge", options())


RESULTS = []


def result(name: str, value: float, bound: float, unit="", detail=""):
    RESULTS.append({"name": name, "value": round(value, 4), "bound": bound, "unit": unit, "within": value <= bound, "detail": detail})
    print(f"{'ok  ' if value <= bound else 'OVER'} {name}: {value:.3f}{unit} (bound {bound}{unit}) {detail}", flush=True)


def median_ratio(ours: list, theirs: list) -> float:
    return statistics.median(a / b for a, b in zip(ours, theirs))


def spread(values: list) -> str:
    return f"{statistics.median(values) * 1000:.0f} ms"


def bench_operations():
    times = {name: [] for name in ("lvm_split", "lvm_merge", "raidd_split", "raidd_merge")}
    for _ in range(ROUNDS):
        for pair in ((lvm_split, lvm_merge), (raidd_split, raidd_merge)):
            for function in pair:
                times[function.__name__].append(timed(function))
                wait_idle("bench-data") if "merge" in function.__name__ else time.sleep(1)
    for verb, member in (("split", "SplitTracked"), ("merge", "Merge")):
        ours, theirs = times[f"raidd_{verb}"], times[f"lvm_{verb}"]
        result(f"{member} against lvconvert", median_ratio(ours, theirs), 0.2, detail=f"{spread(ours)} : {spread(theirs)}")


def bench_stalls():
    stalls = {name: [] for name in ("idle", "bare", "lvm_split", "lvm_merge", "raidd_split", "raidd_merge")}
    with Writer("/dev/bench/data") as w:
        for _ in range(ROUNDS):
            stalls["idle"].append(during(w, time.sleep, 1))
            stalls["bare"].append(during(w, bare_reload))
            for function in (lvm_split, lvm_merge, raidd_split, raidd_merge):
                stalls[function.__name__].append(during(w, function))
    idle = statistics.median(stalls["idle"])
    added = {name: max(statistics.median(v) - idle, 1e-4) for name, v in stalls.items()}
    for verb in ("split", "merge"):
        ours = added[f"raidd_{verb}"]
        result(f"write stall of a {verb} against lvconvert", ours / added[f"lvm_{verb}"], 1.0, detail=f"{ours * 1000:.0f} ms added")
        result(f"write stall of a {verb} against load+suspend+resume", ours / added["bare"], 1.5, detail=f"{added['bare'] * 1000:.0f} ms bare")


def random_id() -> str:
    letters = string.ascii_letters + string.digits
    text = "".join(random.choice(letters) for _ in range(32))
    return "-".join((text[:6], text[6:10], text[10:14], text[14:18], text[18:22], text[22:26], text[26:]))


def fill_group(name: str, device: str, count: int):
    """A volume group with that many linear volumes, by vgcfgrestore: creating them one by one takes an hour."""
    run("vgcreate", "-s", "128k", name, device)
    path = f"/run/{name}.vg"
    run("vgcfgbackup", "-f", path, name)
    text = open(path).read()
    volumes = "".join(f"""
    v{i:05} {{
      id = "{random_id()}"
      status = ["READ", "WRITE", "VISIBLE"]
      flags = []
      creation_time = 1700000000
      creation_host = "bench"
      segment_count = 1
      segment1 {{
        start_extent = 0
        extent_count = 1
        type = "striped"
        stripe_count = 1
        stripes = ["pv0", {i}]
      }}
    }}""" for i in range(count))
    end = text.rindex("}", 0, text.index("# Generated") if text.startswith("}") else len(text))
    open(path, "w").write(text[:end] + f"  logical_volumes {{{volumes}\n  }}\n" + text[end:])
    run("vgcfgrestore", "-f", path, name)


def managed_objects(bus_name: str, path: str, timeout=300):
    proxy = dbus.SystemBus().get_object(bus_name, path, introspect=False)
    return dbus.Interface(proxy, "org.freedesktop.DBus.ObjectManager").GetManagedObjects(timeout=timeout, byte_arrays=True)


def raw_managed_objects(bus_name: str, path: str):
    """Without python's conversion of the answer, which takes longer than the answer."""
    message = dbus.lowlevel.MethodCallMessage(bus_name, path, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
    dbus.SystemBus().send_message_with_reply_and_block(message, 300)


def pids() -> list:
    """The daemon, and its helper."""
    return run("systemctl", "show", "--value", "-p", "MainPID", "raidd.service", "raidd-helper.service").split()


def bench_objects(device: str):
    fill_group("big", device, LVS)
    deadline = time.monotonic() + 30
    while sum(BUS + ".Volume" in v for v in managed_objects(BUS, ROOT).values()) < LVS:
        if time.monotonic() > deadline:
            raise SystemExit("the big volume group did not appear on the bus")
        time.sleep(0.2)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(timed(raw_managed_objects, BUS, ROOT))
        theirs.append(timed(run, "lvs", "-a", "-o", "name,size,attr,devices,copy_percent"))
    result(f"GetManagedObjects with {LVS} volumes against lvs -a", median_ratio(ours, theirs), 0.2, detail=f"{spread(ours)} : {spread(theirs)}")

    rss = sum(int(line.split()[1]) for pid in pids() for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS"))
    result(f"resident memory with {LVS} volumes", rss / 1024, 10, " MiB")


def switches() -> int:
    total = 0
    for pid in pids():
        for task in os.listdir(f"/proc/{pid}/task"):
            for line in open(f"/proc/{pid}/task/{task}/status"):
                if line.startswith("voluntary_ctxt_switches"):
                    total += int(line.split()[1])
    return total


def bench_idle():
    time.sleep(3)
    before = switches()
    time.sleep(IDLE)
    # The service manager's watchdog is asked for by the unit: one ping in a minute or two.
    result(f"wake-ups of the idle daemon and helper in {IDLE} s, beyond the watchdog", max(0, switches() - before - 1), 0)


def bench_lvmdbusd(device: str):
    run("vgremove", "-ff", "-y", "big")
    run("pvcreate", "-ff", "-y", device)
    fill_group("big", device, LVMDBUSD_LVS)
    ours, theirs = [], []
    managed_objects("com.redhat.lvmdbus1", "/com/redhat/lvmdbus1")
    for _ in range(ROUNDS):
        ours.append(timed(raw_managed_objects, BUS, ROOT))
        theirs.append(timed(raw_managed_objects, "com.redhat.lvmdbus1", "/com/redhat/lvmdbus1"))
    result(f"GetManagedObjects with {LVMDBUSD_LVS} volumes against lvmdbusd", median_ratio(ours, theirs), 0.01,
           detail=f"{spread(ours)} : {spread(theirs)}")


def main() -> int:
    legs, spare = sys.argv[1:4], sys.argv[4]
    run("vgcreate", "bench", *legs)
    run("lvcreate", "-y", "--type", "raid1", "-m2", "-L", "128m", "-n", "data", "bench")
    wait_idle("bench-data")
    raidd_split.path = find("bench/data")
    parts = [bench_operations, bench_stalls, lambda: bench_objects(spare), bench_idle]
    if LVMDBUSD_LVS:
        parts.append(lambda: bench_lvmdbusd(spare))
    failed = 0
    for part in parts:
        try:
            part()
        except (subprocess.CalledProcessError, dbus.DBusException) as e:
            failed += 1
            print(f"FAIL {getattr(part, '__name__', part)}: {e}", flush=True)
    print(json.dumps(RESULTS))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
