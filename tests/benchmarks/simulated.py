"""Accuracy against the simulator's truth: one table for counting, one for the numbers, one for hard conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.benchmarks import scenarios, scores
from tests.benchmarks.sessions import PROCESSES, Outcome, play_all
from tests.benchmarks.tables import Line, Table
from tracker.sources.simulator import Scenario

FIRST_SEED = 1000
FIRST_FAULT_SEED = 3000

COUNTED_SHARE = 0.995
EXACT_SHARE = 0.98
LOSSY_SHARE = 0.97
TOP_RMSE_DEG = 0.6
LEVEL_RMSE_DEG = 0.7
LIFT_RMSE_CM = 0.8
LIFT_P95_CM = 1.5
PHASE_RMSE_S = 0.1
DROP_READ_DEG = 8.5
NAMED_SHARE = 0.9
LEFT_ALONE_SHARE = 0.98
DELAY_P95_S = 0.2
OFFSET_CHANGE_DEG = 1.0


@dataclass(frozen=True, slots=True)
class Amount:
    """How many sessions: full, or a quick look."""

    sessions: int
    fault_sessions: int
    hard_sessions: int


FULL = Amount(sessions=80, fault_sessions=14, hard_sessions=80)
QUICK = Amount(sessions=12, fault_sessions=11, hard_sessions=12)


def simulated(amount: Amount, *, processes: int = PROCESSES) -> list[Table]:
    """Every table of simulated accuracy."""
    plain = scenarios.plain(range(FIRST_SEED, FIRST_SEED + amount.sessions))
    base = play_all(plain, processes=processes)
    faults = scenarios.arched_short_good(range(FIRST_FAULT_SEED, FIRST_FAULT_SEED + amount.fault_sessions))
    hard = plain[: amount.hard_sessions]
    return [
        counting(base, plain),
        numbers(base),
        conditions(hard, base[: len(hard)], play_all(faults, processes=processes), processes=processes),
    ]


def counting(base: Sequence[Outcome], plain: Sequence[Scenario]) -> Table:
    """Counts of sessions on which nothing was lost."""
    outside = scores.ghosts_outside(base)
    minutes = scores.other_minutes(base)
    delays_s = scores.delays_s(base)
    return Table(
        "Counting, simulated",
        span(plain, base),
        (
            Line("true reps that are counted", scores.recall(base), "", ">=", COUNTED_SHARE, 4, rep_note(base)),
            Line("counted reps that are true", scores.precision(base), "", ">=", COUNTED_SHARE, 4),
            Line("sets counted exactly", scores.exact_sets(base), "", ">=", EXACT_SHARE, 4, set_note(base)),
            Line(
                "reps counted while walking, bending, sitting down, shuffling, standing up, calibrating",
                len(outside), "", "=", 0, 0, f"in {minutes:.0f} min" + told(outside),
            ),
            Line("sensors said to have slipped; none does", sum(one.slips for one in base), "", "=", 0, 0),
            Line(
                "from the top to the number, 95th percentile", scores.percentile(delays_s, 95), "s",
                "<=", DELAY_P95_S, 3, f"median {np.median(delays_s):.3f} s",
            ),
        ),
    )  # fmt: skip


def numbers(base: Sequence[Outcome]) -> Table:
    """Errors of each rep's numbers."""
    lift_cm = scores.errors(base, "lift_cm")
    reps = len(scores.measured(base))
    lines = (
        Line("top inclination, RMSE", rmse(base, "top_inclination_deg"), "°", "<=", TOP_RMSE_DEG, 2),
        Line("level at the top, RMSE", rmse(base, "level_top_deg"), "°", "<=", LEVEL_RMSE_DEG, 2),
        Line("lift, RMSE", scores.rmse(lift_cm), "cm", "<=", LIFT_RMSE_CM, 2, f"{len(lift_cm)} of {reps} have one"),
        Line("lift, 95 % within", scores.percentile(np.abs(lift_cm), 95), "cm", "<=", LIFT_P95_CM, 2),
        Line("reps whose lift is not trusted", 100 * scores.untrusted_lifts(base), "%", decimals=1),
        *(
            Line(f"{name} time, RMSE", rmse(base, f"{name}_s"), "s", "<=", PHASE_RMSE_S, 3)
            for name in ("concentric", "hold", "eccentric")
        ),
    )
    about = f"The same sessions: all {reps} counted reps of those that were calibrated by still holds."
    return Table("Numbers of each rep, simulated", about, lines)


