"""One session a sensor: a lock that ends with the process, however that ends.

Two programs could both get the notifications of one sensor, and the first to finish would stop it under the other.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tracker.errors import DeviceError
from tracker.sessions import session_root


@contextlib.contextmanager
def sensor_lock(address: str, title: str) -> Iterator[None]:
    """Inside, the sensor is this process's. Raises DeviceError when another session has it.

    A folder that can not be written, or a file system without locks, costs only the protection.
    """
    with contextlib.ExitStack() as stack:
        file: IO[bytes] | None = None
        with contextlib.suppress(OSError):
            path = _path(address)
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(path.open("ab"))
        if file is not None and not _is_locked(file):
            raise DeviceError(
                f"{title} is in use by another `tracker live`.",
                hint="End that one first (Ctrl-C there), or name another sensor with --sensor.",
            )
        yield


def _path(address: str) -> Path:
    return session_root() / f"sensor-{hashlib.sha256(address.encode()).hexdigest()[:12]}.lock"


def _is_locked(file: IO[bytes]) -> bool:
    """Take the lock; False when another process has it. Closing the file gives it back."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a network file system without locks
        return True
    return True
