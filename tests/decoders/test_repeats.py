"""Notifications that a Bluetooth stack delivers twice, from sensors that neither number nor stamp their samples."""

from __future__ import annotations

import struct

import pytest

from tracker.core.model import Packet
from tracker.decoders import PROFILES, metawear, sensortag_cc2650, thingy52, witmotion

FRAME = b"\x55\x61" + struct.pack("<9h", 100, -200, 2040, 0, 0, 0, 5, 6, 7)
OTHER = b"\x55\x61" + struct.pack("<9h", 101, -200, 2040, 0, 0, 0, 5, 6, 7)
THREE = struct.pack("<9h", *range(9))

REPEATED = [
    ("witmotion", witmotion.NOTIFY, FRAME + OTHER),
    ("thingy52", thingy52.RAW, struct.pack("<9h", *range(9))),
    ("sensortag_cc2650", sensortag_cc2650.DATA, struct.pack("<9h", *range(9))),
    ("metawear", metawear.NOTIFY, b"\x03\x1c" + THREE),
    ("metawear", metawear.NOTIFY, b"\x13\x07" + THREE),
]


def rejections(kind, packets, *, at_once):
    decoder = PROFILES[kind].new_decoder()
    blocks = [packets] if at_once else [[packet] for packet in packets]
    return [error.reason for block in blocks for error in decoder.decode(block).rejected]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(("kind", "channel", "payload"), REPEATED)
def test_many_noisy_numbers_do_not_repeat_by_chance(kind, channel, payload, at_once):
    """The same bytes again are the same message again, once each time."""
    other = payload[:-1] + bytes([payload[-1] ^ 1])
    packets = [Packet(0.01 * place, channel, item) for place, item in enumerate((payload, payload, other, payload))]
    assert rejections(kind, packets, at_once=at_once) == ["the message repeats the one before."]


def test_a_single_frame_of_a_sensor_at_rest_may_repeat():
    """WitMotion's rates are zero at rest and its angles stand: one frame alone is believed twice."""
    packets = [Packet(0.01 * place, witmotion.NOTIFY, FRAME) for place in range(3)]
    assert rejections("witmotion", packets, at_once=True) == []
    assert len(PROFILES["witmotion"].new_decoder().decode(packets).readings) == 3
