"""The portable C firmware against the decoder and the published frames."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from tests.firmware.model import Model, encoded
from tracker.core.model import Packet
from tracker.decoders import imu_stream
from tracker.decoders.imu_stream import DATA, ImuStreamDecoder, read_status

INIT = f"init 100 8 1000 10000000 {8 * 9.80665 / 32768!r} {math.radians(1000) / 32768!r} 1"
START = f"exactly {imu_stream.start_command(100).hex()}"
STOP = f"exactly {imu_stream.STOP_COMMAND.hex()}"
PERIOD_US = 10_000


def push(number, counts=None, *, t0_us=0):
    """Sample `number`; unless given, its counts say which one it is."""
    counts = counts or (number % 30000, -(number % 30000), 4096, 1, -2, 3)
    return f"push {(t0_us + number * PERIOD_US) % 2**32} {' '.join(map(str, counts))}"


def decoded(answers):
    """Readings of the answers that are packets."""
    packets = [Packet(0.1 * place, DATA, bytes.fromhex(text)) for place, text in enumerate(answers) if text[0] == "1"]
    result = ImuStreamDecoder().decode(packets)
    assert not result.rejected
    return result


def test_a_packet_has_the_bytes_of_an_independent_encoder(firmware):
    """Ten samples make one packet, equal byte by byte; values come back after decoding."""
    samples = [(k, -k, 4096 + k, 32766 - k, -32767 + k, 0) for k in range(10)]
    got = firmware([INIT, "mtu 247", START, *(push(k, samples[k]) for k in range(10)), "packet 90000", "sent"])
    assert got == ["done", encoded(samples, index=0, t_us=0, flags=1)]
    readings = decoded(got[1:]).readings
    np.testing.assert_allclose(readings.acc_mps2, np.array(samples)[:, :3] * 8 * 9.80665 / 32768)
    np.testing.assert_allclose(readings.gyr_radps, np.array(samples)[:, 3:] * math.radians(1000) / 32768)
    assert readings.counter.tolist() == list(range(10))
    np.testing.assert_allclose(readings.device_s, np.arange(10) * 0.01, atol=1e-9)


def test_published_frames_come_from_the_firmware(firmware, frames):
    """Config, status and both data frames written down in the proposal, to the byte."""
    published = {name[-3:]: frame["hex"] for name, frame in frames.items()}
    init = INIT[:-1] + "0"  # the published status has neither sensor marked as ok
    before = [text for k in range(100) for text in (push(k, t0_us=4_000_000), f"packet {10**9}", "sent")]
    upright = "push 5000000 0 0 4096 0 0 0"
    moving = [f"push {t_us} 410 -820 4014 16 -33 328" for t_us in (5_010_000, 5_020_000)]
    got = firmware(
        [
            init,
            f"exactly {published['d02']}",
            *before,
            upright,
            "packet 5000000",
            "sent",
            "mtu 247",
            "status 5000000",
            *moving,
            "packet 5120000",
        ]
    )
    assert got[0] == "done"
    assert got[-3:] == [published["d03"], published["d01"], published["d04"]]


def test_status_tells_what_the_sensor_does(firmware):
    """20 bytes that the decoder reads: settings, n in use, scale factors, running and overflow."""
    got = firmware([INIT, "status 0", "mtu 185", START, "status 0", STOP, "status 0"])
    idle, running, stopped = (read_status(bytes.fromhex(text)) for text in got if len(text) == 40)
    assert (idle.is_running, running.is_running, stopped.is_running) == (False, True, False)
    assert (idle.samples_per_packet, running.samples_per_packet) == (1, 10)
    assert (running.rate_hz, running.acc_range_g, running.gyr_range_dps) == (100, 8, 1000)
    assert running.period_ns == 10_000_000
    assert running.acc_mps2_per_count == pytest.approx(8 * 9.80665 / 32768, rel=1e-7)
    assert running.gyr_radps_per_count == pytest.approx(math.radians(1000) / 32768, rel=1e-7)
    assert bytes.fromhex(got[0])[1] == 6  # both sensors ok


@pytest.mark.parametrize(
    ("mtu", "most"), [(0, 1), (23, 1), (31, 1), (43, 2), (185, 14), (247, 19), (517, 19), (65535, 19)]
)
def test_packets_never_exceed_the_mtu(firmware, mtu, most):
    """A host that allows 255 samples gets what fits into MTU - 3, and never more than 244 bytes."""
    config = struct.pack("<BBHBBH", 1, 1, 100, 8, 255, 1000).hex()
    got = firmware(
        [INIT, f"mtu {mtu}", f"exactly {config}", "status 0", *(push(k) for k in range(200))]
        + ["packet 3000000", "sent"] * 250
    )
    sizes = [len(text) // 2 for text in got[2:] if text != "-"]
    assert max(sizes) == 8 + 12 * most <= min(max(mtu, 23) - 3, 244)
    assert read_status(bytes.fromhex(got[1])).samples_per_packet == most
    assert decoded(got[2:]).readings.counter.tolist() == list(range(200))


def test_a_packet_leaves_when_full_or_100_ms_old(firmware):
    """Nine samples wait, the tenth sends them; three wait until the first is 100 ms old."""
    ahead = [INIT, "mtu 247", START]
    assert firmware([*ahead, *(push(k) for k in range(9)), "packet 80000", push(9), "packet 90000"])[1] == "-"
    got = firmware([*ahead, *(push(k) for k in range(3)), "packet 99999", "packet 100000"])[1:]
    assert got[0] == "-"
    assert len(got[1]) == 2 * (8 + 36)
    early = firmware([*ahead, "push 500 1 2 3 4 5 6", "packet 499"])[1:]
    assert early == ["-"], "a sample newer than the clock that was read before it is not 71 minutes old"


def test_overflow_drops_the_oldest_and_says_so(firmware):
    """600 samples into a ring of 512: the first 88 are gone, the index jumps to 88, flag 1 and the status tell."""
    got = firmware(
        [INIT, "mtu 247", START, push(0), "packet 200000", "sent", "status 0"]
        + [push(k) for k in range(1, 601)]
        + ["due 999999", "due 1000000", "status 7000000", "due 9000000"]
        + ["packet 7000000", "sent"] * 52
    )
    assert got[3:5] == ["no", "yes"], "the status of an overflow comes at most once a second"
    assert read_status(bytes.fromhex(got[5])).has_overflowed
    assert got[6] == "no"
    result = decoded([got[1], *got[7:]])
    assert result.readings.counter.tolist() == [0, *range(89, 601)]
    assert result.readings.restarted == (0, 1)
    assert result.readings.acc_mps2[1, 0] == pytest.approx(89 * 8 * 9.80665 / 32768)
    assert result.readings.device_s[1] == pytest.approx(0.89)


def test_the_ring_holds_two_seconds_at_its_fastest_rate(firmware):
    """A stall of 2 s at 256 Hz, the fastest rate a board may offer, loses nothing."""
    samples = [f"push {k * 3906} {k} 0 0 0 0 0" for k in range(512)]
    init = INIT.replace("init 100", "init 256").replace("10000000", "3906250")
    got = firmware([init, "mtu 247", START, *samples, *["packet 2100000", "sent"] * 60])
    assert decoded(got[1:]).readings.counter.tolist() == list(range(512))


def test_index_and_clock_wrap(firmware):
    """Past 65536 samples and past 2^32 us nothing jumps, with whatever counts they wrap inside a packet."""
    t0_us = 2**32 - 5 * PERIOD_US - 123
    many = [push(k, t0_us=t0_us - 65530 * PERIOD_US) for k in range(65530)]
    commands = [INIT, "mtu 247", START]
    for begin in range(0, len(many), 10):
        commands += [*many[begin : begin + 10], "packet 0", "sent"]
    commands += [*(push(k, t0_us=t0_us) for k in range(20)), *["packet 400000", "sent"] * 3]
    got = [text for text in firmware(commands) if text[0] == "1"]
    readings = decoded(got[-2:]).readings
    assert readings.counter.tolist() == [k % 65536 for k in range(65530, 65550)]
    assert int.from_bytes(bytes.fromhex(got[-2])[4:8], "little") == t0_us
    assert int.from_bytes(bytes.fromhex(got[-1])[4:8], "little") == (t0_us + 100_000) % 2**32
    assert sum(bytes.fromhex(text)[1] for text in got) == 65550
    assert all(bytes.fromhex(text)[0] == 0x10 for text in got[1:])


def test_a_packet_that_did_not_leave_is_offered_again(firmware):
    """Without `sent` the same samples come again; with it, once."""
    got = firmware([INIT, "mtu 247", START, *(push(k) for k in range(20)), *["packet 200000"] * 2, "sent", "sent"])
    assert got[1] == got[2]
    got = firmware([INIT, "mtu 247", START, *(push(k) for k in range(20)), *["packet 200000", "sent", "sent"] * 3])
    assert [text == "-" for text in got[1:]] == [False, False, True]
    assert decoded(got[1:]).readings.counter.tolist() == list(range(20))


def test_overflow_while_a_packet_is_on_its_way_loses_nothing_of_it(firmware):
    """Samples that overflow takes after they were built into a packet that did leave are not missed afterwards."""
    got = firmware(
        [
            INIT,
            "mtu 247",
            START,
            *(push(k) for k in range(512)),
            "packet 5200000",
            *(push(k) for k in range(512, 515)),
            "sent",
            *(["packet 5200000", "sent"] * 52),
        ]
    )
    result = decoded(got[1:])
    assert result.readings.counter.tolist() == list(range(515))
    assert result.readings.restarted == (0,)


def test_a_packet_overtaken_by_overflow_or_a_restart_brings_nothing_back(firmware):
    """If all of its samples are gone when it has left, `sent` does not step back to them."""
    packet = [*(push(k) for k in range(10)), "packet 90000"]
    got = firmware([INIT, "mtu 247", START, *packet, *(push(k) for k in range(10, 600)), "sent", "packet 9000000"])
    assert decoded(got[1:]).readings.counter.tolist() == [*range(10), *range(88, 98)]
    got = firmware([INIT, "mtu 247", START, *packet, START, push(10), "sent", "packet 9000000"])
    assert decoded(got).readings.counter.tolist() == list(range(11))


def test_samples_the_sensor_overwrote_leave_a_gap_in_the_index(firmware):
    """A sampling task that slept 40 ms: the index skips three, the packet is cut there, no flag is needed."""
    samples = [push(k) for k in range(5)] + [push(k) for k in range(8, 13)]
    got = firmware([INIT, "mtu 247", START, *samples, *["packet 300000", "sent"] * 2])
    result = decoded(got[1:])
    assert result.readings.counter.tolist() == [*range(5), *range(8, 13)]
    assert result.readings.restarted == (0,)


@pytest.mark.parametrize(("passed_us", "missing"), [(17_400, 0), (17_600, 1), (27_400, 1), (27_600, 2), (655_000, 64)])
def test_the_gap_is_counted_to_three_quarters_of_a_period(firmware, passed_us, missing):
    """A look that is late by less than that misses nothing; the remaining quarter is for the sensor's own clock."""
    got = firmware([INIT, "mtu 247", START, push(0), f"push {passed_us} 1 1 1 1 1 1", *["packet 900000", "sent"] * 2])
    assert decoded(got[1:]).readings.counter.tolist() == [0, missing + 1]


