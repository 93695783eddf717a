"""How full a sensor's battery is, asked in the way its profile names, beside a stream that goes on undisturbed.

A level that can be read becomes a command, one that the sensor answers by a notification is a packet for its decoder:
both are inputs, so a recording knows what the person was told.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from tracker.core.model import Battery, CommandName, Packet
from tracker.decoders import Read
from tracker.errors import DeviceError
from tracker.sources.ble_errors import FOREIGN
from tracker.sources.ble_link import Link, opened
from tracker.sources.ble_scan import Sensor
from tracker.sources.inbox import Inbox

EVERY_S = 300.0  # a sensor that lasts eight hours loses one percent in that time
_ANSWER_S = 2.0  # one exchange takes two connection intervals, 0.1 s; longer is a link with worse troubles


async def ask_battery(link: Link, inbox: Inbox) -> int | None:
    """Ask once; the percentage, or None where there is none or it comes later as a notification.

    Whatever fails costs only the answer: whether the link lives is watched by its data.
    """
    with contextlib.suppress(*FOREIGN, DeviceError):
        async with asyncio.timeout(_ANSWER_S):
            percent = await link.battery_pct()
            if percent is not None:
                inbox.put_command(CommandName.BATTERY, str(percent))
            return percent
    return None


async def keep_asking(link: Link, inbox: Inbox) -> None:
    """Ask again and again, until cancelled."""
    while True:
        await asyncio.sleep(EVERY_S)
        await ask_battery(link, inbox)


async def with_battery(sensor: Sensor, adapter: str | None) -> Sensor:
    """The sensor with its battery level, asked for by connecting; as it was where that fails."""
    if sensor.battery_pct is not None:
        return sensor
    with contextlib.suppress(*FOREIGN, DeviceError):
        async with opened(sensor.device, sensor.profiles, adapter) as link:
            return replace(sensor, battery_pct=await _answer(link))
    return sensor


async def _answer(link: Link) -> int | None:
    """The percentage, waited for where it comes as a notification."""
    if isinstance(link.profile.battery, Read):
        return await link.battery_pct()
    inbox = Inbox(lambda: 0.0)
    decoder = link.profile.new_decoder()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_ANSWER_S):
            await link.subscribe(inbox)
            await link.battery_pct()
            async for batch in inbox.batches():
                packets = [item for item in batch if isinstance(item, Packet)]
                for told in decoder.decode(packets).messages:
                    if isinstance(told, Battery):
                        return told.percent
    return None
