import io

import pytest
from rich.console import Console

from tracker.core import events as ev
from tracker.core.model import (
    NAN,
    Calibration,
    CalibrationKind,
    Finding,
    JudgedRep,
    Rep,
    RepStatus,
    RestKind,
    Side,
    Verdict,
)
from tracker.sinks.bell import Bell
from tracker.sinks.big_digits import big_number
from tracker.sinks.board import PHASE_WORDS, Board
from tracker.sinks.plain_lines import PlainLines
from tracker.sinks.terminal import LiveView, drawn
from tracker.words import CHECK_WORDS, event_sentence, rep_sentence

REP = Rep(1.0, 2.0, 3.0, 4.0)
FRAME = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), 45.0)


def judged(*findings, number=4, side=Side.LEFT, status=RepStatus.REP, rep_id=4):
    return JudgedRep(rep_id, 1, number, side, status, CalibrationKind.HOLD, REP, findings)


@pytest.mark.parametrize(
    ("rep", "sentence"),
    [
        (judged(Finding("pause", Verdict.GOOD, 1.2)), "Left 4 — good"),
        (
            judged(
                Finding("pause", Verdict.GOOD, 1.2), Finding("level_hips", Verdict.FAULT, 12.0, "lift the free side")
            ),
            "Left 4 — hips not level: lift the free side",
        ),
        (
            judged(Finding("pause", Verdict.CAUTION, 0.5, "hold a second"), side=Side.RIGHT),
            "Right 4 — nearly good; no pause at the top: hold a second",
        ),
        (
            judged(Finding("pause", Verdict.CAUTION, 0.5, "x"), Finding("slow_lowering", Verdict.FAULT, 0.5, "slower")),
            "Left 4 — lowered too fast: slower",
        ),
        (
            judged(Finding("neutral_spine", Verdict.UNSURE, NAN)),
            "Left 4 — good as far as seen; the lower back could not be judged",
        ),
        (judged(), "Left 4 — counted"),
        (judged(side=Side.UNKNOWN), "Rep 4 — counted"),
        (judged(status=RepStatus.PARTIAL), "Left — only part of the way up, not counted"),
    ],
)
def test_rep_sentences(rep, sentence):
    """A rep is said with side, number, and what to do about it; faults before cautions."""
    assert rep_sentence(rep).text == sentence


EVERY = [
    (ev.StreamStarted(0, 0, 103.96, 104, True), "Sensor: 104.0 samples a second."),
    (ev.StreamStarted(0, 0, 50, 50, False), "no gyroscope"),
    (ev.StreamWarning(0, 0, "slow", "Too slow."), "Too slow."),
    (ev.SignalGap(0, 0, 100, 1.5, False), "Signal was gone for 1.5 s."),
    (ev.SignalGap(0, 0, 3, 0.03, True), ""),
    (ev.LinkChanged(0, 0, False), "out of reach"),
    (ev.LinkChanged(0, 0, True), "back"),
    (ev.CalibrationStarted(0, 0), "both legs"),
    (ev.CalibrationStep(0, 0, 1, False, False), "Lie in the start position, both feet down, hips low. Keep still."),
    (ev.CalibrationStep(0, 0, 2, True, True), "From the start position: lift slowly on both legs"),
    (ev.CalibrationStep(0, 0, 3, False, False), "Lower slowly. Keep still at the bottom."),
    (ev.CalibrationStep(0, 0, 4, True, False), "Once more: lift slowly on both legs"),
    (ev.CalibrationEnded(0, 0, "you began a set", True), "No calibration: you began a set; angles are relative"),
    (ev.CalibrationEnded(0, 0, "you began a set", False), "the one before still counts"),
    (ev.SensorSlipped(0, 0, 8.4), "The sensor has slipped: the rest pose moved by 8°."),
    (ev.CalibrationRefused(0, 0, "The hold moved.", "Hold still for 2 s."), "The hold moved. Hold still for 2 s."),
    (
        ev.Calibrated(0, 0, Calibration(CalibrationKind.HOLD, *FRAME, full_lift_cm=31.2, full_range_deg=48.0)),
        "lift 31 cm",
    ),
    (ev.Calibrated(0, 0, Calibration(CalibrationKind.HOLD, *FRAME, full_range_deg=48.0)), "range 48°."),
    (ev.Calibrated(0, 0, Calibration(CalibrationKind.HOLD, *FRAME, full_range_deg=48.0), True), "still holds: range"),
    (ev.Calibrated(0, 0, Calibration(CalibrationKind.AUTO, *FRAME)), "relative"),
    (ev.Armed(0, 0, Side.LEFT), "Ready, left."),
    (ev.Armed(0, 0, Side.UNKNOWN), "Ready."),
    (ev.SetStarted(0, 0, 2, Side.RIGHT), "Set 2, right."),
    (ev.SetEnded(0, 0, 2, Side.RIGHT, 8, 1, 6), "Set 2 done: 8 reps, 6 clean."),
    (ev.SetEnded(0, 0, 2, Side.RIGHT, 1, 0, 1), "1 rep, 1 clean"),
    (ev.RestStarted(0, 0, RestKind.SWITCH, 30.0), "Switch to the other leg, 30 s."),
    (ev.RestStarted(0, 0, RestKind.ROUND, 0.0), "Rest."),
    (ev.RestOver(0, 0, RestKind.ROUND), "The rest is over."),
    (ev.RepStruck(0, 0, 4), "does not count"),
    (ev.RepRestored(0, 0, 4), "Counts again."),
    (ev.RepVoided(0, 0, "samples are missing."), "Not counted: samples are missing."),
    (ev.Marked(0, 0, "belt slipped"), "Mark: belt slipped"),
    (ev.Noted(0, 0, "The page on the phone is seen again."), "The page on the phone is seen again."),
    (ev.Disarmed(0, 0, "you sat up."), "Not counting for now: you sat up."),
    (ev.SideChanged(0, 0, Side.LEFT), ""),
]


