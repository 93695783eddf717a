"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TextIO, TypeVar

from tracker.errors import FileError

File = TypeVar("File")


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """A text file (UTF-8, line ends as written) that gets its name only when the block ends without an error.

    A link keeps pointing where it points; a device or a pipe is written as it comes. Raises FileError when the system
    refuses.
    """
    with _whole(path, lambda place: place.open("w", encoding="utf-8", newline="")) as file:
        yield file


def bytes_written_whole(path: Path, data: bytes) -> None:
    """The same for bytes at once."""
    with _whole(path, lambda place: place.open("wb")) as file:
        file.write(data)


@contextlib.contextmanager
def _whole(path: Path, opened: Callable[[Path], AbstractContextManager[File]]) -> Iterator[File]:
    try:
        path = path.resolve() if path.is_symlink() else path
        temporary = path.with_name(path.name + ".part")
        if path.exists() and not path.is_file():
            with opened(path) as file:
                yield file
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with opened(temporary) as file:
                yield file
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FileError(
            f"The file can not be written: {error.strerror or error}.",
            path=path,
            hint="Make room, or name another folder with -o.",
        ) from error
