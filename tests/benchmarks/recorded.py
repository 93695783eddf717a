"""Recordings by other people, fed through the product's own door: generic CSV packets made in memory.

The files lie in `shared/data` beside a checkout; each folder's SOURCE.md gives licence, units, axes and labels. None
is a single-leg hip thrust with a sensor on the hip, so each proves a part only.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.events import Event, RepCounted, RepJudged
from tracker.core.model import GRAVITY_MPS2, NAN, Command, CommandName, Packet, Rep
from tracker.decoders.generic_csv import HEADER, ROWS
from tracker.decoders.registry import profile

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ROWS_A_PACKET = 20  # about 0.2 s: what a live source would hand over at once

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One file in SI units: t_s (n,), acc_mps2 (n, 3), gyr_radps (n, 3) or None."""

    name: str
    t_s: Floats
    acc_mps2: Floats
    gyr_radps: Floats | None = None

    def packets(self) -> list[Packet]:
        """The file as the decoder of generic CSV gets it: a header line, then pieces of whole lines."""
        names = ["time_s", *(f"acc_{axis}_mps2" for axis in "xyz")]
        columns = [self.t_s[:, None], self.acc_mps2]
        if self.gyr_radps is not None:
            names += [f"gyr_{axis}_radps" for axis in "xyz"]
            columns.append(self.gyr_radps)
        lines = [",".join(map(repr, row)) for row in np.concatenate(columns, axis=1).tolist()]
        packets = [Packet(0.0, HEADER, ",".join(names).encode())]
        for start in range(0, len(lines), ROWS_A_PACKET):
            piece = lines[start : start + ROWS_A_PACKET]
            packets.append(Packet(float(self.t_s[start + len(piece) - 1]), ROWS, "\n".join(piece).encode()))
        return packets


def events_of(recorded: Recorded, config: Config | None = None, *, is_announced: bool = False) -> list[Event]:
    """Everything the engine says of this file; is_announced: the person said beforehand that a set begins."""
    engine = Engine(config or Config(), profile("generic_csv").new_decoder())
    said = [Command(0.0, CommandName.SET_START)] if is_announced else []
    return [*engine.feed([*said, *recorded.packets()]), *engine.finish()]


def counted_reps(events: list[Event]) -> list[tuple[float, Rep]]:
    """Stream time [s] of every counted rep, and the last word on its numbers."""
    judged = {event.judged.rep_id: event.judged.rep for event in events if isinstance(event, RepJudged)}
    counted = [event for event in events if isinstance(event, RepCounted)]
    return [(event.t_s, judged.get(event.rep_id, Rep(NAN, NAN, NAN, NAN))) for event in counted]


def labels(path: Path) -> list[dict[str, str]]:
    """A small CSV of labels, a row each."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


# one reader a folder ---------------------------------------------------------------------------------------------


def mobgap(path: Path) -> Recorded:
    """Lower back, 100 Hz, g and deg/s."""
    frame = pd.read_csv(path)
    acc = frame[["acc_x", "acc_y", "acc_z"]].to_numpy() * GRAVITY_MPS2
    gyr = np.radians(frame[["gyr_x", "gyr_y", "gyr_z"]].to_numpy())
    return Recorded(_name(path), frame["samples"].to_numpy() / 100.0, acc, gyr)


def geotec(path: Path) -> Recorded:
    """Phone in a pocket, uneven Unix milliseconds."""
    frame = pd.read_csv(path).sort_values("timestamp", kind="stable")
    stamps_s = (frame["timestamp"].to_numpy() - frame["timestamp"].iloc[0]) / 1000.0
    acc = frame[["x_acc", "y_acc", "z_acc"]].to_numpy(dtype=np.float64)
    return Recorded(_name(path), stamps_s, acc, frame[["x_gyro", "y_gyro", "z_gyro"]].to_numpy(dtype=np.float64))


def skdh(path: Path) -> Recorded:
    """Accelerometer on the lower back, 128 Hz, g."""
    with np.load(path) as arrays:
        stamps_s, acc = arrays["time"], arrays["accel"]
    return Recorded(_name(path), stamps_s - stamps_s[0], acc * GRAVITY_MPS2)


def mex(path: Path) -> Recorded:
    """Accelerometer on the thigh, about 103 Hz, g."""
    frame = pd.read_csv(path, header=None, names=["time", "x", "y", "z"])
    stamps = pd.to_datetime(frame["time"], format="ISO8601")
    stamps_s = np.asarray((stamps - stamps.iloc[0]).dt.total_seconds(), dtype=np.float64)
    return Recorded(_name(path), stamps_s, frame[["x", "y", "z"]].to_numpy() * GRAVITY_MPS2)


def uci(path: Path) -> Recorded:
    """Xsens MTx, 25 Hz."""
    frame = pd.read_csv(path, sep=";")
    acc = frame[["acc_x", "acc_y", "acc_z"]].to_numpy()
    gyr = frame[["gyr_x", "gyr_y", "gyr_z"]].to_numpy()
    return Recorded(_name(path), frame["time index"].to_numpy() / 25.0, acc, gyr)


def _name(path: Path) -> str:
    return path.relative_to(DATA).as_posix()
