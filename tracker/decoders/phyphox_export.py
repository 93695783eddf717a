"""Exports of phyphox: CSV in any of its separators, zips of them, and its Excel sheets, in any language of the app.

In: a table each for accelerometer (with gravity) and gyroscope, first column seconds of the experiment, columns told
apart by unit and axis because their names are translated. Out: see `table_streams.py`. phyphox turns the signs of
iPhones itself. Note: firmware_notes/phyphox.md.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping

from tracker.core.model import NAN
from tracker.decoders.profile import DeviceProfile
from tracker.decoders.table_streams import TablesDecoder
from tracker.decoders.tables import About, Column, ExportFormat, Header, Role, Table, header_of
from tracker.errors import DecodeError

KIND = "phyphox_export"
_ACC_UNIT = re.compile(r"\(m/s(\^2|²)\)$")
_GYR_UNIT = re.compile(r"\(rad/s\)$")
_AXIS = re.compile(r"\b([xyz])\b")
_LINEAR = re.compile(r"lin[eéi]")  # English, German, French, Spanish, Italian, Dutch, Czech, Polish
_OFFSET = re.compile(r"(?:UTC|GMT)\s*([+-])(\d{1,2}):?(\d{2})")
_TIMES, _DEVICE = "time.csv", "device.csv"
_HINT = (
    "Export an experiment that records `Acceleration (with g)` and `Gyroscope`; ours comes with "
    "`tracker live --phone phyphox`."
)


def table_of(_name: str, text: str) -> Table | None:
    """What a text of this app holds. Raises DecodeError for acceleration without gravity."""
    header = header_of(text, _is_header)
    if header is None:
        return None
    acc, gyr = _columns(header, _ACC_UNIT), _columns(header, _GYR_UNIT)
    if acc and _LINEAR.search(acc[0].name.lower()):
        raise DecodeError(
            "this is acceleration without gravity, in which up can not be seen.", decoder=KIND, hint=_HINT
        )
    role = Role.SAMPLES if acc and gyr else Role.ACC if acc else Role.GYR
    time = Column(0, 1.0, header.names[0])
    return Table(role, header.separator, time, (*acc, *gyr), header.line)


def _is_header(header: Header) -> bool:
    has_axes = bool(_columns(header, _ACC_UNIT) or _columns(header, _GYR_UNIT))
    return header.lower[0].endswith("(s)") and has_axes


def about(texts: Mapping[str, str]) -> About:
    """When it began, by `meta/time.csv`, and on which phone, by `meta/device.csv`."""
    rows = [row for row in csv.reader(texts.get(_TIMES, "").splitlines()) if len(row) >= 3]
    start = next((row for row in rows if row[0].strip().upper() == "START"), None)
    zero_unix_s, offset_s = NAN, None
    if start is not None:
        try:
            zero_unix_s = float(start[2]) - float(start[1])
        except ValueError:
            zero_unix_s = NAN
        if found := _OFFSET.search(start[3] if len(start) > 3 else ""):
            offset_s = (-1 if found[1] == "-" else 1) * (int(found[2]) * 3600 + int(found[3]) * 60)
    device = dict(row[:2] for row in csv.reader(texts.get(_DEVICE, "").splitlines()) if len(row) >= 2)
    return About(zero_unix_s, utc_offset_s=offset_s, device=device.get("deviceModel", ""))


def _columns(header: Header, unit: re.Pattern[str]) -> tuple[Column, ...]:
    """The columns of the three axes in this unit; none if one is missing."""
    found: dict[str, Column] = {}
    for place, name in enumerate(header.lower):
        axis = _AXIS.search(name)
        if axis and unit.search(name):
            found.setdefault(axis[1], Column(place, 1.0, header.names[place]))
    return tuple(found[axis] for axis in "xyz") if len(found) == 3 else ()


FORMAT = ExportFormat("phyphox", "phyphox export", KIND, table_of=table_of, about=about, side_files=(_TIMES, _DEVICE))
PROFILE = DeviceProfile(
    key=KIND,
    title="phyphox export",
    new_decoder=lambda: TablesDecoder(KIND, table_of, side_files=(_TIMES, _DEVICE)),
    nominal_rate_hz=100.0,
    wear="As it was worn. The screen of the phone reads +g when it points up.",
    note="phyphox.md",
)
