"""The page in a real browser while a session runs: numbers, bars, words, sets, links, screens."""

from __future__ import annotations

from tests.web.performance import Performance
from tests.web.screenshots import pose
from tests.web.wall import Wall
from tracker.core import events as ev
from tracker.core.model import CommandName, RestKind, Side

PHONE = {"width": 390, "height": 844}


def test_the_demo_to_its_end(wall, show):
    """Every number as it is counted, under the id of its event, said to the screen reader as well; then the sets."""
    shown = show(wall)
    act = Performance(wall)
    while rep := act.to_rep():
        shown.until_count(str(rep.number))
        shown.until("document.getElementById('count').dataset.repId", str(rep.rep_id))
        shown.until("document.getElementById('said').dataset.repId", str(rep.rep_id))
        assert shown.text("#said") == str(rep.number)
    act.end()
    shown.until_class("over")
    assert "10 reps, 6 clean" in shown.text("#word-text")
    titles = shown.page.locator("#review h2").all_text_contents()
    assert titles == ["Set 2, right: 5 reps, 4 clean", "Set 1, left: 5 reps, 2 clean"]
    words = [
        [block.inner_text() for block in section.locator(".rep-block .words").all()]
        for section in shown.page.locator(".set-review").all()
    ]
    assert words == [
        ["good", "good", "good", "lowered too fast: lower more slowly", "good"],
        [
            "good", "hips not level: level the hips", "good",
            "not all the way up: squeeze until hips and chest are in line",
            "lower back arched: tuck the pelvis, ribs down",
        ],
    ]  # fmt: skip
    assert shown.page.locator(".set-review canvas").count() == 4  # rise and level of both sets


def test_bars_move_with_the_hips(wall, show):
    """Height and its mark, level and its bubble, tempo: as the pose says, by shape and place and words."""
    shown = show(wall)
    act = Performance(wall)
    height = "new DOMMatrix(getComputedStyle(document.getElementById('height-fill')).transform).d"
    bubble = "new DOMMatrix(getComputedStyle(document.getElementById('level-bubble')).transform).e"
    act.to(pose("rising", above_pct=50))
    shown.until("document.getElementById('height').dataset.mark", "up")
    shown.until(f"{height} > 0.4 && {height} < 0.6")
    shown.until("document.querySelector('.beat.now').dataset.phase", "rising")
    act.to_rep()
    act.to(pose("top"))
    shown.until("document.getElementById('height').dataset.mark", "full")
    shown.until(f"{height} > 0.8")
    shown.until(f"Math.abs({bubble}) < 25")
    assert shown.page.evaluate("document.getElementById('level').dataset.kind") == "level"
    shown.until_text("#word-text", "hold")
    act.to(pose("top", tilted_deg=10))  # the second rep, left hip high
    shown.until("document.getElementById('level').dataset.kind", "left")
    shown.until(f"{bubble} < -60")
    shown.until_text("#word-text", "right hip low")
    assert shown.page.get_attribute("#level", "aria-label") == "right hip low"
    act.to(lambda event: isinstance(event, ev.RepJudged))
    shown.until_text("#word-text", "level the hips")
    assert shown.page.locator("#word-shape svg").get_attribute("aria-label") == "fault"
    shown.until_text(".beat[data-phase=top] .seconds", "1.5")


def test_rep_is_struck_and_restored_by_tapping_it(wall, show):
    """The tap is a command; struck and restored come back as events, and number, block and title follow."""
    shown = show(wall)
    act = Performance(wall)
    act.to(lambda event: isinstance(event, ev.RestStarted))
    block = "#review [data-rep-id='2']"
    shown.until(f"Boolean(document.querySelector({block!r}))")
    shown.page.click(block)
    act.obey()
    assert wall.told == [(CommandName.STRIKE, "2")]
    shown.until(f"document.querySelector({block!r}).classList.contains('struck')")
    shown.until_text("#review h2", "Set 1, left: 4 reps, 2 clean")
    shown.page.click(block)
    act.obey()
    assert wall.told[-1] == (CommandName.RESTORE, "2")
    shown.until_text("#review h2", "Set 1, left: 5 reps, 2 clean")


def test_strike_in_the_set_changes_the_number(wall, show):
    """The last rep struck by its button: one less on the screen, and the next is said as the one that it stands for."""
    shown = show(wall)
    act = Performance(wall)
    for _ in range(3):
        act.to_rep()
    shown.until_count("3")
    shown.page.click("#controls [data-command=strike]")
    act.obey()
    shown.until_count("2")
    act.to_rep()
    shown.until_count("3")
    assert shown.text("#said") == "3"