def test_a_sample_read_late_is_no_gap(firmware):
    """7 ms late at 10 ms a sample is late, not lost."""
    got = firmware([INIT, "mtu 247", START, push(0), "push 17000 1 1 1 1 1 1", push(2), "packet 200000"])
    assert decoded(got[1:]).readings.counter.tolist() == [0, 1, 2]


def test_marker_battery_and_clipping_are_flags_of_their_packet(firmware):
    """A button press marks one packet, a weak battery every one, a count at the rail its own."""
    got = firmware(
        [
            INIT,
            "mtu 247",
            "mark",
            START,
            push(0),
            "packet 200000",
            "sent",
            "mark",
            push(1),
            "packet 200000",
            "sent",
            "battery 1",
            push(2, (0, 0, 0, 32767, 0, 0)),
            "packet 200000",
            "sent",
            "battery 0",
            push(3, (0, -32768, 0, 0, 0, 0)),
            "packet 200000",
            "sent",
            push(4, (32766, -32767, 0, 0, 0, 0)),
            "packet 200000",
        ]
    )
    assert [int(text[1], 16) for text in got[1:]] == [1, 2, 4 | 8, 8, 0]
    result = decoded(got[1:])
    assert result.messages == ("marker", "battery low")
    assert result.readings.saturated_samples == 2


