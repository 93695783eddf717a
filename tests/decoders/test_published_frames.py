"""Frames captured from devices, printed by vendors or asserted by their tests decode to their published values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.decoders.dialogue import payloads
from tracker.core.model import Battery, Packet
from tracker.decoders import PROFILES, Read, Write, metawear, movesense, polar, polar_frames, puckjs, three_floats
from tracker.decoders.witmotion import battery_percent

G = 9.80665


def uuid_of(frame):
    """The full UUID in a frame's description."""
    return next(word for word in frame["char"].replace("(", " ").split() if word.count("-") == 4).lower()


def decoded(kind, *packets, new_decoder=None):
    decoder = (new_decoder or PROFILES[kind].new_decoder)()
    return decoder.decode([Packet(*packet) for packet in packets])


def check(readings, expected, **tolerance):
    """Compare with the canonical values of a frame."""
    canonical = expected["canonical"]
    np.testing.assert_allclose(readings.acc_mps2[0], canonical["acc_ms2"], atol=1e-4, **tolerance)
    np.testing.assert_allclose(readings.gyr_radps[0], canonical["gyro_rads"], atol=2e-6, **tolerance)


def written(kind):
    profile = PROFILES[kind]
    asks_battery = [profile.battery] if isinstance(profile.battery, Write) else []
    return set(payloads([*profile.setup, *asks_battery, *profile.teardown]))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *[("witmotion", f"witmotion-d0{k}") for k in (1, 2, 3, 4)],
        ("thingy52", "thingy52-d01"),
        ("thingy52", "thingy52-d02"),
        ("bluest", "bluest-d01"),
        ("sensortag_cc2650", "sensortag_cc2650-d01"),
    ],
)
def test_single_messages(published_frames, kind, name):
    """One message, one sample: scale, sign and order of the axes."""
    frame = published_frames(kind)[name]
    result = decoded(kind, (0.0, uuid_of(frame), bytes.fromhex(frame["hex"])))
    assert result.rejected == ()
    check(result.readings, frame["expected"])


def test_witmotion_replies_and_several_frames(published_frames):
    """Register replies are messages, not motion; 160 bytes are eight frames; a 55 61 inside a frame splits nothing."""
    frames = published_frames("witmotion")
    channel = uuid_of(frames["witmotion-d01"])
    motion = bytes.fromhex(frames["witmotion-d01"]["hex"])
    tricky = motion[:4] + b"\x55\x61" + motion[6:]
    result = decoded(
        "witmotion",
        (0.0, channel, motion * 8),
        (0.1, channel, (motion + bytes(8)) * 5),
        (0.2, channel, tricky * 2),
        (0.3, channel, bytes.fromhex(frames["witmotion-d05"]["hex"])),
        (0.4, channel, bytes.fromhex(frames["witmotion-d06"]["hex"])),
    )
    assert len(result.readings) == 15
    assert result.messages[1] == Battery(75)
    assert battery_percent(300) == 0
    for name in ("witmotion-d07", "witmotion-d08", "witmotion-d10"):
        assert bytes.fromhex(frames[name]["hex"]) in written("witmotion")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("thingy52", ["thingy52-d03"]),
        ("sensortag_cc2650", ["sensortag_cc2650-d02", "sensortag_cc2650-d03"]),
        ("capture2go", ["c2g-cmd-CmdStartRealTimeStreaming", "c2g-cmd-CmdStopRealTimeStreaming"]),
    ],
)
def test_setup_writes_the_published_bytes(published_frames, kind, names):
    """What the profile writes is what the vendor's source or document says."""
    frames = published_frames(kind)
    assert {bytes.fromhex(frames[name]["hex"]) for name in names} <= written(kind)


