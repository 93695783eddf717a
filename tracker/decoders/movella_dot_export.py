"""CSV files of the Movella (Xsens) DOT apps and of their recordings: some lines on the sensor, then a row a sample.

In: `SampleTimeFine` in microseconds of a 32-bit counter, `Acc_X..` in m/s^2, `Gyr_X..` in deg/s. Other measurement
modes write quaternions and acceleration without gravity, of which nothing can be made here; they are refused with the
mode to choose. Note: firmware_notes/movella_dot.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime

from tracker.core.model import GRAVITY_MPS2
from tracker.decoders.profile import DeviceProfile
from tracker.decoders.table_streams import TablesDecoder
from tracker.decoders.tables import About, Column, ExportFormat, Role, Table, header_of
from tracker.errors import DecodeError

KIND = "movella_dot_export"
_WRAP_S = 2**32 * 1e-6
_RAD = math.pi / 180
_START = re.compile(r"(\d{4})-(\d\d)-(\d\d)_(\d\d):(\d\d):(\d\d)_(\d{3})\s*([A-Z]{2,5})?")
_HINT = "Record with the measurement mode `Rate quantities` or `Custom mode 5`."


def table_of(_name: str, text: str) -> Table | None:
    """What a text of these apps holds. Raises DecodeError for a measurement mode without specific force."""
    header = header_of(text, lambda header: {"packetcounter", "sampletimefine"} <= set(header.lower))
    if header is None:
        return None
    acc = header.columns(("acc_x", "acc_y", "acc_z"), 1.0)
    gyr = header.columns(("gyr_x", "gyr_y", "gyr_z"), _RAD)
    if acc is None:
        raise DecodeError(
            "this measurement mode has no acceleration with gravity, in which alone up can be seen.",
            decoder=KIND,
            hint=_HINT,
        )
    place = header.place("sampletimefine")
    assert place is not None
    return Table(
        Role.ACC if gyr is None else Role.SAMPLES,
        header.separator,
        Column(place, 1e-6, "SampleTimeFine"),
        acc + (gyr or ()),
        header.line,
        acc_rail=15.99 * GRAVITY_MPS2,  # +-16 g, +-2000 deg/s (data sheet)
        gyr_rail=1999.0 * _RAD,
        wrap_s=_WRAP_S,
    )


def about(texts: Mapping[str, str]) -> About:
    """When it began and which sensor, from the lines above the table."""
    head = texts.get("", "")
    facts = {
        key.strip().lower(): value.strip(" ,\r")
        for key, separator, value in (line.partition(":,") for line in head.replace(": ,", ":,").split("\n"))
        if separator
    }
    found = _START.search(facts.get("starttime", ""))
    began = None
    if found:
        year, month, day, hour, minute, second, milli = (int(part) for part in found.groups()[:7])
        try:
            began = datetime(year, month, day, hour, minute, second, milli * 1000)
        except ValueError:
            began = None
    zone = (found[8] or "") if found else ""
    offset_s = 0 if zone in {"UTC", "GMT"} else None
    return About(first_local=began, zone=zone, utc_offset_s=offset_s, device=facts.get("devicetag", ""))


FORMAT = ExportFormat("movella_dot", "Movella DOT export", KIND, table_of=table_of, about=about)
PROFILE = DeviceProfile(
    key=KIND,
    title="Movella DOT export",
    new_decoder=lambda: TablesDecoder(KIND, table_of),
    nominal_rate_hz=60.0,
    wear="As it was worn.",
    note="movella_dot.md",
)
