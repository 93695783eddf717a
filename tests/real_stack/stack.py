"""The real thing: kernel, message bus and bluetoothd, with boards on the air around their adapter.

Offers what scenes do to the stand-in of BlueZ under the same names, so that the same scripts run on both.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Coroutine, Sequence
from pathlib import Path

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from tests.ble.bluez import ADAPTER, CHARACTERISTIC, PROPERTIES, Characteristic, Peripheral
from tests.real_stack.radio import Air, OnAir, plug_in

SOCKET = Path("/run/dbus/system_bus_socket")
CONFIGURATION = Path("/run/bus.conf")
STATE = Path("/var/lib/bluetooth")
BLUETOOTHD = ("/usr/libexec/bluetooth/bluetoothd", "/usr/sbin/bluetoothd")
STARTS_WITHIN_S = 90.0  # emulated: 3-10 s
LOOK_S = 0.1
ADAPTER_PATH = "/org/bluez/hci0"
BUS = f"""<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={SOCKET}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>
"""


class Stack:
    """As a context manager: up with its adapter on. log: where bluetoothd's words go."""

    def __init__(self, peripherals: Sequence[Peripheral], log: Path) -> None:
        self._peripherals = peripherals
        self._log = log
        self._service: subprocess.Popen | None = None
        self._tasks: set[asyncio.Task] = set()

    async def start(self, _socket: str) -> None:
        """Everything, from the adapter to the service; returns when the adapter is on."""
        air = Air()
        self._controller, self._transport = await plug_in(air)
        self._on_air = {item.path: OnAir(item, air) for item in self._peripherals}
        for item in self._on_air.values():
            self._keep(item.run())
        STATE.mkdir(parents=True, exist_ok=True)
        await self.start_bus()

    async def stop(self) -> None:
        """All of it ends, the adapter is unplugged."""
        self.kill_bus()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self._transport.close()

    async def start_bus(self) -> None:
        """Message bus and bluetoothd; returns when the adapter is on."""
        SOCKET.parent.mkdir(parents=True, exist_ok=True)
        CONFIGURATION.write_text(BUS, encoding="utf-8")
        self._daemon = self._spawn("dbus-daemon", f"--config-file={CONFIGURATION}", "--nofork", "--nopidfile")
        async with asyncio.timeout(STARTS_WITHIN_S):
            while not SOCKET.exists():
                await asyncio.sleep(LOOK_S)
        self._bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        self._bus.add_message_handler(self._heard)
        rule = f"type='signal',interface='{PROPERTIES}',path_namespace='/org/bluez'"
        await self._call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", rule)
        self.start_service()
        await self.is_on()

    def kill_bus(self) -> None:
        """The message bus dies at once, and bluetoothd with it."""
        self._bus.disconnect()
        self.kill_service()
        self._daemon.kill()
        self._daemon.wait()
        SOCKET.unlink(missing_ok=True)

    async def is_on(self) -> None:
        """Return when the adapter is there and on, which bluetoothd may leave to others."""
        async with asyncio.timeout(STARTS_WITHIN_S):
            while not await self._is_powered():
                await self._set_power(is_on=True)
                await asyncio.sleep(LOOK_S)

    async def is_off(self) -> None:
        """Return when it is off."""
        async with asyncio.timeout(STARTS_WITHIN_S):
            while await self._is_powered():
                await asyncio.sleep(LOOK_S)

    # what scripts do to it -------------------------------------------------------------------------------------------

    async def notify(self, peripheral: Peripheral, characteristic: Characteristic, payload: bytes) -> None:
        """One notification."""
        await self._on_air[peripheral.path].notify(characteristic, payload)

    def drop_link(self, peripheral: Peripheral) -> None:
        """Out of reach for longer than the supervision timeout."""
        self._on_air[peripheral.path].cut()

    def power(self, *, is_on: bool) -> None:
        """The adapter is turned off or on."""
        self._keep(self._set_power(is_on=is_on))

    def kill_service(self) -> None:
        """bluetoothd dies at once; the kernel keeps its links."""
        if self._service is not None:
            self._service.kill()
            self._service.wait()

    def start_service(self) -> None:
        """bluetoothd, as the system starts it; the adapter is turned on when it is there."""
        program = next(path for path in BLUETOOTHD if Path(path).exists())
        self._service = self._spawn(program, "--nodetach")
        self._keep(self.is_on())

    def remove_device(self, peripheral: Peripheral) -> None:
        """bluetoothd forgets it."""
        self._keep(self._call("org.bluez", ADAPTER_PATH, ADAPTER, "RemoveDevice", "o", peripheral.path))

    # inside ----------------------------------------------------------------------------------------------------------

    def _spawn(self, *command: str) -> subprocess.Popen:
        with self._log.open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603 - our own

    def _keep(self, coroutine: Coroutine) -> None:
        self._tasks.add(asyncio.get_running_loop().create_task(coroutine))

    async def _is_powered(self) -> bool:
        reply = await self._call("org.bluez", ADAPTER_PATH, PROPERTIES, "Get", "ss", ADAPTER, "Powered")
        return reply.message_type is not MessageType.ERROR and reply.body[0].value

    async def _set_power(self, *, is_on: bool) -> None:
        await self._call("org.bluez", ADAPTER_PATH, PROPERTIES, "Set", "ssv", ADAPTER, "Powered", Variant("b", is_on))

    async def _call(self, destination: str, path: str, interface: str, member: str, signature: str, *body) -> Message:
        return await self._bus.call(
            Message(
                destination=destination,
                path=path,
                interface=interface,
                member=member,
                signature=signature,
                body=[*body],
            )
        )

    def _heard(self, message: Message) -> None:
        """What bluetoothd gives to its clients: noted at the characteristic."""
        if message.member != "PropertiesChanged" or message.body[0] != CHARACTERISTIC or "Value" not in message.body[1]:
            return
        device_path, _, place = message.path.partition("/service")
        sensor = self._on_air.get(device_path)
        characteristic = sensor and sensor.at_handle(int(place[-4:], 16))
        if characteristic:
            characteristic.given.append(bytes(message.body[1]["Value"].value))
