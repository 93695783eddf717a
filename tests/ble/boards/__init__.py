"""Every sensor the program knows, as its firmware would have it: one class a kind, fed with the simulator's samples."""

from __future__ import annotations

from tests.ble.boards import framed, two_streams, whole_samples
from tests.ble.boards.board import Board, Movement

BOARDS: dict[str, type[Board]] = {
    board.key: board
    for board in (
        whole_samples.ImuStream,
        whole_samples.WitMotion,
        whole_samples.Thingy52,
        two_streams.MetaMotionR,
        two_streams.MetaMotionS,
        framed.Movesense,
        framed.PuckJs,
        framed.PolarVeritySense,
        framed.PolarH10,
        whole_samples.MovellaDot,
        whole_samples.BlueSt,
        two_streams.NiclaSenseMe,
        two_streams.BluefruitSense,
        two_streams.ScienceJournal,
        two_streams.Dashboard,
        whole_samples.SensorTag,
        whole_samples.OpenEarable2,
        whole_samples.Capture2Go,
    )
}

__all__ = ["BOARDS", "Board", "Movement"]
