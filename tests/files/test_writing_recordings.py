"""A recording while it is written: on disk at once, on a full disk as well, and never over another."""

import errno
from pathlib import Path

import pytest

from tests.files.recorded import HEADER, INPUTS, write
from tracker.errors import RecordingError
from tracker.recording import Recording, RecordingWriter


class FullDisk:
    """A file on a disk with room for so many bytes."""

    def __init__(self, path: Path, room: int) -> None:
        self._file = path.open("xb", buffering=0)
        self._room = room

    def write(self, data: bytes, /) -> int:
        if self._room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self._file.write(data[: self._room])
        self._room -= written
        return written

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def append_all(writer: RecordingWriter) -> None:
    for item in INPUTS:
        writer.append(item)


def test_full_disk_keeps_what_was_written(tmp_path):
    """On a full disk the error says what to do, the half line is taken back, and the file reads as a prefix."""
    header_size = len(write(tmp_path / "probe", [], closed=False).read_bytes())
    for room in range(header_size, header_size + 120, 7):
        folder = tmp_path / str(room)
        writer = RecordingWriter(folder, HEADER, create=lambda path, room=room: FullDisk(path, room))
        with pytest.raises(RecordingError, match=r"No space left on device\. Make room"):
            append_all(writer)
        writer.abandon()
        assert writer.path.read_bytes().endswith(b"\n")
        items = list(Recording(writer.path).inputs())
        assert items == INPUTS[: len(items)]


def test_full_disk_from_the_start_leaves_nothing(tmp_path):
    """When not even the header fits, neither file nor folder stays."""
    with pytest.raises(RecordingError, match="No space left"):
        RecordingWriter(tmp_path / "new", HEADER, create=lambda path: FullDisk(path, 10))
    assert list(tmp_path.iterdir()) == []


def test_packing_on_a_full_disk_keeps_the_recording(tmp_path, monkeypatch):
    """When there is no room for the packed file, the plain recording stays, complete, and no half file."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tracker.recording.shutil.copyfileobj", full)
    with pytest.raises(RecordingError, match="complete but could not be packed"):
        write(tmp_path, INPUTS)
    assert [path.name for path in tmp_path.iterdir()] == ["recording.jsonl"]
    recording = Recording(tmp_path / "recording.jsonl")
    assert list(recording.inputs()) == INPUTS
    assert recording.footer is not None


def test_folder_that_can_not_be(tmp_path):
    """A folder below a file is a RecordingError with a hint."""
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="can not be created: Not a directory"):
        RecordingWriter(tmp_path / "file" / "session", HEADER)


def test_never_overwrites(tmp_path):
    """A recording in the folder is never overwritten."""
    write(tmp_path, INPUTS, closed=False)
    with pytest.raises(RecordingError, match="never overwritten"):
        RecordingWriter(tmp_path, HEADER)


def test_every_line_is_on_disk_at_once(tmp_path):
    """An input is in the file when `append` returns: a killed process loses nothing that was appended."""
    writer = RecordingWriter(tmp_path, HEADER)
    for count, item in enumerate(INPUTS, 1):
        writer.append(item)
        assert list(Recording(writer.path).inputs()) == INPUTS[:count]
    writer.abandon()


def test_packing_is_deterministic(tmp_path):
    """The same session gives the same packed bytes, and the plain file is gone."""
    first, second = write(tmp_path / "a", INPUTS), write(tmp_path / "b", INPUTS)
    assert first.read_bytes() == second.read_bytes()
    assert [path.name for path in first.parent.iterdir()] == ["recording.jsonl.gz"]
