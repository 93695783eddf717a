"""What `report` makes of sessions that went wrong: a sensible page, or one sentence; never half a file."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.commands import CHECKOUT
from tests.reports.page_reader import Element, read_page
from tracker.core.model import Command, CommandName, Input, Packet
from tracker.decoders.registry import profile
from tracker.header import Header
from tracker.recording import RecordingWriter
from tracker.sources.simulator import NAMED, simulate

FILES = ["report.html", "reps.csv", "session.json", "sets.csv"]


def recorded(folder: Path, inputs: list[Input], **header: object) -> Path:
    """A recording as a live session would have left it, without its end."""
    kind = profile("imu_stream")
    plain = Header("20250102T030405Z-abcd", "sensor", kind.key, kind.nominal_rate_hz)
    writer = RecordingWriter(folder, replace(plain, **header))  # type: ignore[arg-type]
    for item in inputs:
        writer.append(item)
    writer.abandon()
    return writer.path


def page_of(folder: Path) -> Element:
    assert sorted(path.name for path in folder.iterdir()) == FILES
    return read_page((folder / "report.html").read_text("utf-8"))


def session_of(name: str = "clean_pair") -> list[Input]:
    return list(simulate(NAMED[name]).inputs)


def no_packets(inputs: list[Input]) -> list[Input]:
    return [item for item in inputs if isinstance(item, Command)]


def garbage(inputs: list[Input]) -> list[Input]:
    return [Packet(item.received_s, item.channel, b"\xff" * 7) for item in inputs if isinstance(item, Packet)][:200]


def first_seconds(inputs: list[Input]) -> list[Input]:
    return [item for item in inputs if item.received_s < 12.0]


def with_long_gaps(inputs: list[Input]) -> list[Input]:
    return [item for item in inputs if isinstance(item, Command) or item.received_s % 20 > 1.5]


def all_struck(inputs: list[Input]) -> list[Input]:
    return [*inputs, *(Command(999.0, CommandName.STRIKE, "") for _ in range(20))]


@pytest.mark.parametrize(
    ("change", "verdict", "notice"),
    [
        (no_packets, "Nothing was measured: no samples came.", "No samples."),
        (garbage, "Nothing was measured: no samples came.", "No samples."),
        (first_seconds, "No rep was counted.", "What counts:"),
        (with_long_gaps, None, "Gaps."),
        (all_struck, "No rep counts: all were struck.", "Struck."),
    ],
)
def test_a_page_all_the_same(tracker, tmp_path, change, verdict, notice):
    """It says what was wrong, at the top, and makes nothing up."""
    path = recorded(tmp_path / "session", change(session_of()))
    result = tracker("report", path, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    page = page_of(tmp_path / "out")
    if verdict is not None:
        assert page.all("h1")[0].text == verdict
    assert notice in page.all("header")[0].text
    if change is garbage:
        assert "200 packets unreadable" in page.all("dl")[0].text


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_half_a_recording(tracker, tmp_path, share):
    """Cut anywhere: what is there gets its page."""
    path = recorded(tmp_path / "session", session_of())
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert tracker("report", path).exit_code == 0
    page = read_page((tmp_path / "session" / "report.html").read_text("utf-8"))
    assert page.all("h1")[0].text


def test_a_half_written_folder(tracker, tmp_path):
    """What a crash left beside the recording is no hindrance, and is replaced by whole files."""
    folder = recorded(tmp_path / "session", session_of()).parent
    (folder / "session.json").write_text('{"schema_version": 1, "sess')
    (folder / "report.html.part").write_text("<!doctype html><html")
    (folder / "reps.csv").write_text("schema_version,sess")
    assert tracker("report", folder).exit_code == 0
    assert json.loads((folder / "session.json").read_text("utf-8"))["reps"] == 10
    assert sorted(path.name for path in folder.iterdir()) == ["recording.jsonl", *FILES]


def test_two_sessions_of_the_same_second(tracker, home):
    """Both keep their page, and one counts as the one before the other."""
    for tail in ("0000", "ffff"):
        name = f"20250102T030405Z-{tail}"
        recorded(home / name, session_of(), session_id=name)
        assert tracker("report", home / name).exit_code == 0
    pages = [(path / "report.html").read_text("utf-8") for path in sorted(home.iterdir())]
    assert len(pages) == 2
    assert "20250102T030405Z-0000" in pages[0]
    assert "20250102T030405Z-ffff" in pages[1]


@pytest.mark.parametrize(
    "name", ["Ζωή Παπαδοπούλου", "李小龙", "a" * 120, "<script>alert(1)</script>", 'O\'Neil, "Al"']
)
def test_names_of_all_kinds(tracker, tmp_path, name):
    """In files and on the page they are what was typed."""
    path = recorded(tmp_path / "session", session_of())
    assert tracker("report", path, "--athlete", name, "-o", tmp_path / "out").exit_code == 0
    page = page_of(tmp_path / "out")
    assert name in page.all("p", class_="eyebrow")[0].text
    assert len(page.all("script")) == 3
    assert json.loads((tmp_path / "out" / "session.json").read_text("utf-8"))["athlete"] == name
    assert set(pd.read_csv(tmp_path / "out" / "reps.csv")["athlete"]) == {name}


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-Max", "@SUM(A1)", " =1", "x\ny", "a\u2028b", "\u202eeht", "a" * 121, "\x1b[2J"]
)
def test_names_that_would_do_harm(tracker, tmp_path, name):
    """Typed they are refused; in a recording from elsewhere they are made harmless, the same in every file."""
    path = recorded(tmp_path / "session", session_of(), athlete="Max")
    assert tracker("report", path, "--athlete", name).exit_code == 2
    head, rest = path.read_text("utf-8").split("\n", 1)
    kind, values = json.loads(head)
    values |= {"athlete": name, "device": name, "session_id": name, "load_type": name, "exercise": name}
    path.write_text(json.dumps([kind, values]) + "\n" + rest, encoding="utf-8")
    shown = tracker("report", path, "-o", tmp_path / "out", "--load", "12")
    assert shown.exit_code == 0
    assert not set("\x1b\u202e\u2028") & set(shown.stdout)
    plain = json.loads((tmp_path / "out" / "session.json").read_text("utf-8"))
    reps = pd.read_csv(tmp_path / "out" / "reps.csv", dtype={"athlete": str, "session_id": str})
    assert set(reps["athlete"]) == {plain["athlete"]} == set(reps["session_id"])
    assert plain["athlete"]
    texts = [plain[key] for key in ("athlete", "device", "session_id", "load_type", "exercise")]
    assert all(text[0] not in "=+-@" and len(text) <= 120 and text.isprintable() for text in texts)


def test_a_load_whose_kind_nobody_said(tracker, tmp_path):
    """12 kg are 12 kg, not bodyweight; bodyweight with a load is a contradiction."""
    path = recorded(tmp_path / "session", session_of(), started_at=datetime(2025, 1, 2, tzinfo=UTC))
    out = tmp_path / "out"
    shown = tracker("report", path, "-o", out, "--load", "12")
    assert "\n12 kg, " in shown.stdout
    assert set(pd.read_csv(out / "reps.csv")["load_kg"]) == {12.0}
    assert pd.read_csv(out / "reps.csv")["load_type"].isna().all()
    assert json.loads((out / "session.json").read_text("utf-8"))["load_type"] == ""
    assert "bodyweight" not in (out / "report.html").read_text("utf-8")
    assert "(" not in tracker("export", path, "--to", "strong", "-o", "-", "--load", "12").stdout
    wrong = tracker("report", path, "--load", "12", "--load-type", "bodyweight")
    assert wrong.exit_code == 2
    assert "leave --load away" in wrong.stderr
    without = tracker("report", path, "-o", out, "--load", "0", "--load-type", "bodyweight")
    assert without.exit_code == 0
    assert set(pd.read_csv(out / "reps.csv")["load_type"]) == {"bodyweight"}


def test_a_mark_that_a_spreadsheet_would_run(tracker, tmp_path):
    """It is exported as a note with the same words, and read back as such."""
    inputs = session_of()
    place = len(inputs) // 2
    path = recorded(
        tmp_path / "session",
        [*inputs[:place], Command(inputs[place].received_s, CommandName.MARK, "=1+1"), *inputs[place:]],
    )
    assert tracker("export", path, "--to", "csv", "-o", tmp_path / "s.csv").exit_code == 0
    text = (tmp_path / "s.csv").read_text("utf-8")
    assert ",=1+1" not in text
    assert "note =1+1" in text


def test_a_file_that_a_spreadsheet_would_run(tracker, tmp_path, monkeypatch):
    """It stands in the tables as the path that it is."""
    monkeypatch.chdir(tmp_path)
    recorded(tmp_path / "session", session_of()).rename(tmp_path / "=1+1.jsonl")
    assert tracker("batch", "=1+1.jsonl", "-o", "reps.csv").exit_code == 0
    assert set(pd.read_csv("reps.csv")["file"]) == {"./=1+1.jsonl"}


def test_a_disk_that_fills(tmp_path):
    """The system refuses in the middle of the page: one sentence, the tables whole, no half page, nothing else lost."""
    folder = recorded(tmp_path / "session", session_of()).parent
    before = (folder / "recording.jsonl").read_bytes()
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)); "
        "sys.argv[0] = 'tracker'; from tracker.cli import main; main()"
    )
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", code, "report", str(folder)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("Error: ")
    assert "report.html: The file can not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["recording.jsonl", "reps.csv", "session.json", "sets.csv"]
    assert (folder / "recording.jsonl").read_bytes() == before
    assert json.loads((folder / "session.json").read_text("utf-8"))["reps"] == 10


def test_a_recording_that_is_none(tracker, tmp_path):
    """One sentence, and nothing is written."""
    path = tmp_path / "recording.jsonl.gz"
    path.write_bytes(gzip.compress(b"\0" * 1000))
    result = tracker("report", path)
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert [item.name for item in tmp_path.iterdir()] == ["recording.jsonl.gz"]


def test_damage_is_told_wherever_the_session_is_shown(tracker, tmp_path, home):
    """One damaged line in a recording that was never closed: nothing but that line is lost, and every verb says so."""
    folder = home / "20250102T030405Z-abcd"
    path = recorded(folder, session_of())
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:50], b'["packet",4.9,"da\xe0\n', *lines[51:]]))
    said = (
        "Line 51 of the recording is damaged and left out.",
        "The recording breaks off: it was never closed. What came before is here.",
    )
    shown = tracker("replay", "last").stdout
    reported = tracker("report", "last")
    assert reported.exit_code == 0
    page = read_page((folder / "report.html").read_text("utf-8")).text
    table = tmp_path / "files.csv"
    batch = tracker("batch", folder, "-o", tmp_path / "reps.csv", "--files", table)
    assert batch.exit_code == 0
    [row] = csv.DictReader(table.read_text("utf-8").splitlines())
    assert (row["error"], row["notice"]) == ("", f"{folder / path.name}: {' '.join(said)}")
    swept = tracker("batch", folder, "-o", tmp_path / "curve.csv", "--sweep", "checks.pause_good_s=1:2:1")
    others = [tracker(*verb, "last").stderr for verb in (("export", "--to", "csv"), ("hold",), ("verify",))]
    for sentence in said:
        assert all(sentence in text for text in (shown, reported.stdout, page, batch.stderr, swept.stderr, *others))
    plain = json.loads((folder / "session.json").read_text("utf-8"))
    assert (plain["is_cut"], plain["damaged_lines"]) == (True, 1)
    assert plain["reps"] >= 8
    history = tracker("history").stdout
    assert history.count("no date †") == 2, "a row a side"
    assert "† The recording was cut or is damaged" in history
    assert "† The recording was cut or is damaged" in read_page((home / "history.html").read_text("utf-8")).text
    rows = list(csv.DictReader((home / "history.csv").read_text("utf-8").splitlines()))
    assert {(row["is_cut"], row["damaged_lines"]) for row in rows} == {("true", "1")}


def test_a_resumed_batch_still_tells_of_damage(tracker, tmp_path, monkeypatch):
    """What a stopped run saw of a cut recording is said at the end of the one that goes on."""
    path = recorded(tmp_path / "session", session_of())
    command = ("batch", path.parent, "-o", tmp_path / "reps.csv")
    with monkeypatch.context() as broken:
        broken.setattr("tracker.batch.results.Results.finish", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        assert tracker(*command).exit_code == 130
    done = tracker(*command)
    assert "Going on after 1 of 1 files" in done.stderr
    assert "Something was amiss with 1 file; what can be read is in the table:" in done.stderr
    assert "The recording breaks off" in done.stderr


def test_nothing_to_export(tracker, tmp_path):
    """One sentence, and no file without a row."""
    path = recorded(tmp_path / "session", no_packets(session_of()))
    for target in ("csv", "bids"):
        done = tracker("export", path, "--to", target, "-o", tmp_path / target)
        assert done.exit_code == 1
        assert "There is not one sample to export." in done.stderr
        assert not list(tmp_path.glob(f"{target}*"))
    assert tracker("export", path, "--to", "csv", "-o", "-").exit_code == 1


def test_who_struck_all_reps_knows_what_counts(tracker, tmp_path):
    """They were counted: nobody needs to be told how to lie."""
    path = recorded(tmp_path / "session", all_struck(session_of()))
    assert tracker("report", path, "-o", tmp_path / "out").exit_code == 0
    assert "What counts:" not in page_of(tmp_path / "out").text
