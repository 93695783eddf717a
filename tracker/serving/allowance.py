"""How much one sender may still send: a stock for bursts, filled up evenly. The clock is the caller's."""

from __future__ import annotations


class Allowance:
    """So many at once [count], then so many a second [1/s]; times in seconds of any clock that never goes back."""

    def __init__(self, now_s: float, *, burst: float, rate_per_s: float) -> None:
        self._burst = burst
        self._rate_per_s = rate_per_s
        self._left = burst
        self._at_s = now_s

    def take(self, now_s: float) -> bool:
        """True if one more is allowed now."""
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._rate_per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