def test_rest_timer_takes_the_place_of_the_number(wall, show):
    """Back-dated to the end of the last rep; with its kind and length; the next rep ends it silently."""
    shown = show(wall)
    act = Performance(wall)
    rest = act.to(lambda event: isinstance(event, ev.RestStarted))
    shown.until_class("resting")
    started = int(rest.known_s - rest.t_s)
    minutes, seconds = (int(part) for part in shown.count.split(":"))
    assert 60 * minutes + seconds >= started > 3
    assert "90 s" in shown.text("#phase")
    wall.handle(ev.RestStarted(rest.t_s - 100, rest.known_s, RestKind.SWITCH, 30.0))
    shown.until_text("#phase", "go")
    act.to_rep()
    shown.until_count("1")
    shown.until("document.body.classList.contains('resting')", value=False)


def test_rest_timer_runs_on_without_a_signal(wall, show):
    """Nothing comes from the sensor, the seconds go on."""
    shown = show(wall)
    act = Performance(wall)
    act.to(lambda event: isinstance(event, ev.RestStarted))
    shown.until_class("resting")
    first = shown.count
    shown.until(f"document.querySelector('#count text').textContent !== {first!r}")


def test_lost_sensor_battery_and_losses_are_in_sight(wall, show):
    """An alarm over everything while the sensor is gone; battery and lost samples stay."""
    shown = show(wall)
    wall.handle(ev.StreamStarted(0, 0, 104, 104, True), ev.BatteryRead(1, 1, 15), ev.SignalGap(2, 2, 7, 0.1, True))
    shown.until_text("#status", "sensor ok · battery 15 % · 7 samples lost")
    assert shown.page.locator("#status").get_attribute("class") == "low"
    assert shown.page.evaluate("getComputedStyle(document.getElementById('status')).color") == "rgb(255, 184, 61)"
    wall.handle(ev.LinkChanged(3, 3, is_up=False))
    shown.until_text("#alarm", "Sensor out of reach")
    assert shown.page.locator("#alarm").is_visible()
    wall.handle(ev.LinkChanged(4, 4, is_up=True))
    shown.until("document.getElementById('alarm').hidden")


def test_page_finds_its_way_back(show):
    """The program goes: an alarm within seconds. It comes back on the same port: the page shows where things are."""
    with Wall() as wall:
        shown = show(wall)
        wall.handle(ev.StreamStarted(0, 0, 104, 104, True))
        port = wall.address.port
    shown.until_text("#alarm", "No link to the tracker")
    with Wall(port=port) as wall:
        wall.handle(ev.SetStarted(1, 1, 1, Side.RIGHT), ev.RepCounted(1, 1, 1, 1, 1, Side.RIGHT))
        shown.until_count("1")
        shown.until("document.getElementById('alarm').hidden")
        wall.handle(ev.RepCounted(5, 5, 2, 1, 2, Side.RIGHT))
        shown.until_count("2")


def test_session_that_is_over_is_no_alarm(show):
    """The last state stays, without a word of a lost link."""
    with Wall() as wall:
        shown = show(wall)
        act = Performance(wall)
        act.end()
        shown.until_class("over")
    shown.page.wait_for_timeout(300)
    assert shown.page.evaluate("document.getElementById('alarm').hidden")
    assert shown.text("#call") == "Session over"


def test_nothing_can_be_told_to_a_session_that_is_over(wall, show):
    """No button and no tap that would go nowhere, and no leg that is next."""
    shown = show(wall)
    act = Performance(wall)
    hint = "[...document.querySelectorAll('.set-review > p')].map((p) => p.textContent).join('')"
    while act.to_rep():
        pass
    shown.until(f"{hint}.startsWith('Tap a rep')")
    act.end()
    shown.until_class("over")
    shown.until(f"{hint} === ''")
    assert shown.page.locator(".set-review").count() == 2
    assert shown.page.locator(".set-review button.rep-block").count() == 0
    assert shown.page.locator("#controls [data-command]:enabled").count() == 0
    assert (shown.text("#side"), shown.text("#set")) == ("", "")


def test_wrong_key_shows_nothing(show):
    """A page with a wrong key is a line of text; one whose session is over says so when a new one runs."""
    with Wall(is_open=True) as wall:
        wrong = show(wall, url=f"http://{wall.host}/wrong/")
        assert "needs the key" in wrong.text("body")
        shown = show(wall)
        port = wall.address.port
    with Wall(is_open=True, port=port):
        shown.until("document.getElementById('alarm').textContent.includes('expired')")


