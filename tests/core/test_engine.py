"""The engine from packets to events: warnings, commands, garbage, beginnings and ends."""

from __future__ import annotations

import json
import struct

import pytest

from tests.core.bookkeeping import names
from tests.core.plain_sensor import BATTERY, NOTE, PlainDecoder, at_rest, turning
from tests.core.simulated import calm, of, reps_of, said
from tracker.core import events
from tracker.core.config import Config
from tracker.core.engine import PACKETS_AT_ONCE, Engine
from tracker.core.model import Command, CommandName, Packet, Side
from tracker.core.second import as_second
from tracker.sources.simulator import Sensor, SetPlan, simulate


def plain(rate_hz: float = 50.0, *, has_gyroscope: bool = True, side: str = "", pose_rate_hz: float = 0.0) -> Engine:
    return Engine(Config(), PlainDecoder(rate_hz, has_gyroscope=has_gyroscope), side, pose_rate_hz)


def command(name: CommandName, value: str = "") -> Command:
    return Command(0.0, name, value)


def test_a_stream_begins_with_its_rate_and_ends_with_its_account() -> None:
    """First and last event, whatever lies between."""
    happened = said(at_rest(10), plain())
    assert happened[0] == events.StreamStarted(0.0, 0.0, pytest.approx(50.0), 50.0, True)
    ended = happened[-1]
    assert isinstance(ended, events.StreamEnded)
    assert (ended.sample_count, ended.missing_samples, ended.rejected_packets) == (500, 0, 0)
    assert ended.duration_s == pytest.approx(10.0, abs=0.05)


def test_an_empty_stream_ends_with_an_empty_account() -> None:
    """Nothing came: one event, all zero."""
    assert names(said([], plain())) == ["StreamEnded"]
    assert said([], plain()) == [events.StreamEnded(0.0, 0.0, *([0] * 8), 0.0)]


def test_finishing_twice_says_nothing_the_second_time() -> None:
    """Ctrl-C during the end."""
    one = plain()
    one.feed(at_rest(5))
    assert one.finish()
    assert one.finish() == []


def test_only_garbage_is_rejected_packet_by_packet() -> None:
    """Each is an event, none an error, and no stream ever starts."""
    happened = said([Packet(0.1 * number, "data", b"x" * (number + 1)) for number in range(7)], plain())
    assert names(happened) == ["PacketRejected"] * 7 + ["StreamEnded"]
    assert happened[0] == events.PacketRejected(0.0, 0.0, "plain", "not whole rows")
    assert of(events.StreamEnded, happened)[0].rejected_packets == 7


def test_garbage_in_between_costs_nothing_else() -> None:
    """Its place in time is that of its neighbours, and every sample is still there."""
    good = at_rest(10)
    happened = said([*good[:60], Packet(6.0, "data", b"garbage"), *good[60:]], plain())
    rejected = of(events.PacketRejected, happened)
    assert [event.t_s for event in rejected] == [pytest.approx(6.0, abs=0.3)]
    assert of(events.StreamEnded, happened)[0].sample_count == 500


def test_what_a_sensor_tells_is_passed_on() -> None:
    """A low battery, say."""
    happened = said([*at_rest(5), Packet(5.0, NOTE, b"battery low")], plain())
    warning = of(events.StreamWarning, happened)[0]
    assert (warning.code, warning.message) == ("sensor", "battery low")


def test_the_battery_is_told_every_time_and_warned_of_once() -> None:
    """By a command or by the sensor itself; a warning the first time that it is at 20 % or less."""
    levels = [command(CommandName.BATTERY, value) for value in ("21", "20", "19")]
    happened = said([*levels, *at_rest(5), Packet(5.0, BATTERY, b"\7")], plain())
    assert [event.percent for event in of(events.BatteryRead, happened)] == [21, 20, 19, 7]
    assert [event.code for event in of(events.StreamWarning, happened)].count("battery") == 1


@pytest.mark.parametrize("value", ["", "full", "-1", "101", "٣", "4.5"])
def test_a_battery_level_that_is_none_is_told(value: str) -> None:
    """Whoever put it in made a mistake: said in a warning, nothing else happens."""
    happened = said([*at_rest(5), command(CommandName.BATTERY, value)], plain())
    assert of(events.BatteryRead, happened) == []
    assert of(events.StreamWarning, happened)[-1].code == "command"


def test_a_mark_that_is_a_misspelt_marker_is_told() -> None:
    """It is kept as the mark that it is."""
    happened = said([*at_rest(5), command(CommandName.MARK, "set_strat"), command(CommandName.MARK, "knee")], plain())
    assert [event.text for event in of(events.Marked, happened)] == ["set_strat", "knee"]
    [warning] = [event for event in of(events.StreamWarning, happened) if event.code == "marker"]
    assert "'set_start'" in warning.message


