"""`tracker history`: every saved session, judged by today's settings beside what was said then."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.history.conftest import Run
from tests.history.recorded import rows_in, save
from tests.page.browser import chromium
from tests.reports.page_reader import Element, read_page
from tracker.history import judging
from tracker.history.csv import COLUMNS
from tracker.recording import Recording


def page_in(folder: Path) -> Element:
    return read_page((folder / "history.html").read_text("utf-8"))


def test_columns_are_frozen() -> None:
    """A public contract: only ever added to, at the end."""
    assert ",".join(COLUMNS) == (
        "schema_version,session_id,athlete,started_at,week,side,load_kg,load_type,calibration,sets,reps,partials,"
        "clean_reps,median_lift_cm,median_top_inclination_deg,median_free_side_drop_deg,median_hold_s,"
        "median_mean_velocity_mps,time_under_tension_s,volume_kg,asymmetry_reps_pct,asymmetry_lift_pct,"
        "asymmetry_mean_velocity_pct,asymmetry_hold_pct,session_reps,session_clean_reps,reps_then,clean_reps_then,"
        "software_version_then,is_cut,damaged_lines"
    )


def test_two_sessions_of_one_person(home: Path, history: Run) -> None:
    """A row a side; the CSV says what the reports of the sessions say."""
    save(home, 0, athlete="Zoë", load_kg=20.0, load_type="dumbbell")
    folder = save(home, 1, athlete="zoë")
    done = history()
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("zoë: 2 sessions")
    assert len(re.findall(r"^2025-06-0[23] 17:30", done.stdout, re.MULTILINE)) == 4
    rows = rows_in(home)
    assert [(row["athlete"], row["side"], row["reps"], row["clean_reps"]) for row in rows] == [
        ("Zoë", "left", "3", "2"), ("Zoë", "right", "3", "3"), ("zoë", "left", "3", "2"), ("zoë", "right", "3", "3")
    ]  # fmt: skip
    plain = json.loads((folder / "session.json").read_text("utf-8"))
    for row in rows[2:]:
        for name in ("median_lift_cm", "median_top_inclination_deg", "median_hold_s", "median_mean_velocity_mps"):
            assert float(row[name]) == pytest.approx(plain["sides"][row["side"]][name], abs=0.006)
        assert float(row["asymmetry_lift_pct"]) == pytest.approx(plain["asymmetry_pct"]["lift"], abs=0.006)
        assert (row["reps_then"], row["clean_reps_then"], row["started_at"]) == ("6", "5", "2025-06-03T17:30:00.000Z")
    assert rows[0]["load_kg"] == "20.0"
    assert rows[0]["volume_kg"] == "60.0"


def test_every_number_on_the_page_is_that_of_the_csv(home: Path, history: Run) -> None:
    """Session by session."""
    for number in range(3):
        save(home, number)
    assert history().exit_code == 0
    rows = rows_in(home)
    shown = page_in(home).all("table", class_="sessions")[0].all("tbody")[0].all("tr")
    assert len(shown) == len(rows) == 6
    for line in shown:
        (row,) = [
            one for one in rows if one["session_id"] == line.attributes["data-session"] and one["side"] in line.text
        ]
        assert line.all("data")[0].text == row["reps"]
        assert [one.attributes["value"] for one in line.all("data")] == [
            row["reps"],
            row["clean_reps"],
            row["median_lift_cm"],
            row["median_top_inclination_deg"],
            row["median_free_side_drop_deg"],
            row["median_hold_s"],
            row["median_mean_velocity_mps"],
        ]


def test_today_beside_then(home: Path, history: Run) -> None:
    """Stricter settings: fewer clean reps today; what was said then stands beside them, and stays on the disk."""
    folder = save(home)
    before = (folder / "session.json").read_bytes()
    done = history("--set", "checks.pause_good_s=5")
    assert done.exit_code == 0, done.output
    assert re.search(r"left +3 +0 .* 6/5$", done.stdout, re.MULTILINE)
    assert (folder / "session.json").read_bytes() == before
    assert "checks.pause_good_s = 5.0" in page_in(home).text
    assert re.search(r"left +3 +2 .* =$", history().stdout, re.MULTILINE)


def test_sessions_without_a_rep_are_told(home: Path, history: Run) -> None:
    """They count as sessions and have no row: terminal and page say why."""
    folder, _ = save(home, 0), save(home, 1)
    source = Recording(folder / "recording.jsonl.gz")
    lines = [line for _, line in source._lines()]
    (folder / "recording.jsonl").write_bytes(b"\n".join(lines[:20]) + b"\n")
    (folder / "recording.jsonl.gz").unlink()
    done = history()
    assert done.stdout.startswith("(no name): 2 sessions")
    assert "A session has no row here: nothing was counted. †\n" in done.stdout
    assert "Sessions without calibration" not in done.stdout
    assert "A session has no row here: nothing was counted." in page_in(home).text


def test_a_session_without_a_report(home: Path, history: Run) -> None:
    """It was never reported, or only half: nothing stands in `then`."""
    save(home, 0, is_reported=False)
    folder = save(home, 1)
    (folder / "session.json").write_text('{"reps": 6, "si')
    assert re.findall(r" (\S+)$", "\n".join(history().stdout.splitlines()[3:7]), re.MULTILINE) == ["-"] * 4


def test_what_is_known_is_not_judged_again(home: Path, history: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the new session is played the second time."""
    seen: list[str] = []
    real = judging.judged

    def counted(path: Path, config: Any, said: Any) -> dict[str, Any]:
        seen.append(path.parent.name)
        return real(path, config, said)

    monkeypatch.setattr(judging, "judged", counted)
    save(home, 0)
    first = history()
    save(home, 1)
    second = history()
    assert seen == ["20250602T173000Z-0000", "20250603T173000Z-0001"]
    assert first.stdout.splitlines()[3:5] == second.stdout.splitlines()[3:5]


