"""Makes the simulated sessions of this folder and the table in its README: `uv run python recordings/make.py`.

Deterministic: the same simulator gives the same files, byte for byte.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tracker.decoders.registry import profile
from tracker.header import Header
from tracker.recording import RecordingWriter
from tracker.run import Pipeline, engine_for, run_batch
from tracker.scoring.truth import TrueRep, write_truth
from tracker.sources.simulator import NAMED, Simulation, simulate

HERE = Path(__file__).parent
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)  # any fixed moment keeps the bytes the same
SESSIONS = {
    "clean_pair": "five good reps a side, calibrated",
    "faults": "warm-up, shuffling, then each fault: short, tilted, arched, kicked, bounced, dropped",
    "uncalibrated": "52 Hz, no calibration: relative angles, the first rep counted when the second confirms it",
    "lossy_link": "packets lost, repeated and out of order; the link lost for five seconds between the sets",
}
BEGIN, END = "<!-- made by make.py -->", "<!-- end -->"


def made(name: str) -> Simulation:
    """The session of this name, with its truth."""
    return simulate(NAMED[name])


def write(name: str) -> None:
    """`NAME.jsonl.gz`, recorded through the program's own loop, and its truth beside it, as a person would mark it."""
    header = Header(
        session_id=f"simulated-{name}",
        device="simulated sensor",
        decoder="imu_stream",
        nominal_rate_hz=float(NAMED[name].sensor.rate_hz),
        started_at=MADE_AT,
        time_zone="UTC",
        utc_offset_s=0,
    )
    with tempfile.TemporaryDirectory() as folder:
        writer = RecordingWriter(Path(folder), header)
        engine = engine_for(header, profile(header.decoder).new_decoder())
        run_batch(Pipeline(engine, writer=writer), made(name).inputs)
        shutil.move(writer.path, HERE / f"{name}.jsonl.gz")
    reps = [TrueRep(rep.top_s, rep.side, bool(rep.intended), rep.set_number) for rep in made(name).truth.counted]
    with (HERE / f"{name}.truth.csv").open("w", encoding="utf-8", newline="") as file:
        write_truth(file, reps)


def table() -> str:
    """What is true of each session, as a Markdown table."""
    rows = ["| file | what | reps left / right | partials | intended faults |", "|---|---|---|---|---|"]
    for name, what in SESSIONS.items():
        truth = made(name).truth
        sides = {side: sum(rep.side == side for rep in truth.counted) for side in ("left", "right")}
        faults = [fault for rep in truth.counted for fault in rep.intended]
        counted = ", ".join(f"{fault} {faults.count(fault)}" for fault in dict.fromkeys(faults)) or "none"
        partials = len(truth.reps) - len(truth.counted)
        rows.append(f"| `{name}.jsonl.gz` | {what} | {sides['left']} / {sides['right']} | {partials} | {counted} |")
    return "\n".join(rows)


def main() -> None:
    """All files, and the table."""
    for name in SESSIONS:
        write(name)
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
