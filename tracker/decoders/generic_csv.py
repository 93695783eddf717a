"""Decoder of the generic samples CSV: a header line on channel "header", whole lines on channel "rows".

In: `time_s`, `acc_{x,y,z}_{mps2|g}` and, all three or none, `gyr_{x,y,z}_{radps|dps}`; other columns are ignored.
Out: specific force [m/s^2], angular rate [rad/s], `time_s` as the device clock, which never wraps.

Idea: small packets are joined, large ones are not; pandas' C parser reads them. Only when that parser refuses,
or when something it read is not finite, the piece around is read row by row to find the culprits; a single row is
always read that way, because starting pandas costs 0.3 ms. Both ways turn a decimal number into the nearest float64,
so any way of feeding gives the same bits (pandas does so by itself from 3.1 on, before with "round_trip").

Limits: a quoted text must end in its own line. A row that lies before an accepted one in time is rejected; an equal
time is passed on, the timeline counts duplicates.
"""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Sequence
from io import BytesIO  # a buffer in memory, no I/O: pandas' parser wants a file-like object
from typing import NamedTuple

import numpy as np

from tracker.core.model import GRAVITY_MPS2, Clock, Decoded, Floats, Packet, Readings
from tracker.decoders.blocks import joined
from tracker.decoders.profile import DeviceProfile
from tracker.errors import DecodeError

HEADER = "header"
ROWS = "rows"

_AXES = ("x", "y", "z")
_ACC_UNITS = {"mps2": 1.0, "g": GRAVITY_MPS2}
_GYR_UNITS = {"radps": 1.0, "dps": math.pi / 180}
_RATE_STEPS = 64  # the median of so many steps is the nominal rate: 0.6 s at 100 Hz, and deaf to single stutters

_LARGEST = 1e12  # no measurement: 30 000 years of seconds, and far from where arithmetic overflows
_LARGE_BYTES = 1 << 16  # from here on joining costs more than starting the parser once more
_LINES_A_PIECE = 4000  # one bad row costs the slow way for so many (16 ms); an hour has 90 pieces of 0.7 ms each


class _Column(NamedTuple):
    place: int
    factor: float
    name: str


def read_header(payload: bytes) -> tuple[_Column, ...]:
    """Columns of time, acceleration and (if there) rate, with the factor to SI. Raises DecodeError."""
    names = [name.strip().strip('"').strip() for name in payload.decode("utf-8-sig", "replace").split(",")]
    time = _column(names, "time", {"s": 1.0}, payload)
    acc = [_column(names, f"acc_{axis}", _ACC_UNITS, payload) for axis in _AXES]
    gyr = [_column(names, f"gyr_{axis}", _GYR_UNITS, payload) for axis in _AXES]
    if time is None:
        raise _error("the column time_s is missing.", payload)
    if None in acc:
        axis = _AXES[acc.index(None)]
        raise _error(f"a column for acc_{axis} is missing: acc_{axis}_mps2 or acc_{axis}_g.", payload)
    if None in gyr and any(gyr):
        axis = _AXES[gyr.index(None)]
        raise _error(
            f"a column for gyr_{axis} is missing: gyr_{axis}_radps or gyr_{axis}_dps (or none at all).", payload
        )
    return tuple(column for column in (time, *acc, *gyr) if column is not None)


def _column(names: list[str], quantity: str, units: dict[str, float], payload: bytes) -> _Column | None:
    """The one column `quantity`_<unit>; None if there is no such column at all."""
    wanted = [f"{quantity}_{unit}" for unit in units]
    found = [index for index, name in enumerate(names) if name == quantity or name.startswith(f"{quantity}_")]
    if not found:
        return None
    if len(found) > 1:
        raise _error(f"there are several columns for {quantity}: {', '.join(names[i] for i in found)}.", payload)
    name = names[found[0]]
    if name not in wanted:
        raise _error(f"the column {name} has an unknown unit; right would be {' or '.join(wanted)}.", payload)
    return _Column(found[0], units[name.removeprefix(f"{quantity}_")], name)


