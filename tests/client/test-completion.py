#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""test-completion.py RAIDCTL SOURCE-ROOT: what bash, zsh and fish themselves offer with our completions, beside a service that has
objects of every kind. All three offer the same, and that is what --help has."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # the source may be read-only
from fake_service import Bus, Service, world

RAIDCTL, SOURCE = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
CLIENT = SOURCE / "src/client"
VGS, VOLUMES, JOBS = {"my_vg"}, {"my_vg/my_lv", "my_vg/copy"}, {"1"}
IMAGES = {f"my_vg/my_lv_rimage_{i}" for i in range(3)}
NAMES = {
    "list": VGS | VOLUMES, "status": VOLUMES, "show": VOLUMES | IMAGES, "split": VOLUMES | IMAGES, "merge": VOLUMES | IMAGES,
    "changed": VOLUMES | IMAGES, "create": {"my_vg/"}, "remove": VOLUMES, "vg-remove": VGS, "activate": VGS | VOLUMES | IMAGES,
    "deactivate": VGS | VOLUMES | IMAGES, "jobs": set(), "wait": JOBS | VOLUMES, "pause": JOBS | VOLUMES, "resume": JOBS | VOLUMES, "cancel": JOBS | VOLUMES, "run": VOLUMES, "scrub": VOLUMES, "check": VGS | VOLUMES | IMAGES, "monitor": set(),
    "verify": VOLUMES | IMAGES, "rename": VOLUMES, "resize": VOLUMES, "refresh": VOLUMES, "sync-rate": VOLUMES, "add-image": VOLUMES, "remove-image": VOLUMES | IMAGES,
    "replace-image": IMAGES, "vg-rename": VGS,
}
# The end of the line → what is offered for it.
WORDS = {
    "spl": {"split"}, "split my_vg/my_lv my_vg/c": {"my_vg/copy"}, "vg": {"vg-create", "vg-extend", "vg-reduce", "vg-rename", "vg-remove"}, "vg-extend my_vg /dev/nul": {"/dev/null"}, "spilt": set(), "merge my_vg/my_lv_r": IMAGES, "vg-remove m": {"my_vg"},
    "split my_vg/my_lv --per": {"--permanent"}, "split --per": {"--permanent"}, "list --per": set(), "--per": set(),
    "list --json=": {"pretty", "short", "off"}, "list --json=sh": {"short"}, "--json=short li": {"list"}, "list --json sh": {"short"},
    "--lock-timeout=7 split --per": {"--permanent"}, "split --image=1": set(), "split --name=": set(), "create --size=": set(),
    "split --pv=/dev/nul": {"/dev/null"}, "split --pv /dev/nul": {"/dev/null"}, "vg-create vg0 /dev/nul": {"/dev/null"},
    "vg-create vg0 /dev/null /dev/zer": {"/dev/zero"},
}
# bash takes a value after a space for the verb, as it does not know which options have one; the others do.
WORDS_BUT_BASH = {"--json short li": {"list"}, "--lock-timeout 7 merge --wa": {"--wait"}}

BASH = """
. "$0"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_raidctl
printf '%s\\n' "${COMPREPLY[@]}" """
FISH = """
set fish_complete_path $argv[1]
for line in $argv[2..-1]
        complete -C $line
        echo end of line
end"""


def run(*command: str) -> str:
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout


def bash(lines: list) -> list:
    """Which splits at equals signs."""
    def words(line: str) -> list:
        return [part for word in line.split(" ") for part in re.split("(=)", word) if part or "=" not in word]
    return [run("bash", "-c", BASH, str(CLIENT / "raidctl.bash-completion"), *words(line)).split() for line in lines]


def zsh(lines: list) -> list:
    """Which inserts what fits in place of the last word; if nothing does, that word stays."""
    done = run(str(SOURCE / "tests/client/complete.zsh"), str(CLIENT), *lines).splitlines()
    return [[] if after == line else after.removeprefix(line[:line.rindex(" ") + 1]).split()
            for line, after in zip(lines, done, strict=True)]


def fish(lines: list) -> list:
    """Which prints a description behind each."""
    done = run("fish", "--no-config", "-c", FISH, str(CLIENT), *lines).split("end of line\n")[:-1]
    return [[word.split("\t")[0] for word in answer.splitlines()] for answer in done]


SHELLS = [bash, zsh, fish]


class Completion(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        text = run(str(RAIDCTL), "--help")
        cls.verbs = set(re.findall(r"^  ([a-z]\S+)", text, re.MULTILINE))
        cls.options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))

    def setUp(self):
        service.reset(world())

    def offers(self, shell, ends: list) -> dict:
        """End of the line → what is offered; of an option with a value, only the value."""
        answers = shell([f"raidctl {end}" for end in ends])
        self.assertEqual(len(answers), len(ends))
        result = {}
        for end, answer in zip(ends, answers):
            option = re.search(r"(?<= )--[a-z-]+=(?=\S*$)|$", end)[0]
            result[end] = {word.removeprefix(option) if option else word.removesuffix("=") for word in answer}
        return result

    def test_verbs(self):
        for shell in SHELLS:
            with self.subTest(shell.__name__):
                offered = self.offers(shell, [""])[""]
                self.assertEqual({word for word in offered if word[0] != "-"}, self.verbs)

    def test_options(self):
        """Each where it belongs."""
        ends = [f"{verb} --" for verb in sorted(self.verbs)] + ["--"]
        offered = {shell: self.offers(shell, ends) for shell in SHELLS}
        self.assertEqual(set().union(*offered[bash].values()), self.options)
        self.assertEqual(offered[zsh], offered[bash])
        self.assertEqual(offered[fish], offered[bash])

    def test_names(self):
        self.assertEqual(NAMES.keys(), self.verbs - {"vg-create", "vg-extend", "vg-reduce"})  # files, too
        for shell in SHELLS:
            with self.subTest(shell.__name__):
                offered = self.offers(shell, [f"{verb} " for verb in NAMES])
                self.assertEqual({end.strip(): {word for word in words if word[0] != "-"} for end, words in offered.items()}, NAMES)

    def test_words(self):
        for shell in SHELLS:
            with self.subTest(shell.__name__):
                wanted = WORDS if shell == bash else WORDS | WORDS_BUT_BASH
                self.assertEqual(self.offers(shell, list(wanted)), wanted)

    def test_no_service(self):
        """Nothing is offered, and nothing said."""
        service.leave()
        self.addCleanup(service.come_back)
        for shell in SHELLS:
            with self.subTest(shell.__name__):
                self.assertEqual(self.offers(shell, ["show m", "create m"]), {"show m": set(), "create m": set()})


with tempfile.TemporaryDirectory(prefix="raidd-completion.") as folder, Bus() as bus:
    os.symlink(RAIDCTL.resolve(), f"{folder}/raidctl")
    patient = pathlib.Path(folder, "timeout")  # a second is not enough on every machine that runs tests
    patient.write_text('#!/bin/sh\n[ "$1" = 1 ] && shift && exec /usr/bin/timeout 20 "$@"\n')
    patient.chmod(0o755)
    os.environ.update(DBUS_SESSION_BUS_ADDRESS=bus.address, RAIDCTL_SESSION="1", HOME=folder, TERM="xterm",
                      PATH=f"{folder}:{os.environ['PATH']}")
    os.environ.pop("ZDOTDIR", None)
    service = Service(bus.address, SOURCE / "dbus")
    program = unittest.main(argv=sys.argv[:1], exit=False)
    service.stop()
sys.exit(not program.result.wasSuccessful())
