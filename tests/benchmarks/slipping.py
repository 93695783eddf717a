"""A sensor that slips: the same session, its samples turned from one moment on, as if it sat otherwise on the skin.

Each session is calibrated and has two sets; the sensor slips while the lifter sits up between them, or with the last
rep of the first set of one who stays lying. The turn is at once, so that no gyroscope sees it: up is found anew from
gravity alone, which is harder than a slip that the gyroscope follows.
"""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.sessions import PROCESSES
from tests.benchmarks.tables import Line, Table
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.events import Armed, Calibrated, Event, SensorSlipped
from tracker.core.model import Calibration, CalibrationKind, Input, Packet
from tracker.decoders.registry import profile
from tracker.sources.simulator import DATA_CHANNEL, Truth, random_scenario, simulate

HEADER_BYTES, AXES = 8, 3

FIRST_SEED = 7000
FULL, QUICK = 72, 12  # sessions
ANGLES_DEG = (3.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0)
# From here on found in nearly all; the limits themselves are 5 degrees, and 8 while lying.
SURE_DEG, SURE_LYING_DEG = 8.0, 12.0
FOUND_SHARE = 0.95
ABOUT_VERTICAL_DEG = 15.0


@dataclass(frozen=True, slots=True)
class Slips:
    """One session. found: angle -> told of; vertical: the same of a turn about the vertical; alarms: without a slip.

    is_still: the lifter lay still for long enough before the next set, which is when the pose is looked at.
    """

    found: dict[float, bool]
    vertical: bool
    alarms: int
    sits_up: bool
    is_still: bool


def slipping(sessions: int, *, processes: int = PROCESSES) -> Table:
    """One table."""
    seeds = range(FIRST_SEED, FIRST_SEED + sessions)
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        played = [one for one in pool.map(slips, seeds) if one is not None]
    still = [one for one in played if one.is_still]
    sitting, lying = [one for one in still if one.sits_up], [one for one in still if not one.sits_up]
    return Table(
        "A sensor that slips between two sets",
        f"{len(played)} calibrated random sessions (seeds {seeds[0]}-{seeds[-1]}), no packet lost. Slips in random "
        "directions, while the lifter sits up between two sets, or with the last rep of one who stays lying; looked "
        f"for where somebody lies still for 2 s before the next set: in {len(sitting)} and {len(lying)} of them.",
        (
            Line("false alarms without a slip", sum(one.alarms for one in played), "", "=", 0, 0),
            *(_found("after sitting up", angle_deg, sitting, SURE_DEG) for angle_deg in ANGLES_DEG),
            *(_found("still lying", angle_deg, lying, SURE_LYING_DEG) for angle_deg in ANGLES_DEG),
            Line(
                f"turned by {ABOUT_VERTICAL_DEG:.0f}° about the vertical alone: found",
                sum(one.vertical for one in still) / len(still),
                note="gravity does not show it",
            ),
        ),
    )


def _found(who: str, angle_deg: float, among: Sequence[Slips], sure_deg: float) -> Line:
    fact = f"{who}, rest pose moved by {angle_deg:.0f}°: found"
    share = sum(one.found[angle_deg] for one in among) / max(len(among), 1)
    return Line(fact, share, "", ">=", FOUND_SHARE) if angle_deg >= sure_deg else Line(fact, share)


def slips(seed: int) -> Slips | None:
    """The session as it is, then with each slip; None where it was not calibrated by still holds."""
    simulation = simulate(random_scenario(seed, loss=0.0, set_count=2))
    events = _events(simulation.inputs)
    calibrated = [event.calibration for event in events if isinstance(event, Calibrated)]
    if not calibrated or calibrated[0].kind is not CalibrationKind.HOLD:
        return None
    at_s, set_s, sits_up = _slips_at(simulation.truth)
    rng = np.random.default_rng([seed, 102])

    def is_found(rotation: NDArray[np.float64]) -> bool:
        return _alarms(_events(turned(simulation.inputs, rotation, after_s=at_s))) > 0

    found = {
        angle_deg: is_found(tipping(calibrated[0], float(rng.uniform(0, 360)), angle_deg)) for angle_deg in ANGLES_DEG
    }
    vertical = is_found(about(_vertical(calibrated[0]), ABOUT_VERTICAL_DEG))
    is_still = any(isinstance(event, Armed) and at_s < event.t_s < set_s for event in events)
    return Slips(found, vertical, _alarms(events), sits_up, is_still)


def _slips_at(truth: Truth) -> tuple[float, float, bool]:
    """When, when the second set begins, and whether the lifter sits up between."""
    first, second = truth.sets
    rest_s, set_s = truth.reps[first.rep_indices[-1]].end_s, truth.reps[second.rep_indices[0]].start_s
    for start_s, end_s, label in truth.activities:
        if label == "sit_up" and rest_s <= start_s <= set_s:
            return (start_s + end_s) / 2, set_s, True
    return rest_s, set_s, False


def _events(inputs: Sequence[Input]) -> list[Event]:
    engine = Engine(Config(), profile("imu_stream").new_decoder())
    return [*engine.feed(inputs), *engine.finish()]


def _alarms(events: Sequence[Event]) -> int:
    return sum(isinstance(event, SensorSlipped) for event in events)


def _vertical(calibration: Calibration) -> NDArray[np.float64]:
    """Where up points at the bottom, unit vector in the sensor frame."""
    bottom = math.radians(calibration.bottom_deg)
    return np.array(calibration.anterior) * math.cos(bottom) + np.array(calibration.cranial) * math.sin(bottom)


def turned(inputs: Sequence[Input], rotation: NDArray[np.float64], *, after_s: float) -> list[Input]:
    """The inputs with every sample that arrived after this moment rotated (3, 3); counts stay whole."""
    return [
        _turned(item, rotation)
        if isinstance(item, Packet) and item.channel == DATA_CHANNEL and item.received_s > after_s
        else item
        for item in inputs
    ]


def _turned(packet: Packet, rotation: NDArray[np.float64]) -> Packet:
    head, body = packet.payload[:HEADER_BYTES], packet.payload[HEADER_BYTES:]
    counts = np.frombuffer(body, dtype="<i2").reshape(-1, AXES)
    moved = np.clip(np.rint(counts @ rotation.T), -32768, 32767).astype("<i2")
    return packet._replace(payload=head + moved.tobytes())


def about(axis: NDArray[np.float64], angle_deg: float) -> NDArray[np.float64]:
    """The rotation (3, 3) about a unit axis."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = math.radians(angle_deg)
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross)


def tipping(calibration: Calibration, direction_deg: float, angle_deg: float) -> NDArray[np.float64]:
    """The rotation that moves the calibrated rest pose by this angle in this direction: 0 = to a side, 90 = forward."""
    bottom = math.radians(calibration.bottom_deg)
    right = np.array(calibration.right)
    along = np.array(calibration.anterior) * math.sin(bottom) - np.array(calibration.cranial) * math.cos(bottom)
    direction = math.radians(direction_deg)
    axis = math.cos(direction) * along + math.sin(direction) * right
    return about(axis / np.sqrt(axis @ axis), angle_deg)
