"""What is tried, in order: plain sets with several kinds of sensor, then what can go wrong. Read on both sides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Planned:
    """how: which function of scenarios.py; device: which board of tests/ble; fault: which of tests/ble/faults.py.

    pause_s: the lifter lies still for so long after the third rep; mtu: None = as the board likes.
    """

    how: str = "counted"
    device: str = "imu_stream"
    reps: int = 6  # enough for a fault in the third and a count that goes on
    pause_s: float = 0.0
    mtu: int | None = None
    fault: str = ""


PLAN: dict[str, Planned] = {
    "doctor and scan, adapter off": Planned("looked"),
    "set of 12": Planned(reps=12),
    "set of 12, WitMotion": Planned(device="witmotion", reps=12),
    "set of 12, Movesense": Planned(device="movesense", reps=12),
    "set of 6 over the narrowest link": Planned(mtu=23),
    "away for 1 s": Planned(fault="away 1 s"),
    "away for 5 s": Planned(fault="away 5 s"),
    "away for 5 s, WitMotion": Planned(device="witmotion", fault="away 5 s"),
    "away for 60 s": Planned(fault="away 60 s", pause_s=62.0),
    "never back": Planned(fault="never back"),
    "connected but silent": Planned(fault="connected but silent"),
    "5 % of notifications lost": Planned(fault="5 % lost"),
    "10 % of notifications doubled": Planned(fault="10 % doubled"),
    "late by 300 ms every 3 s": Planned(fault="late by 300 ms"),
    "adapter off and on": Planned(fault="adapter off and on"),
    "device forgotten by bluetoothd": Planned(fault="device forgotten"),
    "bluetoothd killed, started again": Planned(fault="service killed, restarted"),
    "message bus gone and back": Planned(fault="bus gone, back"),
    "program killed (-9), started again": Planned("killed", reps=9, pause_s=25.0),
    "two of one name, away for 5 s": Planned("twins", fault="away 5 s"),
    "error on the setup write": Planned("refused"),
}
