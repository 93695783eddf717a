"""The overlay of all reps as a drawing: left and right in one frame, each its reps, their mean and their spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.core.model import Floats, Side
from tracker.page.overlay import Overlay, mean_and_spread
from tracker.reports.html.markup import Markup, element, joined

_WIDTH, _HEIGHT = 400, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 8, 10, 34
# More single reps are a grey cloud, and cost more bytes than they tell.
_MOST_LINES = 40
_DASHES = {Side.LEFT: None, Side.RIGHT: "7 4", Side.UNKNOWN: None}
_CLASSES = {Side.LEFT: "left", Side.RIGHT: "right", Side.UNKNOWN: "undeclared"}


@dataclass(frozen=True, slots=True)
class Frame:
    """What one drawing shows: its title, the vertical axis with ticks, and how a side is read from an overlay."""

    title: str
    unit: str
    low: float
    high: float
    ticks: tuple[float, ...]

    def x(self, share_pct: Floats) -> Floats:
        """Places [px] of shares of the rep."""
        return _LEFT + share_pct / 100.0 * (_WIDTH - _LEFT - _RIGHT)

    def y(self, values: Floats | float) -> Floats:
        """Places [px] of values; what is beyond the frame stays at its edge."""
        inside = np.clip(values, self.low, self.high)
        return np.asarray(_TOP + (self.high - inside) / (self.high - self.low) * (_HEIGHT - _TOP - _BOTTOM))


def rise_frame() -> Frame:
    """Rise in % of the full range."""
    return Frame("Rise", "% of the full range", -10.0, 125.0, (0.0, 50.0, 100.0))


def drop_frame(drawn: Sequence[Overlay], *, is_mirrored: bool) -> Frame:
    """Drop of the free hip, or level where no side is declared, as wide as the values but never wider than 30 deg."""
    largest = max((float(np.quantile(np.abs(one.drop_deg), 0.98)) for one in drawn), default=0.0)
    limit = float(min(30.0, max(12.0, np.ceil(largest + 2.0))))
    title, unit = ("Free hip", "° lower") if is_mirrored else ("Level", "°, + = right hip high")
    return Frame(title, unit, -limit, limit, (-10.0, 0.0, 10.0))


def overlay_svg(frame: Frame, lines: Sequence[tuple[Overlay, Floats]]) -> Markup:
    """The drawing; `lines` are overlays with the values (reps, n) that this frame shows of them."""
    words = f"{frame.title} over the rep, {frame.unit}: " + ", ".join(
        f"{one.side.value or 'side not declared'}, mean of {one.rep_count}" for one, _ in lines
    )
    return element(
        "svg",
        *_axes(frame),
        *(_side(frame, one, values) for one, values in lines),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=words,
        class_="overlay",
    )


def _axes(frame: Frame) -> list[Markup]:
    parts: list[Markup] = []
    for tick in frame.ticks:
        y = f"{float(frame.y(tick)):.1f}"
        kind = "zero" if tick == 0 else "full" if tick == 100 else None
        parts.append(element("line", x1=str(_LEFT), x2=str(_WIDTH - _RIGHT), y1=y, y2=y, class_=kind))
        parts.append(element("text", f"{tick:.0f}".replace("-", "−"), x=str(_LEFT - 5), y=y, class_="tick beside"))
    for share in (0, 25, 50, 75, 100):
        x = f"{float(frame.x(np.array(share))):.1f}"
        name = "tick last" if share == 100 else "tick"
        parts.append(element("text", f"{share}", x=x, y=str(_HEIGHT - _BOTTOM + 14), class_=name))
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(element("text", "time, % of the rep", x=f"{middle:.0f}", y=str(_HEIGHT - 4)))
    height = (_TOP + _HEIGHT - _BOTTOM) / 2
    turned = f"translate(11 {height:.0f}) rotate(-90)"
    parts.append(element("text", f"{frame.title}, {frame.unit}", transform=turned))
    return parts


def _side(frame: Frame, overlay: Overlay, values: Floats) -> Markup:
    x = frame.x(overlay.share_pct)
    mean, spread = mean_and_spread(values)
    parts: list[Markup] = []
    if overlay.rep_count > 1:
        edge = _points(np.concatenate((x, x[::-1])), frame.y(np.concatenate((mean + spread, (mean - spread)[::-1]))))
        parts.append(element("polygon", points=edge, class_="band"))
    if 1 < overlay.rep_count <= _MOST_LINES:
        parts += [element("polyline", points=_points(x, frame.y(row)), class_="rep") for row in values]
    parts.append(
        element("polyline", points=_points(x, frame.y(mean)), class_="mean", stroke_dasharray=_DASHES[overlay.side])
    )
    return element("g", joined(*parts), class_=_CLASSES[overlay.side])


def _points(x: Floats, y: Floats) -> str:
    return " ".join(f"{one:.0f},{other:.1f}" for one, other in zip(x.tolist(), y.tolist(), strict=True))