@pytest.mark.parametrize(
    ("kind", "device", "words"),
    [
        ("metawear", "metawear", ["acc config BMI160 100 Hz 8 g", "acc packed notify on BMI160", "gyro start"]),
        ("metawear_s", "metawear", ["acc config BMI270 100 Hz 8 g", "acc packed notify on BMI270", "gyro stop"]),
        ("movesense", "movesense", ["start IMU6 52 Hz (NUL-terminated path, reference 0x63)", "stop", "battery level"]),
        ("movella_dot", "movella_dot", ["start rate quantities", "stop rate quantities"]),
        ("openearable2", "openearable2", ["IMU 50 Hz stream", "IMU off"]),
        ("polar", "polar", ["start ACC 52 Hz 8 g (Verity Sense)", "stop ACC", "stop GYRO"]),
    ],
)
def test_setup_writes_the_published_commands(commands_of, kind, device, words):
    """The same for devices whose commands are listed apart."""
    commands = commands_of(device)
    assert {commands[word] for word in words} <= written(kind)


def test_metawear(published_frames):
    """Unpacked and packed, both chips, at the ranges of the vendor's tests; a gyro sample at the same time pairs."""
    frames = published_frames("metawear")
    channel = metawear.NOTIFY

    def acc_g(name, range_g):
        acc = bytes.fromhex(frames[name]["hex"])
        gyr = bytes([0x13, 0x07]) + bytes(len(acc) - 2)
        result = decoded(
            "", (1.0, channel, gyr), (1.0, channel, acc), new_decoder=lambda: metawear.new_decoder(acc_range_g=range_g)
        )
        return result.readings.acc_mps2 / G

    for name, range_g in (("mw-acc-4g", 4), ("mw-acc-packed-bmi160-8g", 8), ("mw-acc-real-2g", 2)):
        np.testing.assert_allclose(acc_g(name, range_g), np.atleast_2d(frames[name]["expected"]["acc_g"]), atol=1e-3)
    for name in ("mw-gyro-500", "mw-gyro-500-bmi270"):
        gyr = bytes.fromhex(frames[name]["hex"])
        result = decoded(
            "",
            (1.0, channel, gyr),
            (1.0, channel, bytes([3, 4]) + bytes(6)),
            new_decoder=lambda: metawear.new_decoder(gyr_range_dps=500),
        )
        dps = np.degrees(result.readings.gyr_radps[0])
        np.testing.assert_allclose(dps, frames[name]["expected"]["gyro_deg_s"], atol=1e-3)
    battery = decoded("metawear", (0.0, channel, bytes.fromhex(frames["mw-battery"]["hex"])))
    assert battery.messages == (Battery(99),)


def test_movesense(published_frames):
    """Captured IMU6 and Acc messages equal the vendor's converter; the stamp is of the first sample."""
    frames = published_frames("movesense")
    frame = frames["ms-imu6-52-with-header"]
    readings = decoded("movesense", (0.0, movesense.DATA, bytes.fromhex(frame["hex"]))).readings
    np.testing.assert_allclose(readings.acc_mps2, frame["expected"]["acc_m_s2"], atol=1e-5)
    np.testing.assert_allclose(np.degrees(readings.gyr_radps), frame["expected"]["gyro_deg_s"], atol=1e-5)
    assert readings.device_s.tolist() == pytest.approx([172.46 + k / 52 for k in range(4)])
    frame = frames["ms-meas-acc-52"]
    start_ms, values = movesense.read_arrays(bytes.fromhex(frame["hex"]), 1)
    assert start_ms == frame["expected"]["timestamp_ms"]
    np.testing.assert_allclose(values[0], frame["expected"]["acc_m_s2"], atol=1e-5)
    other = decoded("movesense", (0.0, movesense.DATA, bytes.fromhex(frames["ms-acc-52-two-refs"]["hex"])))
    assert len(other.rejected) == 1
    assert (
        decoded("movesense", (0.0, movesense.DATA, bytes.fromhex(frames["ms-command-result-200"]["hex"]))).messages
        == ()
    )


def test_movesense_joins_messages_in_two_parts(published_frames):
    """What did not fit comes as a second part; a first part without its second is dropped."""
    whole = bytes.fromhex(published_frames("movesense")["ms-imu6-52-with-header"]["hex"])
    first, second = whole[:60], b"\x03" + whole[1:2] + whole[60:]
    channel = movesense.DATA
    result = decoded("movesense", *[(0.0, channel, part) for part in (first, second, second, first, whole)])
    assert len(result.readings) == 8
    assert [error.reason for error in result.rejected] == [
        "a second part came without its first.",
        "the second part of a message is missing.",
    ]


