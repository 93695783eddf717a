"""What all boards have in common: a peripheral, a movement that goes on whether anyone listens or not, and messages.

The movement is the simulator's. A board turns samples into the bytes of its family when they are measured; while it
was not told to stream, or nobody is connected, they are lost, as on a wrist or a hip.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NamedTuple

import numpy as np

from tests.ble.bluez import ADDRESS, BusError, Characteristic, Peripheral
from tracker.core.model import GRAVITY_MPS2, Bools, Command, CommandName, Floats, Side
from tracker.decoders.profile import BATTERY_LEVEL
from tracker.sources.simulator import Scenario, Sensor, SetPlan, Truth, simulate

BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
INFORMATION_SERVICE = "0000180a-0000-1000-8000-00805f9b34fb"
MODEL = "00002a24-0000-1000-8000-00805f9b34fb"
BATTERY_PCT = 80
REFUSED = BusError("org.bluez.Error.Failed", "Operation failed with ATT error: 0x80")


@dataclass(frozen=True, slots=True)
class Movement:
    """One session as the sensor feels it. t_s (n,) true time of each sample; acc_mps2, gyr_radps (n, 3), sensor axes.

    said: when the person pressed which key, in true seconds; nobody presses one when the calibration is over.
    """

    rate_hz: float
    t_s: Floats
    acc_mps2: Floats
    gyr_radps: Floats
    truth: Truth
    said: tuple[tuple[float, CommandName, str], ...]

    def __len__(self) -> int:
        return len(self.t_s)


@cache
def movement(rate_hz: float, *, reps: int, pause_s: float = 0.0) -> Movement:
    """A calibration and one set on the left leg: the same body and the same minutes for every rate.

    pause_s: the lifter lies still for so long after the third rep.
    """
    plans = (SetPlan(Side.LEFT, ((),) * reps),)
    if pause_s:
        plans = (SetPlan(Side.LEFT, ((),) * 3), SetPlan(Side.LEFT, ((),) * (reps - 3), rest_before_s=pause_s))
    scenario = Scenario(
        seed=61,
        sets=plans,
        warms_up=False,
        ties_shoe=False,
        shuffles=False,
        walks_away=False,
        stands_first_s=2.0,
        fatigue=0.0,
        sensor=Sensor(rate_hz=round(rate_hz), acc_range_g=16, gyr_range_dps=2000),
    )
    session = simulate(scenario)
    pressed = [item for item in session.inputs if isinstance(item, Command)]
    said = tuple((item.received_s, item.name, item.value) for item in pressed if item.value != "end")
    truth = session.truth
    return Movement(rate_hz, truth.t_s, truth.samples.acc_mps2, truth.samples.gyr_radps, truth, said)


class Message(NamedTuple):
    """One notification to be, with the samples [first, stop) that it completes; none in answers.

    part: which of several streams they belong to, where a sample comes in parts.
    """

    characteristic: Characteristic
    payload: bytes
    part: int = 0
    first: int = 0
    stop: int = 0


class Board(ABC):
    """A sensor of one kind. Subclasses say what they offer, what they do when written to, and how a message looks.

    key: the profile's; rate_hz: samples a second; samples_per_message: how many wait for each other; event_s: the
    connection interval, after which what is ready goes out; has_gyroscope; keeps_streaming: also after a lost link.
    is_streaming: it was told to. `answers` are what it has to say besides samples. heard (n,): which samples reached
    somebody, with all their parts; parts: in how many messages a sample comes.
    """

    key: ClassVar[str] = ""
    name: ClassVar[str] = ""
    rate_hz: ClassVar[float] = 100.0
    samples_per_message: ClassVar[int] = 1
    event_s: ClassVar[float] = 0.045
    mtu: ClassVar[int] = 247
    has_gyroscope: ClassVar[bool] = True
    keeps_streaming: ClassVar[bool] = False
    advertised: ClassVar[tuple[str, ...]] = ()
    parts: ClassVar[int] = 1
    clock_starts_s: ClassVar[float] = 3.0  # it was turned on this long before

    def __init__(self, felt: Movement, *, name: str = "", address: str = ADDRESS, mtu: int | None = None) -> None:
        self.felt = felt
        self.is_streaming = False
        self.answers: list[Message] = []
        self.refuses_setup = False
        self._heard = np.zeros((self.parts, len(felt)), dtype=np.bool_)
        self._next = 0
        self._is_stalled = False
        self.battery = Characteristic(BATTERY_LEVEL, ("read",), bytes([BATTERY_PCT]))
        self.peripheral = Peripheral(
            address, name or self.name, self.services(), advertised_uuids=self.advertised, mtu=mtu or self.mtu
        )

    # what a family says of itself ------------------------------------------------------------------------------------

    @abstractmethod
    def services(self) -> dict[str, Sequence[Characteristic]]:
        """All it offers."""

    def told(self, characteristic: Characteristic, payload: bytes) -> None:  # noqa: B027 - most need not be told
        """It was written to."""

    @abstractmethod
    def message(self, first: int, stop: int) -> list[Message]:
        """The samples [first, stop) as notifications."""

    def forget_host(self) -> None:
        """The link is gone."""
        self.answers.clear()
        if not self.keeps_streaming:
            self.is_streaming = False

    def stall(self) -> None:
        """The firmware hangs until the host has gone and come back."""
        self._is_stalled = True

    # what all do -----------------------------------------------------------------------------------------------------

    @property
    def heard(self) -> Bools:
        """(n,) True for samples of which every part reached somebody."""
        return np.asarray(self._heard.all(axis=0))

    def heard_of(self, part: int) -> Bools:
        """(n,) True for samples of which this part reached somebody."""
        return np.asarray(self._heard[part])

    def was_heard(self, message: Message) -> None:
        """Somebody got this message."""
        self._heard[message.part, message.first : message.stop] = True

    def hush(self) -> None:
        """Nobody is there who heard what was said before."""
        self._heard[:] = False

    @property
    def notified(self) -> list[Characteristic]:
        """The characteristics that samples come from, the first first."""
        return [item for item in self.peripheral.characteristics if {"notify", "indicate"} & set(item.flags)]

    @property
    def room(self) -> int:
        """Bytes that fit into a notification."""
        return self.peripheral.mtu - 3

    def writable(self, uuid: str, *flags: str, value: bytes = b"") -> Characteristic:
        """A characteristic that leads to `told`."""
        item = Characteristic(uuid, flags, value)

        def write(payload: bytes) -> None:
            if self.refuses_setup:
                raise REFUSED
            self.told(item, payload)

        item.on_write = write
        return item

    def measured(self, stop: int) -> list[Message]:
        """What is ready once the samples before `stop` were measured. Nothing of it comes again."""
        messages, self.answers = self.answers, []
        if self._is_stalled or not self.is_streaming or not self.peripheral.is_connected:
            self._is_stalled = self._is_stalled and self.peripheral.is_connected
            self.lose(stop)
            return messages
        while self._next + self.size <= stop:
            first, self._next = self._next, self._next + self.size
            messages += [
                message if message.stop else message._replace(first=first, stop=self._next)
                for message in self.message(first, self._next)
            ]
        return messages

    def lose(self, stop: int) -> None:
        """The samples before `stop` reach nobody."""
        self._next = max(self._next, stop)

    @property
    def first_unsent(self) -> int:
        """The sample that the next message begins with."""
        return self._next

    @property
    def size(self) -> int:
        """Samples that make a message over this link."""
        return self.samples_per_message

    def device_s(self, index: int) -> float:
        """The board's own clock at this sample."""
        return self.clock_starts_s + index / self.rate_hz

    def acc_counts(self, first: int, stop: int, per_g: float, rail: int = 32767) -> bytes:
        """int16 triples."""
        return counts(self.felt.acc_mps2[first:stop] * (per_g / GRAVITY_MPS2), rail)

    def gyr_counts(self, first: int, stop: int, per_dps: float, rail: int = 32767) -> bytes:
        """int16 triples."""
        return counts(np.degrees(self.felt.gyr_radps[first:stop]) * per_dps, rail)


def counts(values: Floats, rail: int = 32767) -> bytes:
    """Rounded and clipped to what the chip can say."""
    return np.clip(np.rint(values), -rail - 1, rail).astype("<i2").tobytes()


def floats(values: Floats) -> bytes:
    """float32, row by row."""
    return values.astype("<f4").tobytes()
