"""CSV files of MetaBase, the app of MetaMotion sensors: one for the accelerometer, one for the gyroscope.

In: `epoch (ms)`, local time with its zone in the column's name, `elapsed (s)`, three axes in g or deg/s. The epoch is
common to both files, `elapsed` is not. Note: firmware_notes/metawear.md.
"""

from __future__ import annotations

import math
import re

from tracker.core.model import GRAVITY_MPS2
from tracker.decoders.profile import DeviceProfile
from tracker.decoders.table_streams import TablesDecoder
from tracker.decoders.tables import Column, ExportFormat, Header, Role, Table, header_of
from tracker.errors import DecodeError

KIND = "metabase"
_EPOCH = ("epoch (ms)", "epoc (ms)")
_UNITS = (
    (Role.ACC, "(g)", GRAVITY_MPS2),
    (Role.GYR, "(deg/s)", math.pi / 180),
)
_ZONE = re.compile(r"\(([+-]?)(\d{1,2}):?(\d{2})\)")
_FUSED = re.compile(r"linear|euler|quaternion|gravity")


def table_of(name: str, text: str) -> Table | None:
    """What a text of this app holds. Raises DecodeError for acceleration without gravity."""
    header = header_of(text, lambda header: header.lower[0] in _EPOCH)
    if header is None:
        return None
    for role, unit, factor in _UNITS:
        values = _axes(header, unit, factor)
        if values is None:
            continue
        if role is Role.ACC and _FUSED.search(name.lower()) and name not in list(Role):
            raise DecodeError(
                "this is what the sensor computed, without gravity or without the rest.",
                decoder=KIND,
                hint="Record the Accelerometer and the Gyroscope, not the sensor fusion.",
            )
        epoch = Column(0, 1e-3, header.names[0])
        return Table(
            role, header.separator, epoch, values, header.line, unix=epoch, utc_offset_s=_offset_s(header.names[1])
        )
    return None


def _axes(header: Header, unit: str, factor: float) -> tuple[Column, ...] | None:
    names = [f"{axis}-axis {unit}" for axis in "xyz"]
    return header.columns(names, factor)


def _offset_s(name: str) -> int | None:
    """Of the zone in the name of the column of local times, as in `time (-13:00)`."""
    found = _ZONE.search(name)
    if found is None or int(found[2]) > 14 or int(found[3]) > 59:
        return None
    return (-1 if found[1] == "-" else 1) * (int(found[2]) * 3600 + int(found[3]) * 60)


FORMAT = ExportFormat("metabase", "MetaBase export", KIND, table_of=table_of)
PROFILE = DeviceProfile(
    key=KIND,
    title="MetaBase export",
    new_decoder=lambda: TablesDecoder(KIND, table_of),
    nominal_rate_hz=100.0,
    wear="As it was worn: x right, y away from the USB socket, z out of the face.",
    note="metawear.md",
)
