"""Raw samples as generic CSV, which `tracker import` reads again, with the pose that was found beside them.

One row a sample on the sensor's own grid, seconds since the first sample; rows that bridged a gap are left out, since
nobody measured them. Pose: height in % of the full range, level and inclination, empty before the frame is known. What
the person said stands in `marker`, at the first row after it. Six decimals: a microsecond, and far below one step of a
16-bit sensor; three for the pose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TextIO

from tracker.core.config import Config
from tracker.core.model import Command, CommandName, Decoder, Input, Samples
from tracker.core.plain_text import FORMULA_STARTS
from tracker.core.raw_samples import RawSamples, measured_rows
from tracker.page.curves import Curve
from tracker.reports.pose import COLUMNS as POSE_COLUMNS
from tracker.reports.pose import pose_at

_HEADER = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2"
_GYR_HEADER = ",gyr_x_radps,gyr_y_radps,gyr_z_radps"
_POSE_HEADER = "".join(f",{name}" for name in POSE_COLUMNS)
_INPUTS_AT_ONCE = 1024  # memory stays small, and many packets share what a block costs


def write_samples(
    file: TextIO, inputs: Iterable[Input], decoder: Decoder, config: Config, curve: Curve | None = None, side: str = ""
) -> int:
    """Write all samples and markers, and the pose where a curve is given; returns the number of rows.

    side: the leg that was declared for the whole session, as the first marker.
    """
    pending = marker_texts(Command(0.0, CommandName.SIDE, side)) if side else []
    row_count = 0
    for item in samples_and_commands(inputs, decoder, config):
        if isinstance(item, Command):
            pending += marker_texts(item)
            continue
        if not row_count:
            file.write(header_of(item, has_pose=curve is not None))
        lines = lines_of(item, curve)
        for index in range(min(len(lines), len(pending))):
            lines[index] += _quoted(pending.pop(0))
        file.writelines(f"{line}\n" for line in lines)
        row_count += len(lines)
    return row_count


def marker_texts(command: Command) -> list[str]:
    """What a command is called in the `marker` column; nothing for what only a live link has."""
    value = command.value
    words = {
        CommandName.CALIBRATE: f"calibration_{value}",
        CommandName.SIDE: f"side={value}",
        CommandName.SET_START: f"set_start side={value}" if value else "set_start",
        CommandName.SET_END: "set_end",
        CommandName.STRIKE: f"strike {value}",
        CommandName.RESTORE: f"restore {value}",
        CommandName.NOTE: f"note {value}",
        CommandName.MARK: value,
    }
    word = words.get(command.name, "").strip()
    if word.startswith(tuple(FORMULA_STARTS)):
        word = f"note {word}"  # says the same, and no spreadsheet takes it for a formula
    return [word] if word else []


def samples_and_commands(inputs: Iterable[Input], decoder: Decoder, config: Config) -> Iterator[Samples | Command]:
    """Every sample of the counted sensor at its own rate, in blocks, and every command where it was told."""
    raw = RawSamples(decoder, config)
    rest = iter(inputs)
    while some := list(islice(rest, _INPUTS_AT_ONCE)):
        yield from raw.feed(some)
    yield from raw.finish()


def header_of(samples: Samples, *, has_pose: bool = False) -> str:
    """The first line of a file with samples like these."""
    return f"{_HEADER}{_GYR_HEADER * (samples.gyr_radps is not None)}{_POSE_HEADER * has_pose},marker\n"


def lines_of(samples: Samples, curve: Curve | None = None) -> list[str]:
    """A line a measured row, without its end and with nothing in the marker's cell yet."""
    rows = measured_rows(samples)
    pattern = ",".join(["%.6f"] * rows.shape[1]) + ","
    lines = [pattern % tuple(row) for row in rows.tolist()]
    if curve is None:
        return lines
    return [line + _pose_cells(pose) for line, pose in zip(lines, pose_at(curve, rows[:, 0]).tolist(), strict=True)]


def _pose_cells(pose: list[float]) -> str:
    return "".join(f"{value + 0.0:.3f}," if value == value else "," for value in pose)  # noqa: PLR0124 - NaN is empty


def _quoted(text: str) -> str:
    """The text as one CSV cell on one line."""
    line = " ".join(text.split())
    return '"' + line.replace('"', '""') + '"' if '"' in line or "," in line else line
