#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares two files of LVM2 metadata by what they mean: order of sections, comments, layout, the heading and the numbers of physical volumes do not count.

Usage: same-config.py [--but KEY]... A B
"""
import re
import sys

TOKEN = re.compile(r'\s+|#[^\n]*|("(?:[^"\\]|\\.)*")|([A-Za-z0-9_.+/!@-]+)|([={}\[\],])')
HEADING = {"contents", "version", "description", "creation_host", "creation_time"}


def tokens(text: str) -> list:
    result, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise SystemExit(f"cannot read: {text[at:at + 40]!r}")
        result += [g for g in match.groups() if g is not None]
        at = match.end()
    return result


def section(words: list) -> dict:
    """Up to the closing brace."""
    result = {}
    while words and words[0] != "}":
        name = words.pop(0)
        if words[0] == "{":
            words.pop(0)
            result[name] = section(words)
            words.pop(0)
        else:
            words.pop(0)
            result[name] = value(words)
    return result


def value(words: list):
    if words[0] != "[":
        return words.pop(0)
    result = []
    while words[0] != "]":
        if words[0] in "[,":
            words.pop(0)
        else:
            result.append(words.pop(0))
    words.pop(0)
    return result


def differences(path: str, a, b):
    if not isinstance(a, dict) or not isinstance(b, dict):
        if a != b:
            yield f"{path}: {a} — {b}"
        return
    for key in sorted(a.keys() | b.keys()):
        # An empty section is as good as none.
        one, other = a.get(key, {} if isinstance(b.get(key), dict) else None), b.get(key, {} if isinstance(a.get(key), dict) else None)
        yield from differences(f"{path}/{key}", one, other)


def by_identifier(group: dict):
    """lvm2 numbers physical volumes anew with each text, and names the device where it found each; neither means anything."""
    pvs = group.get("physical_volumes", {})
    names = {f'"{key}"': pv["id"] for key, pv in pvs.items()}
    group["physical_volumes"] = {pv["id"]: {k: v for k, v in pv.items() if k != "device"} for pv in pvs.values()}
    for lv in group.get("logical_volumes", {}).values():
        for segment in lv.values():
            if isinstance(segment, dict) and "stripes" in segment:
                segment["stripes"] = [names.get(word, word) for word in segment["stripes"]]


def main() -> int:
    ignored, names = set(HEADING), sys.argv[1:]
    while names[0] == "--but":
        ignored.add(names[1])
        names = names[2:]
    trees = []
    for name in names:
        tree = section(tokens(open(name).read()))
        trees.append({k: v for k, v in tree.items() if k not in HEADING})
        for group in trees[-1].values():
            by_identifier(group)
            for key in ignored & group.keys():
                del group[key]
    found = list(differences("", *trees))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