def conditions(
    plain: Sequence[Scenario], base: Sequence[Outcome], faults: Sequence[Outcome], *, processes: int
) -> Table:
    """The same sessions made harder, and faults planned so that each class is well filled."""
    single = play_all(scenarios.lossy(plain, burst=1.0), processes=processes)
    bursts = play_all(scenarios.lossy(plain, burst=2.0), processes=processes)
    offset = play_all(scenarios.with_gyroscope_offset(plain), processes=processes)
    dropping = play_all(scenarios.dropping(plain), processes=processes)
    free = play_all(scenarios.uncalibrated(plain), processes=processes)
    no_gyroscope = play_all(plain, accelerometer_only=True, processes=processes)
    no_gyroscope_free = play_all(scenarios.uncalibrated(plain), accelerometer_only=True, processes=processes)
    true_deg, read_deg = scores.drops_deg(dropping)
    lines = [
        Line("2 % of packets lost singly: sets exact", scores.exact_sets(single), "", ">=", LOSSY_SHARE, 4),
        Line("2 % of packets lost singly: reps counted", scores.recall(single), "", ">=", LOSSY_SHARE, 4),
        Line("2 % of packets lost singly: level at the top, RMSE", rmse(single, "level_top_deg"), "°"),
        Line("2 % of packets lost singly: lift, RMSE", rmse(single, "lift_cm"), "cm"),
        Line("2 % lost, two in a row on average: sets exact", scores.exact_sets(bursts), decimals=4),
        Line("2 % lost, two in a row on average: reps counted", scores.recall(bursts), decimals=4),
        *offset_lines(base, offset),
        Line(
            f"free hip {scenarios.DROP_DEG}° lower in every rep: read as, mean", float(np.mean(read_deg)), "°", ">=",
            DROP_READ_DEG, 2, f"true mean {np.mean(true_deg):.2f}°",
        ),
        *arch_lines([*faults, *base]),
        Line("not calibrated: reps counted", scores.recall(free), decimals=4),
        Line("not calibrated: counted reps that are true", scores.precision(free), decimals=4),
        Line("accelerometer only: reps counted", scores.recall(no_gyroscope), decimals=4),
        Line("accelerometer only: counted reps that are true", scores.precision(no_gyroscope), decimals=4),
        Line("accelerometer only, not calibrated: reps counted", scores.recall(no_gyroscope_free), decimals=4),
        Line(
            "accelerometer only, not calibrated: counted reps that are true", scores.precision(no_gyroscope_free),
            decimals=4,
        ),
    ]  # fmt: skip
    about = (
        f"The same {len(plain)} sessions with one thing changed. Arched and short: also {len(faults)} sessions (seeds "
        f"{FIRST_FAULT_SEED}-{FIRST_FAULT_SEED + len(faults) - 1}) with good, arched and short reps in turn. "
        "Gyroscope offset: against the same session with the sensor's own offset of 0.5-5 °/s."
    )
    return Table("Harder conditions, simulated", about, tuple(lines))


def offset_lines(base: Sequence[Outcome], offset: Sequence[Outcome]) -> list[Line]:
    """What a gyroscope offset of 10 deg/s on each axis changes."""
    changed = sum(before != after for before, after in zip(scores.counts(base), scores.counts(offset), strict=True))
    lines = [Line("gyroscope offset 10 °/s on each axis: sessions counted otherwise", changed, "", "=", 0, 0)]
    for name, what in (("top_inclination_deg", "top inclination"), ("level_top_deg", "level")):
        change_deg = np.abs(scores.changes(base, offset, name))
        lines.append(
            Line(
                f"gyroscope offset: {what} changes by, 99th percentile", scores.percentile(change_deg, 99), "°",
                "<=", OFFSET_CHANGE_DEG, 2, f"largest {np.max(change_deg):.2f}°",
            )
        )  # fmt: skip
    return lines


def arch_lines(outcomes: Sequence[Outcome]) -> list[Line]:
    """Whether an arched back is told from hips that are merely low, and good reps are left alone."""
    arched, short, good = (
        scores.arched_named(outcomes),
        scores.short_left_alone(outcomes),
        scores.good_left_alone(outcomes),
    )
    return [
        Line("arched reps called arched", scores.share(arched), "", ">=", NAMED_SHARE, 3, f"{len(arched)} reps"),
        Line("short reps not called arched", scores.share(short), "", ">=", NAMED_SHARE, 3, f"{len(short)} reps"),
        Line("good reps not called arched", scores.share(good), "", ">=", LEFT_ALONE_SHARE, 3, f"{len(good)} reps"),
    ]


def rmse(outcomes: Sequence[Outcome], name: str) -> float:
    """Root mean square error of one number."""
    return scores.rmse(scores.errors(outcomes, name))


def span(plain: Sequence[Scenario], base: Sequence[Outcome]) -> str:
    """What kinds of sessions these are, in a sentence."""
    heights = [one.body.height_m for one in plain]
    rates = sorted({one.sensor.rate_hz for one in plain})
    tilts = [float(np.linalg.norm(one.wear.tilt_deg)) for one in plain]
    sites = ", ".join(f"{name} {count}" for name, count in Counter(str(one.wear.site) for one in plain).most_common())
    faulty = scores.share(bool(faults) for one in plain for plan in one.sets for faults in plan.reps)
    lengths = [one.tempo.up_s + one.tempo.hold_s + one.tempo.down_s + one.tempo.bottom_s for one in plain]
    last = FIRST_SEED + len(plain) - 1
    return (
        f"{len(plain)} random sessions (seeds {FIRST_SEED}-{last}), no packet lost: people of "
        f"{min(heights):.2f}-{max(heights):.2f} m; sensor at {sites}, in any of 24 orientations and up to "
        f"{max(tilts):.0f}° askew; {rates[0]}-{rates[-1]} Hz; {min(lengths):.1f}-{max(lengths):.1f} s a rep; "
        f"{100 * faulty:.0f} % of the planned movements with a fault or only half way; "
        f"{sum(one.was_calibrated for one in base)} sessions calibrated."
    )


def rep_note(base: Sequence[Outcome]) -> str:
    """How many reps there were."""
    return f"{sum(len(one.pairs) + len(one.missed) for one in base)} reps"


def set_note(base: Sequence[Outcome]) -> str:
    """How many sets there were."""
    return f"{sum(len(one.exact_sets) for one in base)} sets"


def told(ghosts: Sequence[str]) -> str:
    """What was done at each false count."""
    return "".join(f"; {count} x {doing}" for doing, count in sorted(Counter(ghosts).items()))
