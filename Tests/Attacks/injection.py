"""Starts a program and stops each of its calls to the kernel that concerns a file below a folder, to count them, to
answer one with an error, or to kill the program before it. The kernel asks through seccomp's notifications (Linux 5.5
or newer), so that the calls of all threads have one order, and calls are found however the program makes them."""
import collections
import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import sys
import time

# By machine: the number of the call `seccomp`, its audit name, and the numbers of calls about files.
MACHINES = {
    "x86_64": (317, 0xC000003E, dict(
        read=0, write=1, open=2, stat=4, fstat=5, lstat=6, ioctl=16, pread64=17, pwrite64=18, readv=19, writev=20,
        access=21, flock=73, fsync=74, fdatasync=75, truncate=76, ftruncate=77, getdents=78, rename=82, mkdir=83,
        rmdir=84, creat=85, link=86, unlink=87, symlink=88, readlink=89, chmod=90, fchmod=91, chown=92, fchown=93,
        statfs=137, fstatfs=138, getdents64=217, utimes=235, openat=257, mkdirat=258, fchownat=260, newfstatat=262,
        unlinkat=263, renameat=264, linkat=265, symlinkat=266, readlinkat=267, fchmodat=268, faccessat=269,
        utimensat=280, fallocate=285, preadv=295, pwritev=296, syncfs=306, renameat2=316, copy_file_range=326,
        statx=332, openat2=437, faccessat2=439, fchmodat2=452)),
    "aarch64": (277, 0xC00000B7, dict(
        ioctl=29, flock=32, mkdirat=34, unlinkat=35, symlinkat=36, linkat=37, renameat=38, statfs=43, fstatfs=44,
        truncate=45, ftruncate=46, fallocate=47, faccessat=48, fchmod=52, fchmodat=53, fchownat=54, fchown=55,
        openat=56, getdents64=61, read=63, write=64, readv=65, writev=66, pread64=67, pwrite64=68, preadv=69,
        pwritev=70, readlinkat=78, newfstatat=79, fstat=80, fsync=82, fdatasync=83, utimensat=88, syncfs=267,
        renameat2=276, copy_file_range=285, statx=291, openat2=437, faccessat2=439, fchmodat2=452)),
}

# Where a call has its paths: pairs of the descriptor's and the path's argument, None for the working folder. A call
# that is not here has a descriptor as its first argument.
_ONE, _AT = ((None, 0),), ((0, 1),)
PATHS = dict.fromkeys(
    "open stat lstat access truncate mkdir rmdir creat unlink readlink chmod chown statfs utimes".split(), _ONE)
PATHS |= dict.fromkeys(
    "openat mkdirat fchownat newfstatat unlinkat readlinkat fchmodat faccessat utimensat statx openat2 faccessat2 "
    "fchmodat2".split(), _AT)
PATHS |= dict.fromkeys("renameat renameat2 linkat".split(), ((0, 1), (2, 3)))
PATHS |= dict(rename=((None, 0), (None, 1)), link=((None, 0), (None, 1)), symlink=((None, 1),), symlinkat=((1, 2),))

_libc = ctypes.CDLL(None, use_errno=True)
_NOTICE, _ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI")
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_CONTINUE = 1

Injected = collections.namedtuple("Injected", "status text calls hit")
"""How the program ended (as `subprocess` says it; None if it had to be ended), what it said, its calls by name and
path, and the call that was hit."""


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def is_possible():
    """Whether this machine and kernel can do it. A container may forbid it."""
    if platform.machine() not in MACHINES:
        return False
    child = os.fork()
    if child == 0:
        # Whatever is in the filter's list would wait for an answer that nobody gives; leaving is not in it.
        os._exit(0 if _listen() >= 0 else 1)
    return os.waitpid(child, 0)[1] == 0


def _listen():
    """Sets the filter in this process; gives the descriptor through which the kernel asks, or -1."""
    seccomp, audit, numbers = MACHINES[platform.machine()]
    allow, ask = 0x7FFF0000, 0x7FC00000
    wanted = sorted(numbers.values())
    # Load the machine, and pass over calls of another; load the number, and compare it with each of the list.
    code = [(0x20, 0, 0, 4), (0x15, 1, 0, audit), (0x06, 0, 0, allow), (0x20, 0, 0, 0)]
    code += [(0x15, len(wanted) - index, 0, number) for index, number in enumerate(wanted)]
    code += [(0x06, 0, 0, allow), (0x06, 0, 0, ask)]
    packed = b"".join(struct.pack("=HBBI", *step) for step in code)
    program = Filter(len(code), packed)
    set_no_new_privileges, set_filter, new_listener = 38, 1, 8
    if _libc.prctl(set_no_new_privileges, 1, 0, 0, 0) != 0:
        return -1
    return _libc.syscall(seccomp, set_filter, new_listener, ctypes.byref(program))


