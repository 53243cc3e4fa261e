#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client that reads everything once and from then on only listens. Whenever anybody's GetManagedObjects is answered, what it has
by then must be the answer. Runs until it is terminated; prints what differed, and how often it looked.

Usage: follower.py
"""
import json
import signal
import subprocess
import sys

NAME = "org.raidctl.Raidd1"
ROOT = "/org/raidctl/Raidd1"
MANAGER, PROPERTIES = "org.freedesktop.DBus.ObjectManager", "org.freedesktop.DBus.Properties"


def plain(properties: dict) -> dict:
    """a{sv} as busctl prints it, without the types."""
    return {name: value["data"] for name, value in properties.items()}


def own(interfaces: dict) -> dict:
    return {name: plain(properties) for name, properties in interfaces.items() if name.startswith(NAME)}


class Follower:
    def __init__(self):
        self.objects, self.waiting, self.looks, self.problems = None, set(), 0, []

    def signal(self, message: dict):
        data = message["payload"]["data"]
        match message["interface"], message["member"]:
            case (str() as interface, "InterfacesAdded") if interface == MANAGER:
                self.objects.setdefault(data[0], {}).update(own(data[1]))
            case (str() as interface, "InterfacesRemoved") if interface == MANAGER:
                for name in data[1]:
                    self.objects.get(data[0], {}).pop(name, None)
                if not self.objects.get(data[0]):
                    self.objects.pop(data[0], None)
            case (str() as interface, "PropertiesChanged") if interface == PROPERTIES and data[0].startswith(NAME):
                known = self.objects.get(message["path"], {}).get(data[0])
                if known is None:
                    self.problems.append(f"{message['path']} changes, and was never there")
                else:
                    known.update(plain(data[1]))

    def look(self, answer: dict):
        there = {path: interfaces for path, every in answer.items() if (interfaces := own(every))}
        if self.objects is None:
            self.objects = there
            return
        self.looks += 1
        for path in self.objects.keys() | there.keys():
            mine, its = self.objects.get(path), there.get(path)
            if mine != its:
                self.problems.append(f"{path}: followed {json.dumps(mine, sort_keys=True)}, is {json.dumps(its, sort_keys=True)}")
        self.objects = there

    def take(self, message: dict):
        if message["type"] == "method_call" and message.get("member") == "GetManagedObjects" and message.get("path") == ROOT:
            self.waiting.add((message.get("sender"), message["cookie"]))
        elif message["type"] == "method_return" and (message.get("destination"), message.get("reply_cookie")) in self.waiting:
            self.waiting.discard((message["destination"], message["reply_cookie"]))
            self.look(message["payload"]["data"][0])
        elif message["type"] == "signal" and self.objects is not None and message.get("path", "").startswith(ROOT):
            self.signal(message)


def main() -> int:
    follower = Follower()
    monitor = subprocess.Popen(["busctl", "--json=short", "--system", "monitor", NAME], stdout=subprocess.PIPE, text=True)
    signal.signal(signal.SIGTERM, lambda *_: monitor.terminate())
    for line in monitor.stdout:
        if line.startswith("{"):
            follower.take(json.loads(line))
    print("\n".join(follower.problems[:20]))
    print(f"{follower.looks} looks, {len(follower.problems)} problems")
    return 1 if follower.problems or follower.looks == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
