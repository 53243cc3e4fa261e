#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs scripts in a copy of a process that has started already: in an emulated guest, starting python takes longer than most of what is
tested here. Called by py() in volumes.sh.

Usage: python-server.py FIFO     A line of FIFO: the fifo for the answer, the script and its arguments, with US (0x1f) in between. The answer
is what the script prints, and a last line with its exit code.
"""
import collections
import gc
import json
import os
import re
import signal
import subprocess
import sys
import traceback

import dbus

PRELOADED = (collections, json, re, subprocess, dbus)
CODE = {}


def code_of(path: str):
    if path not in CODE:
        with open(path, encoding="utf-8") as f:
            CODE[path] = compile(f.read(), path, "exec")
    return CODE[path]


def serve(answer: str, code, path: str, arguments: list):
    """In the child."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    fd = os.open(answer, os.O_WRONLY)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    sys.argv = [path, *arguments]
    result = 0
    try:
        exec(code, {"__name__": "__main__", "__file__": path})
    except SystemExit as e:
        result = e.code if isinstance(e.code, int) else 0 if e.code is None else 1
        if isinstance(e.code, str):
            print(e.code)
    except BaseException:
        traceback.print_exc(file=sys.stdout)
        result = 1
    print(f"\n{result}", flush=True)
    os._exit(0)


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    # Also a writer, so that there is no end of file between two callers.
    requests = os.fdopen(os.open(sys.argv[1], os.O_RDWR), encoding="utf-8")
    gc.freeze()
    while line := requests.readline():
        answer, path, *arguments = line.rstrip("\n").split("\x1f")
        code = code_of(path)
        if os.fork() == 0:
            serve(answer, code, path, arguments)


main()
