#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documents say what the programs do.

Usage: check-docs.py RAIDCTL [SOURCE-ROOT]

- every verb and option of raidctl(1) is in --help, and the reverse;
- every command in the README, the man pages and the interface XML is one that tests/vm/scenarios/70-examples.sh types, or is
  marked with the test that runs it;
- error names, actions and interfaces that the documents mention exist;
- links in the documents lead somewhere.
"""
import os
import pathlib
import re
import subprocess
import sys

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
# Options of every *ctl that raidctl's pages mention as belonging to somebody else.
FOREIGN = {"--system", "--dest", "--object-path", "--method",
           "--merge", "--refresh", "--regionsize", "--replace", "--resync", "--setautoactivation", "--syncaction", "--writebehind", "--writemostly"}


class Problems(list):
    def differ(self, what: str, one: set, one_name: str, other: set, other_name: str):
        for name in sorted(one - other):
            self.append(f"{what} {name}: in {one_name}, not in {other_name}")
        for name in sorted(other - one):
            self.append(f"{what} {name}: in {other_name}, not in {one_name}")


def render(page: pathlib.Path) -> str:
    """A man page as people see it."""
    environment = dict(os.environ, MANWIDTH="200", LC_ALL="C.UTF-8", MAN_KEEP_FORMATTING="")
    text = subprocess.run(["groff", "-man", "-Tutf8", "-P-c", "-P-b", "-P-u", "-rLL=200n", str(page)], check=True,
                          stdout=subprocess.PIPE, text=True, env=environment).stdout
    return text.replace("\u2010", "-").replace("\u2212", "-").replace("\u00ad", "")


def sections(text: str) -> dict:
    """Heading → body of a rendered man page."""
    result, current = {}, ""
    for line in text.splitlines():
        if re.match(r"^[A-Z]", line):
            current = line.strip().lower()
        else:
            result[current] = result.get(current, "") + line + "\n"
    return result


def help_verbs(text: str) -> set:
    """Lines of --help that begin with a verb: two spaces, a word, then its arguments or what it does."""
    return set(re.findall(r"^ {2}([a-z][a-z-]+)\b", text, re.MULTILINE))


def man_verbs(body: str) -> set:
    """Paragraph heads of the section on commands; a short one has its text in the same line."""
    heads = re.findall(r"^ {4,8}([a-z][a-z-]+)\b(?=[^\n]*\n {9,}| {2,}\S)", body, re.MULTILINE)
    return set(heads)


def check_client(raidctl: str, root: pathlib.Path, problems: Problems):
    page = root / "docs/raidctl.1"
    usage = subprocess.run([raidctl, "--help", "--no-pager"], check=True, stdout=subprocess.PIPE, text=True).stdout
    man = sections(render(page))
    commands = man.get("commands", "")
    problems.differ("verb", help_verbs(usage), "--help", man_verbs(commands), "raidctl(1)")
    described = "".join(body for head, body in man.items() if head not in ("examples", "see also"))
    problems.differ("option", set(OPTION.findall(usage)) - FOREIGN, "--help", set(OPTION.findall(described)) - FOREIGN, "raidctl(1)")


def readme_blocks(text: str):
    """(marker, commands) of each fenced block."""
    for match in re.finditer(r"(?:<!-- ([^>]*) -->\n)?```sh\n(.*?)```", text, re.DOTALL):
        yield match.group(1) or "", [line for line in match.group(2).splitlines() if line.strip()]


def check_readme(root: pathlib.Path, problems: Problems):
    """Unmarked blocks are typed by 70-examples.sh; "run by FILE" names who does; "on the host" is checked for its parts."""
    text = (root / "README.md").read_text()
    for marker, commands in readme_blocks(text):
        if marker.startswith("run by "):
            runner = root / marker.removeprefix("run by ")
            if not runner.exists():
                problems.append(f"README: {runner.name} does not exist")
                continue
            for command in commands:
                if command not in runner.read_text():
                    problems.append(f"README: {marker} does not run: {command}")
        elif marker == "on the host":
            check_install(commands, root, problems)
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target and not (root / target).exists():
            problems.append(f"README: dead link {target}")


def check_install(commands: list, root: pathlib.Path, problems: Problems):
    """What a fresh host needs: each build package is one that tests/lib/deps.sh installs, each unit and file exists."""
    deps = (root / "tests/lib/deps.sh").read_text() + (root / "tests/vm/packages").read_text()
    known = set(re.findall(r"[a-z0-9][a-z0-9.+-]+", deps)) | {"pkg-config"}
    for command in commands:
        words = command.split()
        if words[0] == "apt-get":
            problems += [f"README: package {p} is not what the tests install" for p in words[2:] if p not in known]
        if words[0] == "systemctl" and words[-1].startswith("raidd") and not (root / f"systemd/{words[-1]}.in").exists():
            problems.append(f"README: no such unit: {words[-1]}")
        for option in re.findall(r"-D([a-z-]+)=", command):
            if f"option('{option}'" not in (root / "meson_options.txt").read_text():
                problems.append(f"README: no such build option: {option}")


def check_names(root: pathlib.Path, problems: Problems):
    """Names in prose exist: interfaces in dbus/, actions in polkit/, errors in refusal.c or the XML."""
    xml = "".join(p.read_text() for p in sorted((root / "dbus").glob("*.xml")))
    actions = "".join(p.read_text() for p in sorted((root / "polkit").glob("*.policy")))
    errors = xml + (root / "src/daemon/plan/refusal.c").read_text()
    for page in sorted([*(root / "docs").glob("*"), root / "README.md"]):
        if page.suffix not in (".md", ".1", ".8"):
            continue
        text = page.read_text().replace("\\-", "-")
        for name in set(re.findall(r"org\.raidctl\.Raidd1\.Error\.([A-Za-z]+)", text)):
            if f'"{name}"' not in errors and f"Error.{name}" not in errors:
                problems.append(f"{page.name}: no such error: {name}")
        for name in set(re.findall(r"org\.raidctl\.Raidd1\.([A-Z][A-Za-z0-9]+)", text)) - {"Error"}:
            if f'"org.raidctl.Raidd1.{name}"' not in xml:
                problems.append(f"{page.name}: no such interface: {name}")
        for name in set(re.findall(r"org\.raidctl\.raidd1\.([a-z-]+[a-z])", text)):
            if f'"org.raidctl.raidd1.{name}"' not in actions:
                problems.append(f"{page.name}: no such action: {name}")


def check_paths(root: pathlib.Path, problems: Problems):
    """Files and folders of this repository that the documents name."""
    for page in (root / "README.md", root / "docs/BACKUP.md", root / "docs/ARCHITECTURE.md", root / "docs/HACKING.md",
                 root / "docs/SECURITY.md"):
        for path in set(re.findall(r"`((?:src|tests|docs|systemd|dbus|polkit)/[A-Za-z0-9_./*-]+)`", page.read_text())):
            if not list(root.glob(path.rstrip("/"))):
                problems.append(f"{page.name}: no such file: {path}")


def main() -> int:
    root = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).parent.parent).resolve()
    problems = Problems()
    check_client(sys.argv[1], root, problems)
    check_readme(root, problems)
    check_names(root, problems)
    check_paths(root, problems)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
