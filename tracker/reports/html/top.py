"""The head of the report: who, when, the verdict, what to do next time, and what to know before reading on."""

from __future__ import annotations

from datetime import timedelta

from tracker.core.model import CalibrationKind
from tracker.reports.html.markup import Markup, element
from tracker.reports.html.numbers import clock_text, shown_text
from tracker.reports.session import Session
from tracker.reports.verdict import next_time, verdict_sentence

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_UNCALIBRATED = (
    "measured without a calibration: counts and times stand, but extension is relative to the best three reps and "
    "level to the first three. Do not compare these angles with other sessions. Two slow thrusts on both legs at the "
    "start mend that."
)


def top_section(session: Session) -> Markup:
    """What is read in the first ten seconds."""
    summary = session.summary
    counted = [rep for rep in summary.reps if rep.is_counted]
    clean = sum(rep.is_clean for rep in counted)
    facts = [
        _plural(len(summary.sets), "set"),
        _plural(len(counted), "rep"),
        f"{clean} clean",
        *([clock_text(summary.ended.duration_s)] if summary.ended else []),
    ]
    advice = next_time(summary)
    return element(
        "header",
        element("p", " · ".join(("Single-leg hip thrust", *_who_and_when(session))), class_="eyebrow"),
        element("h1", verdict_sentence(summary)),
        *([element("p", advice, class_="advice")] if advice else []),
        element("p", ", ".join(facts), class_="facts"),
        *(element("p", element("b", f"{head} "), text, class_="notice") for head, text in notices(session)),
    )


def notices(session: Session) -> list[tuple[str, str]]:
    """What changes how the rest is to be read: a word in bold and a sentence."""
    summary, signal = session.summary, session.signal
    found: list[tuple[str, str]] = []
    if summary.started is None:
        return [("No samples.", "The sensor sent nothing that could be used; check that it measures, and its rate.")]
    kinds = {rep.judged.calibration for rep in summary.reps}
    if CalibrationKind.AUTO in kinds or (kinds and CalibrationKind.HOLD not in kinds):
        which = "Some reps were" if CalibrationKind.HOLD in kinds else "This session was"
        found.append(("Not calibrated.", f"{which} {_UNCALIBRATED}"))
    if not summary.started.has_gyroscope:
        found.append(
            (
                "Accelerometer only.",
                "Counts, times and the angles of still poses are there; lift, velocity and the lower back are not.",
            )
        )
    found += [("Not complete.", sentence) for sentence in session.damage.sentences]
    if summary.ended is None and not session.damage.sentences:
        found.append(("Not complete.", "The session breaks off; what came before is here."))
    if not any(rep.is_counted or rep.is_struck for rep in summary.reps):
        found.append(
            ("What counts:", "Lie still at the bottom for two seconds, then thrust; the number comes at the top.")
        )
    if not any(rep.judged.side.value for rep in summary.reps) and summary.reps:
        found.append(
            (
                "Side not declared.",
                "A sensor on the hip can not see which leg works; --side left, right or alternate tells.",
            )
        )
    if signal.gaps_s:
        times = "once" if len(signal.gaps_s) == 1 else f"{len(signal.gaps_s)} times"
        lost = "" if not signal.voided else f" {_plural(signal.voided, 'movement')} could not be counted for that."
        found.append(("Gaps.", f"The signal was gone {times}, {max(signal.gaps_s):.1f} s at most.{lost}"))
    struck = sum(rep.is_struck for rep in summary.reps)
    if struck:
        found.append(("Struck.", f"{_plural(struck, 'rep')} the person took back; they are shown, but in no number."))
    found += [("Sensor.", text if times == 1 else f"{text} ({times} times)") for text, times in signal.warnings.items()]
    return found


def _who_and_when(session: Session) -> list[str]:
    header = session.header
    load = f"{shown_text('load_kg', header.load_kg)} kg {header.load_type}".rstrip() if header.load_kg > 0 else ""
    return [text for text in (header.athlete, local_time_text(session), load or header.load_type) if text]


def local_time_text(session: Session) -> str:
    """`Tuesday 12 May 2026, 18:30 CEST`; empty where nobody knows."""
    header = session.header
    if header.started_at is None:
        return ""
    try:
        local = header.started_at + timedelta(seconds=header.utc_offset_s or 0)
    except OverflowError:  # at the end of the calendar
        local = header.started_at
    zone = "UTC" if header.utc_offset_s is None else header.time_zone
    day = f"{_WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{day}, {local:%H:%M} {zone}".rstrip()


def title_text(session: Session) -> str:
    """For the window and as the name of a printed file."""
    when = session.header.started_at.date().isoformat() if session.header.started_at else session.header.session_id
    return " ".join(text for text in ("Hip thrust", when, session.header.athlete) if text)


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
