"""How it was measured and judged: signal, calibration and its age, thresholds, versions, and what can not be seen."""

from __future__ import annotations

import math

from tracker import __version__
from tracker.core.checks import EXTENSION, TABLE, Check
from tracker.core.config import ChecksConfig
from tracker.core.model import CalibrationKind
from tracker.reports.calibration_age import calibration_age
from tracker.reports.html.markup import Markup, element
from tracker.reports.html.numbers import clock_text, shown_text
from tracker.reports.html.sides import CHECK_NAMES
from tracker.reports.session import Session

LIMITS = (
    "A sensor on the hip can not see: elbow drive, chin and neck, heel or toe drive, the knee, which muscles work, "
    "pain, and which leg is working (the side is what was declared). A kick of the free leg is a hint at most."
)
NOT_MEDICAL = (
    "Not a medical device: nothing here is a diagnosis, and pain is a reason to stop, whatever the numbers say."
)


def method_section(session: Session) -> Markup:
    """Facts in two columns, thresholds in a table."""
    facts = [*_signal_facts(session), *_calibration_facts(session), *_version_facts(session)]
    return element(
        "section",
        element("h2", "How it was measured"),
        element(
            "div",
            element("dl", *(part for name, text in facts for part in (element("dt", name), element("dd", text)))),
            _thresholds(session.header.config.checks),
            class_="two method",
        ),
        element("p", LIMITS, class_="limits"),
        element("p", NOT_MEDICAL, class_="limits"),
    )


def _signal_facts(session: Session) -> list[tuple[str, str]]:
    header, summary, signal = session.header, session.summary, session.signal
    facts = [("Sensor", f"{header.device or 'not known'} ({header.decoder})")]
    if summary.started is None:
        unreadable = summary.ended.rejected_packets if summary.ended else 0
        return [*facts, ("Signal", f"no samples{f', {unreadable} packets unreadable' if unreadable else ''}")]
    started, ended = summary.started, summary.ended
    has = "with" if started.has_gyroscope else "without"
    found_hz, promised_hz = (shown_text("x_hz", rate_hz) for rate_hz in (started.rate_hz, started.nominal_rate_hz))
    facts.append(("Rate", f"{found_hz} samples a second found, {promised_hz} promised; {has} gyroscope"))
    if ended is None:
        return facts
    total = ended.sample_count + ended.missing_samples
    lost_pct = 100 * ended.missing_samples / total if total else 0.0
    facts.append(
        (
            "Samples",
            f"{ended.sample_count} in {clock_text(ended.duration_s)}; {ended.missing_samples} lost ({lost_pct:.2f} %)",
        )
    )
    longest = f", the longest {max(signal.gaps_s):.1f} s" if signal.gaps_s else ""
    facts.append(("Gaps", f"{len(signal.gaps_s)} too long to bridge{longest}; {signal.bridged} bridged"))
    oddities = [
        f"{count} {name}"
        for count, name in (
            (ended.duplicate_samples, "sent twice"),
            (ended.late_samples, "too late"),
            (ended.saturated_samples, "at the end of the sensor's range"),
            (ended.rejected_packets, "packets unreadable"),
            (ended.clock_resets, "clock resets"),
            (signal.links_lost, "times out of reach"),
        )
        if count
    ]
    touched = sum(rep.judged.rep.missing_samples > 0 for rep in summary.reps)
    oddities += [
        f"{count} {word}{'s' * (count > 1)} {what}"
        for count, word, what in (
            (signal.voided, "movement", "void for missing samples"),
            (touched, "rep", "with samples missing inside"),
        )
        if count
    ]
    facts.append(("Other", ", ".join(oddities) or "nothing unusual"))
    if started.has_gyroscope and summary.reps:
        trusted = sum(math.isfinite(rep.judged.rep.lift_cm) for rep in summary.reps)
        facts.append(
            ("Lift", f"trusted in {trusted} of {len(summary.reps)} reps and partials; left empty in the others")
        )
    return facts


def _calibration_facts(session: Session) -> list[tuple[str, str]]:
    summary, signal = session.summary, session.signal
    calibration = summary.calibration
    refused = [(f"Refused {times}×" if times > 1 else "Refused", text) for text, times in signal.refusals.items()]
    if calibration is None:
        return [("Calibration", "none: nothing was found to measure angles by"), *refused]
    if calibration.kind is CalibrationKind.HOLD:
        lift = f", full lift {calibration.full_lift_cm:.1f} cm" if math.isfinite(calibration.full_lift_cm) else ""
        text = f"two thrusts on both legs: full range {calibration.full_range_deg:.1f}°{lift}"
    else:
        text = "from the reps themselves: angles are relative"
    return [("Calibration", text), *_age(session), *refused]


def _age(session: Session) -> list[tuple[str, str]]:
    """How long after the calibration the reps came: a sensor slips and people shift."""
    age = calibration_age(session)
    if age is None:
        return []
    made = age.before_text or ("made once" if age.count == 1 else f"made {age.count} times")
    if not math.isfinite(age.oldest_s):
        return [("Its age", made)]
    return [("Its age", f"{made}; at most {clock_text(age.oldest_s)} old (min:s) when a rep was measured by it")]


def _version_facts(session: Session) -> list[tuple[str, str]]:
    header = session.header
    recorded = header.software_version
    versions = __version__ if recorded in ("", __version__) else f"{__version__}, recorded with {recorded}"
    return [("Software", f"hip-thrust-tracker {versions}"), ("Session", header.session_id)]


def _thresholds(config: ChecksConfig) -> Markup:
    default = ChecksConfig()
    rows = []
    for check in TABLE:
        if check.name == "no_kick" and not config.kick_enabled:
            continue
        good, fault = check.good(config), check.fault(config)
        changed = (good, fault) != (check.good(default), check.fault(default))
        rows.append(
            element(
                "tr",
                element("th", CHECK_NAMES[check.name], " (changed)" if changed else "", scope="row"),
                element("td", _WHAT[check.metric]),
                element("td", _limit(check, good, is_good=True)),
                element("td", _limit(check, fault, is_good=False)),
            )
        )
    head = element("tr", *(element("th", text, scope="col") for text in ("Check", "Of", "Good", "Fault")))
    return element(
        "div",
        element("table", element("thead", head), element("tbody", *rows), class_="thresholds"),
        element(
            "p",
            "Between good and fault: nearly good. Where the lower back is arched, extension is judged by the lift: "
            f"good from {config.lift_good_pct:g} %, fault below {config.lift_fault_pct:g} % of the calibrated one.",
            class_="fine",
        ),
    )


_WHAT = {
    EXTENSION.metric: "° short at the top",
    "level_top_deg": "° off level at the top",
    "hold_s": "s at the top",
    "eccentric_s": "s on the way down",
    "arch_deg": "° of arch at the top",
    "kick_dps": "°/s of roll",
}


def _limit(check: Check, value: float, *, is_good: bool) -> str:
    if math.isinf(value):
        return "–"
    if check.sign > 0:
        return f"{'≤' if is_good else '>'} {value:g}"
    return f"{'≥' if is_good else '<'} {value:g}"
