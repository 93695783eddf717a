"""What was forgotten when recording is said afterwards, and the history knows."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.history.conftest import Run
from tests.history.recorded import rows_in, save
from tracker.cli import main


def test_a_name_forgotten_when_recording_is_given_afterwards(home: Path, history: Run) -> None:
    """`report --athlete` says whose session it was; later reports keep it, and `''` undoes it."""
    folder, other = save(home, 0), save(home, 1, athlete="Max")

    def report(of: Path, *words: str) -> dict[str, Any]:
        done = CliRunner().invoke(main, ["report", str(of), *words])
        assert done.exit_code == 0, done.output
        return dict(json.loads((of / "session.json").read_text("utf-8")))

    assert history().stdout.splitlines()[2].startswith("(no name)")
    assert report(folder, "--athlete", "Zoë")["athlete"] == "Zoë"
    assert report(folder, "--set", "checks.pause_good_s=2")["athlete"] == "Zoë"
    report(other, "--athlete", "Zoe")
    assert [line.split()[0] for line in history().stdout.splitlines()[1:3]] == ["Zoe", "Zoë"]
    assert {row["athlete"] for row in rows_in(home)} == {"Zoe", "Zoë"}
    assert report(folder, "--athlete", "")["athlete"] == ""
    assert history().stdout.splitlines()[2].startswith("(no name)")


def test_a_load_forgotten_when_recording_is_given_afterwards(home: Path, history: Run) -> None:
    """`report --load` says it: history, reports and exports have it, the recording stays; bodyweight undoes it."""
    folder = save(home, 0)
    recording = (folder / "recording.jsonl.gz").read_bytes()
    assert history().exit_code == 0  # judged without, and kept so

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, list(words))
        assert done.exit_code == 0, done.output
        return done.stdout

    run("report", str(folder), "--load", "20", "--load-type", "dumbbell")
    assert "20 kg dumbbell" in run("history", "--by", "load")
    assert {(row["load_kg"], row["volume_kg"]) for row in rows_in(home)} == {("20.0", "60.0")}
    run("report", str(folder))
    assert json.loads((folder / "session.json").read_text("utf-8"))["load_kg"] == 20.0
    assert ";20;kg;3;" in run("export", str(folder), "--to", "strong", "-o", "-")
    assert "20 kg dumbbell" in run("replay", str(folder))
    run("batch", str(folder), "-o", str(home / "batch.csv"))
    assert {row["load_kg"] for row in rows_in(home, "batch.csv")} == {"20.0"}
    assert (folder / "recording.jsonl.gz").read_bytes() == recording
    run("report", str(folder), "--load-type", "bodyweight")
    assert "20 kg" not in run("history", "--by", "load")


def test_a_leg_forgotten_when_recording_is_given_afterwards(home: Path, history: Run, tmp_path: Path) -> None:
    """A sample file imported without --side: named in a report, its reps are of that leg from then on."""
    samples = tmp_path / "samples.csv"
    save(tmp_path, 0)
    (recording,) = tmp_path.glob("2025*/recording.jsonl.gz")
    invoke = CliRunner().invoke
    assert invoke(main, ["export", str(recording), "--to", "csv", "-o", str(samples)]).exit_code == 0
    samples.write_text(re.sub(r"set_\w+[^,\n]*|side=\w+", "", samples.read_text()))
    done = invoke(main, ["import", str(samples)])
    folder = str(Path(done.stdout.strip()).parent)
    assert history().exit_code == 0
    assert {row["side"] for row in rows_in(home)} == {""}
    assert invoke(main, ["report", folder, "--side", "alternate"]).exit_code == 0
    assert history().exit_code == 0
    assert {row["side"]: row["reps"] for row in rows_in(home)} == {"left": "3", "right": "3"}


def test_a_leg_that_was_named_while_recording_stays(home: Path) -> None:
    """A marker or a key named it then; who says another one is told, not passed over in silence."""
    folder = str(save(home, 0))
    done = CliRunner().invoke(main, ["report", folder, "--side", "right"])
    assert "Sets whose leg a marker or key names keep it: --side is for the others." in done.stderr
    assert "names keep it" not in CliRunner().invoke(main, ["report", folder, "--side", "alternate"]).stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_in_place_of_a_report_is_not_waited_for(home: Path, history: Run) -> None:
    """Nobody writes into it: the history would never come."""
    os.mkfifo(save(home, 0, athlete="Max", is_reported=False) / "session.json")
    assert history().stdout.startswith("Max: 1 session")


def test_what_is_said_of_a_loose_recording_stays(home: Path, tmp_path: Path) -> None:
    """Its report lies in a folder of its own, and what it says counts there."""
    loose = tmp_path / "monday.jsonl.gz"
    loose.write_bytes((save(home, 0) / "recording.jsonl.gz").read_bytes())
    for words in (["--athlete", "Zoë", "--load", "20"], []):
        assert CliRunner().invoke(main, ["report", str(loose), *words]).exit_code == 0
        said = json.loads((tmp_path / "monday-report" / "session.json").read_text("utf-8"))
        assert (said["athlete"], said["load_kg"]) == ("Zoë", 20.0)


@pytest.mark.parametrize(
    "said",
    [
        '{"athlete": "Eve"}',
        '{"athlete": 7, "session_id": "20250602T173000Z-0000"}',
        '{"athlete": "Max", "reps": Infinity, "software_version": "1", "sides": {}}',
        "[1]",
        "[" * 100_000,
    ],
    ids=["no session", "no name", "endless", "a list", "deep"],
)
def test_a_report_of_something_else_names_nobody(home: Path, history: Run, said: str) -> None:
    """Only a report of this very session, with a name in it."""
    folder = save(home, 0, athlete="Max", is_reported=False)
    (folder / "session.json").write_text(said)
    assert history().stdout.startswith("Max: 1 session")
