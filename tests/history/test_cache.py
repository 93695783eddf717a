"""What was worked out stays, and only for the same recording, the same settings and the same program."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.history.recorded import save
from tracker.core.config import Config, with_settings
from tracker.errors import FileError
from tracker.history import cache as cache_module
from tracker.history.cache import FILE_NAME, Cache, settings_digest
from tracker.history.saved import Saved, saved_sessions

RESULT = {"reps": 3}


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    save(tmp_path)
    return saved_sessions(tmp_path)[0]


def kept(root: Path, saved: Saved, settings: str = "a") -> None:
    cache = Cache(root)
    cache.keep(saved, settings, RESULT)
    cache.save()


def test_a_result_stays(tmp_path: Path, saved: Saved) -> None:
    """For the next start of the program."""
    assert Cache(tmp_path).result(saved, "a") is None
    kept(tmp_path, saved)
    assert Cache(tmp_path).result(saved, "a") == RESULT
    assert Cache(tmp_path).result(saved, "b") is None


def test_a_touched_file_is_the_same_a_changed_one_is_not(tmp_path: Path, saved: Saved) -> None:
    """The content decides; size and time only save reading it."""
    kept(tmp_path, saved)
    os.utime(saved.path, ns=(1, 1))
    (touched,) = saved_sessions(tmp_path)
    assert touched.stamp != saved.stamp
    cache = Cache(tmp_path)
    assert cache.result(touched, "a") == RESULT
    cache.save()
    assert json.loads((tmp_path / FILE_NAME).read_text())["sessions"][saved.name]["stamp"] == list(touched.stamp)
    saved.path.write_bytes(saved.path.read_bytes() + b"\0")
    (changed,) = saved_sessions(tmp_path)
    cache = Cache(tmp_path)
    assert cache.result(changed, "a") is None
    cache.keep(changed, "b", RESULT)
    assert cache.result(changed, "a") is None


def test_another_version_begins_anew(tmp_path: Path, saved: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    """A better algorithm improves every old session."""
    kept(tmp_path, saved)
    monkeypatch.setattr(cache_module, "__version__", "99.0")
    assert Cache(tmp_path).result(saved, "a") is None


def test_settings_have_a_name_each() -> None:
    """Any changed value is another name; the same values are the same."""
    assert settings_digest(Config(), {}) == settings_digest(with_settings(Config(), {}), {})
    assert settings_digest(Config(), {}) != settings_digest(with_settings(Config(), {"checks.level_good_deg": "5"}), {})


def test_only_the_settings_used_last_are_kept(tmp_path: Path, saved: Saved) -> None:
    """The file does not grow with every trial."""
    cache = Cache(tmp_path)
    for name in "abcdef":
        cache.keep(saved, name, RESULT)
    assert [cache.result(saved, name) is not None for name in "abcdef"] == [False, False, True, True, True, True]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"format": 1}', '{"format":1,"software_version":"0.1.0","sessions":{"x":7}}', "\0" * 9],
)
def test_a_broken_cache_is_made_anew(tmp_path: Path, saved: Saved, text: str) -> None:
    """Whatever stands in the file."""
    (tmp_path / FILE_NAME).write_text(text)
    assert Cache(tmp_path).result(saved, "a") is None
    kept(tmp_path, saved)
    assert Cache(tmp_path).result(saved, "a") == RESULT


def test_gone_sessions_are_forgotten(tmp_path: Path, saved: Saved) -> None:
    """With their results."""
    kept(tmp_path, saved)
    cache = Cache(tmp_path)
    cache.forget_others(set())
    cache.save()
    assert json.loads((tmp_path / FILE_NAME).read_text())["sessions"] == {}


def test_nothing_new_is_not_written(tmp_path: Path, saved: Saved) -> None:
    """Looking does not touch the disk."""
    kept(tmp_path, saved)
    before = (tmp_path / FILE_NAME).stat().st_mtime_ns
    cache = Cache(tmp_path)
    assert cache.result(saved, "a") == RESULT
    cache.save()
    assert (tmp_path / FILE_NAME).stat().st_mtime_ns == before


def test_a_folder_that_can_not_be_written_costs_only_time(
    tmp_path: Path, saved: Saved, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history is shown all the same."""

    def refuse(path: Path) -> None:
        raise FileError("no", path=path)

    monkeypatch.setattr(cache_module, "written_whole", refuse)
    kept(tmp_path, saved)
    assert not (tmp_path / FILE_NAME).exists()


def test_saved_sessions(tmp_path: Path) -> None:
    """Folders with a recording, in order of time; files and empty folders are none. No folder: none."""
    assert saved_sessions(tmp_path / "nowhere") == []
    save(tmp_path, 1)
    save(tmp_path, 0, is_reported=False)
    (tmp_path / "empty").mkdir()
    (tmp_path / "history.csv").write_text("x")
    first, second = saved_sessions(tmp_path)
    assert (first.name, second.name) == ("20250602T173000Z-0000", "20250603T173000Z-0001")
    assert first.said_then() == {}
    assert second.said_then()["reps"] == 6
    (tmp_path / second.name / "session.json").write_text('{"reps": ')
    assert second.said_then() == {}
    (tmp_path / second.name / "session.json").write_text("[1]")
    assert second.said_then() == {}
    (tmp_path / second.name / "session.json").write_text(" " * 1_000_001)
    assert second.said_then() == {}
