"""Figures for papers: one a set and one of all reps, in three formats; one sentence where matplotlib is missing."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.core.bookkeeping import fold
from tests.reports import played
from tracker.cli import main
from tracker.errors import TrackerError
from tracker.header import Header
from tracker.reports import Session
from tracker.reports.plots import KINDS, write_plots

RECORDING = Path(__file__).parents[2] / "recordings" / "faults.jsonl.gz"
BEGINNINGS = {"png": b"\x89PNG\r\n", "svg": b"<?xml", "pdf": b"%PDF-"}


@pytest.mark.parametrize("kind", KINDS)
def test_one_figure_a_set_and_one_of_all_reps(tmp_path: Path, kind: str) -> None:
    """In the format that was asked for."""
    pytest.importorskip("matplotlib", reason="NO MATPLOTLIB: the extra `plots` is not installed")
    paths = write_plots(tmp_path, played.faulty(), kind)
    assert [path.name for path in paths] == [f"set-1.{kind}", f"set-2.{kind}", f"overlay.{kind}"]
    for path in paths:
        assert path.read_bytes().startswith(BEGINNINGS[kind])


def test_png_is_as_wide_as_two_columns(tmp_path: Path) -> None:
    """180 mm at 300 dots an inch; not blank."""
    image = pytest.importorskip("matplotlib.image", reason="NO MATPLOTLIB: the extra `plots` is not installed")
    for path in write_plots(tmp_path, played.uncalibrated(), "png"):
        pixels = image.imread(path)
        assert pixels.shape[1] == pytest.approx(180 / 25.4 * 300, abs=2)
        assert 0.5 < pixels[..., :3].mean() < 0.999


def test_nothing_to_draw(tmp_path: Path) -> None:
    """A session without sets has no figures."""
    pytest.importorskip("matplotlib", reason="NO MATPLOTLIB: the extra `plots` is not installed")
    assert write_plots(tmp_path, Session(Header("x", "sensor", "imu_stream", 104.0), fold([])), "png") == []


def test_the_same_session_gives_the_same_file(tmp_path: Path) -> None:
    """No date, no version inside."""
    pytest.importorskip("matplotlib", reason="NO MATPLOTLIB: the extra `plots` is not installed")
    first, second = (write_plots(tmp_path / name, played.one_side(), "png") for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_the_verb_draws_beside_the_tables(tmp_path: Path) -> None:
    """`report --plots png`."""
    pytest.importorskip("matplotlib", reason="NO MATPLOTLIB: the extra `plots` is not installed")
    done = CliRunner().invoke(main, ["report", str(RECORDING), "-o", str(tmp_path), "--plots", "png"])
    assert done.exit_code == 0, done.output
    assert {"set-1.png", "set-2.png", "overlay.png", "report.html"} <= {path.name for path in tmp_path.iterdir()}


def test_without_matplotlib_one_sentence_and_no_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said before the recording is played, with what to install."""
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(TrackerError, match=r"needs the package 'matplotlib'\. Install it: .*plots"):
        write_plots(tmp_path, played.faulty(), "png")
    done = CliRunner().invoke(main, ["report", str(RECORDING), "-o", str(tmp_path), "--plots", "png"])
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: --plots needs the package 'matplotlib'.")
    assert list(tmp_path.iterdir()) == []
