"""What a report is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracker.core.bridge_hold import BridgeHold
from tracker.core.summary import SessionSummary
from tracker.damage import WHOLE, Damage
from tracker.header import Header
from tracker.page.curves import Curves
from tracker.reports.signal import Signal


@dataclass(frozen=True, slots=True)
class Session:
    """What a report is made of. first_input_s: host time of the first packet, where stream time begins.

    damage: what could not be read of the recording, so that nobody takes these numbers for all there was.
    """

    header: Header
    summary: SessionSummary
    first_input_s: float = 0.0
    curves: Curves = field(default_factory=Curves)
    signal: Signal = field(default_factory=Signal)
    holds: tuple[BridgeHold, ...] = ()
    damage: Damage = WHOLE

    @property
    def zero(self) -> datetime | None:
        """The moment of stream time 0."""
        started_at = self.header.started_at
        return None if started_at is None else started_at + timedelta(seconds=self.first_input_s)

    @property
    def has_gyroscope(self) -> bool:
        """False for an accelerometer-only source: a lesser measurement, marked in every row."""
        return self.summary.started is not None and self.summary.started.has_gyroscope
