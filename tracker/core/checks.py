"""Each check is a row: which number, what is good, what is a fault, and the cue the lifter hears.

Counting and judging never share a threshold. One mistake, one cue: where the back is arched, full extension is judged
by height alone; where the height can not be trusted, neutral spine is `unsure` and the extension cue names both causes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from tracker.core.config import ChecksConfig
from tracker.core.model import Calibration, Finding, Rep, Verdict


class Check(NamedTuple):
    """One row: `value` of a rep, good up to / from `good`, fault beyond `fault`; `sign` -1 = larger is better."""

    name: str
    metric: str
    unit: str
    value: Callable[[Rep], float]
    good: Callable[[ChecksConfig], float]
    fault: Callable[[ChecksConfig], float]
    sign: int
    cue: str


EXTENSION = Check(
    "full_extension", "top_inclination_deg", "deg", lambda rep: rep.top_inclination_deg,
    lambda c: c.extension_good_deg, lambda c: c.extension_fault_deg, 1, "squeeze until hips and chest are in line",
)  # fmt: skip
EXTENSION_BY_LIFT = Check(
    "full_extension", "lift_pct", "%", lambda rep: rep.lift_pct,
    lambda c: c.lift_good_pct, lambda c: c.lift_fault_pct, -1, "squeeze until hips and chest are in line",
)  # fmt: skip
LEVEL = Check(
    "level_hips", "level_top_deg", "deg", lambda rep: abs(rep.level_top_deg),
    lambda c: c.level_good_deg, lambda c: c.level_fault_deg, 1, "level the hips",
)  # fmt: skip
PAUSE = Check(
    "pause", "hold_s", "s", lambda rep: rep.hold_s,
    lambda c: c.pause_good_s, lambda c: c.pause_fault_s, -1, "hold at the top",
)  # fmt: skip
LOWERING = Check(
    "slow_lowering", "eccentric_s", "s", lambda rep: rep.eccentric_s,
    lambda c: c.lowering_good_s, lambda c: c.lowering_fault_s, -1, "lower more slowly",
)  # fmt: skip
SPINE = Check(
    "neutral_spine", "arch_deg", "deg", lambda rep: rep.arch_deg,
    lambda c: c.arch_good_deg, lambda c: c.arch_fault_deg, 1, "tuck the pelvis, ribs down",
)  # fmt: skip
KICK = Check(
    "no_kick", "kick_dps", "deg/s", lambda rep: rep.kick_dps,
    lambda c: c.kick_good_dps, lambda _: math.inf, 1, "keep the free leg still",
)  # fmt: skip

TABLE: tuple[Check, ...] = (EXTENSION, LEVEL, PAUSE, LOWERING, SPINE, KICK)

BOTH_CAUSES_CUE = "higher, or tuck the pelvis: the height is not sure enough to tell which"


def judge(rep: Rep, calibration: Calibration, config: ChecksConfig) -> tuple[Finding, ...]:
    """The verdict of every check on this rep, in the table's order; none where the sensor is not on the pelvis."""
    if not config.on_pelvis:
        return ()
    spine = _finding(SPINE, rep, config)
    if not rep.lift_is_trusted and calibration.lift_curve_cm:
        spine = Finding(SPINE.name, Verdict.UNSURE, math.nan)
    is_arched = spine.verdict is Verdict.FAULT
    extension = _finding(EXTENSION_BY_LIFT if is_arched else EXTENSION, rep, config)
    if spine.verdict is Verdict.UNSURE and extension.cue:
        extension = replace(extension, cue=BOTH_CAUSES_CUE)
    findings = [extension, *(_finding(check, rep, config) for check in (LEVEL, PAUSE, LOWERING)), spine]
    if config.kick_enabled:
        findings.append(_finding(KICK, rep, config))
    return tuple(findings)


def only_counted(rep: Rep) -> Rep:
    """The rep without what only a sensor on the pelvis can measure: its times remain."""
    return Rep(rep.start_s, rep.top_s, rep.lower_s, rep.end_s, missing_samples=rep.missing_samples)


def _finding(check: Check, rep: Rep, config: ChecksConfig) -> Finding:
    value = check.value(rep)
    if math.isnan(value):
        return Finding(check.name, Verdict.NOT_MEASURED, value)
    badness, good, fault = (check.sign * number for number in (value, check.good(config), check.fault(config)))
    if badness <= good:
        return Finding(check.name, Verdict.GOOD, value)
    return Finding(check.name, Verdict.FAULT if badness > fault else Verdict.CAUTION, value, check.cue)
