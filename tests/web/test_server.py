import contextlib
import socket

import pytest
from websockets.exceptions import InvalidStatus

from tests.web.wall import LONGEST_WAIT_S, Wall
from tracker.core import events as ev
from tracker.core.model import CommandName, Side
from tracker.serving import guard, server
from tracker.sinks.web import app, bind
from tracker.sinks.web.scene import Scene


@pytest.fixture
def wall():
    with Wall() as wall:
        yield wall


@pytest.fixture(scope="module")
def served():
    """A page that tests only ask, and change nothing of."""
    with Wall() as wall:
        yield wall


@pytest.fixture(scope="module")
def open_wall():
    """A page that the network may see, with a key."""
    with Wall(is_open=True) as wall:
        yield wall


def counted(number):
    return ev.RepCounted(number, number, number, 1, number, Side.LEFT)


def pose(t_s):
    return ev.PoseUpdated(t_s, t_s, 50.0, 1.0, 20.0, "rising")


def test_page_and_all_its_parts_are_served(served):
    """Everything the page names is there, with its type, and runs under a policy that allows nothing else."""
    status, headers, body = served.get("/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'; script-src 'self';" in headers["content-security-policy"]
    assert b"<script>" not in body
    assert b"style=" not in body
    named = [part.split(b'"')[1].decode() for part in body.replace(b"src=", b"href=").split(b"href=")[1:]]
    assert "main.js" in named
    for name in [*named, "shared/blocks.js", "shared/curves.js", "stage.js", "tones.js", "voice.js", "link.js"]:
        status, headers, content = served.get(f"/{name}")
        assert status == 200, name
        assert content
        assert headers["x-content-type-options"] == "nosniff"
    assert served.get("/main.js")[1]["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/nothing", "/../screen.py", "/shared/../__init__.py", "/%2e%2e/app.py", "/screen.css/", "//etc/passwd"]
)
def test_nothing_else_is_served(served, path):
    """A path that is not in the table of files gets nothing, whatever it looks like."""
    assert served.get(path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_reading(served, method):
    """There is nothing to change by HTTP."""
    assert served.get("/", method=method)[0] == 405


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "192.168.1.7:{port}", " "]
)
def test_foreign_host_is_refused(served, host):
    """A name that somebody pointed at this computer is not answered, nor is an address that is not listened on."""
    status, _, body = served.get("/", host=host.format(port=served.address.port))
    assert status in (400, 403)
    assert b"<" not in body


@pytest.mark.parametrize(
    ("host", "port", "is_ours"),
    [
        ("127.0.0.1", 80, True), ("127.0.0.1:80", 80, True), ("[::1]", 80, True), ("[::1]:80", 80, True),
        ("localhost", 443, True), ("127.0.0.1:81", 80, False), ("127.0.0.1", 8420, False), ("[::1]", 8420, False),
        ("evil.example", 80, False), ("", 80, False), (":80", 80, False), ("[::1", 80, False),
    ],
)  # fmt: skip
def test_usual_ports_are_left_out_by_browsers(host, port, is_ours):
    """A page on port 80 is asked for without it."""
    assert guard.is_host(host, port=port, own_names=frozenset(), is_open=False) is is_ours


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "LocalHost", "[::1]"])
def test_own_names_are_answered(served, name):
    """This computer by its usual names."""
    assert served.get("/", host=f"{name}:{served.address.port}")[0] == 200


@pytest.mark.parametrize(
    "origin", [None, "http://evil.example", "null", "https://{host}", "http://127.0.0.1:1", "file://"]
)
def test_foreign_page_opens_no_screen(served, origin):
    """A page of another site may try to open the WebSocket: browsers let it. The server does not."""
    with pytest.raises(InvalidStatus) as refused:
        served.screen(origin=origin and origin.format(host=served.host))
    assert refused.value.response.status_code == 403


def test_local_page_is_bound_to_this_computer(served):
    """Without --lan nobody else can even connect, and no key is needed."""
    assert served.address.listener.getsockname()[0] == "127.0.0.1"
    assert served.address.url == f"http://127.0.0.1:{served.address.port}/"


