"""Modes of a whole session: calibrating, counting, gaps, getting up, sources without a gyroscope."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.core.bookkeeping import names
from tests.core.plain_sensor import PlainDecoder, turning
from tests.core.simulated import calm, engine, of, reps_of, said
from tracker.core import events
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.model import CalibrationKind, Command, CommandName, Input, Packet, RepStatus, Side
from tracker.sources.simulator import SetPlan, Simulation, simulate

FIVE = simulate(calm(SetPlan(Side.LEFT, ((),) * 5)))
THRUST = ((1.5, 45.0), (2.2, 45.0), (2.0, 0.0), (2.5, 0.0))


def without(session: Simulation, start_s: float, stop_s: float) -> list[Input]:
    """The session with all packets of this time lost."""
    return [one for one in session.inputs if not (isinstance(one, Packet) and start_s < one.received_s < stop_s)]


def with_command(session: Simulation, at_s: float, name: CommandName, value: str = "") -> list[Input]:
    return sorted([*session.inputs, Command(at_s, name, value)], key=lambda one: one.received_s)


def live(inputs: Sequence[Input], one: Engine) -> list[events.Event]:
    """Packet by packet, as a screen would see it."""
    return [event for item in inputs for event in one.feed([item])] + one.finish()


def numbers(happened: list[events.Event]) -> list[tuple[int, int]]:
    return [(rep.set_number, rep.number) for rep in of(events.RepCounted, happened)]


def test_a_session_is_told_in_order() -> None:
    """Calibrated, armed, counted, judged, ended, disarmed."""
    told = names(said(FIVE.inputs))
    order = ["StreamStarted", "CalibrationStarted", "Calibrated", "Armed", "SetStarted", "RepCounted", "RepJudged",
             "SetEnded", "Disarmed", "StreamEnded"]  # fmt: skip
    assert [told.index(name) for name in order] == sorted(told.index(name) for name in order)
    assert told.count("RepCounted") == 5


def test_counting_at_the_bottom_says_the_number_on_the_way_down() -> None:
    """The same reps, each later than at the top, before its end."""
    at_top = of(events.RepCounted, said(FIVE.inputs))
    at_bottom = of(events.RepCounted, said(FIVE.inputs, engine(rep__count_at="bottom")))
    assert [rep.number for rep in at_bottom] == [rep.number for rep in at_top] == [1, 2, 3, 4, 5]
    for rep, top, truth in zip(at_bottom, at_top, FIVE.truth.reps, strict=True):
        assert top.t_s < truth.lower_s < rep.t_s < truth.end_s + 0.3


@pytest.mark.parametrize("phase", ["rise", "top", "lowering", "bottom"])
def test_a_short_gap_in_any_phase_keeps_the_set_and_the_other_reps(phase: str) -> None:
    """A second without samples in the third rep: at most that one is lost, numbers go on."""
    third, fourth = FIVE.truth.reps[2:4]
    start_s = {
        "rise": third.start_s + 0.2,
        "top": third.top_s + 0.4,
        "lowering": third.lower_s + 0.6,
        "bottom": (third.end_s + fourth.start_s) / 2 - 0.5,
    }[phase]
    happened = said(without(FIVE, start_s, start_s + 1.0))
    assert numbers(happened) in ([(1, 1), (1, 2), (1, 3), (1, 4)], [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5)])
    assert len(of(events.RepVoided, happened)) == (phase == "rise")
    assert not any(gap.is_bridged for gap in of(events.SignalGap, happened))


def test_a_rep_that_was_counted_before_the_gap_is_judged_as_cut() -> None:
    """Said at the top, lost on the way down: it stands, without an end."""
    third = FIVE.truth.reps[2]
    cut = reps_of(said(without(FIVE, third.top_s + 0.8, third.top_s + 1.8)))[2]
    assert cut.status is RepStatus.REP
    assert np.isnan(cut.rep.end_s)
    assert np.isnan(cut.rep.lift_cm)


def test_a_long_gap_ends_the_set() -> None:
    """Longer than a rest: nobody knows what happened; counting begins again from a still bottom."""
    third = FIVE.truth.reps[2]
    happened = said(without(FIVE, third.start_s - 0.5, third.start_s + 9.0))
    assert of(events.Disarmed, happened)[0].reason == "the stream was interrupted"
    assert numbers(happened)[:2] == [(1, 1), (1, 2)]


def test_a_gap_inside_the_calibration_does_not_spoil_it() -> None:
    """Half a second lost in a hold."""
    started, calibrated = (of(kind, said(FIVE.inputs))[0] for kind in (events.CalibrationStarted, events.Calibrated))
    middle_s = (started.t_s + calibrated.t_s) / 2
    happened = said(without(FIVE, middle_s, middle_s + 0.5))
    assert len(numbers(happened)) == 5
    assert of(events.Calibrated, happened)[0].calibration.kind is CalibrationKind.HOLD


def test_calibrating_again_stops_counting_and_keeps_the_rep_that_was_said() -> None:
    """The key comes while the third rep is at its top."""
    at_s = FIVE.truth.reps[2].lower_s
    happened = said(with_command(FIVE, at_s, CommandName.CALIBRATE, "start"))
    assert next(event.reason for event in of(events.Disarmed, happened)) == "calibration"
    assert len(numbers(happened)) == 3
    assert of(events.SetEnded, happened)[0].rep_count == 3


def test_screens_see_every_phase_and_the_height() -> None:
    """From nothing known through calibrating to the four phases; 100 % at the top, level near zero."""
    poses = of(events.PoseUpdated, live(FIVE.inputs, engine(pose_rate_hz=20.0)))
    assert {pose.phase for pose in poses} == {"unarmed", "calibrating", "low", "rising", "top", "lowering"}
    tops = [pose for pose in poses if pose.phase == "top"]
    assert np.median([pose.height_pct for pose in tops]) == pytest.approx(100, abs=6)
    assert np.median([pose.inclination_deg for pose in tops]) == pytest.approx(0, abs=4)
    assert np.isnan(poses[0].height_pct)


def test_without_calibration_the_first_two_are_told_together() -> None:
    """Known with the second; then each at its top, and the screen has a height, too."""
    scenario = calm(SetPlan(Side.LEFT, ((),) * 5), is_calibrated=False)
    happened = live(simulate(scenario).inputs, engine(pose_rate_hz=5.0))
    counted = of(events.RepCounted, happened)
    assert [rep.number for rep in counted] == [1, 2, 3, 4, 5]
    assert counted[0].known_s == counted[1].known_s > counted[1].t_s
    assert counted[2].known_s - counted[2].t_s < 1.0
    assert of(events.Calibrated, happened)[0].calibration.kind is CalibrationKind.AUTO
    assert np.nanmax([pose.height_pct for pose in of(events.PoseUpdated, happened)]) > 80
    assert {judged.calibration for judged in reps_of(happened)} == {CalibrationKind.AUTO}


def test_the_stream_may_end_in_the_middle_of_a_rep() -> None:
    """Said at the top: judged as far as it was seen, and in the set."""
    at_s = FIVE.truth.reps[2].lower_s
    happened = said([one for one in FIVE.inputs if one.received_s < at_s])
    assert len(numbers(happened)) == len(reps_of(happened)) == 3
    assert of(events.SetEnded, happened)[0].rep_count == 3


def accelerometer_only(*inputs: Input) -> list[events.Event]:
    return said(inputs, Engine(Config(), PlainDecoder(has_gyroscope=False)))


def test_an_accelerometer_alone_counts_after_a_calibration() -> None:
    """Two thrusts show the frame, the next ones are counted; angles of still tops, no lift."""
    calibrate = Command(0.0, CommandName.CALIBRATE, "start")
    happened = accelerometer_only(calibrate, *turning((5, 0), *THRUST, *THRUST, (3, 0), *THRUST, *THRUST, *THRUST))
    assert of(events.Calibrated, happened)[0].calibration.full_range_deg == pytest.approx(45, abs=1)
    assert len(numbers(happened)) == 3
    for judged in reps_of(happened):
        assert judged.rep.top_inclination_deg == pytest.approx(0, abs=1)
        assert np.isnan(judged.rep.lift_cm)


@pytest.mark.parametrize("is_announced", [True, False])
def test_an_accelerometer_alone_counts_without_calibration_only_when_a_set_is_announced(is_announced: bool) -> None:
    """It can not tell a thrust from another slow tilt; the person can."""
    announced = [Command(0.0, CommandName.SET_START)] if is_announced else []
    happened = accelerometer_only(*announced, *turning((5, 0), *THRUST, *THRUST, *THRUST))
    assert len(numbers(happened)) == (3 if is_announced else 0)


def test_a_gap_before_anything_is_known_is_no_error() -> None:
    """Unarmed, nothing open."""
    happened = accelerometer_only(*turning((5, 0)), *turning((5, 0), first=400))
    assert names(happened)[-1] == "StreamEnded"
    assert len(of(events.SignalGap, happened)) == 1
