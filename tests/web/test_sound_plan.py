"""What is heard, planned without a browser: from made events, and from whole simulated sessions."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.core.simulated import calm
from tracker.controls import CONTROLS
from tracker.core import events as ev
from tracker.core.config import Config, with_settings
from tracker.core.engine import Engine
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
from tracker.decoders.registry import profile
from tracker.reports.csv import CHECKS
from tracker.sinks.web.scene import Scene
from tracker.sinks.web.sound_plan import COOLDOWN_REPS, EFFORT, Sound, SoundKind, SoundPlan, Tones
from tracker.sinks.web.taps import parse_tap
from tracker.sources.simulator import DEMO, Fault, SetPlan, random_scenario, simulate
from tracker.words import SPOKEN_CUES, number_word

HOLD = Calibration(CalibrationKind.HOLD, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), 45.0, full_range_deg=45.0)
AUTO = Calibration(CalibrationKind.AUTO, HOLD.right, HOLD.anterior, HOLD.cranial, 45.0, full_range_deg=50.0)


def pose(phase, *, short_deg=30.0, level_deg=0.0, height_pct=50.0):
    return ev.PoseUpdated(0, 0, height_pct, level_deg, short_deg, phase)


def counted(number, rep_id=0):
    return ev.RepCounted(0, 0, rep_id or number, 1, number, Side.LEFT)


def judged(rep_id, *faults, status=RepStatus.REP):
    findings = tuple(Finding(name, Verdict.FAULT, 1.0, "x") for name in faults) or (
        Finding("pause", Verdict.GOOD, 1.0),
    )
    rep = JudgedRep(rep_id, 1, rep_id, Side.LEFT, status, CalibrationKind.HOLD, Rep(0, 1, 2, 3), findings)
    return ev.RepJudged(0, 0, rep)


def plan(calibration=HOLD, **changed):
    made = SoundPlan(with_settings(Config(), {key.replace("__", "."): value for key, value in changed.items()}))
    if calibration is not None:
        made.heard(ev.Calibrated(0, 0, calibration), 0)
    return made


def heard(one, *happened):
    sounds = []
    for event in happened:
        sounds += one.heard(event, event.number if isinstance(event, ev.RepCounted) else 0)
    return sounds + one.released()


def test_number_is_said_at_once_with_its_rep_id():
    """The count goes before everything and names the event that it is of."""
    assert heard(plan(), counted(7, rep_id=31)) == [Sound(SoundKind.COUNT, "7", 31)]
    assert SoundKind.COUNT.rank == 0


def test_number_is_the_one_on_the_screen():
    """After a strike the screen counts on from what stands, and so does the voice."""
    assert plan().heard(counted(5), 4)[0].text == "4"


def test_target_is_counted_down():
    """Two more, last one, done: behind the number, and only against a target."""
    with_target = plan(sets__target_reps="10")
    said = {number: [sound.text for sound in heard(with_target, counted(number))] for number in range(6, 12)}
    assert said == {
        6: ["6"], 7: ["7"], 8: ["8", "two more"], 9: ["9", "last one"], 10: ["10", "done"], 11: ["11"],
    }  # fmt: skip
    assert [sound.text for sound in heard(plan(), counted(8))] == ["8"]


def test_bell_sounds_from_full_extension_for_as_long_as_it_is_held():
    """It begins at the moment itself, still rising; it ends with the lowering, or when extension is lost."""
    one = plan()
    tones = []
    for event in (
        pose("rising", short_deg=20), pose("rising", short_deg=4.9), pose("top", short_deg=1), pose("top", short_deg=6),
        pose("top", short_deg=6.6), pose("top", short_deg=4), pose("lowering", short_deg=4),
    ):  # fmt: skip
        heard(one, event)
        tones.append(one.tones.is_full)
    assert tones == [False, True, True, True, False, True, False]


def test_bell_without_calibration_goes_by_the_height_of_the_reps():
    """Inclination has no zero then; as many degrees short of the known height are meant. Before that: no bell."""
    one = plan(AUTO)
    heard(one, pose("top", short_deg=80, height_pct=91))  # 9 % of 50 deg
    assert one.tones.is_full
    heard(one, pose("low"), pose("rising", height_pct=85))
    assert not one.tones.is_full
    unknown = plan(None)
    heard(unknown, pose("top", short_deg=0, height_pct=100))
    assert unknown.tones == Tones()


@pytest.mark.parametrize(("level_deg", "low_side"), [(9.0, -1), (-9.0, 1), (5.0, 0), (NAN, 0)])
def test_tilt_sounds_on_the_side_of_the_low_hip(level_deg, low_side):
    """+ = the right hip is higher, so the left one is low."""
    one = plan()
    heard(one, pose("top", short_deg=0, level_deg=level_deg))
    assert one.tones == Tones(True, low_side)


def test_tilt_sounds_only_at_the_top():
    """On the way up and down nobody wants to hear of it."""
    one = plan()
    for phase in ("low", "rising", "lowering", "unarmed", "calibrating"):
        heard(one, pose(phase, level_deg=12))
        assert one.tones.low_side == 0


def test_tilt_does_not_flutter():
    """Once it sounds, it takes more than the limit itself to silence it."""
    one = plan()
    states = []
    for level_deg in (5.9, 6.1, 5.9, 4.6, 4.4, 5.9):
        heard(one, pose("top", short_deg=0, level_deg=level_deg))
        states.append(one.tones.low_side)
    assert states == [0, -1, -1, -1, 0, 0]


def test_short_rep_ticks_when_it_turns_round():
    """Also a partial; not after full extension, and not for a twitch."""
    tick = [Sound(SoundKind.TICK)]
    one = plan()
    assert heard(one, pose("rising", short_deg=12, height_pct=80), pose("lowering", height_pct=75)) == tick
    assert heard(one, pose("low"), pose("rising", height_pct=40), pose("lowering", height_pct=35)) == tick
    assert heard(one, pose("low"), pose("rising", height_pct=15), pose("lowering", height_pct=10)) == []
    assert heard(one, pose("low"), pose("top", short_deg=2, height_pct=99), pose("lowering")) == []
    assert heard(one, judged(9, status=RepStatus.PARTIAL)) == []


def test_cue_waits_until_nobody_is_in_effort():
    """Judged while the next rep rises already: it is said at the next bottom; a newer rep's word replaces it."""
    one = plan()
    assert heard(one, pose("rising"), judged(1, "slow_lowering")) == []
    assert heard(one, pose("top", short_deg=0)) == []
    assert heard(one, pose("lowering")) == []
    assert heard(one, pose("low")) == [Sound(SoundKind.FAULT, "slower", 1)]
    assert heard(one, pose("top", short_deg=0), judged(2, "level_hips"), pose("lowering"), judged(3), pose("low")) == [
        Sound(SoundKind.PRAISE, "good", 3)
    ]


