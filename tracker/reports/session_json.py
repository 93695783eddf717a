"""`session.json`: provenance and totals of a session."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tracker import __version__
from tracker.core.config import to_dict
from tracker.core.model import CalibrationKind
from tracker.header import utc_text
from tracker.reports.calibration_age import calibration_age
from tracker.reports.csv import SCHEMA_VERSION
from tracker.reports.session import Session


def session_dict(session: Session) -> dict[str, Any]:
    """Provenance and totals as plain JSON values; null = not measured."""
    header, summary = session.header, session.summary
    calibration, started, ended = summary.calibration, summary.started, summary.ended
    age = calibration_age(session)
    plain = {
        "schema_version": SCHEMA_VERSION,
        "session_id": header.session_id,
        "software_version": __version__,
        "recorded_with_version": header.software_version,
        "started_at": utc_text(header.started_at) if header.started_at else None,
        "time_zone": header.time_zone,
        "utc_offset_s": header.utc_offset_s,
        "athlete": header.athlete,
        "exercise": header.exercise,
        "device": header.device,
        "decoder": header.decoder,
        "second_sensor": asdict(header.second) if header.second else None,
        "nominal_rate_hz": started.nominal_rate_hz if started else header.nominal_rate_hz,
        "sampling_rate_hz": started.rate_hz if started else None,
        "has_gyroscope": started.has_gyroscope if started else None,
        "is_cut": session.damage.is_cut,
        "damaged_lines": session.damage.damaged_lines,
        "duration_s": ended.duration_s if ended else None,
        "sample_count": ended.sample_count if ended else None,
        "missing_samples": ended.missing_samples if ended else None,
        "duplicate_samples": ended.duplicate_samples if ended else None,
        "late_samples": ended.late_samples if ended else None,
        "saturated_samples": ended.saturated_samples if ended else None,
        "rejected_packets": ended.rejected_packets if ended else None,
        "calibration": {
            "kind": (calibration.kind if calibration else CalibrationKind.NONE).value,
            "full_lift_cm": calibration.full_lift_cm if calibration else None,
            "full_range_deg": calibration.full_range_deg if calibration else None,
            "is_stored": age is not None and age.is_stored,
            "made_at": utc_text(age.made_at) if age and age.made_at else None,
            "oldest_s": age.oldest_s if age else None,
        },
        "side_plan": header.side_plan,
        "load_kg": header.load_kg,
        "load_type": header.load_type,
        "reps": sum(rep.is_counted for rep in summary.reps),
        "sets": len(summary.sets),
        "sides": {item.side.value or "undeclared": _totals(asdict(item)) for item in summary.sides},
        "asymmetry_pct": summary.asymmetry_pct,
        "thresholds": to_dict(header.config)["checks"],
        "configuration": to_dict(header.config),
    }
    cleaned: dict[str, Any] = _finite(plain)
    return cleaned


def _totals(values: Mapping[str, Any]) -> dict[str, Any]:
    names = {"set_count": "sets", "rep_count": "reps", "partial_count": "partials", "clean_count": "clean_reps"}
    return {names.get(name, name): value for name, value in values.items() if name != "side"}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, float):
        return round(value, 4) + 0.0 if math.isfinite(value) else None  # 4 decimals: finer than any column
    return value
