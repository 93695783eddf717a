"""Files of slow sensors: row by row and whole the same, although whole a block spans minutes."""

from __future__ import annotations

import random
from dataclasses import fields

import numpy as np
import pytest

from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.events import CurveTraced, RepCounted
from tracker.core.model import Input, Packet
from tracker.decoders.generic_csv import HEADER, ROWS
from tracker.decoders.registry import profile
from tracker.sources.simulator import random_scenario, simulate

CURVE = [item.name for item in fields(CurveTraced) if item.name not in ("t_s", "known_s")]


@pytest.mark.parametrize("jitter", [0.0, 0.3])
@pytest.mark.parametrize("rate_hz", [1.5, 2.5, 4.0, 12.0, 25.0])
def test_the_cut_does_not_show(rate_hz: float, jitter: float) -> None:
    """Rate, events and every point of the curves; not calibrated, so that curves wait for the second rep."""
    inputs = file_of(rate_hz, jitter)
    rng = random.Random(rate_hz)
    (whole, curves), others = said(inputs, [len(inputs)], rng), [said(inputs, sizes, rng) for sizes in ([1], [7, 900])]
    assert [lines for lines, _ in others] == [whole, whole]
    assert [other for _, other in others] == [curves, curves]
    assert "StreamStarted" in whole[0]
    if rate_hz > 10:
        assert sum(line.startswith(RepCounted.__name__) for line in whole) > 1
        assert all(curves)


def file_of(rate_hz: float, jitter: float) -> list[Input]:
    """A session of four minutes and more, a row a packet. jitter: of the stamps, in periods."""
    session = simulate(random_scenario(4, rate_hz=104, loss=0.0, is_calibrated=False, set_count=4))
    true_s, samples = session.truth.t_s, session.truth.samples
    stamps_s = np.arange(true_s[0], true_s[-1], 1 / rate_hz)
    stamps_s += np.random.default_rng(1).uniform(-jitter, jitter, len(stamps_s)) / rate_hz
    columns = [*samples.acc_mps2.T, *samples.gyr_radps.T]
    rows = np.stack([stamps_s, *(np.interp(stamps_s, true_s, column) for column in columns)], axis=1)
    names = ["time_s", *(f"acc_{axis}_mps2" for axis in "xyz"), *(f"gyr_{axis}_radps" for axis in "xyz")]
    header = Packet(0.0, HEADER, ",".join(names).encode())
    return [header, *(Packet(row[0], ROWS, ",".join(f"{value:.6f}" for value in row).encode()) for row in rows)]


def said(inputs: list[Input], sizes: list[int], rng: random.Random) -> tuple[list[str], list[bytes]]:
    """Every event but the curves with all its digits, and the curves put together."""
    one = Engine(Config(), profile("generic_csv").new_decoder(), curve_rate_hz=10.0)
    happened, start = [], 0
    while start < len(inputs):
        stop = start + rng.choice(sizes)
        happened += one.feed(inputs[start:stop])
        start = stop
    happened += one.finish()
    curves = [event for event in happened if isinstance(event, CurveTraced)]
    together = [b"".join(getattr(curve, name).tobytes() for curve in curves) for name in CURVE]
    return [repr(event) for event in happened if not isinstance(event, CurveTraced)], together