def test_one_mistake_one_cue():
    """Of several faults the first in the table's order is said."""
    assert heard(plan(), pose("low"), judged(1, "level_hips", "slow_lowering")) == [
        Sound(SoundKind.FAULT, "level the hips", 1)
    ]


def test_same_cue_rests_for_two_reps():
    """Then it may be said again; meanwhile the next fault of the rep has its turn."""
    assert COOLDOWN_REPS == 2
    one = plan()
    said = [[sound.text for sound in heard(one, pose("low"), judged(number, "pause"))] for number in range(1, 8)]
    assert said == [["hold at the top"], [], [], ["hold at the top"], [], [], ["hold at the top"]]
    other = plan()
    heard(other, judged(1, "pause"))
    assert [sound.text for sound in heard(other, judged(2, "pause", "slow_lowering"))] == ["slower"]


def test_rep_judged_again_is_not_said_again():
    """Without calibration verdicts change when the reference is known."""
    one = plan()
    assert heard(one, judged(1, "pause")) != []
    assert heard(one, judged(1, "level_hips")) == []


def test_result_of_the_set_and_what_comes_next():
    """`Left ten, nine clean. Switch.`; the kind of rest may be known before the end of the set or with it."""
    ended = ev.SetEnded(0, 0, 1, Side.LEFT, 10, 0, 9)
    switch = ev.RestStarted(0, 0, RestKind.SWITCH, 30.0)
    for order in ((ended, switch), (switch, ended)):
        assert heard(plan(), *order) == [Sound(SoundKind.RESULT, "Left ten, nine clean. Switch.")]
    unknown = ev.SetEnded(0, 0, 1, Side.UNKNOWN, 21, 0, 0)
    rest = ev.RestStarted(0, 0, RestKind.ROUND, 90.0)
    assert heard(plan(), unknown, rest)[0].text == "Set done, 21, none clean. Rest."
    assert heard(plan(), ended)[0].text == "Left ten, nine clean."


