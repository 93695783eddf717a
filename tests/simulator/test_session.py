"""Sessions: what people do, in order, and the faults they make, as large as intended."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tracker.core.model import Command, CommandName, Side
from tracker.sources.simulator import (
    DEMO,
    NAMED,
    TEMPOS,
    Fault,
    Simulation,
    long_scenario,
    mirrored,
    random_scenario,
    simulate,
)


def test_same_seed_same_bits() -> None:
    """A scenario gives the same packets every time; another seed gives others."""
    first, again, other = (simulate(random_scenario(seed, set_count=1)) for seed in (12, 12, 13))
    assert first.inputs == again.inputs
    assert first.truth.reps == again.truth.reps
    assert first.inputs != other.inputs


def test_mirror_flips_level_and_side(faulty: Simulation) -> None:
    """In a mirror the sides swap and every level changes its sign; height, timing and pitch stay."""
    other = simulate(mirrored(faulty.scenario)).truth
    np.testing.assert_allclose(other.level_deg, -faulty.truth.level_deg, atol=1e-9)
    np.testing.assert_allclose(other.inclination_deg, faulty.truth.inclination_deg, atol=1e-9)
    np.testing.assert_allclose(other.height_m, faulty.truth.height_m, atol=1e-12)
    for one, two in zip(faulty.truth.reps, other.reps, strict=True):
        assert {one.side, two.side} == {Side.LEFT, Side.RIGHT}
        assert two.free_side_drop_deg == pytest.approx(one.free_side_drop_deg, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_activities_cover_the_session(seed: int) -> None:
    """Activities follow one another without a gap from the first second to the last."""
    truth = simulate(random_scenario(seed, rate_hz=26)).truth
    ends = [end for _, end, _ in truth.activities]
    assert truth.activities[0][0] == 0
    assert [start for start, _, _ in truth.activities][1:] == ends[:-1]
    assert ends[-1] == pytest.approx(float(truth.t_s[-1]), abs=0.1)


def test_upright_is_ninety_and_a_bend_tilts_over() -> None:
    """Standing has inclination about 90; bending forward turns up out of the front: the belly faces the floor."""
    truth = simulate(random_scenario(5, rate_hz=26, warms_up=True)).truth
    for start_s, end_s, label in truth.activities:
        during = (truth.t_s > start_s + 0.3 * (end_s - start_s)) & (truth.t_s < start_s + 0.6 * (end_s - start_s))
        if label in {"stand", "walk"}:
            assert truth.inclination_deg[during].mean() > 78
        if label == "bend":
            assert truth.up_pelvis[during, 1].min() < -0.5


def test_commands_come_when_a_person_gives_them(clean: Simulation) -> None:
    """Calibration is announced while lying still, each side before the 2.5 s of stillness of its set."""
    commands = [one for one in clean.inputs if isinstance(one, Command)]
    said = [(one.name, one.value) for one in commands]
    assert said == [
        (CommandName.CALIBRATE, "start"),
        (CommandName.CALIBRATE, "end"),
        (CommandName.SIDE, "left"),
        (CommandName.SIDE, "right"),
    ]
    for command, group in zip(commands[2:], clean.truth.sets, strict=True):
        assert clean.truth.reps[group.rep_indices[0]].start_s - command.received_s > 3.2


def test_good_reps_are_good(clean: Simulation) -> None:
    """Reps without a fault keep inside the good limits of the default profile."""
    assert len(clean.truth.counted) == 10
    for rep in clean.truth.reps:
        assert abs(rep.top_inclination_deg) < 3.5
        assert abs(rep.free_side_drop_deg) < 4
        assert 1.1 < rep.hold_s < 2
        assert 1.6 < rep.eccentric_s < 3
        assert abs(rep.arch_deg) < 3
        assert rep.lift_pct > 90
        assert 0.2 < rep.mean_velocity_mps < 0.6
        assert rep.start_s < rep.top_s < rep.lower_s < rep.end_s


@pytest.mark.parametrize("seed", range(40))
def test_faults_are_as_large_as_intended(seed: int) -> None:
    """Each intended fault lies clear of the default fault limit, whatever the body, site and sensor."""
    scenario = random_scenario(seed, rate_hz=26, tempo="strict", fault_share=0.7, hip_drop_deg=0.0, set_count=2)
    truth = simulate(scenario).truth
    assert np.degrees(abs(truth.ideal.gyr_radps)).max() < 300
    for rep in truth.reps:
        faults = set(rep.intended)
        assert rep.is_partial == (Fault.PARTIAL in faults)
        if rep.is_partial:
            assert 27 < rep.lift_pct < 47
            continue
        assert rep.lift_pct > 55
        assert (rep.top_inclination_deg > 11.5) == bool(faults & {Fault.SHORT, Fault.ARCHED})
        assert (rep.arch_deg > 11.5) == (Fault.ARCHED in faults)
        assert (rep.free_side_drop_deg > 11) == (Fault.TILTED in faults)
        assert (rep.hold_s < 0.27) == (Fault.NO_PAUSE in faults)
        assert (rep.eccentric_s < 0.7) == (Fault.FAST_LOWERING in faults)


@pytest.mark.parametrize("tempo", list(TEMPOS))
def test_every_tempo_keeps_its_reps_apart(tempo: str) -> None:
    """At every tempo the windows of the reps follow one another and reach the full lift."""
    truth = simulate(random_scenario(9, rate_hz=52, tempo=tempo, fault_share=0.0, hip_drop_deg=0.0)).truth
    for group in truth.sets:
        reps = [truth.reps[i] for i in group.rep_indices]
        for one, following in itertools.pairwise(reps):
            assert one.end_s <= following.start_s
        assert min(rep.lift_pct for rep in reps) > 80


def test_demo_fits_into_two_minutes() -> None:
    """The demonstration lasts 100-120 s and shows a tilted, a short, an arched and a dropped rep."""
    truth = simulate(DEMO).truth
    assert 100 < truth.t_s[-1] < 120
    assert [len(group.rep_indices) for group in truth.sets] == [5, 5]
    assert {fault for rep in truth.reps for fault in rep.intended} == {"tilted", "short", "arched", "fast_lowering"}


def test_long_sessions_are_as_long_as_asked() -> None:
    """A long scenario lasts about the time asked for and keeps changing sides."""
    truth = simulate(long_scenario(900, 3, rate_hz=26)).truth
    assert truth.t_s[-1] == pytest.approx(900, rel=0.2)
    assert {group.side for group in truth.sets} == {Side.LEFT, Side.RIGHT}


def test_named_scenarios_know_their_names() -> None:
    """The named scenarios are found under the names they carry."""
    assert {"demo", "clean_pair", "faults", "uncalibrated", "lossy_link"} == set(NAMED)
    assert all(scenario.name == name for name, scenario in NAMED.items())
