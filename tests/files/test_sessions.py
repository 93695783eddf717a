from datetime import UTC, datetime, timedelta

import pytest

from tracker.errors import RecordingError
from tracker.sessions import find_recording, new_session_id, session_root


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def make(home, name, file="recording.jsonl.gz"):
    (home / name).mkdir(parents=True)
    (home / name / file).write_bytes(b"")
    return home / name / file


def test_session_ids_sort_by_time():
    """Names of sessions sort as their starts do, in UTC, and are safe on every file system."""
    start = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    names = [new_session_id(start + timedelta(seconds=step)) for step in range(3)]
    assert names == sorted(names)
    assert names[0].startswith("20250102T030405Z-")
    assert len(names[0]) == 21


def test_last_is_the_newest_with_a_recording(home):
    """`last` is the newest session; folders without a recording and stray files do not count."""
    make(home, "20250102T030405Z-aaaa")
    newest = make(home, "20250103T030405Z-aaaa", "recording.jsonl")
    (home / "20250104T030405Z-aaaa").mkdir()
    (home / "notes.txt").write_text("")
    assert find_recording("last") == newest


def test_no_session_yet():
    """Without any session `last` says how to make one."""
    with pytest.raises(RecordingError, match=r"no session yet.*tracker demo"):
        find_recording("last")


def test_folder_stands_for_its_recording(home):
    """A session folder may be named instead of the file; one without a recording is refused."""
    file = make(home, "a")
    assert find_recording(str(home / "a")) == file
    (home / "empty").mkdir()
    with pytest.raises(RecordingError, match="no recording in this folder"):
        find_recording(str(home / "empty"))


def test_root_without_override(monkeypatch):
    """Without TRACKER_HOME the sessions lie in the platform's folder for user data."""
    monkeypatch.delenv("TRACKER_HOME")
    assert session_root().name == "hip-thrust-tracker"