@pytest.mark.parametrize("name", ["puckjs-d02", "puckjs-d03"])
def test_puckjs_lines(published_frames, name):
    """Lines cut into notifications of 20 bytes, also with flow control bytes in between."""
    frame = published_frames("puckjs")[name]
    packets = [(0.02 * k, uuid_of(frame), bytes.fromhex(part)) for k, part in enumerate(frame["hex_parts"])]
    readings = decoded("puckjs", *packets).readings
    samples = frame["expected"]["samples"]
    np.testing.assert_allclose(readings.acc_mps2, [s["canonical"]["acc_ms2"] for s in samples], atol=1e-4)
    np.testing.assert_allclose(readings.gyr_radps, [s["canonical"]["gyro_rads"] for s in samples], atol=1e-6)
    assert readings.counter.tolist() == [s["seq"] for s in samples]
    assert readings.device_s.tolist() == pytest.approx([s["t_ms"] / 1000 for s in samples])


def test_puckjs_event(published_frames):
    """The documentation's raw event decodes too, without counter and time."""
    frames = published_frames("puckjs")
    text = frames["puckjs-d01"]["text"].encode() + b"\r\n"
    result = decoded("puckjs", (0.0, puckjs.NOTIFY, b">" + text[:30]), (0.1, puckjs.NOTIFY, text[30:]))
    check(result.readings, frames["puckjs-d01"]["expected"])
    assert result.readings.counter is None
    assert result.readings.device_s is None
    reset = b"".join(step.payload for step in PROFILES["puckjs"].setup[:1] if isinstance(step, Write))
    assert reset == bytes.fromhex(frames["puckjs-d04"]["hex"])


def test_movella_dot(published_frames):
    """Rate quantities and custom mode 5; a frame cut by a small MTU and free acceleration are refused with a reason."""
    frames = published_frames("movella_dot")
    for name in ("dot-rate-quantities-synth", "dot-custom5-synth"):
        frame = frames[name]
        readings = decoded("movella_dot", (0.0, uuid_of(frame), bytes.fromhex(frame["hex"]))).readings
        np.testing.assert_allclose(readings.acc_mps2[0], np.ravel(frame["expected"]["acc_m_s2"]), atol=1e-5)
        np.testing.assert_allclose(
            np.degrees(readings.gyr_radps[0]), np.ravel(frame["expected"]["gyro_deg_s"]), atol=1e-5
        )
        assert readings.device_s[0] * 1e6 == pytest.approx(frame["expected"]["timestamp_us"])
        cut = decoded("movella_dot", (0.0, uuid_of(frame), bytes.fromhex(frame["hex"])[:20]))
        assert "MTU" in cut.rejected[0].reason
    free = frames["dot-freeacc-1"]
    assert "mode 21" in decoded("movella_dot", (0.0, uuid_of(free), bytes.fromhex(free["hex"]))).rejected[0].reason
    battery = bytes.fromhex(frames["dot-battery-synth"]["hex"])
    assert PROFILES["movella_dot"].battery == Read("15173001-4947-11e9-8646-d663bd873d93")
    assert battery[0] == 87  # what is read there begins with the level


def test_nicla_sense_me(published_frames):
    """Counts of a real board upside down, and the gyroscope's scale."""
    frames = published_frames("nicla_sense_me")
    gyr = frames["nicla_sense_me-d03"]
    for name in ("nicla_sense_me-d01", "nicla_sense_me-d02"):
        packets = [(0.0, uuid_of(frame), bytes.fromhex(frame["hex"])) for frame in (gyr, frames[name])]
        readings = decoded("nicla_sense_me", *packets).readings
        np.testing.assert_allclose(readings.acc_mps2[0], frames[name]["expected"]["canonical"]["acc_ms2"], atol=1e-4)
        np.testing.assert_allclose(readings.gyr_radps[0], gyr["expected"]["canonical"]["gyro_rads"], atol=2e-6)


