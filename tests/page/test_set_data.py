"""What the pages draw from: complete, plain JSON, rounded as the CSV, level where the reps say it is."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.core.bookkeeping import fold
from tests.core.simulated import calm, engine, said
from tracker.core.decimals import rounded
from tracker.core.events import CurveTraced, Event, RepStruck
from tracker.core.model import NAN, Side
from tracker.core.summary import SessionSummary
from tracker.page import CURVE_RATE_HZ, Curves, set_data
from tracker.sources.simulator import SetPlan, simulate

KEYS = ["set", "side", "start_s", "end_s", "t_s", "height_pct", "level_deg", "reps"]


def played(*, is_calibrated: bool = True) -> tuple[SessionSummary, Curves, list[Event]]:
    one = engine("left")
    one.curve_rate_hz = CURVE_RATE_HZ
    happened = said(simulate(calm(SetPlan(Side.LEFT, ((),) * 5), is_calibrated=is_calibrated)).inputs, one)
    curves = Curves()
    curves.handle(happened)
    return fold(happened), curves, happened


@pytest.fixture(scope="module")
def session() -> tuple[SessionSummary, Curves, list[Event]]:
    return played()


def test_the_contract(session: tuple[SessionSummary, Curves, list[Event]]) -> None:
    """Keys, equal lengths, strict JSON, every rep with the words of the screens."""
    summary, curves, _ = session
    data: dict[str, Any] = set_data(summary.sets[0], summary.reps, curves)
    assert list(data) == KEYS
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert len(data["t_s"]) == len(data["height_pct"]) == len(data["level_deg"]) > 100
    assert data["side"] == "left"
    assert [rep["rep"] for rep in data["reps"]] == [1, 2, 3, 4, 5]
    first = data["reps"][0]
    assert first["sentence"].startswith("Left 1 — ")
    assert {"check", "verdict", "value", "cue"} == set(first["findings"][0])
    assert first["lift_cm"] == rounded("lift_cm", summary.reps[0].judged.rep.lift_cm)
    assert first["counted"] is True
    assert first["struck"] is False


def test_a_struck_rep_is_told_as_struck(session: tuple[SessionSummary, Curves, list[Event]]) -> None:
    """It stays in the picture and does not count."""
    _, curves, happened = session
    summary = fold([*happened, RepStruck(99.0, 99.0, 2)])
    told = set_data(summary.sets[0], summary.reps, curves)["reps"][1]
    assert (told["struck"], told["counted"], told["clean"]) == (True, False, False)


@pytest.mark.parametrize("is_calibrated", [True, False])
def test_level_at_the_tops_is_what_the_reps_say(is_calibrated: bool) -> None:
    """The middle of the curve over all top windows is the middle of the reps' own numbers."""
    summary, curves, _ = played(is_calibrated=is_calibrated)
    data = set_data(summary.sets[0], summary.reps, curves)
    t_s, level_deg = np.array(data["t_s"]), np.array(data["level_deg"], float)
    apart = [
        np.median(level_deg[(t_s >= rep["top_s"]) & (t_s <= rep["lower_s"])]) - rep["level_top_deg"]
        for rep in data["reps"]
    ]
    assert np.median(apart) == pytest.approx(0.0, abs=0.1)


def test_holes_are_told(session: tuple[SessionSummary, Curves, list[Event]]) -> None:
    """Two points with a second between them get a point of nothing in the middle."""
    summary, _, _ = session
    start_s = summary.sets[0].start_s
    curves = Curves()
    times_s = tuple(start_s + 0.04 * np.arange(50)) + tuple(start_s + 4.0 + 0.04 * np.arange(50))
    curves.handle([CurveTraced(0.0, 0.0, np.array(times_s), np.ones(100), np.zeros(100), np.zeros(100))])
    data = set_data(summary.sets[0], [], curves)
    assert data["height_pct"].count(None) == data["level_deg"].count(None) == 1
    assert data["t_s"] == sorted(data["t_s"])


def test_thinning_keeps_the_span(session: tuple[SessionSummary, Curves, list[Event]]) -> None:
    """A fifth of the points, the same stretch of time."""
    summary, curves, _ = session
    dense, thin = (set_data(summary.sets[0], summary.reps, curves, rate_hz=rate) for rate in (None, 5.0))
    assert len(thin["t_s"]) == pytest.approx(len(dense["t_s"]) / 5, rel=0.1)
    assert thin["t_s"][-1] == pytest.approx(dense["t_s"][-1], abs=0.3)


def test_a_set_without_a_curve_is_still_a_set(session: tuple[SessionSummary, Curves, list[Event]]) -> None:
    """Nothing traced: empty curves, all reps."""
    summary, _, _ = session
    data = set_data(summary.sets[0], summary.reps, Curves())
    assert (data["t_s"], data["height_pct"], len(data["reps"])) == ([], [], 5)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("top_s", 1.23456, 1.235), ("lift_cm", 25.678, 25.68), ("level_top_deg", -0.001, 0.0), ("lift_cm", NAN, None)],
)
def test_rounding(name: str, value: float, told: float | None) -> None:
    """Three decimals for times and velocities, two for the rest, nothing for what was not measured."""
    assert rounded(name, value) == told
