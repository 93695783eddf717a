"""The open IMU Stream profile against published frames, an independent encoder, wraps, flags and any feeding."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.core.model import Packet
from tracker.decoders import imu_stream
from tracker.decoders.imu_stream import DATA, STATUS, ImuStreamDecoder, start_command

COUNTS = st.integers(-32768, 32767)
SAMPLES = st.lists(st.tuples(*[COUNTS] * 6), min_size=1, max_size=19)


def data(samples, *, index=0, t_us=0, flags=0, version=1):
    """An encoder of its own: byte by byte as the specification's table says."""
    out = bytearray([version << 4 | flags, len(samples)])
    out += int(index % 65536).to_bytes(2, "little") + int(t_us % 2**32).to_bytes(4, "little")
    for sample in samples:
        for count in sample:
            out += int(count).to_bytes(2, "little", signed=True)
    return bytes(out)


def status(period_ns=9615385, acc=0.0024, gyr=0.0005, version=1, state=1):
    return struct.pack("<BBHBBHIff", version, state, 100, 8, 10, 1000, period_ns, acc, gyr)


def packets(*payloads, channel=DATA):
    return [Packet(0.1 * place, channel, payload) for place, payload in enumerate(payloads)]


def test_published_frames_give_their_expected_values(published_frames):
    """Status and data frames written down with their values decode to them."""
    frames = published_frames("imu_stream_proposed")
    decoder = ImuStreamDecoder()
    expected = frames["imu_stream_proposed-d01"]["expected"]
    told = imu_stream.read_status(bytes.fromhex(frames["imu_stream_proposed-d01"]["hex"]))
    assert (told.rate_hz, told.acc_range_g, told.gyr_range_dps, told.period_ns) == (100, 8, 1000, 10_000_000)
    assert told.acc_mps2_per_count == pytest.approx(expected["acc_ms2_per_lsb"], rel=1e-6)
    assert told.gyr_radps_per_count == pytest.approx(expected["gyro_rads_per_lsb"], rel=1e-6)
    assert imu_stream.start_command(100).hex() == frames["imu_stream_proposed-d02"]["hex"]
    for name in ("imu_stream_proposed-d03", "imu_stream_proposed-d04"):
        expected = frames[name]["expected"]
        readings = decoder.decode(packets(bytes.fromhex(frames[name]["hex"]))).readings
        np.testing.assert_allclose(readings.acc_mps2, expected["acc_ms2"], atol=1e-5)
        np.testing.assert_allclose(readings.gyr_radps, expected["gyro_rads"], atol=1e-6)
        np.testing.assert_allclose(readings.device_s * 1e6, expected["sample_t_us"], atol=1e-3)
        assert readings.counter.tolist() == [expected["first_index"] + k for k in range(expected["n"])]


def test_defaults_hold_before_the_first_status():
    """Without a status 4096 counts are 1 g, 32768 are 1000 deg/s and samples are 10 ms apart."""
    decoded = ImuStreamDecoder().decode(packets(data([(4096, 0, 0, 16384, 0, 0)] * 2, t_us=1_000_000)))
    assert decoded.readings.acc_mps2[0, 0] == pytest.approx(9.80665)
    assert decoded.readings.gyr_radps[0, 0] == pytest.approx(math.radians(500))
    assert decoded.readings.device_s.tolist() == pytest.approx([1.0, 1.01])
    assert decoded.clock.nominal_rate_hz == 100
    assert decoded.clock.counter_modulus == 65536


def test_status_sets_scale_period_and_clock():
    """What the status says holds for the samples after it and not for those before."""
    sample = [(1000, 0, 0, 1000, 0, 0)] * 2
    told = Packet(0.0, STATUS, status(period_ns=9_615_385, acc=0.5, gyr=0.25))
    decoded = ImuStreamDecoder().decode([*packets(data(sample)), told, *packets(data(sample))])
    assert decoded.readings.acc_mps2[:, 0].tolist() == pytest.approx([2.394202, 2.394202, 500, 500], rel=1e-6)
    assert decoded.readings.gyr_radps[2:, 0].tolist() == [250, 250]
    assert decoded.readings.device_s[3] == pytest.approx(0.009615385)
    assert decoded.clock.nominal_rate_hz == pytest.approx(104, rel=1e-6)
    assert decoded.clock.clock_wrap_s == pytest.approx(4294.967296)


def test_counter_and_clock_wrap_as_sent():
    """The index wraps inside a packet; the clock may run past its wrap by less than a packet."""
    decoded = ImuStreamDecoder().decode(packets(data([(0,) * 6] * 3, index=65535, t_us=2**32 - 1)))
    assert decoded.readings.counter.tolist() == [65535, 0, 1]
    assert decoded.readings.device_s.tolist() == pytest.approx([4294.967295, 4294.977295, 4294.987295])


