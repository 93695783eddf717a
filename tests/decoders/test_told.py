"""What sensors say besides samples, and how decoders find their feet again."""

from __future__ import annotations

import struct
import zlib

import pytest

from tracker.core.model import Battery, Packet
from tracker.decoders import PROFILES, capture2go, imu_stream, openearable2, puckjs
from tracker.decoders.profile import Write
from tracker.errors import DecodeError


def decoded(kind, *packets):
    return PROFILES[kind].new_decoder().decode([Packet(0.01 * k, *packet) for k, packet in enumerate(packets)])


REPLIES = [
    ("witmotion", b"\x55\x71\x64\x00" + (388).to_bytes(2, "little") + bytes(14), 75),
    ("metawear", bytes.fromhex("118c570f10"), 87),
    ("metawear_s", bytes.fromhex("118c570f10"), 87),
    ("movesense", bytes.fromhex("0169c80057"), 87),
]


@pytest.mark.parametrize(("kind", "reply", "percent"), REPLIES)
def test_the_battery_is_told_where_it_is_asked_by_a_request(kind, reply, percent):
    """The notification that answers the profile's request; all others are read from a characteristic."""
    assert decoded(kind, (PROFILES[kind].notify[0], reply)).messages == (Battery(percent),)
    assert isinstance(PROFILES[kind].battery, Write)


def test_all_other_batteries_are_read_or_told_without_asking():
    """Whatever is asked by a request has a reply above."""
    asked = {kind for kind, item in PROFILES.items() if isinstance(item.battery, Write)}
    assert asked == {kind for kind, _, _ in REPLIES}


def test_imu_stream_overflow_is_told():
    """Bit 3 of the state: samples were lost inside the sensor."""
    status = struct.pack("<BBHBBHIff", 1, 9, 100, 8, 10, 1000, 10_000_000, 0.5, 0.5)
    assert "lost samples" in decoded("imu_stream", (imu_stream.STATUS, status)).messages[0]
    with pytest.raises(DecodeError, match="nothing is known"):
        imu_stream.describe("?", status)


def test_openearable2_several_samples_share_a_stamp():
    """A packet of two samples ends with the step between them."""
    sample = struct.pack("<9f", 1, 2, 3, 4, 5, 6, 0, 0, 0)
    packet = bytes([0, 72]) + (1_000_000).to_bytes(8, "little") + sample * 2 + (20_000).to_bytes(2, "little")
    result = decoded("openearable2", (openearable2.DATA, packet))
    assert result.readings.device_s.tolist() == pytest.approx([1.0, 1.02])
    late = bytes([0, 36]) + b"\xff" * 8 + sample
    assert "no time" in decoded("openearable2", (openearable2.DATA, late)).rejected[0].reason


def test_puckjs_text_that_is_no_sample():
    """Error texts come out as messages; endless, mixed and impossible lines are rejected."""
    line = b"I,1,20,1,2,8192,4,5,6\r\n"
    event = b'{"acc":{"x":1,"y":2,"z":3},"gyro":{"x":4,"y":5,"z":6}}\r\n'
    result = decoded(
        "puckjs",
        (puckjs.NOTIFY, b">Uncaught ReferenceError\r\n\r\n" + line + event),
        (puckjs.NOTIFY, b"I,70000,20,1,2,3,4,5,6\nI,7,20,1,2,40000,4,5,6\nI,broken\n"),
        (puckjs.NOTIFY, b"x" * 300),
        ("?", line),
        (puckjs.NOTIFY, line),
    )
    assert result.messages == ("Uncaught ReferenceError",)
    words = ("mixed", "out of range", "out of range", "no whole sample", "does not end", "channel ?")
    assert [word in error.reason for word, error in zip(words, result.rejected, strict=True)] == [True] * 6
    assert result.readings.counter.tolist() == [1, 1]


def package(header, body):
    content = header.to_bytes(2, "little") + body
    return b"\x02" + zlib.crc32(content).to_bytes(4, "little") + bytes([len(body)]) + content


def test_capture2go_finds_the_next_package_after_a_tear():
    """A damaged stream costs the package it hit; damaged and unknown packages are rejected with a reason."""
    good = package(capture2go.REAL_TIME, (5_000_000_000).to_bytes(8, "little") + bytes(29))
    late = package(capture2go.REAL_TIME, b"\xff" * 8 + bytes(29))
    unknown = package(0x0999, bytes(20))
    channel = capture2go.NOTIFY
    result = decoded(
        "capture2go",
        (channel, b"\xff" + b"\x00\x01" + good),
        (channel, b"\xff" + good[:-1] + b"\x01" + good),
        (channel, b"\xfe" + good[:20]),
        (channel, b"\xff" + late + unknown + good),
        ("?", good),
        (channel, b""),
    )
    assert result.readings.device_s.tolist() == [5.0] * 3
    reasons = " ".join(error.reason for error in result.rejected)
    for words in ("stream is damaged", "package is damaged", "no time", "0999", "channel ?"):
        assert words in reasons
