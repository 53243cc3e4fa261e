#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether the signals of a change came before the reply of the method that made it, in what busctl monitor --json=short has written.

Usage: signals-before-reply.py FILE

Prints each method with the signal that belongs to it; what is missing or late is an error.
"""
import json
import sys

WANTED = {  # method: what has to be said between call and reply
    "CreateVolume": lambda m: m["member"] == "InterfacesAdded" and "org.raidctl.Raidd1.Volume" in m["payload"]["data"][1],
    "SplitTracked": lambda m: changed(m, "TrackedImage") not in (None, "/"),
    "Merge": lambda m: changed(m, "TrackedImage") == "/",
    "Rename": lambda m: changed(m, "Name") is not None,
    "Remove": lambda m: m["member"] == "InterfacesRemoved" and "org.raidctl.Raidd1.Volume" in m["payload"]["data"][1],
}


def changed(message: dict, name: str):
    if message["member"] != "PropertiesChanged":
        return None
    value = message["payload"]["data"][1].get(name)
    return value and value["data"]


def main() -> int:
    open_calls, replied, missing = {}, set(), []
    with open(sys.argv[1], encoding="utf-8") as lines:
        messages = [json.loads(line) for line in lines if line.startswith("{")]
    for m in messages:
        if m["type"] == "method_call" and m.get("member") in WANTED:
            open_calls[m["sender"], m["cookie"]] = [m["member"], False]
        elif m["type"] == "signal":
            for call in open_calls.values():
                call[1] = call[1] or bool(WANTED[call[0]](m))
        elif m["type"] in ("method_return", "method_error") and (call := open_calls.pop((m.get("destination"), m.get("reply_cookie")), None)):
            replied.add(call[0])
            if not call[1]:
                missing.append(f"{call[0]}: replied before anybody was told")
    missing += [f"{name}: no reply was seen" for name in WANTED.keys() - replied]
    print("\n".join(missing) or f"told before they were replied to: {', '.join(sorted(replied))}")
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
