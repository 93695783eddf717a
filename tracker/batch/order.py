"""Results in the order of the tasks, whoever finishes first, with a bounded number of tasks under way.

So memory is flat, and tables are the same with any number of workers. Where a worker dies it takes its neighbours'
tasks along: which of them killed it shows only when each runs alone, and one that kills three workers is given up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Protocol

from tracker.batch.work import Outcome, Task, failed

_ATTEMPTS = 3  # a worker that was killed from outside is bad luck; three in a row with the same file are not


class Workers(Protocol):
    """Where tasks run."""

    in_flight: int  # so many tasks keep every worker busy while the oldest one still runs

    @property
    def executor(self) -> Executor:
        """Takes tasks; a new one after `renew`."""

    def renew(self) -> None:
        """Replace an executor that broke."""

    def died(self, error: Exception) -> bool:
        """True if this error says that a worker died of the task (and the executor lives)."""


def in_order(workers: Workers, work: Callable[[Task], Outcome], tasks: Iterable[Task]) -> Iterator[Outcome]:
    """The outcome of every task, in order."""
    under_way: deque[tuple[Task, Future[Outcome]]] = deque()
    for task in tasks:
        under_way.append((task, _submitted(workers, work, task)))
        if len(under_way) >= workers.in_flight:
            yield _oldest(workers, work, under_way)
    while under_way:
        yield _oldest(workers, work, under_way)


def _oldest(
    workers: Workers, work: Callable[[Task], Outcome], under_way: deque[tuple[Task, Future[Outcome]]]
) -> Outcome:
    task, future = under_way[0]
    try:
        outcome = future.result()
    except BrokenExecutor:
        _renewed(workers, work, under_way)
        outcome = under_way[0][1].result()
    except Exception as error:
        if not workers.died(error):
            raise
        outcome = _given_up(task)
    under_way.popleft()
    return outcome


def _renewed(workers: Workers, work: Callable[[Task], Outcome], under_way: deque[tuple[Task, Future[Outcome]]]) -> None:
    """Run everything that was lost again, each task alone."""
    workers.renew()
    for index, (task, future) in enumerate(under_way):
        if not future.done() or future.cancelled() or future.exception() is not None:
            again: Future[Outcome] = Future()
            again.set_result(_alone(workers, work, task))
            under_way[index] = (task, again)


def _alone(workers: Workers, work: Callable[[Task], Outcome], task: Task) -> Outcome:
    for _ in range(_ATTEMPTS):
        try:
            return workers.executor.submit(work, task).result()
        except BrokenExecutor:
            workers.renew()
    return _given_up(task)


def _submitted(workers: Workers, work: Callable[[Task], Outcome], task: Task) -> Future[Outcome]:
    try:
        return workers.executor.submit(work, task)
    except BrokenExecutor as error:  # it broke since: as if the task had been under way
        lost: Future[Outcome] = Future()
        lost.set_exception(error)
        return lost


def _given_up(task: Task) -> Outcome:
    return failed(
        task.name, f"{task.name}: The process that analysed it died {_ATTEMPTS} times. Is there enough memory for it?"
    )