def run(command, root, folder, environment, limit, hit=None, kills=False):
    """Starts a command in a folder.

    `hit` is the number, from 0, of the call below `root` that fails with EIO, or before which the program is killed.
    """
    here, there = socket.socketpair()
    output = os.memfd_create("output")
    child = os.fork()
    if child == 0:
        try:
            os.chdir(folder)
            nothing = os.open("/dev/null", os.O_RDONLY)
            for descriptor, number in ((nothing, 0), (output, 1), (output, 2)):
                os.dup2(descriptor, number)
            # The kernel asks about nothing that is done between these: sendmsg and execve are not in the list.
            listener = _listen()
            socket.send_fds(there, [b"x"], [listener])
            os.execve(command[0], command, environment)
        finally:
            os._exit(127)
    there.close()
    _, descriptors, _, _ = socket.recv_fds(here, 1, 1)
    here.close()
    if not descriptors:
        raise OSError("the child could not set its filter")
    try:
        calls, struck, ended = _answer(descriptors[0], child, os.fsencode(root), limit, hit, kills)
    finally:
        os.close(descriptors[0])
    if not ended:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with os.fdopen(output, "rb") as file:
        file.seek(0)
        text = file.read().decode(errors="replace")
    return Injected(status if ended else None, text, calls, struck)


def _answer(listener, child, root, limit, hit, kills):
    """Answers the kernel until all processes with the filter have ended."""
    names = {number: name for name, number in MACHINES[platform.machine()][2].items()}
    calls, struck = [], None
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    end = time.monotonic() + limit
    while True:
        events = poll.poll(max(0, end - time.monotonic()) * 1000)
        if not events:
            return calls, struck, False
        if not events[0][1] & select.POLLIN:
            return calls, struck, True
        notice = bytearray(_NOTICE.size)
        try:
            fcntl.ioctl(listener, _RECEIVE, notice)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):  # The process has been killed, or its call interrupted.
                continue
            raise
        identifier, process, _, number, _, _, *arguments = _NOTICE.unpack(notice)
        name = names[number]
        path = _path(process, name, arguments, root)
        answer = _ANSWER.pack(identifier, 0, 0, _CONTINUE)
        if path is not None:
            call = f"{name} {os.fsdecode(path)}"
            if len(calls) == hit:
                struck = call
                if kills:
                    os.kill(child, signal.SIGKILL)
                else:
                    answer = _ANSWER.pack(identifier, 0, -errno.EIO, 0)
            calls.append(call)
        if struck and kills:
            continue
        try:
            fcntl.ioctl(listener, _SEND, answer)
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise


def _path(process, name, arguments, root):
    """The path of a call, below `root`; None if the call is about something else."""
    places = PATHS.get(name)
    if places is None:
        paths = [_descriptor(process, arguments[0])]
    else:
        paths = [_joined(process, None if at is None else arguments[at], arguments[where]) for at, where in places]
    for path in paths:
        if path is not None and (path == root or path.startswith(root + b"/")):
            return path[len(root) + 1:] or b"."
    return None


def _descriptor(process, argument):
    number = ctypes.c_int(argument & 0xFFFFFFFF).value
    try:
        return os.readlink(b"/proc/%d/%s" % (process, b"cwd" if number == -100 else b"fd/%d" % number))
    except OSError:
        return None


def _joined(process, descriptor, address):
    try:
        with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
            memory.seek(address)
            text = memory.read(4096).split(b"\0", 1)[0]
    except (OSError, ValueError, OverflowError):
        # A path at the end of a mapping, or none: statx and fstat may have a descriptor alone.
        text = b""
    if text.startswith(b"/"):
        return os.path.normpath(text)
    base = _descriptor(process, -100 if descriptor is None else descriptor)
    return base if base is None or not text else os.path.normpath(base + b"/" + text)


if __name__ == "__main__":
    done = run(sys.argv[2:], sys.argv[1], os.getcwd(), dict(os.environ), 60)
    print(*done.calls, done.text, done.status, sep="\n")
