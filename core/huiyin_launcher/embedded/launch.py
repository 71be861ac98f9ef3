"""Becomes another program that ends when its parent ends, under another user if asked (run by path, alone).

It is a program of its own, not a function between fork and exec, because that is unsafe beside threads. It
imports only the standard library, so that it starts within a few milliseconds with `python -I -S`.
"""

import argparse
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_SECBIT_NO_SETUID_FIXUP = 4
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION = 0x20080522


def _prctl(*arguments: int) -> None:
    """Calls prctl, whose arguments are unsigned longs, and raises when it fails."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    padded = [*arguments, 0, 0, 0, 0][:5]
    if prctl(ctypes.c_int(padded[0]), *(ctypes.c_ulong(value) for value in padded[1:])) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({arguments[0]}) failed")


def _keep_only_search() -> None:
    """Leaves the right to pass through closed folders and read in them, and no other."""
    mask = 1 << _CAP_DAC_READ_SEARCH
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(header, effective_permitted_inheritable) != 0:
        raise OSError(ctypes.get_errno(), "capset failed")
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_READ_SEARCH)


def _become(user: int, group: int, search: bool) -> None:
    if search:
        # Neither the change of user nor access(), which PostgreSQL uses on itself, may take it away.
        _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    if search:
        _keep_only_search()


def _die_with(parent: int, signal_number: int) -> None:
    """Asks the kernel for the signal; ends at once when the parent ended before it could be asked."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:
        raise SystemExit(f"the parent process {parent} is gone: {' '.join(sys.argv[1:])} is not started")


def main() -> None:
    """launch.py --parent PID --signal NAME [--nice N] [--user UID --group GID [--search]] -- PROGRAM ..."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", required=True)
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--user", type=int)
    parser.add_argument("--group", type=int)
    parser.add_argument("--search", action="store_true")
    parser.add_argument("program", nargs="+")
    chosen = parser.parse_args()
    os.nice(chosen.nice)
    if chosen.user is not None:
        _become(chosen.user, chosen.group, chosen.search)
    # After the change of user, which would clear it.
    _die_with(chosen.parent, signal.Signals[chosen.signal])
    os.execv(chosen.program[0], chosen.program)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main()
