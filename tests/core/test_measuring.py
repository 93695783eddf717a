"""Phases and numbers of one rep, by hand: a synthetic window of which everything is known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.synthetic import (
    BOTTOM_DEG,
    RATE_HZ,
    calibration_of,
    columns_of,
    height_m,
    history_of,
    lift_cm,
    moves_of,
    new_segmenter,
    path,
    windows,
)
from tracker.core.config import Config
from tracker.core.counting import see
from tracker.core.height import AccError
from tracker.core.history import ACC, BLOCK_ROWS, FILLED, GYR, PEAK, STILL, History
from tracker.core.metrics import Measuring
from tracker.core.model import GRAVITY_MPS2, Calibration, CalibrationKind, Floats, Rep
from tracker.core.phases import Source, median
from tracker.core.segmentation import RepWindow

SOURCE = Source(has_gyroscope=True, rate_hz=RATE_HZ)
# 2 s low, 1 s up, 1.5 s at the top, 2 s down, 2 s low.
THRUST = path((2, 0), (1, 45), (1.5, 45), (2, 0), (2, 0))


def window_of(rise_deg: Floats, number: int = 0) -> RepWindow:
    return windows([*moves_of(one := new_segmenter(), rise_deg), *one.interrupt()])[number]


def measured(
    rise_deg: Floats = THRUST,
    *,
    history: History | None = None,
    calibration: Calibration | None = None,
    source: Source = SOURCE,
    window: RepWindow | None = None,
    level_deg: Floats | float = 0.0,
) -> Rep:
    return measured_by(
        Measuring(Config(), source, 0),
        window or window_of(rise_deg),
        history or history_of(rise_deg, level_deg=level_deg),
        calibration or calibration_of(),
    )


def measured_by(
    measuring: Measuring, window: RepWindow, history: History, calibration: Calibration | None = None
) -> Rep:
    calibration = calibration or calibration_of()
    see(history, 0, window.stop, calibration, has_gyroscope=measuring.source.has_gyroscope)
    return measuring.measure(window, history, calibration, AccError())


def time_at(share: float, first_s: float, last_s: float, *, is_last: bool = False) -> float:
    """When the known height crosses this share of the lift between two times [s]."""
    rows = np.arange(round(first_s * RATE_HZ), round(last_s * RATE_HZ))
    height = height_m(BOTTOM_DEG - THRUST[rows])
    level = height_m(BOTTOM_DEG) + share * (height_m(0.0) - height_m(BOTTOM_DEG))
    above = np.flatnonzero(height >= level)
    return float(rows[above[-1] if is_last else above[0]] / RATE_HZ)


def test_lift_range_and_top_are_those_of_the_body() -> None:
    """Height from the linkage, angle from the curve; a full thrust is 100 % and has no arch."""
    rep = measured()
    assert rep.lift_is_trusted
    assert rep.lift_cm == pytest.approx(lift_cm(45, 0), abs=0.2)
    assert rep.lift_pct == pytest.approx(100, abs=1)
    assert rep.top_inclination_deg == pytest.approx(0, abs=0.2)
    assert rep.arch_deg == pytest.approx(0, abs=0.4)
    assert rep.range_deg == pytest.approx(45, abs=3)  # from 5 % of the lift


def test_phases_begin_and_end_at_their_shares_of_the_lift() -> None:
    """5 % up, 90 % up, 90 % down, 5 % down, to a row; and the dwell before."""
    rep = measured()
    assert rep.start_s == pytest.approx(time_at(0.05, 2, 3), abs=0.03)
    assert rep.top_s == pytest.approx(time_at(0.90, 2, 3), abs=0.03)
    assert rep.lower_s == pytest.approx(time_at(0.90, 4, 6.4, is_last=True), abs=0.03)
    assert rep.end_s == pytest.approx(time_at(0.05, 4, 6.6, is_last=True), abs=0.03)
    assert rep.concentric_s == pytest.approx(rep.top_s - rep.start_s)
    assert rep.hold_s == pytest.approx(rep.lower_s - rep.top_s)
    assert rep.eccentric_s == pytest.approx(rep.end_s - rep.lower_s)


def test_velocities_are_those_of_the_rise() -> None:
    """Mean from 5 to 90 %, peak of the known path."""
    rep = measured()
    peak_mps = np.gradient(height_m(BOTTOM_DEG - THRUST[:160])).max() * RATE_HZ
    assert rep.peak_velocity_mps == pytest.approx(peak_mps, rel=0.03)
    assert rep.mean_velocity_mps == pytest.approx(0.85 * lift_cm(45, 0) / 100 / rep.concentric_s, rel=0.02)


def test_short_hips_are_low_and_therefore_tipped_without_an_arch() -> None:
    """33 of 45 degrees: inclination 12 at the top, the height that goes with it, arch 0."""
    rep = measured(path((2, 0), (1, 33), (1.5, 33), (2, 0), (2, 0)))
    assert rep.top_inclination_deg == pytest.approx(12, abs=0.3)
    assert rep.lift_pct == pytest.approx(100 * lift_cm(45, 12) / lift_cm(45, 0), abs=1.5)
    assert rep.arch_deg == pytest.approx(0, abs=0.5)


def test_an_arch_is_the_tip_that_the_height_does_not_explain() -> None:
    """The hips at full height but the pelvis tipped by 12 degrees: arch 12."""
    rise_deg = path((2, 0), (1, 33), (1.5, 33), (2, 0), (2, 0))
    full = height_m(BOTTOM_DEG - rise_deg * 45 / 33)
    rep = measured(rise_deg, history=history_of(rise_deg, height=full))
    assert rep.top_inclination_deg == pytest.approx(12, abs=0.3)
    assert rep.arch_deg == pytest.approx(12, abs=0.8)


def test_level_is_the_median_over_the_top_and_its_range_from_a_third_of_the_rise() -> None:
    """Tipping over from 0 to 8 degrees during the rise."""
    level_deg = path((2, 0), (1, 8), (1.5, 8), (2, 0), (2, 0))
    rep = measured(level_deg=level_deg)
    assert rep.level_top_deg == pytest.approx(8, abs=0.1)
    assert 4 < rep.level_range_deg < 7


def test_the_second_rep_knows_how_long_the_hips_were_low() -> None:
    """From 10 % on the way down to 5 % on the way up; nothing before the first."""
    rise_deg = path((2, 0), (1, 45), (1, 45), (1, 0), (2, 0), (1, 45), (1, 45), (1, 0), (2, 0))
    history, measuring = history_of(rise_deg), Measuring(Config(), SOURCE, 0)
    first, second = (measured_by(measuring, window_of(rise_deg, number), history) for number in (0, 1))
    assert np.isnan(first.bottom_dwell_s)
    assert second.bottom_dwell_s == pytest.approx(2.0 + 0.25 + 0.2, abs=0.1)


def test_an_impact_while_low_is_its_peak() -> None:
    """1.8 g at the bottom between two reps; the first rep does not know of it."""
    rise_deg = path((2, 0), (1, 45), (1, 45), (1, 0), (1, 0), (1, 45), (1, 45), (1, 0), (2, 0))
    history, measuring = history_of(rise_deg), Measuring(Config(), SOURCE, 0)
    history._columns[PEAK, round(5.2 * RATE_HZ)] = 1.8 * GRAVITY_MPS2
    first, second = (measured_by(measuring, window_of(rise_deg, number), history) for number in (0, 1))
    assert first.bottom_peak_g < 1.2  # the push of the rise itself
    assert second.bottom_peak_g == pytest.approx(1.8)


def test_a_kick_is_the_roll_rate_in_the_first_third_of_the_rise() -> None:
    """A burst of 4 Hz about the long axis: seen early in the rise, not at the top."""
    history = history_of(THRUST)
    t_s = np.arange(len(THRUST)) / RATE_HZ
    burst = np.radians(80) * np.sin(2 * np.pi * 4 * (t_s - 2)) * ((t_s > 1.9) & (t_s < 2.5))
    history._columns[GYR][2, : len(t_s)] += burst
    late = history_of(THRUST)
    late._columns[GYR][2, round(1.6 * RATE_HZ) : len(t_s)] += burst[: len(t_s) - round(1.6 * RATE_HZ)]
    assert measured(history=history).kick_dps == pytest.approx(80, abs=35)
    assert measured().kick_dps < 1
    assert measured(history=late).kick_dps < 15


def test_without_gyroscope_only_times_and_still_angles_are_measured() -> None:
    """No height, no arch, no roll: empty, not zero. The top was still, so its angles stand."""
    rep = measured(source=Source(False, RATE_HZ))
    for name in ("lift_cm", "lift_pct", "arch_deg", "mean_velocity_mps", "peak_velocity_mps", "level_range_deg"):
        assert np.isnan(getattr(rep, name)), name
    assert np.isnan(rep.kick_dps)
    assert not rep.lift_is_trusted
    assert rep.top_inclination_deg == pytest.approx(0, abs=0.2)
    assert rep.hold_s > 1.5


def test_without_gyroscope_a_top_that_was_not_still_has_no_angle() -> None:
    """An accelerometer that moves does not know where up is."""
    history = history_of(THRUST)
    history._columns[STILL] = 0.0
    rep = measured(history=history, source=Source(False, RATE_HZ))
    assert np.isnan(rep.top_inclination_deg)
    assert np.isnan(rep.level_top_deg)
    assert np.isnan(rep.range_deg)


@pytest.mark.parametrize("reason", ["cut", "slow", "low rate", "gaps", "disagree"])
def test_a_height_that_can_not_be_trusted_is_left_empty(reason: str) -> None:
    """Each reason alone; the phases then come from the angle, and hold and lowering stay."""
    history, source, window, rise_deg = history_of(THRUST), SOURCE, window_of(THRUST), THRUST
    match reason:
        case "cut":
            window = window._replace(is_cut=True)
        case "slow":
            rise_deg = path((2, 0), (9, 45), (1.5, 45), (2, 0), (2, 0))
            history, window = history_of(rise_deg), window_of(rise_deg)
        case "low rate":
            source = Source(True, 19.0)
        case "gaps":
            history._columns[FILLED, 110:210] = 1.0
        case "disagree":
            history._columns[ACC][:, 100:150] *= 1 + 0.06 * np.sin(np.linspace(0, 2 * np.pi, 50))
    rep = measured(rise_deg, history=history, source=source, window=window)
    assert not rep.lift_is_trusted
    assert np.isnan(rep.lift_cm)
    assert np.isnan(rep.peak_velocity_mps)
    assert rep.top_inclination_deg == pytest.approx(0, abs=0.3)
    assert np.isnan(rep.hold_s) == (reason == "cut")


def test_a_movement_that_was_cut_off_has_no_way_down() -> None:
    """Lowering and end were not seen; top and rise were."""
    rise_deg = THRUST[: round(4.2 * RATE_HZ)]
    rep = measured(rise_deg)
    assert [np.isnan(value) for value in (rep.lower_s, rep.end_s, rep.hold_s, rep.eccentric_s)] == [True] * 4
    assert rep.concentric_s == pytest.approx(0.5, abs=0.2)


def test_a_movement_that_was_cut_off_just_after_the_top_keeps_its_rise() -> None:
    """A few degrees down are no way down, and do no harm."""
    whole = measured()
    rep = measured(THRUST[: round(4.85 * RATE_HZ)])
    assert np.isnan(rep.hold_s)
    assert rep.top_s == pytest.approx(whole.top_s, abs=0.1)
    assert rep.top_inclination_deg == pytest.approx(0, abs=0.3)


def test_missing_samples_are_those_that_were_bridged() -> None:
    """Each counted once, however many of a row were there."""
    history = history_of(THRUST)
    history._columns[FILLED, 120:125] = (1.0, 4.0, 4.0, 1.0, 0.0)
    rep = measured(history=history)
    assert rep.missing_samples == 10
    assert rep.lift_is_trusted


def test_without_a_calibrated_thrust_there_is_lift_but_no_share_of_it_and_no_arch() -> None:
    """Nothing to compare with."""
    rep = measured(calibration=calibration_of(kind=CalibrationKind.AUTO))
    assert rep.lift_cm == pytest.approx(lift_cm(45, 0), abs=0.3)
    assert np.isnan(rep.lift_pct)
    assert np.isnan(rep.arch_deg)


def test_a_fast_rep_without_rest_has_its_height_from_its_turning_points() -> None:
    """Half a second up and down, again and again: within 1 cm."""
    rise_deg = path((2, 0), *((0.5, 45), (0.5, 0)) * 4, (2, 0))
    history, measuring = history_of(rise_deg), Measuring(Config(), SOURCE, 0)
    for number in range(4):
        rep = measured_by(measuring, window_of(rise_deg, number), history)
        assert rep.lift_cm == pytest.approx(lift_cm(45, 0), abs=1.0)
        assert rep.hold_s < 0.3


@pytest.mark.parametrize(("values", "middle"), [([3.0], 3.0), ([1.0, 2.0], 1.5), ([9.0, 1.0, 5.0], 5.0)])
def test_the_cheap_median_is_the_median(values: list[float], middle: float) -> None:
    """Of odd and even counts, as numpy's."""
    assert median(np.array(values)) == middle == np.median(values)


def test_a_hold_that_began_before_what_is_kept_has_no_length() -> None:
    """Two and a half minutes at the top: how long is not known any more, where the hips were at its end is."""
    rise_deg = path((2, 0), (1, 45), (150, 45), (2, 0), (2, 0))
    history = History(RATE_HZ)
    columns = columns_of(rise_deg)
    for start in range(0, len(rise_deg), BLOCK_ROWS):
        history.append(columns[:, start : start + BLOCK_ROWS])
    window = window_of(rise_deg)
    calibration = calibration_of()
    see(history, history.earliest(history.end - 1), window.stop, calibration, has_gyroscope=True)
    rep = Measuring(Config(), SOURCE, 0).measure(window, history, calibration, AccError())
    assert np.isnan([rep.hold_s, rep.concentric_s, rep.lift_cm, rep.range_deg, rep.peak_velocity_mps]).all()
    assert rep.top_inclination_deg == pytest.approx(BOTTOM_DEG - 45, abs=0.2)
    assert rep.eccentric_s == pytest.approx(1.2, abs=0.2)  # 90 to 5 % of a smooth way down of 2 s
