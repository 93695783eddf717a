"""A second sensor in the same session: recorded beside the one that is counted, never counted itself.

Its packets carry a prefix before their channel, its link speaks in one command of its own. The one question, whose a
packet is, is answered here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tracker.core.model import Command, CommandName, Input, Packet

SECOND = "second/"  # no characteristic's UUID and no file's channel begins so


def is_second(packet: Packet) -> bool:
    """True for packets of the second sensor."""
    return packet[1].startswith(SECOND)


def as_second(item: Input) -> Input:
    """What the second sensor's link put in, as it stands in the stream of the session."""
    if isinstance(item, Packet):
        return item._replace(channel=SECOND + item.channel)
    return Command(item.received_s, CommandName.SECOND, f"{item.name.value} {item.value}".rstrip())


def of_first(inputs: Iterable[Input]) -> Iterator[Input]:
    """The inputs without the second sensor's packets."""
    return (item for item in inputs if isinstance(item, Command) or not is_second(item))


def packets_of_first(packets: Sequence[Packet]) -> Sequence[Packet]:
    """The packets without the second sensor's; asks each channel once, since an hour has ten thousands of packets."""
    if not any(channel.startswith(SECOND) for channel in {packet[1] for packet in packets}):
        return packets
    return [packet for packet in packets if not is_second(packet)]


def of_second(inputs: Iterable[Input]) -> Iterator[Packet]:
    """The second sensor's packets, as its decoder knows them."""
    for item in inputs:
        if isinstance(item, Packet) and is_second(item):
            yield item._replace(channel=item.channel.removeprefix(SECOND))


@dataclass(slots=True)
class SecondLink:
    """What a person should hear of the second sensor's link. Carries whether its battery was found low."""

    low_battery_pct: int
    _is_low: bool = False

    def sentence(self, value: str) -> str:
        """Of one command; empty for what needs no attention. A low battery is told once."""
        match value.split():
            case [CommandName.LINK_LOST]:
                return "The second sensor is out of reach; the count goes on."
            case [CommandName.LINK_BACK]:
                return "The second sensor is back."
            case [CommandName.BATTERY, percent] if percent.isascii() and percent.isdigit():
                was_low, self._is_low = self._is_low, self._is_low or int(percent) <= self.low_battery_pct
                is_news = self._is_low and not was_low
                return f"The second sensor's battery is at {percent} %: charge or change it." if is_news else ""
            case _:
                return ""
