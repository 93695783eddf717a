"""A session led through its calibration: what is asked when, what ends it, what is done with that of earlier today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.benchmarks.slipping import tipping, turned
from tests.core.simulated import calm, of, reps_of, said
from tracker.core import events
from tracker.core.config import Config, with_settings
from tracker.core.engine import Engine
from tracker.core.model import Calibration, CalibrationKind, Command, CommandName, Input, Side
from tracker.decoders.registry import profile
from tracker.sources.simulator import TEMPOS, Scenario, SetPlan, Simulation, random_scenario, simulate

FIVE = ((),) * 5
START = Command(0.0, CommandName.CALIBRATE, "start")


@cache
def session(scenario: Scenario) -> Simulation:
    return simulate(scenario)


def asked_first(simulation: Simulation, at_s: float = 0.0) -> list[Input]:
    """The session with the calibration asked for at this time only."""
    items = [item for item in simulation.inputs if not _is_calibrate(item)]
    return sorted([START._replace(received_s=at_s), *items], key=lambda item: item.received_s)


def _is_calibrate(item: Input) -> bool:
    return isinstance(item, Command) and item.name is CommandName.CALIBRATE


def engine(given: Calibration | None = None, **changed: object) -> Engine:
    config = with_settings(Config(), {key.replace("__", "."): value for key, value in changed.items()})
    return Engine(config, profile("imu_stream").new_decoder(), given=given)


def steps(happened: Sequence[events.Event]) -> list[tuple[int, bool]]:
    return [(step.hold, step.is_repeated) for step in of(events.CalibrationStep, happened)]


def kinds(happened: Sequence[events.Event]) -> list[tuple[CalibrationKind, bool]]:
    return [(event.calibration.kind, event.is_stored) for event in of(events.Calibrated, happened)]


BOTH_SIDES = calm(SetPlan(Side.LEFT, FIVE), SetPlan(Side.RIGHT, FIVE, sits_up_before=True))
UNLED = replace(BOTH_SIDES, is_calibrated=False)
CALIBRATED, RELATIVE = (CalibrationKind.HOLD, False), (CalibrationKind.AUTO, False)


def test_asked_for_at_the_keyboard_it_leads_hold_by_hold() -> None:
    """Standing, sitting down and lying back are no holds: each step is said once, in its time, and ten are counted."""
    simulation = session(BOTH_SIDES)
    happened = said(asked_first(simulation), engine())
    assert steps(happened) == [(1, False), (2, False), (3, False), (4, False), (5, False)]
    assert [step.is_top for step in of(events.CalibrationStep, happened)] == [False, True, False, True, False]
    assert kinds(happened) == [CALIBRATED]
    assert len(of(events.RepCounted, happened)) == 10
    (start_s, end_s) = next((a, b) for a, b, label in simulation.truth.activities if label == "calibrate")
    times_s = [step.t_s for step in of(events.CalibrationStep, happened)]
    assert times_s[0] == 0.0
    assert all(start_s < time_s < end_s for time_s in times_s[1:])


@pytest.mark.parametrize("tempo", ["strict", "fast", "slow"])
def test_who_just_starts_is_counted(tempo: str) -> None:
    """Asked to calibrate, the lifter does a set instead: at the third rep all are counted, with relative angles."""
    simulation = session(replace(UNLED, tempo=TEMPOS[tempo]))
    happened = said(asked_first(simulation), engine())
    ended = of(events.CalibrationEnded, happened)
    assert [(event.reason, event.is_relative) for event in ended] == [("you began a set", True)]
    assert kinds(happened) == [RELATIVE]
    counted = of(events.RepCounted, happened)
    assert len(counted) == 10
    assert ended[0].known_s == pytest.approx(counted[2].known_s)
    assert of(events.CalibrationRefused, happened) == []


def test_who_just_starts_keeps_the_calibration_there_is() -> None:
    """Asked again between the sets, for whatever reason: the second set counts with the first calibration."""
    simulation = session(BOTH_SIDES)
    rest_s = simulation.truth.reps[4].end_s + 5.0
    inputs = sorted([*simulation.inputs, START._replace(received_s=rest_s)], key=lambda item: item.received_s)
    happened = said(inputs, engine())
    assert kinds(happened) == [CALIBRATED]
    assert [event.is_relative for event in of(events.CalibrationEnded, happened)] == [False]
    assert [judged.calibration for judged in reps_of(happened)] == [CalibrationKind.HOLD] * 10


def test_without_progress_it_is_said_again_ever_more_rarely() -> None:
    """Nobody lies down: after 20 s, 40 s more, 80 s more; never stuck, never a nuisance."""
    simulation = session(calm(SetPlan(Side.LEFT, FIVE), is_calibrated=False, stands_first_s=160.0))
    happened = said(asked_first(simulation), engine())
    first = [step.t_s for step in of(events.CalibrationStep, happened)][:4]
    assert first == pytest.approx([0, 20, 60, 140], abs=0.1)
    assert len(of(events.RepCounted, happened)) == 5


def test_three_refusals_end_it() -> None:
    """Each with its reason; then counting goes on without."""
    simulation = session(BOTH_SIDES)
    happened = said(asked_first(simulation), engine(calibration__range_min_deg=70, rep__min_range_deg=15))
    refused = of(events.CalibrationRefused, happened)
    assert {event.reason.split(" by only")[0] for event in refused} == {"The thrust turned the pelvis"}
    ended = of(events.CalibrationEnded, happened)
    assert [event.reason for event in ended] == ["it was refused 3 times"] * (len(refused) // 3)


def test_an_end_by_command_is_told() -> None:
    """With what to do, and how counting goes on."""
    simulation = session(UNLED)
    stop = Command(8.0, CommandName.CALIBRATE, "end")
    inputs = sorted([*asked_first(simulation), stop], key=lambda item: item.received_s)
    happened = said(inputs, engine())
    assert [event.reason for event in of(events.CalibrationEnded, happened)] == ["it was not completed"]
    assert len(of(events.RepCounted, happened)) == 10


# the calibration of earlier today ----------------------------------------------------------------------------------


@cache
def earlier() -> Calibration:
    """Of a session with the same sensor, worn the same way."""
    (calibrated,) = of(events.Calibrated, said(session(replace(BOTH_SIDES, seed=8)).inputs))
    return calibrated.calibration


def later(rotation: np.ndarray | None = None) -> list[Input]:
    """The next session of that day, without thrusts on both legs."""
    inputs = [item for item in session(UNLED).inputs if not _is_calibrate(item)]
    return inputs if rotation is None else turned(inputs, rotation, after_s=-1.0)


def test_a_rest_pose_that_agrees_takes_it() -> None:
    """Known before the first rep; nothing more is asked; the very same values are used."""
    happened = said(later(), engine(earlier()))
    assert kinds(happened) == [(CalibrationKind.HOLD, True)]
    assert of(events.Calibrated, happened)[0].calibration == earlier()
    assert steps(happened) == [(1, False)]
    assert len(of(events.RepCounted, happened)) == 10
    assert {judged.calibration for judged in reps_of(happened)} == {CalibrationKind.HOLD}


@pytest.mark.parametrize("direction_deg", [0, 90, 180, 270])
def test_a_rest_pose_that_moved_is_a_slip(direction_deg: float) -> None:
    """8 degrees in any direction: told with the angle, asked again; who just starts is counted, relatively."""
    happened = said(later(tipping(earlier(), direction_deg, 8.0)), engine(earlier()))
    (slipped,) = of(events.SensorSlipped, happened)
    assert slipped.moved_deg == pytest.approx(8.0, abs=3.2)
    assert steps(happened)[:2] == [(1, False), (2, False)]
    assert kinds(happened) == [RELATIVE]
    assert len(of(events.RepCounted, happened)) == 10


def test_a_sensor_put_on_the_other_way_round_is_asked_for_anew() -> None:
    """No pose comes near the given one: after a reminder it leads on, and who just starts is counted."""
    happened = said(later(np.diag([-1.0, -1.0, 1.0])), engine(earlier()))
    assert kinds(happened) == [RELATIVE]
    assert len(of(events.RepCounted, happened)) == 10


def test_a_new_calibration_is_made_where_the_given_one_does_not_fit() -> None:
    """The lifter follows: two thrusts on both legs, and it is the new one that counts."""
    inputs = [item for item in session(BOTH_SIDES).inputs if not _is_calibrate(item)]
    happened = said(turned(inputs, tipping(earlier(), 45.0, 9.0), after_s=-1.0), engine(earlier()))
    assert kinds(happened) == [CALIBRATED]
    assert len(of(events.RepCounted, happened)) == 10


def test_a_given_calibration_that_no_rep_confirms_gives_way() -> None:
    """Worn the other way round, sitting looks like its rest pose by chance: what follows is counted all the same."""
    scenario = random_scenario(2021, loss=0.0)
    given = of(events.Calibrated, said(simulate(scenario).inputs))[-1].calibration
    next_time = simulate(replace(scenario, seed=52021, is_calibrated=False))
    inputs = turned(next_time.inputs, np.diag([-1.0, -1.0, 1.0]), after_s=-1.0)
    happened = said(inputs, engine(given))
    assert kinds(happened) == [(CalibrationKind.HOLD, True), RELATIVE]
    assert len(of(events.SensorSlipped, happened)) == 1
    assert len(of(events.RepCounted, happened)) >= len(next_time.truth.counted)


# slips during a session --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle_deg", [8.0, 12.0])
@pytest.mark.parametrize("direction_deg", [0, 45, 135, 200])
def test_a_slip_between_two_sets_is_found_when_lying_down_again(angle_deg: float, direction_deg: float) -> None:
    """Told at arming; the set that follows is counted with relative angles, none of it with the wrong ones."""
    simulation = session(BOTH_SIDES)
    (sitting_s,) = [start for start, _, label in simulation.truth.activities if label == "sit_up"][:1]
    (calibrated,) = of(events.Calibrated, said(simulation.inputs))
    rotation = tipping(calibrated.calibration, direction_deg, angle_deg)
    happened = said(turned(simulation.inputs, rotation, after_s=sitting_s + 1.0))
    (slipped,) = of(events.SensorSlipped, happened)
    assert slipped.t_s > sitting_s
    assert [judged.calibration.value for judged in reps_of(happened)] == ["hold"] * 5 + ["auto"] * 5


@pytest.mark.parametrize("direction_deg", [30, 120, 250])
def test_a_slip_of_who_stays_lying_is_found_once_still_anew(direction_deg: float) -> None:
    """With the last rep of a set, nobody gets up: told before the next set, which counts with relative angles."""
    simulation = session(calm(SetPlan(Side.LEFT, FIVE), SetPlan(Side.RIGHT, FIVE, rest_before_s=20.0)))
    (calibrated,) = of(events.Calibrated, said(simulation.inputs))
    rotation = tipping(calibrated.calibration, direction_deg, 10.0)
    happened = said(turned(simulation.inputs, rotation, after_s=simulation.truth.reps[4].end_s))
    (slipped,) = of(events.SensorSlipped, happened)
    assert slipped.t_s < simulation.truth.reps[5].start_s
    assert [judged.calibration.value for judged in reps_of(happened)] == ["hold"] * 5 + ["auto"] * 5
    assert len(of(events.RepCounted, happened)) == 10


def test_the_limit_of_a_slip_is_a_setting() -> None:
    """Nobody who allows 15 degrees is asked for 8."""
    simulation = session(BOTH_SIDES)
    (calibrated,) = of(events.Calibrated, said(simulation.inputs))
    moved = turned(simulation.inputs, tipping(calibrated.calibration, 0.0, 8.0), after_s=60.0)
    assert of(events.SensorSlipped, said(moved, engine(calibration__slip_deg=15))) == []
