import pytest

from tracker.core.model import CalibrationKind, Finding, JudgedRep, Rep, RepStatus, Side, Verdict


@pytest.fixture
def make_judged():
    """A judged rep with simple numbers; keywords change the rep, `verdicts` the findings."""

    def make(rep_id, *, set_number=1, number=1, side=Side.LEFT, status=RepStatus.REP, verdicts=None, **numbers):
        start_s = numbers.pop("start_s", 10.0 * rep_id)
        values = {
            "concentric_s": 1.0,
            "hold_s": 1.5,
            "eccentric_s": 2.0,
            "lift_cm": 25.0,
            "lift_pct": 95.0,
            "level_top_deg": 2.0,
            "mean_velocity_mps": 0.4,
            **numbers,
        }
        rep = Rep(start_s, start_s + 1.0, start_s + 2.5, start_s + 4.5, **values)
        findings = tuple(Finding(check, verdict, 1.0, "do it") for check, verdict in (verdicts or {}).items())
        if verdicts is None:
            findings = (Finding("pause", Verdict.GOOD, 1.5),)
        return JudgedRep(rep_id, set_number, number, side, status, CalibrationKind.HOLD, rep, findings)

    return make