def test_other_notices():
    """Readiness, calibration, the link, the battery, the end of a rest."""
    one = plan(None)
    said = [sound.text for sound in heard(
        one, ev.CalibrationStarted(0, 0), ev.CalibrationStep(0, 0, 2, True, False),
        ev.CalibrationRefused(0, 0, "It moved.", "Hold still."), ev.CalibrationEnded(0, 0, "it was enough", True),
        ev.Calibrated(0, 0, HOLD), ev.Calibrated(0, 0, HOLD, is_stored=True), ev.SensorSlipped(0, 0, 7.0),
        ev.Armed(0, 0, Side.LEFT), ev.Armed(0, 0, Side.UNKNOWN), ev.LinkChanged(0, 0, False),
        ev.LinkChanged(0, 0, True), ev.RestOver(0, 0, RestKind.ROUND), ev.StreamWarning(0, 0, "battery", "x"),
    )]  # fmt: skip
    assert said == [
        "Calibration. Two slow thrusts on both legs.",
        "From the start position: lift slowly on both legs, as high as you can. Hold still.", "It moved. Hold still.",
        "No calibration. Counting goes on.", "Calibrated.", "Today's calibration still holds.",
        "The sensor has slipped. Please calibrate again.", "Left. Ready.",
        "Ready.", "Sensor lost.", "The sensor is back.", "The rest is over.", "Sensor battery low.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "event", [ev.LinkChanged(0, 0, False), ev.Disarmed(0, 0, "x"), ev.CalibrationStarted(0, 0)], ids=type
)
def test_nothing_goes_on_sounding(event):
    """Lost link, left posture, calibration: the tones end, whatever came last."""
    one = plan()
    heard(one, pose("top", short_deg=0, level_deg=10))
    assert one.tones != Tones()
    heard(one, event)
    assert one.tones == Tones()


def test_every_check_has_its_spoken_words():
    """Short enough for the pause between reps."""
    assert set(SPOKEN_CUES) == {*CHECKS, "no_kick", "good"}
    assert all(len(words) <= 16 for words in SPOKEN_CUES.values())
    assert [number_word(number) for number in (0, 1, 20, 21)] == ["none", "one", "twenty", "21"]


def test_every_key_of_the_terminal_may_be_tapped():
    """The page's buttons are the terminal's keys."""
    for control in CONTROLS:
        tap = parse_tap(f'{{"command": "{control.command}", "value": "{control.value}"}}')
        assert (tap.name, tap.value) == (control.command, control.value)


def performed(inputs, config=None):
    """Sounds and tones of a session, packet by packet, each with the phase it came in."""
    config = config or Config()
    engine = Engine(config, profile("imu_stream").new_decoder(), pose_rate_hz=30.0)
    scene = Scene(config, title="")
    heard, events = [], []
    for batch in [*([item] for item in inputs), None]:
        happened = engine.finish() if batch is None else engine.feed(batch)
        events += happened
        news = scene.take(happened)
        heard += [(scene.board.phase, sound) for sound in news.sounds]
    return heard, events


