"""The page from the command line: where it is said to be, who opens it, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import sys
import time
from contextlib import closing

import pytest
from websockets.sync.client import connect

from tests.page.browser import chromium
from tests.terminals import Shell
from tests.web.conftest import LAPTOP, Shown
from tests.web.wall import LONGEST_WAIT_S
from tracker.commands import watching
from tracker.serving import address

URL = re.compile(r"http://[\w.:-]+/(?:\w+/)?")


class Talk:
    """What a process says on stderr, line by line."""

    def __init__(self, process):
        self.process = process
        self.lines = []

    def until(self, words):
        while not self.lines or words not in self.lines[-1]:
            line = self.process.stderr.readline()
            assert line, f"{words!r} was not said: {self.lines}"
            self.lines.append(line)
        return self.lines[-1]


def end(process):
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LONGEST_WAIT_S)
    return process.returncode


def test_a_newcomer_sees_the_first_rep_and_the_end(start, tracker, home):
    """`tracker demo --web`: the page counts; Ctrl-C ends the session on the page as well, and nothing is lost."""
    process = start("demo", "--speed", "4", "--web", "--port", "0", "--no-open", "--json")
    url = URL.search(Talk(process).until("On the wall"))[0]
    with chromium() as browser:
        shown = Shown(browser.new_page(viewport=LAPTOP))
        shown.page.goto(url)
        shown.until_count("1")
        shown.page.click("#controls [data-command=mark]")
        shown.until_count("2")
        process.send_signal(signal.SIGINT)
        shown.until_class("over")
        assert shown.page.evaluate("document.getElementById('alarm').hidden")
    stdout, _ = process.communicate(timeout=LONGEST_WAIT_S)
    assert process.returncode == 130
    events = [json.loads(line) for line in stdout.splitlines()]
    assert sum(event["event"] == "rep_counted" for event in events) >= 2
    assert [event["text"] for event in events if event["event"] == "marked"] == [""]
    (folder,) = home.iterdir()
    assert tracker("verify", folder).exit_code == 0  # the tap is recorded like everything else


def test_finish_on_the_page_ends_the_session(start):
    """Two taps, and the program writes its report and leaves with 0."""
    process = start("demo", "--speed", "4", "--web", "--port", "0", "--no-open")
    url = URL.search(Talk(process).until("On the wall"))[0]
    with chromium() as browser:
        shown = Shown(browser.new_page(viewport=LAPTOP))
        shown.page.goto(url)
        shown.until("document.querySelector('#controls [data-command=finish]')?.disabled", value=False)
        shown.page.click("#controls [data-command=finish]")
        shown.page.click("#controls [data-command=finish]")
        shown.until_class("over")
    process.communicate(timeout=LONGEST_WAIT_S)
    assert process.returncode == 0


def test_taken_port_is_said(start):
    """The next free one is taken instead."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = start("demo", "--web", "--no-open", "--port", str(port))
        talk = Talk(process)
        talk.until("On the wall")
        found = re.match(rf"Port {port} is taken; the page is at (\d+)\.", talk.lines[0])
        assert int(found[1]) > port
        assert end(process) == 130


def test_network_only_with_lan_and_a_key(start):
    """`--lan` says the address with its key and draws it; without, only this computer is listened to."""
    process = start("demo", "--lan", "--port", "0")
    talk = Talk(process)
    line = talk.until("On the wall")
    assert re.search(r"http://[\w.-]+:\d+/[a-z2-9]{10}/", line)
    talk.until("Whoever has this address")
    assert any("█" in drawn or "▀" in drawn or "▄" in drawn for drawn in talk.lines)
    assert end(process) == 130


def test_no_page_where_nobody_looks(start, tracker):
    """Into a pipe, as JSON or at full speed there is none unless it is asked for."""
    result = tracker("demo", "--speed", "max")
    assert "On the wall" not in result.output
    process = start("demo", "--speed", "4")
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=LONGEST_WAIT_S)
    assert "On the wall" not in stderr


def test_a_page_at_full_speed_makes_no_sense(tracker):
    """Wrong usage, in one sentence; a replay that is only by default at full speed slows down instead."""
    result = tracker("demo", "--speed", "max", "--web")
    assert result.exit_code == 2
    assert "use it with --speed 1 or 4" in result.output
    asked = watching.Watching(web=True, port=0, is_lan=False, opens=None)
    assert asked.speed_for("max", is_default=True) == "1"
    assert watching.Watching(web=None, port=0, is_lan=False, opens=None).speed_for("max", is_default=True) == "max"


def test_no_port_at_all(tracker, monkeypatch):
    """One sentence and what to do."""
    monkeypatch.setattr(address, "PORTS_TRIED", 1)
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = tracker("demo", "--web", "--no-open", "--port", other.getsockname()[1])
    assert result.exit_code == 1
    assert "can be used" in result.output
    assert "--no-web" in result.output


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal as Unix has it")
def test_view_tells_where_the_page_is(tmp_path):
    """On a terminal the page is there by itself, and its address on the view."""
    with closing(Shell(tmp_path / "home")) as shell:
        shell.run("demo", "--port", "0")
        shell.wait_for("on the wall: http://127.0.0.1:")
        shell.type("q")
        assert shell.exit_code() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal as Unix has it")
def test_session_goes_on_without_a_page(tmp_path):
    """Nobody asked for it by name, and there is no port: one sentence, and the terminal alone."""
    with socket.create_server(("127.0.0.1", 65535)), closing(Shell(tmp_path / "home")) as shell:
        shell.run("demo", "--port", "65535")
        shell.wait_for("No page this time: ")
        shell.wait_until_drawn()
        shell.type("q")
        assert shell.exit_code() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal as Unix has it")
def test_code_stays_on_the_terminal_until_a_screen_is_there(tmp_path):
    """With --lan the view begins when somebody has scanned the code."""
    with closing(Shell(tmp_path / "home", width=120)) as shell:
        shell.run("demo", "--lan", "--port", "0")
        shell.wait_for("Whoever has this address")
        url = URL.search(shell.shown.decode(errors="replace"))[0]
        assert b"\x1b[?1049h" not in shell.shown
        port, key = url.split("/")[2].split(":")[1], url.split("/")[3]
        with connect(f"ws://127.0.0.1:{port}/{key}/screen", origin=f"http://127.0.0.1:{port}") as screen:
            screen.recv()
            shell.wait_for("\x1b[?1049h")
        shell.type("q")
        assert shell.exit_code() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="BROWSER is a custom of Unix")
def test_browser_is_opened_where_a_person_wants_it(start, tmp_path, monkeypatch):
    """--open starts the system's browser with the address; it is not waited for."""
    note = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {note}.part\nmv {note}.part {note}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    process = start("demo", "--open", "--port", "0")
    url = URL.search(Talk(process).until("On the wall"))[0]
    limit_s = time.monotonic() + LONGEST_WAIT_S
    while not note.exists():
        assert time.monotonic() < limit_s
        time.sleep(0.02)
    assert note.read_text() == url
    assert end(process) == 130


def test_desktop_is_told_from_a_remote_shell(monkeypatch):
    """No browser is opened over SSH, into a pipe, or without a display."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    assert watching.is_desktop()
    monkeypatch.setenv("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22")
    assert not watching.is_desktop()
    monkeypatch.delenv("SSH_CONNECTION")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not watching.is_desktop()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert watching.is_desktop()
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    assert not watching.is_desktop()
