"""One run at a time writes a table. The system lets go of the lock when the run ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from tracker.errors import FileError
from tracker.locks import take


class Lock:
    """Held until `release`. Raises FileError while another run has it, OSError when the system refuses the file."""

    def __init__(self, path: Path, *, table: Path) -> None:
        self._path = path
        while True:
            self._file = path.open("a+b")
            if not take(self._file.fileno()):
                self._file.close()
                raise FileError("Another run is writing this table.", path=table, hint="Wait for it.")
            if os.fstat(self._file.fileno()).st_nlink:
                return
            self._file.close()  # whoever had it took the file away meanwhile

    def release(self) -> None:
        """Let others in; nothing is left behind."""
        if sys.platform == "win32":  # where no open file can go
            self._file.close()
        with contextlib.suppress(OSError):
            self._path.unlink()
        self._file.close()
