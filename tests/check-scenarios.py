#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every scenario of the guest is one that tests/run can reach.

Usage: check-scenarios.py [SOURCE-ROOT]

tests/run reads the files with sed, and what it does not find it does not miss. So, for each file of tests/vm/scenarios:

- its name is one that tests/run looks at, and it ends with run_scenarios;
- it is in exactly one batch, and at most in one suite that there is;
- every function scenario_* is written the way tests/run finds it, once, and not within another one;
- what "full:" and timeout_* name are scenarios of the file, and what tests/pending names is one of them all.
"""
import fnmatch
import pathlib
import re
import sys

# As in tests/run and in run_scenarios of tests/vm/lib.sh.
FOUND = re.compile(r"^scenario_([A-Za-z0-9_]+) *\(\)", re.MULTILINE)
DEFINED = re.compile(r"^\s*(?:function\s+)?scenario_([^\s()]+)\s*\(\s*\)|^\s*function\s+scenario_(\S+)", re.MULTILINE)
SUITES = {"vm-asan", "full"}


def header(text: str, key: str) -> list:
    return re.findall(rf"^# {key}: (.*)$", text, re.MULTILINE)


def loose(text: str, key: str) -> list:
    """What somebody may have taken for such a line."""
    return re.findall(rf"^\s*#\s*{key}\s*:", text, re.MULTILINE | re.IGNORECASE)


def problems_of_header(text: str) -> list:
    problems = []
    batches, suites = header(text, "batch"), header(text, "suite")
    if len(batches) != 1 or not re.fullmatch(r"[1-9][0-9]*", batches[0]):
        problems.append(f"in {len(batches)} batches, wanted one line \"# batch: N\": {batches}")
    if len(suites) > 1 or not set(suites) <= SUITES:
        problems.append(f"no such suite: {suites}")
    problems += [f"a line \"{key}:\" that is not read" for key in ("batch", "suite", "full", "cpus")
                 if len(loose(text, key)) != len(header(text, key))]
    return problems


def problems_of(text: str) -> list:
    problems = problems_of_header(text)
    found = FOUND.findall(text)
    defined = [a or b for a, b in DEFINED.findall(text)]
    if not found:
        problems.append("no scenarios")
    problems += [f"{name}: defined {defined.count(name)} times" for name in sorted(set(defined)) if defined.count(name) > 1]
    problems += [f"{name}: not found the way it is written" for name in sorted(set(defined) - set(found))]
    full = " ".join(header(text, "full")).split()
    problems += [f"full: {name}: no such scenario" for name in full if name not in found]
    if len(full) != len(set(full)):
        problems.append("full: names one twice")
    problems += [f"timeout_{name}: no such scenario" for name in re.findall(r"^timeout_(\w+)=", text, re.MULTILINE) if name not in found]
    if not text.rstrip().endswith('\nrun_scenarios "$@"'):
        problems.append("does not end with run_scenarios \"$@\"")
    return problems


def problems_of_pending(pending: pathlib.Path, names: set) -> list:
    lines = [line.split()[0] for line in pending.read_text().splitlines() if line.strip() and not line.startswith("#")]
    return [f"tests/pending: {pattern}: no such scenario" for pattern in lines
            if re.match(r"vm(-asan)?/", pattern) and not any(fnmatch.fnmatchcase(name, pattern.split("/", 1)[1]) for name in names)]


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    folder = root / "tests/vm/scenarios"
    problems, names = [], set()
    for path in sorted(folder.iterdir()):
        text = path.read_text()
        if not fnmatch.fnmatchcase(path.name, "[0-9]*.sh"):
            problems.append(f"{path.name}: tests/run does not look at files of this name")
            continue
        problems += [f"{path.name}: {problem}" for problem in problems_of(text)]
        names |= {f"{path.stem}/{name}" for name in FOUND.findall(text)}
    problems += problems_of_pending(root / "tests/pending", names)
    for problem in problems:
        print(problem)
    print(f"{len(names)} scenarios, {len(problems)} problems")
    return 1 if problems or not names else 0


if __name__ == "__main__":
    sys.exit(main())