def test_a_marker_survives_overflow(firmware):
    """The press goes to the oldest sample that is left."""
    got = firmware([INIT, "mtu 247", START, "mark", *(push(k) for k in range(600)), "packet 9000000"])
    assert got[1].startswith("13")


def test_stop_and_start_keep_index_and_clock_running(firmware):
    """Nothing is sent while stopped; the next start continues the index and flags the discontinuity."""
    got = firmware(
        [
            INIT,
            "mtu 247",
            push(0),
            "packet 900000",
            START,
            push(1),
            push(2),
            "packet 900000",
            "sent",
            push(3),
            STOP,
            "packet 900000",
            push(4),
            "packet 900000",
            START,
            push(5),
            "packet 900000",
        ]
    )
    assert [text for text in got if text in ("done", "-")] == ["-", "done", "done", "-", "-", "done"]
    result = decoded(got)
    assert result.readings.counter.tolist() == [0, 1, 3], "sample 3 was taken but never sent"
    assert result.readings.restarted == (0, 2)


def test_settings_are_fixed_while_streaming(firmware):
    """`set` is refused while running; a new start changes them and drops what was taken with the old ones."""
    narrow = struct.pack("<BBHBBH", 1, 2, 50, 2, 0, 250).hex()
    start = struct.pack("<BBHBBH", 1, 1, 50, 2, 5, 250).hex()
    got = firmware(
        [
            INIT,
            "mtu 247",
            START,
            push(0),
            f"config {narrow}",
            "status 0",
            f"config {start}",
            "status 0",
            "packet 9000000",
        ]
    )
    assert got[1] == "refused"
    assert read_status(bytes.fromhex(got[2])).acc_range_g == 8
    after = read_status(bytes.fromhex(got[4]))
    assert (after.rate_hz, after.acc_range_g, after.gyr_range_dps, after.samples_per_packet) == (50, 2, 250, 5)
    assert got[5] == "-"


