"""From what a session left to the cells of its row, by the rules that hold on the stand-in too."""

from __future__ import annotations

from tests.ble.judging import assert_counts, assert_no_sample_twice, assert_quiet
from tests.real_stack.scene import RealTrial
from tests.real_stack.table import COMPLETE, DOUBLED, EQUAL, FAILED, GHOSTS, QUIET, REPS, Row
from tracker.core.events import StreamEnded
from tracker.core.model import Command, CommandName
from tracker.decoders import PROFILES

CUT_AT_MOST = 2  # kill -9 costs the notification at hand, and one more may be on its way


def judge(row: Row, trial: RealTrial) -> None:
    """All cells of a session that counted and was ended with Ctrl-C."""
    if _has_recorded(row, trial):
        row.put(REPS, lambda: assert_counts(trial))
        _judge_rest(row, trial)
        row.put(QUIET, lambda: quiet(trial))
        row.note = row.note or _outage(trial)


def judge_killed(row: Row, trial: RealTrial) -> None:
    """The same of a session that was killed: its recording was never closed, and its sensor streams on."""
    if _has_recorded(row, trial):
        row.put(REPS, lambda: assert_counts(trial))
        _judge_rest(row, trial, is_killed=True)


def judge_later(row: Row, trial: RealTrial, from_s: float) -> None:
    """The same of a session that began at that moment of the movement and had to see first how the sensor is worn."""
    if _has_recorded(row, trial):
        row.put(REPS, lambda: assert_counts(trial, from_s, is_calibrated=False))
        _judge_rest(row, trial)
        row.put(QUIET, lambda: quiet(trial))


def quiet(trial: RealTrial) -> str:
    """Nobody is connected, and what was told to stream was told to stop, or the person to do it."""
    assert_quiet(trial)
    return "out of reach, said so" if not trial.board.peripheral.is_answering else "yes"


def _has_recorded(row: Row, trial: RealTrial) -> bool:
    row.expect(f"nothing was recorded, exit code {trial.code}: {trial.talk[-600:]!r}", is_so=bool(trial.inputs))
    return bool(trial.inputs)


def _judge_rest(row: Row, trial: RealTrial, *, is_killed: bool = False) -> None:
    row.cells[GHOSTS] = "?" if row.cells[REPS] == FAILED else "0"
    row.put(DOUBLED, lambda: _doubled(trial))
    row.put(COMPLETE, lambda: _complete(trial, cut_at_most=CUT_AT_MOST if is_killed else 0))
    row.put(EQUAL, lambda: _equal(trial, is_killed=is_killed))


def _doubled(trial: RealTrial) -> str:
    assert_no_sample_twice(trial)
    [account] = trial.named(StreamEnded)
    assert isinstance(account, StreamEnded)
    return f"0 ({account.duplicate_samples} came twice)" if account.duplicate_samples else "0"


def _complete(trial: RealTrial, *, cut_at_most: int) -> str:
    """What bluetoothd gave of the samples is what was recorded, in order."""
    uuid = PROFILES[trial.board.key].notify[0]
    given = [payload for item in trial.board.peripheral.characteristics if item.uuid == uuid for payload in item.given]
    recorded = trial.recorded(uuid)
    other = next((place for place, pair in enumerate(zip(recorded, given, strict=False)) if pair[0] != pair[1]), None)
    assert other is None, f"{len(given)} given, {len(recorded)} recorded, not the same from number {other} on"
    missing = len(given) - len(recorded)
    assert 0 <= missing <= cut_at_most, f"{missing} of {len(given)} given and not recorded"
    return f"all but {missing}" if missing else "yes"


def _equal(trial: RealTrial, *, is_killed: bool) -> str:
    """The recording, replayed here and by the installed command, says what was said live."""
    replay = trial.replay[: len(trial.lines)] if is_killed else trial.replay
    assert trial.lines == replay, f"{len(trial.lines)} lines were said live, the replay says something else"
    assert is_killed or trial.verified.startswith("equal:"), trial.verified
    return "equal up to there" if is_killed else "equal"


def _outage(trial: RealTrial) -> str:
    """How long from the word that the link is lost to the next data."""
    said = [item for item in trial.inputs if isinstance(item, Command)]
    lost = [item.received_s for item in said if item.name is CommandName.LINK_LOST]
    back = [item.received_s for item in said if item.name is CommandName.LINK_BACK]
    gaps = [f"{back_s - lost_s:.1f} s" for lost_s, back_s in zip(lost, back, strict=False)]
    return f"data again {', '.join(gaps)} after the loss was told" if gaps else ""
