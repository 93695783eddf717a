"""Every number of the tables is a number of the events: told once, rounded once; sets are what their reps say."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.core.simulated import calm
from tests.reports.played import heard
from tracker.core.decimals import decimals_of
from tracker.core.model import Side
from tracker.reports import Session, write_tables
from tracker.reports.csv import REP_COLUMNS, SET_COLUMNS
from tracker.sinks.json_lines import JsonLines
from tracker.sources.simulator import NAMED, Scenario, SetPlan

SCENARIOS: dict[str, Scenario] = {
    **{name: NAMED[name] for name in ("faults", "uncalibrated", "lossy_link")},
    "accelerometer_only": calm(SetPlan(Side.LEFT, ((),) * 6)),
    "long_sets": calm(SetPlan(Side.LEFT, ((),) * 7), SetPlan(Side.RIGHT, ((),) * 6)),
}
NUMBERS = (
    *("start_s", "top_s", "lower_s", "end_s", "concentric_s", "hold_s", "eccentric_s", "bottom_dwell_s", "lift_cm"),
    *("lift_pct", "range_deg", "top_inclination_deg", "level_top_deg", "level_range_deg", "arch_deg"),
    *("mean_velocity_mps", "peak_velocity_mps", "bottom_peak_g", "kick_dps"),
)
CHECKS = ("full_extension", "level_hips", "pause", "slow_lowering", "neutral_spine")


class Told:
    """A session as its event lines and as its tables, which pandas reads without being told anything."""

    def __init__(self, folder: Path, name: str) -> None:
        lines = io.StringIO()
        has_gyroscope = name != "accelerometer_only"
        session: Session = heard(SCENARIOS[name], JsonLines(lines), has_gyroscope=has_gyroscope, load_kg=20.0)
        write_tables(folder, session)
        self.events: list[dict[str, Any]] = [json.loads(line) for line in lines.getvalue().splitlines()]
        self.reps = pd.read_csv(folder / "reps.csv")
        self.sets = pd.read_csv(folder / "sets.csv")
        self.plain = json.loads((folder / "session.json").read_text("utf-8"))

    def judged(self) -> dict[int, dict[str, Any]]:
        """The last word on each rep, in order of time."""
        last = {event["judged"]["rep_id"]: event["judged"] for event in self.events if event["event"] == "rep_judged"}
        return dict(sorted(last.items(), key=lambda item: item[1]["rep"]["start_s"]))


@pytest.fixture(params=list(SCENARIOS))
def told(request: pytest.FixtureRequest, tmp_path: Path) -> Told:
    return Told(tmp_path, request.param)


def same(cell: float, value: float | None, name: str) -> bool:
    """Equal to the decimals of the file; the event line itself has six."""
    if value is None or pd.isna(cell):
        return value is None and bool(pd.isna(cell))
    return abs(cell - value) <= 0.5 * 10 ** -decimals_of(name) + 1e-6


def test_every_number_of_every_rep(told: Told) -> None:
    """Cell by cell, with side, status, verdicts and faults."""
    judged = list(told.judged().values())
    assert len(judged) == len(told.reps) > 3
    for event, (_, row) in zip(judged, told.reps.iterrows(), strict=True):
        for name in NUMBERS:
            assert same(row[name], event["rep"][name], name), name
        assert (row["set"], row["rep"], row["status"]) == (event["set_number"], event["number"], event["status"])
        assert row["calibration"] == event["calibration"]
        assert row["gap"] == event["rep"]["missing_samples"]
        verdicts = {finding["check"]: finding["verdict"] for finding in event["findings"]}
        for check in CHECKS:
            assert ("" if pd.isna(row[check]) else row[check]) == verdicts.get(check, "")
        faults = "" if pd.isna(row["faults"]) else row["faults"]
        assert faults == ";".join(check for check, verdict in verdicts.items() if verdict == "fault")
        sign = {"left": -1.0, "right": 1.0}.get(event["side"])
        level = event["rep"]["level_top_deg"]
        drop = None if sign is None or level is None else sign * level
        assert same(row["free_side_drop_deg"], drop, "free_side_drop_deg")


def test_every_number_of_every_set_follows_from_its_reps(told: Told) -> None:
    """Worked out again from reps.csv alone, by other code, as the README defines it."""
    counted = told.reps[told.reps["counted"]]
    assert told.sets["reps"].sum() == len(counted) == told.plain["reps"]
    before_s = np.nan
    for _, row in told.sets.iterrows():
        every = told.reps[told.reps["set"] == row["set"]]
        own = counted[counted["set"] == row["set"]]
        assert row["reps"] == len(own)
        assert row["partials"] == (every["status"] == "partial").sum()
        assert row["clean_reps"] == own["clean"].sum()
        assert row["start_s"] == every["start_s"].min()
        assert row["end_s"] == every[["top_s", "end_s"]].max().max()
        length_s = own["concentric_s"] + own["hold_s"] + own["eccentric_s"]
        level, velocity = own["level_top_deg"].dropna(), own["mean_velocity_mps"]
        expected = {
            "rest_before_s": row["start_s"] - before_s,
            "median_lift_cm": own["lift_cm"].median(),
            "median_top_inclination_deg": own["top_inclination_deg"].median(),
            "median_level_top_deg": own["level_top_deg"].median(),
            "level_drift_deg": level.iloc[-3:].mean() - level.iloc[:3].mean() if len(level) >= 6 else np.nan,
            "velocity_loss_pct": 100 * (velocity.max() - velocity.iloc[-1]) / velocity.max(),
            "tempo_cv_pct": 100 * length_s.std() / length_s.mean(),
            "time_under_tension_s": length_s.sum(),
            "volume_kg": 20.0 * len(own),
        }
        for name, value in expected.items():
            least = {"velocity_loss_pct": 0.5, "tempo_cv_pct": 0.1}.get(name, 0.02)  # of numbers rounded before
            assert row[name] == pytest.approx(value, abs=least, nan_ok=True), name
        before_s = row["end_s"]


def test_set_events_say_the_same(told: Told) -> None:
    """Counts in `set_ended` are those of sets.csv."""
    ended = {event["set_number"]: event for event in told.events if event["event"] == "set_ended"}
    for _, row in told.sets.iterrows():
        event = ended[row["set"]]
        assert (event["rep_count"], event["partial_count"], event["clean_count"]) == (
            row["reps"],
            row["partials"],
            row["clean_reps"],
        )


def test_session_json_says_the_same(told: Told) -> None:
    """Rate, loss and calibration are those of the events; totals per side those of the sets."""
    started = next(event for event in told.events if event["event"] == "stream_started")
    ended = told.events[-1]
    assert told.plain["sampling_rate_hz"] == pytest.approx(started["rate_hz"], abs=1e-4)
    assert told.plain["missing_samples"] == ended["missing_samples"]
    assert told.plain["sample_count"] == ended["sample_count"]
    calibrated = [event["calibration"] for event in told.events if event["event"] == "calibrated"]
    assert told.plain["calibration"]["kind"] == calibrated[-1]["kind"]
    for side, totals in told.plain["sides"].items():
        own = told.sets[told.sets["side"].fillna("undeclared") == side]
        for name in ("reps", "partials", "clean_reps"):
            assert totals[name] == own[name].sum()
        reps = told.reps[told.reps["counted"] & (told.reps["side"].fillna("undeclared") == side)]
        assert totals["median_hold_s"] == pytest.approx(reps["hold_s"].median(), abs=0.001)


def test_pandas_alone_reads_the_right_types(told: Told) -> None:
    """Whole numbers, numbers, facts and words, by the unit at the end of the name; moments are ISO 8601 with Z."""
    units = ("_s", "_cm", "_pct", "_deg", "_mps", "_g", "_dps", "_kg")
    counts = ("schema_version", "set", "rep", "gap", "reps", "partials", "clean_reps")
    for table, columns in ((told.reps, REP_COLUMNS), (told.sets, SET_COLUMNS)):
        assert tuple(table.columns) == columns
        for name in columns:
            kind = table[name].dtype
            if name in counts:
                assert kind == np.int64, name
            elif name in ("counted", "clean", "gyroscope"):
                assert kind == np.bool_, name
            elif name.endswith(units):
                assert kind == np.float64, name
            else:
                assert table[name].isna().all() or not pd.api.types.is_numeric_dtype(kind), name
    moments = pd.to_datetime(told.reps["top_utc"])
    assert str(moments.dt.tz) == "UTC"
    assert told.reps["top_utc"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").all()
    gaps_s = moments.diff().dt.total_seconds().iloc[1:].to_numpy()
    assert gaps_s == pytest.approx(told.reps["top_s"].diff().iloc[1:].to_numpy(), abs=0.0021)
