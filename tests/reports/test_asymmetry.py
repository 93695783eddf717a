"""Left against right: watch at 10 %, a flag above 15 %, and only when three sessions in a row agree."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tracker.reports.asymmetry import METRICS, Standing, judge_asymmetries, judge_asymmetry
from tracker.reports.earlier import earlier_asymmetries


@pytest.mark.parametrize(
    ("values", "standing", "in_a_row"),
    [
        ([], Standing.NOT_MEASURED, 0),
        ([math.nan, 30.0, 30.0], Standing.NOT_MEASURED, 0),
        ([None], Standing.NOT_MEASURED, 0),
        ([9.9], Standing.EVEN, 0),
        ([-10.0], Standing.WATCH, 0),
        ([15.0, 20.0, 20.0], Standing.WATCH, 0),
        ([15.1], Standing.WATCH, 1),
        ([-20.0, -20.0], Standing.WATCH, 2),
        ([-20.0, -20.0, -16.0], Standing.FLAG, 3),
        ([-20.0, 20.0, -16.0], Standing.WATCH, 1),
        ([20.0, 12.0, 20.0, 20.0], Standing.WATCH, 1),
        ([20.0, None, 20.0, math.nan, 20.0], Standing.FLAG, 3),
        ([5.0, 20.0, 20.0, 20.0], Standing.EVEN, 0),
    ],
)
def test_rule_of_three_sessions(values: list[float | None], standing: Standing, in_a_row: int) -> None:
    """One uneven session is no flag; neither are three that disagree about the side."""
    found = judge_asymmetry("lift", values)
    assert (found.standing, found.in_a_row) == (standing, in_a_row)


def test_sentences_name_the_weaker_side() -> None:
    """+ is more on the left, so there is less on the right."""
    assert "less on the right" in judge_asymmetry("lift", [12.0]).sentence
    assert "less on the left" in judge_asymmetry("lift", [-12.0]).sentence
    assert judge_asymmetry("lift", [20.0]).sentence == (
        "less on the right; above 15 % in 1 of the 3 sessions in a row that make a flag"
    )
    assert "3 sessions in a row: worth acting on" in judge_asymmetry("lift", [20.0, 20.0, 20.0]).sentence
    assert judge_asymmetry("lift", []).sentence == "not measured"
    assert "even" in judge_asymmetry("lift", [0.0]).sentence


def test_all_metrics_are_judged() -> None:
    """Also those of which nothing is known."""
    assert [one.metric for one in judge_asymmetries({"lift": 3.0}, [{"lift": None}])] == list(METRICS)


def saved(root: Path, name: str, text: str) -> None:
    (root / name).mkdir()
    (root / name / "session.json").write_text(text, "utf-8")


def plain(athlete: str, lift: float | None) -> str:
    return json.dumps({"athlete": athlete, "asymmetry_pct": {"reps": None, "lift": lift, "hold": None}})


def test_earlier_sessions_of_the_same_athlete(tmp_path: Path) -> None:
    """The newest two before this one that compared sides; others' sessions and broken folders are passed over."""
    saved(tmp_path, "20250101T000000Z-aaaa", plain("Zoë", 1.0))
    saved(tmp_path, "20250102T000000Z-aaaa", plain("Zoë", 2.0))
    saved(tmp_path, "20250103T000000Z-aaaa", plain("Zoë", 3.0))
    saved(tmp_path, "20250104T000000Z-aaaa", plain("Max", 4.0))
    saved(tmp_path, "20250105T000000Z-aaaa", plain("Zoë", None))
    saved(tmp_path, "20250106T000000Z-aaaa", '{"athlete": "Zoë", "asymm')
    saved(tmp_path, "20250107T000000Z-aaaa", '["Zoë"]')
    saved(tmp_path, "20250108T000000Z-aaaa", '{"athlete": "Zoë", "asymmetry_pct": 7}')
    saved(tmp_path, "20250109T000000Z-aaaa", plain("Zoë", 9.0).replace("9.0", "true"))
    saved(tmp_path, "20250110T000000Z-aaaa", "{}" + " " * 1_000_000)
    (tmp_path / "20250111T000000Z-aaaa").mkdir()
    saved(tmp_path, "20250120T000000Z-aaaa", plain("Zoë", 20.0))
    (tmp_path / "note.txt").write_text("x")
    here = tmp_path / "20250115T000000Z-aaaa"
    assert [one["lift"] for one in earlier_asymmetries(here, "Zoë")] == [3.0, 2.0]
    assert earlier_asymmetries(tmp_path / "nowhere" / "deeper", "Zoë") == []
