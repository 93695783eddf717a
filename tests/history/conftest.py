"""What several tests of the history start from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tracker.cli import main

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "home"
    root.mkdir()
    monkeypatch.setenv("TRACKER_HOME", str(root))
    return root


@pytest.fixture
def history(home: Path) -> Run:
    def run(*arguments: object) -> Result:
        assert home.exists()
        return CliRunner().invoke(main, ["history", *map(str, arguments)])

    return run
