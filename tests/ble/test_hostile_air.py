"""Names and payloads from the air are data: bounded, shown as plain text, never a path, markup or a command."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from dataclasses import replace

import pytest

from tests.ble.bluez import ADDRESS, Peripheral
from tests.ble.boards import BOARDS
from tests.ble.boards.board import Movement, movement
from tests.ble.conftest import packets_of, status_of
from tests.ble.judging import assert_complete, assert_quiet, assert_replays
from tests.ble.sensor import INFORMATION_SERVICE, MAKER, ImuSensor
from tests.ble.trial import tried
from tracker.core.events import PacketRejected, StreamWarning
from tracker.core.plain_text import plain
from tracker.recording import Recording
from tracker.sources.ble_scan import LONGEST_NAME

NAMES = [
    "\x1b[2J\x1b[31mRED\x1b]0;title\x07",
    "[bold red]markup[/bold red][link=file:///etc/passwd]x[/link]",
    "../../../../etc/passwd",
    "/dev/null",
    "CON",
    "IMU\nIMU-FAKE  imu_stream  -1 dBm  99 %  AA:AA",
    "\u202ekcab ot tnorf\u202c",
    "x" * 10_000,
    "\u0301" * 500,
    "   ",
    '", "kind": "polar", "x": "',
    "<script>alert(1)</script>",
    "\U0001f9ae\ufeff\u200b",
    "%s%n{0.__class__}$(reboot)`reboot`",
]
GARBLED_S = 14.0  # of a movement: long enough that decoder, clock and engine have begun


def assert_plain(text: str) -> None:
    """Lines, and in them nothing that a terminal would obey or that nobody can see."""
    for line in text.splitlines():
        assert all(unicodedata.category(character)[0] != "C" for character in line), repr(line)


def test_hostile_names_are_lines_of_a_table(world, start):
    """`scan --all` prints one bounded line a device, and as many objects with --json."""
    for number, name in enumerate(NAMES):
        world.add_peripheral(Peripheral(f"AA:BB:CC:00:01:{number:02X}", name, {}, rssi=-40 - number))
    table = start("scan", "--time", "0.5", "--all")
    assert table.finish() == 0
    assert len(table.lines) == 1 + len(NAMES)
    assert_plain("".join(table.lines) + table.talk)
    assert all(re.search(r"  AA:BB:CC:00:01:..$", line) for line in table.lines[1:])
    assert max(map(len, table.lines)) < LONGEST_NAME + 60
    objects = start("scan", "--time", "0.5", "--all", "--json")
    assert objects.finish() == 0
    found = [json.loads(line) for line in objects.lines]
    assert [item["kind"] for item in found] == [""] * len(NAMES)
    assert all(item["name"] == plain(item["name"], longest=LONGEST_NAME) for item in found)


@pytest.mark.parametrize("name", [*NAMES[:8:2], NAMES[7], NAMES[9]], ids=range(6))
def test_a_session_with_a_hostile_sensor(world, start, clean_pair, name):
    """Its name and what it says of itself go into the header as plain text; the recording lies where it belongs."""
    sensor = world.add(ImuSensor(status_of(clean_pair), name=name))
    maker = next(item for item in sensor.peripheral.services[INFORMATION_SERVICE] if item.uuid == MAKER)
    maker.value = (name.encode() + b"\xff\xfe\0")[:512]
    live = start("live", "--sensor", ADDRESS, "--side", "left")
    world.play(sensor, packets_of(clean_pair)[:60])
    live.wait_until(lambda: any(line.startswith("Sensor:") for line in live.lines))
    assert live.end() == 130
    assert_plain("".join(live.lines) + live.talk)
    assert max(map(len, live.talk.splitlines())) < 300
    header = Recording(live.recording()).header
    assert header.device == plain(header.device, longest=2 * LONGEST_NAME + 10)
    [folder] = [path for path in live.home.iterdir() if path.is_dir()]
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{4}", folder.name)
    note = json.loads((live.home / "last_sensor.json").read_text("utf-8"))
    assert note["name"] == plain(name, longest=LONGEST_NAME)


def test_the_view_obeys_no_sensor(world, on_screen, clean_pair):
    """On the screen of the live view nothing of the name acts: no title is set, nothing is cleared by it."""
    sensor = world.add(ImuSensor(status_of(clean_pair), name=NAMES[0]))
    terminal = on_screen("live", "--sensor", ADDRESS, "--side", "left")
    world.play(sensor, packets_of(clean_pair)[:60])
    terminal.wait_for("sensor connected")
    assert terminal.end() == 130
    assert b"\x1b]0;" not in terminal.shown
    assert b"\x1b[31mRED" not in terminal.shown


def shortened(felt: Movement) -> Movement:
    """The first seconds of it."""
    count = int(GARBLED_S * felt.rate_hz)
    return replace(
        felt, t_s=felt.t_s[:count], acc_mps2=felt.acc_mps2[:count], gyr_radps=felt.gyr_radps[:count], said=felt.said[:1]
    )


def garbling(seed: int):
    """Some messages are cut, stretched, have a byte changed, or are anything at all."""
    rng = random.Random(seed)

    def garbled(payload: bytes) -> bytes:
        match rng.randrange(5):
            case 0:
                return payload[: rng.randrange(len(payload) + 1)]
            case 1:
                return payload + rng.randbytes(rng.randrange(1, 60))
            case 2:
                place = rng.randrange(max(1, len(payload)))
                return payload[:place] + bytes([rng.randrange(256)]) + payload[place + 1 :]
            case 3:
                return rng.randbytes(rng.randrange(0, 244))
            case _:
                return b"\x1b[31m[red]\n\r\0\xff" + rng.randbytes(4)

    def air(messages, _now_s):
        return [
            item if rng.random() > 0.15 or not item.stop else item._replace(payload=garbled(item.payload))
            for item in messages
        ]

    return air


@pytest.mark.parametrize("key", BOARDS)
def test_garbled_messages_end_no_session(key, accelerated):
    """One message in seven is garbage: recorded as it came, replayed the same, and what is said of it is plain."""
    board = BOARDS[key](shortened(movement(BOARDS[key].rate_hz, reps=6)))
    trial = tried(board, accelerated, air=garbling(7))
    assert trial.error is None
    assert_complete(trial)
    assert_replays(trial)
    assert_quiet(trial)
    warnings = [event.message for event in trial.named(StreamWarning)]
    rejected = [event.reason for event in trial.named(PacketRejected)]
    for text in warnings + rejected:
        assert text == plain(text, longest=200)
    assert rejected or warnings
