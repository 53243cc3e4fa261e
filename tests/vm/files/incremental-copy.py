#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""incremental-copy.py VOLUME TARGET: brings a copy of the tracked image up to the volume's present state, reading only the
regions that have changed since the split. Whoever calls it sees to it that nobody writes meanwhile. Prints the bytes read."""

import json
import subprocess
import sys

CHUNK = 1 << 20


def raidctl(*arguments: str):
    return json.loads(subprocess.run(["raidctl", *arguments, "--json=short"], check=True, stdout=subprocess.PIPE).stdout)


def main() -> None:
    volume, target = sys.argv[1:]
    device = raidctl("show", volume)["object"]["Device"]
    copied = 0
    with open(device, "rb", buffering=0) as source, open(target, "r+b", buffering=0) as copy:
        for region in raidctl("changed", volume, "--regions")["regions"]:
            at, left = region["offset_bytes"], region["length_bytes"]
            while left > 0:
                source.seek(at)
                data = source.read(min(left, CHUNK))
                copy.seek(at)
                if not data or copy.write(data) != len(data):
                    sys.exit(f"short at {at}")
                at, left, copied = at + len(data), left - len(data), copied + len(data)
    print(copied)


main()
