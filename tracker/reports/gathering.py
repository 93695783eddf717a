"""The sink that gathers what a report is made of while a session runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tracker.core.bridge_hold import HoldFinder
from tracker.core.events import Event
from tracker.core.model import NAN
from tracker.core.summary import Ledger
from tracker.header import Header
from tracker.page.curves import Curves
from tracker.reports.session import Session
from tracker.reports.signal import Signal


@dataclass(slots=True)
class Gathering:
    """Numbers, curves, holds and what happened to the signal."""

    load_kg: float = NAN
    ledger: Ledger = field(init=False)
    curves: Curves = field(default_factory=lambda: Curves(forgets_rests=True))
    signal: Signal = field(default_factory=Signal)
    holds: HoldFinder = field(default_factory=HoldFinder)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.load_kg)

    def handle(self, events: Sequence[Event]) -> None:
        """Take more events in."""
        self.ledger.handle(events)
        self.curves.handle(events)
        self.signal.handle(events)
        self.holds.handle(events)

    def close(self) -> None:
        """The stream is over."""
        self.holds.close()

    def session(self, header: Header, first_input_s: float) -> Session:
        """The session so far."""
        return Session(header, self.ledger.summary(), first_input_s, self.curves, self.signal, tuple(self.holds.holds))
