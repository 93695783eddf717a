"""A stand-in for Sensor Logger's HTTP push, written from its documentation; time runs `speed` times as fast."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.phones.motion import Motion

START_UNIX_NS = 1_718_030_736_872_695_300


class PushingPhone:
    """Posts a batch every second of the motion. order: from the batches as made to those that are sent."""

    def __init__(
        self,
        motion: Motion,
        url: str,
        *,
        is_ios: bool,
        speed: float = 20.0,
        batch_s: float = 1.0,
        order: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = lambda batches: batches,
    ) -> None:
        self.motion = motion
        self.answers: list[int] = []
        self.is_over = False
        self._url = urlsplit(url)
        self._speed = speed
        self._batch_s = batch_s
        self._batches = order(batches_of(motion, is_ios=is_ios, batch_s=batch_s))
        self._started_s = 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._started_s = time.monotonic()
        self._thread.start()

    def now_s(self) -> float:
        """How far the motion has come that was sent: a person's commands belong to what they do."""
        return len({id(batch) for batch in self._batches[: len(self.answers)]}) * self._batch_s

    def _run(self) -> None:
        assert self._url.hostname is not None
        connection = http.client.HTTPConnection(self._url.hostname, self._url.port, timeout=30)
        for number, batch in enumerate(self._batches):
            due_s = self._started_s + (number + 1) * self._batch_s / self._speed
            time.sleep(max(0.0, due_s - time.monotonic()))
            connection.request("POST", self._url.path, json.dumps(batch), {"content-type": "application/json"})
            with connection.getresponse() as answer:
                self.answers.append(answer.status)
                answer.read()
        connection.close()
        time.sleep(0.3)
        self.is_over = True


def batches_of(motion: Motion, *, is_ios: bool, batch_s: float) -> list[dict[str, Any]]:
    """All batches of a recording, numbered, each with the readings of its second and some that are no motion."""
    gravity = 0.75 * motion.acc_mps2
    linear = motion.acc_mps2 - gravity
    streams = [("gyroscope", motion.gyr_s, motion.gyr_radps), ("gyroscopeuncalibrated", motion.gyr_s, motion.gyr_radps)]
    if is_ios:
        streams += [("accelerometer", motion.acc_s, -linear), ("gravity", motion.acc_s, -gravity)]
    else:
        streams += [("accelerometer", motion.acc_s, linear), ("totalacceleration", motion.acc_s, motion.acc_mps2)]
    count = int(motion.acc_s[-1] / batch_s) + 1
    payloads: list[list[dict[str, Any]]] = [[] for _ in range(count + 1)]
    for name, times_s, values in streams:
        for time_s, (x, y, z) in zip(times_s.tolist(), values.tolist(), strict=True):
            reading = {"name": name, "time": START_UNIX_NS + round(time_s * 1e9), "values": {"x": x, "y": y, "z": z}}
            payloads[int(time_s / batch_s)].append(reading)
    for number, payload in enumerate(payloads):
        stamp = START_UNIX_NS + round(number * batch_s * 1e9)
        payload.append({"name": "barometer", "time": stamp, "values": {"pressure": 994.2, "relativeAltitude": 0.1}})
    envelope = {"sessionId": "S1", "deviceId": "D1"}
    return [{"messageId": number, **envelope, "payload": payload} for number, payload in enumerate(payloads)]
