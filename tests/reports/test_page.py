"""`report.html`, read by a program: every number is that of the CSV, no network, nothing unescaped."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import math
import re
import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.core.bookkeeping import fold
from tests.reports import played
from tests.reports.page_reader import Element, plain_number, read_page
from tracker.core.model import Side
from tracker.header import Header
from tracker.reports import Session, write_reports
from tracker.reports.html import report_html
from tracker.reports.html.reps import COLUMNS as REP_COLUMNS
from tracker.reports.html.sets import COLUMNS as SET_COLUMNS

SESSIONS: dict[str, Callable[[], Session]] = {
    "faulty": played.faulty,
    "six_each": played.six_each,
    "one_side": played.one_side,
    "uncalibrated": played.uncalibrated,
}


class Written:
    """A report as files, read back."""

    def __init__(self, folder: Path, session: Session) -> None:
        write_reports(folder, session)
        self.text = (folder / "report.html").read_text("utf-8")
        self.page = read_page(self.text)
        with (folder / "reps.csv").open(encoding="utf-8", newline="") as file:
            self.reps = list(csv.DictReader(file))
        with (folder / "sets.csv").open(encoding="utf-8", newline="") as file:
            self.sets = list(csv.DictReader(file))
        self.json = json.loads((folder / "session.json").read_text("utf-8"))

    def table(self, kind: str) -> Element:
        return self.page.all("table", class_=kind)[0]

    def rows(self, kind: str) -> list[Element]:
        return self.table(kind).all("tbody")[0].all("tr")


@pytest.fixture(params=list(SESSIONS))
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Written:
    return Written(tmp_path, SESSIONS[request.param]())


def test_every_number_of_every_rep_is_that_of_the_csv(written: Written) -> None:
    """All digits in the value, as many as help in the text; empty in the file is a dash on the page."""
    rows = written.rows("reps")
    assert len(rows) == len(written.reps) > 0
    for row, line in zip(rows, written.reps, strict=True):
        cells = row.all("td")
        assert cells[0].text == line["set"]
        assert cells[1].text == (line["side"] or "–")
        assert re.findall(r"\d+", cells[2].text) == [line["rep"]]
        assert ("struck" in cells[2].text) == (line["counted"] == "false" and line["status"] == "rep")
        for cell, (column, _) in zip(cells[3:], REP_COLUMNS, strict=False):
            if not line[column]:
                assert cell.text == "–", column
                continue
            assert cell.numbers == [line[column]], column
            decimals = len(cell.text.partition(".")[2])
            assert plain_number(cell.text) == pytest.approx(float(line[column]), abs=0.5001 * 10**-decimals)
        for cell, check in zip(
            cells[3 + len(REP_COLUMNS) :],
            ("full_extension", "level_hips", "pause", "slow_lowering", "neutral_spine"),
            strict=True,
        ):
            word = {"": "–", "caution": "nearly", "unsure": "not sure"}.get(line[check], line[check])
            assert cell.text == word


def test_every_number_of_every_set_is_that_of_the_csv(written: Written) -> None:
    """Counts and medians of sets.csv."""
    rows = written.rows("sets-table")
    assert len(rows) == len(written.sets) > 0
    for row, line in zip(rows, written.sets, strict=True):
        cells = row.all("td")
        assert row.attributes["data-set"] == line["set"]
        assert cells[0].text == (line["side"] or "–")
        assert [cell.numbers for cell in cells[2:5]] == [[line[key]] for key in ("reps", "clean_reps", "partials")]
        for cell, (column, _) in zip(cells[5:], SET_COLUMNS, strict=True):
            assert cell.attributes["data-column"] == column
            assert cell.numbers == ([line[column]] if line[column] else []), column


def test_every_number_of_the_sides_is_that_of_session_json(written: Written) -> None:
    """The columns left and right, and their asymmetry, to the digits of the files."""
    keys = {
        "Reps counted": "reps",
        "Clean reps": "clean_reps",
        "Partial reps (not counted)": "partials",
        "Lift, cm": "median_lift_cm",
        "Short of full extension, °": "median_top_inclination_deg",
        "Free hip lower at the top, °": "median_free_side_drop_deg",
        "Pause at the top, s": "median_hold_s",
        "Mean velocity up, m/s": "median_mean_velocity_mps",
        "Time under tension, s": "time_under_tension_s",
        "Volume, kg": "volume_kg",
    }
    compared = {
        "Reps counted": "reps",
        "Lift, cm": "lift",
        "Pause at the top, s": "hold",
        "Mean velocity up, m/s": "mean_velocity",
    }
    sides = list(written.json["sides"])
    seen = set()
    for row in written.rows("sides"):
        name = row.all("th")[0].text
        seen.add(name)
        cells = row.all("td")
        for side, cell in zip(sides, cells, strict=False):
            if name == "Lowering, s":
                own = [
                    float(line["eccentric_s"])
                    for line in written.reps
                    if line["side"] == side and line["counted"] == "true"
                ]
                assert float(cell.numbers[0]) == pytest.approx(statistics.median(own), abs=0.0011)
                continue
            expected = written.json["sides"][side][keys[name]]
            if expected is None:
                assert cell.text == "–"
            else:
                assert float(cell.numbers[0]) == pytest.approx(expected, abs=0.00501)
        if len(sides) == 2 and name in compared:
            assert float(cells[-1].numbers[0]) == pytest.approx(
                written.json["asymmetry_pct"][compared[name]], abs=0.00501
            )
    assert set(keys) - {"Volume, kg"} <= seen


def test_checks_are_counted_as_in_the_csv(written: Written) -> None:
    """How often each check said what, per side, over the counted reps."""
    names = {
        "Full extension": "full_extension",
        "Level hips": "level_hips",
        "Pause at the top": "pause",
        "Slow lowering": "slow_lowering",
        "Neutral spine": "neutral_spine",
    }
    words = {"fault": "fault", "nearly good": "caution", "not sure": "unsure", "good": "good"}
    for row in written.rows("checks"):
        check = names[row.all("th")[0].text]
        for side, cell in zip(written.json["sides"], row.all("td"), strict=True):
            told = {
                words[text]: int(count)
                for count, text in re.findall(r"(\d+) (fault|nearly good|not sure|good)", cell.text)
            }
            counted = [
                one[check] for one in written.reps if one["counted"] == "true" and one["side"] == side and one[check]
            ]
            assert told == {word: counted.count(word) for word in set(counted)}


def test_first_three_against_last_three(tmp_path: Path) -> None:
    """Means over the reps of the CSV."""
    written = Written(tmp_path, played.six_each())
    rows = written.rows("trends")
    assert len(rows) == 2
    for row, number in zip(rows, ("1", "2"), strict=True):
        reps = [line for line in written.reps if line["set"] == number and line["counted"] == "true"]
        for cell, column in zip(
            row.all("td"),
            ("lift_cm", "top_inclination_deg", "level_top_deg", "hold_s", "eccentric_s", "mean_velocity_mps"),
            strict=True,
        ):
            expected = [
                statistics.fmean(float(line[column]) for line in group if line[column])
                for group in (reps[:3], reps[-3:])
            ]
            assert [float(value) for value in cell.numbers] == pytest.approx(expected, abs=0.011)


def test_what_the_script_draws_is_the_csv_too(written: Written) -> None:
    """The times of the tops that are marked on the curves, and the curve's own rise at them."""
    drawn = json.loads(written.page.all("script", id="drawn")[0].text)
    told = {str(rep["rep_id"]): rep for one in drawn["sets"] for rep in one["reps"]}
    rows = written.rows("reps")
    for row, line in zip(rows, written.reps, strict=True):
        rep = told[row.attributes["data-rep-id"] or ""]
        for key in ("start_s", "top_s", "lower_s", "end_s"):
            assert ("" if rep[key] is None else str(rep[key])) == line[key]
    for one in drawn["sets"]:
        for rep in one["reps"]:
            top = [
                height
                for t_s, height in zip(one["t_s"], one["height_pct"], strict=True)
                if rep["top_s"] <= t_s <= rep["lower_s"]
            ]
            least = 25 if rep["status"] == "partial" else 50
            assert not top or statistics.median(top) > least


