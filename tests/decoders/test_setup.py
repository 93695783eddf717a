"""Settings are asked for, chosen and confirmed, not assumed; a refusal leads to the next best, then to a sentence."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.decoders.dialogue import payloads, talked_through
from tracker.core.model import Packet
from tracker.decoders import PROFILES, WRITTEN, Become, Refuse, metawear, movella_dot, movesense, polar, polar_setup
from tracker.decoders.polar_frames import ACC, GYR

G = 9.80665
START_ACC_VERITY = bytes.fromhex("0202000134000101100002010800040103")
START_GYR_VERITY = bytes.fromhex("020500013400010110000201d007040103")


def polar_reply(request, status=0, settings=b""):
    return bytes([0xF0, request[0], request[1], status, 0]) + settings


def polar_sensor(offered, refuses=lambda _request: 0):
    """Answers with these settings of ACC and GYR; `refuses` gives the status of a start."""

    def answer(request):
        if request.payload[0] == polar_setup.GET:
            settings = offered.get(request.payload[1])
            return None if settings is None else polar_reply(request.payload, settings=settings)
        return polar_reply(request.payload, refuses(request.payload))

    return answer


def starts(kind, answer):
    return [payload for payload in payloads(PROFILES[kind].setup, answer) if payload[0] == polar_setup.START]


def settings_block(**values):
    """Rate, resolution, range and channels as lists, in the sensor's order."""
    kinds = {"rate": (0, "H"), "bits": (1, "H"), "range": (2, "H"), "milli": (3, "I"), "channels": (4, "B")}
    return b"".join(
        struct.pack(f"<BB{len(items)}{kinds[name][1]}", kinds[name][0], len(items), *items)
        for name, items in values.items()
    )


def test_polar_takes_what_the_published_lists_offer(published_frames):
    """The vendor's own lists lead to the vendor's own start requests; the H10 takes 100 Hz of 25, 50, 100, 200."""
    frames = published_frames("polar")
    acc = bytes.fromhex(frames["polar-settings-verity-acc"]["hex"])[5:]
    gyr = bytes.fromhex(frames["polar-settings-4-ranges"]["hex"])
    assert starts("polar", polar_sensor({ACC: acc, GYR: gyr})) == [START_ACC_VERITY, START_GYR_VERITY]
    h10 = bytes.fromhex(frames["polar-settings-h10-acc"]["hex"])[5:]
    assert starts("polar_h10", polar_sensor({ACC: h10})) == [bytes.fromhex("020200016400010110000201" + "0800")]


CHOICES = [
    # offered, of which sensor, chosen
    ({"rate": [26, 52, 104, 208, 416], "bits": [16], "range": [2, 4, 8, 16]}, ACC, {0: 52, 1: 16, 2: 8}),
    ({"rate": [26, 50], "bits": [24, 16], "range": [16]}, ACC, {0: 50, 1: 16, 2: 16}),
    ({"rate": [12, 400], "bits": [22], "milli": [2000, 4000]}, ACC, {0: 400, 1: 22, 3: 4000}),
    ({"rate": [52], "bits": [16], "range": [250, 500], "channels": [3]}, GYR, {0: 52, 1: 16, 2: 500, 4: 3}),
    ({"rate": [52], "range": [4000, 2000, 245], "channels": [4]}, GYR, {0: 52, 2: 2000, 4: 4}),
]


@pytest.mark.parametrize(("offered", "kind", "chosen"), CHOICES)
def test_polar_takes_the_rate_above_50_hz_and_the_widest_useful_range(offered, kind, chosen):
    """Of each list one value; what is not in the list is not asked for."""
    request = starts("polar", polar_sensor({kind: settings_block(**offered)}))[kind == GYR]
    assert polar_setup.read_request(request) == (kind, chosen)


