"""Figures for papers: the curves of every set, and all reps laid over each other.

Drawn by matplotlib (the extra `plots`) from the same curves and overlays as the page. A figure is 180 mm wide, the two
columns of most journals; 300 dots an inch are what they ask for.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tracker.core.model import Floats, RepStatus, Side
from tracker.core.summary import SetSummary
from tracker.errors import ExtraMissing
from tracker.page.overlay import Overlay, mean_and_spread, overlays
from tracker.page.set_data import set_curve
from tracker.reports.files import bytes_written_whole
from tracker.reports.session import Session

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = ("png", "svg", "pdf")

_WIDTH_IN = 180 / 25.4  # 180 mm: two columns of a journal
_DOTS_PER_INCH = 300  # what journals ask of figures
# Blue and orange of Okabe and Ito's palette: told apart by colour-blind eyes, and in grey.
_COLOURS = {Side.LEFT: "#0072b2", Side.RIGHT: "#d55e00", Side.UNKNOWN: "#000000"}
_DASHES = {Side.LEFT: "-", Side.RIGHT: "--", Side.UNKNOWN: "-"}
_HIGHEST_PCT, _LOWEST_PCT = 130.0, -15.0  # of the calibrated full range, with room above for the numbers
_LEAST_LEVEL_DEG, _MOST_LEVEL_DEG = (
    12.0,
    30.0,
)  # the default fault limit is in sight; one slip must not flatten the rest


def need_matplotlib() -> None:
    """Raises ExtraMissing when it is not there."""
    try:
        import matplotlib.figure  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise ExtraMissing("--plots", package="matplotlib", extra="plots") from error


def write_plots(folder: Path, session: Session, kind: str) -> list[Path]:
    """`set-1.png`, ... and `overlay.png` (or svg, pdf); their paths. Raises FileError, TrackerError."""
    need_matplotlib()
    figures = {f"set-{item.set_number}": _set_figure(session, item) for item in session.summary.sets}
    drawn = overlays(session.summary.reps, session.curves)
    if drawn:
        figures["overlay"] = _overlay_figure(drawn)
    paths: list[Path] = []
    for name, figure in figures.items():
        data = io.BytesIO()
        # without date and version the same session gives the same file
        metadata: dict[str, Any] = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[
            kind
        ]
        figure.savefig(data, format=kind, dpi=_DOTS_PER_INCH, metadata=metadata)
        paths.append(folder / f"{name}.{kind}")
        bytes_written_whole(paths[-1], data.getvalue())
    return paths


def _figure(height_in: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(_WIDTH_IN, height_in), layout="constrained")


def _set_figure(session: Session, item: SetSummary) -> Figure:
    """Rise above, level below, the tops shaded and numbered."""
    figure = _figure(3.4)
    reps = [rep for rep in session.summary.reps if rep.judged.set_number == item.set_number]
    curve = set_curve(item, reps, session.curves)
    t_s = curve.t_s - item.start_s
    colour = _COLOURS[item.side]
    rise, level = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    for rep in reps:
        top_s, lower_s = rep.judged.rep.top_s - item.start_s, rep.judged.rep.lower_s - item.start_s
        lower_s = lower_s if np.isfinite(lower_s) else top_s
        for axes in (rise, level):
            axes.axvspan(top_s, lower_s, color="0.9", linewidth=0)
        number = str(rep.judged.number) if rep.judged.status is RepStatus.REP else "partial"
        name = f"({number})" if rep.is_struck else number
        rise.text((top_s + lower_s) / 2, _HIGHEST_PCT - 3, name, ha="center", va="top", fontsize=7)
    checks = session.header.config.checks
    rise.axhline(100, color="0.5", linewidth=0.6)
    rise.plot(t_s, curve.height_pct, color=colour, linewidth=1.0)
    rise.set(ylim=(_LOWEST_PCT, _HIGHEST_PCT), ylabel="Rise (% of full range)", title=_title(item))
    level.axhline(0, color="0.5", linewidth=0.6)
    for limit, dashes in ((checks.level_good_deg, ":"), (checks.level_fault_deg, "--")):
        for sign in (-1, 1):
            level.axhline(sign * limit, color="0.5", linewidth=0.6, linestyle=dashes)
    level.plot(t_s, curve.level_deg, color=colour, linewidth=1.0)
    limit = _level_limit(curve.level_deg, checks.level_fault_deg)
    level.set(ylim=(-limit, limit), ylabel="Level (°)", xlabel="Time since the first rise (s)")
    for axes in (rise, level):
        _plain(axes)
    return figure


def _overlay_figure(drawn: Sequence[Overlay]) -> Figure:
    """Mean and one standard deviation over the time of the rep."""
    figure = _figure(2.8)
    rise, drop = figure.subplots(1, 2)
    for one in drawn:
        name = f"{one.side.value.capitalize() or 'Side not declared'} (n = {one.rep_count})"
        for axes, values in ((rise, one.height_pct), (drop, one.drop_deg)):
            mean, spread = mean_and_spread(values)
            colour, dashes = _COLOURS[one.side], _DASHES[one.side]
            axes.fill_between(one.share_pct, mean - spread, mean + spread, color=colour, alpha=0.18, linewidth=0)
            axes.plot(one.share_pct, mean, color=colour, linestyle=dashes, linewidth=1.4, label=name)
    rise.set(ylabel="Rise (% of full range)", xlabel="Time (% of the rep)", xlim=(0, 100))
    is_mirrored = any(one.side is not Side.UNKNOWN for one in drawn)
    drop.set(ylabel="Free hip lower (°)" if is_mirrored else "Level (°)", xlabel="Time (% of the rep)", xlim=(0, 100))
    drop.axhline(0, color="0.5", linewidth=0.6)
    rise.legend(fontsize=7, frameon=False, loc="lower center")
    for axes in (rise, drop):
        _plain(axes)
    return figure


def _title(item: SetSummary) -> str:
    side = f", {item.side.value}" if item.side is not Side.UNKNOWN else ""
    return f"Set {item.set_number}{side}"


def _plain(axes: Axes) -> None:
    """Small type and no frame where nothing is read off."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=7)
    axes.xaxis.label.set_fontsize(8)
    axes.yaxis.label.set_fontsize(8)
    axes.title.set_fontsize(9)


def _level_limit(level_deg: Floats, fault_deg: float) -> float:
    known = np.abs(level_deg[np.isfinite(level_deg)])
    largest = float(np.quantile(known, 0.99)) if len(known) else 0.0
    return min(_MOST_LEVEL_DEG, max(_LEAST_LEVEL_DEG, largest + 1.5, fault_deg + 2))
