#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Everything in dbus/*.xml is in org.raidctl.Raidd1(5), and man has nothing to say against the page.

Usage: check-api-man.py PAGE SOURCE-ROOT

The page is read as people see it: each member under its interface with types, names of arguments, access, what it emits, polkit
action, every sentence and every example."""

import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as et

COMMENT = re.compile(r"<!--((?:(?!-->).)*)-->\s*<(\w+)(?: type=\"\w+\")? name=\"([^\"]+)\"", re.DOTALL)
TITLES = {"method": "Methods", "property": "Properties", "signal": "Signals"}
EMITS = {"true": "emits-change", "const": "const", "invalidates": "emits-invalidation", "false": "no signal"}


def render(page: str, width: int, problems: list) -> str:
    done = subprocess.run(["man", "--warnings=w", "-l", page], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          env=dict(os.environ, MANWIDTH=str(width), MAN_KEEP_FORMATTING="", MANPAGER="cat", LC_ALL="C.UTF-8"))
    problems += [f"man, {width} columns: {line}" for line in done.stderr.splitlines()]
    if done.returncode:
        problems.append(f"man: exit code {done.returncode}")
    return done.stdout.replace("\u2010", "-").replace("\u2212", "-").replace("\u2192", "->")


def split(text: str, heading: str) -> dict:
    """Heading → body; a heading is a line that matches, and its first group is its name."""
    parts = re.split(heading, text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def annotation(element: et.Element, name: str, default: str) -> str:
    return next((a.get("value") for a in element.findall("annotation") if a.get("name").endswith("." + name)), default)


def heading(member: et.Element) -> str:
    """The line that the member must have."""
    if member.tag == "property":
        emits = EMITS[annotation(member, "EmitsChangedSignal", "true")]
        return f"{member.get('name')} ({member.get('type')}, {member.get('access')}, {emits})"
    ins, outs = [], []
    for a in member.findall("arg"):
        (outs if a.get("direction") == "out" else ins).append(f"{a.get('type')} {a.get('name')}")
    return f"{member.get('name')}({', '.join(ins)})" + (f" -> {', '.join(outs)}" if outs else "")


def said(comment: str, where: str, text: str, problems: list):
    """Examples letter by letter in lines of their own; sentences wherever the lines break."""
    lines = [line.strip() for line in comment.splitlines()]
    shown = {line.strip() for line in text.splitlines()}
    problems += [f"{where}: the page lacks the example: {line}" for line in lines if line.startswith("# ") and line not in shown]
    prose = squeeze(" ".join(line for line in lines if not line.startswith("# ")))
    problems += [f"{where}: the page lacks: {s}" for s in re.split(r"(?<=\.) (?=[A-Z])", prose) if s not in squeeze(text)]


def check_interface(interface: et.Element, comments: dict, page: str, description: str, problems: list) -> int:
    name = interface.get("name")
    said(comments.pop(("interface", name), ""), name, page + description, problems)
    titles = split(page, r"^   (\w+)$")
    members = [m for m in interface if m.tag in TITLES]
    for tag, title in TITLES.items():
        # A member's line is indented by seven columns, what is said of it by more.
        shown = split(titles.get(title, ""), r"^ {7}(?! )(.*)$")
        wanted = {heading(m): m for m in members if m.tag == tag}
        problems += [f"{name}: the page lacks the {tag}: {line}" for line in wanted.keys() - shown.keys()]
        problems += [f"{name}: the page has a {tag} that the XML lacks: {line}" for line in shown.keys() - wanted.keys()]
        for line in wanted.keys() & shown.keys():
            where, member = f"{name}.{wanted[line].get('name')}", wanted[line]
            if (tag, member.get("name")) not in comments:
                problems.append(f"{where}: the XML says nothing of it")
            said(comments.get((tag, member.get("name")), ""), where, shown[line], problems)
            action = annotation(member, "PolkitAction", "")
            if action and f"Polkit action: {action}." not in squeeze(shown[line]):
                problems.append(f"{where}: the page lacks the action {action}")
    return len(members)


def main() -> int:
    page, root = sys.argv[1], pathlib.Path(sys.argv[2])
    problems, members, known = [], 0, set()
    render(page, 80, problems)
    sections = split(render(page, 1000, problems), r"^(\S.*)$")
    files = sorted((root / "dbus").glob("*.xml"))
    for path in files:
        text = path.read_text()
        comments = {(tag, name): comment for comment, tag, name in COMMENT.findall(text)}
        for interface in et.fromstring(text).findall("interface"):
            name = interface.get("name")
            known.add(name)
            if name in sections:
                members += check_interface(interface, comments, sections[name], sections["DESCRIPTION"], problems)
            else:
                problems.append(f"the page has no section {name}")
    problems += [f"the XML has no interface {name}" for name in sections if name.startswith("org.") and name not in known]
    if not members:
        problems.append("there is no member of any interface")
    for problem in problems:
        print(problem)
    print(f"{len(files)} files, {members} members, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