def test_a_second_sensor_is_never_counted() -> None:
    """Its packets change no event, whatever is in them; what its link has to say is a warning for people."""
    alone = said(at_rest(10), plain())
    beside = [as_second(item) for item in at_rest(10, size_g=1.3)]
    rubbish = [as_second(Packet(3.0, "data", b"rubbish"))]
    both = sorted([*at_rest(10), *beside, *rubbish], key=lambda item: item.received_s)
    assert said(both, plain()) == alone
    link = [as_second(command(name, value)) for name, value in SECOND_SAYS]
    warnings = [event.message for event in of(events.StreamWarning, said([*at_rest(10), *link], plain()))]
    heard = [message for message in warnings if "second sensor" in message]
    assert [message.split(":")[0] for message in heard] == [
        "The second sensor is out of reach; the count goes on.",
        "The second sensor is back.",
        "The second sensor's battery is at 20 %",
    ]


SECOND_SAYS = [
    (CommandName.BATTERY, "80"),
    (CommandName.LINK_LOST, ""),
    (CommandName.LINK_BACK, ""),
    (CommandName.BATTERY, "20"),
    (CommandName.BATTERY, "19"),
    (CommandName.BATTERY, ""),
    (CommandName.NOTE, "whatever"),
]


@pytest.mark.parametrize(
    ("size_g", "is_warned"), [(0.92, True), (0.94, False), (1.0, False), (1.06, False), (1.08, True)]
)
def test_an_accelerometer_that_does_not_read_g_at_rest_is_said(size_g: float, is_warned: bool) -> None:
    """Wrong range or unit: once, in the first rest."""
    warnings = of(events.StreamWarning, said(at_rest(30, size_g=size_g), plain()))
    assert [warning.code for warning in warnings] == (["gravity"] if is_warned else [])
    if is_warned:
        assert warnings[0].message.endswith("another range or unit.")
        assert 0.9 < warnings[0].t_s < 2.0


def test_linear_acceleration_is_recognised() -> None:
    """Next to nothing at rest: gravity was taken out."""
    warning = of(events.StreamWarning, said(at_rest(5, size_g=0.02), plain()))[0]
    assert "linear acceleration without gravity" in warning.message


def test_gravity_is_not_judged_while_moving() -> None:
    """No rest, no word."""
    swinging = turning(*[(0.6, 40.0), (0.6, 0.0)] * 6)
    assert of(events.StreamWarning, said(swinging, plain())) == []


@pytest.mark.parametrize(("rate_hz", "is_warned"), [(20.0, True), (25.0, False)])
def test_a_slow_sensor_is_said(rate_hz: float, is_warned: bool) -> None:
    """Below 25 Hz, with the rate that was found."""
    warnings = of(events.StreamWarning, said(at_rest(10, rate_hz=rate_hz), plain(rate_hz)))
    assert [warning.code for warning in warnings] == (["slow"] if is_warned else [])
    assert not is_warned or "20.0 times a second" in warnings[0].message


def test_a_sensor_without_gyroscope_is_said() -> None:
    """What it can and can not do, once."""
    happened = said(at_rest(10), plain(has_gyroscope=False))
    assert [warning.code for warning in of(events.StreamWarning, happened)] == ["no_gyroscope"]
    assert of(events.StreamStarted, happened)[0].has_gyroscope is False


def test_commands_before_the_first_sample_are_obeyed_when_the_stream_starts() -> None:
    """A side declared while the sensor connects is not lost."""
    early = [command(CommandName.SIDE, "left"), command(CommandName.CALIBRATE, "start")]
    assert names(said([*early, *at_rest(4)], plain()))[:3] == ["StreamStarted", "SideChanged", "CalibrationStarted"]


def test_commands_of_a_stream_without_samples_are_obeyed_at_its_end() -> None:
    """They belong to the record; a calibration has nothing to look at."""
    given = [
        command(CommandName.NOTE, "no sensor"),
        command(CommandName.CALIBRATE, "start"),
        command(CommandName.SIDE, "right"),
    ]
    assert names(said(given, plain())) == ["Noted", "SideChanged", "StreamEnded"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (CommandName.SIDE, "left", events.SideChanged),
        (CommandName.SET_START, "right", events.SideChanged),
        (CommandName.CALIBRATE, "end", None),
        (CommandName.SET_END, "", None),
        (CommandName.STRIKE, "", None),
        (CommandName.RESTORE, "7", None),
        (CommandName.MARK, "here", events.Marked),
        (CommandName.NOTE, "there", events.Noted),
        (CommandName.LINK_LOST, "", events.LinkChanged),
        (CommandName.LINK_BACK, "", events.LinkChanged),
        (CommandName.SIDE, "upwards", events.StreamWarning),
        (CommandName.SET_START, "both", events.StreamWarning),
        (CommandName.STRIKE, "the last", events.StreamWarning),
        (CommandName.RESTORE, "²", events.StreamWarning),
    ],
)
def test_every_command_is_answered(name: CommandName, value: str, expected: type[events.Event] | None) -> None:
    """With its event at the stream's time, with nothing, or with a warning: never with an error."""
    one = plain()
    one.feed(at_rest(5))
    answer = one.feed([command(name, value)])
    assert [type(event) for event in answer] == ([expected] if expected else [])
    assert all(event.t_s == pytest.approx(5.0, abs=0.5) for event in answer)


