"""Text files of Polar Sensor Logger: one for acceleration, one for the gyroscope, semicolons between columns.

In: `Phone timestamp` (local), `sensor timestamp [ns]` (of the sensor, common to both files), three axes in mg or dps.
Note: firmware_notes/polar.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from tracker.core.model import GRAVITY_MPS2
from tracker.decoders.profile import DeviceProfile
from tracker.decoders.table_streams import TablesDecoder
from tracker.decoders.tables import About, Column, ExportFormat, Role, Table, header_of

KIND = "polar_sensor_logger"
_SENSOR_TIME = "sensor timestamp [ns]"
_UNITS = (
    (Role.ACC, "mg", GRAVITY_MPS2 * 1e-3),
    (Role.GYR, "dps", math.pi / 180),
)


def table_of(_name: str, text: str) -> Table | None:
    """What a text of this app holds."""
    header = header_of(text, lambda header: _SENSOR_TIME in header.lower)
    if header is None:
        return None
    place = header.place(_SENSOR_TIME)
    assert place is not None
    for role, unit, factor in _UNITS:
        values = header.columns([f"{axis} [{unit}]" for axis in "xyz"], factor)
        if values is not None:
            return Table(role, header.separator, Column(place, 1e-9, _SENSOR_TIME), values, header.line)
    return None


def about(texts: Mapping[str, str]) -> About:
    """When the phone took the first row in; no zone stands beside it."""
    lines = texts.get("", "").split("\n")
    try:
        moment = datetime.fromisoformat(lines[1].partition(";")[0].strip())
    except (ValueError, IndexError):
        return About()
    return About(first_local=moment.replace(tzinfo=None))


FORMAT = ExportFormat("polar_sensor_logger", "Polar Sensor Logger file", KIND, table_of=table_of, about=about)
PROFILE = DeviceProfile(
    key=KIND,
    title="Polar Sensor Logger file",
    new_decoder=lambda: TablesDecoder(KIND, table_of),
    nominal_rate_hz=52.0,
    wear="As it was worn.",
    note="polar.md",
)