class GenericCsvDecoder:
    """Carries the columns, the latest accepted time and the first time steps."""

    def __init__(self) -> None:
        self._columns: tuple[_Column, ...] = ()
        self._latest_s = -math.inf
        self._first_stamps_s: list[float] = []
        self._clock: Clock | None = None

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """Readings of these packets; see the head of the file."""
        blocks: list[Readings] = []
        rejected: list[DecodeError] = []
        for channel, group in itertools.groupby(packets, key=lambda packet: packet.channel):
            if channel == ROWS and self._columns:
                for _, alike in itertools.groupby(group, key=lambda packet: len(packet.payload) >= _LARGE_BYTES):
                    blocks += self._rows(list(alike), rejected)
                continue
            for packet in group:
                try:
                    if channel != HEADER:
                        reason = (
                            "rows came before the header." if channel == ROWS else f"no channel {channel} is known."
                        )
                        raise _error(reason, packet.payload)
                    columns = read_header(packet.payload)
                    if self._columns and len(columns) != len(self._columns):
                        raise _error("this header has other quantities than the first one.", packet.payload)
                    self._columns = columns
                except DecodeError as error:
                    rejected.append(error)
        return Decoded(joined(blocks), self._clock, tuple(rejected))

    def _rows(self, packets: list[Packet], rejected: list[DecodeError]) -> list[Readings]:
        """Readings of packets that are all large, or all small."""
        if len(packets) > 1 and len(packets[0].payload) >= _LARGE_BYTES:
            return [block for packet in packets for block in self._rows([packet], rejected)]
        text = packets[0].payload if len(packets) == 1 else b"\n".join([packet.payload for packet in packets])
        values, reasons = _parsed(text, self._columns)
        line_counts = np.array([packet.payload.count(b"\n") + 1 for packet in packets[1:]], dtype=np.int64)
        line_counts = np.concatenate(([len(values) - line_counts.sum()], line_counts))
        received_s = np.repeat(np.array([packet.received_s for packet in packets]), line_counts)
        good = self._in_order(values[:, 0])
        if not good.all():
            lines, ends = text.split(b"\n"), np.cumsum(line_counts)
            for place in np.flatnonzero(~good).tolist():
                packet = int(np.searchsorted(ends, place, side="right"))
                row = place - int(ends[packet] - line_counts[packet])
                rejected.append(_error(reasons.get(place, "time runs backwards."), lines[place], row=row))
            values, received_s = values[good], received_s[good]
        if not len(values):
            return []
        self._find_rate(values[:, 0])
        factors = [column.factor for column in self._columns]
        if set(factors) != {1.0}:
            values = values * factors
        return [
            Readings(
                received_s=received_s,
                acc_mps2=values[:, 1:4],
                gyr_radps=values[:, 4:7] if len(self._columns) > 4 else None,
                device_s=values[:, 0].copy(),
            )
        ]

    def _in_order(self, time_s: Floats) -> np.ndarray:
        """True for rows that were read (a row in error is NaN) and lie not before the latest accepted one."""
        if time_s[0] >= self._latest_s and bool((time_s[1:] >= time_s[:-1]).all()):  # as nearly always
            self._latest_s = float(time_s[-1])
            return np.ones(len(time_s), dtype=np.bool_)
        latest_s = np.fmax.accumulate(np.concatenate(([self._latest_s], time_s)))
        self._latest_s = float(latest_s[-1])
        good: np.ndarray = time_s >= latest_s[:-1]
        return good

    def _find_rate(self, time_s: Floats) -> None:
        if len(self._first_stamps_s) > _RATE_STEPS:
            return
        self._first_stamps_s += time_s[: _RATE_STEPS + 1 - len(self._first_stamps_s)].tolist()
        steps_s = np.diff(self._first_stamps_s)
        steps_s = steps_s[steps_s > 0]
        if len(steps_s):
            self._clock = Clock(float(1 / np.median(steps_s)), clock_wrap_s=math.inf, is_regular=False)


