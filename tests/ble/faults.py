"""What can go wrong on the air and on the computer, each as something that happens to a scene or to its messages."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from functools import partial

from tests.ble.bluez import BusError
from tests.ble.boards.board import Message
from tests.ble.trial import NEVER_S, Air, Scene

NOT_SUPPORTED = BusError("org.bluez.Error.NotSupported", "Operation is not supported")
LATE_EVERY_S, LATE_S = 3.0, 0.3
CALIBRATED_S = 37.0  # true seconds; a calibration with holes in it is refused, and the person does it again
OFF_S, RESTART_S = 4.0, 3.0


def losing(share: float) -> Air:
    """After the calibration so many of the data messages never arrive; answers to requests do."""
    rng = random.Random(5)

    def air(messages: list[Message], now_s: float) -> Iterable[Message]:
        is_safe = now_s < CALIBRATED_S
        return [item for item in messages if is_safe or not item.stop or rng.random() >= share]

    return air


def doubling(share: float) -> Air:
    """So many arrive twice."""
    rng = random.Random(6)

    def air(messages: list[Message], _now_s: float) -> Iterable[Message]:
        return [item for item in messages for _ in range(1 + (item.stop > 0 and rng.random() < share))]

    return air


def stalling() -> Air:
    """Every few seconds nothing comes through for 0.3 s, then all of it at once."""
    held: list[Message] = []

    def air(messages: list[Message], now_s: float) -> Iterable[Message]:
        held.extend(messages)
        if now_s % LATE_EVERY_S < LATE_S:
            return []
        out = held[:]
        held.clear()
        return out

    return air


# In the middle of the third rep something is lost and comes back; each is called with the scene and that moment.
Interruption = Callable[[Scene, float], object]


async def away(scene: Scene, moment_s: float, *, away_s: float) -> None:
    await scene.at(moment_s)
    await scene.leave(away_s)


async def adapter_off(scene: Scene, moment_s: float) -> None:
    await scene.at(moment_s)
    await scene.power_cycle(OFF_S)


async def service_restarted(scene: Scene, moment_s: float) -> None:
    await scene.at(moment_s)
    await scene.lose_service(RESTART_S)


async def bus_gone(scene: Scene, moment_s: float) -> None:
    await scene.at(moment_s)
    await scene.lose_bus(RESTART_S)


async def device_forgotten(scene: Scene, moment_s: float) -> None:
    """The service removes the device without a word of the link."""
    await scene.at(moment_s)
    scene.bluez.remove_device(scene.board.peripheral)
    scene.board.forget_host()


async def falls_silent(scene: Scene, moment_s: float) -> None:
    """The link stays up and nothing comes; the sensor has to be started again."""
    await scene.at(moment_s)
    scene.board.stall()
    await asyncio.sleep(0)


async def notify_refused_after_loss(scene: Scene, moment_s: float) -> None:
    """Away for a second, and then notifications fail to start."""
    await scene.at(moment_s)
    scene.board.notified[0].notify_errors.append(NOT_SUPPORTED)
    await scene.leave(1.0)


INTERRUPTIONS: dict[str, Interruption] = {
    "away 1 s": partial(away, away_s=1.0),
    "away 5 s": partial(away, away_s=5.0),
    "away 60 s": partial(away, away_s=60.0),
    "never back": partial(away, away_s=NEVER_S),
    "adapter off and on": adapter_off,
    "service killed, restarted": service_restarted,
    "bus gone, back": bus_gone,
    "device forgotten": device_forgotten,
    "connected but silent": falls_silent,
    "notify fails when back": notify_refused_after_loss,
}
AIRS: dict[str, Callable[[], Air]] = {
    "2 % lost": partial(losing, 0.02),
    "5 % lost": partial(losing, 0.05),
    "10 % lost": partial(losing, 0.10),
    "10 % doubled": partial(doubling, 0.10),
    "late by 300 ms": stalling,
}
