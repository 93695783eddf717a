"""A session that is played step by step onto a page: to the next rep, to a pose, to the end; taps reach its engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.web.wall import Wall
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.events import Event, RepCounted
from tracker.core.model import Command, Input
from tracker.decoders.registry import profile
from tracker.page import CURVE_RATE_HZ
from tracker.sources.simulator import DEMO, simulate

DEMO_INPUTS: tuple[Input, ...] = tuple(simulate(DEMO).inputs)


@dataclass
class Performance:
    """Feeds `inputs` to an engine and its events to `wall`, only as far as it is asked to."""

    wall: Wall
    inputs: Iterable[Input] = DEMO_INPUTS
    config: Config = field(default_factory=Config)
    side_plan: str = ""
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._inputs = iter(self.inputs)
        self._now_s = 0.0
        self._told = 0
        self._engine = Engine(
            self.config,
            profile("imu_stream").new_decoder(),
            side_plan=self.side_plan,
            pose_rate_hz=30.0,
            curve_rate_hz=CURVE_RATE_HZ,
        )

    def to(self, is_it: Callable[[Event], object]) -> Event | None:
        """Play until an event of which it is true, and return it; None at the end of the inputs."""
        for item in self._inputs:
            self._now_s = item.received_s
            events = self._take([item])
            if found := next((event for event in events if is_it(event)), None):
                return found
        return None

    def to_rep(self) -> RepCounted | None:
        """Play until the next number."""
        found = self.to(lambda event: isinstance(event, RepCounted))
        assert found is None or isinstance(found, RepCounted)
        return found

    def obey(self) -> None:
        """Wait for one more tap and let the engine have it."""
        name, value = self.wall.wait_told(self._told + 1)[self._told]
        self._told += 1
        self._take([Command(self._now_s, name, value)])

    def end(self) -> None:
        """Play to the end of the stream."""
        self.to(lambda _: False)
        self._put(self._engine.finish())

    def _take(self, inputs: list[Input]) -> list[Event]:
        events = self._engine.feed(inputs)
        self._put(events)
        return events

    def _put(self, events: list[Event]) -> None:
        self.events += events
        if events:
            self.wall.page.handle(events)
