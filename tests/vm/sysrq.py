# SPDX-License-Identifier: LGPL-2.1-or-later
"""sysrq.py RUNDIR KEY: send break and KEY on the guest's serial console, so that its kernel reports there."""
import json
import socket
import sys
import time

run, key = sys.argv[1:]


def connect(name):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(5)
    s.connect(f"{run}/{name}")
    return s


console, qmp = connect("console"), connect("qmp")
f = qmp.makefile("rw")
f.readline()
for command in ({"execute": "qmp_capabilities"},
                {"execute": "chardev-send-break", "arguments": {"id": "console"}}):
    f.write(json.dumps(command) + "\n")
    f.flush()
    f.readline()
console.send(key.encode())
time.sleep(3)