@pytest.mark.parametrize(
    "path", ["/", "/wrong/", "/{key}x/", "/main.js", "/{upper}/", "/wrong/main.js", "/favicon.ico"]
)
def test_without_the_key_nothing_is_shown(open_wall, path):
    """No page, no file, no hint which key it would be."""
    key = open_wall.address.key
    status, _, body = open_wall.get(path.format(key=key, upper=key.upper()))
    assert status == 403
    assert key.encode() not in body
    assert b"<" not in body


@pytest.mark.parametrize("path", ["/screen", "/wrong/screen", "/{key}", "/{key}/", "/{key}/main.js", "/{key}/screen/"])
def test_without_the_key_no_screen_opens(open_wall, path):
    """The WebSocket asks for the same key, and for its own place."""
    with pytest.raises(InvalidStatus) as refused:
        open_wall.screen(path=path.format(key=open_wall.address.key))
    assert refused.value.response.status_code == 403


def test_with_the_key_everything_is_there(open_wall):
    """Page, files and WebSocket below the key; the address without the last slash leads there, too."""
    key = open_wall.address.key
    assert open_wall.get(f"/{key}/")[0] == 200
    assert open_wall.get(f"/{key}/shared/theme.css")[0] == 200
    status, headers, _ = open_wall.get(f"/{key}")
    assert (status, headers["location"]) == (307, f"/{key}/")
    with open_wall.screen() as screen:
        assert "hello" in screen.next()


def test_open_page_answers_to_addresses_of_this_computer(open_wall):
    """In the network it is asked for by an address; a foreign name is refused even with the key."""
    port, key = open_wall.address.port, open_wall.address.key
    assert open_wall.get(f"/{key}/", host=f"192.168.1.7:{port}")[0] == 200
    assert open_wall.get(f"/{key}/", host=f"{socket.gethostname()}:{port}")[0] == 200
    assert open_wall.get(f"/{key}/", host=f"evil.example:{port}")[0] == 403


def test_keys_are_new_and_long():
    """No two sessions have the same key, and its letters are told apart on a television."""
    keys = {guard.new_key() for _ in range(1000)}
    assert len(keys) == 1000
    assert {len(key) for key in keys} == {10}
    assert not set("".join(keys)) & set("0o1il")


def test_url_and_qr_code(open_wall):
    """The URL holds the key, and there is a QR code to draw."""
    assert open_wall.address.url.endswith(f":{open_wall.address.port}/{open_wall.address.key}/")
    assert len(open_wall.address.qr_lines().splitlines()) > 10


def test_taken_port_gives_the_next_free_one(served):
    """Two sessions at once: the second page finds its own place."""
    second = bind(served.address.port, is_open=False)
    second.listener.close()
    assert second.port > served.address.port


def test_screen_is_told_everything_and_then_the_news(wall):
    """First what was, then every change: number and spoken number come together and carry the same id."""
    wall.handle(ev.StreamStarted(0, 0, 104, 104, True), ev.SetStarted(1, 1, 1, Side.LEFT))
    with wall.screen() as screen:
        first = screen.next()
        assert first["hello"]["title"] == "Test"
        assert first["state"]["side"] == "left"
        wall.handle(counted(1))
        news = screen.until(lambda message: message.get("sounds"))
        (sound,) = news["sounds"]
        assert (sound["kind"], sound["text"]) == ("count", "1")
        assert (news["state"]["count"], news["state"]["rep_id"]) == (1, sound["rep_id"])


def test_states_are_conflated_and_sounds_are_not(wall):
    """A thousand poses at once are a few messages; the numbers among them are all said, in order."""
    with wall.screen() as screen:
        screen.next()
        for number in range(1, 41):
            wall.handle(counted(number), *(pose(number + step / 30) for step in range(25)))
            for step in range(25):
                wall.handle(pose(number + step / 30))
        heard, messages = [], 0
        while len(heard) < 40:
            message = screen.next()
            messages += 1
            heard += [sound["text"] for sound in message.get("sounds", []) if sound["kind"] == "count"]
    assert heard == [str(number) for number in range(1, 41)]
    assert messages < 500


