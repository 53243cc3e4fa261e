#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Include direction between the layers of src/daemon (docs/ARCHITECTURE.md). Usage: check-layers.py [SOURCE-ROOT]"""
import pathlib
import re
import sys

LAYERS = ["base", "model", "plan", "world", "service", "bus"]
# service and bus never touch the world: they may ask the helper, log, and keep small files in /run.
WORLD_FOR_DAEMON = {"world/fd-pass.h", "world/files.h", "world/helper.h", "world/log.h"}
# Libraries that the pure layers must not even see.
IMPURE = re.compile(r'^(systemd/|libdevmapper|libudev|sys/(ioctl|mount|socket|file|mman|wait|statfs|vfs)\b|fcntl\.h'
                    r'|time\.h|sys/time\.h|linux/|poll\.h|signal\.h|dirent\.h|syslog\.h|stdio_ext\.h)')
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def allowed(layer: str, target: str) -> bool:
    to = target.split("/", 1)[0]
    if to not in LAYERS:
        return True
    if layer in ("service", "bus") and to == "world":
        return target in WORLD_FOR_DAEMON
    return LAYERS.index(to) <= LAYERS.index(layer)


def check_file(path: pathlib.Path, layer: str, root: pathlib.Path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        kind, target = match.groups()
        where = f"{path.relative_to(root)}:{number}"
        if kind == '"' and "/" not in target and target != "config.h" and not (path.parent / target).exists():
            yield f"{where}: {target}: own headers are included by path"
        if kind == '"' and ".." in target:
            yield f"{where}: {target}: no relative paths"
        if kind == '"' and not allowed(layer, target):
            yield f"{where}: layer {layer} must not include {target}"
        if kind == "<" and layer in ("base", "model", "plan") and IMPURE.match(target):
            yield f"{where}: pure layer {layer} must not include <{target}>"


def check_client(root: pathlib.Path):
    """raidctl talks D-Bus and shares no code with the daemon."""
    for path in sorted((root / "src/client").rglob("*.[ch]")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match and match.group(1) == '"' and (match.group(2).split("/")[0] in LAYERS or "daemon/" in match.group(2)):
                yield f"{path.relative_to(root)}:{number}: the client must not include {match.group(2)}"


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    problems, files = [], 0
    for layer in LAYERS:
        for path in sorted((root / "src/daemon" / layer).rglob("*.[ch]")):
            files += 1
            problems += check_file(path, layer, root)
    problems += check_client(root)
    for problem in problems:
        print(problem)
    print(f"{files} files, {len(problems)} problems")
    return 1 if problems or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
