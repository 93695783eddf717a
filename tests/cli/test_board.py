"""The one fold behind every live screen: number, side, rest, words."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import numpy as np
import pytest

from tests.cli.test_screens import judged
from tests.core.simulated import calm, engine
from tracker.core import events as ev
from tracker.core.config import Config, with_settings
from tracker.core.model import Calibration, CalibrationKind, Finding, Packet, RestKind, Side, Verdict
from tracker.header import SIDE_PLANS, Header
from tracker.page import CURVE_RATE_HZ
from tracker.recording import RecordingWriter
from tracker.run import Pipeline
from tracker.sinks.board import Board
from tracker.sinks.plain_lines import PlainLines
from tracker.sinks.terminal import drawn
from tracker.sinks.web.scene import Scene
from tracker.sources.simulator import TEMPOS, SetPlan, simulate

BAD = Finding("level_hips", Verdict.FAULT, 12.0, "lift the free side")


def board_of(*events):
    board = Board.of(Config())
    board.take(events)
    return board


def set_of(*rep_ids, number=1, side=Side.LEFT):
    """A set with these reps, one a second from second 1."""
    counted = [ev.RepCounted(rep_id, rep_id, rep_id, number, i, side) for i, rep_id in enumerate(rep_ids, start=1)]
    return [ev.SetStarted(0, 0, number, side), *counted]


def test_target_and_limits_are_those_of_the_session():
    """`--target` and `--set checks.level_good_deg` reach the screen."""
    config = with_settings(Config(), {"sets.target_reps": "10", "checks.level_good_deg": "5"})
    board = Board.of(config)
    assert (board.target_reps, board.level_good_deg) == (10, 5.0)


@pytest.mark.parametrize("plan", SIDE_PLANS)
def test_the_leg_that_comes_first_stands_there_at_once(plan):
    """As it was declared, before anybody lies ready; it is the one that the engine then says."""
    header = Header("s", "simulated", "imu_stream", 104.0, side_plan=plan)
    title = drawn(Board.of(header.config, header.first_side), width=80, height=24).plain.split("\n")[0]
    assert title.strip().startswith({"": "LEG NOT DECLARED", "right": "RIGHT LEG"}.get(plan, "LEFT LEG"))
    assert Scene(header.config, title="", side=header.first_side).state()["side"] == header.first_side.value
    undeclared = [item for item in simulate(calm(SetPlan(Side.LEFT, ((),)))).inputs if isinstance(item, Packet)]
    armed = next(event for event in engine(plan).feed(undeclared) if isinstance(event, ev.Armed))
    assert armed.side is header.first_side


def test_ready_names_the_leg_that_is_next():
    """Swapped while lying ready: the sentence follows. Said of anything else, it stays as it is."""
    board = board_of(ev.Armed(1, 1, Side.LEFT), ev.SideChanged(2, 2, Side.RIGHT))
    assert board.notice == "Ready, right."
    board.take([*set_of(1, side=Side.RIGHT), ev.SideChanged(9, 9, Side.LEFT)])
    assert board.notice == "Set 1, right."


def test_no_height_of_somebody_who_is_up():
    """Sitting between sets is no lift of minus 84 %: the bars wait for the next time at the bottom."""
    board = board_of(ev.PoseUpdated(1, 1, 40.0, 2.0, 30.0, "rising"), ev.PoseUpdated(2, 2, -84.0, 9.0, 90.0, "unarmed"))
    assert (board.phase, math.isnan(board.height_pct), math.isnan(board.level_deg)) == ("unarmed", True, True)
    board.take([ev.PoseUpdated(3, 3, 1.0, 0.5, 48.0, "low")])
    assert (board.height_pct, board.level_deg) == (1.0, 0.5)


def test_the_shown_number_has_the_id_of_its_event():
    """The third rep of the second set is 3 and carries its own id."""
    board = board_of(*set_of(1, 2, 4), *set_of(5, 6, 9, number=2))
    assert (board.count, board.rep_id, board.set_number) == (3, 9, 2)


def test_after_a_strike_the_number_goes_on_from_what_stands():
    """Four, the second struck: three; the next is four again, in the sentence too; restored: five."""
    board = board_of(*set_of(1, 2, 3, 4), ev.RepStruck(5, 5, 2))
    assert (board.count, board.rep_id) == (3, 4)
    board.take([ev.RepCounted(6, 6, 5, 1, 5, Side.LEFT), ev.RepJudged(6, 8, judged(BAD, number=5, rep_id=5))])
    assert (board.count, board.rep_id) == (4, 5)
    assert board.rep.text.startswith("Left 4 — hips not level")
    board.take([ev.RepRestored(9, 9, 2)])
    assert board.count == 5


def test_striking_the_shown_rep_shows_the_one_before():
    """Number and id stay a pair."""
    board = board_of(*set_of(1, 2), ev.RepStruck(5, 5, 2))
    assert (board.count, board.rep_id) == (1, 1)
    board.take([ev.RepStruck(6, 6, 1)])
    assert (board.count, board.rep_id) == (0, 0)


def test_a_rep_of_an_earlier_set_does_not_change_the_number():
    """Struck while the next set has begun already."""
    board = board_of(*set_of(1, 2), *set_of(3, number=2), ev.RepStruck(5, 5, 2))
    assert (board.count, board.rep_id) == (1, 3)


def test_the_rest_runs_from_the_last_rep_until_the_next_one():
    """Dated back, with its kind and length; the first rep of the next set ends it."""
    board = board_of(*set_of(1, 2), ev.RestStarted(3.5, 11.5, RestKind.SWITCH, 30.0))
    board.take([ev.PoseUpdated(20.0, 20.0, 0.0, 0.0, 40.0, "low")])
    assert (board.rest_kind, board.rest_since_s, board.rest_target_s, board.rest_s) == ("switch", 3.5, 30.0, 16.5)
    board.take([ev.RestStarted(3.5, 21.0, RestKind.ROUND, 90.0)])
    assert (board.rest_kind, board.rest_target_s, board.rest_s) == ("rest", 90.0, 17.5)
    board.take(set_of(3, number=2))
    assert (board.rest_kind, board.rest_target_s) == ("", 0.0)
    assert math.isnan(board.rest_s)


def test_time_never_runs_back():
    """An event that is known late does not turn the clock of the screen back."""
    board = board_of(ev.PoseUpdated(20.0, 20.0, 0.0, 0.0, 40.0, "low"), ev.SetPaused(3.0, 11.0, 1))
    assert board.now_s == 20.0


def test_the_word_on_the_last_rep_ends_with_its_set():
    """It stays on the screen while resting, and is gone when the next set begins."""
    board = board_of(
        *set_of(1), ev.RepJudged(1, 3, judged(BAD, number=1, rep_id=1)), ev.SetEnded(3, 12, 1, "", 1, 0, 0)
    )
    assert "hips not level" in board.rep.text
    board.take(set_of(2, number=2))
    assert board.rep.text == ""


def test_the_battery_is_shown_as_last_told():
    """Unknown until the sensor tells."""
    assert board_of().battery_pct is None
    assert board_of(ev.BatteryRead(1, 1, 88), ev.BatteryRead(2, 2, 87)).battery_pct == 87


def test_a_bridge_hold_runs_on_the_screen():
    """Longer than a pause: the notice counts its seconds; then it says how long it was, and goes on with the rest."""
    t_s = np.arange(0, 40, 0.04)
    is_up = (t_s >= 2) & (t_s < 32)
    height_pct, nothing = np.where(is_up, 100.0, 0.0), np.zeros_like(t_s)
    inclination_deg = np.where(is_up, 0.0, 45.0)
    frame = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), 45.0)
    board = board_of(
        ev.Calibrated(0, 0, Calibration(CalibrationKind.HOLD, *frame)), ev.SideChanged(0, 0, Side.LEFT)
    )  # fmt: skip
    seen = {}
    for start in range(0, len(t_s), 25):
        rows = slice(start, start + 25)
        traced = ev.CurveTraced(0, 0, t_s[rows], height_pct[rows], nothing[rows], inclination_deg[rows])
        board.take([traced])
        seen[start // 25 + 1] = board.notice
    assert "Hold" not in seen[5]
    assert seen[10] == "Hold, left: 8 s."
    assert seen[31] == "Hold, left: 29 s."
    assert seen[35] == "Hold over, left: 30.0 s, the hips sank."
    board.take([ev.Marked(41, 41, "here")])
    assert board.notice == "Mark: here"


def test_a_bridge_hold_in_plain_lines(tracker, tmp_path):
    """Live and replayed, one line when it is over: the same as `tracker hold` tells."""
    simulation = simulate(calm(SetPlan(Side.LEFT, ((),)), tempo=replace(TEMPOS["strict"], hold_s=20.0)))
    header = Header("held", "simulated sensor", "imu_stream", 52.0)
    heard = io.StringIO()
    one = engine()
    one.curve_rate_hz = CURVE_RATE_HZ
    pipeline = Pipeline(one, [PlainLines(heard)], writer=RecordingWriter(tmp_path / "held", header))
    for item in simulation.inputs:
        pipeline.take([item])  # as they arrive
    pipeline.close()
    live = [line for line in heard.getvalue().splitlines() if line.startswith("Hold")]
    replayed = tracker("replay", tmp_path / "held").stdout.splitlines()
    assert [line for line in replayed if line.startswith("Hold")] == live
    told = tracker("hold", tmp_path / "held").stdout.splitlines()[1].split()
    assert live == [f"Hold over, left: {told[1]} s, the hips sank."]


def test_the_step_of_the_calibration_stands_until_it_is_over():
    """What to do now; gone with the calibration, or when counting goes on without one."""
    step = ev.CalibrationStep(1, 1, 2, True, False)
    board = board_of(ev.CalibrationStarted(0, 0), ev.CalibrationStep(0, 0, 1, False, False), step)
    assert board.calibration_step.startswith("From the start position: lift")
    assert board.phase == "calibrating"
    board.take([ev.CalibrationRefused(2, 2, "The hold moved.", "Again.")])
    assert board.calibration_step
    board.take([ev.CalibrationEnded(3, 3, "you began a set", True)])
    assert board.calibration_step == ""


def test_why_a_calibration_was_refused_stays_in_sight():
    """Until the next hold is accepted: the step that is wanted again stands elsewhere."""
    board = board_of(ev.CalibrationStarted(0, 0), ev.CalibrationStep(0, 0, 1, False, False))
    assert board.notice.startswith("Calibration: two slow thrusts")
    board.take([ev.CalibrationRefused(2, 2, "It moved.", "Again."), ev.CalibrationStep(2, 2, 2, True, True)])
    assert board.notice == "Calibration not used: It moved. Again."
    assert board.calibration_step.startswith("From the start position")
    board.take([ev.CalibrationStep(5, 5, 3, False, False)])
    assert board.notice == ""


def test_why_it_is_calibrated_again_stays_in_sight():
    """A sensor that slipped is told of, not only what follows from it."""
    board = board_of(
        ev.SensorSlipped(0, 0, 8.0), ev.CalibrationStarted(0, 0), ev.CalibrationStep(0, 0, 1, False, False)
    )
    assert board.notice.startswith("The sensor has slipped")


def test_how_the_set_went_stays_in_sight():
    """The rest that begins with its end tells of itself by its clock; one that began before does not hide it either."""
    rest, ended = ev.RestStarted(3, 11, RestKind.ROUND, 90.0), ev.SetEnded(3, 14, 1, Side.LEFT, 2, 0, 1)
    board = board_of(*set_of(1, 2), rest, ended, replace(rest, known_s=14))
    assert board.notice == "Set 1 done: 2 reps, 1 clean."
