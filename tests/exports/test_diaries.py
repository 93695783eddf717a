import csv
import gzip
import sys
from datetime import UTC, datetime

import pytest

from tests.exports.conftest import RECORDINGS
from tracker.reports.export_hevy import COLUMNS as HEVY
from tracker.reports.export_strong import COLUMNS as STRONG

fitdecode = pytest.importorskip("fitdecode", reason="fitdecode is not installed: FIT files stay unread")
LOAD = ("--load", "22.5", "--load-type", "dumbbell")


def strong_rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def hevy_rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fit_messages(path, name):
    with fitdecode.FitReader(str(path), check_crc=fitdecode.CrcCheck.RAISE) as file:
        return [
            {field.name: field.value for field in frame.fields}
            for frame in file
            if isinstance(frame, fitdecode.FitDataMessage) and frame.name == name
        ]


def test_columns_are_those_of_the_apps():
    """The layouts of the apps' own exports, by name and order."""
    assert ";".join(STRONG) == (
        "Date;Workout Name;Exercise Name;Set Order;Weight;Weight Unit;Reps;RPE;Distance;Distance Unit;Seconds;Notes;"
        "Workout Notes;Workout Duration"
    )
    assert ",".join(HEVY) == (
        "title,start_time,end_time,description,exercise_title,superset_id,exercise_notes,set_index,set_type,weight_kg,"
        "reps,distance_km,duration_seconds,rpe"
    )


def test_strong(export):
    """A row a set: date with time, load with unit, reps, a note that names the leg; nothing empty that must not be."""
    result, path = export("faults", "strong", *LOAD)
    assert result.exit_code == 0, result.output
    rows = strong_rows(path)
    assert [(row["Set Order"], row["Reps"], row["Weight"], row["Weight Unit"]) for row in rows] == [
        ("1", "5", "22.5", "kg"),
        ("2", "6", "22.5", "kg"),
    ]
    assert {row["Date"] for row in rows} == {"2026-01-01 00:00:00"}
    assert {row["Exercise Name"] for row in rows} == {"Single Leg Hip Thrust (Dumbbell)"}
    assert rows[0]["Notes"].startswith("left: 2 of 5 clean; not all the way up 1")
    for row in rows:
        assert row["Seconds"] == "0"
        assert all(row[name] for name in ("Notes", "Workout Notes", "Workout Duration", "Workout Name"))


def test_hevy(export):
    """A row a set from index 0: times as Hevy writes them, texts in quotes, numbers bare, no load as nothing."""
    result, path = export("faults", "hevy")
    assert result.exit_code == 0, result.output
    rows = hevy_rows(path)
    assert [(row["set_index"], row["reps"], row["weight_kg"], row["set_type"]) for row in rows] == [
        ("0", "5", "", "normal"),
        ("1", "6", "", "normal"),
    ]
    assert (rows[0]["start_time"], rows[0]["end_time"]) == ("1 Jan 2026, 00:00", "1 Jan 2026, 00:02")
    assert rows[0]["exercise_title"] == "Single Leg Hip Thrust"
    assert "1. left: 2 of 5 clean" in rows[0]["exercise_notes"]
    assert "2. right: 3 of 6 clean" in rows[0]["exercise_notes"]
    header, first, _ = path.read_text(encoding="utf-8").splitlines()
    assert header.startswith('"title","start_time"')
    assert first.endswith(',0,"normal",,5,,,')
    _, path = export("faults", "hevy", *LOAD)
    assert {row["weight_kg"] for row in hevy_rows(path)} == {"22.5"}


