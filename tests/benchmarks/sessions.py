"""A scenario played through decoder and engine, and what was counted laid beside what really happened.

A counted rep belongs to the true rep in whose time its top lies (half a second of margin either side), the nearest
arrival first; every true rep takes at most one. What is left over was counted without a rep.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.stream_clock import StreamClock, stream_clock
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.events import Calibrated, Event, RepCounted, RepJudged, SensorSlipped
from tracker.core.model import CalibrationKind, Command, Input, JudgedRep, Packet
from tracker.decoders.generic_csv import HEADER, ROWS
from tracker.decoders.registry import profile
from tracker.sources.simulator import Scenario, Simulation, TrueRep, Truth, simulate

MARGIN_S = 0.5
EXERCISE = "set"  # activities of the exercise itself are named set_left, set_right, set
ROWS_A_PACKET = 10
PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Pair:
    """A true rep and what the engine made of it; delay_s: from the true arrival at the top to the spoken number."""

    truth: TrueRep
    counted: RepCounted
    judged: JudgedRep | None
    delay_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """One session. ghosts: what the lifter really did when a rep was counted that was none.

    exact_sets: for every true set with reps, whether one set of the engine holds exactly its reps.
    other_s: seconds of everything that is no exercise. was_calibrated: by still holds. slips: how often the sensor was
    said to have slipped, which none does.
    """

    seed: int
    rate_hz: int
    pairs: tuple[Pair, ...]
    missed: tuple[TrueRep, ...]
    ghosts: tuple[str, ...]
    exact_sets: tuple[bool, ...]
    other_s: float
    was_calibrated: bool
    slips: int


def play(scenario: Scenario, *, accelerometer_only: bool = False) -> Outcome:
    """Simulate, run, compare."""
    simulation = simulate(scenario)
    if accelerometer_only:
        decoder, inputs = "generic_csv", without_gyroscope(simulation)
    else:
        decoder, inputs = "imu_stream", list(simulation.inputs)
    engine = Engine(Config(), profile(decoder).new_decoder())
    events = [*engine.feed(inputs), *engine.finish()]
    return compared(simulation, events, stream_clock(simulation.truth, inputs, decoder))


def play_without_gyroscope(scenario: Scenario) -> Outcome:
    """The same person with a sensor that only measures acceleration."""
    return play(scenario, accelerometer_only=True)


def play_all(
    scenarios: Sequence[Scenario], *, accelerometer_only: bool = False, processes: int = PROCESSES
) -> list[Outcome]:
    """Every scenario, in order."""
    run = play_without_gyroscope if accelerometer_only else play
    if processes == 1:
        return [run(scenario) for scenario in scenarios]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:  # fork and BLAS threads do not go together
        return pool.map(run, scenarios, chunksize=4)


def without_gyroscope(simulation: Simulation) -> list[Input]:
    """The accelerometer's samples as generic CSV packets, with the person's commands between them."""
    truth = simulation.truth
    header = b"time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2"
    inputs: list[Input] = [Packet(0.0, HEADER, header)]
    rate_hz = simulation.scenario.sensor.rate_hz
    rows = [f"{i / rate_hz!r},{x!r},{y!r},{z!r}" for i, (x, y, z) in enumerate(truth.samples.acc_mps2.tolist())]
    for start in range(0, len(rows), ROWS_A_PACKET):
        piece = rows[start : start + ROWS_A_PACKET]
        arrival_s = float(truth.t_s[start + len(piece) - 1])
        inputs.append(Packet(arrival_s, ROWS, "\n".join(piece).encode()))
    inputs += [item for item in simulation.inputs if isinstance(item, Command)]
    return sorted(inputs, key=lambda item: item.received_s)


def compared(simulation: Simulation, events: Sequence[Event], clock: StreamClock) -> Outcome:
    """What these events say, beside the truth."""
    truth = simulation.truth
    counted = [event for event in events if isinstance(event, RepCounted)]
    judged = {event.judged.rep_id: event.judged for event in events if isinstance(event, RepJudged)}
    calibrations = [event.calibration for event in events if isinstance(event, Calibrated)]
    pairs: list[Pair] = []
    missed: list[TrueRep] = []
    free = list(counted)
    for rep in truth.counted:
        partner = _partner(rep, free, clock)
        if partner is None:
            missed.append(rep)
            continue
        free.remove(partner)
        delay_s = partner.known_s - clock.at(rep.arrival_s)
        pairs.append(Pair(rep, partner, judged.get(partner.rep_id), delay_s))
    return Outcome(
        seed=simulation.scenario.seed,
        rate_hz=simulation.scenario.sensor.rate_hz,
        pairs=tuple(pairs),
        missed=tuple(missed),
        ghosts=tuple(_doing(event.t_s, clock) for event in free),
        exact_sets=_exact_sets(pairs, counted, truth),
        other_s=sum(end - start for start, end, label in truth.activities if not label.startswith(EXERCISE)),
        was_calibrated=bool(calibrations) and calibrations[-1].kind is CalibrationKind.HOLD,
        slips=sum(isinstance(event, SensorSlipped) for event in events),
    )


def _partner(rep: TrueRep, free: Sequence[RepCounted], clock: StreamClock) -> RepCounted | None:
    start_s, end_s = clock.at(rep.start_s) - MARGIN_S, clock.at(rep.end_s) + MARGIN_S
    inside = [event for event in free if start_s <= event.t_s <= end_s]
    arrival_s = clock.at(rep.arrival_s)
    return min(inside, key=lambda event: abs(event.t_s - arrival_s), default=None)


def _exact_sets(pairs: Sequence[Pair], counted: Sequence[RepCounted], truth: Truth) -> tuple[bool, ...]:
    sizes = Counter(event.set_number for event in counted)
    exact = []
    for true_set in truth.sets:
        true_count = sum(not truth.reps[index].is_partial for index in true_set.rep_indices)
        if not true_count:
            continue
        found = [pair.counted.set_number for pair in pairs if pair.truth.set_number == true_set.number]
        exact.append(len(found) == true_count and len(set(found)) == 1 and sizes[found[0]] == true_count)
    return tuple(exact)


def _doing(t_s: float, clock: StreamClock) -> str:
    for start_s, end_s, label in clock.truth.activities:
        if clock.at(start_s) <= t_s < clock.at(end_s):
            return label
    return "nothing named"
