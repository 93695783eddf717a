"""Uniform samples -> where up is in the sensor frame, and whether the body is still.

In: `Samples` (specific force and angular rate, sensor frame). Out: columns of a `History`.

With a gyroscope: VQF (Laidig and Seel, Information Fusion 91, 2023, DOI 10.1016/j.inffus.2022.10.014) fuses both;
6-axis, so heading drifts and does not matter. Its clip of the gyroscope offset is raised to what cheap sensors show.
Without: the direction of the low-passed specific force, right only while nearly still.

An offset b of the accelerometer tilts VQF's up. The offset is found later, from still poses, and must then mend what
came before, too. VQF takes as up the specific force low-passed in the world frame, so the tilt is linear in b: it is
W b with W = low-pass(R), R the rotation sensor -> world. The first two rows of R and W are kept beside up, and
`corrected_up` applies any b at any later time.

Stillness: angular rate and the departure of specific force from its own low-pass, both as smoothed energy.
Limits: W is exact for small tilts (60 mg = 3.4 deg; the neglected second order is below 0.1 deg).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from vqf import VQF

from tracker.core.config import Config
from tracker.core.filters import LowPass
from tracker.core.history import ACC, FILLED, GYR, PEAK, ROW_X, ROW_Y, STILL, UP, W_X, W_Y, WIDTH, T
from tracker.core.model import GRAVITY_MPS2, Floats, Samples

# VQF's initial bias uncertainty [deg/s]; its default of 0.5 trusts the first reading of a cheap gyroscope too much.
GYR_BIAS_SIGMA_DPS = 3.0
# Smoothing of the stillness energies [Hz]: 0.2 s of delay, so that a hold of half a second is seen.
STILL_SMOOTHING_HZ = 2.0
# Specific force is compared with its own low-pass at [Hz]: posture changes of a second and more count as motion.
STILL_REFERENCE_HZ = 0.7
# Up starts anew without quiet after so long: fast reps never rest, and a rough start converges within VQF's tau.
LONGEST_QUIET_WAIT_S = 1.0
# Less than this is no direction: free fall, or a sensor that sends nothing.
NO_FORCE_MPS2 = 1e-3
# Quiet enough to start anew without a gyroscope: |specific force| within 0.1 g of g (offsets reach 0.06 g).
QUIET_FORCE_MPS2 = 1.0


@dataclass(slots=True)
class Orientation:
    """Carries the filters between blocks; `restart` after the stream was interrupted."""

    config: Config
    rate_hz: float
    has_gyroscope: bool
    _vqf: VQF = field(init=False)
    _tilt: LowPass = field(init=False)
    _force: LowPass = field(init=False)
    _energy: LowPass = field(init=False)
    _quiet_needed: int = 0
    _quiet_seen: int = 0
    _waited: int = 0
    _still_rows: int = 0
    _last_quat: Floats | None = None
    _first_bias: tuple[Floats, float] | None = None

    def __post_init__(self) -> None:
        settings = self.config.orientation
        self._vqf = VQF(
            1.0 / self.rate_hz,
            tauAcc=settings.tau_s,
            biasClip=settings.gyr_bias_limit_dps,
            biasSigmaInit=GYR_BIAS_SIGMA_DPS,
        )
        self._first_bias = (np.zeros(3), float(np.deg2rad(GYR_BIAS_SIGMA_DPS)))
        self._fresh_filters()

    def _fresh_filters(self) -> None:
        settings = self.config.orientation
        # VQF's own low-pass of specific force: 2nd-order Butterworth at sqrt(2) / (2 pi tau)
        self._tilt = LowPass(float(np.sqrt(2) / (2 * np.pi * settings.tau_s)), self.rate_hz)
        self._force = LowPass(STILL_REFERENCE_HZ if self.has_gyroscope else settings.acc_low_pass_hz, self.rate_hz)
        self._energy = LowPass(STILL_SMOOTHING_HZ, self.rate_hz)

    def restart(self) -> None:
        """Forget where up was; keep the gyroscope offset. Up starts anew from the next quiet stretch."""
        if self.has_gyroscope:
            self._first_bias = self._vqf.getBiasEstimate()
            self._vqf.resetState()
        self._fresh_filters()
        self._quiet_needed = max(1, round(self.config.orientation.restart_still_s * self.rate_hz))
        self._quiet_seen = self._waited = self._still_rows = 0
        self._last_quat = None

    def feed(self, samples: Samples) -> Floats:
        """History columns (WIDTH, n) of these samples; fewer than came while up is not yet known again."""
        if self._quiet_needed:
            skipped = self._quiet_start(samples)
            if skipped == len(samples):
                return np.empty((WIDTH, 0))
            samples = samples.cut(skipped)
        columns = np.empty((WIDTH, len(samples)))
        columns[T] = samples.t_s
        acc = np.ascontiguousarray(samples.acc_mps2.T)
        columns[ACC] = acc
        columns[PEAK] = samples.peak_mps2
        columns[FILLED] = samples.filled_samples
        smooth_force = self._force.feed(acc)
        if samples.gyr_radps is not None:
            self._fuse(samples.acc_mps2, samples.gyr_radps, columns)
        else:
            size = np.sqrt(_squared(smooth_force))
            columns[UP] = smooth_force / np.maximum(size, NO_FORCE_MPS2)
            columns[GYR] = 0.0
            columns[ROW_X], columns[ROW_Y], columns[W_X], columns[W_Y] = 0.0, 0.0, 0.0, 0.0
        energy = self._energy.feed(np.stack((_squared(columns[GYR]), _squared(acc - smooth_force))))
        still = self.config.still
        is_still = (energy[0] < np.deg2rad(still.gyr_dps) ** 2) & (energy[1] < still.acc_mps2**2)
        rows = np.arange(1, len(is_still) + 1)
        columns[STILL] = rows - np.maximum.accumulate(np.where(is_still, -self._still_rows, rows))
        self._still_rows = int(columns[STILL, -1])
        return columns

    def _fuse(self, acc: Floats, gyr: Floats, columns: Floats) -> None:
        quaternions, bias = self._fused(acc, gyr)
        w, x, y, z = self._at_sample(np.ascontiguousarray(quaternions.T))
        columns[UP] = 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)
        columns[ROW_X] = 1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)
        columns[ROW_Y] = 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)
        columns[GYR] = gyr.T - bias.T
        rows = np.concatenate((columns[ROW_X], columns[ROW_Y]))
        responses = self._tilt.feed(rows)
        columns[W_X], columns[W_Y] = responses[:3], responses[3:]

    def _fused(self, acc: Floats, gyr: Floats) -> tuple[Floats, Floats]:
        """VQF's quaternions (n, 4) and gyroscope offset (n, 3) [rad/s].

        VQF aligns up in its very first sample and would take that jump for turning: with the clip of the offset raised
        it learns some degrees a second from it. So the offset is set anew after the first sample.
        """
        if self._first_bias is None:
            out = self._vqf.updateBatch(gyr, acc)
            return out["quat6D"], out["bias"]
        first = self._vqf.updateBatch(gyr[:1], acc[:1])
        self._vqf.setBiasEstimate(*self._first_bias)
        first_bias = self._first_bias[0]
        self._first_bias = None
        if len(gyr) == 1:
            return first["quat6D"], first_bias[None, :]
        quaternions, bias = self._fused(acc[1:], gyr[1:])
        return np.concatenate((first["quat6D"], quaternions)), np.concatenate((first_bias[None, :], bias))

    def _at_sample(self, ends: Floats) -> Floats:
        """Quaternions (4, n) at the samples, from VQF's, which stand half an interval later.

        A sample's turning belongs to the interval around it, VQF adds it whole: at 100 deg/s and 50 Hz up would run
        1 deg ahead of the acceleration it is applied to.
        """
        before = ends[:, :1] if self._last_quat is None else self._last_quat
        self._last_quat = ends[:, -1:].copy()
        starts = np.concatenate((before, ends[:, :-1]), axis=1)
        dot = starts[0] * ends[0] + starts[1] * ends[1] + starts[2] * ends[2] + starts[3] * ends[3]
        middle = ends + np.where(dot < 0, -1.0, 1.0) * starts
        size = np.sqrt(middle[0] ** 2 + middle[1] ** 2 + middle[2] ** 2 + middle[3] ** 2)
        return np.asarray(middle / size)

    def _quiet_start(self, samples: Samples) -> int:
        """How many of these samples to skip until specific force kept its size for long enough after a restart."""
        acc = np.ascontiguousarray(samples.acc_mps2.T)
        is_quiet = np.abs(np.sqrt(_squared(acc)) - GRAVITY_MPS2) < QUIET_FORCE_MPS2
        if samples.gyr_radps is not None and self._first_bias is not None:
            rate = np.ascontiguousarray(samples.gyr_radps.T) - self._first_bias[0][:, None]
            is_quiet = _squared(rate) < np.deg2rad(2 * self.config.still.gyr_dps) ** 2
        for number, quiet in enumerate(is_quiet.tolist()):
            self._quiet_seen = self._quiet_seen + 1 if quiet else 0
            self._waited += 1
            if self._quiet_seen >= self._quiet_needed or self._waited >= LONGEST_QUIET_WAIT_S * self.rate_hz:
                self._quiet_needed = 0
                return number + 1
        return len(samples)


def _squared(columns: Floats) -> Floats:
    """Squared length of three columns (3, n); an explicit sum, so that batching does not change its bits."""
    squared: Floats = columns[0] * columns[0] + columns[1] * columns[1] + columns[2] * columns[2]
    return squared
