"""Recordings of WitMotion's programs: tab-separated text or CSV, one row a sample.

In: `Time` (of the computer) and often `Chip Time()` (of the sensor), accelerations in g, rates in deg/s. The sensor's
clock is used where it runs; some models leave it empty or standing, then the computer's is, which comes in bursts.
Note: firmware_notes/witmotion.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import timedelta

from tracker.core.model import GRAVITY_MPS2
from tracker.decoders.profile import DeviceProfile
from tracker.decoders.table_streams import TablesDecoder
from tracker.decoders.tables import (
    DAY_S,
    DAY_ZERO,
    About,
    Clock,
    Column,
    ExportFormat,
    Header,
    Role,
    Table,
    clock_s,
    header_of,
)

KIND = "witmotion_export"
_ACC = re.compile(r"^(?:a|acceleration )([xyz])\(g\)$")
_GYR = re.compile(r"^(?:w|angular velocity )([xyz])\((?:deg/s|.{1,3}/s)\)$")  # the degree sign comes in any encoding
_TIME = re.compile(r"^(chip )?time\(?s?\)?$")
_RAD = math.pi / 180
_LINES_LOOKED_AT = 8  # a sensor's clock that has not moved over so many rows stands


def table_of(_name: str, text: str) -> Table | None:
    """What a text of these programs holds."""
    header = header_of(text, lambda header: bool(_axes(header, _ACC, 1.0)) and bool(_times(header)))
    if header is None:
        return None
    acc, gyr = _axes(header, _ACC, GRAVITY_MPS2), _axes(header, _GYR, _RAD)
    rows = [line.split(header.separator) for line in text.split("\n")[header.line + 1 :][: _LINES_LOOKED_AT + 1]]
    chip = [clock for clock in _times(header) if clock.name.lower().startswith("chip")]
    host = [clock for clock in _times(header) if clock not in chip]
    time = chip[0] if chip and (not host or _runs(chip[0], rows[:_LINES_LOOKED_AT])) else host[0]
    return Table(
        Role.SAMPLES if gyr else Role.ACC,
        header.separator,
        time,
        acc + gyr,
        header.line,
        acc_rail=15.99 * GRAVITY_MPS2,  # +-16 g, +-2000 deg/s (data sheet)
        gyr_rail=1999.0 * _RAD,
        wrap_s=DAY_S,
    )


def about(texts: Mapping[str, str]) -> About:
    """When the first row was written, where a date stands in it."""
    text = texts.get("", "")
    header = header_of(text, lambda header: bool(_times(header)))
    if header is None:
        return About()
    cells = next(iter(text.split("\n")[header.line + 1 :]), "").split(header.separator)
    for clock in _times(header):
        if clock.place < len(cells) and re.match(r"\s*\d{4}\D", cells[clock.place]):
            try:
                seconds = clock_s(cells[clock.place], clock.name)
            except ValueError:
                continue
            return About(first_local=DAY_ZERO + timedelta(seconds=seconds))
    return About()


def _runs(clock: Clock, rows: list[list[str]]) -> bool:
    """True if this clock moves in these rows; also where there are none yet."""
    seen = set()
    for cells in rows:
        try:
            seen.add(clock_s(cells[clock.place], clock.name))
        except (ValueError, IndexError):
            continue
    return len(seen) > 1 or not any(cell.strip() for cells in rows for cell in cells)


def _times(header: Header) -> list[Clock]:
    names = enumerate(header.lower)
    return [Clock(place, header.names[place]) for place, name in names if _TIME.match(name)]


def _axes(header: Header, pattern: re.Pattern[str], factor: float) -> tuple[Column, ...]:
    found = {
        match[1]: Column(place, factor, header.names[place])
        for place, name in enumerate(header.lower)
        if (match := pattern.match(name))
    }
    return tuple(found[axis] for axis in "xyz") if len(found) == 3 else ()


FORMAT = ExportFormat("witmotion", "WitMotion recording", KIND, table_of=table_of, about=about)
PROFILE = DeviceProfile(
    key=KIND,
    title="WitMotion recording",
    new_decoder=lambda: TablesDecoder(KIND, table_of),
    nominal_rate_hz=100.0,
    wear="As it was worn.",
    note="witmotion.md",
)
