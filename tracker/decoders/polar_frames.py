"""Polar's data frames taken apart: raw and delta-compressed samples of three channels, and setting blocks.

Sources: polarofficial/polar-ble-sdk (tests and technical documentation), "Polar Measurement Data Specification" 1.0.
Deltas are read least significant bit first across the bytes, channel by channel, two's complement, each added to the
sample before; every block starts on a byte border. Every function raises ValueError with one sentence.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

ACC, GYR = 2, 5
_HEAD_BYTES = 10
_LARGEST_NS = 2**63  # the year 2292
# What a setting's values are, as in `struct`: rate, resolution, range, range in thousandths, channels, factor.
SETTING_FORMATS = {0: "H", 1: "H", 2: "H", 3: "I", 4: "B", 5: "f"}
FACTOR = 5
_REFERENCE_BYTES = 2  # of one channel in counts, at 16 bit

Sample = tuple[float, ...]


class Frame(NamedTuple):
    """kind: ACC or GYR; stamp_ns: device time of the last sample; is_in_counts: the samples need the scale factor."""

    kind: int
    stamp_ns: int
    is_in_counts: bool
    samples: list[Sample]


def read_frame(payload: bytes, reference_bytes: int = _REFERENCE_BYTES) -> Frame:
    """A data frame's samples: counts, mG (acceleration) or deg/s (rate), as the frame type says.

    reference_bytes: of one channel of a compressed frame in counts, as the resolution that was asked for has it.
    """
    if len(payload) <= _HEAD_BYTES:
        raise ValueError(f"a data frame has more than {_HEAD_BYTES} bytes.")
    kind, frame_type, content = payload[0] & 0x3F, payload[9], payload[_HEAD_BYTES:]
    stamp_ns = int.from_bytes(payload[1:9], "little")
    if stamp_ns >= _LARGEST_NS:
        raise ValueError("the device time is no time.")
    match kind, frame_type:
        case ((2 | 5), 0x80):
            return Frame(kind, stamp_ns, True, _as_floats(read_deltas(content, reference_bytes)))
        case 2, 0x81:
            return Frame(kind, stamp_ns, False, _as_floats(read_deltas(content, reference_bytes)))
        case 5, 0x81:
            bits = read_deltas(content, 4)
            floats = [struct.unpack("<3f", struct.pack("<3I", *(value & 0xFFFFFFFF for value in row))) for row in bits]
            return Frame(kind, stamp_ns, False, floats)
        case 2, (0 | 1 | 2):
            return Frame(kind, stamp_ns, False, _raw(content, frame_type + 1))
    raise ValueError(f"type {kind} with frame type 0x{frame_type:02x} is not known.")


def read_deltas(content: bytes, width: int) -> list[tuple[int, int, int]]:
    """Samples of a compressed content: a reference of 3 x `width` bytes, then blocks of deltas."""
    end = 3 * width
    if len(content) < end:
        raise ValueError("the frame ends inside its reference sample.")
    x, y, z = (int.from_bytes(content[k : k + width], "little", signed=True) for k in range(0, end, width))
    samples = [(x, y, z)]
    while end < len(content):
        if len(content) < end + 2 or not 1 <= content[end] <= 32:
            raise ValueError("the frame has a damaged block of deltas.")
        bits, count = content[end], content[end + 1]
        begin, end = end + 2, end + 2 + (bits * 3 * count + 7) // 8
        if end > len(content):
            raise ValueError("the frame ends inside a block of deltas.")
        pool = int.from_bytes(content[begin:end], "little")
        mask, sign = (1 << bits) - 1, 1 << (bits - 1)
        for _ in range(count):
            x += ((pool & mask) ^ sign) - sign
            y += ((pool >> bits & mask) ^ sign) - sign
            z += ((pool >> 2 * bits & mask) ^ sign) - sign
            pool >>= 3 * bits
            samples.append((x, y, z))
    return samples


def read_settings(block: bytes) -> dict[int, tuple[float, ...]]:
    """The values of each setting in a block, up to what is no setting: a spare byte at the end is no fault."""
    settings: dict[int, tuple[float, ...]] = {}
    place = 0
    while place + 2 <= len(block):
        kind, count = block[place], block[place + 1]
        values = SETTING_FORMATS.get(kind)
        if values is None or place + 2 + count * struct.calcsize(values) > len(block):
            break
        settings[kind] = struct.unpack_from(f"<{count}{values}", block, place + 2)
        place += 2 + count * struct.calcsize(values)
    return settings


def read_factor(block: bytes) -> float | None:
    """The scale factor in a setting block; None if there is none."""
    values = read_settings(block).get(FACTOR)
    if not values:
        return None
    if not 0 < values[0] < 1e3:
        raise ValueError("the scale factor is no factor.")
    return values[0]


def _raw(content: bytes, width: int) -> list[Sample]:
    if not content or len(content) % (3 * width):
        raise ValueError(f"{len(content)} bytes are no whole samples.")
    values = [
        float(int.from_bytes(content[k : k + width], "little", signed=True)) for k in range(0, len(content), width)
    ]
    return [tuple(values[k : k + 3]) for k in range(0, len(values), 3)]


def _as_floats(samples: list[tuple[int, int, int]]) -> list[Sample]:
    return [tuple(map(float, sample)) for sample in samples]
