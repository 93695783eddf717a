"""The engine says the same however its inputs are cut: whole, packet by packet, in any blocks, resumed."""

from __future__ import annotations

import random
import struct
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.benchmarks.slipping import about, turned
from tracker.core import events
from tracker.core.config import Config, with_settings
from tracker.core.engine import Engine
from tracker.core.model import Calibration, Command, CommandName, Input, Packet
from tracker.decoders.registry import profile
from tracker.sources.simulator import DATA_CHANNEL, NAMED, random_scenario, simulate

SESSIONS = ("faults", "uncalibrated", "lossy_link", "random", "guided", "just_started", "slipped", "stored")


@cache
def inputs_of(session: str) -> tuple[Input, ...]:
    """A session with commands in unlikely places and a few packets of garbage."""
    scenario = NAMED[session] if session in NAMED else random_scenario(70, loss=0.02)
    if session in ("just_started", "stored"):
        scenario = NAMED["uncalibrated"]
    if session == "slipped":
        scenario = NAMED["clean_pair"]  # gets up between the sets
    inputs: list[Input] = list(simulate(scenario).inputs)
    if session in ("guided", "just_started"):
        inputs = [item for item in inputs if not _is_calibrate(item)]
        inputs.insert(0, Command(0.0, CommandName.CALIBRATE, "start"))
    if session == "slipped":
        inputs = turned(inputs, about(np.array([0.6, 0.0, 0.8]), 12.0), after_s=inputs[len(inputs) // 2].received_s)
    rng = random.Random(session)
    for _ in range(6):
        place = rng.randrange(1, len(inputs))
        inputs.insert(place, Packet(inputs[place].received_s, DATA_CHANNEL, rng.randbytes(rng.randrange(40))))
    for name, value in (
        (CommandName.STRIKE, ""),
        (CommandName.MARK, "here"),
        (CommandName.RESTORE, ""),
        (CommandName.SIDE, "swap"),
    ):
        place = rng.randrange(len(inputs) // 2, len(inputs))
        inputs.insert(place, Command(inputs[place].received_s, name, value))
    return tuple(inputs)


def _is_calibrate(item: Input) -> bool:
    return isinstance(item, Command) and item.name is CommandName.CALIBRATE


@cache
def earlier() -> Calibration:
    """Of the person and sensor of the uncalibrated session."""
    one = Engine(Config(), profile("imu_stream").new_decoder())
    happened = one.feed(simulate(replace(NAMED["uncalibrated"], seed=42, is_calibrated=True)).inputs)
    return next(event.calibration for event in happened if isinstance(event, events.Calibrated))


def engine(given: Calibration | None = None, **settings_by_key: str) -> Engine:
    changed = {key.replace("__", "."): value for key, value in settings_by_key.items()}
    config = with_settings(Config(), changed)
    return Engine(config, profile("imu_stream").new_decoder(), side_plan="alternate", given=given)


def said(inputs: tuple[Input, ...], cuts: list[int], **changed: str) -> list[str]:
    """Every event with all its digits, the inputs fed in pieces that end at `cuts`."""
    one = engine(earlier() if inputs is inputs_of("stored") else None, **changed)
    out: list[events.Event] = []
    for start, stop in zip([0, *cuts], [*cuts, len(inputs)], strict=True):
        out += one.feed(inputs[start:stop])
    return [repr(event) for event in out + one.finish()]


@cache
def said_whole(session: str) -> list[str]:
    return said(inputs_of(session), [])


@pytest.mark.parametrize("session", SESSIONS)
def test_packet_by_packet_gives_the_same_events(session: str) -> None:
    """A live stream, one packet at a time, and its recording, whole, give equal events to the last bit."""
    inputs = inputs_of(session)
    assert said(inputs, list(range(1, len(inputs)))) == said_whole(session)
    assert len(said_whole(session)) > 20


@pytest.mark.parametrize(
    ("session", "event"),
    [
        ("guided", "CalibrationStep(t_s=0.0"),
        ("just_started", "you began a set"),
        ("slipped", "SensorSlipped"),
        ("stored", "is_stored=True"),
    ],
)
def test_the_sessions_hold_what_they_are_for(session: str, event: str) -> None:
    """What is proved of them is proved of this."""
    assert any(event in line for line in said_whole(session))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(session=st.sampled_from(SESSIONS), seed=st.integers(0, 2**32), size=st.sampled_from((3, 40, 300, 2000)))
def test_random_blocks_give_the_same_events(session: str, seed: int, size: int) -> None:
    """Blocks of any sizes give equal events to the last bit."""
    inputs = inputs_of(session)
    rng = random.Random(seed)
    cuts: list[int] = []
    while (cut := (cuts[-1] if cuts else 0) + rng.randint(1, size)) < len(inputs):
        cuts.append(cut)
    assert said(inputs, cuts) == said_whole(session)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(session=st.sampled_from(SESSIONS), share=st.floats(0.0, 1.0))
def test_events_before_a_cut_do_not_depend_on_what_follows(session: str, share: float) -> None:
    """What was said up to a crash is what the whole session says first: a cut recording can be resumed."""
    inputs = inputs_of(session)
    cut = int(share * len(inputs))
    first = [repr(event) for event in engine(earlier() if session == "stored" else None).feed(inputs[:cut])]
    assert said_whole(session)[: len(first)] == first


def test_a_block_of_one_sample_gives_the_same_events() -> None:
    """A sensor that sends each sample in a packet of its own is counted like one that packs ten."""
    status, *rest = inputs_of("faults")[:1200]
    single: list[Input] = [status]
    for item in rest:
        if isinstance(item, Command) or len(item.payload) < 20 or (len(item.payload) - 8) % 12:
            single.append(item)
            continue
        single += _split(item)
    packed = _rep_events(said((status, *rest), []))
    assert _rep_events(said(tuple(single), [])) == packed
    assert packed


def _split(packet: Packet) -> list[Packet]:
    """The samples of a data packet, each in its own, the clock carried on by the period of 104 Hz."""
    head, first_index, clock_us = packet.payload[0], packet.payload[2:4], packet.payload[4:8]
    count = (len(packet.payload) - 8) // 12
    index, clock = int.from_bytes(first_index, "little"), int.from_bytes(clock_us, "little")
    return [
        packet._replace(
            payload=bytes([head, 1])
            + ((index + k) % 65536).to_bytes(2, "little")
            + (clock + round(k * 1e6 / 104)).to_bytes(4, "little")
            + packet.payload[8 + 12 * k : 20 + 12 * k]
        )
        for k in range(count)
    ]


def _rep_events(lines: list[str]) -> list[str]:
    return [line.split("t_s=")[0] + line.split("rep_id=")[1] for line in lines if line.startswith("RepCounted")]


def test_known_is_never_before_it_happened_and_never_runs_back() -> None:
    """`known_s` rises through the session and an event is never known before its own row."""
    one = engine()
    known_s = 0.0
    for item in inputs_of("faults"):
        for event in one.feed([item]):
            assert event.known_s >= event.t_s - 1e-9
            if isinstance(event, events.RepCounted | events.RepJudged):
                assert event.known_s >= known_s
                known_s = event.known_s


def test_a_warning_about_the_signal_has_its_place_in_any_batching() -> None:
    """A sensor in the wrong range is told of at the same point among the events, whole or packet by packet."""
    inputs = inputs_of("faults")[:900]
    status = inputs[0]
    assert isinstance(status, Packet)
    scale = struct.pack("<f", 2 * struct.unpack("<f", status.payload[12:16])[0])
    doubled = (status._replace(payload=status.payload[:12] + scale + status.payload[16:]), *inputs[1:])
    whole = said(doubled, [])
    assert sum('code="gravity"' in line or "code='gravity'" in line for line in whole) == 1
    assert said(doubled, list(range(1, len(doubled)))) == whole
