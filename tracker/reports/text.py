"""A session in a few lines of text, for the terminal."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Container, Sequence

from rich.cells import cell_len  # some letters are two columns wide

from tracker.core.model import CalibrationKind, Verdict
from tracker.core.plain_text import plain
from tracker.core.summary import SessionSummary, SetSummary, median
from tracker.header import BODYWEIGHT
from tracker.reports.calibration_age import calibration_age
from tracker.reports.session import Session
from tracker.reports.verdict import nothing_measured

_LONGEST_NAME = 40  # columns; the lines of the report have 80
_HEADINGS = ("set", "side", "reps", "clean", "part", "lift cm", "top °", "level °", "hold s", "down s", "drift °")


def session_text(session: Session) -> str:
    """Provenance, a row per set, the faults by name, and left against right."""
    summary = session.summary
    lines = [f"Session {session.header.session_id}", *_declared(session), *_signal(session)]
    lines += [*session.damage.sentences, ""]
    if not summary.sets:
        return "\n".join([*lines, nothing_measured(summary) or "No set was counted."])
    lines += table([_HEADINGS, *(_row(summary, item) for item in summary.sets)])
    faults = _faults(summary)
    lines += ["", *(faults or ["No faults."])]
    known = {name: value for name, value in summary.asymmetry_pct.items() if not math.isnan(value)}
    if known:
        words = ", ".join(f"{name.replace('_', ' ')} {round(value):+d} %" for name, value in known.items())
        lines.append(f"Left against right: {words}")
    return "\n".join(lines)


def table(rows: Sequence[Sequence[str]], *, words: Container[int] = (1,)) -> list[str]:
    """Columns aligned: those of `words` to the left, numbers to the right."""
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        fills = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = [
            cell + fill if at in words else fill + cell for at, (cell, fill) in enumerate(zip(row, fills, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _declared(session: Session) -> list[str]:
    """Who lifted what, as far as anybody said."""
    header = session.header
    words = [plain(header.athlete, longest=_LONGEST_NAME)] if header.athlete else []
    if header.load_kg > 0:
        volumes_kg = [item.volume_kg for item in session.summary.sets if not math.isnan(item.volume_kg)]
        load = f"{header.load_kg:g} kg {header.load_type}".rstrip()
        words.append(f"{load}, {sum(volumes_kg):g} kg lifted in all")
    elif header.load_type != BODYWEIGHT:
        words.append(header.load_type)
    return ["; ".join(words)] if words else []


def _signal(session: Session) -> list[str]:
    summary = session.summary
    lines = []
    if summary.started and summary.ended:
        ended = summary.ended
        total = ended.sample_count + ended.missing_samples
        lost = f"{100 * ended.missing_samples / total:.1f} % lost" if ended.missing_samples else "none lost"
        lines.append(f"{ended.duration_s:.0f} s at {summary.started.rate_hz:.1f} samples a second, {lost}")
        if not summary.started.has_gyroscope:
            lines.append("accelerometer only: counts, tempo and angles of still poses; no lift, no arch")
    calibration = summary.calibration
    if calibration is not None and calibration.kind is CalibrationKind.HOLD:
        lift = "" if math.isnan(calibration.full_lift_cm) else f", full lift {calibration.full_lift_cm:.0f} cm"
        lines.append(f"calibrated: full range {calibration.full_range_deg:.0f}°{lift}")
        age = calibration_age(session)
        lines += [f"calibration {age.before_text}"] if age and age.is_stored else []
    elif summary.started is not None:
        lines.append("not calibrated: counts and tempo stand, angles are relative to the best reps")
    return lines


def _row(summary: SessionSummary, item: SetSummary) -> tuple[str, ...]:
    reps = [rep.judged.rep for rep in summary.reps if rep.is_counted and rep.judged.set_number == item.set_number]
    return (
        str(item.set_number),
        item.side.value or "-",
        str(item.rep_count),
        str(item.clean_count),
        str(item.partial_count),
        _number(item.median_lift_cm),
        _number(item.median_top_inclination_deg),
        _number(item.median_level_top_deg),
        _number(median(rep.hold_s for rep in reps)),
        _number(median(rep.eccentric_s for rep in reps)),
        _number(item.level_drift_deg),
    )


def _faults(summary: SessionSummary) -> list[str]:
    """A line a check that was not good everywhere: which reps failed it, and which were nearly good."""
    where: dict[str, dict[Verdict, list[str]]] = defaultdict(lambda: defaultdict(list))
    for rep in summary.reps:
        for finding in rep.judged.findings if rep.is_counted else ():
            where[finding.check][finding.verdict].append(f"{rep.judged.set_number}.{rep.judged.number}")
    lines = []
    for check, verdicts in where.items():
        faults, cautions, unsure = (verdicts[one] for one in (Verdict.FAULT, Verdict.CAUTION, Verdict.UNSURE))
        words = [f"{len(faults)} fault{'s' * (len(faults) > 1)} (set.rep {', '.join(faults)})"] * bool(faults)
        words += [f"{len(cautions)} nearly good ({', '.join(cautions)})"] * bool(cautions)
        words += [f"{len(unsure)} could not be judged ({', '.join(unsure)})"] * bool(unsure)
        if words:
            lines.append(f"{check.replace('_', ' ')}: {', '.join(words)}")
    return lines


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{round(value, 1) + 0.0:.1f}"  # without a minus zero