@pytest.mark.parametrize("offered", [{}, {ACC: b"", GYR: b"\x09\x01"}, {ACC: b"\x02\x01\x08\x00", GYR: b"\x00\x00"}])
def test_polar_without_a_list_starts_as_documented(offered):
    """No answer, an empty one, one without a rate."""
    assert starts("polar", polar_sensor(offered)) == [START_ACC_VERITY, START_GYR_VERITY]


def test_polar_falls_back_and_then_says_so():
    """The best is refused: as documented. That too: one sentence with the reason, and nothing more is written."""
    fast = settings_block(rate=[104], bits=[16], range=[4])
    picky = polar_sensor({ACC: fast}, lambda request: 0 if request in (START_ACC_VERITY, START_GYR_VERITY) else 8)
    assert starts("polar", picky)[1:] == [START_ACC_VERITY, START_GYR_VERITY]
    *_, last = talked_through(PROFILES["polar"].setup, polar_sensor({ACC: fast}, lambda _request: 13))
    assert isinstance(last, Refuse)
    assert "accelerometer: it is in its charger" in last.reason
    assert last.mend.startswith("Take it out")
    unknown = [*talked_through(PROFILES["polar"].setup, polar_sensor({}, lambda _request: 99))][-1]
    assert "error 99" in unknown.reason


def test_polar_that_was_left_on_is_stopped_first():
    """`already in state`: stop and start again, once."""
    written = []
    is_on = polar_sensor({}, lambda _request: 0 if bytes([polar_setup.STOP, ACC]) in written else 6)
    for step in talked_through(PROFILES["polar"].setup, is_on):
        written.append(step.payload)  # noqa: PERF401 - the answers look at it
    assert written[1:4] == [START_ACC_VERITY, bytes([3, ACC]), START_ACC_VERITY]
    stubborn = payloads(PROFILES["polar"].setup, polar_sensor({}, lambda _request: 6))
    assert stubborn.count(bytes([3, ACC])) == 1


def told(kind, *packets):
    decoder = PROFILES[kind].new_decoder()
    return decoder.decode([Packet(0.01 * k, *packet) for k, packet in enumerate(packets)])


def test_polar_is_read_as_it_was_asked_for():
    """Rate and range of the confirmed request: spacing inside the first frame, and where a sample is saturated."""
    request = bytes([2, ACC]) + settings_block(rate=[200], bits=[16], range=[2])
    frame = b"\x02" + (5_000_000_000).to_bytes(8, "little") + b"\x01" + np.array([2000, 0, 0] * 4, "<i2").tobytes()
    asked = (WRITTEN + polar.CONTROL, request)
    confirmed = (polar.CONTROL, polar_reply(request))
    readings = told("polar_h10", asked, confirmed, (polar.DATA, frame)).readings
    np.testing.assert_allclose(np.diff(readings.device_s), 0.005)
    assert readings.saturated_samples == 4
    refused = (polar.CONTROL, polar_reply(request, status=8))
    result = told("polar_h10", asked, refused, (polar.DATA, frame))
    np.testing.assert_allclose(np.diff(result.readings.device_s), 0.01)
    assert result.readings.saturated_samples == 0
    assert "status 8" in result.messages[0]


def test_polar_reads_wider_samples():
    """24 bit: three bytes a channel in the reference of a compressed frame."""
    request = bytes([2, ACC]) + settings_block(rate=[100], bits=[24], range=[8])
    frame = b"\x02" + (5_000_000_000).to_bytes(8, "little") + b"\x81" + b"\xe8\x03\x00" * 3
    told_request = [(WRITTEN + polar.CONTROL, request), (polar.CONTROL, polar_reply(request))]
    readings = told("polar_h10", *told_request, (polar.DATA, frame)).readings
    np.testing.assert_allclose(readings.acc_mps2, [[G, G, G]])


@pytest.mark.parametrize("payload", [b"", b"\x02", b"\x01\x02"])
def test_polar_requests_that_are_none_are_rejected(payload):
    """A packet of the setup is checked like any other."""
    [error] = told("polar", (WRITTEN + polar.CONTROL, payload)).rejected
    assert "no start request" in error.reason


