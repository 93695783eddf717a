"""Every setting of the engine: one frozen tree, each default with its unit in the name and its reason beside it.

`--set KEY=VALUE` names a setting as `group.name`, e.g. `checks.level_good_deg=5`. The whole tree travels in the
header of every recording. Unknown keys, wrong types and values out of range are refused with one sentence.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, NamedTuple

from tracker.errors import ConfigError


class CountAt(StrEnum):
    """When the number is spoken: on reaching the top, or when the hips are down again."""

    TOP = "top"
    BOTTOM = "bottom"


def setting(default: Any, why: str, *, low: float = 0.0, high: float = math.inf) -> Any:
    """A dataclass field with the reason for its default and the range in which a value makes sense."""
    return field(default=default, metadata={"why": why, "low": low, "high": high})


@dataclass(frozen=True, slots=True)
class TimelineConfig:
    """From packets to a uniform grid."""

    warm_up_s: float = setting(2.0, "arrival jitter of 50 ms over 2 s finds the rate to about 0.5 %", low=0.2, high=30)
    rate_tolerance: float = setting(
        0.005, "0.5 %: a rate error of 1 % costs 0.1-0.3 deg and 2 % of the lift; below it trust the claim", high=0.2
    )
    bridge_max_s: float = setting(0.25, "interpolation over a longer gap costs over 1 deg in a moving phase", high=1)
    reorder_s: float = setting(0.2, "two packets of 0.1 s may overtake a late one before it is given up", high=1)
    clock_jump_s: float = setting(
        30.0, "a device clock that jumps further than this was reset; a gym's worst dead spot is shorter", low=1
    )
    clock_error_max: float = setting(
        0.015, "sensors' clocks run up to 1 % wrong, which costs 2 % of the lift; 0 = never correct them", high=0.05
    )


@dataclass(frozen=True, slots=True)
class OrientationConfig:
    """The up vector from gyroscope and accelerometer (VQF)."""

    working_rate_hz: float = setting(
        25.0,
        "faster samples are averaged down to 25-50 Hz, which keeps every integral: on 40 simulated sessions counts, "
        "angles and lift are as good as at 50-100 Hz; BROAD 0.61 and 0.42 deg instead of 0.46 and 0.41; half the cost",
        low=10,
        high=500,
    )
    tau_s: float = setting(3.0, "VQF's tuned default; 1 s triples the error under acceleration", low=0.1, high=60)
    gyr_bias_limit_dps: float = setting(
        25.0, "MPU-6050 data sheet allows 20 deg/s; VQF's 2 deg/s costs 11 deg at an offset of 10", low=0.1, high=100
    )
    restart_still_s: float = setting(0.3, "after a long gap, up starts anew from this much quiet", low=0.05, high=5)
    acc_low_pass_hz: float = setting(
        1.0, "accelerometer-only sources: passes a 2 s rise, keeps out most of its acceleration", low=0.1, high=5
    )


@dataclass(frozen=True, slots=True)
class StillConfig:
    """What counts as lying still."""

    gyr_dps: float = setting(6.0, "a held bridge sways at 1-4 deg/s; the slowest useful rise passes 10", low=0.5)
    acc_mps2: float = setting(0.35, "half of VQF's rest limit; a slow rise of 25 cm in 2 s exceeds 0.5", low=0.02)
    pose_min_s: float = setting(0.5, "a pose this long gives gravity to about 0.02 m/s2", low=0.1, high=10)


@dataclass(frozen=True, slots=True)
class CalibrationConfig:
    """Two slow thrusts on both legs."""

    hold_min_s: float = setting(1.5, "the person is asked for 2 s; a shorter hold still moves", low=0.3, high=30)
    range_min_deg: float = setting(20.0, "real benches and bodies give 35-65 deg", low=5, high=90)
    agreement_deg: float = setting(6.0, "two full holds of one person agree to 2-3 deg", low=0.5, high=45)
    slip_deg: float = setting(
        5.0,
        "rest poses of one wearing lie within 3.2 deg of the calibrated one (193 armings, 120 simulated sessions, both "
        "legs, sitting up between), within 4.8 in the next session; beyond, a verdict on level may be wrong",
        low=1,
        high=45,
    )
    slip_lying_deg: float = setting(
        8.0,
        "who stays lying between two sets relaxes: such poses lie up to 6.7 deg from the calibrated one (149 rests, "
        "150 simulated sessions)",
        low=1,
        high=45,
    )
    remind_s: float = setting(
        20.0, "a thrust with its hold takes 10 s; said again after two, then ever more rarely", low=2
    )
    tries: int = setting(3, "refusals in a row; then it is better to count with relative angles", low=1, high=20)


@dataclass(frozen=True, slots=True)
class ArmingConfig:
    """When movements start to count, and when they stop."""

    still_s: float = setting(2.0, "long enough that nobody does it by accident while getting into place", low=0.3)
    posture_deg: float = setting(20.0, "bottom poses of one person and bench vary by about 10 deg", low=3, high=90)
    leave_deg: float = setting(
        30.0, "sitting up turns the pelvis by 40 deg and more beyond the bottom", low=5, high=120
    )
    leave_s: float = setting(1.0, "a jolt is shorter, sitting up is not", low=0.1, high=30)


@dataclass(frozen=True, slots=True)
class RepConfig:
    """Counting: independent of every judging threshold."""

    count_at: CountAt = setting(CountAt.TOP, "the lifter hears the number when the work is done")
    min_range_deg: float = setting(15.0, "published ranges are 35-65 deg; walking and shuffling stay below", low=2)
    rise_start_deg: float = setting(6.0, "above sway and breathing (1-3 deg), below half a partial", low=1)
    counted_fraction: float = setting(0.5, "of the reference lift: less than half is no rep", low=0.1, high=1)
    partial_fraction: float = setting(0.25, "of the reference lift: a quarter was an attempt", low=0.05, high=1)
    top_rate_dps: float = setting(10.0, "below it the hips have arrived: median delay 0.01-0.07 s in simulation", low=1)
    top_dwell_s: float = setting(
        0.08, "so long below the rate: noise is shorter; each 0.01 s more delays every count", high=2
    )
    top_fall_deg: float = setting(4.0, "or fallen this far from the highest point: no pause at the top", low=0.5)
    return_fraction: float = setting(0.5, "the rep is complete when the hips come back by half", low=0.1, high=1)
    longest_rise_s: float = setting(15.0, "the slowest tempo prescriptions are 10 s", low=1, high=60)
    top_posture_deg: float = setting(45.0, "at the top the belly points up; forward bends end at 90", low=10, high=90)
    min_rise_cm: float = setting(
        5.0, "without calibration a movement must also lift the hips: a forward bend lowers the sensor", high=50
    )


@dataclass(frozen=True, slots=True)
class SetConfig:
    """Sets and sides."""

    rest_s: float = setting(8.0, "longest pause between reps of one set", low=1)
    resume_s: float = setting(
        3.0, "a rep this soon after, the posture never left, resumes the set: a breather of ten seconds is no rest"
    )
    target_reps: int = setting(0, "reps wanted of each set; 0 = no target, the lifter decides", high=999)
    switch_rest_s: float = setting(
        30.0, "from one leg to the other: time to change feet and breathe; 0 = no limit; our own choice", high=3600
    )
    round_rest_s: float = setting(
        90.0, "between rounds: 60-120 s is usual for sets of 8-12 (ACSM 2009); 0 = no limit", high=3600
    )


@dataclass(frozen=True, slots=True)
class LiftConfig:
    """When the height from double integration can be trusted."""

    trusted_rise_s: float = setting(6.0, "the error grows with time^1.3; beyond 6 s it passes 2 cm", low=0.5, high=60)
    agreement_cm: float = setting(4.0, "rise and fall of one rep may differ by this much", low=0.5)
    agreement_fraction: float = setting(0.15, "or by this share of the lift, whichever is more", low=0.01, high=1)
    trusted_rate_hz: float = setting(20.0, "the slowest sampling that was tested is 25 Hz", low=1)


@dataclass(frozen=True, slots=True)
class ChecksConfig:
    """Good and fault limits of every check; between them is caution."""

    extension_good_deg: float = setting(5.0, "hip angle 171 deg, hips 3 cm low (linkage model)", high=90)
    extension_fault_deg: float = setting(10.0, "hip angle 162 deg, hips 6 cm low (linkage model)", high=90)
    lift_good_pct: float = setting(90.0, "says 5 deg in height (linkage model)", high=100)
    lift_fault_pct: float = setting(80.0, "says 10 deg in height (linkage model)", high=100)
    level_good_deg: float = setting(6.0, "MDC95 6.6 deg in single-leg bridges (Andrade 2012)", high=90)
    level_fault_deg: float = setting(
        10.0, "loss of form in a bridge endurance test (Georgia Southern, n = 77)", high=90
    )
    pause_good_s: float = setting(1.0, "coaching texts: a slight pause to 3 s at the top")
    pause_fault_s: float = setting(0.3, "shorter is a turning point, no pause")
    lowering_good_s: float = setting(1.5, "'slowly lowering'; our own choice")
    lowering_fault_s: float = setting(0.8, "faster than the usual rise (0.80 s): dropping; our own choice")
    arch_good_deg: float = setting(6.0, "passive hip extension past neutral averages 6.9 deg (PMC4325283)", high=90)
    arch_fault_deg: float = setting(10.0, "clearly more than the hip alone can give; our own choice", high=90)
    kick_good_dps: float = setting(30.0, "a hint only; our own choice")
    kick_enabled: bool = setting(False, "a pelvic sensor can only guess at a kick")
    on_pelvis: bool = setting(True, "false for a phone in a front pocket: on the thigh it only counts")


@dataclass(frozen=True, slots=True)
class Config:
    """The whole tree."""

    timeline: TimelineConfig = field(default_factory=TimelineConfig)
    orientation: OrientationConfig = field(default_factory=OrientationConfig)
    still: StillConfig = field(default_factory=StillConfig)
    calibration: CalibrationConfig = field(default_factory=CalibrationConfig)
    arming: ArmingConfig = field(default_factory=ArmingConfig)
    rep: RepConfig = field(default_factory=RepConfig)
    sets: SetConfig = field(default_factory=SetConfig)
    lift: LiftConfig = field(default_factory=LiftConfig)
    checks: ChecksConfig = field(default_factory=ChecksConfig)


PROFILES: Mapping[str, Mapping[str, float]] = {
    "default": {},
    "strict": {
        "checks.level_good_deg": 5.0,
        "checks.level_fault_deg": 8.0,
        "checks.extension_good_deg": 3.0,
        "checks.extension_fault_deg": 8.0,
        "checks.pause_good_s": 1.0,
        "checks.pause_fault_s": 0.5,
        "checks.lowering_good_s": 2.0,
        "checks.lowering_fault_s": 1.0,
    },
    "lenient": {
        "checks.level_good_deg": 8.0,
        "checks.level_fault_deg": 12.0,
        "checks.extension_good_deg": 8.0,
        "checks.extension_fault_deg": 15.0,
        "checks.pause_good_s": 0.5,
        "checks.pause_fault_s": 0.0,
        "checks.lowering_good_s": 1.0,
        "checks.lowering_fault_s": 0.6,
    },
}


class Setting(NamedTuple):
    """One setting as documentation shows it."""

    key: str
    value: Any
    why: str


def settings(config: Config | None = None) -> Iterator[Setting]:
    """Every setting with its value in `config` (default: the defaults) and the reason for its default."""
    config = config or Config()
    for group in fields(config):
        values = getattr(config, group.name)
        for item in fields(values):
            yield Setting(f"{group.name}.{item.name}", getattr(values, item.name), item.metadata["why"])


def to_dict(config: Config) -> dict[str, dict[str, Any]]:
    """The tree as plain JSON values, for the header of a recording."""
    return dataclasses.asdict(config)


def from_dict(tree: Mapping[str, Any]) -> Config:
    """The tree read back; settings that are absent take their default. Raises ConfigError on an unknown key."""
    flat: dict[str, Any] = {}
    for group, values in tree.items():
        if not isinstance(values, Mapping):
            raise ConfigError(f"The configuration group '{group}' is not an object.")
        flat.update({f"{group}.{name}": value for name, value in values.items()})
    return with_settings(Config(), flat)


def with_profile(config: Config, name: str) -> Config:
    """`config` with the thresholds of the profile `name`, whatever profile it had before.

    Raises ConfigError if there is no such profile.
    """
    if name not in PROFILES:
        raise ConfigError(f"There is no profile '{name}'.", hint=f"Profiles: {', '.join(PROFILES)}.")
    defaults = {item.key: item.value for item in settings()}
    of_profiles = {key: defaults[key] for values in PROFILES.values() for key in values}
    return with_settings(config, {**of_profiles, **PROFILES[name]})


def parse_assignment(text: str) -> tuple[str, str]:
    """`KEY=VALUE` split. Raises ConfigError if there is no '='."""
    key, sign, value = text.partition("=")
    if not sign or not key.strip() or not value.strip():
        raise ConfigError(f"'{text}' is not KEY=VALUE.", hint="Example: --set checks.level_good_deg=5")
    return key.strip(), value.strip()


def with_settings(config: Config, values: Mapping[str, Any]) -> Config:
    """`config` with some settings replaced; values may be text. Raises ConfigError (unknown key, bad value, order)."""
    groups: dict[str, Any] = {}
    for key, value in values.items():
        group_name, _, name = key.partition(".")
        group = groups.get(group_name, getattr(config, group_name, None))
        known = {item.name: item for item in fields(group)} if dataclasses.is_dataclass(group) else {}
        if name not in known:
            raise ConfigError(f"There is no setting '{key}'.", hint=_suggestion(key))
        groups[group_name] = replace(group, **{name: _converted(key, value, known[name])})  # type: ignore[type-var]
    changed = replace(config, **groups)
    _refuse_contradictions(changed)
    return changed


def _suggestion(key: str) -> str:
    close = difflib.get_close_matches(key, [item.key for item in settings()], n=1, cutoff=0.4)
    return f"Did you mean '{close[0]}'?" if close else "`tracker settings` lists them all."


def _converted(key: str, value: Any, item: dataclasses.Field[Any]) -> Any:
    if isinstance(item.default, bool):
        words = {"true": True, "false": False}
        word = str(value).lower()
        if word not in words:
            raise ConfigError(f"'{key}' must be true or false, not '{value}'.")
        return words[word]
    if isinstance(item.default, StrEnum):
        kind = type(item.default)
        try:
            return kind(str(value))
        except ValueError as error:
            raise ConfigError(f"'{key}' must be one of {', '.join(kind)}, not '{value}'.") from error
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"'{key}' must be a number, not '{value}'.") from error
    if isinstance(item.default, int):
        if not number.is_integer():
            raise ConfigError(f"'{key}' must be a whole number, not '{value}'.")
        number = int(number)
    low, high = item.metadata["low"], item.metadata["high"]
    if not math.isfinite(number) or not low <= number <= high:
        upper = f"to {high:g}" if math.isfinite(high) else "upward"
        raise ConfigError(f"'{key}' must lie in {low:g} {upper}, not '{value}'.")
    return number


def _refuse_contradictions(config: Config) -> None:
    checks = config.checks
    pairs = [
        (
            "checks.extension_good_deg",
            checks.extension_good_deg,
            "checks.extension_fault_deg",
            checks.extension_fault_deg,
        ),
        ("checks.lift_fault_pct", checks.lift_fault_pct, "checks.lift_good_pct", checks.lift_good_pct),
        ("checks.level_good_deg", checks.level_good_deg, "checks.level_fault_deg", checks.level_fault_deg),
        ("checks.pause_fault_s", checks.pause_fault_s, "checks.pause_good_s", checks.pause_good_s),
        ("checks.lowering_fault_s", checks.lowering_fault_s, "checks.lowering_good_s", checks.lowering_good_s),
        ("checks.arch_good_deg", checks.arch_good_deg, "checks.arch_fault_deg", checks.arch_fault_deg),
        ("rep.partial_fraction", config.rep.partial_fraction, "rep.counted_fraction", config.rep.counted_fraction),
        ("rep.rise_start_deg", config.rep.rise_start_deg, "rep.min_range_deg", config.rep.min_range_deg),
    ]
    for low_key, low, high_key, high in pairs:
        if low > high:
            raise ConfigError(
                f"'{low_key}' ({low:g}) must not exceed '{high_key}' ({high:g}).",
                hint=f"Set both, or change {high_key}.",
            )
