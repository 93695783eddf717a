"""A recording as a Motion-BIDS data set: samples, channels, events, and what describes them, ready for a shared study.

    DIR/dataset_description.json, README.md, participants.tsv     once, kept and added to by later exports into DIR
    DIR/sub-01/ses-X/sub-01_ses-X_scans.tsv                       when it began
    DIR/sub-01/ses-X/motion/NAME_motion.tsv                       no header, one row a sample
                            NAME_motion.json                      rate, counts of channels, device
                            NAME_channels.tsv, .json              a row a column of it; the frames
                            NAME_events.tsv, .json                reps, sets and marks; what their columns mean
    NAME = sub-01_ses-X_task-singleLegHipThrust_tracksys-imu

Names, required columns and fields: BIDS specification 1.11, Motion (bids-specification.readthedocs.io). Rows stand as
they were measured; the first column is the latency since the first sample, because samples can be missing.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from tracker import __version__
from tracker.core.decimals import decimals_of, round_to
from tracker.core.model import Command, Decoder, Input
from tracker.core.raw_samples import measured_rows
from tracker.errors import TrackerError
from tracker.header import utc_text
from tracker.reports.export_csv import marker_texts, samples_and_commands
from tracker.reports.files import written_whole
from tracker.reports.pose import pose_at
from tracker.reports.session import Session

BIDS_VERSION = "1.11.0"
TASK = "single leg hip thrust"
_TASK_LABEL = "singleLegHipThrust"
_MISSING = "n/a"


class _Channel(NamedTuple):
    """A row of channels.tsv, a column of motion.tsv."""

    name: str
    component: str
    type: str
    tracked_point: str
    units: str
    reference_frame: str
    description: str


class _Event(NamedTuple):
    """A row of events.tsv."""

    onset: float
    duration: float
    trial_type: str
    side: str = _MISSING
    set: str = _MISSING
    rep: str = _MISSING
    counted: str = _MISSING
    clean: str = _MISSING
    faults: str = _MISSING
    value: str = _MISSING


_LATENCY = (_Channel("latency", _MISSING, "LATENCY", _MISSING, "s", _MISSING, "since the first sample"),)
_ACC, _GYR = (
    tuple(
        _Channel(f"{name}_{axis}", axis, kind, "pelvis", unit, "sensor", what)
        for axis in "xyz"
    )
    for name, kind, unit, what in (
        ("acc", "ACCEL", "m/s^2", "specific force: at rest + g along up"),
        ("gyr", "GYRO", "rad/s", "angular rate, right-hand rule"),
    )
)  # fmt: skip
_POSE = tuple(
    _Channel(name, _MISSING, "MISC", "pelvis", unit, "pelvis", what)
    for name, unit, what in (
        ("height", "%", "rise of the pelvis in % of the full range, as found by the software"),
        ("level", "deg", "left-right axis to the horizontal, + = right hip higher, as found by the software"),
        ("inclination", "deg", "shoulders above hips +, 0 = full extension, as found by the software"),
    )
)
_FRAMES = {
    "sensor": {
        "Description": "Axes printed on the sensor, right-handed; worn in any orientation.",
        "RotationRule": "right-hand",
    },
    "pelvis": {
        "Description": "Axes to the person's right, anterior and cranial, found by calibration.",
        "SpatialAxes": "RAS",
        "RotationRule": "right-hand",
    },
}
_EVENT_COLUMNS = {
    "trial_type": {
        "Description": "What happened.",
        "Levels": {
            "rep": "a repetition, from the start of the rise to the end of the way down",
            "partial": "a rise that stopped on the way, not counted",
            "set": "from the first repetition of a set to its last",
            "mark": "something the person said at that moment",
        },
    },
    "side": {"Description": "The working leg, as declared: left, right or n/a."},
    "set": {"Description": "Number of the set within the session."},
    "rep": {"Description": "Number within the set."},
    "counted": {"Description": "False for a repetition that the person struck and for partials."},
    "clean": {"Description": "True when every check that was measured is good."},
    "faults": {"Description": "Checks that failed, separated by semicolons."},
    "value": {"Description": "The text of a mark."},
}
_README = """# Single-leg hip thrusts, one inertial sensor on the pelvis