def test_boards_with_three_floats(published_frames):
    """Adafruit in SI, Arduino in g and deg/s."""
    for kind, names in (
        ("adafruit_bluefruit", ("adafruit_bluefruit-d02", "adafruit_bluefruit-d01")),
        ("arduino_ble_sense", ("arduino_ble_sense-d02", "arduino_ble_sense-d01")),
    ):
        gyr, acc = (published_frames(kind)[name] for name in names)
        packets = [(0.0, uuid_of(frame), bytes.fromhex(frame["hex"])) for frame in (gyr, acc)]
        readings = decoded(kind, *packets).readings
        np.testing.assert_allclose(readings.acc_mps2[0], acc["expected"]["canonical"]["acc_ms2"], atol=1e-4)
        np.testing.assert_allclose(readings.gyr_radps[0], gyr["expected"]["canonical"]["gyro_rads"], atol=2e-6)
    dashboard = published_frames("arduino_ble_sense")["arduino_ble_sense-d03"]
    still = (0.0, three_floats.DASHBOARD_GYR, bytes(12))
    readings = decoded("arduino_dashboard", still, (0.0, uuid_of(dashboard), bytes.fromhex(dashboard["hex"]))).readings
    assert readings.acc_mps2[0].tolist() == [0, 0, pytest.approx(G)]


def test_openearable2(published_frames):
    """The stamp has eight bytes; other sensors' packets are refused."""
    frames = published_frames("openearable2")
    frame = frames["oe2-imu-synth"]
    readings = decoded("openearable2", (0.0, uuid_of(frame), bytes.fromhex(frame["hex"]))).readings
    np.testing.assert_allclose(readings.acc_mps2[0], frame["expected"]["acc_m_s2"], atol=1e-5)
    np.testing.assert_allclose(np.degrees(readings.gyr_radps[0]), frame["expected"]["gyro_deg_s"], atol=1e-5)
    assert readings.device_s[0] == pytest.approx(123.456789)
    other = decoded("openearable2", (0.0, uuid_of(frame), bytes.fromhex(frames["oe2-generic-float"]["hex"])))
    assert len(other.rejected) == 1


def test_capture2go(published_frames):
    """Packed and real-time packages, and a package split over two notifications."""
    frames = published_frames("capture2go")
    channel = "80030003-e629-4c98-9324-aa7fc0c66de7"
    frame = frames["c2g-datafull6dpacked50hz"]
    readings = decoded("capture2go", (0.0, channel, b"\xff" + bytes.fromhex(frame["hex"]))).readings
    np.testing.assert_allclose(readings.acc_mps2, frame["expected"]["acc_m_s2"], atol=1e-6)
    np.testing.assert_allclose(readings.gyr_radps, frame["expected"]["gyro_rad_s"], atol=1e-6)
    np.testing.assert_allclose(readings.device_s, np.array(frame["expected"]["timestamp_ns"]) * 1e-9, atol=1e-6)
    frame = frames["c2g-notify-rt-and-split-status"]
    packets = [(0.1 * k, channel, bytes.fromhex(part)) for k, part in enumerate(frame["hex_sequence"])]
    result = decoded("capture2go", *packets)
    expected = frame["expected"]["packages"][0]
    np.testing.assert_allclose(result.readings.acc_mps2[0], expected["acc_m_s2"], atol=1e-6)
    np.testing.assert_allclose(result.readings.gyr_radps[0], expected["gyro_rad_s"], atol=1e-6)
    assert result.messages == (Battery(87),)


def polar_names(frames, kind, unit):
    return [f for f in frames.values() if f["expected"].get("type") == kind and unit in f["expected"]]


def test_polar_frames_taken_apart(published_frames):
    """Every published acceleration and rate frame, raw and compressed, sample by sample."""
    frames = published_frames("polar")
    seen = 0
    for unit in ("samples_mG", "samples_counts", "samples_deg_s"):
        for frame in (*polar_names(frames, "ACC", unit), *polar_names(frames, "GYRO", unit)):
            read = polar_frames.read_frame(bytes.fromhex(frame["hex"]))
            np.testing.assert_allclose(read.samples, frame["expected"][unit], rtol=1e-6)
            assert read.stamp_ns == frame["expected"]["timestamp_ns"]
            assert read.is_in_counts == (unit == "samples_counts")
            seen += 1
    assert seen >= 10
    vector = frames["polar-delta-ios-3bit-6"]
    assert polar_frames.read_deltas(bytes.fromhex(vector["hex"]), 2) == [
        tuple(s) for s in vector["expected"]["samples_counts"]
    ]


