"""Where tasks run: processes of this machine, or the person's own Dask cluster. Both are `concurrent.futures`."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, ProcessPoolExecutor
from multiprocessing.connection import wait

from tracker.batch.order import Workers
from tracker.errors import ExtraMissing, TrackerError

_CONNECT_S = 10  # a scheduler on the other side of the world answers within one
# Its own words for what we say in a sentence.
_QUIET = dict.fromkeys(("distributed", "distributed.client", "tornado", "tornado.application", "asyncio"), "critical")
_TASKS_A_WORKER = 4  # one runs, the others hide the way to it and the one slow file at the head of the order


def core_count() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class LocalProcesses:
    """Processes of this machine; they start afresh (spawn), so that it is the same on every system."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.in_flight = count * _TASKS_A_WORKER
        self.executor = self._opened()

    def renew(self) -> None:
        """New processes in place of broken ones."""
        self.executor.shutdown(wait=True, cancel_futures=True)
        self.executor = self._opened()

    def died(self, error: Exception) -> bool:  # noqa: ARG002 - a dead process breaks the executor instead
        """Never: a dead process breaks the executor."""
        return False

    def _opened(self) -> Executor:
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._count, mp_context=spawn, initializer=_begin)


def _begin() -> None:
    """In a new worker: Ctrl-C is for the program that gave the tasks, and its death is ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


@contextlib.contextmanager
def local(count: int) -> Iterator[Workers]:
    """So many processes, gone when the block ends; after Ctrl-C or an error at once, whatever they are at."""
    others = multiprocessing.active_children()
    workers = LocalProcesses(count)
    try:
        yield workers
    except BaseException:
        for child in multiprocessing.active_children():
            if child not in others:
                child.kill()
        raise
    finally:
        workers.executor.shutdown(wait=True, cancel_futures=True)


class DaskWorkers:
    """The workers of a Dask cluster; the cluster itself gives a dead worker's tasks to another one."""

    def __init__(self, executor: Executor, thread_count: int, killed: type[Exception]) -> None:
        self.executor = executor
        self.in_flight = thread_count * _TASKS_A_WORKER
        self._killed = killed

    def renew(self) -> None:
        """Nothing to do: the cluster mends itself."""

    def died(self, error: Exception) -> bool:
        """True when the cluster gave a task up because its workers died of it."""
        return isinstance(error, self._killed)


@contextlib.contextmanager
def dask(address: str) -> Iterator[Workers]:
    """The cluster whose scheduler listens at `address`. Raises TrackerError."""
    try:
        import dask as configured

        configured.config.set({"logging": _QUIET})
        from distributed import Client, KilledWorker
        from distributed.comm import CommClosedError
    except ImportError as error:
        raise ExtraMissing("--dask", package="distributed", extra="dask") from error
    try:
        client = Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise TrackerError(
            f"There is no Dask scheduler at {address}.", hint="Start one with `dask scheduler`; it prints its address."
        ) from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise TrackerError(
                f"The Dask cluster at {address} has no workers.", hint=f"Start some: dask worker {address}"
            )
        executor = client.get_executor(pure=False)
        try:
            yield DaskWorkers(executor, threads, KilledWorker)
        except (CancelledError, CommClosedError) as error:
            raise TrackerError(
                f"The Dask cluster at {address} is gone.", hint="When it is back the same command goes on."
            ) from error
        finally:
            executor.shutdown(wait=False)