Recorded and exported with hip-thrust-tracker, which counts the repetitions and judges them. `events.tsv` holds what it
found, `motion.tsv` what the sensor measured. Say here who did what, why, and who agreed to share it.
"""


def write_bids(
    folder: Path, session: Session, inputs: Iterable[Input], decoder: Decoder, *, subject: str = "01"
) -> list[Path]:
    """Write or add to the data set in `folder`; the paths that were written. Raises FileError, TrackerError.

    subject: the participant's label, letters and digits; a name would travel with the data.
    """
    label = re.sub("[^0-9A-Za-z]", "", session.header.session_id) or "01"
    home = folder / f"sub-{subject}" / f"ses-{label}"
    stem = f"sub-{subject}_ses-{label}"
    name = f"{stem}_task-{_TASK_LABEL}_tracksys-imu"
    motion = home / "motion"
    try:
        with written_whole(motion / f"{name}_motion.tsv") as file:
            table = _write_motion(file, session, inputs, decoder)
    except TrackerError:
        for empty in (motion, home, home.parent, folder):
            with contextlib.suppress(OSError):  # something is in it, or it never came to be
                empty.rmdir()
        raise
    events = sorted([*_reps(session), *_sets(session), *table.marks], key=lambda event: event.onset)
    written = [
        motion / f"{name}_motion.tsv",
        _json(motion / f"{name}_motion.json", _sidecar(session, table)),
        _tsv(motion / f"{name}_channels.tsv", _Channel._fields, table.channels),
        _json(motion / f"{name}_channels.json", {"reference_frame": {"Levels": _FRAMES}}),
        _tsv(motion / f"{name}_events.tsv", _Event._fields, [_cells(event) for event in events]),
        _json(motion / f"{name}_events.json", _EVENT_COLUMNS),
    ]
    began = utc_text(session.zero) if session.zero else _MISSING
    scans = [(f"motion/{name}_motion.tsv", began)]
    written.append(_tsv(home / f"{stem}_scans.tsv", ("filename", "acq_time"), scans))
    return written + _described(folder, f"sub-{subject}")


class _Table(NamedTuple):
    """What motion.tsv turned out to be."""

    channels: tuple[_Channel, ...]
    row_count: int
    last_s: float
    marks: list[_Event]


def _write_motion(file: TextIO, session: Session, inputs: Iterable[Input], decoder: Decoder) -> _Table:
    curve = session.curves.between(float("-inf"), float("inf"))
    channels: tuple[_Channel, ...] = ()
    marks: list[_Event] = []
    pending: list[str] = []
    row_count, last_s = 0, 0.0
    for item in samples_and_commands(inputs, decoder, session.header.config):
        if isinstance(item, Command):
            pending += marker_texts(item)
            continue
        rows = measured_rows(item)
        if not len(rows):
            continue
        channels = channels or _LATENCY + _ACC + (_GYR if item.gyr_radps is not None else ()) + _POSE
        marks += [_Event(float(rows[0, 0]), 0.0, "mark", value=" ".join(text.split())) for text in pending]
        pending = []
        pattern = "\t".join(["%.6f"] * rows.shape[1])
        poses = pose_at(curve, rows[:, 0]).tolist()
        file.writelines(
            f"{pattern % tuple(row)}\t{_pose_cells(pose)}\n" for row, pose in zip(rows.tolist(), poses, strict=True)
        )
        row_count, last_s = row_count + len(rows), float(rows[-1, 0])
    if not row_count:
        raise TrackerError("There is not one sample to export.")
    return _Table(channels, row_count, last_s, marks)


def _pose_cells(pose: list[float]) -> str:
    return "\t".join(_MISSING if value != value else f"{value + 0.0:.3f}" for value in pose)  # noqa: PLR0124 - NaN


def _sidecar(session: Session, table: _Table) -> dict[str, Any]:
    header, started = session.header, session.summary.started
    effective_hz = (table.row_count - 1) / table.last_s if table.last_s else None
    kinds = [channel.type for channel in table.channels]
    values: dict[str, Any] = {
        "TaskName": TASK,
        "TaskDescription": "Single-leg hip thrusts with the shoulder blades on a bench.",
        "SamplingFrequency": round_to(started.rate_hz if started else header.nominal_rate_hz, 6),
        "SamplingFrequencyEffective": _MISSING if effective_hz is None else round_to(effective_hz, 6),
        "TrackingSystemName": "inertial sensor on the pelvis",
        "ManufacturersModelName": header.device or _MISSING,
        "MotionChannelCount": len(kinds),
        "ACCELChannelCount": kinds.count("ACCEL"),
        "GYROChannelCount": kinds.count("GYRO"),
        "LATENCYChannelCount": kinds.count("LATENCY"),
        "MiscChannelCount": kinds.count("MISC"),
        "TrackedPointsCount": 1,
        "MissingValues": _MISSING,
        "RecordingDuration": round_to(table.last_s, 6),
    }
    return values


def _reps(session: Session) -> list[_Event]:
    events = []
    for item in session.summary.reps:
        judged, rep = item.judged, item.judged.rep
        events.append(
            _Event(
                rep.start_s,
                max(rep.end_s - rep.start_s, 0.0),
                judged.status.value,
                judged.side.value or _MISSING,
                str(judged.set_number),
                str(judged.number),
                str(item.is_counted).lower(),
                str(item.is_clean).lower(),
                ";".join(judged.faults) or _MISSING,
            )
        )
    return events


def _sets(session: Session) -> list[_Event]:
    return [
        _Event(item.start_s, item.end_s - item.start_s, "set", item.side.value or _MISSING, str(item.set_number))
        for item in session.summary.sets
    ]


def _cells(event: _Event) -> tuple[str, ...]:
    times = [_MISSING if value != value else str(round_to(value, decimals_of("_s"))) for value in event[:2]]  # noqa: PLR0124 - NaN
    return (*times, *event[2:])


def _described(folder: Path, subject: str) -> list[Path]:
    """The files of the whole data set: what is there stays, the subject is added."""
    written = []
    description = folder / "dataset_description.json"
    if not description.exists():
        about = {
            "Name": "Single-leg hip thrusts",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "raw",
            "GeneratedBy": [{"Name": "hip-thrust-tracker", "Version": __version__}],
        }
        written.append(_json(description, about))
    readme = folder / "README.md"
    if not any(folder.glob("README*")):
        with written_whole(readme) as file:
            file.write(_README)
        written.append(readme)
    participants = folder / "participants.tsv"
    known = participants.read_text(encoding="utf-8") if participants.exists() else "participant_id\n"
    if not re.search(rf"^{re.escape(subject)}(\t|$)", known, re.MULTILINE):
        others = known.splitlines()[0].count("\t")
        row = "\t".join([subject, *[_MISSING] * others])
        with written_whole(participants) as file:
            file.write(f"{known.rstrip()}\n{row}\n")
        written.append(participants)
    return written


def _json(path: Path, values: dict[str, Any]) -> Path:
    with written_whole(path) as file:
        json.dump(values, file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")
    return path


def _tsv(path: Path, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Path:
    with written_whole(path) as file:
        file.writelines("\t".join(row) + "\n" for row in (columns, *rows))
    return path
