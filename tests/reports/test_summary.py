import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.bookkeeping import fold
from tracker.core.events import RepJudged, RepRestored, RepStruck, SetEnded, SetStarted
from tracker.core.model import NAN, RepStatus, Side, Verdict
from tracker.core.summary import FinalRep, asymmetry_pct, summarise_set


def session(*judged):
    events = []
    for item in judged:
        if not any(isinstance(e, SetStarted) and e.set_number == item.set_number for e in events):
            events.append(SetStarted(item.rep.start_s, item.rep.top_s, item.set_number, item.side))
        events.append(RepJudged(item.rep.top_s, item.rep.end_s, item))
    return events


def test_the_last_judgement_counts(make_judged):
    """A later verdict with the same id replaces the first, and a struck rep stays struck."""
    first, second = make_judged(1, lift_cm=20.0), make_judged(1, lift_cm=22.0)
    events = [*session(first), RepStruck(20.0, 20.0, 1), RepJudged(21.0, 21.0, second)]
    (rep,) = fold(events).reps
    assert rep.judged.rep.lift_cm == 22.0
    assert rep.is_struck
    assert not rep.is_counted
    (rep,) = fold([*events, RepRestored(22.0, 22.0, 1)]).reps
    assert rep.is_counted


def test_a_rep_struck_before_it_is_judged_stays_struck(make_judged):
    """The number is said at the top, its verdict at the bottom: who strikes it between the two is heard as well."""
    start, verdict = session(make_judged(1))
    (rep,) = fold([start, RepStruck(1.0, 1.0, 1), verdict]).reps
    assert rep.is_struck
    assert fold([start, RepStruck(1.0, 1.0, 1), RepRestored(2.0, 2.0, 1), verdict]).reps[0].is_counted
    assert fold([start, RepStruck(1.0, 1.0, 1), verdict, RepRestored(2.0, 2.0, 1)]).reps[0].is_counted


def test_striking_what_never_was(make_judged):
    """Striking an unknown rep changes nothing."""
    assert fold([*session(make_judged(1)), RepStruck(1.0, 1.0, 99)]).reps[0].is_counted


def test_set_numbers(make_judged):
    """The numbers of a set as METRICS defines them, on numbers worked out by hand."""
    reps = [
        FinalRep(
            make_judged(i, number=i, level_top_deg=float(i), mean_velocity_mps=0.5 - 0.02 * i, eccentric_s=1.5 + i)
        )
        for i in range(1, 7)
    ]
    partial = FinalRep(make_judged(7, status=RepStatus.PARTIAL, lift_cm=5.0))
    struck = FinalRep(make_judged(8, lift_cm=99.0), is_struck=True)
    found = summarise_set(1, Side.LEFT, [*reps, partial, struck], load_kg=20.0)
    assert (found.rep_count, found.partial_count, found.clean_count) == (6, 1, 6)
    assert (found.start_s, found.end_s) == (10.0, 84.5)
    assert found.median_lift_cm == 25.0
    assert found.median_level_top_deg == 3.5
    assert found.level_drift_deg == pytest.approx(3.0)  # (4+5+6)/3 - (1+2+3)/3
    assert found.velocity_loss_pct == pytest.approx(100 * (0.48 - 0.38) / 0.48)
    assert found.time_under_tension_s == pytest.approx(6 * 4.0 + 21)
    assert found.tempo_cv_pct == pytest.approx(100 * 1.8708286933869707 / 7.5)  # SD of 1..6 over the mean of 5..10
    assert found.volume_kg == 120.0


def test_clean_needs_every_check_good(make_judged):
    """One caution is not clean, nothing measured neither; single checks that were not measured do not matter."""
    good = FinalRep(make_judged(1, verdicts={"pause": Verdict.GOOD, "neutral_spine": Verdict.NOT_MEASURED}))
    caution = FinalRep(make_judged(2, verdicts={"pause": Verdict.CAUTION}))
    silent = FinalRep(make_judged(3, verdicts={"pause": Verdict.NOT_MEASURED}))
    assert summarise_set(1, Side.LEFT, [good, caution, silent]).clean_count == 1


def test_too_few_reps_for_a_trend(make_judged):
    """Drift needs two groups of three, loss and variation two reps; otherwise they are not measured."""
    one = summarise_set(1, Side.LEFT, [FinalRep(make_judged(1))])
    five = summarise_set(1, Side.LEFT, [FinalRep(make_judged(i)) for i in range(5)])
    assert math.isnan(one.velocity_loss_pct)
    assert math.isnan(one.tempo_cv_pct)
    assert math.isnan(five.level_drift_deg)
    assert five.velocity_loss_pct == 0.0
    assert math.isnan(one.volume_kg)


