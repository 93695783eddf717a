"""A sensor that slips: the same session, its samples turned from one moment on, as if it sat otherwise on the skin."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tracker.core.model import Calibration, Input, Packet
from tracker.sources.simulator import DATA_CHANNEL

HEADER_BYTES, AXES = 8, 3


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