def test_whole_session_in_the_right_order():
    """The demo: every number once and in order with its id, faults at the bottom, results with what comes next."""
    heard, events = performed(simulate(DEMO).inputs)
    numbers = [(sound["text"], sound["rep_id"]) for _, sound in heard if sound["kind"] == "count"]
    assert numbers == [(str(e.number), e.rep_id) for e in events if isinstance(e, ev.RepCounted)]
    assert len(numbers) == 10
    cues = [(sound["text"], sound["rep_id"]) for _, sound in heard if sound["kind"] == "fault"]
    assert cues == [("level the hips", 2), ("higher", 4), ("tuck the pelvis", 5), ("slower", 9)]
    assert not [sound for phase, sound in heard if sound["kind"] in ("fault", "praise") and phase in EFFORT]
    results = [sound["text"] for _, sound in heard if sound["kind"] == "result"]
    assert results[0].startswith("Left five, two clean.")
    assert results[1].startswith("Right five, four clean.")
    assert sum(sound["kind"] == "tick" for _, sound in heard) == 2  # reps 4 and 5: short, and arched


def test_fast_lowering_without_a_pause_is_cued_out_of_effort():
    """Dropped reps one after the other: `slower` comes, never while rising or lowering, and with its cooldown."""
    fast = SetPlan(Side.LEFT, ((Fault.FAST_LOWERING,),) * 8)
    heard, events = performed(simulate(calm(fast)).inputs)
    assert sum(isinstance(event, ev.RepCounted) for event in events) == 8
    cues = [(phase, sound["rep_id"]) for phase, sound in heard if sound["text"] == "slower"]
    assert len(cues) >= 2
    assert not [phase for phase, _ in cues if phase in EFFORT]
    ids = [rep_id for _, rep_id in cues]
    assert all(later - sooner > COOLDOWN_REPS for sooner, later in pairwise(ids))


def test_ten_minutes_without_a_set_announce_no_rep():
    """Walking, tying shoes, sitting down, shuffling into place, standing up; calibrated and not: no number."""
    listened_s, kinds = 0.0, set()
    for seed in range(12):
        someone = replace(random_scenario(seed, is_calibrated=seed % 2 == 0, warms_up=True), sets=())
        busy = replace(someone, ties_shoe=True, shuffles=True, walks_away=True, stands_first_s=8.0)
        simulation = simulate(busy)
        listened_s += float(simulation.truth.t_s[-1])
        kinds |= {sound["kind"] for _, sound in performed(simulation.inputs)[0]}
    assert listened_s > 600
    assert kinds <= {"notice"}


@pytest.mark.parametrize(("tilt_deg", "why"), [(0.0, "The hips sank."), (14.0, "One hip sank.")])
def test_a_bridge_hold_ends_aloud(tilt_deg, why):
    """Eyes to the ceiling: stop, why, and how long it was; at once, and never of a rep, however long its pause."""
    scene = Scene(Config(), title="")
    scene.take([ev.Calibrated(0, 0, HOLD), ev.Armed(0, 0, Side.LEFT)])
    heard_at, times_s = [], np.arange(0.0, 60.0, 0.04)
    is_up = ((times_s >= 2) & (times_s < 7)) | ((times_s >= 10) & (times_s < 40))
    for row in range(0, len(times_s), 5):
        t_s, up = times_s[row : row + 5], is_up[row : row + 5]
        tipped = np.where((t_s >= 40) & (tilt_deg > 0), tilt_deg, 0.0)
        upright = up | (tipped > 0)
        traced = ev.CurveTraced(
            float(t_s[-1]), float(t_s[-1]), t_s, np.where(upright, 100.0, 0.0), tipped, np.where(upright, 0.0, 45.0)
        )
        heard_at += [(float(t_s[-1]), sound["text"]) for sound in scene.take([traced]).sounds]
    ((at_s, text),) = heard_at
    assert text == f"Stop. {why} 30 seconds."
    assert 40.0 < at_s < 41.0
