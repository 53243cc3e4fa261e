#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""test-helper.py HELPER: what raidd-helper does for a daemon, for one that has died, and for one that is none of ours any more."""

import array
import ctypes
import errno
import os
import pathlib
import signal
import socket
import struct
import sys
import tempfile
import time

FOLLOW, RUN, RECOVER, OBSERVE, OPEN, LEAVE, UNKNOWN = range(7)
TEXT_BYTES = 512
WORKER = """#!/bin/sh
case $1 in
recover)
        if [ "$2" = --all ]; then while [ ! -e {folder}/go-on ]; do sleep 0.02; done; fi
        echo "$2 $RAIDD_LOCK_FD" >>{folder}/recovered
        exit 3 ;;
esac
read -r request
echo "$request and $RAIDD_LOCK_SOCKET"
case $request in
die) kill -9 $$ ;;
wait) while [ ! -e {folder}/go ]; do sleep 0.02; done; echo >{folder}/gone-on ;;
esac
"""
failed = 0


def expect(what, got, wanted):
    global failed
    if got != wanted:
        print(f"not ok: {what}: {got!r}, not {wanted!r}")
        failed = 1


class Helper:
    def __init__(self, program: str, folder: str):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.path = os.path.join(folder, "socket")
        pathlib.Path(self.path).unlink(missing_ok=True)
        listener.bind(self.path)
        listener.listen()
        self.pid = os.fork()
        if self.pid == 0:
            os.dup2(listener.fileno(), 3)
            os.set_inheritable(3, True)
            environment = os.environ | {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "RAIDD_WORKER": folder + "/worker"}
            os.execve(program, [program], environment)
        listener.close()
        self.connect()
        self.follow()

    def connect(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(self.path)
        self.socket.settimeout(20)

    def follow(self):
        self.events, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.events.settimeout(20)
        expect("follow", self.call(FOLLOW, fds=[theirs.fileno()])[0], 0)
        theirs.close()

    def send(self, data: bytes, fds=()):
        self.socket.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else [])

    def call(self, call: int, number=0, text="", fds=()):
        self.send(struct.pack(f"=IIQ{TEXT_BYTES}s", call, 0, number, text.encode()), fds)
        data, control, _, _ = self.socket.recvmsg(8, socket.CMSG_SPACE(4))
        received = array.array("i")
        for _, _, part in control:
            received.frombytes(part)
        return struct.unpack("=q", data)[0], received[0] if received else None

    def run(self, number: int, request: str):
        """The number of an error, or the file for the answer."""
        files = [os.memfd_create("in"), os.memfd_create("out")]
        lock = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        os.write(files[0], request.encode() + b"\n")
        os.lseek(files[0], 0, os.SEEK_SET)
        result, _ = self.call(RUN, number, fds=[*files, lock[1].fileno()])
        os.close(files[0])
        for end in lock:
            end.close()
        if result < 0:
            os.close(files[1])
            return result
        return files[1]

    def event(self):
        """The next that is not of device-mapper."""
        while True:
            number, code, status = struct.unpack("=Qii", self.events.recv(16))
            if number:
                return number, code, status

    def end(self) -> int:
        """How it has ended, by itself."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return 999

    def descriptors(self) -> int:
        self.call(RECOVER)  # what the call before has left open is closed by now
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def close(self):
        self.socket.close()
        self.events.close()


def text_of(fd: int) -> str:
    with os.fdopen(fd, "rb") as f:
        f.seek(0)
        return f.read().decode().strip()


def serves(helper: Helper, folder: str):
    answer = helper.run(1, "hello")
    expect("its end", helper.event(), (1, os.CLD_EXITED, 0))
    expect("its answer", text_of(answer), "hello and 3")
    os.close(helper.run(2, "die"))
    expect("a killed one", helper.event(), (2, os.CLD_KILLED, 9))
    expect("a recovery", helper.call(RECOVER, 3, "vg0")[0], 0)
    expect("its end", helper.event(), (3, os.CLD_EXITED, 3))
    with open("/dev/null", "rb") as lock:
        expect("under a lock", helper.call(RECOVER, 4, "vg1", [lock.fileno()])[0], 0)
    helper.event()
    expect("the names", pathlib.Path(folder, "recovered").read_text(), "vg0 \nvg1 3\n")
    result, fd = helper.call(OBSERVE)
    expect("a look", result, 0)
    os.close(fd)


def refuses(helper: Helper):
    before = helper.descriptors()
    with open("/dev/null", "rb") as null:
        for _ in range(300):
            for call, number, text, n_fds in ((FOLLOW, 0, "", 0), (FOLLOW, 0, "", 2), (RUN, 1, "", 0), (RUN, 1, "", 2), (RUN, 0, "", 3),
                                              (RECOVER, 1, "", 0), (RECOVER, 1, "--all", 0), (RECOVER, 0, "vg", 0), (RECOVER, 1, "vg", 2)):
                expect(f"{call} {number} {text} {n_fds}", helper.call(call, number, text, [null.fileno()] * n_fds), (-errno.EINVAL, None))
            for path in "/dev/null", "/etc/passwd", "/dev/mapper/none", "":
                expect(path, helper.call(OPEN, os.fstat(null.fileno()).st_rdev, path), (-errno.ENXIO, None))
    for number in 7 << 8, 1 << 63, 0:
        expect(f"device {number}", helper.call(OPEN, number, "/dev/vda"), (-errno.ENXIO, None))
    expect("descriptors", helper.descriptors(), before)


def ends_after_nonsense(program: str, folder: str):
    whole = struct.pack(f"=IIQ{TEXT_BYTES}s", OBSERVE, 0, 0, b"")
    with open("/dev/null", "rb") as null:
        for what, data, fds in (("unknown", struct.pack(f"=IIQ{TEXT_BYTES}s", UNKNOWN, 0, 0, b""), ()), ("short", whole[:-1], ()),
                                ("long", whole + b"x", ()), ("without an end", whole[:16] + b"x" * TEXT_BYTES, ()),
                                ("with too many descriptors", whole, [null.fileno()] * 4)):
            helper = Helper(program, folder)
            helper.send(data, fds)
            expect(f"a request that is {what}: connection", helper.socket.recv(8), b"")
            expect(f"a request that is {what}", helper.end(), 1)
            helper.close()


def daemon_does_not_read(helper: Helper):
    """Ends of workers are told when there is room, and no call waits for that."""
    for number in range(1, 401):
        answer = helper.run(number, "hello")
        os.close(answer)
    deadline = time.monotonic() + 60
    children = pathlib.Path(f"/proc/{helper.pid}/task/{helper.pid}/children")
    while children.read_text().strip() and time.monotonic() < deadline:
        expect("a call meanwhile", helper.call(RECOVER, 0)[0], -errno.EINVAL)
        time.sleep(0.05)
    expect("all of them", sorted(helper.event()[0] for _ in range(400)), list(range(1, 401)))


def appears(path: pathlib.Path) -> bool:
    deadline = time.monotonic() + 10
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return path.exists()


def dies(helper: Helper, folder: str):
    """The daemon is gone without a word, and worker 5 waits: the next daemon is served by the same helper, after the recovery."""
    recovered = pathlib.Path(folder, "recovered")
    recovered.unlink()
    helper.connect()
    helper.socket.settimeout(0.5)
    try:
        helper.follow()
        expect("served before the recovery", True, False)
    except TimeoutError:
        expect("not before the recovery", recovered.exists(), False)
    pathlib.Path(folder, "go-on").touch()
    helper.socket.settimeout(20)
    expect("then it is", struct.unpack("=q", helper.socket.recv(8))[0], 0)
    expect("after one of everything", recovered.read_text(), "--all \n")
    helper.follow()
    pathlib.Path(folder, "go").touch()
    os.close(helper.run(8, "hello"))
    expect("only its own workers are told", helper.event(), (8, os.CLD_EXITED, 0))


def main() -> int:
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        worker = pathlib.Path(folder, "worker")
        worker.write_text(WORKER.format(folder=folder))
        worker.chmod(0o755)
        go, gone_on = pathlib.Path(folder, "go"), pathlib.Path(folder, "gone-on")

        helper = Helper(program, folder)
        serves(helper, folder)
        refuses(helper)
        daemon_does_not_read(helper)
        os.close(helper.run(5, "wait"))
        helper.close()
        dies(helper, folder)
        expect("the worker goes on", appears(gone_on), True)
        helper.close()
        expect("when no other daemon comes", helper.end(), 0)
        go.unlink()

        helper = Helper(program, folder)
        expect("a daemon leaves", helper.call(LEAVE)[0], 0)
        expect("and the helper with it", helper.end(), 0)
        helper.close()

        helper = Helper(program, folder)
        os.close(helper.run(6, "wait"))
        os.kill(helper.pid, signal.SIGTERM)
        time.sleep(0.2)
        expect("asked to stop", helper.run(7, "hello"), -errno.ESHUTDOWN)
        go.touch()
        expect("after the last worker", helper.end(), 0)
        expect("whose end is told", helper.event(), (6, os.CLD_EXITED, 0))
        helper.close()

        ends_after_nonsense(program, folder)
    return failed


ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: workers that go on are ours then, not left over
sys.exit(main())
