"""The installed command as a process, its events read as they come."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tests.ble.world import LONGEST_WAIT_S


class Session:
    """The command as a subprocess. Its events are read as they come; `home` is its data folder."""

    def __init__(self, home: Path, environment: dict[str, str], arguments: tuple[str, ...]) -> None:
        self.home = home
        self.events: list[dict] = []
        self.lines: list[str] = []
        self.talk = ""
        self._arrived = threading.Condition()
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-W", "error", "-m", "tracker", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment,
        )
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_events, self._read_talk)]
        for reader in self._readers:
            reader.start()

    def _read_events(self) -> None:
        for line in self.process.stdout:
            with self._arrived:
                self.lines.append(line)
                if line.startswith("{"):
                    self.events.append(json.loads(line))
                self._arrived.notify_all()

    def _read_talk(self) -> None:
        while piece := self.process.stderr.read(1):  # a bell comes without a line
            with self._arrived:
                self.talk += piece
                self._arrived.notify_all()

    def wait_until(self, is_true: Callable[[], bool]) -> None:
        """Until what came out makes it true; fails with everything that did."""
        with self._arrived:
            came = self._arrived.wait_for(is_true, LONGEST_WAIT_S)
        assert came, f"it did not happen; stderr: {self.talk}\nstdout: {self.lines[-20:]}"

    def wait_for(self, event: str, count: int = 1) -> None:
        self.wait_until(lambda: len(self.named(event)) >= count)

    def named(self, event: str) -> list[dict]:
        return [item for item in self.events if item["event"] == event]

    def reps(self) -> list[tuple[int, int, str]]:
        return [(item["set_number"], item["number"], item["side"]) for item in self.named("rep_counted")]

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(number)
        return self.finish()

    def finish(self) -> int:
        code = self.process.wait(LONGEST_WAIT_S)
        for reader in self._readers:
            reader.join(LONGEST_WAIT_S)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def recording(self) -> Path:
        [path] = self.home.glob("*/recording.jsonl*")
        return path
