"""A person marks the tops of true reps while the curve of a session runs past: what each key does.

The session has been computed before, so time is only a place on its curve: it can run slower or faster, stop and go
back. No terminal and no clock in here: somebody tells how many seconds went by and which key was pressed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tracker.core.model import Side
from tracker.scoring.truth import TrueRep

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
JUMP_S = 5.0  # one rep and a little
BOUNCE_S = 0.3  # of a key held down or pressed twice; no two tops are so close
# What a key does, for the screen and the README.
KEY_WORDS = (
    ("space", "a rep is at its top"),
    ("l r", "left or right leg, from here on"),
    ("f", "the last rep was done badly"),
    ("u", "undo"),
    ("x", "no rep here: take the nearest one away"),
    ("p", "pause"),
    ("← → , .", "5 s back or on"),
    ("+ −", "faster or slower"),
    ("q", "done"),
)


@dataclass(slots=True)
class Marking:
    """The state: where the curve stands, how fast it runs, and what was marked so far.

    duration_s: of the session; now_s: stream time under the line; reps: marked so far, in order of time; message: what
    the last key did.
    """

    duration_s: float
    reps: tuple[TrueRep, ...] = ()
    now_s: float = 0.0
    speed: float = 1.0
    side: Side = Side.UNKNOWN
    is_paused: bool = False
    is_done: bool = False
    message: str = ""
    _past: list[tuple[tuple[TrueRep, ...], Side]] = field(default_factory=list)

    @property
    def is_at_end(self) -> bool:
        """True when there is no more curve."""
        return self.now_s >= self.duration_s

    def advance(self, seconds: float) -> None:
        """So many seconds went by for the person."""
        if not self.is_paused:
            self._move(seconds * self.speed)

    def press(self, key: str) -> None:
        """Obey a key; those that mean nothing do nothing."""
        match key:
            case " ":
                self._mark()
            case "l" | "r":
                self._choose(Side.LEFT if key == "l" else Side.RIGHT)
            case "f":
                self._fault()
            case "u" | "backspace":
                self._undo()
            case "x":
                self._remove()
            case "p" | "enter":
                self.is_paused = not self.is_paused
                self.message = "Paused." if self.is_paused else ""
            case "left" | "right" | "," | ".":
                self._move(-JUMP_S if key in ("left", ",") else JUMP_S)
            case "+" | "=" | "up" | "-" | "down":
                self._change_speed(1 if key in ("+", "=", "up") else -1)
            case "q" | "escape":
                self.is_done = True

    def _mark(self) -> None:
        if any(abs(rep.top_s - self.now_s) < BOUNCE_S for rep in self.reps):
            self.message = "There is a rep here already."
            return
        rep = TrueRep(self.now_s, self.side)
        self._change(tuple(sorted((*self.reps, rep), key=lambda one: one.top_s)))
        self.message = f"Rep {len(self.reps)}{f', {self.side.value}' if self.side.value else ''}."

    def _choose(self, side: Side) -> None:
        self._past.append((self.reps, self.side))
        self.side = side
        self.message = f"{side.value.capitalize()} leg."

    def _fault(self) -> None:
        index = max((n for n, rep in enumerate(self.reps) if rep.top_s <= self.now_s), default=None)
        if index is None:
            self.message = "There is no rep before this."
            return
        rep = replace(self.reps[index], is_faulty=not self.reps[index].is_faulty)
        self._change((*self.reps[:index], rep, *self.reps[index + 1 :]))
        self.message = f"Rep at {rep.top_s:.1f} s: {'done badly' if rep.is_faulty else 'good'}."

    def _remove(self) -> None:
        if not self.reps:
            self.message = "There is no rep."
            return
        nearest = min(self.reps, key=lambda rep: abs(rep.top_s - self.now_s))
        self._change(tuple(rep for rep in self.reps if rep is not nearest))
        self.message = f"Taken away: rep at {nearest.top_s:.1f} s."

    def _undo(self) -> None:
        if not self._past:
            self.message = "Nothing to undo."
            return
        self.reps, self.side = self._past.pop()
        self.message = "Undone."

    def _change(self, reps: tuple[TrueRep, ...]) -> None:
        self._past.append((self.reps, self.side))
        self.reps = reps

    def _change_speed(self, step: int) -> None:
        place = min(max(SPEEDS.index(self.speed) + step, 0), len(SPEEDS) - 1)
        self.speed = SPEEDS[place]
        self.message = f"Speed {self.speed:g}."

    def _move(self, seconds: float) -> None:
        self.now_s = min(max(self.now_s + seconds, 0.0), self.duration_s)
