"""A sensor as a source: connects, keeps the stream alive, connects again for as long as the person wants.

         connect, subscribe, set up
  [away] ---------------------------> [streaming]
    ^  back-off 0.1 ... 2 s                |
    +--------------------------------------+
       link broke, or no data for 2 s: LINK_LOST; back with the first new data: LINK_BACK

The engine keeps set and count meanwhile: it is told of both by commands, which are recorded like everything else.
Whether data come is the only proof of life: several stacks go on saying "connected" when they are not.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from bleak.backends.device import BLEDevice

from tracker.core.model import CommandName, Input
from tracker.decoders import DeviceProfile
from tracker.errors import BluetoothUnavailable, DeviceError, DeviceLost, DeviceUnsupported
from tracker.sources.ble_battery import ask_battery, keep_asking
from tracker.sources.ble_errors import FOREIGN, not_found, translate
from tracker.sources.ble_link import About, Link, opened
from tracker.sources.ble_scan import Sensor, advertised
from tracker.sources.inbox import Inbox

SILENT_S = 2.0  # no sensor that is worn sends less than once a second, but for those that fill frames first
_SILENT_INTERVALS = 2.5  # of a slow sensor one message may be late
_SILENT_FILLS = 1.6  # a frame that is filled in motion takes half as long, so that one may get lost on its way
_USUAL_COUNT = 8  # so many and the usual interval is known; the first may be answers to the setup
FIRST_DATA_S = 5.0  # the first frame of the slowest takes 2.5 s after the start command was answered
_LATE_S = 0.05  # data that came while the computer was busy are read from the socket first
_FIRST_BACK_OFF_S, _LONGEST_BACK_OFF_S = 0.1, 2.0  # doubled in between: soon back, and a dead adapter has peace
_FIRST_ATTEMPTS = 4  # interference makes one connection in some tens fail; the next attempt usually works
_SEARCH_S = 10.0  # one search for a lost sensor; the next follows at once
_QUIET_S = 4.0  # for stopping a sensor that was out of reach when the session ended

Say = Callable[[str], None]


class BleStream:
    """Inside `async with` the sensor streams; `batches` are its inputs, with notes for the person among them.

    say: for what they should know before and afterwards.

    beside: the stream of the counted sensor; what this one, the second, has to say comes out of that.

    Raises on entering: DeviceNotFound, DeviceLost, DeviceUnsupported, BluetoothUnavailable.
    """

    def __init__(
        self,
        sensor: Sensor,
        *,
        clock: Callable[[], float],
        say: Say,
        adapter: str | None = None,
        beside: BleStream | None = None,
    ) -> None:
        self.about = About()
        self._sensor = sensor
        self._profile: DeviceProfile | None = None
        self._inbox: Inbox = Inbox(clock, beside=None if beside is None else beside._inbox)
        self._say = say
        self._adapter = adapter
        self._ready: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False
        self._must_be_quieted = False

    @property
    def profile(self) -> DeviceProfile:
        """The kind of sensor that it proved to be."""
        assert self._profile is not None, "known inside `async with`"
        return self._profile

    def tell(self, name: CommandName, value: str = "") -> None:
        """Put a command into the stream, now."""
        self._inbox.put_command(name, value)

    def batches(self) -> AsyncGenerator[list[Input], None]:
        """Packets and commands as they arrive, without end."""
        return self._inbox.batches()

    async def __aenter__(self) -> Self:
        """Connect for the first time; returns with the first data."""
        self._ready = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(self._ready))
        self._task.add_done_callback(self._ended)
        try:
            await asyncio.shield(self._ready)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the sensor and let it go."""
        await self._close()

    async def _close(self) -> None:
        self._is_closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._ready is not None and self._ready.done() and not self._ready.cancelled():
            self._ready.exception()  # whoever waited for it may have been cancelled

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        assert self._ready is not None
        if not self._ready.done():
            if error is None:
                self._ready.cancel()
            else:
                self._ready.set_exception(error)
        self._inbox.close(error)

    async def _run(self, ready: asyncio.Future[None]) -> None:
        """One connection after the other, until cancelled; before the first data, errors end it.

        A lost sensor may still be connected, then it does not advertise; or only the system thinks so, because its
        Bluetooth service died and came back. Nobody can tell which, so the two are tried in turn.
        """
        back_off_s, attempts, said = _FIRST_BACK_OFF_S, 0, set[str]()
        asks_system = True
        device: BLEDevice | None = self._sensor.device
        try:
            while not self._is_closing:
                error: DeviceError | None = None
                self._inbox.begin_link()
                try:
                    await self._one_connection(device or await self._find_again(asks_system=asks_system), ready)
                except DeviceError as known:
                    error = known
                except FOREIGN as foreign:
                    error = translate(foreign, name=self._sensor.title)
                    error.__cause__ = foreign
                attempts += 1
                asks_system = not asks_system
                if self._inbox.data_count:
                    back_off_s, said, asks_system = _FIRST_BACK_OFF_S, set(), True
                if error is not None:
                    is_final = isinstance(error, BluetoothUnavailable | DeviceUnsupported)
                    if not ready.done() and (is_final or attempts >= _FIRST_ATTEMPTS):
                        raise error
                    if str(error) not in said:  # however long it is away
                        said.add(str(error))
                        tell = self._inbox.put_note if ready.done() else self._say
                        tell(str(error))
                if ready.done():
                    device = None  # the system may have forgotten it meanwhile: look for it anew
                await asyncio.sleep(back_off_s)
                back_off_s = min(2 * back_off_s, _LONGEST_BACK_OFF_S)
        finally:
            if self._must_be_quieted:
                await self._quiet()

    async def _one_connection(self, device: BLEDevice, ready: asyncio.Future[None]) -> None:
        """From connecting until the link is lost. Raises when it does not come to data."""
        profiles = self._sensor.profiles if self._profile is None else (self._profile,)
        link: Link | None = None
        try:
            async with opened(device, profiles, self._adapter) as link:
                about = await link.about()
                if self._profile is None:
                    self._say_if_cut(link)
                try:
                    await link.start(self._inbox)
                    self._profile = link.profile  # the setup may have told it from its relatives
                    await self._first_data(link)
                    percent = await ask_battery(link, self._inbox)
                    if not ready.done():
                        self.about = replace(about, battery_pct=percent)
                        ready.set_result(None)
                    asking = asyncio.create_task(keep_asking(link, self._inbox))
                    try:
                        await self._until_silent(link)
                    finally:
                        asking.cancel()
                finally:
                    # before the link is given up, which may take seconds
                    if self._inbox.data_count and not self._is_closing:
                        self._inbox.lose_link()
        finally:
            if link is not None and link.was_started:
                self._must_be_quieted = bool(link.profile.teardown) and not link.was_stopped

    async def _first_data(self, link: Link) -> None:
        """Wait for them. Raises DeviceLost when none come."""
        waits = [asyncio.create_task(event.wait()) for event in (self._inbox.has_data, link.lost)]
        try:
            await asyncio.wait(waits, timeout=FIRST_DATA_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not self._inbox.has_data.is_set():
            what = "broke the connection" if link.lost.is_set() else "is connected but sends nothing"
            raise DeviceLost(f"{self._sensor.title} {what}.", hint="Turn it off and on, then try again.")

    async def _until_silent(self, link: Link) -> None:
        """Return when the link broke or data stopped coming."""
        while True:
            intervals_s = (_SILENT_INTERVALS * self._inbox.usual_interval_s, _SILENT_FILLS * link.profile.fill_s)
            limit_s = max(SILENT_S, *intervals_s)
            if self._inbox.data_count < _USUAL_COUNT:
                limit_s = max(limit_s, FIRST_DATA_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, limit_s - self._inbox.seconds_silent())):
                    await link.lost.wait()
                    return
            await asyncio.sleep(_LATE_S)
            if self._inbox.seconds_silent() > limit_s:
                return

    async def _find_again(self, *, asks_system: bool = True) -> BLEDevice:
        """The same sensor, as the system knows it now. Raises DeviceNotFound, BluetoothUnavailable."""
        found = advertised(self._adapter, asks_system=asks_system)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SEARCH_S), contextlib.aclosing(found) as sensors:
                async for sensor in sensors:
                    if sensor.address == self._sensor.address:
                        return sensor.device
        raise not_found(self._sensor.title)

    async def _quiet(self) -> None:
        """Stop a sensor that was out of reach when the session ended: it would stream until its battery is empty."""
        self._say(f"Stopping {self._sensor.title} ...")
        try:
            async with asyncio.timeout(_QUIET_S):
                device = await self._find_again()
                async with opened(device, (self.profile,), self._adapter):
                    pass  # closing a link stops the sensor
        except (DeviceError, *FOREIGN):
            self._say(f"{self._sensor.title} could not be reached to stop it: turn it off by hand.")

    def _say_if_cut(self, link: Link) -> None:
        if cut_bytes := link.cut_bytes():
            self._say(
                f"The link is {cut_bytes} bytes too narrow for {self._sensor.title}: its messages will be cut. "
                "Another Bluetooth adapter may help."
            )