def test_several_screens_see_the_same(wall):
    """Wall, phone and laptop at once; one that leaves does not matter to the others."""
    with wall.screen() as first, wall.screen() as second:
        with wall.screen() as third:
            third.next()
        wall.handle(counted(1))
        for screen in (first, second):
            assert screen.until(lambda message: message["state"]["count"] == 1)


def test_one_screen_too_many_is_told_so(wall, monkeypatch):
    """Screens are limited; the one too many gets a reason."""
    monkeypatch.setattr(app, "MOST_SCREENS", 1)
    with wall.screen() as first:
        first.next()
        with wall.screen() as second:
            _, closed = second.until_closed()
    assert closed.code == 1013
    assert "screens" in closed.reason


def test_screen_that_comes_back_catches_up(wall):
    """The first message after a break holds the number, the set and its reps so far; nothing is said again."""
    with wall.screen() as screen:
        screen.next()
    wall.handle(ev.SetStarted(1, 1, 1, Side.LEFT), counted(1), counted(2))
    with wall.screen() as screen:
        message = screen.next()
        assert message["state"]["count"] == 2
        assert [item["set"] for item in message["sets"]] == [1]
        assert "sounds" not in message
        assert "sounds" not in screen.next()


def test_screen_that_reads_nothing_is_let_go(wall):
    """It costs bounded memory; the others see every rep; and it is dropped for being behind."""
    with contextlib.ExitStack() as stack:
        deaf = socket.create_connection(("127.0.0.1", wall.address.port))
        stack.callback(deaf.close)
        deaf.sendall(
            f"GET /screen HTTP/1.1\r\nHost: {wall.host}\r\nOrigin: http://{wall.host}\r\n".encode()
            + b"Upgrade: websocket\r\n"
            + b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert b" 101 " in deaf.recv(100)
        good = stack.enter_context(wall.screen())
        good.next()
        number = 0
        while wall.page.screen_count > 1:
            for _ in range(10):
                number += 1
                wall.handle(counted(number))
            good.until(lambda message, number=number: message["state"]["count"] == number)
            assert number < 200_000, "it was never dropped"


def test_program_says_something_every_second(wall):
    """Without any event there is a sign of life, so that a page knows when the link is dead."""
    with wall.screen() as screen:
        screen.next()
        assert "state" in screen.next()


def test_end_of_the_session_reaches_the_screens():
    """The last events are sent before the server ends, and the connection is closed properly."""
    with Wall() as wall:
        screen = wall.screen()
        screen.next()
        wall.handle(ev.StreamEnded(9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 9.0))
        wall.page.close()
        last, _ = screen.until_closed()
    assert last["state"]["is_over"]


def test_closing_twice_and_handling_afterwards_do_nothing():
    """A session that ends in any order raises nothing."""
    with Wall() as wall:
        wall.page.close()
        wall.handle(counted(1))
        wall.page.close()


def test_taps_reach_the_session(wall):
    """Each button's message becomes a command; before anybody listens, they are refused in words."""
    with wall.screen() as screen:
        assert screen.next()["state"]["can_tell"] is False
        screen.send({"command": "strike"})
        assert "no commands" in screen.until(lambda message: "problem" in message)["problem"]
        wall.listen()
        sent = [("side", "swap"), ("strike", "7"), ("restore", "7"), ("mark", "belt"), ("finish", "")]
        for name, value in sent:
            screen.send({"command": name, "value": value})
        assert wall.wait_told(5) == [(CommandName(name), value) for name, value in sent]
        assert screen.until(lambda message: message.get("state", {}).get("can_tell"))


@pytest.mark.parametrize(
    "message",
    [
        "", "{", "[]", "null", "1", '"strike"', "{}", '{"command": 7}', '{"command": "link_lost"}',
        '{"command": "note", "value": "x"}', '{"command": "strike", "value": 7}',
        '{"command": "strike", "value": "-1"}',
        '{"command": "strike", "value": "1234567890"}', '{"command": "side", "value": "up"}',
        '{"command": "mark", "value": "a\\nb"}', '{"command": "calibrate", "value": ""}',
        '{"command": "strike", "value": "\\u0661"}', '{"command": "mark", "value": "\\ud800"}',
        '{"command": "mark", "value": "\\u202e"}', '{"command": "mark", "value": "\\u001b[2J"}',
         "[" * 900, b"\x00\xff", b'{"command": "strike"}',
    ],
)  # fmt: skip
def test_malformed_message_is_answered_and_changes_nothing(served, message):
    """One sentence back; the link stays open and the next tap works."""
    served.listen()
    before = len(served.told)
    with served.screen() as screen:
        screen.send(message)
        assert screen.until(lambda answer: "problem" in answer)["problem"].endswith(".")
        screen.send({"command": "strike", "value": "3"})
        served.wait_told(before + 1)
    assert served.told[before:] == [(CommandName.STRIKE, "3")]


def test_oversized_message_ends_the_link_only(wall):
    """More than a tap can be: this link is closed, the page goes on."""
    with wall.screen() as screen:
        screen.next()
        screen.send("x" * 100_000)
        assert screen.until_closed()[1].code == 1009
    with wall.screen() as screen:
        assert "hello" in screen.next()


def test_text_that_is_no_text_ends_the_link_only(wall):
    """A text message that is not UTF-8 is against the protocol."""
    with wall.screen() as screen:
        screen.socket.send(b"\xff\xfe", text=True)
        assert screen.until_closed()[1].code == 1007
    with wall.screen() as screen:
        assert "hello" in screen.next()


def test_taps_are_limited(wall):
    """A page gone wild is told to wait; what it sent beyond the limit does not reach the session."""
    wall.listen()
    with wall.screen() as screen:
        for _ in range(200):
            screen.send({"command": "mark"})
        assert "Too many" in screen.until(lambda message: "problem" in message)["problem"]
    assert 20 <= len(wall.wait_told(20)) < 100


def test_request_that_never_ends_is_closed(wall, monkeypatch):
    """A connection that sends its request a byte at a time, or nothing, is closed after a while."""
    monkeypatch.setattr(server, "REQUEST_S", 0.2)
    for beginning in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "):
        with socket.create_connection(("127.0.0.1", wall.address.port), LONGEST_WAIT_S) as slow:
            slow.sendall(beginning)
            with contextlib.suppress(ConnectionResetError):
                assert slow.recv(100) == b""


def test_header_without_end_is_refused(served):
    """Headers are bounded."""
    with socket.create_connection(("127.0.0.1", served.address.port), LONGEST_WAIT_S) as greedy:
        greedy.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 20_000)
        assert b" 400 " in greedy.recv(100)


def test_strangers_noise_prints_nothing(served, capfd):
    """Nonsense on the port is no news for the person at the terminal."""
    for noise in (b"\x16\x03\x01\x00\xa5", b"GET\r\n\r\n", b"\r\n" * 100, b"GET / HTTP/9.9\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", served.address.port), LONGEST_WAIT_S) as stranger:
            stranger.sendall(noise)
            stranger.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                while stranger.recv(4096):
                    pass
    with served.screen() as screen:
        assert "hello" in screen.next()
    assert capfd.readouterr() == ("", "")


def test_page_that_fails_is_given_up_and_the_set_goes_on(wall, monkeypatch, caplog):
    """One warning, the screens are let go, and handing over goes on doing nothing."""
    monkeypatch.setattr(Scene, "take", lambda *_: 1 / 0)
    with wall.screen() as screen:
        screen.next()
        wall.handle(counted(1))
        screen.until_closed()
    for number in range(2, 5):
        wall.handle(counted(number))
    assert [record.message for record in caplog.records] == ["The page failed; the set goes on."]
