"""Sensor Logger as a source: a place in the network to which the app pushes a batch about once a second.

The app is told the address once (by hand, or by the QR code's text); its batches are kept whole. Annotations become
marks, in the words of the sample files commands; the phone's charge is passed on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from tracker.core.markers import marker_command
from tracker.core.model import CommandName
from tracker.decoders import PROFILES, sensor_logger
from tracker.decoders.objects import ABOUT, OBJECTS, in_one_line
from tracker.decoders.sensor_logger_export import ROLES
from tracker.serving.address import Address
from tracker.sources.inbox import Inbox
from tracker.sources.phone_receiver import File, receive
from tracker.sources.phone_stream import Say

MESSAGE_PATH = "push"
_LONGEST_MARK = 200  # letters; a note, not a letter
# for whoever scans the code with the phone's camera and lands in its browser
_WHAT_FOR = File(
    b"Copy the address of this page, and paste it as Push URL into Sensor Logger (HTTP Push).\n", "text/plain"
)
SYSTEMS: Mapping[str, Mapping[str, str]] = {
    "android": {"platform": "android"},
    "ios": {"platform": "ios", "standardisation": "false"},
    "ios-standardised": {"platform": "ios", "standardisation": "true"},
}


class SensorLoggerLink:
    """Receives at `address`. system: key of SYSTEMS, or "" to go by what the app sends."""

    profile = PROFILES[sensor_logger.KIND]
    title = "Sensor Logger"
    waiting = "in Sensor Logger switch HTTP Push on, choose the sensors and start recording."

    def __init__(self, address: Address, *, system: str = "") -> None:
        self._address = address
        self._system = system

    @property
    def push_url(self) -> str:
        """What to enter as Push URL."""
        return self._address.url + MESSAGE_PATH

    async def run(self, inbox: Inbox, say: Say) -> None:  # noqa: ARG002 - others have something to say
        """Receive until cancelled."""
        if self._system:
            inbox.put_packet(ABOUT, json.dumps(SYSTEMS[self._system]).encode())
        await receive(
            self._address,
            lambda body: partial(_put, inbox, _read(body)),
            files={MESSAGE_PATH: _WHAT_FOR},
            message_path=MESSAGE_PATH,
            no_message="This is no batch of Sensor Logger.",
        )


class _Batch:
    """A batch as read in the server's thread: its text, whether it holds motion, and what it tells besides."""

    def __init__(self, text: bytes, item: Mapping[str, Any]) -> None:
        self.text = text
        self.has_motion = False
        self.marks: list[str] = []
        self.battery_pct: int | None = None
        for one in item["payload"]:
            name = str(one["name"]).lower()
            self.has_motion |= name in ROLES
            values = one.get("values") or {}
            if name == "annotation" and values.get("text"):
                self.marks.append(str(values["text"])[:_LONGEST_MARK].strip())
            elif name == "battery" and 0 <= float(values.get("batteryLevel", -1)) <= 1:
                self.battery_pct = round(100 * float(values["batteryLevel"]))


def _read(body: bytes) -> _Batch:
    item = json.loads(body)
    return _Batch(in_one_line(body), item)


def _put(inbox: Inbox, batch: _Batch) -> None:
    inbox.put_packet(OBJECTS, batch.text, is_data=batch.has_motion)
    for mark in batch.marks:
        inbox.put_command(*marker_command(mark))
    if batch.battery_pct is not None:
        inbox.put_command(CommandName.BATTERY, str(batch.battery_pct))
