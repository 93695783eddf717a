"""`tracker live --phone sensorlogger` in real time, with strangers: when each count is printed, what memory it takes.

The phone pushes twelve fast reps; beside it, from other addresses, one guesses keys on thousands of requests a second,
one sends a gigabyte, one holds connections and says nothing, and somebody with the key sends what is no batch.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from tests.benchmarks.tables import Line, Table
from tests.phones.motion import Motion, motion_of
from tests.phones.push_phone import batches_of
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.events import RepCounted
from tracker.core.model import Packet, Side
from tracker.decoders.registry import profile
from tracker.recording import Recording
from tracker.sources.simulator import NAMED, TEMPOS, SetPlan

TITLE = "A phone's address under attack"
BATCH_S = 0.25  # shorter than the app's second: more batches to time in the same while
LEAD_S = 2.0  # before the first rep, from where on everything is in real time
REPS = 12


def attacked(seconds: float, *, late_ms: float, memory_mb: float) -> Table:
    """One table. seconds: how long the phone sends in real time, at the most."""
    if not sys.platform.startswith("linux"):
        return Table(TITLE, "", (), skipped="reads /proc and sends from several loopback addresses.", fails=False)
    quiet, loud = _run(seconds, strangers=False), _run(seconds, strangers=True)
    about = (
        f"The installed command and a stand-in of Sensor Logger in real time, batches of {BATCH_S:g} s, a fast set; "
        "without and with strangers who guess keys, send a gigabyte, stall, and send what is no batch."
    )
    late = "from the batch that decides it to the printed count, median"
    rows = (
        Line(late, float(np.median(quiet.late_ms)), "ms", "<=", late_ms, 1, slowest(quiet)),
        Line(f"{late}, attacked", float(np.median(loud.late_ms)), "ms", "<=", late_ms, 1, slowest(loud)),
        Line(
            "counts, attacked less quiet", loud.counted - quiet.counted, "", "=", 0, 0,
            f"{quiet.counted} quiet, {loud.requests} hostile requests",
        ),
        Line("batches answered with 200, attacked", loud.taken_share, "", "=", 1.0, 3),
        Line(
            "resident memory at the end, attacked less quiet", loud.memory_mb - quiet.memory_mb, "MB", "<=", memory_mb,
            1, f"{quiet.memory_mb:.0f} MB quiet",
        ),
    )  # fmt: skip
    return Table(TITLE, about, rows, fails=False)


def slowest(run: _run) -> str:
    """Of how many, and the slowest."""
    return f"of {len(run.late_ms)}, the slowest {max(run.late_ms):.0f} ms"


class _run:  # noqa: N801 - reads as what it does
    """One session. late_ms of each count; counted; taken_share of the batches; memory_mb at the end; requests sent."""

    def __init__(self, seconds: float, *, strangers: bool) -> None:
        scenario = replace(
            NAMED["clean_pair"], sets=(SetPlan(Side.LEFT, ((),) * REPS),), tempo=TEMPOS["fast"], walks_away=False
        )
        motion = motion_of(scenario, acc_hz=100, gyr_hz=100)
        self.requests = 0
        self._is_over = threading.Event()
        with tempfile.TemporaryDirectory() as home:
            command = subprocess.Popen(
                [sys.executable, "-m", "tracker", "live", "--phone", "sensorlogger", "--side", "left", "--json"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                env=os.environ | {"TRACKER_HOME": home},
            )
            try:
                self._play(command, motion, seconds, Path(home), strangers=strangers)
            finally:
                self._is_over.set()
                command.terminate()
                command.wait()

    def _play(
        self, command: subprocess.Popen[str], motion: Motion, seconds: float, home: Path, *, strangers: bool
    ) -> None:
        assert command.stdout is not None
        assert command.stderr is not None
        url = next(found[0] for line in command.stderr if (found := re.search(r"http://\S+push", line)))
        printed_s: list[float] = []
        readers = [
            threading.Thread(target=_note_counts, args=(command.stdout, printed_s)),
            threading.Thread(target=command.stderr.read),
        ]
        others = [threading.Thread(target=what, args=(url,)) for what in self._strangers()] if strangers else []
        for one in (*readers, *others):
            one.start()
        sent_s, answers = self._send(motion, url, seconds)
        time.sleep(1.0)  # the last count is on its way
        self.memory_mb = _resident_mb(command.pid)
        self._is_over.set()
        command.terminate()
        for one in (*readers, *others):
            one.join()
        command.wait()
        places = _deciding_batches(next(home.glob("*/recording.jsonl.gz")))
        self.counted = len(places)
        self.taken_share = answers.count(200) / len(answers)
        self.late_ms = [
            1e3 * (at_s - sent_s[place]) for at_s, place in zip(printed_s, places, strict=True) if place in sent_s
        ]

    def _send(self, motion: Motion, url: str, seconds: float) -> tuple[dict[int, float], list[int]]:
        """When each batch of the real-time part was sent, and all answers."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        begin_s = min(rep.start_s for rep in motion.truth.reps) - LEAD_S
        answers: list[int] = []
        sent_s: dict[int, float] = {}
        offset_s = 0.0
        for place, batch in enumerate(batches_of(motion, is_ios=False, batch_s=BATCH_S)):
            due_s = (place + 1) * BATCH_S
            if due_s > begin_s + LEAD_S + seconds:
                break
            if due_s >= begin_s:
                offset_s = offset_s or time.monotonic() - due_s
                time.sleep(max(0.0, due_s + offset_s - time.monotonic()))
                sent_s[place] = time.monotonic()
            connection.request("POST", parts.path, json.dumps(batch), {"content-type": "application/json"})
            with connection.getresponse() as answer:
                answers.append(answer.status)
                answer.read()
        connection.close()
        return sent_s, answers

    # strangers ----------------------------------------------------------------------------------------------------

    def _strangers(self) -> list[Callable[[str], None]]:
        return [self._guess, self._gigabyte, self._stall, self._nonsense]

    def _guess(self, url: str) -> None:
        while not self._is_over.is_set():
            with contextlib.suppress(OSError), _from(2, url) as client:
                client.sendall(b"POST /wrong/push HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}" * 50)
                self.requests += 50
                client.settimeout(0.05)
                while client.recv(65536):
                    pass

    def _gigabyte(self, url: str) -> None:
        head = (
            f"POST {urlsplit(url).path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nContent-Length: 1000000000\r\n\r\n"
        )
        while not self._is_over.is_set():
            with contextlib.suppress(OSError), _from(3, url) as client:
                client.sendall(head.encode())
                while not self._is_over.is_set():
                    client.sendall(b"x" * 65536)
            time.sleep(0.05)

    def _stall(self, url: str) -> None:
        clients = []
        while not self._is_over.wait(0.01):
            if len(clients) < 400:
                with contextlib.suppress(OSError):
                    clients.append(_from(4, url))
                    clients[-1].sendall(b"POST /")
        for client in clients:
            client.close()

    def _nonsense(self, url: str) -> None:
        head = (
            f"POST {urlsplit(url).path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nContent-Length: 9\r\n\r\n[[[[[[[[["
        )
        while not self._is_over.is_set():
            with contextlib.suppress(OSError), _from(5, url) as client:
                client.settimeout(1.0)
                client.sendall(head.encode() * 20)
                self.requests += 20
                while client.recv(65536):
                    pass


def _from(number: int, url: str) -> socket.socket:
    port = urlsplit(url).port
    assert port is not None
    return socket.create_connection(("127.0.0.1", port), 5.0, (f"127.0.0.{number}", 0))


def _note_counts(lines: object, printed_s: list[float]) -> None:
    printed_s.extend(time.monotonic() for line in lines if '"event":"rep_counted"' in line)  # type: ignore[attr-defined]


def _deciding_batches(path: Path) -> list[int]:
    """Of each count the number of the batch after which the engine said it."""
    recording = Recording(path)
    engine = Engine(recording.header.config or Config(), profile("sensor_logger").new_decoder(), side_plan="left")
    places: list[int] = []
    number = -1
    for item in recording.inputs():
        if isinstance(item, Packet):
            number = json.loads(item.payload).get("messageId", number)
        places += [number for event in engine.feed([item]) if isinstance(event, RepCounted)]
    return places


def _resident_mb(process_id: int) -> float:
    status = Path(f"/proc/{process_id}/status").read_text("ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