def test_one_file_that_needs_no_network(written: Written) -> None:
    """Nothing is loaded; the policy allows the very script and style that are inside, and nothing else."""
    for tag in ("link", "img", "iframe", "object", "embed", "source"):
        assert not written.page.all(tag)
    assert not [one for tag in ("script", "a") for one in written.page.all(tag) if "src" in one.attributes]
    assert not re.search(r"(src|href|action)=", re.sub(r"<script.*?</script>", "", written.text, flags=re.DOTALL))
    policy = written.page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0].attributes["content"] or ""
    assert "default-src 'none'" in policy
    inside = [*written.page.all("style"), *(one for one in written.page.all("script") if "id" not in one.attributes)]
    assert len(inside) == 3
    for one in inside:
        digest = base64.b64encode(hashlib.sha256(one.text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert not re.findall(r' style="| on[a-z]+="', re.sub(r"<script.*?</script>", "", written.text, flags=re.DOTALL))


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "]]></script>", "Ζωή 李 🏋\u2028"]
)
def test_what_people_type_is_text(name: str) -> None:
    """Names, devices and loads of any kind, in every place."""
    header = replace(played.faulty().header, athlete=name, device=name, load_type=name, session_id=name, time_zone=name)
    text = report_html(replace(played.faulty(), header=header))
    page = read_page(text)
    assert len(page.all("script")) == 3
    assert not page.all("img")
    assert " ".join(name.split()) in " ".join(page.all("header")[0].text.split())
    assert name.strip() in page.all("dl")[0].text


