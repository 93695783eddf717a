"""A stand-in for phyphox's remote access, written from its documented interface; time runs `speed` times as fast."""

from __future__ import annotations

import asyncio
import json
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.phones.motion import Motion
from tracker.serving.address import Address, bind
from tracker.serving.server import server
from tracker.sources.phone_experiment import BUFFER_VALUES

RING = BUFFER_VALUES


class PhyphoxPhone:
    """The app with an experiment open. Faults are switched on from the test's thread."""

    def __init__(
        self, motion: Motion, *, speed: float = 30.0, is_android: bool = True, is_linear: bool = False
    ) -> None:
        self.motion = motion
        self.session = "s1"
        self.is_measuring = False
        self.is_asleep = False  # takes requests and never answers
        self.is_closed = False  # answers 503, as a proxy of a closed app would
        self.start_takes_s = 0.0  # the app takes the word to its main thread and answers at once
        self.answer_takes_s = 0.0
        self.controls: list[str] = []
        self.longest_answer = 0  # characters
        self._is_android = is_android
        self._is_linear = is_linear
        self._pace = 0.0, 0.0, speed  # of the motion before a moment, the moment, how fast it goes from there
        self._zero_s = 0.0  # of the motion, where the session's time is 0

    def now_s(self) -> float:
        """How far the motion has come."""
        measured_s, since_s, speed = self._pace
        return measured_s + ((time.monotonic() - since_s) * speed if self.is_measuring else 0.0)

    @property
    def is_over(self) -> bool:
        """True when the motion has been played and polled."""
        return self.now_s() > self.motion.acc_s[-1] + 8.0

    def pause(self) -> None:
        """Somebody pressed pause: the app's time stands still, and so does the motion here."""
        self.go_on_from(self.now_s())
        self.is_measuring = False

    def resume(self) -> None:
        self.go_on_from(self._pace[0])
        self.is_measuring = True

    def hurry(self, speed: float) -> None:
        """From here on time runs so many times as fast."""
        self._pace = self.now_s(), time.monotonic(), speed

    def go_on_from(self, motion_s: float) -> None:
        """Now is this moment of the motion."""
        self._pace = motion_s, time.monotonic(), self._pace[2]

    def begin_session(self) -> None:
        """The experiment was opened anew: other session, time from 0, buffers empty."""
        self._zero_s = self.now_s()
        self.session += "x"

    # the interface -----------------------------------------------------------------------------------------------

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._answer)])

    async def _answer(self, request: Request) -> Response:
        while self.is_asleep:
            await asyncio.sleep(0.02)
        if self.is_closed:
            return Response(status_code=503)
        if request.path_params["path"] == "get":
            await asyncio.sleep(self.answer_takes_s)
        match request.path_params["path"]:
            case "config":
                return JSONResponse(self._config())
            case "control":
                return JSONResponse({"result": self._control(str(request.query_params.get("cmd")))})
            case "get":
                return Response(self._buffers(request.url.query), media_type="application/json")
            case _:
                return Response(status_code=404)

    def _config(self) -> dict[str, Any]:
        sensors = {"acc": "linear_acceleration" if self._is_linear else "accelerometer", "gyr": "gyroscope"}
        names = [f"{sensor}{axis}" for sensor in sensors for axis in ("_time", "X", "Y", "Z")]
        return {
            "crc32": "1a2b3c4d",
            "title": "Acceleration (without g)" if self._is_linear else "Hip thrusts",
            "buffers": [{"name": name, "size": RING} for name in names],
            "inputs": [{"source": source, "outputs": []} for source in sensors.values()],
            "export": [],
        }

    def _control(self, command: str) -> bool:
        self.controls.append(command)
        if command == "start" and not self.is_measuring:
            if self.start_takes_s:
                threading.Timer(self.start_takes_s, self.resume).start()
            else:
                self.resume()
        elif command == "stop" and self.is_measuring:
            self.pause()
        return command in {"start", "stop", "clear"}

    def _buffers(self, query: str) -> str:
        now_s = self.now_s()
        status = {"session": self.session, "measuring": self.is_measuring, "timedRun": False, "countDown": 0}
        buffers: dict[str, Any] = {}
        motion = self.motion
        streams = {"acc": (motion.acc_s, motion.acc_mps2), "gyr": (motion.gyr_s, motion.gyr_radps)}
        for part in query.split("&"):
            name, _, wanted = unquote(part).partition("=")
            times_s, values = streams[name[:3]]
            inside = (times_s >= self._zero_s) & (times_s <= now_s)
            stamps, columns = times_s[inside][-RING:] - self._zero_s, values[inside][-RING:]
            column = stamps if name.endswith("_time") else columns[:, "XYZ".index(name[-1])]
            if not wanted:  # the last value alone
                last = [self._printed(column[-1])] if len(column) else [None]
                buffers[name] = {"size": RING, "updateMode": "single", "buffer": last}
                continue
            threshold = float(wanted.partition("|")[0])
            kept = column[stamps > threshold]
            if name == "accZ":  # an answer is not made in one moment
                kept = kept[: len(kept) - 1] if len(kept) > 3 and not self._is_android else kept
            buffers[name] = {"size": RING, "updateMode": "partial", "buffer": [self._printed(item) for item in kept]}
        text = json.dumps({"buffer": buffers, "status": status}, indent=0 if self._is_android else None)
        self.longest_answer = max(self.longest_answer, len(text))
        return text

    def _printed(self, value: float) -> float | None:
        if math.isnan(value):
            return None
        return float(f"{value:.8g}") if self._is_android else float(value)


@contextmanager
def served(app: Starlette) -> Iterator[Address]:
    """An app of a stand-in phone, served on this computer."""
    address = bind(0, is_open=False)
    running = server(app, largest_message=1 << 20)
    thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[address.listener])), daemon=True)
    thread.start()
    try:
        yield address
    finally:
        running.should_exit = True
        running.force_exit = True
        thread.join(10)
        address.listener.close()


def holes(motion: Motion, *spans_s: tuple[float, float]) -> Motion:
    """The motion without what was sampled in these spans."""
    from dataclasses import replace

    keep_acc = np.ones(len(motion.acc_s), bool)
    keep_gyr = np.ones(len(motion.gyr_s), bool)
    for start_s, stop_s in spans_s:
        keep_acc &= (motion.acc_s < start_s) | (motion.acc_s > stop_s)
        keep_gyr &= (motion.gyr_s < start_s) | (motion.gyr_s > stop_s)
    return replace(
        motion,
        acc_s=motion.acc_s[keep_acc],
        acc_mps2=motion.acc_mps2[keep_acc],
        gyr_s=motion.gyr_s[keep_gyr],
        gyr_radps=motion.gyr_radps[keep_gyr],
    )
