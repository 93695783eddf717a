"""`tracker decode`: the samples inside notifications as JSON, for people who write firmware.

numpy and the decoders are imported only when the command runs, so that --help stays fast; the kinds stand here once
more for the same reason, and a test compares them with the registry.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from tracker.errors import TrackerError

if TYPE_CHECKING:
    from tracker.core.model import Packet, Readings
    from tracker.decoders.profile import DeviceProfile

KINDS = (
    "imu_stream",
    "witmotion",
    "thingy52",
    "metawear",
    "metawear_s",
    "movesense",
    "puckjs",
    "polar",
    "polar_h10",
    "movella_dot",
    "bluest",
    "nicla_sense_me",
    "adafruit_bluefruit",
    "arduino_ble_sense",
    "arduino_dashboard",
    "sensortag_cc2650",
    "openearable2",
    "capture2go",
)


@click.command(epilog="Kinds: " + ", ".join(KINDS) + ".")
@click.argument("kind")
@click.argument("messages", metavar="HEX...", nargs=-1, required=True)
@click.option(
    "--char", "characteristic", metavar="UUID", default="", help="The characteristic they came from (a part will do)."
)
def decode(kind: str, messages: tuple[str, ...], characteristic: str) -> None:
    """Print the samples inside notifications as JSON, one object a sample.

    HEX is one notification; spaces and colons between bytes are welcome. `-` reads one notification a line from stdin.
    CHAR=HEX names the characteristic of one notification where several are mixed.
    """
    from tracker.decoders.registry import profile

    device = profile(kind)
    if not device.is_bluetooth:
        raise TrackerError(f"'{kind}' sends no notifications.", hint=f"Kinds: {', '.join(KINDS)}.")
    decoder = device.new_decoder()
    is_silent = True
    for packet in _packets(device, _texts(messages), characteristic):
        decoded = decoder.decode([packet])
        if decoded.rejected:
            raise decoded.rejected[0]
        is_silent &= decoded.readings is None
        if decoded.readings is not None:
            _print_readings(decoded.readings)
        elif device.describe is not None and packet.channel != device.notify[0]:
            click.echo(json.dumps(dict(device.describe(packet.channel, packet.payload))))
            is_silent = False
        for message in decoded.messages:
            is_silent = False
            told = {"message": message} if isinstance(message, str) else {"battery_pct": message.percent}
            click.echo(json.dumps(told))
    if is_silent:
        click.echo(
            "No whole sample yet. Where acceleration and rate come in separate messages, give one of each.", err=True
        )


def _texts(messages: Iterable[str]) -> Iterator[str]:
    for text in messages:
        if text == "-":
            yield from (line for line in sys.stdin if line.strip())
        else:
            yield text


def _packets(device: DeviceProfile, texts: Iterable[str], characteristic: str) -> Iterator[Packet]:
    from tracker.core.model import Packet

    for number, text in enumerate(texts, start=1):
        name, sign, digits = text.rpartition("=")
        channel = _channel(device, name.strip() if sign else characteristic)
        try:
            payload = bytes.fromhex(digits.replace(":", " "))
        except ValueError as error:
            raise TrackerError(
                f"Notification {number} is not hexadecimal: '{digits.strip()[:40]}'.", hint="Example: 10016400."
            ) from error
        yield Packet(0.0, channel, payload)


def _channel(device: DeviceProfile, part: str) -> str:
    """The characteristic meant by a part of its UUID; the first one if nothing is said."""
    channels = tuple(dict.fromkeys(device.notify + device.characteristic_uuids))
    found = [uuid for uuid in channels if part.lower() in uuid]
    if part and len(found) != 1:
        count = "several of" if found else "none of"
        raise TrackerError(f"'{part}' fits {count} the characteristics.", hint=f"They are: {', '.join(channels)}.")
    return found[0]


def _print_readings(readings: Readings) -> None:
    for index in range(len(readings)):
        sample: dict[str, object] = {"acc_mps2": _numbers(readings.acc_mps2[index].tolist())}
        if readings.gyr_radps is not None:
            sample["gyr_radps"] = _numbers(readings.gyr_radps[index].tolist())
        if readings.device_s is not None:
            sample["device_s"] = float(readings.device_s[index])
        if readings.counter is not None:
            sample["sequence"] = int(readings.counter[index])
        click.echo(json.dumps(sample))


def _numbers(values: Iterable[float]) -> list[float | None]:
    """JSON has no NaN; what was not measured is null."""
    return [None if math.isnan(value) else value for value in values]


command = decode  # the name under which the group of verbs finds every verb