def test_two_screens_show_and_steer_the_same(wall, show):
    """What is tapped on the phone is seen on the wall."""
    on_the_wall, phone = show(wall), show(wall, viewport=PHONE, has_touch=True)
    act = Performance(wall)
    act.to_rep()
    act.to_rep()
    for shown in (on_the_wall, phone):
        shown.until_count("2")
    phone.page.tap("#controls [data-command=strike]")
    act.obey()
    for shown in (on_the_wall, phone):
        shown.until_count("1")


def test_finish_takes_two_taps(wall, show):
    """One tap by mistake ends nothing."""
    shown = show(wall)
    button = shown.page.locator("#controls [data-command=finish]")
    button.click()
    assert button.inner_text().lower() == "tap again"
    shown.page.click("#controls [data-command=mark]")
    assert wall.wait_told(1) == [(CommandName.MARK, "")]
    button.click()
    assert wall.wait_told(2)[1] == (CommandName.FINISH, "")


def test_every_command_has_its_key(wall, show):
    """The keys of the terminal work on the page, and none of them while a dialog is open."""
    shown = show(wall)
    for key in ("s", "x", "u", "m", "c", "q", "q"):
        shown.page.keyboard.press(key)
    names = [name for name, _ in wall.wait_told(6)]
    assert [str(name) for name in names] == ["side", "strike", "restore", "mark", "calibrate", "finish"]
    shown.page.click("#open-settings")
    shown.page.keyboard.press("m")
    shown.page.keyboard.press("Escape")
    assert not shown.page.evaluate("document.getElementById('settings').open")
    shown.page.keyboard.press("s")
    assert wall.wait_told(7)[6] == (CommandName.SIDE, "swap")


def test_whole_page_by_keyboard(wall, show):
    """Start has the focus; Tab reaches every other button in order, ringed, and the reps: Enter strikes one."""
    shown = show(wall)
    Performance(wall).to(lambda event: isinstance(event, ev.RestStarted))
    shown.until("document.querySelectorAll('.rep-block').length", 5)
    reached, rings = [], []
    assert shown.page.evaluate("document.activeElement.id") == "start"
    for _ in range(7 + 5):
        shown.page.keyboard.press("Tab")
        reached.append(shown.page.evaluate("document.activeElement.textContent.trim().split(' ')[0]"))
        rings.append(shown.page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
    assert reached[:7] == ["swap", "strike", "undo", "mark", "calibrate", "finish", "Settings"]
    assert reached[7:] == ["1good", "2hips", "3good", "4not", "5lower"]
    assert "none" not in rings
    shown.page.keyboard.press("Enter")
    assert wall.wait_told(1) == [(CommandName.STRIKE, "5")]


def test_every_button_has_a_name_and_counts_are_read_aloud(wall, show):
    """What a screen reader needs: names, live regions, an alarm that interrupts."""
    shown = show(wall)
    Performance(wall).to(lambda event: isinstance(event, ev.RestStarted))
    shown.until("document.querySelectorAll('.rep-block').length", 5)
    assert shown.page.evaluate("[...document.querySelectorAll('button')].every((one) => one.textContent.trim())")
    assert shown.page.get_attribute("#said", "aria-live") == "polite"
    assert shown.page.get_attribute("#alarm", "role") == "alert"
    assert shown.page.evaluate("document.documentElement.lang") == "en"


def test_reduced_motion_is_honoured(wall, show):
    """Nothing fades, slides or flashes for those who asked their system for calm; the number comes all the same."""
    shown = show(wall, reduced_motion="reduce")
    style = "getComputedStyle(document.getElementById({!r})).{}"
    assert shown.page.evaluate(style.format("height-fill", "transitionDuration")) == "0s"
    assert shown.page.evaluate(style.format("level-bubble", "transitionDuration")) == "0s"
    shown.page.evaluate("document.getElementById('flash').classList.add('on')")
    assert shown.page.evaluate(style.format("flash", "animationName")) == "none"
    shown.page.evaluate("document.getElementById('flash').classList.remove('on')")
    assert not shown.page.is_checked("#use-flash")
    Performance(wall).to_rep()
    shown.until_count("1")
    assert not shown.page.evaluate("document.getElementById('flash').classList.contains('on')")


def test_each_rep_flashes(wall, show):
    """The whole background, for loud gyms."""
    shown = show(wall)
    shown.page.evaluate(
        """() => { window.flashes = 0;
             document.getElementById("flash").addEventListener("animationstart", () => (window.flashes += 1)); }"""
    )
    act = Performance(wall)
    for number in range(1, 4):
        act.to_rep()
        shown.until("window.flashes", number)
