"""Inputs of the past as a live source: they come when they once came, and what a person says now goes in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable

from tracker.core.model import Command, CommandName, Input

# A key that is pressed in a long silence of the recording is obeyed this soon [s]: at once, to a person.
_PROMPT_S = 0.05
# A wait of less is over: rounding of a clock that counts the seconds since the computer started.
_NO_WAIT_S = 1e-6


class PacedStream:
    """`batches` gives the inputs at the times they once arrived, `speed` times as fast. clock: monotonic seconds.

    Commands are stamped with the session's own time, `speed` times as fast as the clock, and stand between the inputs
    where they were told, so that a recording of both replays as it was seen.
    """

    def __init__(
        self,
        inputs: Iterable[Input],
        *,
        speed: float,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._inputs = inputs
        self._speed = speed
        self._clock = clock
        self._sleep = sleep
        self._start_s: float | None = None
        self._told: list[Command] = []

    def tell(self, name: CommandName, value: str = "") -> None:
        """Put a command into the stream, now."""
        self._told.append(Command(self._now_s(), name, value))

    async def batches(self) -> AsyncGenerator[list[Input], None]:
        """The inputs and what was told meanwhile, to the end of the inputs."""
        self._start_s = self._clock()
        came_s = 0.0  # so far; a late loop must not stamp a command later than the input behind it
        for item in self._inputs:
            await self._sleep(0)  # also when late: the loop must get its turn, or nobody could stop us
            while True:
                if self._told:
                    yield self._taken(came_s, max(came_s, item.received_s))
                wait_s = (item.received_s - self._now_s()) / self._speed
                if wait_s < _NO_WAIT_S:
                    break
                await self._sleep(min(wait_s, _PROMPT_S))
            came_s = max(came_s, item.received_s)
            yield [item]
        if self._told:
            yield self._taken(came_s, self._now_s())

    def _now_s(self) -> float:
        return 0.0 if self._start_s is None else (self._clock() - self._start_s) * self._speed

    def _taken(self, earliest_s: float, latest_s: float) -> list[Input]:
        told, self._told = self._told, []
        return [item._replace(received_s=max(earliest_s, min(item.received_s, latest_s))) for item in told]
