"""What the page lets hear, in a real browser with a spy in place of loudspeaker and voice."""

from __future__ import annotations

from tests.web.performance import Performance
from tests.web.screenshots import pose
from tracker.core import events as ev
from tracker.core.model import Side

BELL_HZ, TILT_HZ, TICK_HZ = 880, 311, 150
SAY = """async (sounds) => {
  const { makeVoice } = await import("./voice.js");
  window.phase = "low";
  window.voice = makeVoice(() => true, () => window.phase);
  sounds.forEach((sound) => window.voice.say(sound));
}"""
RANKS = {"count": 0, "target": 1, "result": 2, "notice": 3, "fault": 4, "praise": 5}


def sound(kind, text):
    return {"kind": kind, "text": text, "rank": RANKS[kind], "rep_id": 1}


def spoken(shown):
    return [text for _, text in shown.calls("speak")]


def test_nothing_sounds_before_the_start_tap(wall, show):
    """Browsers forbid it, and so does good manners: not even the loudspeaker is asked for."""
    shown = show(wall)
    act = Performance(wall)
    act.to_rep()
    shown.until_count("1")
    assert shown.calls() == []
    shown.start_sound()
    assert [call[0] for call in shown.calls("context", "resume", "speak")] == ["context", "resume", "speak"]
    assert not shown.page.is_visible("#start")
    act.to_rep()
    shown.until_count("2")
    shown.until("window.calls.some((call) => call[0] === 'speak' && call[1] === '2')")


def test_the_demo_is_heard_in_the_right_order(wall, show):
    """Bell and number at the top of each rep, tilt in the tilted one, ticks for the short ones, cues, results."""
    shown = show(wall)
    shown.start_sound()
    act = Performance(wall)
    shown.page.evaluate("window.calls.length = 0")
    steps = (ev.RepCounted, ev.RepJudged, ev.SetEnded, ev.Armed)
    while event := act.to(lambda event: isinstance(event, steps)):
        shown.until_taken(wall)  # the page keeps up with a lifter; with a machine it would drop what comes too late
        if isinstance(event, ev.RepCounted):
            act.to(pose("top"))
        elif isinstance(event, ev.RepJudged):
            act.to(pose("low"))
        shown.until_taken(wall)
    act.end()
    shown.until_class("over")
    said = spoken(shown)
    numbers = [text for text in said if text.isdigit()]
    assert numbers == ["1", "2", "3", "4", "5", "1", "2", "3", "4", "5"]
    first = said.index("1")
    results = [text for text in said if "clean." in text]
    assert results[0].startswith("Left five, two clean.")
    assert results[1].startswith("Right five, four clean.")
    upto = said.index(results[0])
    assert said[first:upto] == ["1", "good", "2", "level the hips", "3", "4", "higher", "5", "tuck the pelvis"]
    second = said.index("1", upto)
    assert said[second : said.index(results[1])] == ["1", "good", "2", "3", "4", "slower", "5", "good"]
    starts = [(hz, place) for _, hz, place in shown.calls("start")]
    assert starts.count((BELL_HZ, 0)) == 8  # all but the short rep and the arched one
    assert [place for hz, place in starts if hz == TILT_HZ] == [0.9]  # rep 2: right hip low
    assert starts.count((TICK_HZ, 0)) == 2
    # every tone that began has ended
    held = [hz for _, hz, _ in shown.calls("start") if hz != TICK_HZ]
    ended = [hz for _, hz in shown.calls("stop") if hz not in (60, TICK_HZ)]
    assert sorted(held) == sorted(ended)
    assert [text for _, text in shown.calls("cancel") if text.isdigit()] == []


def test_bell_is_held_while_the_top_is_held(wall, show):
    """It starts once, goes on through many states, and ends with the lowering."""
    shown = show(wall)
    shown.start_sound()
    act = Performance(wall)
    act.to_rep()
    for _ in range(5):
        act.to(pose("top"))
    shown.until("document.body.classList.contains('full')")
    assert [hz for _, hz, _ in shown.calls("start")].count(BELL_HZ) == 1
    assert shown.calls("stop") == []
    act.to(pose("lowering"))
    shown.until("window.calls.some((call) => call[0] === 'stop')")


def test_tones_end_when_the_link_does(wall, show):
    """A bell that nobody can stop any more must not ring on."""
    shown = show(wall)
    shown.start_sound()
    act = Performance(wall)
    act.to_rep()
    act.to(pose("top"))
    shown.until(f"window.calls.some((call) => call[0] === 'start' && call[1] === {BELL_HZ})")
    wall.page.close()
    shown.until(f"window.calls.some((call) => call[0] === 'stop' && call[1] === {BELL_HZ})")


