"""Locks on files. The system lets go of one when its process ends, however it ends."""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    import msvcrt

    # Beyond the end of any file, where a lock keeps nobody from reading or writing.
    _PLACE = 1 << 40

    def _take(descriptor: int, *, is_shared: bool) -> None:  # noqa: ARG001 - here every lock is for one alone
        before = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _PLACE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, before, os.SEEK_SET)
else:
    import fcntl

    def _take(descriptor: int, *, is_shared: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def take(descriptor: int, *, is_shared: bool = False) -> bool:
    """Lock an open file; False when another has it. Closing the file gives it back.

    A drive that knows no locks can keep nobody out: True. is_shared: with others who only look.
    """
    try:
        _take(descriptor, is_shared=is_shared)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