def test_a_sensor_that_sends_markup() -> None:
    """What a sensor says of itself is text as well."""
    session = played.faulty()
    session = replace(session, signal=replace(session.signal, warnings={"<b>x</b>": 2}, refusals={"<i>y</i>": 1}))
    page = read_page(report_html(session))
    assert "<b>x</b> (2 times)" in page.all("header")[0].text
    assert "<i>y</i>" in page.all("dl")[0].text


def test_said_plainly(tmp_path: Path) -> None:
    """Thresholds, version, quality, calibration and its age, what can not be seen, and that it is no medical device."""
    written = Written(tmp_path, played.faulty())
    text = " ".join(written.page.all("main")[0].text.split())
    for words in (
        "104.0 samples a second found",
        "0 lost (0.00 %)",
        "two thrusts on both legs: full range",
        "made once; at most",
        "hip-thrust-tracker 0.",
        "can not see: elbow drive",
        "Not a medical device",
        "≤ 6",
        "> 10",
        "20.0 kg dumbbell",
        "Zoë",
        "1 rep the person took back",
    ):
        assert words in text, words


def test_changed_thresholds_are_marked() -> None:
    """Those of this session, not the defaults."""
    session = played.faulty()
    header = replace(session.header, config=played.settings(checks__level_good_deg="4", checks__kick_enabled="true"))
    page = read_page(report_html(replace(session, header=header)))
    rows = {row.all("th")[0].text: row.text for row in page.all("table", class_="thresholds")[0].all("tr")[1:]}
    assert "≤ 4" in rows["Level hips (changed)"]
    assert "Full extension" in rows
    assert "Still free leg" in rows
    assert '"level_good_deg":4.0' in page.all("script", id="drawn")[0].text


def test_uncalibrated_is_said_at_the_top() -> None:
    """Before anybody compares angles of two sessions."""
    page = read_page(report_html(played.uncalibrated()))
    head = page.all("header")[0].text
    assert "Not calibrated." in head
    assert "0 = the mean of the best three reps." in page.text
    assert "0 = the calibrated one." not in page.text
    assert "(not calibrated: relative to its own best reps)" in page.all("h1")[0].text
    assert "from the reps themselves" in page.all("dl")[0].text


