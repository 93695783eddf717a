import csv
import os
import re
import shlex
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tracker.cli import main
from tracker.commands.mark_screen import Curve, drawn, key_names
from tracker.core.model import Samples, Side
from tracker.scoring.marking import KEY_WORDS, Marking
from tracker.scoring.tilt import tilt_pct
from tracker.scoring.truth import TrueRep

RECORDINGS = Path(__file__).parents[2] / "recordings"


@pytest.fixture
def recording(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    shutil.copy(RECORDINGS / "clean_pair.jsonl.gz", tmp_path / "mine.jsonl.gz")
    return tmp_path / "mine.jsonl.gz"


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def terminal(tmp_path):
    if sys.platform == "win32":
        pytest.skip("a pseudo terminal needs POSIX: marking in a real terminal stays unproved here")
    from tests.terminals import Shell

    shell = Shell(tmp_path / "home")
    yield shell
    shell.close()


def test_marking_in_a_terminal(recording, terminal, tmp_path):
    """Keys mark, choose the leg, move, undo and save; the screen says what happened; then `score` reads the file."""
    truth = tmp_path / "mine.truth.csv"
    terminal.run("mark", str(recording), "--from", "30")
    since = terminal.wait_for("0 reps marked")
    for keys, words in (
        ("p", "Paused."),
        ("l", "Left leg."),
        ("\x1b[C ", "Rep 1, left."),
        ("\x1b[C ", "Rep 2, left."),
        ("f", "done badly"),
        ("r", "Right leg."),
        (". ", "Rep 3, right."),
        ("u", "Undone."),
    ):
        terminal.type(keys)
        since = terminal.wait_for(words, since)
    assert len(rows(truth)) == 2  # saved before it is done
    terminal.type("q")
    assert terminal.exit_code() == 0
    assert terminal.reads_lines
    assert terminal.has_screen_back
    assert b"Traceback" not in terminal.shown
    assert b"Now: tracker score" in terminal.shown
    assert [(row["set"], row["side"], row["rep"], row["fault"]) for row in rows(truth)] == [
        ("1", "left", "1", "false"),
        ("1", "left", "2", "true"),
    ]
    first_s, second_s = (float(row["top_s"]) for row in rows(truth))
    assert 35 <= first_s < 95  # however slow the machine, the pause came within a minute
    assert second_s - first_s == pytest.approx(5.0, abs=0.0015)
    result = CliRunner().invoke(main, ["score", str(recording)])
    assert result.exit_code == 0
    assert [line.split()[:4] for line in result.stdout.splitlines() if line.startswith("all")] == [
        ["all", "-", "2", "10"]
    ]


def test_the_command_that_is_named_next_scores_these_marks(recording, terminal, tmp_path):
    """Also where the truth lies elsewhere, in a file with a space: it is what a shell takes as it stands."""
    truth = tmp_path / "my truth.csv"
    terminal.run("mark", str(recording), "--from", "39.5", "-o", shlex.quote(str(truth)))
    since = terminal.wait_for("0 reps marked")
    terminal.type(" ")
    since = terminal.wait_for("1 reps marked", since)
    terminal.type("q")
    assert terminal.exit_code() == 0
    (said,) = re.findall(r"1 rep\. Now: (tracker score .*)", terminal.shown[since:].decode().replace("\r\n", "\n"))
    result = CliRunner().invoke(main, shlex.split(said)[1:])
    assert result.exit_code == 0, result.output
    assert re.search(r"^all +- +1 ", result.stdout, re.MULTILINE)


def test_ctrl_c_keeps_the_marks(recording, terminal, tmp_path):
    """What was marked is saved, the terminal is given back, exit 130; the next time it is there to be mended."""
    terminal.run("mark", str(recording), "--from", "30")
    terminal.wait_for("0 reps marked")
    terminal.type(" ")
    terminal.wait_for("1 reps marked")
    terminal.type("\x03")
    assert terminal.exit_code() == 128 + signal.SIGINT
    assert terminal.reads_lines
    assert terminal.has_screen_back
    assert b"Traceback" not in terminal.shown
    (row,) = rows(tmp_path / "mine.truth.csv")
    assert float(row["top_s"]) >= 30
    since = len(terminal.shown)
    terminal.run("mark", str(recording))
    since = terminal.wait_for("1 reps marked", since)
    terminal.type("x")
    terminal.wait_for("0 reps marked", since)
    terminal.type("q")
    terminal.wait_for("CODE=0", since)
    assert rows(tmp_path / "mine.truth.csv") == []


def test_without_a_terminal(recording):
    """In a pipe it says that it needs a terminal, and what to do instead."""
    result = CliRunner().invoke(main, ["mark", str(recording)])
    assert result.exit_code == 1
    assert "needs a terminal" in result.stderr
    assert "a CSV with a column top_s" in result.stderr


def test_it_never_replaces_the_recording(recording):
    """-o on the recording itself is refused."""
    before = recording.read_bytes()
    result = CliRunner().invoke(main, ["mark", str(recording), "-o", str(recording)])
    assert result.exit_code == 1
    assert "would replace the recording" in result.stderr
    assert recording.read_bytes() == before
    assert os.listdir(recording.parent) == ["mine.jsonl.gz"]  # noqa: PTH208 - names alone


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (" lr", [" ", "l", "r"]),
        ("\x1b[A\x1b[D\x1bOC", ["up", "left", "right"]),
        ("\x1b", ["escape"]),
        ("\x1b[15~x", ["x"]),
        ("\r\n\x7f\b", ["enter", "enter", "backspace", "backspace"]),
        ("é", ["é"]),
        ("", []),
    ],
)
def test_what_was_typed(text, keys):
    """Letters are themselves, other keys have names, what nobody knows is dropped."""
    assert key_names(text) == keys