@pytest.mark.parametrize(("event", "words"), EVERY)
def test_event_sentences(event, words):
    """Each kind of event is said in one sentence, or not at all."""
    sentence = event_sentence(event)
    assert words in sentence
    assert bool(words) == bool(sentence)
    assert "\n" not in sentence


def test_plain_lines_say_a_rep_once():
    """A rep is repeated only when its verdict changed; a struck one is named."""
    stream = io.StringIO()
    sink = PlainLines(stream)
    good, bad = judged(Finding("pause", Verdict.GOOD, 1.0)), judged(Finding("pause", Verdict.FAULT, 0.1, "wait"))
    sink.handle([ev.RepJudged(1, 1, good), ev.RepJudged(1, 2, good), ev.RepJudged(1, 3, bad), ev.RepStruck(4, 4, 4)])
    sink.handle([ev.RepRestored(5, 5, 4), ev.RepStruck(5, 5, 77), ev.SideChanged(6, 6, Side.LEFT)])
    sink.close()
    assert stream.getvalue().splitlines() == [
        "Left 4 — good",
        "Left 4 — no pause at the top: wait",
        "Struck: Left 4 — no pause at the top: wait",
        "Counts again: Left 4 — no pause at the top: wait",
        "Struck: rep 77",
    ]


def test_plain_lines_name_a_rep_that_is_struck_before_it_is_judged():
    """By leg and number as it was said, not by its id."""
    stream = io.StringIO()
    PlainLines(stream).handle([ev.RepCounted(1, 1, 7, 2, 3, Side.RIGHT), ev.RepStruck(2, 2, 7)])
    assert stream.getvalue() == "Struck: Right 3\n"


def test_plain_lines_tell_the_rest_after_the_set():
    """A rest that is known before its set is over for good waits for it; of two kinds at once the last is said."""
    stream = io.StringIO()
    sink = PlainLines(stream)
    sink.handle([ev.SetStarted(1, 2, 1, Side.LEFT), ev.RepCounted(2, 2, 1, 1, 1, Side.LEFT)])
    sink.handle([ev.RestStarted(3, 11, RestKind.ROUND, 90.0)])
    sink.handle([ev.RepCounted(12, 12, 2, 1, 2, Side.LEFT)])  # it was a pause
    sink.handle([ev.RestStarted(13, 21, RestKind.ROUND, 90.0)])
    ended = ev.SetEnded(13, 24, 1, Side.LEFT, 2, 0, 2)
    sink.handle([ended, ev.SideChanged(24, 24, Side.RIGHT), ev.RestStarted(13, 24, RestKind.SWITCH, 30.0)])
    turned = [ev.RestStarted(13, 30, RestKind.SWITCH, 30.0), ev.RestStarted(13, 31, RestKind.ROUND, 90.0)]
    sink.handle([*turned, ev.Armed(32, 32, Side.LEFT), ev.SetStarted(33, 34, 2, Side.LEFT)])  # as a file is played
    assert stream.getvalue().splitlines() == [
        "Set 1, left.",
        "Set 1 done: 2 reps, 2 clean.",
        "Switch to the other leg, 30 s.",
        "Rest, 90 s.",
        "Ready, left.",
        "Set 2, left.",
    ]


