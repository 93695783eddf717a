"""What must hold of every session, whatever happened to it.

No ghost rep, none counted twice, none missed outside of a gap; no sample counted twice; every notification that the
host was given is in the recording; the replayed recording says the same to the bit; the sensor is left quiet.
"""

from __future__ import annotations

import numpy as np

from tests.ble.boards import Board
from tests.ble.trial import Trial, replayed
from tracker.core.events import RepCounted, StreamEnded, to_json_line
from tracker.decoders import PROFILES
from tracker.recording import Recording

# A rep that begins so soon after a gap may be missed: up is found anew from 0.3 s of quiet at the bottom.
SETTLE_S = 1.0
# Missing samples over this are no longer bridged; sensors without a clock show only gaps of several messages.
HOLE_S = 0.15
# From the top to the number: what the engine needs, and how long a sensor keeps its samples.
LATEST_S = 1.0
LATEST_LATE_SENSOR_S = 4.0
LATE_SENSORS = ("polar", "polar_h10")


def assert_sound(trial: Trial, *, from_s: float = 0.0, is_calibrated: bool = True) -> str:
    """All that the head of this file says. Returns `counted/true reps`, for the table. from_s: the session's start.

    is_calibrated: without a calibration the first numbers are said when the second rep is complete.
    """
    assert trial.error is None
    score = assert_counts(trial, from_s, is_calibrated=is_calibrated)
    assert_no_sample_twice(trial)
    assert_complete(trial)
    assert_replays(trial)
    assert_quiet(trial)
    return score


def assert_counts(trial: Trial, from_s: float = 0.0, *, is_calibrated: bool = True, misses: bool = True) -> str:
    """Each count belongs to a true rep of its own, numbered on in its set; only reps in or beside gaps are missed.

    misses: whether it matters what was missed.
    """
    board = trial.board
    latest_s = LATEST_LATE_SENSOR_S if board.key in LATE_SENSORS else LATEST_S
    counted = [(at_s, event) for at_s, event in zip(trial.said_at_s, trial.events, strict=True) if is_count(event)]
    reps = [rep for rep in board.felt.truth.reps if rep.start_s > from_s]
    if not is_calibrated:
        first_s = float(board.felt.t_s[np.flatnonzero(board.heard)[0]])
        counted = [(first_s + event.t_s, event) for _, event in counted]
    places = [place_of(at_s, reps, latest_s) for at_s, _ in counted]
    story = f"counted at {[round(at_s, 1) for at_s, _ in counted]}, tops at {[round(rep.top_s, 1) for rep in reps]}"
    assert None not in places, f"a ghost rep: {story}"
    assert len(set(places)) == len(places), f"a rep counted twice: {story}"
    assert_numbered([event for _, event in counted], [reps[place].set_number for place in places], story)
    for place, rep in enumerate(reps):
        if misses and place not in places:
            assert is_in_gap(board, rep.start_s, rep.end_s), f"rep {place + 1} was missed: {story}, {holes(board)}"
    return f"{len(counted)}/{len(reps)}"


def assert_numbered(counted, true_sets, story) -> None:
    """One after the other from 1 in each set; a new set only where there is one, if nobody was waiting meanwhile."""
    number, set_number, true_set = 0, 1, true_sets[0] if true_sets else 0
    for event, now_in in zip(counted, true_sets, strict=True):
        if event.set_number != set_number:
            assert (event.set_number, now_in) == (set_number + 1, true_set + 1), story
            number, set_number = 0, event.set_number
        number, true_set = number + 1, now_in
        assert event.number == number, story


def is_count(event) -> bool:
    return isinstance(event, RepCounted)


def place_of(said_at_s, reps, latest_s):
    """Which rep was just at its top; None if none was."""
    before = [place for place, rep in enumerate(reps) if rep.top_s <= said_at_s]
    if not before or said_at_s - reps[before[-1]].top_s > latest_s:
        return None
    return before[-1]


def holes(board: Board) -> list[tuple[float, float]]:
    """From when to when [true s] nothing that the board measured reached anybody."""
    edges = np.flatnonzero(np.diff(np.concatenate(([True], board.heard, [True])).astype(int)))
    t_s = board.felt.t_s
    spans = [(float(t_s[a]), float(t_s[min(b, len(t_s) - 1)])) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [(start_s, end_s) for start_s, end_s in spans if end_s - start_s >= HOLE_S]


def is_in_gap(board: Board, start_s: float, end_s: float) -> bool:
    return any(start_s < hole_end_s + SETTLE_S and hole_s < end_s for hole_s, hole_end_s in holes(board))


def assert_no_sample_twice(trial: Trial) -> None:
    """What the engine took, less what it said came twice, is not more than what was measured and heard.

    Of sensors with two streams the accelerations count: rates are interpolated onto them.
    """
    [account] = trial.named(StreamEnded)
    assert isinstance(account, StreamEnded)
    taken = account.sample_count - account.duplicate_samples - account.late_samples
    assert taken <= trial.board.heard_of(0).sum()


def assert_complete(trial: Trial) -> None:
    """Every notification that the host was given is in the recording, once and in order, and nothing else."""
    for item in trial.board.peripheral.characteristics:
        if item.uuid in PROFILES[trial.board.key].notify:
            assert trial.recorded(item.uuid) == item.given


def assert_replays(trial: Trial) -> None:
    """The recording, replayed, says what was said live, to the bit; its footer agrees."""
    lines, digest = replayed(trial.path)
    assert lines == [to_json_line(event) for event in trial.events]
    recording = Recording(trial.path)
    assert sum(1 for _ in recording.inputs()) == recording.footer.input_count
    assert recording.footer.events_sha256 == digest


def assert_quiet(trial: Trial) -> None:
    """Nobody is connected, and what was told to stream was told to stop, or the person to do it."""
    board = trial.board
    assert not board.peripheral.is_connected or not board.peripheral.is_answering
    if PROFILES[board.key].teardown and board.is_streaming:
        assert any("turn it off by hand" in sentence for sentence in trial.said)
