"""`python -m tests.web.screenshots FOLDER`: the page in its states at three sizes, to be looked at by people."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.page.browser import chromium
from tests.web.performance import Performance
from tests.web.wall import Wall
from tracker.core.config import Config, with_settings
from tracker.core.events import (
    Armed,
    BatteryRead,
    Calibrated,
    CalibrationStep,
    Event,
    LinkChanged,
    PoseUpdated,
    RepJudged,
    RestStarted,
    SideChanged,
    SignalGap,
)

SIZES = {"phone": (390, 844), "laptop": (1280, 800), "television": (1920, 1080)}


def pose(phase: str, *, above_pct: float = 0.0, tilted_deg: float = 0.0) -> Callable[[Event], object]:
    """True for a pose in this phase, at least so high and so far from level."""
    return lambda event: (
        isinstance(event, PoseUpdated)
        and event.phase == phase
        and not event.height_pct < above_pct
        and not abs(event.level_deg) < tilted_deg
    )


def states(show: Performance) -> Iterator[str]:
    """Plays on from state to state; gives the name of each when it is reached."""
    yield "waiting"
    show.to(pose("calibrating"))
    yield "calibrating"
    show.to(lambda event: isinstance(event, CalibrationStep) and event.hold == 4)
    yield "calibrating_again"
    show.to(lambda event: isinstance(event, Calibrated))
    yield "arming"
    show.to(lambda event: isinstance(event, Armed))
    show.to(lambda event: isinstance(event, SideChanged))
    show.to(pose("low"))
    yield "ready"
    show.to(pose("rising", above_pct=55))
    yield "rising"
    show.to_rep()
    for _ in range(12):
        show.to(pose("top"))
    yield "full"
    show.to(lambda event: isinstance(event, RepJudged))
    yield "good"
    show.to_rep()
    show.to(pose("top", tilted_deg=10))
    yield "tilted"
    show.to(lambda event: isinstance(event, RepJudged))
    yield "fault"
    show.wall.handle(LinkChanged(0, 0, is_up=False))
    yield "link_lost"
    show.wall.handle(LinkChanged(0, 0, is_up=True), BatteryRead(0, 0, 9), SignalGap(0, 0, 12, 0.1, is_bridged=True))
    show.to(lambda event: isinstance(event, RestStarted))
    show.to(pose("low"))
    yield "rest"
    show.to(lambda event: isinstance(event, RestStarted))
    show.to(pose("low"))
    yield "switch"
    show.wall.handle(LinkChanged(0, 0, is_up=False))
    yield "link_lost_resting"
    show.wall.handle(LinkChanged(0, 0, is_up=True))
    show.to_rep()
    show.to(pose("top"))
    yield "battery_low"
    show.end()
    yield "over"


def main(folder: Path) -> None:
    """Every state at every size."""
    folder.mkdir(parents=True, exist_ok=True)
    config = with_settings(Config(), {"sets.target_reps": "12"})
    with chromium() as browser:
        for size, (width, height) in SIZES.items():
            with Wall(config=config) as wall:
                wall.listen()
                page = browser.new_page(viewport={"width": width, "height": height}, has_touch=size == "phone")
                page.goto(wall.url)
                show = Performance(wall, config=config)
                for name in states(show):
                    page.wait_for_timeout(900)
                    page.screenshot(path=folder / f"{size}_{name}.png")
                page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