def test_plain_lines_tell_no_rest_after_the_session():
    """Stopped while a rest ran that might have been a pause: the set is told, the rest is not."""
    stream = io.StringIO()
    sink = PlainLines(stream)
    sink.handle([ev.RepCounted(2, 2, 1, 1, 1, Side.LEFT), ev.RestStarted(3, 11, RestKind.ROUND, 90.0)])
    closing = ev.StreamEnded(12, 12, 1248, 0, 0, 0, 0, 0, 0, 0, 12.0)
    sink.handle([ev.SetEnded(3, 12, 1, Side.LEFT, 1, 0, 1), closing])
    assert stream.getvalue().splitlines() == ["Set 1 done: 1 rep, 1 clean."]


def test_digits_are_large_and_distinct():
    """The count fills the room it is given; no two digits look the same."""
    shapes = {text: tuple(big_number(text, width=40, height=15)) for text in "0123456789"}
    assert len(set(shapes.values())) == 10
    assert all(len(shape) == 15 and len(shape[0]) == 18 for shape in shapes.values())
    assert big_number("12", width=3, height=2) == ["12"]


def full_board():
    board = Board()
    board.take(
        [
            ev.StreamStarted(0, 0, 104, 104, True),
            ev.SideChanged(1, 1, Side.LEFT),
            ev.SetStarted(2, 2, 1, Side.LEFT),
            ev.RepCounted(3, 3, 4, 1, 4, Side.LEFT),
            ev.RepJudged(3, 4, judged(Finding("level_hips", Verdict.FAULT, 12.0, "lift the free side"))),
            ev.PoseUpdated(4, 4, 60.0, -8.0, 20.0, "rising"),
        ]
    )
    return board


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (40, 15), (20, 8), (10, 3), (200, 60)])
def test_screen_fits(width, height):
    """The screen never exceeds the window, whatever its size."""
    lines = drawn(full_board(), width=width, height=height).plain.split("\n")
    assert len(lines) <= height
    assert max(len(line) for line in lines) <= width


def test_screen_shows_what_matters():
    """Side, set, phase, count, height with target, level with words, cue and link stand on an ordinary terminal."""
    text = drawn(full_board(), width=80, height=24).plain
    for words in ("LEFT LEG", "set 1", "up", "60 %", "┃", "-8°", "left hip high", "hips not level: lift the free side"):
        assert words in text
    assert "✘" in text
    assert "104 Hz" in text
    assert "█" in text


def test_board_follows_the_session():
    """Striking takes one off the count, restoring puts it back; a lost link and lost samples show."""
    board = full_board()
    board.take([ev.RepStruck(5, 5, 4)])
    assert board.count == 3
    board.take([ev.RepRestored(5, 5, 4), ev.LinkChanged(6, 6, False), ev.SignalGap(6, 6, 50, 0.5, False)])
    assert (board.count, board.is_link_up, board.missing_samples) == (4, False, 50)
    assert "out of reach" in drawn(board, width=80, height=24).plain
    board.take([ev.CalibrationStarted(7, 7)])
    assert board.phase == "calibrating"
    board.take([ev.Armed(8, 8, Side.RIGHT), ev.Disarmed(9, 9, ""), ev.SideChanged(9, 9, Side.RIGHT)])
    assert (board.side, board.count, board.phase) == (Side.RIGHT, 0, "unarmed")


def tall(text):
    """How many lines of a screen hold the large digits."""
    return sum("██" in line and "height" not in line for line in text.split("\n"))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60), (60, 20)])
def test_number_fills_half_of_the_terminal(width, height):
    """Nothing that could be smaller takes its room."""
    assert tall(drawn(full_board(), width=width, height=height, has_keys=True).plain) >= height / 2


@pytest.mark.parametrize(("height", "gone"), [(12, "x u m"), (11, "104 Hz"), (10, "Set 1,")])
def test_low_window_keeps_the_number(height, gone):
    """What matters less goes first; five lines of number stay; a lost link is told before all else."""
    board = full_board()
    assert gone in drawn(board, width=40, height=15, has_keys=True).plain
    text = drawn(board, width=40, height=height, has_keys=True).plain
    assert tall(text) == 5
    assert gone not in text
    board.take([ev.LinkChanged(6, 6, is_up=False)])
    assert "out of reach" in drawn(board, width=40, height=height).plain.split("\n")[-1]


