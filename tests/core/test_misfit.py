"""Accelerometer and gyroscope that do not fit together, or are in other units, are told of, never believed."""

from __future__ import annotations

import re
import struct

import pytest

from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.events import Calibrated, CalibrationRefused, StreamWarning
from tracker.core.model import CalibrationKind, Packet
from tracker.decoders.registry import profile
from tracker.sources.simulator import DATA_CHANNEL, NAMED, simulate


def said(change_payload, *, scale=1.0, packets=600):
    """Events of a clean session whose samples (6 int16 each) or acceleration scale were changed."""
    inputs = []
    for item in simulate(NAMED["clean_pair"]).inputs[:packets]:
        if isinstance(item, Packet) and item.channel == DATA_CHANNEL:
            counts = struct.unpack(f"<{(len(item.payload) - 8) // 2}h", item.payload[8:])
            rows = [change_payload(counts[start : start + 6]) for start in range(0, len(counts), 6)]
            flat = [value for row in rows for value in row]
            inputs.append(item._replace(payload=item.payload[:8] + struct.pack(f"<{len(flat)}h", *flat)))
        elif isinstance(item, Packet):
            per_count = scale * struct.unpack("<f", item.payload[12:16])[0]
            payload = item.payload[:12] + struct.pack("<f", per_count) + item.payload[16:]
            inputs.append(item._replace(payload=payload))
        else:
            inputs.append(item)
    engine = Engine(Config(), profile("imu_stream").new_decoder())
    return engine.feed(inputs) + engine.finish()


def test_the_session_as_it_is_calibrates():
    """The control: unchanged, nothing is complained of."""
    events = said(lambda row: row)
    assert any(isinstance(event, Calibrated) and event.calibration.kind is CalibrationKind.HOLD for event in events)
    assert not any(isinstance(event, StreamWarning) for event in events)


def test_swapped_axes_do_not_calibrate():
    """Two acceleration axes swapped give thrusts that no body makes; the calibration is refused."""
    events = said(lambda row: (row[1], row[0], *row[2:]))
    assert not any(isinstance(event, Calibrated) and event.calibration.kind is CalibrationKind.HOLD for event in events)
    assert any(isinstance(event, CalibrationRefused) for event in events)


@pytest.mark.parametrize(
    ("change", "scale", "cause"),
    [
        (lambda row: (*row[3:], *row[:3]), 1.0, "without gravity"),
        (lambda row: row, 1000 / 9.80665, "another range"),
    ],
)
def test_what_never_seems_to_rest_is_told_too(change, scale, cause):
    """Rate and acceleration exchanged, or thousandths of g: once, after half a minute without a rest."""
    warnings = [event for event in said(change, scale=scale, packets=6000) if isinstance(event, StreamWarning)]
    found = [event for event in warnings if event.code == "gravity"]
    assert [bool(re.search(cause, event.message)) for event in found] == [True]
    assert found[0].t_s == pytest.approx(30.0, abs=0.1)
    assert found[0].message.startswith("Nothing is ever still")


@pytest.mark.parametrize(
    ("scale", "cause"),
    [(1 / 9.80665, "g where m/s2"), (9.80665, "m/s2 where g"), (0.2, "without gravity"), (2.0, "another range")],
)
def test_gravity_tells_what_is_wrong(scale, cause):
    """What a resting accelerometer reads names the likely cause."""
    warnings = [event for event in said(lambda row: row, scale=scale) if isinstance(event, StreamWarning)]
    assert [bool(re.search(cause, event.message)) for event in warnings if event.code == "gravity"] == [True]
