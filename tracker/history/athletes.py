"""Sessions by athlete, and their numbers by session, week or load.

An athlete is a plain name: capitals, spaces and the ways to write an accent do not make another person. Over several
sessions counts are added, and every other number is the median of the sessions' medians, so that one long session does
not outvote the others. Angles count only from calibrated sessions: others are relative to themselves.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tracker.core.model import NAN, Side
from tracker.core.summary import measured, median
from tracker.history.entries import Entry, SideNumbers
from tracker.reports.asymmetry import METRICS, Asymmetry, judge_asymmetry

NO_NAME = "(no name)"
# After a session that may have more reps than were counted, and why, in the order in which they are told.
NOT_WHOLE = " †"
WHY_NOT_WHOLE = "† The recording was cut or is damaged: there may have been more."
GOING_ON = " ‡"
WHY_GOING_ON = "‡ Is being recorded now."
# Letters of a name in a file name: at most four bytes each, and file systems take 255 bytes.
_LONGEST_STEM = 40


class By(StrEnum):
    """What a row of the history is."""

    SESSION = "session"
    WEEK = "week"
    LOAD = "load"


@dataclass(frozen=True, slots=True)
class Row:
    """One side over one session, week or load."""

    label: str
    entries: tuple[Entry, ...]
    numbers: SideNumbers

    @property
    def is_calibrated(self) -> bool:
        """True when it has angles that may be compared."""
        return any(entry.is_calibrated for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Athlete:
    """A person's sessions in order of time."""

    name: str
    entries: tuple[Entry, ...]

    def rows(self, by: By) -> list[Row]:
        """Rows in order of time (loads: from light to heavy), left before right."""
        groups: dict[str, list[Entry]] = {}
        for entry in sorted(self.entries, key=_by_load) if by is By.LOAD else self.entries:
            groups.setdefault(_label(entry, by), []).append(entry)
        return [
            Row(label.partition("\0")[0], tuple(own), _together(side, own))
            for label, entries in groups.items()
            for side in Side
            if (own := [entry for entry in entries if entry.side(side) is not None])
        ]

    @property
    def why_no_row(self) -> str:
        """Of the sessions in which no rep was counted: they are in no row; empty where there are none."""
        without = [entry for entry in self.entries if not entry.sides]
        which = "A session has" if len(without) == 1 else f"{len(without)} sessions have"
        marks = "".join(sorted({_mark(entry) for entry in without}))
        return f"{which} no row here: nothing was counted.{marks}" if without else ""

    @property
    def why_marked(self) -> tuple[str, ...]:
        """What the marks behind some of the sessions mean."""
        cut = any(not entry.is_whole and not entry.is_being_recorded for entry in self.entries)
        going_on = any(entry.is_being_recorded for entry in self.entries)
        return (WHY_NOT_WHOLE,) * cut + (WHY_GOING_ON,) * going_on

    def asymmetries(self) -> tuple[Asymmetry, ...]:
        """The newest session that compared sides, judged with those before it; each metric by its own sessions."""
        newest_first = list(reversed(self.entries))
        return tuple(
            judge_asymmetry(name, measured(entry.asymmetry_pct[name] for entry in newest_first)) for name in METRICS
        )


def athletes(entries: Iterable[Entry]) -> list[Athlete]:
    """Everybody, by name; those without a name together at the end."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(name_key(entry.athlete), []).append(entry)
    people = [Athlete(own[-1].athlete.strip() or NO_NAME, tuple(own)) for own in map(_in_time, groups.values())]
    return sorted(people, key=lambda person: (person.name == NO_NAME, name_key(person.name)))


def name_key(name: str) -> str:
    """What two spellings of one name have in common."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def file_stem(name: str) -> str:
    """The name as a part of a file name: its letters and digits; two athletes never get the same one."""
    key = name_key(name)
    plain = "-".join("".join(char if char.isalnum() else " " for char in key).split())[:_LONGEST_STEM].rstrip("-")
    if plain and plain.replace("-", " ") == key:
        return plain
    return "-".join(filter(None, (plain, hashlib.sha256(key.encode()).hexdigest()[:8])))


def _in_time(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.session_time, entry.folder))


def _by_load(entry: Entry) -> tuple[float, str]:
    return (0.0 if entry.load_kg != entry.load_kg else entry.load_kg, entry.load_type)


def _label(entry: Entry, by: By) -> str:
    """What a row is called; two sessions of one minute are still two rows."""
    match by:
        case By.WEEK:
            return entry.week or "no date"
        case By.LOAD:
            return entry.load
        case By.SESSION:
            when = f"{entry.local:%Y-%m-%d %H:%M}" if entry.local else "no date"
            return f"{when}{_mark(entry)}\0{entry.folder}"


def _mark(entry: Entry) -> str:
    """Behind a session of which there may be more than its numbers say."""
    return GOING_ON if entry.is_being_recorded else "" if entry.is_whole else NOT_WHOLE


def _together(side: Side, entries: Sequence[Entry]) -> SideNumbers:
    own = [(entry, numbers) for entry in entries if (numbers := entry.side(side)) is not None]

    def total(count: Callable[[SideNumbers], int]) -> int:
        return sum(count(numbers) for _, numbers in own)

    def added(value: Callable[[SideNumbers], float]) -> float:
        known = measured(value(numbers) for _, numbers in own)
        return sum(known) if known else NAN

    def middle(value: Callable[[SideNumbers], float], *, is_angle: bool = False) -> float:
        return median(value(numbers) for entry, numbers in own if entry.is_calibrated or not is_angle)

    return SideNumbers(
        side=side,
        sets=total(lambda one: one.sets),
        reps=total(lambda one: one.reps),
        partials=total(lambda one: one.partials),
        clean_reps=total(lambda one: one.clean_reps),
        lift_cm=middle(lambda one: one.lift_cm),
        top_inclination_deg=middle(lambda one: one.top_inclination_deg, is_angle=True),
        free_side_drop_deg=middle(lambda one: one.free_side_drop_deg, is_angle=True),
        hold_s=middle(lambda one: one.hold_s),
        mean_velocity_mps=middle(lambda one: one.mean_velocity_mps),
        time_under_tension_s=added(lambda one: one.time_under_tension_s),
        volume_kg=added(lambda one: one.volume_kg),
    )
