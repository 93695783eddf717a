"""`tracker demo`: what it leaves, what it says, and the options it keeps to."""

import json
import shutil
from pathlib import Path

from tests.cli.conftest import rows
from tracker.recording import Recording

RECORDINGS = Path(__file__).parents[2] / "recordings"


def test_demo_leaves_a_session(demo_folder):
    """The demo leaves a packed recording and its reports: two sets of five, left then right."""
    names = {path.name for path in demo_folder.iterdir()}
    assert names >= {"recording.jsonl.gz", "reps.csv", "sets.csv", "session.json"}
    assert not any(name.endswith((".part", ".jsonl")) for name in names)
    assert [(row["side"], row["reps"]) for row in rows(demo_folder / "sets.csv")] == [("left", "5"), ("right", "5")]
    assert {row["session_id"] for row in rows(demo_folder / "reps.csv")} == {demo_folder.name}


def test_demo_speaks_plainly_into_a_pipe(tracker):
    """Piped output is plain lines: every rep by side and number, no escape codes, files named on stderr."""
    result = tracker("demo", "--speed", "max")
    assert result.exit_code == 0
    told = result.stdout.splitlines()
    assert "Ready, left." in told
    after = told.index("Set 1 done: 5 reps, 2 clean.")
    assert told[after + 1 : after + 3] == ["Switch to the other leg, 30 s.", "Set 2, right."]
    assert "Left 1 — good" in result.stdout
    assert "Left 2 — hips not level" in result.stdout
    assert "\x1b" not in result.stdout
    assert "Wrote" not in result.stdout
    assert "Wrote" in result.stderr


def test_demo_is_nobody(tracker, demo_folder, home):
    """The history keeps what was only played apart from the sessions of the person, who may have no name."""
    assert json.loads((demo_folder / "session.json").read_text("utf-8"))["athlete"] == "simulated lifter"
    shutil.copytree(demo_folder, home / demo_folder.name)
    (home / "20250101T000000Z-0000").mkdir()
    shutil.copy(RECORDINGS / "clean_pair.jsonl.gz", home / "20250101T000000Z-0000" / "recording.jsonl.gz")
    people = [line[:18].strip() for line in tracker("history").stdout.splitlines()[1:3]]
    assert people == ["simulated lifter", "(no name)"]
    assert "\nAnn\n" in tracker("demo", "--speed", "max", "--athlete", "Ann", "--no-record").stdout


def test_demo_without_recording(tracker, home):
    """--no-record writes nothing at all."""
    assert tracker("demo", "--speed", "max", "--no-record").exit_code == 0
    assert not home.exists()


def test_demo_side_overrides(tracker, home):
    """--side replaces the sides that the demo declares."""
    assert (
        tracker("demo", "--speed", "max", "--side", "right", "--load", "20", "--load-type", "dumbbell").exit_code == 0
    )
    (folder,) = home.iterdir()
    sets = rows(folder / "sets.csv")
    assert {row["side"] for row in sets} == {"right"}
    assert {row["volume_kg"] for row in sets} == {"100.0"}


def test_demo_as_json(tracker):
    """--json puts one event a line on stdout and the talk on stderr."""
    result = tracker("demo", "--speed", "max", "--json", "--no-record")
    names = [json.loads(line)["event"] for line in result.stdout.splitlines()]
    assert names[0] == "stream_started"
    assert names[-1] == "stream_ended"
    assert names.count("rep_counted") == 10
    assert "pose_updated" not in names
    assert "Session" in result.stderr


def test_a_plan_for_sets_travels_in_the_recording(tracker, home):
    """--target, --switch-rest and --rest are settings of the session; the demo keeps to them."""
    result = tracker("demo", "--speed", "max", "--target", "5", "--switch-rest", "6", "--rest", "0")
    assert result.exit_code == 0
    (folder,) = home.iterdir()
    sets = Recording(folder / "recording.jsonl.gz").header.config.sets
    assert (sets.target_reps, sets.switch_rest_s, sets.round_rest_s) == (5, 6.0, 0.0)
    assert "Switch to the other leg, 6 s." in result.stdout
    assert result.stdout.count("Set 1 done: 5 reps") == 1
    assert tracker("verify", "last").exit_code == 0
