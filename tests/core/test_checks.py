"""The table of checks at, just below and just above each limit; one mistake, one cue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.synthetic import GOOD_REP, calibration_of
from tracker.core.checks import BOTH_CAUSES_CUE, EXTENSION, EXTENSION_BY_LIFT, KICK, SPINE, TABLE, judge
from tracker.core.config import PROFILES, Config, with_profile
from tracker.core.model import NAN, CalibrationKind, Finding, JudgedRep, Rep, RepStatus, Side, Verdict

CALIBRATED = calibration_of()
AUTO = calibration_of(kind=CalibrationKind.AUTO)
CHECKS = Config().checks
GOOD, CAUTION, FAULT, UNSURE, NONE = (
    Verdict.GOOD, Verdict.CAUTION, Verdict.FAULT, Verdict.UNSURE, Verdict.NOT_MEASURED,
)  # fmt: skip


def found(rep: Rep, check: str, **changed: object) -> Finding:
    config = replace(CHECKS, **changed)
    return next(finding for finding in judge(rep, CALIBRATED, config) if finding.check == check)


@pytest.mark.parametrize(
    ("check", "metric", "good", "fault", "worse"),
    [
        ("full_extension", "top_inclination_deg", 5.0, 10.0, 1),
        ("level_hips", "level_top_deg", 6.0, 10.0, 1),
        ("pause", "hold_s", 1.0, 0.3, -1),
        ("slow_lowering", "eccentric_s", 1.5, 0.8, -1),
        ("neutral_spine", "arch_deg", 6.0, 10.0, 1),
    ],
)
def test_limits(check: str, metric: str, good: float, fault: float, worse: int) -> None:
    """At the good limit good, beyond it caution; at the fault limit still caution, beyond it fault."""
    tiny = worse * 1e-6
    for value, verdict in [
        (good - tiny, GOOD), (good, GOOD), (good + tiny, CAUTION),
        (fault - tiny, CAUTION), (fault, CAUTION), (fault + tiny, FAULT),
    ]:  # fmt: skip
        finding = found(replace(GOOD_REP, **{metric: value}), check)
        assert (finding.verdict, finding.value) == (verdict, value)
        assert bool(finding.cue) == (verdict is not GOOD)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_hip_may_hang_on_either_side(sign: int) -> None:
    """Level is judged by its size."""
    assert found(replace(GOOD_REP, level_top_deg=sign * 10.1), "level_hips") == Finding(
        "level_hips", FAULT, 10.1, "level the hips"
    )


@pytest.mark.parametrize(("lift_pct", "verdict"), [(90, GOOD), (89.9, CAUTION), (80, CAUTION), (79.9, FAULT)])
def test_an_arched_back_is_judged_by_height_alone(lift_pct: float, verdict: Verdict) -> None:
    """Tipped by 12 degrees at the top because the back is arched: extension says what the height says."""
    arched = replace(GOOD_REP, top_inclination_deg=12.0, arch_deg=10.1, lift_pct=lift_pct)
    assert found(arched, "full_extension").verdict is verdict
    assert found(arched, "full_extension").value == lift_pct
    assert found(arched, "neutral_spine").verdict is FAULT


def test_one_mistake_gives_one_cue() -> None:
    """Arched at full height: tuck the pelvis. Short without an arch: higher. Never both."""
    arched = replace(GOOD_REP, top_inclination_deg=12.0, arch_deg=12.0, lift_pct=99.0)
    short = replace(GOOD_REP, top_inclination_deg=12.0, arch_deg=0.0, lift_pct=75.0)
    assert [finding.cue for finding in judge(arched, CALIBRATED, CHECKS) if finding.cue] == [SPINE.cue]
    assert [finding.cue for finding in judge(short, CALIBRATED, CHECKS) if finding.cue] == [EXTENSION.cue]
    assert EXTENSION.cue == EXTENSION_BY_LIFT.cue


def test_an_untrusted_height_leaves_the_spine_unsure_and_names_both_causes() -> None:
    """Arch and short hips look alike without height: say so."""
    rep = replace(GOOD_REP, lift_is_trusted=False, lift_cm=NAN, arch_deg=NAN, top_inclination_deg=12.0)
    assert found(rep, "neutral_spine").verdict is UNSURE
    assert found(rep, "full_extension") == Finding("full_extension", FAULT, 12.0, BOTH_CAUSES_CUE)


def test_an_untrusted_height_at_full_extension_has_no_cue() -> None:
    """Nothing is wrong, so nothing is said."""
    rep = replace(GOOD_REP, lift_is_trusted=False, lift_cm=NAN, arch_deg=NAN)
    assert found(rep, "full_extension").cue == ""
    assert found(rep, "neutral_spine").cue == ""


def test_without_a_calibrated_thrust_the_spine_is_not_measured() -> None:
    """Nothing to compare with is not unsure, it is nothing; the extension cue stays its own."""
    rep = replace(GOOD_REP, lift_is_trusted=False, arch_deg=NAN, top_inclination_deg=12.0)
    by_check = {finding.check: finding for finding in judge(rep, AUTO, CHECKS)}
    assert by_check["neutral_spine"].verdict is NONE
    assert by_check["full_extension"].cue == EXTENSION.cue


@pytest.mark.parametrize(
    ("check", "metric"),
    [
        ("full_extension", "top_inclination_deg"),
        ("level_hips", "level_top_deg"),
        ("pause", "hold_s"),
        ("slow_lowering", "eccentric_s"),
        ("neutral_spine", "arch_deg"),
    ],
)
def test_what_was_not_measured_gets_no_verdict(check: str, metric: str) -> None:
    """NaN is neither good nor bad, and has no cue."""
    finding = found(replace(GOOD_REP, **{metric: NAN}), check)
    assert finding.verdict is NONE
    assert finding.cue == ""


def test_the_kick_is_a_hint_that_is_off_unless_asked_for() -> None:
    """Off by default; on, it is at most a caution."""
    rep = replace(GOOD_REP, kick_dps=500.0)
    assert KICK.name not in [finding.check for finding in judge(rep, CALIBRATED, CHECKS)]
    assert found(rep, "no_kick", kick_enabled=True).verdict is CAUTION
    assert found(replace(rep, kick_dps=30.0), "no_kick", kick_enabled=True).verdict is GOOD


def test_findings_come_in_the_order_of_the_table() -> None:
    """Reports and screens rely on it."""
    findings = judge(GOOD_REP, CALIBRATED, replace(CHECKS, kick_enabled=True))
    assert [finding.check for finding in findings] == [check.name for check in TABLE]


@pytest.mark.parametrize(
    ("profile", "level_deg", "hold_s"), [("strict", 5.5, 0.8), ("default", 7.0, 0.8), ("lenient", 9.0, 0.4)]
)
def test_profiles_move_the_limits(profile: str, level_deg: float, hold_s: float) -> None:
    """Each profile's own cautions."""
    config = Config() if profile == "default" else with_profile(Config(), profile)
    findings = judge(replace(GOOD_REP, level_top_deg=level_deg, hold_s=hold_s), CALIBRATED, config.checks)
    assert [finding.verdict for finding in findings if finding.check in {"level_hips", "pause"}] == [CAUTION, CAUTION]
    assert set(PROFILES) >= {"strict", "lenient"}


