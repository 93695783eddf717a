"""How a live session begins: with the calibration of earlier today, with a new one, or without."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tracker.calibrations import Kept, Wearing, forget_calibration, store_calibration, stored_calibration
from tracker.controls import Tell
from tracker.core.events import Calibrated, Event, SensorSlipped
from tracker.core.model import CalibrationKind, CommandName


def calibration_to_begin_with(wearing: Wearing, tell: Tell, *, calibrates: bool | None) -> Kept | None:
    """The calibration of earlier today; else a new one is asked for. calibrates: True = anew, False = never.

    Either is an input of the session: the one for its header, the other a command before the first packet.
    """
    given = stored_calibration(wearing) if calibrates is None else None
    if given is None and calibrates is not False:
        tell(CommandName.CALIBRATE, "start")
    return given


class CalibrationKeeper:
    """A sink: keeps what was calibrated as soon as it is, and lets go of what does not hold any more."""

    def __init__(self, wearing: Wearing) -> None:
        self._wearing = wearing

    def handle(self, events: Sequence[Event]) -> None:
        """Calibrations and slips; all else passes."""
        for event in events:
            match event:
                case Calibrated(calibration=calibration, is_stored=False) if calibration.kind is CalibrationKind.HOLD:
                    store_calibration(self._wearing, calibration, made_at=datetime.now(UTC))
                case SensorSlipped():
                    forget_calibration(self._wearing)
                case _:
                    pass

    def close(self) -> None:
        """Nothing is open."""