def test_rest_takes_the_place_of_the_number():
    """Its time as large as the number, its kind in the title; `go` when it is over, the number again with a rise."""
    board = full_board()
    board.take([ev.RestStarted(5, 13, RestKind.SWITCH, 30.0), ev.SetEnded(5, 16, 1, Side.LEFT, 4, 0, 3)])
    board.take([ev.RestStarted(5, 16, RestKind.SWITCH, 30.0), ev.PoseUpdated(17, 17, 0.0, 0.0, 45.0, "low")])
    text = drawn(board, width=80, height=24).plain
    clock = big_number("0:12", width=76, height=16)
    assert [line.strip() for line in clock] == [line.strip() for line in text.split("\n") if "██" in line]
    assert "switch legs, 30 s" in text
    assert "Set 1 done: 4 reps, 3 clean." in text
    board.take([ev.PoseUpdated(36, 36, 0.0, 0.0, 45.0, "low")])
    assert "   go" in drawn(board, width=80, height=24).plain
    board.take([ev.PoseUpdated(37, 37, 50.0, 0.0, 20.0, "rising")])
    again = drawn(board, width=80, height=24).plain
    assert [line.strip() for line in big_number("L 4", width=76, height=16)] == [
        line.strip() for line in again.split("\n") if "██" in line and "height" not in line
    ]


def test_what_to_do_takes_the_place_of_the_number():
    """While lying down and calibrating there is no number to read; why a calibration was refused is there in full."""
    board = Board()
    board.take([ev.StreamStarted(0, 0, 104, 104, True), ev.CalibrationStarted(1, 1)])
    board.take([ev.CalibrationStep(1, 1, 2, True, False)])
    reason, hint = "The two holds at the top differ by 9 degrees.", "Take the same position both times. Once more."
    board.take([ev.CalibrationRefused(9, 9, reason, hint), ev.CalibrationStep(9, 9, 2, True, True)])
    board.take([ev.CalibrationRefused(9, 9, reason, hint)])
    text = " ".join(drawn(board, width=80, height=24).plain.split())
    assert "From the start position: lift slowly on both legs, as high as you can. Hold still." in text
    assert f"{reason} {hint}" in text
    assert tall(drawn(board, width=80, height=24).plain) == 0


def test_battery_is_in_the_terminal():
    """As the sensor told it."""
    board = full_board()
    assert "battery" not in drawn(board, width=80, height=24).plain
    board.take([ev.BatteryRead(5, 5, 18)])
    assert "battery 18 %" in drawn(board, width=80, height=24).plain


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "is_said", "rings"), [(Terminal(), False, 4), (Terminal(), True, 2), (io.StringIO(), False, 2)]
)
def test_terminal_bell(stream, is_said, rings):
    """At each number that no page says, and always at the target and when the link is lost."""
    bell = Bell(stream, 3, lambda: is_said)
    bell.handle([ev.RepCounted(i, i, i, 1, i, Side.LEFT) for i in (1, 2, 3)])
    bell.handle([ev.LinkChanged(4, 4, is_up=False), ev.LinkChanged(5, 5, is_up=True)])
    bell.close()
    assert stream.getvalue() == "\a" * rings


def test_screen_before_anything():
    """Before the first pose nothing pretends to be measured."""
    text = drawn(Board(), width=80, height=24).plain
    assert "Waiting for the sensor" in text
    assert "%" not in text
    assert "°" not in text


def test_level_within_limits():
    """Inside the good limits the gauge says level; a far tilt stays on the gauge."""
    board = full_board()
    board.take([ev.PoseUpdated(4, 4, 100.0, 3.0, 0.0, "top")])
    assert "+3° level" in drawn(board, width=80, height=24).plain
    board.take([ev.PoseUpdated(4, 4, 250.0, 60.0, 0.0, "top")])
    assert "right hip high" in drawn(board, width=80, height=24).plain


def test_live_view_gives_the_screen_back():
    """The view takes the alternate screen with the first event and gives it back at the end."""
    stream = io.StringIO()
    view = LiveView(console=Console(file=stream, force_terminal=True, width=80, height=24))
    view.close()
    assert stream.getvalue() == ""
    view.handle([ev.StreamStarted(0, 0, 104, 104, True)])
    view.handle([ev.PoseUpdated(1, 1, 10.0, 0.0, 40.0, "low")])
    view.close()
    assert "\x1b[?1049h" in stream.getvalue()
    assert "\x1b[?1049l" in stream.getvalue()


def test_words_for_every_check_and_phase():
    """Every check of the engine and every phase of a pose has its words."""
    from tracker.core.segmentation import Phase
    from tracker.reports.csv import CHECKS

    assert set(CHECKS) <= set(CHECK_WORDS)
    assert {phase.value for phase in Phase} | {"unarmed", "calibrating"} == set(PHASE_WORDS)
