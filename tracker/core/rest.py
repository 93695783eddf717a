"""The rest after a set: since when, of which kind, until when.

A round is one set on each leg that is trained. From the first leg to the second the rest is a short switch, after the
round a long one; where only one leg or none is declared, every rest is long. A rest begins with the end of the last
rep, however late that is known, and ends with the next counted one; a set that goes on takes its rest back silently.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tracker.core.config import SetConfig
from tracker.core.events import Event, RestOver, RestStarted
from tracker.core.model import RestKind, Side

BOTH = {Side.LEFT, Side.RIGHT}


@dataclass(slots=True)
class Rests:
    """Carries the round and the rest that runs; each method returns the events it caused."""

    config: SetConfig
    _set_number: int = 0
    _round: set[Side] = field(default_factory=set)  # the legs of this round that are done
    _since_s: float | None = None
    _kind: RestKind = RestKind.ROUND
    _is_over: bool = False

    @property
    def due_s(self) -> float:
        """When `tick` has something to say; inf = never."""
        target_s = self._target_s(self._kind)
        return math.inf if self._since_s is None or self._is_over or not target_s else self._since_s + target_s

    def begin(self, set_number: int, side: Side, next_side: Side, since_s: float, known_s: float) -> list[Event]:
        """The set on `side` paused or ended, `next_side` follows; nothing if its rest runs already."""
        if self._since_s is not None:
            return []
        if set_number != self._set_number:
            self._set_number = set_number
            if side in self._round or self._round == BOTH:
                self._round = set()
            if side is not Side.UNKNOWN:
                self._round.add(side)
        self._since_s, self._is_over, self._kind = since_s, False, self._kind_before(next_side)
        return [self._started(known_s)]

    def turn_to(self, side: Side, known_s: float) -> list[Event]:
        """The next set will be on `side`: while resting, that may make it another kind of rest."""
        kind = self._kind_before(side)
        if self._since_s is None or kind is self._kind:
            return []
        self._kind, self._is_over = kind, False
        return [self._started(known_s)]

    def end(self) -> None:
        """A rep was counted."""
        self._since_s = None

    def tick(self, now_s: float) -> list[Event]:
        """Let stream time pass."""
        due_s = self.due_s
        if now_s <= due_s:
            return []
        self._is_over = True
        return [RestOver(due_s, due_s, self._kind)]

    def _started(self, known_s: float) -> RestStarted:
        assert self._since_s is not None
        return RestStarted(self._since_s, known_s, self._kind, self._target_s(self._kind))

    def _kind_before(self, side: Side) -> RestKind:
        is_other_leg = side is not Side.UNKNOWN and bool(self._round) and side not in self._round
        return RestKind.SWITCH if is_other_leg else RestKind.ROUND

    def _target_s(self, kind: RestKind) -> float:
        return self.config.switch_rest_s if kind is RestKind.SWITCH else self.config.round_rest_s
