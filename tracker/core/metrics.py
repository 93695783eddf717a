"""A closed window -> the numbers of one rep, as the README's table of metrics defines them.

In: a `RepWindow`, the history, a calibration. Out: a `Rep`. Any NumPy and SciPy may be used here: the window will not
grow. What was not measured is NaN: lift, arch and velocity where the height is not trusted, the way down where the
movement was cut off, the way up and the hold where they began before what the history keeps, angles at the top where
an accelerometer alone was not still.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.core.config import Config
from tracker.core.filters import HIGHEST_SHARE_OF_RATE, zero_phase_band
from tracker.core.height import AccError
from tracker.core.history import GYR, PEAK, History
from tracker.core.model import GRAVITY_MPS2, NAN, Calibration, Floats, Rep
from tracker.core.phases import BOTTOM_SHARE, TOP_SHARE, Phases, Source, Stretch, find_phases, median, read_stretch
from tracker.core.segmentation import RepWindow

# Roll rates of a swung leg; slower is the body turning, faster is skin. The filter needs so much before and after.
KICK_BAND_HZ = (2.0, 6.0)
KICK_PAD_S = 1.0
# An accelerometer-only angle is only right when still; a median needs this many seconds of it.
STILL_TOP_S = 0.3
# A bottom dwell that is longer is rest between sets; its impacts do not belong to the rep.
LONGEST_DWELL_S = 12.0


@dataclass(slots=True)
class Measuring:
    """Measures the movements of one counting run; carries when the hips came down last.

    earliest: first row of the run.
    """

    config: Config
    source: Source
    earliest: int
    _low_since_s: float = NAN

    def measure(self, window: RepWindow, history: History, calibration: Calibration, acc_error: AccError) -> Rep:
        """The numbers of this movement."""
        stretch = read_stretch(window, history, acc_error, self.earliest)
        phases = find_phases(window, stretch, history, self.config.lift, self.source)
        low_since_s = self._low_since_s
        self._low_since_s = NAN if window.is_cut else phases.low_again_s
        inclination_deg, level_deg = self._at_top(stretch, phases, history.rate_hz)
        lower_s, end_s = (NAN, NAN) if window.is_cut else (phases.lower_s, phases.end_s)
        start_s, top_s = phases.start_s, phases.top_s
        seen_start_s, seen_top_s = (start_s, top_s) if window.base >= stretch.first else (NAN, NAN)
        concentric_s = seen_top_s - seen_start_s
        is_trusted = phases.is_trusted and window.base >= stretch.first
        lift_cm = phases.lift_cm if is_trusted else NAN
        calibrated_cm = lift_cm * _clock_factor(stretch, phases, calibration)
        has_gyroscope = self.source.has_gyroscope
        return Rep(
            start_s=start_s,
            top_s=top_s,
            lower_s=lower_s,
            end_s=end_s,
            concentric_s=concentric_s,
            hold_s=lower_s - seen_top_s,
            eccentric_s=end_s - lower_s,
            bottom_dwell_s=seen_start_s - low_since_s,
            lift_cm=lift_cm,
            lift_pct=100.0 * calibrated_cm / calibration.full_lift_cm,
            range_deg=float(np.interp(seen_start_s, stretch.t_s, stretch.inclination_deg)) - inclination_deg,
            top_inclination_deg=inclination_deg,
            level_top_deg=level_deg,
            level_range_deg=_level_range_deg(stretch, phases) if has_gyroscope else NAN,
            arch_deg=_arch_deg(inclination_deg, calibrated_cm, calibration),
            mean_velocity_mps=(TOP_SHARE - BOTTOM_SHARE) * lift_cm / 100.0 / max(concentric_s, 1e-3),
            peak_velocity_mps=float(phases.rise_velocity_mps.max()) if is_trusted else NAN,
            bottom_peak_g=_bottom_peak_g(stretch, phases, history, low_since_s),
            kick_dps=_kick_dps(stretch, phases, history, window.stop, calibration) if has_gyroscope else NAN,
            missing_samples=phases.missing_samples,
            lift_is_trusted=is_trusted,
        )

    def _at_top(self, stretch: Stretch, phases: Phases, rate_hz: float) -> tuple[float, float]:
        """Median inclination and level over the top window [deg]."""
        first, last = stretch.row_at(phases.top_s), stretch.row_at(phases.lower_s)
        rows = slice(first, last + 1) if last > first else slice(phases.top_row, phases.top_row + 1)
        if not self.source.has_gyroscope and np.count_nonzero(stretch.still_rows[rows]) < STILL_TOP_S * rate_hz:
            return NAN, NAN
        return median(stretch.inclination_deg[rows]), median(stretch.level_deg[rows])


def _level_range_deg(stretch: Stretch, phases: Phases) -> float:
    first = stretch.row_at(phases.level_from_s)
    level_deg = stretch.level_deg[first : max(stretch.row_at(phases.lower_s), first) + 1]
    return float(level_deg.max() - level_deg.min())


def _clock_factor(stretch: Stretch, phases: Phases, calibration: Calibration) -> float:
    """What makes a lift comparable with the calibrated ones if the sensor's clock was put right in between.

    Lift goes with time squared; without a calibrated lift there is nothing to compare with (NaN).
    """
    rows = phases.top_row - phases.bottom_row
    elapsed_s = float(stretch.t_s[phases.top_row] - stretch.t_s[phases.bottom_row])
    return (rows * calibration.period_s / elapsed_s) ** 2 if elapsed_s > 0 else 1.0


def _arch_deg(top_inclination_deg: float, lift_cm: float, calibration: Calibration) -> float:
    """Inclination at the top beyond what the calibrated thrusts had at the same lift."""
    if not calibration.lift_curve_cm:
        return NAN
    expected_deg = np.interp(lift_cm, calibration.lift_curve_cm, calibration.inclination_curve_deg)
    return top_inclination_deg - float(expected_deg)


def _bottom_peak_g(stretch: Stretch, phases: Phases, history: History, low_since_s: float) -> float:
    """Largest specific force while the hips were low before this rise [g]."""
    start = stretch.first + stretch.row_at(phases.start_s)
    dwell_s = min(phases.start_s - low_since_s, LONGEST_DWELL_S) if np.isfinite(low_since_s) else 0.0
    first = max(history.earliest(start), start - int(dwell_s * history.rate_hz))
    peak: Floats = history.column(PEAK, first, start + 1)
    return float(peak.max()) / GRAVITY_MPS2


def _kick_dps(stretch: Stretch, phases: Phases, history: History, seen: int, calibration: Calibration) -> float:
    """Largest roll rate about C, 2-6 Hz, in the first third of the rise [deg/s]."""
    pad = int(KICK_PAD_S * history.rate_hz)
    bottom, top = stretch.first + phases.bottom_row, stretch.first + phases.top_row
    third = (top - bottom) // 3
    if third < 2 or HIGHEST_SHARE_OF_RATE * history.rate_hz <= KICK_BAND_HZ[0]:
        return NAN
    first = max(history.earliest(seen), bottom - pad)
    rate = history.columns(GYR, first, min(seen, top + pad))
    axis = calibration.cranial
    roll = rate[0] * axis[0] + rate[1] * axis[1] + rate[2] * axis[2]
    band = zero_phase_band(roll, *KICK_BAND_HZ, history.rate_hz)
    return float(np.degrees(np.abs(band[bottom - first : bottom - first + third]).max()))