def test_number_is_never_broken_off(wall, show):
    """Whatever comes while a number is spoken waits or is dropped."""
    shown = show(wall)
    shown.page.evaluate("window.isMute = true")
    others = [sound(kind, kind) for kind in ("fault", "praise", "notice", "result", "target")]
    shown.page.evaluate(SAY, [sound("count", "7"), *others, sound("count", "8")])
    assert shown.calls() == [["speak", "7"]]
    shown.page.evaluate("window.endSpeech()")
    assert spoken(shown) == ["7", "8"]
    shown.page.evaluate("window.endSpeech()")
    assert spoken(shown) == ["7", "8"]  # room for one behind, not for five


def test_number_breaks_off_everything_else(wall, show):
    """Late it would be wrong: a cue that is being said gives way."""
    shown = show(wall)
    shown.page.evaluate("window.isMute = true")
    shown.page.evaluate(SAY, [sound("fault", "level the hips"), sound("count", "3")])
    assert shown.calls() == [["speak", "level the hips"], ["cancel", "level the hips"], ["speak", "3"]]


def test_fault_before_praise_in_the_one_place_behind(wall, show):
    """Of what waits the more important stays."""
    shown = show(wall)
    shown.page.evaluate("window.isMute = true")
    shown.page.evaluate(SAY, [sound("count", "3"), sound("praise", "good"), sound("fault", "slower")])
    shown.page.evaluate("window.voice.say({kind: 'praise', text: 'good', rank: 5})")
    shown.page.evaluate("window.endSpeech()")
    assert spoken(shown) == ["3", "slower"]


def test_cue_that_comes_to_its_turn_in_effort_is_dropped(wall, show):
    """`slower` is not said into the next rise, however long the number before it took."""
    shown = show(wall)
    shown.page.evaluate("window.isMute = true")
    shown.page.evaluate(SAY, [sound("count", "3"), sound("fault", "slower")])
    shown.page.evaluate("window.phase = 'rising'; window.endSpeech()")
    assert spoken(shown) == ["3"]


def test_voice_that_never_ends_does_not_silence_the_rest(wall, show):
    """Some systems never report the end of an utterance: after a while the next is said anyway."""
    shown = show(wall)
    shown.page.clock.install()
    shown.page.evaluate("window.isMute = true")
    shown.page.evaluate(SAY, [sound("count", "3"), sound("target", "two more")])
    shown.page.clock.run_for(13_000)
    assert spoken(shown) == ["3", "two more"]


def test_each_kind_can_be_tried_and_switched_off(wall, show):
    """Tones, voice and flash have a switch and a test each; the switches are kept in this browser."""
    shown = show(wall)
    page = shown.page
    page.click("#open-settings")
    page.click("#test-tones")
    shown.until(f"window.calls.filter((call) => call[0] === 'start' && call[1] === {TILT_HZ}).length", 2)
    shown.until(f"window.calls.some((call) => call[0] === 'start' && call[1] === {TICK_HZ})")
    assert {place for _, hz, place in shown.calls("start") if hz == TILT_HZ} == {-0.9, 0.9}
    page.click("#test-voice")
    assert spoken(shown) == ["Seven. Level the hips."]
    page.click("#test-flash")
    shown.until("document.getElementById('flash').classList.contains('on')")
    for name in ("tones", "voice", "flash"):
        page.uncheck(f"#use-{name}")
    page.click("#settings-close")
    page.reload()
    shown.until("!document.body.classList.contains('waiting')")
    assert [page.is_checked(f"#use-{name}") for name in ("tones", "voice", "flash")] == [False] * 3
    shown.start_sound()
    act = Performance(wall)
    act.to_rep()
    act.to(pose("top"))
    shown.until_taken(wall)
    assert shown.calls("start", "speak") == []
    assert not page.evaluate("document.getElementById('flash').classList.contains('on')")


def test_two_screens_can_sound_differently(wall, show):
    """The phone speaks, the wall is silent: each is started for itself."""
    on_the_wall, phone = show(wall), show(wall)
    phone.start_sound()
    wall.handle(ev.SetStarted(1, 1, 1, Side.LEFT), ev.RepCounted(1, 1, 1, 1, 1, Side.LEFT))
    phone.until("window.calls.some((call) => call[0] === 'speak' && call[1] === '1')")
    on_the_wall.until_count("1")
    assert on_the_wall.calls() == []
