"""What holds for every decoder in the registry: its page, its profile, garbage, and any way of feeding."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.core.model import Packet
from tracker.decoders import PROFILES, Pause, Read, Write, recognised
from tracker.decoders.registry import profile
from tracker.errors import DecodeError, TrackerError

NOTES = Path(__file__).parents[2] / "firmware_notes"
KINDS = sorted(PROFILES)
LIVE_PHONES = {"phyphox", "sensor_logger", "sensorserver", "browser"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def example(kind):
    """The machine-readable example of a sensor's page: packets (arriving every 20 ms unless they say) and samples."""
    text = (NOTES / PROFILES[kind].note).read_text("utf-8").split("## Example", 1)[1]
    blocks = [json.loads(block.split("```", 1)[0]) for block in text.split("```json")[1:]]
    (found,) = [block for block in blocks if block.get("kind", kind) == kind]
    written = found.get("texts", found.get("packets"))
    packets = [
        Packet(rest[0] if rest else 0.02 * place, channel, text.encode() if "texts" in found else bytes.fromhex(text))
        for place, (channel, text, *rest) in enumerate(written)
    ]
    return packets, found["samples"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_on_the_page_decodes_to_what_the_page_says(kind):
    """The page's packets give the page's samples, and nothing is rejected."""
    packets, samples = example(kind)
    decoded = PROFILES[kind].new_decoder().decode(packets)
    assert decoded.rejected == ()
    readings = decoded.readings
    np.testing.assert_allclose(readings.acc_mps2, [sample["acc_mps2"] for sample in samples], atol=1e-4)
    if PROFILES[kind].has_gyroscope:
        np.testing.assert_allclose(readings.gyr_radps, [sample["gyr_radps"] for sample in samples], atol=1e-5)
    else:
        assert readings.gyr_radps is None
    for name, column in (("device_s", readings.device_s), ("sequence", readings.counter)):
        if column is None:
            assert all(name not in sample for sample in samples)
        else:
            assert column.tolist() == pytest.approx([sample[name] for sample in samples], abs=1e-6)
    assert decoded.clock is not None
    assert (decoded.clock.clock_wrap_s is None) == (readings.device_s is None)
    assert (decoded.clock.counter_modulus is None) == (readings.counter is None)


@pytest.mark.parametrize("kind", KINDS)
def test_profiles_are_complete_and_canonical(kind):
    """Lower-case full UUIDs, steps that write to known characteristics, a page, a title, a place to wear it."""
    item = profile(kind)
    assert item.key == kind
    assert item.title
    assert item.wear
    assert item.nominal_rate_hz > 0
    assert (NOTES / item.note).exists()
    assert f"]({item.note})" in (NOTES / "README.md").read_text("utf-8")
    for uuid in (*item.service_uuids, *item.characteristic_uuids, *item.notify):
        assert UUID.fullmatch(uuid), uuid
    for step in (*item.setup, *item.teardown):
        match step:
            case Write(characteristic, payload):
                assert UUID.fullmatch(characteristic)
                assert payload
            case Read(characteristic):
                assert UUID.fullmatch(characteristic)
            case Pause(wait_s):
                assert 0 < wait_s <= 5


@pytest.mark.parametrize("kind", [kind for kind in KINDS if PROFILES[kind].is_bluetooth])
def test_pages_name_their_characteristics_and_first_steps(kind):
    """Every UUID the profile uses stands on the page."""
    text = (NOTES / PROFILES[kind].note).read_text("utf-8").lower()
    for uuid in PROFILES[kind].notify:
        assert uuid in text


@pytest.mark.parametrize("kind", [kind for kind in KINDS if PROFILES[kind].is_bluetooth or kind in LIVE_PHONES])
def test_pages_say_what_a_live_session_needs(kind):
    """Where to wear it, how it starts and stops, how late it is, where it traps you, and what nobody verified."""
    text = (NOTES / PROFILES[kind].note).read_text("utf-8").lower()
    for needed in ("**wear", "start", "stop", "rate", "delay", "\n## traps\n", "\n## example\n"):
        assert needed in text, needed


def test_unknown_kinds_are_refused_with_the_known_ones():
    """The hint lists every sensor."""
    with pytest.raises(TrackerError) as caught:
        profile("toaster")
    assert all((kind in caught.value.hint) == PROFILES[kind].is_bluetooth for kind in KINDS)


def test_recognition_needs_a_name_or_a_service():
    """A service outweighs a name; a company id alone says nothing; case of UUIDs does not matter."""
    stream = PROFILES["imu_stream"]
    assert recognised("My sensor", service_uuids=[stream.service_uuids[0].upper()])[0] is stream
    assert recognised("IMU-1A2B")[0] is stream
    assert recognised("Headphones", company_ids=[0x0059, 0x006B]) == ()


def stream_of(kind):
    """A strategy of packet lists: the page's packets, cut, changed, repeated, and pure garbage."""
    good = example(kind)[0]
    item = PROFILES[kind]
    channels = sorted({*item.notify, *item.characteristic_uuids, *(packet.channel for packet in good), "?"})
    payloads = [packet.payload for packet in good]
    whole = st.sampled_from(good).map(lambda packet: (packet.channel, packet.payload))
    changed = st.builds(
        lambda packet, place, byte: (
            packet.channel,
            bytes(packet.payload[:place] + bytes([byte]) + packet.payload[place + 1 :]),
        ),
        st.sampled_from(good),
        st.integers(0, max(map(len, payloads))),
        st.integers(0, 255),
    )
    cut = st.builds(
        lambda packet, end: (packet.channel, packet.payload[:end]), st.sampled_from(good), st.integers(0, 40)
    )
    garbage = st.tuples(st.sampled_from(channels), st.binary(max_size=64))
    # The whole example in a row now and then, so that messages which only make sense together do come together.
    runs = st.one_of(
        st.just([(packet.channel, packet.payload) for packet in good]),
        st.lists(st.one_of(whole, whole, changed, cut, garbage), max_size=8),
    )
    steps_s = st.lists(st.sampled_from([0.0, 0.01, 0.03, 0.7]), min_size=1, max_size=5)
    return st.tuples(st.lists(runs, max_size=5).map(lambda lists: list(itertools.chain(*lists))), steps_s).map(_timed)


def _timed(drawn):
    """Packets with arrival times that stand still, advance evenly or jump."""
    contents, steps_s = drawn
    now_s, packets = 0.0, []
    for place, (channel, payload) in enumerate(contents):
        now_s += steps_s[place % len(steps_s)]
        packets.append(Packet(now_s, channel, payload))
    return packets


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_anything_in_gives_finite_samples_or_the_one_error(kind, data):
    """Garbage, cuts and changed bytes give readings of the right shape or DecodeErrors, and nothing else."""
    packets = data.draw(stream_of(kind))
    decoded = PROFILES[kind].new_decoder().decode(packets)
    assert all(isinstance(error, DecodeError) and error.decoder == kind and error.reason for error in decoded.rejected)
    if decoded.readings is None:
        return
    rows, counted = len(decoded.readings), decoded.readings
    assert rows or counted.duplicate_samples or counted.late_samples or counted.saturated_samples
    assert decoded.readings.acc_mps2.shape == (rows, 3)
    for name in ("received_s", "acc_mps2", "gyr_radps", "device_s", "counter"):
        values = getattr(decoded.readings, name)
        if values is not None:
            assert len(values) == rows
            assert np.isfinite(values).all()
            assert values.dtype == (np.int64 if name == "counter" else np.float64)
    assert all(0 <= row < rows for row in decoded.readings.restarted)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_feeding_gives_the_same_bits(kind, data, assert_same_bits):
    """Whole, one by one and in random pieces: same readings, rejections, messages and clock."""
    packets = data.draw(stream_of(kind))
    assert_same_bits(PROFILES[kind].new_decoder, packets, data.draw(st.lists(st.integers(0, 40), max_size=4)))