def test_polar_h10(published_frames):
    """Acceleration alone: no waiting for a gyroscope, none reported; the stamp is of the last sample."""
    frame = published_frames("polar")["polar-h10-doc-acc"]
    readings = decoded("polar_h10", (0.0, polar.DATA, bytes.fromhex(frame["hex"]))).readings
    np.testing.assert_allclose(readings.acc_mps2 / G * 1000, frame["expected"]["samples_mG"], atol=1e-9)
    assert readings.gyr_radps is None
    assert readings.device_s[1] * 1e9 == pytest.approx(frame["expected"]["timestamp_ns"], abs=200)
    assert readings.device_s[1] - readings.device_s[0] == pytest.approx(0.01, abs=1e-6)


def test_polar_scale_and_pairing(published_frames):
    """The factor comes with the start reply; the rate is interpolated onto the accelerometer's times."""
    frames = published_frames("polar")

    def gyr_frame(stamp_ns, dps):
        sample = np.array([dps, 0, -dps], dtype="<i2").tobytes()
        return b"\x05" + stamp_ns.to_bytes(8, "little") + b"\x80" + sample

    acc = bytes.fromhex(frames["polar-verity-doc-acc-delta0"]["hex"])
    stamp_ns = frames["polar-verity-doc-acc-delta0"]["expected"]["timestamp_ns"]
    replies = [
        (0.0, polar.CONTROL, bytes.fromhex(frames["polar-start-verity-acc-factor"]["hex"])),
        (0.0, polar.CONTROL, bytes.fromhex("f0020500000501") + np.float32(0.5).tobytes()),
    ]
    first_ns = stamp_ns - 105_000_000
    rates = [(1.0, polar.DATA, gyr_frame(first_ns + k * 20_000_000, 10 * k)) for k in range(7)]
    result = decoded("polar", *replies, (1.0, polar.DATA, acc), *rates)
    assert result.rejected == ()
    counts = frames["polar-verity-doc-acc-delta0"]["expected"]["samples_counts"]
    np.testing.assert_allclose(result.readings.acc_mps2, np.array(counts) * 0.000243999995291 * G, rtol=1e-9)
    wanted_dps = 0.5 * 10 * (result.readings.device_s - first_ns * 1e-9) / 0.02
    np.testing.assert_allclose(np.degrees(result.readings.gyr_radps[:, 0]), wanted_dps, atol=1e-3)
    silent = decoded("polar", rates[0])
    assert "scale is not known" in silent.rejected[0].reason


def test_polar_stamps_are_spread_back(published_frames):
    """With a frame before, the step is the time between the stamps; after a clock that went back, a new stretch."""
    published_frames("polar")
    sample = bytes(6)

    def acc_frame(stamp_ns, count):
        return b"\x02" + stamp_ns.to_bytes(8, "little") + b"\x01" + sample * count

    second = 1_000_000_000
    packets = [
        (t, polar.DATA, acc_frame(ns, 10)) for t, ns in ((1, 5 * second), (2, 5 * second + second // 11), (3, 1))
    ]
    result = decoded("polar_h10", *packets)
    np.testing.assert_allclose(np.diff(result.readings.device_s[9:20]), 1 / 110, rtol=1e-6)
    assert result.readings.restarted == (20,)
    assert "repeats" in decoded("polar_h10", packets[0], packets[0]).rejected[0].reason


def test_polar_replies(published_frames):
    """A stop by the sensor itself is told; lists of features and settings, refused or not, are part of the setup."""
    frames = published_frames("polar")

    def messages(name):
        return decoded("polar", (0.0, polar.CONTROL, bytes.fromhex(frames[name]["hex"]))).messages

    assert messages("polar-cp-error-resolution") == ()
    assert "stopped" in messages("polar-cp-stopped")[0]
    assert messages("polar-features-verity") == messages("polar-settings-h10-acc") == ()
    assert math.isclose(
        polar_frames.read_factor(bytes.fromhex(frames["polar-start-verity-acc-factor"]["hex"])[5:]),
        2.44e-4,
        rel_tol=1e-6,
    )
