"""A profile's setup talked through with a sensor that is only its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tracker.decoders import Ask, Become, Read, Refuse, Step, Write

Answer = Callable[[Read | Write], bytes | None]


def silence(_request: Read | Write) -> None:
    """The answer of a sensor that never answers."""


def talked_through(steps: Iterable[Step], answer: Answer = silence) -> Iterator[Read | Write | Become | Refuse]:
    """What is read and written, in order, and what came of it; ends with a refusal."""
    for step in steps:
        if isinstance(step, Ask):
            yield step.request
            for following in talked_through(step.then(answer(step.request)), answer):
                yield following
                if isinstance(following, Refuse):
                    return
        elif isinstance(step, Read | Write | Become | Refuse):
            yield step


def payloads(steps: Iterable[Step], answer: Answer = silence) -> list[bytes]:
    """The bytes that are written, in order."""
    return [step.payload for step in talked_through(steps, answer) if isinstance(step, Write)]
