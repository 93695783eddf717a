"""What the program's own page sends from a phone's browser: motion events as the browser gives them.

In: `{"page": .., "seq": 3, "events": [{"t": ms, "accelerationIncludingGravity": {"x": ..}, "rotationRate": {"alpha":
..}}, ..]}`; on channel "about" `{"platform": "ios" | "android" | ...}`. Out: samples with both sensors of one moment.

Rules: accelerationIncludingGravity is m/s^2; iOS negates it. rotationRate is deg/s, alpha about x, beta about y, gamma
about z (W3C Device Orientation). `t` is the event's own time; `interval` is no use: milliseconds, seconds or a fixed 16
by browser. A phone without a gyroscope sends null. Chromium rounds to 0.1 m/s^2 and 0.1 deg/s. A page that was hidden
sent nothing: the events' time goes on, so the hole shows. A page that heard no answer sends its events again, with
later ones. Note: firmware_notes/browser.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from tracker.decoders.objects import Came, Found, ObjectsDecoder, number
from tracker.decoders.profile import DeviceProfile
from tracker.decoders.tables import Role

KIND = "browser"
_IOS = "ios"
_AXES, _RATES = "xyz", ("alpha", "beta", "gamma")
TWO_PAGES = "Motion comes from two pages: the one that was opened last counts. Close the other."
NO_GYROSCOPE = "This phone's browser gives no angular rate: counts, tempo and still angles only."


def event_row(event: Mapping[str, Any], platform: str) -> tuple[list[float], list[float] | None]:
    """Specific force [m/s^2] and rate [rad/s] of one motion event, None where the phone has no gyroscope.

    Raises ValueError, KeyError, TypeError.
    """
    sign = -1.0 if platform == _IOS else 1.0
    force = [sign * number(event["accelerationIncludingGravity"][axis]) for axis in _AXES]
    rates = event.get("rotationRate")
    if rates is None or rates.get("alpha") is None:
        return force, None
    return force, [math.radians(number(rates[name])) for name in _RATES]


class EventsReader:
    """Carries the platform, whether there is a gyroscope, and the page's own counter."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.has_restarted = False
        self._platform = ""
        self._page = ""
        self._role: Role | None = None
        self._next: int | None = None
        self._latest_s = -math.inf
        self._has_told_of_two = False

    def about(self, item: Mapping[str, Any]) -> None:
        """`platform`, and which page: one that was opened again begins its clock and counter anew."""
        self._platform, page = str(item["platform"]), str(item.get("page", ""))
        if page == self._page and self._next is not None:
            return  # the same one, connected again
        self._page = page
        self.has_restarted |= self._next is not None
        self._next, self._latest_s = None, -math.inf

    def rows(self, item: Mapping[str, Any]) -> Iterable[Found]:
        """The events of a message; those that came before are only counted."""
        if not self._is_of_this_page(item):
            return
        self._follow(int(number(item["seq"])))
        again_s: list[float] = []
        times_s: list[float] = []
        rows: list[list[float]] = []
        for event in item["events"]:
            force, rate = event_row(event, self._platform)
            if self._role is None:
                self._role = Role.ACC if rate is None else Role.SAMPLES
                if rate is None:
                    self.messages.append(NO_GYROSCOPE)
            if rate is None and self._role is Role.SAMPLES:
                continue  # the first event after the page was hidden
            time_s = number(event["t"]) / 1e3
            if time_s > self._latest_s:
                self._latest_s = time_s
                times_s.append(time_s)
                rows.append(force if self._role is Role.ACC or rate is None else [*force, *rate])
            else:
                again_s.append(time_s)
        if self._role is not None and again_s:
            yield Found(self._role, again_s, (), Came.AGAIN)
        if self._role is not None and times_s:
            yield Found(self._role, times_s, rows)

    def _is_of_this_page(self, item: Mapping[str, Any]) -> bool:
        is_of_it = str(item.get("page", self._page)) == self._page
        if not is_of_it and not self._has_told_of_two:
            self._has_told_of_two = True
            self.messages.append(TWO_PAGES)
        return is_of_it

    def _follow(self, place: int) -> None:
        if self._next is not None and place > self._next:
            lost = place - self._next
            self.messages.append(f"{lost} message{'s' if lost > 1 else ''} of the phone did not come.")
        self._next = max(self._next or 0, place + 1)


PROFILE = DeviceProfile(
    key=KIND,
    title="Phone's browser",
    new_decoder=lambda: ObjectsDecoder(KIND, EventsReader),
    nominal_rate_hz=60.0,
    wear="At the back of the waistband, screen outwards.",
    note="browser.md",
)
