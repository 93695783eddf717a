"""Streams of acceleration, gravity and rate with stamps of one clock, joined to samples of one moment.

In: rows of each stream by `Role`, each with its own times. Out: readings at the times of the acceleration, the rate
interpolated between its neighbours (`pairing.py`); where acceleration comes without gravity, gravity is interpolated
onto it first and added. The stamps go on as device time; nothing is taken from arrivals.

Which streams there are is told beforehand (files), or found within `DECIDE_S` of stamps (phones that push what they
like): specific force outweighs acceleration and gravity apart, and without a rate by then there will be none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from tracker.core.model import Clock, Floats, Readings
from tracker.decoders.blocks import joined
from tracker.decoders.pairing import Pairing
from tracker.decoders.rails import ACC_ENDS_MPS2, GYR_ENDS_RADPS, RailWatch
from tracker.decoders.tables import Role

DECIDE_S = 1.5  # the longest batch of the phone apps is 1 s: by then every stream has come once
# Samples of phones and files come at uneven times: only their stamps say when.
CLOCK = Clock(nominal_rate_hz=100.0, clock_wrap_s=math.inf, is_regular=False)

Row = Sequence[float]
_COUNTED = frozenset({Role.ACC, Role.LINEAR})
_ENDS = {Role.ACC: ACC_ENDS_MPS2, Role.SAMPLES: ACC_ENDS_MPS2, Role.GYR: GYR_ENDS_RADPS}


class JoinedStreams:
    """Carries the rows that wait for neighbours. Fill with `add`, close each packet with `end_packet`, then `take`.

    roles: the streams that will come, where that is known. rails: the ends of the ranges, where they are known; where
    not, readings that stay at a usual one are counted (`rails.py`). is_decided: it is known which do.
    complaint: why nothing comes out, for people; "" = nothing.
    """

    def __init__(self, roles: Iterable[Role] = (), *, acc_rail: float = math.inf, gyr_rail: float = math.inf) -> None:
        self.complaint = ""
        self._seen = set(roles)
        self._rails = acc_rail, gyr_rail
        unknown = {role for role in _ENDS if math.isinf(gyr_rail if role is Role.GYR else acc_rail)}
        self._watches = {role: RailWatch(_ENDS[role]) for role in unknown}
        self.is_decided = False
        self._latest_s: dict[Role, float] = {}
        self._first_s, self._last_s = math.inf, -math.inf
        self._held: list[tuple[int, Role, float, Sequence[float], Sequence[Row]]] = []
        self._packet = 0
        self._gravity: Pairing | None = None
        self._pairing: Pairing | None = None
        self._blocks: list[Readings] = []
        self._duplicates = self._late = self._saturated = 0
        if self._seen:
            self._decide()

    def add(self, role: Role, received_s: float, times_s: Sequence[float], values: Sequence[Row]) -> None:
        """Rows of one stream out of one packet, in its order."""
        if not times_s:
            return
        if role in self._watches:
            self._saturated += self._watches[role].count([row[:3] for row in values])
        if self.is_decided:
            self._place(role, received_s, times_s, values)
            return
        self._seen.add(role)
        self._held.append((self._packet, role, received_s, times_s, values))
        self._first_s = min(self._first_s, *times_s)
        self._last_s = max(self._last_s, *times_s)

    def leave_out(self, *, duplicate_samples: int = 0, late_samples: int = 0) -> None:
        """Samples that came again, or after they had been given up: counted, and not used."""
        self._duplicates += duplicate_samples
        self._late += late_samples

    def restart(self) -> None:
        """The source began anew: nothing that still waits will find its neighbour."""
        self._collect()
        self._latest_s.clear()
        self._gravity = None if self._gravity is None else Pairing()
        self._pairing = None if self._pairing is None else Pairing()

    def end_packet(self) -> None:
        """All rows of a packet are in: rates may now meet accelerations that came with them."""
        if not self.is_decided and self._held:
            span_s = self._last_s - self._first_s
            if self._seen >= {Role.ACC, Role.GYR} or Role.SAMPLES in self._seen or span_s >= DECIDE_S:
                self._decide()
        self._add_gravity()
        self._packet += 1

    def _add_gravity(self) -> None:
        """Sums that are complete go on as specific force, with the packet that completed them."""
        if self._gravity is not None and (summed := self._gravity.take()) is not None:
            force = summed.acc + summed.gyr
            if self._pairing is None:
                self._blocks.append(self._readings(summed.received_s, summed.time_s, force, None))
            else:  # of one packet, as every batch is
                received_s = float(summed.received_s[-1])
                self._pairing.add("acc", received_s, summed.time_s.tolist(), force.tolist(), packet=self._packet)

    def take(self) -> Readings | None:
        """The samples that are complete since the last call, and what was counted meanwhile, also where none is."""
        self._collect()
        if self.is_decided and not self.complaint and (self._duplicates or self._late or self._saturated):
            none, has_rates = np.zeros((0, 3)), self._pairing is not None or Role.SAMPLES in self._seen
            self._blocks.append(self._readings(np.zeros(0), np.zeros(0), none, none if has_rates else None))
        blocks, self._blocks = self._blocks, []
        return joined(blocks)

    def _collect(self) -> None:
        if self._pairing is not None and (paired := self._pairing.take()) is not None:
            self._blocks.append(self._readings(paired.received_s, paired.time_s, paired.acc, paired.gyr))

    def _decide(self) -> None:
        self.is_decided = True
        if not self._seen & {Role.SAMPLES, Role.ACC} and not self._seen >= {Role.LINEAR, Role.GRAVITY}:
            self.complaint = (
                "only linear acceleration comes, without gravity: send the accelerometer with gravity."
                if Role.LINEAR in self._seen
                else "no acceleration comes: switch the accelerometer on."
            )
        elif not self._seen & {Role.SAMPLES, Role.ACC}:
            self._gravity = Pairing()
        if Role.GYR in self._seen and Role.SAMPLES not in self._seen:
            self._pairing = Pairing()
        held, self._held = self._held, []
        now = self._packet
        for self._packet, role, received_s, times_s, values in held:
            self._place(role, received_s, times_s, values)
            self._add_gravity()
        self._packet = now

    def _place(self, role: Role, received_s: float, times_s: Sequence[float], values: Sequence[Row]) -> None:
        if self.complaint:
            return
        match role:
            case Role.SAMPLES:
                both = np.array(values)
                self._direct(received_s, times_s, both[:, :3], both[:, 3:])
            case Role.ACC if self._pairing is None and self._gravity is None:
                self._direct(received_s, times_s, np.array(values), None)
            case Role.ACC if self._pairing is not None and self._gravity is None:
                self._pairing.add("acc", received_s, *self._rising(role, times_s, values), packet=self._packet)
            case Role.GYR if self._pairing is not None:
                self._pairing.add("gyr", received_s, *self._rising(role, times_s, values), packet=self._packet)
            case Role.LINEAR if self._gravity is not None:
                self._gravity.add("acc", received_s, *self._rising(role, times_s, values), packet=self._packet)
            case Role.GRAVITY if self._gravity is not None:
                self._gravity.add("gyr", received_s, *self._rising(role, times_s, values), packet=self._packet)
            case _:  # a stream that a better one has replaced, or that came too late
                pass

    def _rising(self, role: Role, times_s: Sequence[float], values: Sequence[Row]) -> tuple[list[float], list[Row]]:
        """The rows whose time rises: what is to be joined must be in order. The others are counted."""
        times, rows = [], []
        latest_s = self._latest_s.get(role, -math.inf)
        for time_s, row in zip(times_s, values, strict=True):
            if time_s > latest_s:
                times.append(time_s)
                rows.append(row)
                latest_s = time_s
            elif role in _COUNTED:  # a sample is one acceleration, whatever belongs to it
                self._duplicates += time_s == latest_s
                self._late += time_s < latest_s
        self._latest_s[role] = latest_s
        return times, rows

    def _direct(self, received_s: float, times_s: Sequence[float], acc: Floats, gyr: Floats | None) -> None:
        self._blocks.append(self._readings(np.full(len(times_s), received_s), np.array(times_s), acc, gyr))

    def _readings(self, received_s: Floats, time_s: Floats, acc: Floats, gyr: Floats | None) -> Readings:
        acc_rail, gyr_rail = self._rails
        at_rail = (np.abs(acc) >= acc_rail).any(axis=1)
        if gyr is not None:
            at_rail |= (np.abs(gyr) >= gyr_rail).any(axis=1)
        duplicates, self._duplicates = self._duplicates, 0
        late, self._late = self._late, 0
        saturated, self._saturated = self._saturated + int(at_rail.sum()), 0
        return Readings(
            received_s=received_s,
            acc_mps2=acc,
            gyr_radps=gyr,
            device_s=time_s,
            saturated_samples=saturated,
            duplicate_samples=duplicates,
            late_samples=late,
        )