@pytest.mark.parametrize(("name", "is_up"), [(CommandName.LINK_LOST, False), (CommandName.LINK_BACK, True)])
def test_the_link_is_up_or_down(name: CommandName, is_up: bool) -> None:
    """As the command says."""
    one = plain()
    one.feed(at_rest(5))
    assert [event.is_up for event in of(events.LinkChanged, one.feed([command(name)]))] == [is_up]


def test_a_calibration_begins_with_its_first_step() -> None:
    """Told at once what is wanted."""
    one = plain()
    one.feed(at_rest(5))
    started, step = one.feed([command(CommandName.CALIBRATE, "start")])
    assert isinstance(started, events.CalibrationStarted)
    assert isinstance(step, events.CalibrationStep)
    assert (step.hold, step.is_top, step.is_repeated) == (1, False, False)


def test_a_calibration_that_is_ended_early_is_refused() -> None:
    """With what to do."""
    start, end = command(CommandName.CALIBRATE, "start"), command(CommandName.CALIBRATE, "end")
    happened = said([*at_rest(5), start, *at_rest(3, first=250), end], plain())
    refusal = of(events.CalibrationRefused, happened)[0]
    assert refusal.reason == "The calibration ended before two thrusts were complete."
    assert "on both legs" in refusal.hint


def test_poses_for_screens_come_only_when_asked_for() -> None:
    """At about the rate that was asked for; they are no part of the record."""
    assert of(events.PoseUpdated, said(at_rest(10), plain())) == []
    poses = of(events.PoseUpdated, said(at_rest(10), plain(pose_rate_hz=5.0)))
    assert 1 <= len(poses) <= 51
    assert poses[0].phase == "unarmed"
    assert json.loads(events.to_json_line(poses[0]))["level_deg"] is None


def test_packets_are_decoded_in_bundles_of_any_length() -> None:
    """More than fit in one bundle, in one call."""
    packets = at_rest((PACKETS_AT_ONCE + 10) / 10)
    assert len(packets) > PACKETS_AT_ONCE
    ended = said(packets, plain())[-1]
    assert isinstance(ended, events.StreamEnded)
    assert ended.sample_count == 5 * len(packets)


def test_commands_between_packets_keep_their_place() -> None:
    """A mark after two of four seconds is told at that time."""
    marked = said([*at_rest(4), command(CommandName.MARK, "m"), *at_rest(4, first=200)], plain())
    assert of(events.Marked, marked)[0].t_s == pytest.approx(4.0, abs=0.5)


def test_a_plan_of_sides_is_known_from_the_start() -> None:
    """Declared by option, no event needed."""
    one = plain(side="right")
    one.feed(at_rest(5))
    assert one.feed([command(CommandName.SIDE, "right")]) == []
    assert of(events.SideChanged, one.feed([command(CommandName.SIDE, "swap")]))[0].side is Side.LEFT


def test_a_gap_in_the_stream_is_told_with_its_length() -> None:
    """A tenth of a second is bridged, two seconds are not."""
    short = said([*at_rest(5), *at_rest(5, first=255)], plain())
    long = said([*at_rest(5), *at_rest(5, first=350)], plain())
    for happened, missing, is_bridged in ((short, 5, True), (long, 100, False)):
        gap = of(events.SignalGap, happened)[0]
        assert (gap.missing_samples, gap.is_bridged) == (missing, is_bridged)
        assert of(events.StreamEnded, happened)[0].missing_samples == missing


def test_a_gap_while_the_rate_is_still_being_found_harms_nothing() -> None:
    """The first two seconds with a hole in them."""
    happened = said([*at_rest(1), *at_rest(9, first=200)], plain())
    assert names(happened)[-1] == "StreamEnded"


@pytest.mark.parametrize("lost", [1, 3, 7])
def test_samples_lost_inside_a_rep_are_counted_as_lost_samples(lost: int) -> None:
    """Not in rows of the working rate, each of which is the average of four samples here."""
    scenario = calm(SetPlan(Side.LEFT, ((),) * 3), sensor=Sensor(rate_hz=104))
    inputs = list(simulate(scenario).inputs)
    rep = reps_of(said(inputs))[1].rep
    start = next(i for i, item in enumerate(inputs) if item.received_s > rep.top_s + 0.5)
    packet = inputs[start]
    assert isinstance(packet, Packet)
    count = packet.payload[1]
    index, clock_us = struct.unpack_from("<HI", packet.payload, 2)
    cut = struct.pack("<BBHI", packet.payload[0], count - lost, index + lost, clock_us + round(lost * 1e6 / 104))
    inputs[start] = packet._replace(payload=cut + packet.payload[8 + 12 * lost :])
    assert [judged.rep.missing_samples for judged in reps_of(said(inputs))] == [0, lost, 0]