def test_several_athletes(home: Path, history: Run, tmp_path: Path) -> None:
    """A line each for the coach; one of them by name; each apart on the page."""
    save(home, 0, athlete="Max")
    save(home, 1, athlete="<script>alert(1)</script>")
    save(home, 2)
    done = history("-o", tmp_path / "out")
    assert re.search(r"^Max +1 +2025-06-02 +6 +5 ", done.stdout, re.MULTILINE)
    page = page_in(tmp_path / "out")
    assert [one.text for one in page.all("h2")][1:-1] == ["<script>alert(1)</script>", "Max", "(no name)"]
    assert not page.all("script")
    assert not (home / "history.html").exists()
    only = history("--athlete", "MAX", "-o", tmp_path / "max")
    assert only.stdout.startswith("Max: 1 session\n")
    assert {row["athlete"] for row in rows_in(tmp_path / "max", "history-max.csv")} == {"Max"}
    wrong = history("--athlete", "Moritz")
    assert wrong.exit_code == 2
    assert "There is no session of 'Moritz'. Known: <script>alert(1)</script>, Max, (no name)." in wrong.stderr


def test_one_athlete_alone_leaves_everybodys_files(home: Path, history: Run) -> None:
    """They get files of their own, named by the person, however the name is spelled."""
    save(home, 0, athlete="Zoë")
    save(home, 1, athlete="Max")
    assert history().exit_code == 0
    before = {name: (home / name).read_bytes() for name in ("history.csv", "history.html")}
    done = history("--athlete", "ZOË")
    assert f"Wrote {home / 'history-zoë.csv'}\nWrote {home / 'history-zoë.html'}\n" in done.stderr
    assert {name: (home / name).read_bytes() for name in before} == before
    assert {row["athlete"] for row in rows_in(home, "history-zoë.csv")} == {"Zoë"}


@pytest.mark.parametrize(("by", "label"), [("week", "2025-W23"), ("load", "20 kg dumbbell")])
def test_by_week_and_by_load(home: Path, history: Run, by: str, label: str) -> None:
    """Two sessions in one row."""
    for number in range(2):
        save(home, number, load_kg=20.0, load_type="dumbbell")
    done = history("--by", by)
    assert re.search(rf"^{label} +left +6 +4 ", done.stdout, re.MULTILINE), done.stdout


def test_no_session_is_one_sentence(history: Run) -> None:
    """With what to do."""
    done = history()
    assert done.exit_code == 1
    assert "There is no session yet." in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_broken_ones_are_left_out_and_told(home: Path, history: Run) -> None:
    """The others are shown; when none is left, one sentence more."""
    folder = save(home, 0)
    (folder / "recording.jsonl.gz").write_bytes(b"\x1f\x8b" + b"x" * 50)
    done = history()
    assert done.exit_code == 1
    assert "No session could be read." in done.stderr
    save(home, 1)
    done = history()
    assert done.exit_code == 0
    assert done.stderr.startswith(f"Left out: {folder / 'recording.jsonl.gz'}")
    assert "1 session\n" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_session_that_is_being_recorded(home: Path, history: Run) -> None:
    """Without its end, and cut within a line: what is there counts."""
    folder = save(home, 0, is_reported=False)
    source = Recording(folder / "recording.jsonl.gz")
    lines = [line for _, line in source._lines()]
    (folder / "recording.jsonl").write_bytes(b"\n".join(lines[: len(lines) // 2]) + b'\n[1, "x')
    (folder / "recording.jsonl.gz").unlink()
    assert history().exit_code == 0


def test_a_cache_of_nonsense(home: Path, history: Run) -> None:
    """Numbers of another kind in the kept results: left out with what to do, never a crash."""
    save(home, 0)
    save(home, 1)
    assert history().exit_code == 0
    path = home / "history-cache.json"
    plain = json.loads(path.read_text("utf-8"))
    (results,) = plain["sessions"]["20250602T173000Z-0000"]["results"].values()
    results["duration_s"] = "long"
    path.write_text(json.dumps(plain))
    done = history()
    assert done.exit_code == 0
    assert "delete history-cache.json" in done.stderr


def test_many_recordings_use_processes(home: Path, history: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rows as one after the other."""
    for number in range(3):
        save(home, number)
    alone = history().stdout
    (home / "history-cache.json").unlink()
    monkeypatch.setattr("tracker.commands.history_reading._WORTH_PROCESSES", 0)
    assert history().stdout == alone


def test_more_sessions_than_a_page_shows(home: Path, history: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest stand on the page, all of them in the CSV."""
    monkeypatch.setattr("tracker.history.page._MOST_SESSIONS", 2)
    for number in range(3):
        save(home, number)
    assert history().exit_code == 0
    page = page_in(home)
    shown = {row.attributes["data-session"] for row in page.all("tr") if "data-session" in row.attributes}
    assert shown == {"20250603T173000Z-0001", "20250604T173000Z-0002"}
    assert "The newest 2; the CSV of this page has all." in page.text
    assert len(rows_in(home)) == 6


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_page_in_a_browser(home: Path, history: Run, browser: Any, width: int) -> None:
    """No complaint, no request, nothing wider than the screen; drawings are there."""
    for number in range(4):
        save(home, number, days=20, athlete="Zoë" if number else "Max")
    assert history().exit_code == 0
    complaints: list[str] = []
    asked: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((home / "history.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("svg.trend").count() == 20
    page.locator("a", has_text="Zoë").click()
    page.wait_for_url("**#athlete-1")
    assert complaints == []
    assert len({url.partition("#")[0] for url in asked}) == 1
    context.close()
