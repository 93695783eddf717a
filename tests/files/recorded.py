"""A small recording of every kind of input, to be damaged."""

from datetime import UTC, datetime
from pathlib import Path

from tracker.core.config import Config, with_settings
from tracker.core.model import Command, CommandName, Input, Packet
from tracker.header import Header
from tracker.recording import RecordingWriter

HEADER = Header(
    session_id="20250102T030405Z-abcd",
    device="simulated sensor",
    decoder="imu_stream",
    nominal_rate_hz=104.0,
    started_at=datetime(2025, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    time_zone="CET",
    utc_offset_s=3600,
    config=with_settings(Config(), {"checks.level_good_deg": 5}),
    side_plan="alternate",
    load_kg=20.0,
    load_type="dumbbell",
    athlete="Zoë",
)
INPUTS: list[Input] = [
    Packet(0.0, "data", b"\x00\x01\xff"),
    Command(0.1, CommandName.SIDE, "left"),
    Packet(0.2, "status", b""),
    Command(0.3, CommandName.NOTE, "100 % of „it“\n"),
    Packet(1 / 3, "data", bytes(range(40))),
]


def write(folder: Path, items: list[Input], header: Header = HEADER, *, closed: bool = True) -> Path:
    writer = RecordingWriter(folder, header)
    for item in items:
        writer.append(item)
    if closed:
        return writer.close("0" * 64)
    writer.abandon()
    return writer.path