def test_a_rep_that_was_cut_off_ends_at_its_top(make_judged):
    """Wherever it stands in the set, the set has an end."""
    cut = make_judged(5)
    cut = replace(cut, rep=replace(cut.rep, lower_s=NAN, end_s=NAN))
    whole = make_judged(3)
    assert summarise_set(1, Side.LEFT, [FinalRep(whole), FinalRep(cut)]).end_s == cut.rep.top_s
    assert summarise_set(1, Side.LEFT, [FinalRep(cut), FinalRep(make_judged(7))]).end_s == 74.5


def test_nothing_measured_stays_nothing(make_judged):
    """NaN never becomes a number: not in medians, not in sums."""
    rep = make_judged(1, lift_cm=NAN, hold_s=NAN, level_top_deg=NAN, mean_velocity_mps=NAN)
    found = summarise_set(1, Side.LEFT, [FinalRep(rep), FinalRep(rep)])
    for name in ("median_lift_cm", "median_level_top_deg", "velocity_loss_pct", "time_under_tension_s", "tempo_cv_pct"):
        assert math.isnan(getattr(found, name)), name


def test_one_missing_value_does_not_hide_the_others(make_judged):
    """What was not measured stays out, the rest counts."""
    reps = [FinalRep(make_judged(1, lift_cm=NAN)), FinalRep(make_judged(2, lift_cm=30.0))]
    assert summarise_set(1, Side.LEFT, reps).median_lift_cm == 30.0


def test_rest_between_sets(make_judged):
    """Rest runs from the end of the last set's last rep to the start of the first."""
    summary = fold(session(make_judged(1), make_judged(5, set_number=2, side=Side.RIGHT)))
    assert math.isnan(summary.sets[0].rest_before_s)
    assert summary.sets[1].rest_before_s == pytest.approx(50.0 - 14.5)


def test_sides_and_asymmetry(make_judged):
    """Totals per side, and left against right in % of the larger."""
    left = [make_judged(i, number=i, hold_s=2.0, lift_cm=30.0) for i in (1, 2, 3, 4)]
    right = [make_judged(i, set_number=2, side=Side.RIGHT, hold_s=1.0, lift_cm=24.0) for i in (5, 6)]
    summary = fold(session(*left, *right), load_kg=10.0)
    assert [(s.side, s.set_count, s.rep_count, s.volume_kg) for s in summary.sides] == [
        (Side.LEFT, 1, 4, 40.0),
        (Side.RIGHT, 1, 2, 20.0),
    ]
    assert summary.asymmetry_pct == pytest.approx({"reps": 50.0, "lift": 20.0, "mean_velocity": 0.0, "hold": 50.0})
    assert summary.sides[1].median_free_side_drop_deg == 2.0
    assert summary.sides[0].median_free_side_drop_deg == -2.0


def test_one_side_has_no_asymmetry(make_judged):
    """With one side only, asymmetry is not measured."""
    assert all(math.isnan(value) for value in fold(session(make_judged(1))).asymmetry_pct.values())


@given(left=st.floats(0, 1e3), right=st.floats(0, 1e3))
def test_asymmetry_mirrors(left, right):
    """Changing sides changes the sign and nothing else; it lies within 100 %."""
    one, other = asymmetry_pct(left, right), asymmetry_pct(right, left)
    assert (math.isnan(one) and math.isnan(other)) or (one == -other and abs(one) <= 100)


def test_partial_before_the_first_rep_has_no_set(make_judged):
    """A partial outside any set stands among the reps, and makes no set."""
    partial = make_judged(1, set_number=3, status=RepStatus.PARTIAL)
    summary = fold([RepJudged(1.0, 1.0, partial)])
    assert len(summary.reps) == 1
    assert summary.sets == ()


def test_set_without_reps_left():
    """A set that was started and closed without a rep keeps its times."""
    events = [SetStarted(3.0, 3.0, 1, Side.LEFT), SetEnded(9.0, 12.0, 1, Side.LEFT, 0, 0, 0)]
    (found,) = fold(events).sets
    assert (found.start_s, found.end_s, found.rep_count) == (3.0, 9.0, 0)
