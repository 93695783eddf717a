"""Events as they stand in files and on the wire."""

from __future__ import annotations

import dataclasses
import inspect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.synthetic import GOOD_REP, calibration_of
from tracker.core import events
from tracker.core.model import NAN, CalibrationKind, Finding, JudgedRep, RepStatus, Side, Verdict

KINDS = [kind for _, kind in inspect.getmembers(events, inspect.isclass)
         if issubclass(kind, events.Event) and kind is not events.Event]  # fmt: skip
JUDGED = JudgedRep(
    3, 1, 2, Side.LEFT, RepStatus.REP, CalibrationKind.HOLD, dataclasses.replace(GOOD_REP, lift_cm=NAN),
    (Finding("pause", Verdict.FAULT, 0.1, "hold at the top"),),
)  # fmt: skip


def test_names_are_those_of_the_kinds_in_small_letters() -> None:
    """`RepCounted` is `rep_counted`; no two kinds share a name."""
    assert events.event_name(events.RepCounted(1.0, 1.0, 1, 1, 1, Side.LEFT)) == "rep_counted"
    assert events.event_name_of(events.StreamEnded) == "stream_ended"
    assert len({events.event_name_of(kind) for kind in KINDS}) == len(KINDS) > 20


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_frozen_and_has_two_times(kind: type[events.Event]) -> None:
    """Sinks may only read."""
    assert [item.name for item in dataclasses.fields(kind)][:2] == ["t_s", "known_s"]
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert kind.__doc__


def test_a_line_holds_everything_in_one_line() -> None:
    """Nested values, too; enums as their text."""
    line = events.to_json_line(events.RepJudged(1.0, 2.0, JUDGED))
    assert "\n" not in line
    plain = json.loads(line)
    assert plain["event"] == "rep_judged"
    assert plain["judged"]["side"] == "left"
    assert plain["judged"]["findings"] == [
        {"check": "pause", "verdict": "fault", "value": 0.1, "cue": "hold at the top"}
    ]
    assert plain["judged"]["rep"]["lift_cm"] is None


def test_a_calibration_is_written_with_its_axes() -> None:
    """Tuples become lists."""
    plain = json.loads(events.to_json_line(events.Calibrated(1.0, 1.0, calibration_of())))
    assert plain["calibration"]["right"] == [1.0, 0.0, 0.0]
    assert len(plain["calibration"]["lift_curve_cm"]) == 21


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_number_that_is_none_is_null(value: float) -> None:
    """NaN and infinity are null, everything else is right to six decimals, and there is no minus zero."""
    plain = json.loads(events.to_json_line(events.PoseUpdated(0.0, 0.0, value, 0.0, 0.0, "low")))["height_pct"]
    if value != value or abs(value) == float("inf"):  # noqa: PLR0124 - NaN
        assert plain is None
    else:
        assert plain == pytest.approx(value, abs=5e-7)
        assert str(plain) != "-0.0"


@given(st.text())
def test_a_text_survives_whatever_is_in_it(text: str) -> None:
    """Line ends and quotes of a note do not break the line."""
    line = events.to_json_line(events.Marked(0.0, 0.0, text))
    assert len(line.split("\n")) == 1
    assert json.loads(line)["text"] == text
