"""Dated rows on their way to the grid, and the account of what was found wrong with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.core.model import Floats, Ints


@dataclass(slots=True)
class Account:
    """What was found wrong with the stream so far, in samples.

    missing: never came, as far as counter or clock tell; duplicate: came again; late: came after they were given up;
    gap_count: holes, bridged or not; clock_resets: new time bases.
    """

    missing_samples: int = 0
    duplicate_samples: int = 0
    late_samples: int = 0
    saturated_samples: int = 0
    gap_count: int = 0
    clock_resets: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Dated rows; `is_reset` when the first one begins a new time base.

    index (n,): running sample index; t_s (n,) seconds since the first sample on the sensor's clock; received_s (n,)
    arrival [s]; acc_mps2 (n, 3); gyr_radps (n, 3) or None.
    """

    index: Ints
    t_s: Floats
    received_s: Floats
    acc_mps2: Floats
    gyr_radps: Floats | None
    is_reset: bool = False

    def __len__(self) -> int:
        return len(self.index)

    def followed_by(self, other: Run) -> Run:
        """These rows and those of a run that continues them."""
        gyr = None
        if self.gyr_radps is not None and other.gyr_radps is not None:
            gyr = np.concatenate((self.gyr_radps, other.gyr_radps))
        return Run(
            np.concatenate((self.index, other.index)),
            np.concatenate((self.t_s, other.t_s)),
            np.concatenate((self.received_s, other.received_s)),
            np.concatenate((self.acc_mps2, other.acc_mps2)),
            gyr,
            self.is_reset,
        )

    def cut(self, start: int, stop: int | None = None) -> Run:
        """Rows start:stop; only the first row of a reset run carries the reset."""
        rows = slice(start, stop)
        gyr = None if self.gyr_radps is None else self.gyr_radps[rows]
        is_reset = self.is_reset and start == 0
        return Run(self.index[rows], self.t_s[rows], self.received_s[rows], self.acc_mps2[rows], gyr, is_reset)