def test_flags_become_restarts_messages_and_saturation():
    """Discontinuity marks the row, the button and a weak battery speak once, clipped packets count."""
    quiet = [(1, 2, 3, 4, 5, 6)] * 2
    railed = [(1, 2, 32767, 4, 5, -32768), (1, 2, 3, 4, 5, 6)]
    decoded = ImuStreamDecoder().decode(
        packets(
            data(quiet, flags=imu_stream.BATTERY_LOW),
            data(quiet, flags=imu_stream.DISCONTINUITY | imu_stream.BATTERY_LOW),
            data(railed),
            data(quiet, flags=imu_stream.CLIPPED | imu_stream.MARKER),
        )
    )
    assert decoded.readings.restarted == (2,)
    assert decoded.messages == ("battery low", "marker")
    assert decoded.readings.saturated_samples == 2


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "8 + 12 n"),
        (data([(0,) * 6])[:-1], "8 + 12 n"),
        (data([]), "8 + 12 n"),
        (data([(0,) * 6], version=2), "version 2"),
        (data([(0,) * 6]).replace(b"\x10\x01", b"\x10\x02"), "claims 2"),
    ],
)
def test_bad_data_packets_are_rejected_with_their_reason(payload, words):
    """A wrong length, version or count rejects that packet and leaves its neighbours alone."""
    good = data([(1,) * 6])
    decoded = ImuStreamDecoder().decode(packets(good, payload, good))
    assert len(decoded.readings) == 2
    assert [words in error.reason and error.payload == payload for error in decoded.rejected] == [True]


@pytest.mark.parametrize(
    "payload", [status()[:-1], status(version=2), status(period_ns=0), status(acc=math.nan), status(gyr=-1.0)]
)
def test_bad_status_is_rejected_and_changes_nothing(payload):
    """A status that makes no sense leaves scale and clock as they were."""
    decoder = ImuStreamDecoder()
    decoded = decoder.decode([Packet(0.0, STATUS, payload), *packets(data([(4096,) * 6]))])
    assert len(decoded.rejected) == 1
    assert decoded.readings.acc_mps2[0, 0] == pytest.approx(9.80665)


@given(
    sent=st.lists(st.tuples(SAMPLES, st.integers(0, 65535), st.integers(0, 2**32 - 1), st.integers(0, 15)), min_size=1)
)
@settings(max_examples=60, deadline=None)
def test_round_trip_through_an_independent_encoder(sent):
    """Every count, index and time that was encoded comes out."""
    stream = packets(*[data(s, index=i, t_us=t, flags=f) for s, i, t, f in sent])
    readings = ImuStreamDecoder().decode([Packet(0.0, STATUS, status(10_000_000, 1.0, 1.0)), *stream]).readings
    counts = [sample for samples, *_ in sent for sample in samples]
    assert np.column_stack((readings.acc_mps2, readings.gyr_radps)).tolist() == [list(map(float, c)) for c in counts]
    assert readings.counter.tolist() == [(i + k) % 65536 for s, i, _, _ in sent for k in range(len(s))]
    times_us = [t + k * 10_000 for s, _, t, _ in sent for k in range(len(s))]
    np.testing.assert_allclose(readings.device_s, np.array(times_us) * 1e-6, rtol=1e-15)
    assert readings.received_s.tolist() == [p.received_s for p, (s, *_) in zip(stream, sent, strict=True) for _ in s]


PAYLOADS = st.one_of(
    st.binary(max_size=50).map(lambda payload: (DATA, payload)),
    st.builds(data, SAMPLES, index=st.integers(0, 65535), t_us=st.integers(0, 2**32 - 1), flags=st.integers(0, 15)).map(
        lambda payload: (DATA, payload)
    ),
    st.builds(
        status, st.sampled_from([10_000_000, 9_615_385]), st.sampled_from([0.5, 0.25]), version=st.integers(1, 2)
    ).map(lambda payload: (STATUS, payload)),
)


@given(sent=st.lists(PAYLOADS, max_size=30), cuts=st.lists(st.integers(0, 30), max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_feeding_gives_the_same_bits(assert_same_bits, sent, cuts):
    """Whole, one by one and in random pieces, with garbage and changing settings in between."""
    stream = [Packet(0.01 * place, channel, payload) for place, (channel, payload) in enumerate(sent)]
    assert_same_bits(ImuStreamDecoder, stream, cuts)


def test_the_echo_of_the_configuration_is_no_error() -> None:
    """A stack that notifies the host of its own 8 configuration bytes loses nothing and rejects nothing."""
    decoded = ImuStreamDecoder().decode([Packet(0.0, STATUS, start_command(104))])
    assert decoded.rejected == ()
    assert decoded.readings is None