@pytest.mark.parametrize(
    ("kind", "reply", "becomes", "range_code"),
    [
        ("metawear", b"\x03\x80\x01\x03", "metawear", "03032808"),
        ("metawear", b"\x03\x80\x04\x03", "metawear_s", "0303a802"),
        ("metawear_s", b"\x03\x80\x01\x03", "metawear", "03032808"),
        ("metawear", None, "", "03032808"),
        ("metawear_s", None, "", "0303a802"),
    ],
)
def test_metamotion_boards_are_told_apart(kind, reply, becomes, range_code):
    """The chip that answers decides which bytes set +-8 g; without an answer it is the kind it was taken for."""
    steps = list(talked_through(PROFILES[kind].setup, lambda _request: reply))
    assert [step.profile.key for step in steps if isinstance(step, Become)] == [becomes] * bool(becomes)
    written = payloads(PROFILES[kind].setup, lambda _request: reply)
    assert {payload.hex() for payload in written} & {"03032808", "0303a802"} == {range_code}
    assert (bytes.fromhex("130701") in written) == (range_code == "03032808")


def test_a_metamotion_without_a_known_chip_is_refused():
    """A module that is not there answers with two bytes."""
    *_, last = talked_through(PROFILES["metawear"].setup, lambda _request: b"\x03\x80")
    assert isinstance(last, Refuse)
    assert told("metawear", (metawear.NOTIFY, b"\x03\x80\x01\x03")).messages == ()


def movesense_reply(status):
    return bytes([1, movesense.IMU]) + struct.pack("<H", status)


def test_movesense_takes_another_rate_where_its_own_is_refused():
    """52 Hz, else 104, else 26; after three refusals one sentence."""
    asked = payloads(PROFILES["movesense"].setup, lambda _request: movesense_reply(404))
    assert [payload[2:-1].decode() for payload in asked] == ["/Meas/IMU6/52", "/Meas/IMU6/104", "/Meas/IMU6/26"]
    *_, last = talked_through(PROFILES["movesense"].setup, lambda _request: movesense_reply(404))
    assert "404" in last.reason
    assert len(payloads(PROFILES["movesense"].setup, lambda _request: movesense_reply(200))) == 1
    assert len(payloads(PROFILES["movesense"].setup)) == 1


def test_movesense_is_read_at_the_rate_that_was_asked_for():
    """The rate is not in the messages: samples inside one are spread by the request."""
    body = b"\x02\x63" + (1000).to_bytes(4, "little") + bytes(2 * 4 * 12)
    asked = (WRITTEN + movesense.COMMAND, b"\x01\x63/Meas/IMU6/104\0")
    result = told("movesense", asked, (movesense.DATA, body))
    np.testing.assert_allclose(np.diff(result.readings.device_s), 1 / 104)
    assert result.clock.nominal_rate_hz == 104
    bad = told("movesense", (WRITTEN + movesense.COMMAND, b"\x01\x63/Meas/IMU6/7\0"))
    assert len(bad.rejected) == 1


@pytest.mark.parametrize(("rate_hz", "writes"), [(60, 0), (30, 1)])
def test_the_dot_is_set_to_its_full_rate_if_it_is_not(rate_hz, writes):
    """Read first; then only the rate is written, and the start follows."""
    control = struct.pack("<24xH6x", rate_hz)
    written = payloads(PROFILES["movella_dot"].setup, lambda _request: control)
    assert len(written) == 1 + writes
    assert written[-1] == bytes.fromhex("010115")
    if writes:
        assert (written[0][0], len(written[0]), written[0][24:26]) == (0x10, 32, struct.pack("<H", 60))
    assert told("movella_dot", (movella_dot.DEVICE_CONTROL, control)).rejected == ()
