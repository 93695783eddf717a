"""The four sketches, compiled against stand-ins for the Arduino libraries and run against a chip made of registers.

What this proves: they are correct C++, write the intended bits, scale and turn as the data sheets say and speak the
profile. What it does not: that they compile against the real libraries or work on a board. None was run on hardware.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from tests.firmware.conftest import HERE, LIBRARY, SANITIZERS, answers, compiled, compiler
from tracker.core.model import Packet
from tracker.decoders import imu_stream
from tracker.decoders.imu_stream import DATA, STATUS, ImuStreamDecoder, read_status

GRAVITY_MPS2 = 9.80665
ACC, GYR = (4096, -1000, 258), (-300, 12345, 515)  # what the chip's registers say, on the chip's axes


def little(values):
    return struct.pack("<3h", *values).hex()


def big(values):
    return struct.pack(">3h", *values).hex()


@dataclass(frozen=True)
class Board:
    """A board as its data sheets describe it: where its counts are, what a start at 100 Hz, 8 g, 1000 deg/s sets."""

    sketch: str
    name: str
    address: int
    identity: str  # the register and value by which the chip is known
    ready: tuple[str, str, str]  # register, value with a sample, without
    counts: tuple[str, ...]  # registers and bytes of ACC and GYR
    on: tuple[str, ...]  # registers after a start
    off: tuple[str, ...]  # and after a stop
    rate_hz: float
    gyr_range_dps: int
    acc_g_per_count: float
    gyr_dps_per_count: float
    signs: tuple[int, int, int] = (1, 1, 1)

    def __str__(self) -> str:
        return self.sketch


BOARDS = [
    Board(
        "Nano33BleSenseRev1", "IMU-EEFF", 0x6B, "0f 68", ("17", "03", "00"), (f"28 {little(ACC)}", f"18 {little(GYR)}"),
        on=("10 78", "20 78", "22 44"), off=("10 18", "20 18"), rate_hz=119, gyr_range_dps=2000,
        acc_g_per_count=0.244e-3, gyr_dps_per_count=70e-3, signs=(-1, 1, 1),
    ),
    Board(
        "Nano33BleSenseRev2", "IMU-EEFF", 0x68, "00 24", ("03", "c0", "40"), (f"0c {little(ACC)}", f"12 {little(GYR)}"),
        on=("40 a8", "41 02", "42 a8", "43 01", "7d 06", "7c 02"), off=("7d 00",), rate_hz=100, gyr_range_dps=1000,
        acc_g_per_count=8 / 32768, gyr_dps_per_count=1000 / 32768,
    ),
    Board(
        "XiaoNrf52840Sense", "IMU-EEFF", 0x6A, "0f 6a", ("1e", "03", "01"), (f"28 {little(ACC)}", f"22 {little(GYR)}"),
        on=("10 4c", "11 48", "12 44"), off=("10 0c", "11 08"), rate_hz=104, gyr_range_dps=1000,
        acc_g_per_count=0.244e-3, gyr_dps_per_count=35e-3,
    ),
    Board(
        "Esp32Mpu6050", "IMU-3456", 0x68, "75 68", ("3a", "01", "00"), (f"3b {big(ACC)}", f"43 {big(GYR)}"),
        on=("1c 10", "1b 10", "19 09", "1a 03", "6b 01"), off=("6b 40",), rate_hz=100, gyr_range_dps=1000,
        acc_g_per_count=8 / 32768, gyr_dps_per_count=1 / 32.75,
    ),
]  # fmt: skip


@pytest.fixture(scope="module", params=BOARDS, ids=str)
def board(request):
    return request.param


@pytest.fixture(scope="module")
def desk(board, tmp_path_factory):
    """One sketch as a function from the commands of desk.cpp to its answers, word by word."""
    folder = tmp_path_factory.mktemp(board.sketch)
    include = [f"-I{LIBRARY / 'src'}"]
    portable = folder / "imu_stream.o"
    compiled(
        [compiler("gcc"), "-std=c99", *SANITIZERS, *include, "-c", str(LIBRARY / "src" / "imu_stream.c")], portable
    )
    sketch = LIBRARY / "examples" / board.sketch / f"{board.sketch}.ino"
    command = [
        compiler("g++"), "-std=gnu++14", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", *SANITIZERS, *include,
        f"-I{HERE / 'stubs'}", f'-DSKETCH="{sketch}"', str(HERE / "desk.cpp"), str(portable),
    ]  # fmt: skip
    return partial(answers, compiled(command, folder / "sketch"))


def chip(board):
    """The registers of a chip that has a sample ready."""
    register, ready, _ = board.ready
    return [f"reg {text}" for text in (board.identity, *board.counts, f"{register} {ready}")]


def samples(board, count, *, begin_s=1.2):
    return [f"sample {round((begin_s + k / board.rate_hz) * 1e6)}" for k in range(count)]


def ahead(board, mtu=247):
    """Up to a running stream, as the tracker starts it."""
    return [*chip(board), "setup", f"connect {mtu}", "loop", f"write {imu_stream.start_command(100).hex()}"]


def told(words):
    """The notifications among the answers, as packets."""
    pairs = [(word, words[place + 1]) for place, word in enumerate(words) if word in (DATA, STATUS)]
    return [Packet(0.0, channel, bytes.fromhex(text)) for channel, text in pairs]


def test_a_start_sets_the_chip_and_says_how(board, desk):
    """Registers hold the bits of the data sheet; the status tells rate, ranges and factors that were really set."""
    registers = [text.split()[0] for text in board.on]
    words = desk([*ahead(board), "loop", *(f"get {register}" for register in registers), "name"])
    assert words[-len(registers) - 2 : -2] == [text.split()[1] for text in board.on]
    assert words[-2:] == [board.name, f"{board.address:02x}"]
    status = read_status([packet.payload for packet in told(words) if len(packet.payload) == 20][-1])
    assert status.is_running
    assert (status.acc_range_g, status.gyr_range_dps, status.samples_per_packet) == (8, board.gyr_range_dps, 10)
    assert status.rate_hz == pytest.approx(board.rate_hz, abs=1)
    assert status.period_ns == pytest.approx(1e9 / board.rate_hz, abs=1)
    assert status.acc_mps2_per_count == pytest.approx(board.acc_g_per_count * GRAVITY_MPS2, rel=1e-3)
    assert status.gyr_radps_per_count == pytest.approx(math.radians(board.gyr_dps_per_count), rel=1e-3)


def test_samples_arrive_in_si_on_the_profiles_axes(board, desk):
    """Register bytes in, m/s^2 and rad/s out: byte order, order of the axes, signs and scale."""
    words = desk([*ahead(board), *samples(board, 30), "loop"])
    packets = [packet for packet in told(words) if packet.channel == DATA or len(packet.payload) == 20]
    result = ImuStreamDecoder().decode(packets)
    assert not result.rejected
    readings = result.readings
    signs = np.array(board.signs)
    acc = np.tile(signs * ACC * board.acc_g_per_count * GRAVITY_MPS2, (30, 1))
    gyr = np.tile(np.radians(signs * GYR * board.gyr_dps_per_count), (30, 1))
    np.testing.assert_allclose(readings.acc_mps2, acc, rtol=1e-3)
    np.testing.assert_allclose(readings.gyr_radps, gyr, rtol=1e-3)
    assert readings.counter.tolist() == list(range(30))
    np.testing.assert_allclose(readings.device_s, 1.2 + np.arange(30) / board.rate_hz, atol=2e-6)
    assert result.clock.nominal_rate_hz == pytest.approx(board.rate_hz, rel=1e-6)


def test_nothing_is_sampled_twice_or_before_the_gyroscope_has_settled(board, desk):
    """Without data-ready no sample; none in the first 100 ms after a start."""
    register, ready, waiting = board.ready
    words = desk(
        [
            *ahead(board),
            *samples(board, 5, begin_s=1.0),
            f"reg {register} {waiting}",
            *samples(board, 5),
            f"reg {register} {ready}",
            "sample 1400000",
            "sample 1600000",
            "loop",
        ]
    )
    sent = [packet.payload for packet in told(words) if packet.channel == DATA]
    assert sent[0][1] == 1
    assert sent[0][4:8] == (1_400_000).to_bytes(4, "little")


def test_packets_follow_the_negotiated_mtu(board, desk):
    """At MTU 23 every notification has 20 bytes; a full ring comes out whole."""
    words = desk([*ahead(board, mtu=23), *samples(board, 40), "loop"])
    sent = [packet.payload for packet in told(words) if packet.channel == DATA]
    assert [len(payload) for payload in sent] == [20] * 40


def test_stop_and_a_lost_link_put_the_chip_to_sleep(board, desk):
    """The registers say power-down, nothing more is sent, and a new connection starts again with a restart flag."""
    registers = [text.split()[0] for text in board.off]
    asleep = [text.split()[1] for text in board.off]
    ask = [f"get {register}" for register in registers]
    stop = f"write {imu_stream.STOP_COMMAND.hex()}"
    words = desk([*ahead(board), stop, *samples(board, 20), "loop", *ask])
    assert words[-len(registers) :] == asleep
    assert not any(packet.channel == DATA for packet in told(words))
    again = [
        "connect 247",
        "loop",
        f"write {imu_stream.start_command(100).hex()}",
        *samples(board, 10, begin_s=3),
        "loop",
    ]
    words = desk([*ahead(board), *samples(board, 10), "loop", "disconnect", *ask, *again])
    assert [word for word in words if len(word) == 2][: len(registers)] == asleep
    sent = [packet.payload for packet in told(words) if packet.channel == DATA]
    assert [payload[0] for payload in sent] == [0x11, 0x11]


def test_the_button_marks_once_a_press(board, desk):
    """Held down it is one mark."""
    words = desk(
        [
            *ahead(board),
            "button 0",
            "loop",
            "button 1",
            "loop",
            "loop",
            *samples(board, 10),
            "loop",
            *samples(board, 10, begin_s=1.2 + 10 / board.rate_hz),
            "loop",
        ]
    )
    sent = [packet.payload for packet in told(words) if packet.channel == DATA]
    assert [payload[0] & imu_stream.MARKER for payload in sent] == [imu_stream.MARKER, 0]


def test_a_missing_chip_is_told(desk):
    """If nothing answers with the right name, the status has neither sensor ok."""
    words = desk(["setup", "connect 247", "loop", f"write {imu_stream.start_command(100).hex()}"])
    assert [packet.payload[1] for packet in told(words) if len(packet.payload) == 20][-1] == 1


def test_arduino_ble_echoes_the_config_before_the_status(board, desk):
    """What the stand-in copies of ArduinoBLE: the host hears its own 8 bytes, then 20 of status. NimBLE does not."""
    words = desk(ahead(board))
    lengths = [len(packet.payload) for packet in told(words)]
    assert lengths[-2:] == ([20, 20] if board.sketch == "Esp32Mpu6050" else [8, 20])


@pytest.mark.parametrize("board", [BOARDS[1]], indirect=True, ids=str)
def test_the_gyroscopes_own_cross_talk_is_taken_out(board, desk):
    """BMI270 only: x is corrected by the chip's factor times z over 512."""
    words = desk(["reg 3c 7e", *ahead(board), *samples(board, 10), "loop"])  # -2 in seven bits
    sent = next(packet.payload for packet in told(words) if packet.channel == DATA)
    assert struct.unpack_from("<h", sent, 8 + 6)[0] == GYR[0] + 2 * GYR[2] // 512