def judged(*verdicts: Verdict) -> JudgedRep:
    findings = tuple(Finding(str(place), verdict, 0.0) for place, verdict in enumerate(verdicts))
    return JudgedRep(1, 1, 1, Side.LEFT, RepStatus.REP, CalibrationKind.HOLD, GOOD_REP, findings)


@pytest.mark.parametrize(
    ("verdicts", "is_clean", "faults"),
    [
        ((GOOD, GOOD), True, ()),
        ((GOOD, NONE), True, ()),
        ((NONE, NONE), False, ()),
        ((), False, ()),
        ((GOOD, CAUTION), False, ()),
        ((GOOD, UNSURE), False, ()),
        ((FAULT, GOOD, FAULT), False, ("0", "2")),
    ],
)
def test_clean_means_all_that_was_measured_is_good(
    verdicts: tuple[Verdict, ...], is_clean: bool, faults: tuple[str, ...]
) -> None:
    """And that something was measured at all."""
    assert judged(*verdicts).is_clean == is_clean
    assert judged(*verdicts).faults == faults


@pytest.mark.parametrize(("side", "drop_deg"), [(Side.RIGHT, 7.0), (Side.LEFT, -7.0)])
def test_the_free_side_is_the_other_one(side: Side, drop_deg: float) -> None:
    """Right hip higher by 7: with the right leg working the free, left hip hangs 7 lower."""
    assert replace(GOOD_REP, level_top_deg=7.0).free_side_drop_deg(side) == drop_deg


def test_without_a_declared_side_there_is_no_free_side() -> None:
    """Not measured, not zero."""
    drop_deg = replace(GOOD_REP, level_top_deg=7.0).free_side_drop_deg(Side.UNKNOWN)
    assert drop_deg != drop_deg  # noqa: PLR0124 - NaN


def test_a_sensor_off_the_pelvis_only_counts():
    """On the thigh: every rep counted, nothing judged, nothing measured, and it is said."""
    from tests.core.simulated import calm, engine, of, reps_of, said
    from tracker.core import events
    from tracker.core.model import Side
    from tracker.sources.simulator import SetPlan, simulate

    inputs = simulate(calm(SetPlan(Side.LEFT, ((),) * 3))).inputs
    happened = said(inputs, engine(checks__on_pelvis=False))
    reps = reps_of(happened)
    assert len(reps) == 3
    assert all(judged.findings == () and not judged.is_clean for judged in reps)
    assert all(judged.rep.lift_cm != judged.rep.lift_cm for judged in reps)  # NaN
    assert "counts_only" in [event.code for event in of(events.StreamWarning, happened)]
