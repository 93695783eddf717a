"""Which of the sensors in range to take: the one that was named, the last one used, else the strongest."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tracker.decoders import PROFILES
from tracker.errors import BluetoothUnavailable, DeviceNotFound
from tracker.sources.ble_adapters import adapters
from tracker.sources.ble_errors import not_found
from tracker.sources.ble_scan import Sensor, advertised, strongest_first
from tracker.sources.remembered import Remembered

SETTLE_S = 1.5  # after the first find, so that the strongest is not merely the first to be heard
SETTLE_FOR_LAST_S = 3.0  # the one used last gets twice as long to be heard before another is taken


@dataclass(frozen=True, slots=True)
class Choice:
    """The sensor that was chosen, and the supported ones that were not."""

    sensor: Sensor
    others: tuple[Sensor, ...]

    @property
    def other_titles(self) -> tuple[str, ...]:
        """What to call the others; by their addresses, too, where several sensors have one name."""
        names = Counter(item.title for item in (self.sensor, *self.others))
        return tuple(
            item.title if names[item.title] == 1 else f"{item.title} ({item.address})" for item in self.others
        )  # fmt: skip


async def choose_sensor(
    wanted: str | None,
    last: Remembered | None,
    *,
    adapter: str | None = None,
    search_s: float,
    spared: Callable[[Sensor], bool] = lambda _sensor: False,
) -> Choice:
    """Search until the choice is clear. wanted: a name, an address or a kind; None = any that is supported.

    spared: true for sensors that are not to be taken.

    Raises DeviceNotFound, BluetoothUnavailable.
    """
    heard: dict[str, Sensor] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(search_s) as limit, contextlib.aclosing(advertised(adapter)) as sensors:
            settles_s: float | None = None
            async for sensor in sensors:
                if spared(sensor):
                    continue
                heard[sensor.address] = sensor
                if _is_exact(sensor, wanted, last):
                    break
                if settles_s is None and fits(sensor, wanted):
                    patience_s = SETTLE_S if last is None else SETTLE_FOR_LAST_S
                    settles_s = asyncio.get_running_loop().time() + patience_s
                    limit.reschedule(min(settles_s, limit.when() or settles_s))
    fitting = [sensor for sensor in strongest_first(heard.values()) if fits(sensor, wanted)]
    if not fitting:
        raise _nothing_found(wanted, list(heard.values()), hint="" if adapter else await _other_adapters())
    chosen = next((sensor for sensor in fitting if _is_exact(sensor, wanted, last)), fitting[0])
    others = tuple(item for item in strongest_first(heard.values()) if item.profiles and item.address != chosen.address)
    return Choice(_as_kind(chosen, wanted, last), others)


def _is_kind(wanted: str | None) -> bool:
    return wanted is not None and wanted in PROFILES


def _is_named(sensor: Sensor, wanted: str) -> bool:
    return wanted.casefold() in (sensor.address.casefold(), sensor.name.casefold())


def _is_exact(sensor: Sensor, wanted: str | None, last: Remembered | None) -> bool:
    """No other could be meant more. A name is not enough: two sensors of one maker may have the same."""
    if wanted is not None and wanted.casefold() == sensor.address.casefold():
        return True
    return last is not None and sensor.address == last.address and fits(sensor, wanted)


def fits(sensor: Sensor, wanted: str | None) -> bool:
    """True where this sensor may be meant."""
    if wanted is None:
        return bool(sensor.profiles)
    if _is_kind(wanted):
        return any(profile.key == wanted for profile in sensor.profiles)
    return _is_named(sensor, wanted)


def _as_kind(sensor: Sensor, wanted: str | None, last: Remembered | None) -> Sensor:
    """With only the kind that was asked for or used last; one named by the person may be of any kind."""
    if wanted is not None and _is_kind(wanted):
        return replace(sensor, profiles=(PROFILES[wanted],))
    if last is not None and last.address == sensor.address:
        used = tuple(profile for profile in sensor.profiles if profile.key == last.kind)
        return replace(sensor, profiles=used or sensor.profiles)
    if not sensor.profiles:
        return replace(sensor, profiles=tuple(item for item in PROFILES.values() if item.is_bluetooth))
    return sensor


async def _other_adapters() -> str:
    """A hint where this computer has more adapters than the one that listened."""
    with contextlib.suppress(BluetoothUnavailable):
        names = [item.name for item in await adapters()]
        if len(names) > 1:
            return f" This computer has the adapters {', '.join(names)}: --adapter {names[-1]} listens with another."
    return ""


def _nothing_found(wanted: str | None, heard: Sequence[Sensor], *, hint: str) -> DeviceNotFound:
    supported = [sensor.title for sensor in heard if sensor.profiles]
    if wanted is None:
        return DeviceNotFound(
            "No supported sensor is in range.",
            hint="Wake it up, close its app on the phone, and try again; `tracker scan --all` shows what is heard."
            + hint,
        )
    if supported:
        return DeviceNotFound(f"{wanted} is not in range.", hint=f"In range: {', '.join(supported)}.{hint}")
    missing = not_found(wanted)
    return DeviceNotFound(missing.message, hint=missing.hint + hint)
