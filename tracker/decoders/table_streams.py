"""Decoder of exports that are tables: one table of samples, or one each for acceleration, rate and gravity.

In: on channel `<role>` first the head of that table (all lines up to the names of the columns), then its rows, many to
a packet, joined by line feeds; side files on channels of their own names. All heads come before the first row, so
that it is known by then which streams there will be. Out: see `joined_streams.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from tracker.core.model import Decoded, Packet
from tracker.decoders.joined_streams import CLOCK, JoinedStreams
from tracker.decoders.tables import Role, Table, row_of
from tracker.errors import DecodeError

_ROLES = {role.value: role for role in Role}

# Acceleration times this: -1 where a phone writes the opposite of specific force; and what to say of it.
SignOf = Callable[[Mapping[str, str], Mapping[Role, Table]], tuple[float, str]]


def _as_written(_texts: Mapping[str, str], _tables: Mapping[Role, Table]) -> tuple[float, str]:
    return 1.0, ""


class TablesDecoder:
    """Carries the tables' columns, the latest times and what `JoinedStreams` carries.

    table_of: as in `ExportFormat`, called with the role as name. sign_of: from side files and tables.
    """

    def __init__(
        self,
        kind: str,
        table_of: Callable[[str, str], Table | None],
        *,
        side_files: Sequence[str] = (),
        sign_of: SignOf = _as_written,
    ) -> None:
        self._kind = kind
        self._table_of = table_of
        self._side_files = frozenset(side_files)
        self._sign_of = sign_of
        self._texts: dict[str, str] = {}
        self._heads: dict[Role, str] = {}  # of tables whose first rows have not come
        self._tables: dict[Role, Table] = {}
        self._streams: JoinedStreams | None = None
        self._sign = 1.0
        self._wrapped_s: dict[Role, float] = {}  # rounds of a clock that starts again
        self._previous_s: dict[Role, float] = {}

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """Readings of these packets and of rows that waited for them; see the head of the file."""
        rejected: list[DecodeError] = []
        messages: list[str] = []
        for received_s, channel, payload in packets:
            text = payload.decode("utf-8", "replace")
            role = _ROLES.get(channel)
            if channel in self._side_files:
                self._texts[channel] = text
            elif role is None:
                rejected.append(self._error(f"no channel {channel[:40]} is known.", payload))
            elif role not in self._tables:
                self._read_head(role, text, rejected)
            else:
                if self._streams is None:
                    messages += self._begin()
                self._read_rows(role, received_s, text, rejected)
        streams = self._streams
        readings = None if streams is None else streams.take()
        return Decoded(readings, None if streams is None else CLOCK, tuple(rejected), tuple(messages))

    def _read_head(self, role: Role, text: str, rejected: list[DecodeError]) -> None:
        try:
            table = self._table_of(role.value, text)
        except DecodeError as error:
            rejected.append(error)
            return
        if table is None:
            rejected.append(self._error("rows came before the header.", text.encode()))
        elif self._streams is not None:
            rejected.append(self._error("a table began after the rows of another one.", text.encode()))
        else:
            self._tables[role] = table
            self._heads[role] = text

    def _begin(self) -> list[str]:
        self._sign, message = self._sign_of(self._texts, self._tables)
        self._streams = JoinedStreams(
            self._tables,
            acc_rail=min(table.acc_rail for table in self._tables.values()),
            gyr_rail=min(table.gyr_rail for table in self._tables.values()),
        )
        return [text for text in (message, self._streams.complaint) if text]

    def _read_rows(self, role: Role, received_s: float, text: str, rejected: list[DecodeError]) -> None:
        assert self._streams is not None
        if role in self._heads:  # some tables say only in their first rows which of two clocks runs
            self._tables[role] = self._table_of(role.value, f"{self._heads.pop(role)}\n{text}") or self._tables[role]
        table = self._tables[role]
        sign = 1.0 if role is Role.GYR else self._sign
        times_s: list[float] = []
        values: list[list[float]] = []
        for place, line in enumerate(text.split("\n")):
            try:
                row = row_of(line, table)
            except ValueError as error:
                rejected.append(self._error(str(error), line.encode(), row=place))
                continue
            if row is not None:
                times_s.append(self._unwrapped(role, table, row[0]))
                values.append(row[1] if sign > 0 else [-value for value in row[1][:3]] + row[1][3:])
        self._streams.add(role, received_s, times_s, values)
        self._streams.end_packet()

    def _unwrapped(self, role: Role, table: Table, time_s: float) -> float:
        """Past midnight, or past the end of its counter, a clock goes on."""
        if table.wrap_s < math.inf:
            if self._previous_s.get(role, 0.0) - time_s > table.wrap_s / 2:
                self._wrapped_s[role] = self._wrapped_s.get(role, 0.0) + table.wrap_s
            self._previous_s[role] = time_s
        return time_s + self._wrapped_s.get(role, 0.0)

    def _error(self, reason: str, payload: bytes, *, row: int | None = None) -> DecodeError:
        return DecodeError(reason, decoder=self._kind, payload=payload, row=row)