def test_fit(export, reported):
    """Read back by another program: sets in order with their reps, load and times, a rest between, the exercise."""
    result, path = export("faults", "fit", *LOAD)
    assert result.exit_code == 0, result.output
    sets = fit_messages(path, "set")
    assert [(one["set_type"], one.get("repetitions")) for one in sets] == [("active", 5), ("rest", None), ("active", 6)]
    active = [one for one in sets if one["set_type"] == "active"]
    assert {(one["category"], one["category_subtype"]) for one in active} == {("hip_raise", 31)}
    assert {(one["weight"], one["weight_display_unit"]) for one in active} == {(22.5, "kilogram")}
    folder, session = reported("faults")
    with (folder / "sets.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    start = datetime.fromisoformat(session["started_at"]).timestamp()
    for one, row in zip(active, table, strict=True):
        assert one["start_time"].timestamp() == pytest.approx(start + float(row["start_s"]), abs=1.0)
        assert one["duration"] == pytest.approx(float(row["end_s"]) - float(row["start_s"]), abs=0.01)
    assert [one["message_index"] for one in sets] == [0, 1, 2]
    titles = fit_messages(path, "exercise_title")
    assert [one["wkt_step_name"] for one in titles] == ["Single Leg Hip Thrust, left", "Single Leg Hip Thrust, right"]
    assert [one["wkt_step_index"] for one in active] == [0, 1]
    assert {(one["exercise_category"], one["exercise_name"]) for one in titles} == {("hip_raise", 31)}
    (about,), (whole,), (activity,) = (fit_messages(path, name) for name in ("file_id", "session", "activity"))
    assert about["type"] == "activity"
    assert (whole["sport"], whole["sub_sport"], whole["total_cycles"]) == ("training", "strength_training", 11)
    assert whole["start_time"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert activity["num_sessions"] == 1
    assert [one["event_type"] for one in fit_messages(path, "event")] == ["start", "stop_all"]


def test_fit_without_load(export):
    """Bodyweight is single_leg_hip_raise without a weight."""
    _, path = export("clean_pair", "fit")
    active = [one for one in fit_messages(path, "set") if one["set_type"] == "active"]
    assert [(one["repetitions"], one["category_subtype"], one.get("weight")) for one in active] == [(5, 30, None)] * 2


@pytest.mark.parametrize("target", ["strong", "hevy", "fit"])
def test_what_a_diary_can_not_take(export, samples, target):
    """No date: what to say; no rep: nothing to write. One sentence each, and no file."""
    result, path = export(samples, target)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "--started-at" in result.stderr
    result, path = export(samples, target, "--started-at", "2025-12-24T18:00:00+01:00")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "No rep was counted" in result.stderr
    assert not path.exists()


def test_fit_needs_its_package(export, monkeypatch):
    """Without the extra it says what to install."""
    monkeypatch.setitem(sys.modules, "fit_tool", None)
    monkeypatch.setitem(sys.modules, "fit_tool.fit_file_builder", None)
    result, path = export("clean_pair", "fit")
    assert result.exit_code == 1
    assert "--to fit needs the package 'fit-tool'. Install it: uv sync --extra fit" in result.stderr
    assert not path.exists()


def test_the_persons_own_time(export, tmp_path):
    """Dates stand in the zone of the person: the offset that was recorded, whatever this computer's is."""
    lines = gzip.decompress((RECORDINGS / "clean_pair.jsonl.gz").read_bytes())
    path = tmp_path / "there.jsonl"
    path.write_bytes(lines.replace(b'"utc_offset_s":0', b'"utc_offset_s":-18000', 1))
    result, out = export(path, "strong")
    assert result.exit_code == 0, result.output
    assert {row["Date"] for row in strong_rows(out)} == {"2025-12-31 19:00:00"}
    _, out = export(path, "hevy")
    assert hevy_rows(out)[0]["start_time"] == "31 Dec 2025, 19:00"


def test_the_clock_of_started_at(export):
    """The offset that a person writes is that of the person's clock."""
    _, samples = export("clean_pair", "csv")
    result, out = export(samples, "hevy", "--started-at", "2025-12-24T18:00:00+05:30")
    assert result.exit_code == 0, result.output
    assert hevy_rows(out)[0]["start_time"] == "24 Dec 2025, 18:00"


@pytest.mark.parametrize(
    ("told", "nonsense"),
    [(b'"utc_offset_s":0', b'"utc_offset_s":1000000000000'), (b'"2026-01-01T', b'"9999-12-31T')],
)
def test_a_clock_that_can_not_be(export, tmp_path, told, nonsense):
    """One sentence about the file, no traceback."""
    path = tmp_path / "nowhere.jsonl"
    lines = gzip.decompress((RECORDINGS / "clean_pair.jsonl.gz").read_bytes())
    assert told in lines
    path.write_bytes(lines.replace(told, nonsense, 1))
    result, out = export(path, "strong")
    assert result.exit_code == 1
    assert "The header is incomplete" in result.stderr
    assert not out.exists()
