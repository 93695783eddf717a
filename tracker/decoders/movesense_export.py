"""CSV files of Movesense recordings: one each for accelerometer and gyroscope.

In: a time in milliseconds of the sensor, three axes. Two layouts: that of the converter of logged data
(`Timestamp_ms,X,Y,Z,RelativeTime,...`, no units, so a file is told by its name, else by its size: at rest one reads
9.8, the other nearly 0), and that of the vendor's app (`Sensor time (ms),...,X (m/s^2),...`). Acceleration is in m/s^2,
rate in deg/s. JSON of the same recordings: `movesense_json.py`. Note: firmware_notes/movesense.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime

from tracker.decoders.profile import DeviceProfile
from tracker.decoders.table_streams import TablesDecoder
from tracker.decoders.tables import About, Column, ExportFormat, Header, Role, Table, header_of, number

KIND = "movesense_export"
_TIMES = ("timestamp_ms", "sensor time (ms)", "timestamp (ms)")
_FACTORS = {Role.ACC: 1.0, Role.GYR: math.pi / 180}
_UNITS = {Role.ACC: re.compile(r"\(m/s(\^2|²)\)"), Role.GYR: re.compile(r"\((deg|°|dps)")}
_ROWS_LOOKED_AT = 64  # a second at the usual rates: enough for the median to say which sensor it is
_LEAST_GRAVITY = 5.0  # half of g: what rests reads more, and no hip turns for seconds at 5 deg/s about every axis


def table_of(name: str, text: str) -> Table | None:
    """What a text holds; a magnetometer's file is none of these."""
    header = header_of(text, lambda header: header.lower[0] in _TIMES and _axes(header, 1.0) is not None)
    if header is None:
        return None
    role = _role(name, header, text)
    values = _axes(header, _FACTORS[role]) if role else None
    if role is None or values is None:
        return None
    return Table(role, header.separator, Column(0, 1e-3, header.names[0]), values, header.line)


def _axes(header: Header, factor: float) -> tuple[Column, ...] | None:
    places = [next((k for k, name in enumerate(header.lower) if re.match(rf"{axis}\b", name)), None) for axis in "xyz"]
    found = [place for place in places if place is not None]
    return tuple(Column(place, factor, header.names[place]) for place in found) if len(found) == 3 else None


def _role(name: str, header: Header, text: str) -> Role | None:
    units = " ".join(header.lower)
    for role, unit in _UNITS.items():
        if name == role.value or unit.search(units):
            return role
    words = re.findall(r"magn|gyro|acc", name.lower())
    if words:
        return {"gyro": Role.GYR, "acc": Role.ACC}.get(words[-1])
    return _role_by_size(header, text)


def _role_by_size(header: Header, text: str) -> Role | None:
    sizes = []
    columns = _axes(header, 1.0) or ()
    for line in text.split("\n")[header.line + 1 :][:_ROWS_LOOKED_AT]:
        cells = line.split(header.separator)
        try:
            sizes.append(math.hypot(*(number(cells[column.place], header.separator, "") for column in columns)))
        except (ValueError, IndexError):
            continue
    if not sizes:
        return None
    return Role.ACC if sorted(sizes)[len(sizes) // 2] > _LEAST_GRAVITY else Role.GYR


def about(texts: Mapping[str, str]) -> About:
    """When the logged data began: the converter puts a pair of times into the header line."""
    cells = [cell.strip() for cell in texts.get("", "").partition("\n")[0].split(",")]
    if "UTC" not in cells[:-1] or "RelativeTime" not in cells[:-1]:
        return About()
    try:
        relative_s = float(cells[cells.index("RelativeTime") + 1])
        utc = datetime.fromisoformat(cells[cells.index("UTC") + 1] + "+00:00")
    except ValueError:
        return About()
    return About(zero_unix_s=utc.timestamp() - relative_s)


FORMAT = ExportFormat("movesense", "Movesense recording", KIND, table_of=table_of, about=about)
PROFILE = DeviceProfile(
    key=KIND,
    title="Movesense recording",
    new_decoder=lambda: TablesDecoder(KIND, table_of),
    nominal_rate_hz=52.0,
    wear="As it was worn.",
    note="movesense.md",
)
