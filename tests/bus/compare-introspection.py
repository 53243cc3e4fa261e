#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""compare-introspection.py FOLDER-OF-XML: reads what a daemon says of one of its objects on standard input, and compares
every interface of ours in it with the published one, both ways: members, signatures, argument names, annotations."""

import sys
import xml.etree.ElementTree as et
from pathlib import Path

OURS = "org.raidctl."
CHANGED = "org.freedesktop.DBus.Property.EmitsChangedSignal"


def annotation(element, name, default):
    for a in element.findall("annotation"):
        if a.get("name") == name:
            return a.get("value")
    return default


def members(interface):
    """{kind and name: everything that a caller may rely on}"""
    found = {}
    for m in interface.findall("method"):
        found["method " + m.get("name")] = [(a.get("direction", "in"), a.get("type"), a.get("name")) for a in m.findall("arg")]
    for s in interface.findall("signal"):
        found["signal " + s.get("name")] = [(a.get("type"), a.get("name")) for a in s.findall("arg")]
    for p in interface.findall("property"):
        found["property " + p.get("name")] = (p.get("type"), p.get("access"), annotation(p, CHANGED, "true"))
    return found


def interfaces(root):
    return {i.get("name"): members(i) for i in root.findall("interface") if i.get("name").startswith(OURS)}


def differences(live, published):
    for name in sorted(live.keys() | published.keys()):
        if live.get(name) != published.get(name):
            yield f"{name}: the daemon has {live.get(name)}, the XML has {published.get(name)}"


def main():
    text = sys.stdin.read()
    live = interfaces(et.fromstring(text[text.index("<node"):]))
    published = {}
    for path in Path(sys.argv[1]).glob(OURS + "*.xml"):
        published.update(interfaces(et.parse(path).getroot()))
    if not live:
        sys.exit("the daemon has no interface of ours there")
    bad = [f"{name}: {d}" for name, found in live.items()
           for d in ([*differences(found, published[name])] if name in published else ["is not published"])]
    print("\n".join(bad or sorted(live)))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
