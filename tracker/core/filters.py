"""Butterworth filters with carried state, designed once per cut-off and rate.

`lfilter` with carried state gives the same bits in blocks of any size, as long as it is recursive; and it costs a tenth
of `sosfilt` a call, which counts for a notification of eight samples. At 2nd order its form is numerically harmless.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.signal import butter, lfilter, lfilter_zi

from tracker.core.model import Floats

# A cut-off must stay below half the rate; slow sensors get the highest that is possible.
HIGHEST_SHARE_OF_RATE = 0.45


@lru_cache(maxsize=64)
def _low_pass(cutoff_hz: float, rate_hz: float) -> tuple[Floats, Floats, Floats]:
    b, a = butter(2, min(cutoff_hz, HIGHEST_SHARE_OF_RATE * rate_hz), fs=rate_hz)
    return np.asarray(b), np.asarray(a), np.asarray(lfilter_zi(b, a))


@lru_cache(maxsize=64)
def _band_pass(low_hz: float, high_hz: float, rate_hz: float) -> tuple[Floats, Floats]:
    b, a = butter(2, (low_hz, min(high_hz, HIGHEST_SHARE_OF_RATE * rate_hz)), "bandpass", fs=rate_hz)
    return np.asarray(b), np.asarray(a)


@dataclass(slots=True)
class LowPass:
    """A causal Butterworth low-pass of 2nd order over columns (k, n), its state carried between blocks."""

    cutoff_hz: float
    rate_hz: float
    _state: Floats | None = None

    def feed(self, columns: Floats) -> Floats:
        """Filtered columns; the first sample is taken as the past."""
        b, a, rest = _low_pass(self.cutoff_hz, self.rate_hz)
        if self._state is None:
            self._state = rest * columns[:, :1]
        filtered, self._state = lfilter(b, a, columns, axis=1, zi=self._state)
        return np.asarray(filtered)


def zero_phase_band(signal: Floats, low_hz: float, high_hz: float, rate_hz: float) -> Floats:
    """A closed window (n,) between two frequencies, forward and backward, without delay."""
    b, a = _band_pass(low_hz, high_hz, rate_hz)
    forward = lfilter(b, a, signal - signal[0])
    return np.asarray(lfilter(b, a, forward[::-1])[::-1])
