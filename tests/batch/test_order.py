import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tracker.batch.order import in_order
from tracker.batch.work import Outcome, Task
from tracker.batch.workers import local


def tasks(count, folder=Path()):
    return [Task(str(number), folder / str(number), dict, dict) for number in range(count)]


class Threads:
    """Threads of this process, to see what is under way."""

    def __init__(self, executor, in_flight):
        self.executor = executor
        self.in_flight = in_flight

    def renew(self):
        raise AssertionError

    def died(self, _error):
        return False


def test_results_come_in_order_and_few_are_under_way():
    """Whoever finishes first: the order is that of the tasks, and never more than the limit are taken."""
    taken: list[int] = []
    yielded = 0
    gate = threading.Semaphore(0)

    def feed():
        for task in tasks(30):
            taken.append(int(task.name))
            yield task

    def work(task):
        if int(task.name) % 3 == 0:
            gate.acquire(timeout=30)  # every third waits until the test lets it go
        return Outcome(task.name)

    with ThreadPoolExecutor(4) as executor:
        found = in_order(Threads(executor, 6), work, feed())
        for _ in range(30):
            gate.release()
            outcome = next(found)
            assert outcome.name == str(yielded)
            yielded += 1
            assert len(taken) <= yielded + 6
        assert next(found, None) is None


def test_an_error_of_the_program_is_not_swallowed():
    """What is neither a result nor a dead worker goes up."""

    def work(_task):
        raise ZeroDivisionError

    with ThreadPoolExecutor(1) as executor, pytest.raises(ZeroDivisionError):
        list(in_order(Threads(executor, 2), work, tasks(3)))


def kills_once(task):
    """Dies of every fifth task, the first time; the mark on disk outlives the process."""
    mark = task.path.with_suffix(".tried")
    if int(task.name) % 5 == 2 and not mark.exists():
        mark.touch()
        os._exit(9)
    return Outcome(task.name, duration_s=float(os.getpid()))


def test_a_worker_that_dies_is_replaced(tmp_path):
    """Workers die in the middle, more than once: every task still has its outcome, in order."""
    with local(2) as workers:
        found = list(in_order(workers, kills_once, tasks(15, tmp_path)))
    assert [outcome.name for outcome in found] == [str(number) for number in range(15)]
    assert not any(outcome.error for outcome in found)


def always_kills(task):
    """Dies of one task whatever is tried."""
    if task.name == "4":
        with task.path.open("a") as file:
            file.write("x")
        os._exit(9)
    return Outcome(task.name)


def test_a_task_that_kills_every_worker_is_given_up(tmp_path):
    """It is told as broken after three attempts alone; the others have their outcome."""
    with local(2) as workers:
        found = list(in_order(workers, always_kills, tasks(9, tmp_path)))
    assert [outcome.name for outcome in found if outcome.error] == ["4"]
    assert "died 3 times" in found[4].error
    assert (tmp_path / "4").read_text() == "xxxx"  # once among others, three times alone


def tells_pid(task):
    return Outcome(task.name, duration_s=float(os.getpid()))


def test_workers_end_with_the_block():
    """No process is left when the block ends."""
    with local(2) as workers:
        pids = {int(outcome.duration_s) for outcome in in_order(workers, tells_pid, tasks(8))}
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_ctrl_c_does_not_reach_the_workers():
    """A worker takes no notice of Ctrl-C, which a terminal sends to everybody: the program alone decides."""
    with local(1) as workers:
        (first,) = in_order(workers, tells_pid, tasks(1))
        os.kill(int(first.duration_s), signal.SIGINT)
        (second,) = in_order(workers, tells_pid, tasks(1))
    assert second.duration_s == first.duration_s
