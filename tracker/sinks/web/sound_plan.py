"""What the lifter hears, planned from the events: numbers, cues and two tones. The page only carries it out.

In: events in order, each with the number that the screen shows after it. Out: `Sound`s, each to be heard once, and
`tones`, which sound for as long as they say so.

- the number at the moment of the top, with the `rep_id` of the very event that the screen shows;
- a bell from the moment of full extension for as long as it is held; a second, lower tone while the hips are tilted
  meanwhile, on the side of the low hip; a dull tick for a rise that turned round before full extension;
- "two more", "last one", "done" against the target;
- one cue for a fault and a word of praise, each with a cooldown of two reps, and never during effort: a cue waits until
  the hips lie at the bottom, and is forgotten when the next rep has its own;
- the end of a bridge hold, with its seconds;
- the result of the set, readiness, calibration, the link, the end of a rest.

`rank` orders what meets at the loudspeaker: the count before everything, a fault before praise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from tracker.core.bridge_hold import BridgeHold, EndedBy
from tracker.core.config import Config
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
    PoseUpdated,
    RepCounted,
    RepJudged,
    RestOver,
    RestStarted,
    SensorSlipped,
    SetEnded,
    StreamEnded,
    StreamWarning,
)
from tracker.core.model import Calibration, CalibrationKind, JudgedRep, RepStatus, RestKind, Verdict
from tracker.words import HOLD_END_WORDS, SPOKEN_CUES, number_word, step_sentence

# The bell stops and the tilt ends a little beyond the limit where they began: at the limit itself they would flutter.
HYSTERESIS_DEG = 1.5
# Reps for which a cue is not said again.
COOLDOWN_REPS = 2
TARGET_WORDS = {2: "two more", 1: "last one", 0: "done"}
REST_WORDS = {RestKind.SWITCH: " Switch.", RestKind.ROUND: " Rest.", None: ""}
UP = frozenset({"rising", "top"})
EFFORT = UP | {"lowering"}


class SoundKind(StrEnum):
    """What a sound is for, in order of rank."""

    COUNT = "count"
    TARGET = "target"
    RESULT = "result"
    NOTICE = "notice"
    FAULT = "fault"
    PRAISE = "praise"
    TICK = "tick"

    @property
    def rank(self) -> int:
        """0 goes first."""
        return list(SoundKind).index(self)


class Sound(NamedTuple):
    """To be heard once: `text` is spoken ("" for a tick); rep_id: the rep it belongs to, 0 = none."""

    kind: SoundKind
    text: str = ""
    rep_id: int = 0


class Tones(NamedTuple):
    """What sounds now. low_side: -1 the left hip is low, 1 the right one, 0 level or not to be judged."""

    is_full: bool = False
    low_side: int = 0


@dataclass(slots=True)
class SoundPlan:
    """Feed it every event with `heard`; ask `released` now and then."""

    config: Config
    tones: Tones = Tones()
    _calibration: Calibration | None = None
    _phase: str = "unarmed"
    _peak_pct: float = 0.0  # of this rise
    _was_full: bool = False  # in this rise
    _waiting: Sound | None = None
    _ended: SetEnded | None = None
    _rest: RestKind | None = None
    _last_id: int = 0
    _judged_reps: int = 0
    _said_at: dict[str, int] = field(default_factory=dict)  # cue -> at how many judged reps

    def released(self) -> list[Sound]:
        """After some events: the result of a set that they ended, and the cue that waited until nobody is in effort."""
        sounds: list[Sound] = []
        if self._ended is not None:
            sounds.append(Sound(SoundKind.RESULT, f"{result_sentence(self._ended)}{REST_WORDS[self._rest]}"))
            self._ended = None
        if self._waiting is not None and self._phase not in EFFORT:
            sounds.append(self._waiting)
            self._waiting = None
        return sounds

    def heard(self, event: Event, count: int) -> list[Sound]:  # noqa: C901, PLR0911, PLR0912 - one case a kind of event
        """What is to be heard at once. count: the number that the screen shows after this event."""
        match event:
            case PoseUpdated():
                return self._moved(event)
            case RepCounted():
                return self._counted(event.rep_id, count)
            case RepJudged(judged=judged):
                self._judge(judged)
            case SetEnded():
                self._waiting, self._ended = None, event  # what to do next is said by the events around it
            case RestStarted(kind=kind):
                self._rest = kind
            case RestOver():
                return [_notice("The rest is over.")]
            case StreamEnded():
                self._rest = None
            case StreamWarning(code="battery"):
                return [_notice("Sensor battery low.")]
            case Armed(side=side):
                return [_notice(f"{side.value.capitalize()}. Ready." if side.value else "Ready.")]
            case Disarmed():
                self._rest_from_effort("unarmed")
            case CalibrationStarted():
                self._rest_from_effort("calibrating")
                return [_notice("Calibration. Two slow thrusts on both legs.")]
            case CalibrationStep():
                return [_notice(step_sentence(event))]
            case CalibrationRefused(reason=reason, hint=hint):
                return [_notice(f"{reason} {hint}".rstrip())]
            case CalibrationEnded():
                return [_notice("No calibration. Counting goes on.")]
            case Calibrated(calibration=calibration):
                self._calibration = calibration
                if calibration.kind is CalibrationKind.HOLD:
                    return [_notice("Today's calibration still holds." if event.is_stored else "Calibrated.")]
            case SensorSlipped():
                return [_notice("The sensor has slipped. Please calibrate again.")]
            case LinkChanged(is_up=is_up):
                self._rest_from_effort(self._phase)
                return [_notice("The sensor is back." if is_up else "Sensor lost.")]
            case _:
                pass
        return []

    def _counted(self, rep_id: int, count: int) -> list[Sound]:
        self._rest = None
        sounds = [Sound(SoundKind.COUNT, str(count), rep_id)]
        target = self.config.sets.target_reps
        word = TARGET_WORDS.get(target - count) if target else None
        return [*sounds, Sound(SoundKind.TARGET, word, rep_id)] if word else sounds

    # the tones ---------------------------------------------------------------------------------------------------

    def _moved(self, pose: PoseUpdated) -> list[Sound]:
        was_up, self._phase = self._phase in UP, pose.phase
        if pose.phase in UP:
            if not was_up:
                self._peak_pct, self._was_full = 0.0, False
            self._peak_pct = max(self._peak_pct, pose.height_pct)  # the first where the second is not measured
            is_full = self._is_full(pose)
            self._was_full |= is_full
            is_at_top = is_full or pose.phase == "top"
            self.tones = Tones(is_full, self._low_side(pose.level_deg) if is_at_top else 0)
            return []
        self.tones = Tones()
        is_attempt = self._peak_pct >= 100 * self.config.rep.partial_fraction
        is_short = was_up and pose.phase == "lowering" and not self._was_full and is_attempt
        return [Sound(SoundKind.TICK)] if is_short else []

    def _is_full(self, pose: PoseUpdated) -> bool:
        """Calibrated, as the check of full extension judges it; else by the height of the reps that are known."""
        if self._calibration is None:
            return False
        if self._calibration.kind is CalibrationKind.HOLD:
            short_deg = pose.inclination_deg
        else:
            short_deg = (1 - pose.height_pct / 100) * self._calibration.full_range_deg
        return short_deg <= self.config.checks.extension_good_deg + (HYSTERESIS_DEG if self.tones.is_full else 0.0)

    def _low_side(self, level_deg: float) -> int:
        good_deg = self.config.checks.level_good_deg - (HYSTERESIS_DEG if self.tones.low_side else 0.0)
        if abs(level_deg) > good_deg:
            return -1 if level_deg > 0 else 1
        return 0

    def _rest_from_effort(self, phase: str) -> None:
        """Nothing is known to move: the tones end."""
        self._phase, self.tones, self._waiting = phase, Tones(), None

    # cues --------------------------------------------------------------------------------------------------------

    def _judge(self, judged: JudgedRep) -> None:
        if judged.rep_id <= self._last_id or judged.status is RepStatus.PARTIAL:
            return  # judged again with a better reference: said once is enough; of a partial the tick has told
        self._last_id, self._judged_reps, self._waiting = judged.rep_id, self._judged_reps + 1, None
        faults = [finding.check for finding in judged.findings if finding.verdict is Verdict.FAULT]
        kind, cues = (SoundKind.FAULT, faults) if faults else (SoundKind.PRAISE, ["good"] if judged.is_clean else [])
        for cue in cues:
            said_at = self._said_at.get(cue)
            if said_at is None or self._judged_reps - said_at > COOLDOWN_REPS:
                self._said_at[cue] = self._judged_reps
                self._waiting = Sound(kind, SPOKEN_CUES[cue], judged.rep_id)
                return


def result_sentence(ended: SetEnded) -> str:
    """`Left ten, nine clean.`"""
    name = ended.side.value.capitalize() or "Set done,"
    return f"{name} {number_word(ended.rep_count)}, {number_word(ended.clean_count)} clean."


def stop_cue(hold: BridgeHold) -> Sound:
    """`Stop. The hips sank. 41 seconds.`: the end of a bridge hold, for eyes on the ceiling."""
    why = "" if hold.ended_by is EndedBy.SIGNAL else f" {HOLD_END_WORDS[hold.ended_by].capitalize()}."
    return _notice(f"Stop.{why} {hold.duration_s:.0f} seconds.")


def _notice(text: str) -> Sound:
    return Sound(SoundKind.NOTICE, text)