def _parsed(text: bytes, columns: tuple[_Column, ...]) -> tuple[Floats, dict[int, str]]:
    """Numbers (lines, columns) of these lines, NaN in a row that is none, and by row what is wrong with it."""
    values = _parsed_together(text, columns)
    if values is not None:
        return values, {}
    lines = text.split(b"\n")
    total = len(lines)
    blocks: list[Floats] = []
    reasons: dict[int, str] = {}
    for begin in range(0, total, _LINES_A_PIECE):
        piece = lines[begin : begin + _LINES_A_PIECE]
        block = _parsed_together(b"\n".join(piece), columns) if total > _LINES_A_PIECE else None
        if block is None:
            block = np.empty((len(piece), len(columns)))
            for place, line in enumerate(piece):
                try:
                    block[place] = _row(line, columns)
                except ValueError as error:
                    block[place] = math.nan
                    reasons[begin + place] = str(error)
        blocks.append(block)
    return np.concatenate(blocks), reasons


def _parsed_together(text: bytes, columns: tuple[_Column, ...]) -> Floats | None:
    """Numbers (lines, columns) of these lines; None if any of them needs a closer look."""
    if b"\n" not in text:
        return None
    import pandas as pd  # takes 0.4 s, and a sensor's session never needs it

    indices = [column.place for column in columns]
    exact = {} if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
    try:
        table = pd.read_csv(  # type: ignore[call-overload]
            BytesIO(text),
            header=None,
            names=list(range(max(indices) + 1)),
            usecols=indices,
            dtype=np.float64,
            index_col=False,
            na_filter=False,
            skip_blank_lines=False,
            encoding_errors="replace",
            **exact,
        )
    except (ValueError, OverflowError):  # which row it was, the slow way finds out
        return None
    values: Floats = (table if indices == sorted(indices) else table[indices]).to_numpy()
    # only these could make the parser see other lines than there are; counting costs ten times as much as looking
    may_differ = text.endswith(b"\n") or any(odd in text for odd in (b'"', b"\r", b"\0"))
    if may_differ and len(values) != text.count(b"\n") + 1:
        return None
    if not len(values):
        return None
    return values if values.min() >= -_LARGEST and values.max() <= _LARGEST else None  # NaN is neither


def _row(text: bytes, columns: tuple[_Column, ...]) -> list[float]:
    """The numbers of one line. Raises ValueError with a sentence."""
    cells: list[str] | list[bytes] = text.split(b",")
    if b'"' in text:
        try:
            cells = next(csv.reader([text.decode("utf-8", "replace")]), [])
        except csv.Error as error:
            raise ValueError("the quotes in this row do not match.") from error
    needed = max(column.place for column in columns) + 1
    if len(cells) < needed:
        raise ValueError(f"the row has {len(cells)} columns, {needed} are needed.")
    return [_number(cells[column.place], column.name) for column in columns]


def _number(cell: str | bytes, name: str) -> float:
    """A finite number of sane size. Raises ValueError with a sentence. (float() alone would take 1_000.)"""
    try:
        number = float(cell) if (b"_" if isinstance(cell, bytes) else "_") not in cell else math.nan  # type: ignore[operator]
    except ValueError:
        number = math.nan
    if not abs(number) <= _LARGEST:  # NaN is not either
        shown = cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell
        raise ValueError(f"'{shown[:40]}' is not a usable number for {name}.")
    return number


def _error(reason: str, payload: bytes, *, row: int | None = None) -> DecodeError:
    return DecodeError(reason, decoder="generic_csv", payload=payload, row=row)


PROFILE = DeviceProfile(
    key="generic_csv",
    title="Generic samples CSV",
    new_decoder=GenericCsvDecoder,
    nominal_rate_hz=100.0,
    wear="As it was worn; specific force reads +g upward, rates follow the right-hand rule.",
    note="generic_csv.md",
)
