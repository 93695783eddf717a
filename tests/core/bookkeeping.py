"""A session without signals: reps are told to it as the analysis would."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.core.synthetic import GOOD_REP, calibration_of
from tracker.core.config import Config
from tracker.core.events import Event
from tracker.core.model import NAN, Calibration, Rep
from tracker.core.session import Session
from tracker.core.summary import Ledger, SessionSummary

Kind = TypeVar("Kind", bound=Event)
CALIBRATED = calibration_of()


def fold(events: Iterable[Event], *, load_kg: float = NAN) -> SessionSummary:
    """The summary of a whole session."""
    ledger = Ledger(load_kg)
    ledger.handle(list(events))
    return ledger.summary()


def names(said: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in said]


class Gym:
    """Everything that was said is kept in `said`."""

    def __init__(
        self, side_plan: str = "", calibration: Calibration = CALIBRATED, config: Config | None = None
    ) -> None:
        self.session = Session(config or Config(), side_plan)
        self.calibration = calibration
        self.said: list[Event] = []

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.said if isinstance(event, kind)]

    def rep(self, top_s: float, **numbers: float) -> list[Event]:
        """A rep of five seconds with its top at `top_s`."""
        rep = replace(GOOD_REP, start_s=top_s - 1, top_s=top_s, lower_s=top_s + 2, end_s=top_s + 4, **numbers)
        before = self.tick(top_s - 1)
        return before + self.count(top_s) + self.measured(rep)

    def count(self, top_s: float) -> list[Event]:
        return self._keep(self.session.count(top_s, start_s=top_s - 1, known_s=top_s))

    def measured(self, rep: Rep, *, is_counted: bool = True) -> list[Event]:
        known_s = max(rep.top_s, rep.end_s) + 0.5
        return self._keep(
            self.session.measured(rep, is_counted=is_counted, calibration=self.calibration, known_s=known_s)
        )

    def tick(self, now_s: float) -> list[Event]:
        return self._keep(self.session.tick(now_s))

    def _keep(self, said: list[Event]) -> list[Event]:
        self.said += said
        return said
