"""Choosing and connecting what a live session needs: the sensor that is counted, and a second one beside it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from tracker.calibrations import Kept, Wearing
from tracker.commands.kept_calibration import calibration_to_begin_with
from tracker.commands.phone import Phoning, phone_link, place_sentence
from tracker.core.model import CommandName, Input
from tracker.decoders import DeviceProfile
from tracker.errors import BluetoothUnavailable
from tracker.header import Second
from tracker.sources.ble_choice import Choice, choose_sensor, fits
from tracker.sources.ble_scan import Sensor
from tracker.sources.ble_stream import BleStream, Say
from tracker.sources.phone_stream import PhoneStream
from tracker.sources.remembered import Remembered, remember_sensor, remembered_sensor
from tracker.sources.sensor_lock import sensor_lock

_WITHOUT = "Without Bluetooth, a phone can be the sensor (`--phone browser`), and `tracker demo` needs none at all."


@dataclass(frozen=True, slots=True)
class WantedSensors:
    """What the person asked for.

    second_worn: where the second is worn, in their words; calibrates: True = anew, False = never, None = if need be.
    """

    sensor: str | None
    second: str | None
    second_worn: str
    adapter: str | None
    search_s: float
    athlete: str
    calibrates: bool | None


class LiveStream(Protocol):
    """What a session needs of whatever streams: a Bluetooth sensor, or a phone."""

    @property
    def profile(self) -> DeviceProfile:
        """The kind of sensor."""

    def tell(self, name: CommandName, value: str = "") -> None:
        """Put a command into the stream, now."""

    def batches(self) -> AsyncGenerator[list[Input], None]:
        """Packets and commands as they arrive."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Streaming sensors. device: what the counted one is called and says of itself; second: of the other.

    wearing: of the counted one, on whom and when; given: its calibration of earlier that day, to begin with.
    has_text_payloads: what it sends is text, and recorded as such.
    """

    stream: LiveStream
    device: str
    second: Second | None
    wearing: Wearing
    given: Kept | None
    has_text_payloads: bool = False


async def open_sensors(
    wanted: WantedSensors, *, clock: Callable[[], float], say: Say, stack: contextlib.AsyncExitStack
) -> Opened:
    """Choose and connect; the streams close with the stack. Raises DeviceError."""
    say(f"Looking for {wanted.sensor or 'a sensor'} ... (Ctrl-C ends)")
    try:
        choice = await choose_sensor(
            wanted.sensor,
            remembered_sensor(),
            adapter=wanted.adapter,
            search_s=wanted.search_s,
            spared=lambda sensor: wanted.sensor is None and wanted.second is not None and fits(sensor, wanted.second),
        )
    except BluetoothUnavailable as error:
        raise BluetoothUnavailable(error.message, reason=error.reason, hint=f"{error.hint} {_WITHOUT}") from error
    second = await _second(wanted, choice.sensor, say)  # before connecting: searching disturbs a stream
    for chosen in (choice.sensor, second):
        if chosen is not None:
            stack.enter_context(sensor_lock(chosen.address, chosen.title))
    say(_choice_sentence(choice, second))
    sensor = choice.sensor
    stream = BleStream(sensor, clock=clock, say=say, adapter=wanted.adapter)
    wearing = Wearing(sensor.address, wanted.athlete, datetime.now().astimezone().date())
    given = calibration_to_begin_with(wearing, stream.tell, calibrates=wanted.calibrates)
    await stack.enter_async_context(stream)
    remember_sensor(Remembered(sensor.address, sensor.name, stream.profile.key))
    say(f"{sensor.title}: {_about(stream)}. {stream.profile.wear}")
    if second is None:
        return Opened(stream, _device(sensor, stream), None, wearing, given)
    beside = BleStream(second, clock=clock, say=say, adapter=wanted.adapter, beside=stream)
    await stack.enter_async_context(beside)
    say(f"Second sensor, recorded and not counted: {second.title}: {_about(beside)}.")
    described = Second(_device(second, beside), beside.profile.key, beside.profile.nominal_rate_hz, wanted.second_worn)
    return Opened(stream, _device(sensor, stream), described, wearing, given)


async def open_phone(
    phoning: Phoning,
    wanted: WantedSensors,
    *,
    clock: Callable[[], float],
    say: Say,
    stack: contextlib.AsyncExitStack,
) -> Opened:
    """Say what to do on the phone, and wait until it streams. Raises TrackerError, UsageError."""
    link = phone_link(phoning, say)
    say("Waiting for the phone ... (Ctrl-C ends)")
    stream = PhoneStream(link, clock=clock, say=say)
    device = f"phone ({link.title}, {phoning.place})"
    wearing = Wearing(device, wanted.athlete, datetime.now().astimezone().date())
    calibrates = wanted.calibrates if phoning.is_judged else False
    given = calibration_to_begin_with(wearing, stream.tell, calibrates=calibrates)
    await stack.enter_async_context(stream)
    say(f"The phone sends. {place_sentence(phoning)}")
    return Opened(stream, device, None, wearing, given, has_text_payloads=True)


async def _second(wanted: WantedSensors, first: Sensor, say: Say) -> Sensor | None:
    if wanted.second is None:
        return None
    say(f"Looking for {wanted.second} as the second sensor ...")
    choice = await choose_sensor(
        wanted.second,
        None,
        adapter=wanted.adapter,
        search_s=wanted.search_s,
        spared=lambda sensor: sensor.address == first.address,
    )
    return choice.sensor


def _choice_sentence(choice: Choice, second: Sensor | None) -> str:
    sensor = choice.sensor
    sentence = f"Connecting to {sensor.title} ({_signal(sensor)})"
    if second is not None:
        sentence += f" and {second.title} ({_signal(second)})"
        others = tuple(item for item in choice.others if item.address != second.address)
        choice = replace(choice, others=others)
    return f"{sentence}." + (
        f" Also in range: {', '.join(choice.other_titles)}; --sensor chooses." * bool(choice.others)
    )


def _signal(sensor: Sensor) -> str:
    return "connected already" if sensor.signal_dbm is None else f"{sensor.signal_dbm} dBm"


def _about(stream: BleStream) -> str:
    percent = stream.about.battery_pct
    return stream.profile.title + ("" if percent is None else f", battery {percent} %")


def _device(sensor: Sensor, stream: BleStream) -> str:
    return f"{sensor.title} ({about})" if (about := stream.about.text) else sensor.title