def test_zero_keeps_and_the_nearest_setting_above_is_taken(firmware):
    """0 means as it is; 100 Hz becomes 104, 3 g becomes 4, 5000 deg/s the widest there is."""
    init = Model().init()
    odd = struct.pack("<BBHBBH", 1, 1, 90, 3, 0, 5000).hex()
    keep = struct.pack("<BBHBBH", 1, 1, 0, 0, 0, 0).hex()
    got = firmware([init, f"config {odd}", "status 0", f"config {keep}", "status 0"])
    told = read_status(bytes.fromhex(got[1]))
    assert (told.rate_hz, told.acc_range_g, told.gyr_range_dps) == (104, 4, 2000)
    assert told.period_ns == 9_615_385
    assert got[3] == got[1]


def test_a_lost_link_stops_and_forgets_the_mtu(firmware):
    """After it nothing is sent, and the status is due."""
    got = firmware([INIT, "mtu 247", START, push(0), "status 0", "disconnected", "due 0", "status 0", "packet 900000"])
    assert got[2] == "yes"
    told = read_status(bytes.fromhex(got[3]))
    assert (told.is_running, told.samples_per_packet) == (False, 1)
    assert got[4] == "-"


def test_the_status_is_due_after_every_change_and_only_then(firmware):
    """At first, after a start, after an MTU that changes n; not after one that does not, not after a refused config."""
    settled = ["due 0", "status 0", "due 0"]
    got = firmware([INIT, *settled, START, *settled, "mtu 247", *settled, "mtu 517", "due 0", "exactly 00", "due 0"])
    assert [text for text in got if text in ("yes", "no")] == ["yes", "no"] * 3 + ["no", "no"]


@pytest.mark.parametrize(("count", "negated"), [(5, -5), (0, 0), (32767, -32767), (-32768, 32767)])
def test_turning_an_axis_never_overflows(firmware, count, negated):
    """-(-32768) stays at the rail, where it counts as clipped."""
    assert firmware([f"negated {count}"]) == [str(negated)]