CURVE = Curve(np.arange(0, 60, 0.04), 50 + 50 * np.sin(np.arange(0, 60, 0.04)))


@pytest.mark.parametrize(("width", "height"), [(100, 40), (80, 24), (30, 8), (10, 3)])
def test_the_screen_fits(width, height):
    """Never wider or longer than the window, whatever its size."""
    marking = Marking(
        60.0, now_s=30.0, reps=(TrueRep(29.0, Side.LEFT), TrueRep(27.0, is_faulty=True)), message="x" * 200
    )
    lines = drawn(marking, CURVE, width=width, height=height).plain.splitlines()
    assert len(lines) <= height
    assert max(map(len, lines)) <= max(width, 24)


def test_what_the_screen_shows():
    """The place in time, the leg, the marks under the curve where they were made, and every key."""
    reps = (
        TrueRep(29.0, Side.LEFT),
        TrueRep(28.0, Side.RIGHT, is_faulty=True),
        TrueRep(27.0),
        TrueRep(26.0, Side.UNKNOWN, True),
    )
    plain = drawn(Marking(60.0, now_s=30.0, reps=reps, side=Side.LEFT), CURVE, width=100, height=40).plain
    assert "0:30.0 of 1:00.0   4 reps marked   LEFT LEG   x1" in plain
    marks = next(line for line in plain.splitlines() if "△" in line)
    assert [marks.index("│") - marks.index(sign) for sign in "Lr▲△"] == [8, 16, 24, 32]
    for keys, words in KEY_WORDS:
        assert f"{keys}  {words}" in plain


def test_the_curve_where_signal_was_lost():
    """Near no point there is nothing to show."""
    curve = Curve(np.array([0.0, 0.1, 5.0]), np.array([10.0, 20.0, 30.0]))
    assert np.array_equal(
        curve.at(np.array([-1.0, 0.02, 0.09, 2.0, 4.9, 9.0])), [np.nan, 10, 20, np.nan, 30, np.nan], equal_nan=True
    )
    assert np.isnan(Curve(np.empty(0), np.empty(0)).at(np.array([1.0]))).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_tilt_shows_the_reps_that_nobody_recognised(sign):
    """A sensor that tips ten times, low most of the time, gives a curve with ten tops, whichever way it is worn."""
    t_s = np.arange(0, 60, 0.02)
    angle = sign * np.radians(40) * np.maximum(np.sin(2 * np.pi * t_s / 6), 0) ** 2
    acc = 9.81 * np.stack([np.sin(angle), 0.1 * np.ones_like(t_s), np.cos(angle)], axis=1)
    blocks = [
        Samples(t_s[rows], acc[rows], None, np.zeros(len(t_s[rows]), bool), np.zeros(len(t_s[rows])))
        for rows in (slice(0, 1000), slice(1000, None))
    ]
    found_s, pct = tilt_pct(blocks)
    is_high = pct > 50
    assert np.count_nonzero(is_high[1:] & ~is_high[:-1]) == 10
    assert abs(found_s[np.argmax(pct[:300])] - 1.5) < 0.5
    assert len(tilt_pct([])[0]) == 0
    assert len(tilt_pct([Samples(t_s[:20], acc[:20], None, np.zeros(20, bool), np.zeros(20))])[0]) == 0
    still = Samples(t_s, np.tile([0, 0, 9.81], (len(t_s), 1)), None, np.zeros(len(t_s), bool), np.zeros(len(t_s)))
    assert not tilt_pct([still])[1].any()
