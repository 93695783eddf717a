"""Physical-therapy exercises: ten correct, ten fast, ten of low amplitude in each file, counted and told apart.

The recordings begin with the first movement, and the engine waits for two seconds of lying still. So four seconds of
the file's own rest, from before the second block, are put in front.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tests.benchmarks import recorded
from tests.benchmarks.recorded import DATA, Recorded, counted_reps, events_of, labels
from tests.benchmarks.tables import Line
from tracker.core.config import Config, with_settings
from tracker.core.model import Rep

FOLDER = DATA / "uci_pt_exercises"
REST_S = 4.0
BEFORE_BLOCK_S = 1.0  # a block's first label may begin a little after the movement
KINDS = ("correct", "fast", "low_amplitude")
# e3 raises the thigh of one person 14-18 deg, in the low ones 8-12: less than the 15 deg that the product asks for, and
# half of the correct ones, where the product draws the line between a rep and a partial.
SMALL = {"rep.min_range_deg": 8.0, "calibration.range_min_deg": 12.0, "rep.counted_fraction": 0.4}
SMALL_EXERCISE = "e3"

COUNT, WITHIN = 10, 1
FAST_HOLD = 0.5  # of the median hold of the correct ones; a turning point instead of a hold
LOW_RANGE = 0.85  # of the median range of the correct ones; the labels have 0.64-0.75
TOLD_APART = 0.9


class Blocks(NamedTuple):
    """The counted reps of one file by kind."""

    name: str
    correct: list[Rep]
    fast: list[Rep]
    low_amplitude: list[Rep]


def lines() -> tuple[str, list[Line]]:
    """Counts a block, and the two faults by the product's own numbers."""
    files = [blocks(name) for name in sorted({row["file"] for row in labels(FOLDER / "counts.csv")})]
    counts = {f"{file.name} {kind}": len(getattr(file, kind)) for file in files for kind in KINDS}
    right = [abs(count - COUNT) <= WITHIN for count in counts.values()]
    note = ", ".join(f"{name}: {count}" for name, count in counts.items() if count != COUNT) or "none"
    holds, ranges = [told_by_hold(file) for file in files], [told_by_range(file) for file in files]
    rows = [
        Line("blocks of 10 with 9 to 11 counted", sum(right), "", "=", len(right), 0, f"other than 10: {note}"),
        Line("fast told from correct by `hold_s`", _share(holds), "", ">=", TOLD_APART, 3, _of(holds)),
        Line("low amplitude told from correct by `range_deg`", _share(ranges), "", ">=", TOLD_APART, 3, _of(ranges)),
    ]
    settings = ", ".join(f"`{key}={value:g}`" for key, value in SMALL.items())
    about = (
        f"{REST_S:.0f} s of each file's own rest are put in front. e1 seated knee extension: default settings; e3 "
        f"straight-leg raise (down to 8°): {settings}. Fast: hold below {FAST_HOLD:g} of the median of the correct "
        f"ones; low amplitude: range below {LOW_RANGE:g} of it; counted: reps on their right side."
    )
    return about, rows


def blocks(name: str) -> Blocks:
    """One file through the product."""
    starts_s = {
        row["kind"]: float(row["first_start_s"]) for row in labels(FOLDER / "counts.csv") if row["file"] == name
    }
    file, shift_s = rested(recorded.uci(FOLDER / name), starts_s["fast"])
    is_small = SMALL_EXERCISE in name.split("/")
    reps = counted_reps(events_of(file, with_settings(Config(), SMALL if is_small else {})))
    edges_s = [-np.inf, *(starts_s[kind] - BEFORE_BLOCK_S + shift_s for kind in KINDS[1:]), np.inf]
    parts = [[rep for t_s, rep in reps if start_s <= t_s < end_s] for start_s, end_s in itertools.pairwise(edges_s)]
    return Blocks(name.removesuffix("/test.txt"), *parts)


def rested(file: Recorded, moving_from_s: float) -> tuple[Recorded, float]:
    """The file with the rest that ends before `moving_from_s` also in front of it, and how much later all comes."""
    assert file.gyr_radps is not None
    step_s = file.t_s[1] - file.t_s[0]
    stop = int((moving_from_s - BEFORE_BLOCK_S) / step_s)
    start = stop - int(REST_S / step_s)
    acc = np.concatenate((file.acc_mps2[start:stop], file.acc_mps2))
    gyr = np.concatenate((file.gyr_radps[start:stop], file.gyr_radps))
    stamps_s = np.arange(len(acc)) * step_s
    return Recorded(file.name, stamps_s, acc, gyr), (stop - start) * step_s


def told_by_hold(file: Blocks) -> list[bool]:
    """For each correct and fast rep: whether its hold says which it is."""
    limit_s = FAST_HOLD * _median(file.correct, "hold_s")
    return [rep.hold_s >= limit_s for rep in file.correct] + [rep.hold_s < limit_s for rep in file.fast]


def told_by_range(file: Blocks) -> list[bool]:
    """For each correct and low rep: whether its range says which it is."""
    limit_deg = LOW_RANGE * _median(file.correct, "range_deg")
    is_full = [rep.range_deg >= limit_deg for rep in file.correct]
    return is_full + [rep.range_deg < limit_deg for rep in file.low_amplitude]


def _median(reps: Sequence[Rep], name: str) -> float:
    return float(np.median([getattr(rep, name) for rep in reps])) if reps else float("nan")


def _share(facts: list[list[bool]]) -> float:
    flat = list(itertools.chain.from_iterable(facts))
    return sum(flat) / len(flat) if flat else float("nan")


def _of(facts: list[list[bool]]) -> str:
    return f"{sum(map(sum, facts))} of {sum(map(len, facts))} reps"
