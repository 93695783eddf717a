"""Events in words: one short sentence each, the same on every screen."""

from __future__ import annotations

import math
from typing import NamedTuple

from tracker.core.bridge_hold import BridgeHold, EndedBy
from tracker.core.events import (
    Armed,
    Calibrated,
    CalibrationEnded,
    CalibrationRefused,
    CalibrationStarted,
    CalibrationStep,
    Disarmed,
    Event,
    LinkChanged,
    Marked,
    Noted,
    RepRestored,
    RepStruck,
    RepVoided,
    RestOver,
    RestStarted,
    SensorSlipped,
    SetEnded,
    SetStarted,
    SignalGap,
    StreamStarted,
    StreamWarning,
)
from tracker.core.model import CalibrationKind, Finding, JudgedRep, RepStatus, RestKind, Side, Verdict

# A break that takes no time is no silence: only longer gaps than 0.25 s break the stream.
CLOCK_SET_S = 0.1
# What a check is called when it is not good.
CHECK_WORDS = {
    "full_extension": "not all the way up",
    "level_hips": "hips not level",
    "pause": "no pause at the top",
    "slow_lowering": "lowered too fast",
    "neutral_spine": "lower back arched",
    "no_kick": "free leg swung",
}
# What is said aloud of a check that failed, and of a rep where nothing did: short enough for the pause between reps.
SPOKEN_CUES = {
    "full_extension": "higher",
    "level_hips": "level the hips",
    "pause": "hold at the top",
    "slow_lowering": "slower",
    "neutral_spine": "tuck the pelvis",
    "no_kick": "free leg still",
    "good": "good",
}
_NUMBER_WORDS = (
    "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip


# Why a bridge hold was over.
HOLD_END_WORDS = {
    EndedBy.DROP: "the hips sank",
    EndedBy.TILT: "one hip sank",
    EndedBy.SIGNAL: "the signal ended: at least so long",
}


class Said(NamedTuple):
    """A sentence and how it is meant."""

    text: str
    verdict: Verdict


def side_word(side: Side) -> str:
    """`Left`, `Right`, or `Rep` while nobody said which leg works."""
    return side.value.capitalize() or "Rep"


def number_word(number: int) -> str:
    """`none`, `one` ... `twenty`, then digits: for sentences that are spoken."""
    return _NUMBER_WORDS[number] if 0 <= number < len(_NUMBER_WORDS) else str(number)


def rep_sentence(judged: JudgedRep) -> Said:
    """`Left 4 — hips not level: lift the free side`."""
    name = f"{side_word(judged.side)} {judged.number}"
    if judged.status is RepStatus.PARTIAL:
        return Said(f"{side_word(judged.side)} — only part of the way up, not counted", Verdict.FAULT)
    for verdict, prefix in ((Verdict.FAULT, ""), (Verdict.CAUTION, "nearly good; ")):
        amiss = [_amiss(finding) for finding in judged.findings if finding.verdict is verdict]
        if amiss:
            return Said(f"{name} — {prefix}{'; '.join(amiss)}", verdict)
    if any(finding.verdict is Verdict.UNSURE for finding in judged.findings):
        return Said(f"{name} — good as far as seen; the lower back could not be judged", Verdict.UNSURE)
    if judged.is_clean:
        return Said(f"{name} — good", Verdict.GOOD)
    return Said(f"{name} — counted", Verdict.NOT_MEASURED)


def step_sentence(step: CalibrationStep) -> str:
    """What the lifter is to do now."""
    if step.hold == 1:
        return "Lie in the start position, both feet down, hips low. Keep still."
    if not step.is_top:
        return "Lower slowly. Keep still at the bottom."
    again = "Once more: lift" if step.hold > 2 else "From the start position: lift"
    return f"{again} slowly on both legs, as high as you can. Hold still."


def event_sentence(event: Event) -> str:  # noqa: C901, PLR0911, PLR0912 - one case a kind of event
    """What to say of an event that is no rep; empty for those nobody needs to hear."""
    match event:
        case StreamStarted():
            kind = "" if event.has_gyroscope else ", no gyroscope: counts and tempo, angles only while still"
            return f"Sensor: {event.rate_hz:.1f} samples a second{kind}."
        case StreamWarning():
            return event.message
        case SignalGap(is_bridged=False) if event.duration_s < CLOCK_SET_S:
            return "The sensor's clock was set anew."
        case SignalGap(is_bridged=False):
            return f"Signal was gone for {event.duration_s:.1f} s."
        case LinkChanged():
            return (
                "The sensor is back." if event.is_up else "The sensor is out of reach; the set goes on when it is back."
            )
        case CalibrationStarted():
            return "Calibration: two slow thrusts on both legs, holding still at the bottom and at the top."
        case CalibrationStep():
            return step_sentence(event)
        case CalibrationEnded():
            angles = (
                "angles are relative to the reps themselves" if event.is_relative else "the one before still counts"
            )
            return f"No calibration: {event.reason}; {angles}."
        case SensorSlipped():
            return f"The sensor has slipped: the rest pose moved by {event.moved_deg:.0f}°. Please calibrate again."
        case CalibrationRefused():
            return f"Calibration not used: {event.reason} {event.hint}".rstrip()
        case Calibrated(calibration=calibration) if calibration.kind is CalibrationKind.HOLD:
            start = "Today's calibration still holds" if event.is_stored else "Calibrated"
            return f"{start}: range {calibration.full_range_deg:.0f}°{_lift(calibration.full_lift_cm)}."
        case Calibrated():
            return "Measuring from the reps themselves: angles are relative until you calibrate."
        case Armed():
            return f"Ready{', ' + event.side.value if event.side.value else ''}."
        case Disarmed():
            return f"Not counting for now: {event.reason.rstrip('.')}."
        case SetStarted():
            return f"Set {event.set_number}{', ' + event.side.value if event.side.value else ''}."
        case SetEnded():
            reps = "1 rep" if event.rep_count == 1 else f"{event.rep_count} reps"
            return f"Set {event.set_number} done: {reps}, {event.clean_count} clean."
        case RestStarted():
            what = "Switch to the other leg" if event.kind is RestKind.SWITCH else "Rest"
            return f"{what}{f', {event.target_s:.0f} s' if event.target_s else ''}."
        case RestOver():
            return "The rest is over."
        case RepStruck():
            return "Struck: it does not count."
        case RepRestored():
            return "Counts again."
        case RepVoided():
            return f"Not counted: {event.reason}"
        case Marked():
            return f"Mark: {event.text}" if event.text else "Marked."
        case Noted():
            return event.text
        case _:
            return ""


def holding_sentence(side: Side, seconds: float) -> str:
    """While the hips stay up and level: for how long already."""
    return f"Hold{', ' + side.value if side.value else ''}: {seconds:.0f} s."


def hold_sentence(hold: BridgeHold) -> str:
    """When a hold is over."""
    side = f", {hold.side.value}" if hold.side.value else ""
    return f"Hold over{side}: {hold.duration_s:.1f} s, {HOLD_END_WORDS[hold.ended_by]}."


def _amiss(finding: Finding) -> str:
    what = CHECK_WORDS.get(finding.check, finding.check.replace("_", " "))
    return f"{what}: {finding.cue}" if finding.cue else what


def _lift(full_lift_cm: float) -> str:
    return f", lift {full_lift_cm:.0f} cm" if math.isfinite(full_lift_cm) else ""
