"""Swapped, mirrored and mis-scaled axes are found from gravity against gyroscope, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from tests.phones.motion import motion_of
from tracker.core.axes import AxesCheck
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.events import StreamWarning
from tracker.core.model import Packet, Samples
from tracker.decoders.registry import profile
from tracker.sources.simulator import NAMED, random_scenario

RATE_HZ = 25.0


def rows_of(scenario):
    """Specific force and rate (n, 3) at 25 samples a second, as the engine's grid has them."""
    motion = motion_of(scenario, acc_hz=50, gyr_hz=50)
    rates = np.stack([np.interp(motion.acc_s, motion.gyr_s, motion.gyr_radps[:, axis]) for axis in range(3)], axis=1)
    even = len(rates) // 2 * 2
    return tuple(values[:even].reshape(-1, 2, 3).mean(axis=1) for values in (motion.acc_mps2, rates))


def said(acc, gyr, cuts=()):
    """What the check says of these rows, fed in pieces that end at `cuts`."""
    check = AxesCheck(RATE_HZ)
    sentences = []
    for start, stop in zip([0, *cuts], [*cuts, len(acc)], strict=True):
        n = stop - start
        block = Samples(
            np.arange(start, stop) / RATE_HZ, acc[start:stop], gyr[start:stop], np.zeros(n, int), np.zeros(n)
        )
        sentences += [(start + row, sentence) for row, sentence in check.feed(block)]
    return sentences


@pytest.fixture(scope="module")
def rows():
    return rows_of(random_scenario(1))


@pytest.mark.parametrize("seed", range(12))
def test_sound_sensors_are_left_alone(seed):
    """Any body, place and mounting, also with a gyroscope offset of 10 deg/s: nothing is said."""
    assert said(*rows_of(random_scenario(seed, gyr_bias_dps=10.0 if seed % 2 else None))) == []


@pytest.mark.parametrize(
    ("acc_axes", "gyr_axes", "words"),
    [
        ((-1, 2, 3), (1, 2, 3), "the accelerometer's x is turned round"),
        ((1, -2, 3), (1, 2, 3), "the accelerometer's y is turned round"),
        ((1, 2, 3), (-1, 2, 3), "the gyroscope's x is turned round"),
        ((1, 2, 3), (1, 3, 2), "the gyroscope's axes are in the order x, z, y"),
        ((2, 1, 3), (1, 2, 3), "the accelerometer's axes are in the order y, x, z"),
    ],
)
def test_swaps_and_mirrors_are_named(rows, acc_axes, gyr_axes, words):
    """The sentence names the axes to mend."""
    acc, gyr = (
        values[:, [abs(axis) - 1 for axis in axes]] * np.sign(axes)
        for values, axes in zip(rows, (acc_axes, gyr_axes), strict=True)
    )
    ((_, sentence),) = said(acc, gyr)
    assert words in sentence


@pytest.mark.parametrize(
    ("factor", "words"), [(180 / np.pi, "57 times too large"), (np.pi / 180, "57 times too small")]
)
def test_units_of_the_rate_are_named(rows, factor, words):
    """Degrees for radians, and radians for degrees."""
    ((_, sentence),) = said(rows[0], rows[1] * factor)
    assert words in sentence


def test_what_can_not_be_found_is_not_guessed(rows):
    """A negation of all three accelerations obeys the same law: nothing is said."""
    assert said(-rows[0], rows[1]) == []


def test_any_feeding_says_the_same_at_the_same_row(rows):
    """Whole, row by row and in pieces."""
    mirrored = rows[0] * (-1, 1, 1)
    whole = said(mirrored, rows[1])
    assert len(whole) == 1
    assert said(mirrored, rows[1], list(range(1, len(mirrored)))) == whole
    assert said(mirrored, rows[1], [7, 8, 300, 301, 1000]) == whole


def test_the_engine_says_it_once_in_the_same_place(rows):
    """As a warning with the code `axes`, at the same place in the stream however it is fed."""
    acc, gyr = rows[0] * (-1, 1, 1), rows[1]
    lines = [
        ",".join(map(repr, [k / RATE_HZ, *a, *g]))
        for k, (a, g) in enumerate(zip(acc.tolist(), gyr.tolist(), strict=True))
    ]
    header = (
        "time_s,"
        + ",".join(f"acc_{axis}_mps2" for axis in "xyz")
        + ","
        + ",".join(f"gyr_{axis}_radps" for axis in "xyz")
    )
    packets = [Packet(0.0, "header", header.encode())]
    packets += [Packet(k / RATE_HZ, "rows", line.encode()) for k, line in enumerate(lines)]

    def events(size):
        engine = Engine(Config(), profile("generic_csv").new_decoder())
        found = [
            event for start in range(0, len(packets), size) for event in engine.feed(packets[start : start + size])
        ]
        return found + engine.finish()

    whole = events(len(packets))
    assert [event.code for event in whole if isinstance(event, StreamWarning)].count("axes") == 1
    assert list(map(repr, events(1))) == list(map(repr, whole))


def test_holes_forget_the_turn(rows):
    """Rows that were filled in say nothing of turning."""
    acc, gyr = rows[0] * (-1, 1, 1), rows[1]
    check = AxesCheck(RATE_HZ)
    n = len(acc)
    filled = np.zeros(n, int)
    filled[::20] = 1
    assert check.feed(Samples(np.arange(n) / RATE_HZ, acc, gyr, filled, np.zeros(n))) == []


def test_the_named_sessions_are_sound():
    """No warning about axes in any session of the catalogue."""
    for scenario in NAMED.values():
        assert said(*rows_of(scenario)) == []