def test_one_side_only() -> None:
    """No asymmetry is made up, and the other side is named."""
    page = read_page(report_html(played.one_side()))
    text = page.all("main")[0].text
    assert "The right side was not trained" in text
    assert "Asymmetry" not in text


def test_nothing_at_all() -> None:
    """No samples: a page that says so, and nothing else that looks like a measurement."""
    session = Session(Header("x", "sensor", "imu_stream", 104.0), fold([]))
    page = read_page(report_html(session))
    assert page.all("h1")[0].text == "Nothing was measured: no samples came."
    assert not page.all("table", class_="numbers")
    assert "no samples" in page.all("dl")[0].text


def test_earlier_sessions_make_the_flag() -> None:
    """Two sessions before this one said the same: now it is worth acting on."""
    session = played.six_each()
    uneven = replace(session, summary=replace(session.summary, asymmetry_pct={"lift": 22.0}))
    before = [{"lift": 18.0}, {"lift": 30.0}]
    assert "in 3 sessions in a row: worth acting on" in report_html(uneven, before)
    assert "worth acting on" not in report_html(uneven, [{"lift": 18.0}, {"lift": -30.0}])


def test_an_hour_is_less_than_a_megabyte() -> None:
    """300 reps in 36 sets and an hour of curves."""
    session = played.six_each()
    sets = [
        replace(
            one,
            set_number=one.set_number + 2 * part,
            start_s=one.start_s + 100 * part,
            end_s=one.end_s + 100 * part + 60,
        )
        for part in range(18)
        for one in session.summary.sets
    ]
    many = [
        replace(
            rep,
            judged=replace(
                rep.judged, set_number=rep.judged.set_number + 2 * part, rep_id=rep.judged.rep_id + 100 * part
            ),
        )
        for part in range(18)
        for rep in session.summary.reps
    ]
    whole = session.curves.between(0.0, 1e9)
    t_s = np.arange(0, 3600, 0.04)
    curves = replace(
        session.curves,
        _pieces=[type(whole)(t_s, *(np.resize(values, len(t_s)) for values in whole[1:]))],
    )
    big = replace(session, summary=replace(session.summary, reps=tuple(many), sets=tuple(sets)), curves=curves)
    text = report_html(big)
    assert len(text.encode()) < 1_000_000
    drawn = json.loads(read_page(text).all("script", id="drawn")[0].text)
    assert 10_000 < sum(len(one["t_s"]) for one in drawn["sets"]) < 25_000


def test_sides_are_told_apart_without_colour(tmp_path: Path) -> None:
    """The overlay's means are drawn with other dashes, and named."""
    page = Written(tmp_path, played.faulty()).page
    for drawing in page.all("svg", class_="overlay"):
        means = drawing.all("polyline", class_="mean")
        assert [one.attributes.get("stroke-dasharray") for one in means] == [None, "7 4"]
        assert "left, mean of 5, right, mean of 5" in (drawing.attributes["aria-label"] or "")


def test_not_a_number_is_never_shown(written: Written) -> None:
    """Neither nan nor inf nor None, in texts, drawings or data."""
    text = re.sub(
        r"<script>.*?</script>|<script type=\"module\">.*?</script>|<style>.*?</style>",
        "",
        written.text,
        flags=re.DOTALL,
    )
    assert not re.search(r"\b(nan|NaN|inf|Infinity|None)\b", text)
    assert not any(math.isnan(float(one.attributes["value"] or "nan")) for one in written.page.all("data"))


def test_side_not_declared() -> None:
    """One column without asymmetry, and what to do about it."""
    session = played.six_each()
    reps = tuple(replace(rep, judged=replace(rep.judged, side=Side.UNKNOWN)) for rep in session.summary.reps)
    sets = tuple(replace(one, side=Side.UNKNOWN) for one in session.summary.sets)
    sides = (replace(session.summary.sides[0], side=Side.UNKNOWN),)
    text = report_html(replace(session, summary=replace(session.summary, reps=reps, sets=sets, sides=sides)))
    assert "Side not declared." in text
    assert "Asymmetry" not in text
    assert "Level, °, + = right hip high" in text
