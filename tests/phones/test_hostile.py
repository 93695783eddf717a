"""A hostile client at the phone's address neither stops a running set nor grows memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import socket
import ssl
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.core.simulated import calm
from tests.phones.live import run_session
from tests.phones.motion import counted, motion_of
from tests.phones.push_phone import PushingPhone
from tracker.core.model import Side
from tracker.serving import server as serving
from tracker.serving.address import bind
from tracker.serving.listener import MOST_OPEN_FROM_ONE
from tracker.sources import phone_receiver
from tracker.sources.inbox import Inbox
from tracker.sources.phone_certificate import tls_for
from tracker.sources.phone_push import SensorLoggerLink
from tracker.sources.phone_receiver import LARGEST_MESSAGE, File, Receiver
from tracker.sources.simulator import SetPlan

LONGEST_S = 30.0


@pytest.fixture
def receiver():
    """A receiver whose messages are collected."""
    taken = []

    def take(body):
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            return "no JSON"
        taken.append(body)
        return ""

    one = Receiver(bind(0, is_open=True), take, files={"": File(b"hello", "text/plain")}, message_path="push")
    one.taken = taken
    one.start()
    yield one
    one.close()


def opened(address):
    return socket.create_connection(("127.0.0.1", address.port), LONGEST_S)


def stranger(address, number):
    """A connection from another address of this computer."""
    return socket.create_connection(("127.0.0.1", address.port), LONGEST_S, (f"127.0.0.{number}", 0))


def handles():
    """How many this process has open (Linux)."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def request(address, path, *, method="GET", body=b"", host=None):
    """One request on a connection of its own; the status, 0 where the connection was closed without a word."""
    host = host or f"127.0.0.1:{address.port}"
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
    with opened(address) as client:
        answer = b""
        with contextlib.suppress(ConnectionError):
            client.sendall(head.encode() + b"\r\n" + body)
        with contextlib.suppress(ConnectionError):
            while b"\r\n" not in answer and (chunk := client.recv(4096)):
                answer += chunk
    return int(answer.split()[1]) if answer else 0


def test_only_with_the_key_and_by_its_own_name(receiver):
    """Files and messages need the key in the path and a host that is this computer."""
    address = receiver.address
    assert request(address, f"/{address.key}/") == 200
    assert request(address, "/") == 403
    assert request(address, "/wrongwrong/push", method="POST", body=b"{}") == 403
    assert request(address, f"/{address.key}/", host=f"evil.example:{address.port}") == 403
    assert request(address, f"/{address.key}/other", method="POST", body=b"{}") == 404
    assert request(address, f"/{address.key}/push", method="POST", body=b"{}") == 200
    assert receiver.taken == [b"{}"]


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[" * 100_000, b"9" * 100_000, b"\xff\xfe", b"{" * 500_000])
def test_what_is_no_message_is_refused(receiver, body):
    """Garbage, deep nesting and huge numbers are 400, and the server goes on."""
    address = receiver.address
    assert request(address, f"/{address.key}/push", method="POST", body=body) == 400
    assert request(address, f"/{address.key}/push", method="POST", body=b"{}") == 200


@pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: other systems have one loopback address")
@pytest.mark.parametrize("is_secure", [True, False])
def test_strangers_who_say_nothing_take_no_handles(is_secure):
    """A thousand connections without a word, over TLS without a greeting: few stay open, and the phone is served."""
    address = bind(0, is_open=True, scheme="https" if is_secure else "http")
    files = {"": File(b"hello", "text/plain")}
    tls = tls_for(["127.0.0.1"]) if is_secure else None
    one = Receiver(address, lambda _body: "", files=files, message_path="push", tls=tls)
    one.start()
    silent = []
    before = handles()
    try:
        silent += [stranger(address, 4) for _ in range(300)]
        if is_secure:
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            url = f"https://127.0.0.1:{address.port}/{address.key}/"
            with urllib.request.urlopen(url, timeout=LONGEST_S, context=trusting) as answer:
                assert answer.read() == b"hello"
        else:
            assert request(address, f"/{address.key}/") == 200
        ours = len(silent)  # this process has both ends
        assert handles() - before - ours <= MOST_OPEN_FROM_ONE + 8
    finally:
        for client in silent:
            client.close()
        one.close()


def test_what_a_busy_computer_did_not_take_is_said(receiver):
    """503, so that whoever sent it sends it again; never `ok` for what is thrown away."""
    address = receiver.address
    receiver._take = lambda _body: phone_receiver.BUSY
    assert request(address, f"/{address.key}/push", method="POST", body=b"{}") == 503

    async def underway():
        handover, done = phone_receiver.Handover(), []
        taken = [handover.call(lambda: done.append(1)) for _ in range(phone_receiver._MOST_UNDERWAY + 9)]
        assert taken.count(False) == 9
        await asyncio.sleep(0)
        assert len(done) == phone_receiver._MOST_UNDERWAY
        assert handover.call(lambda: None)

    asyncio.run(underway())


def test_numbers_beyond_any_size_are_no_batch():
    """A charge with 400 digits is refused like all else that makes no sense."""
    huge = '{"sessionId":"a","messageId":0,"payload":[{"name":"battery","time":1,"values":{"batteryLevel":1%s}}]}'
    link = SensorLoggerLink(bind(0, is_open=True))
    key = link._address.key

    async def asked():
        running = asyncio.create_task(link.run(Inbox(time.monotonic), print))
        await asyncio.sleep(0)
        body = (huge % ("0" * 400)).encode()
        status = await asyncio.to_thread(request, link._address, f"/{key}/push", method="POST", body=body)
        seen = await asyncio.to_thread(request, link._address, f"/{key}/push")
        running.cancel()
        await asyncio.wait({running})
        return status, seen

    assert asyncio.run(asked()) == (400, 200)


def test_a_gigabyte_is_not_read(receiver):
    """A body that never ends is cut off at the limit, announced or not."""
    address = receiver.address
    path = f"/{address.key}/push"
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with opened(address) as client:
        client.sendall(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{address.port}\r\nContent-Length: 1000000000\r\n\r\n".encode()
        )
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 1 << 30:
                sent += client.send(b"x" * 65536)
    assert sent < LARGEST_MESSAGE + (64 << 20)  # what the system's buffers take
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 100_000
    assert request(address, path, method="POST", body=b"{}") == 200


def test_slow_bodies_are_given_up(receiver, monkeypatch):
    """A byte now and then, in the head or in the body: the connection is closed."""
    monkeypatch.setattr(phone_receiver, "BODY_S", 0.3)
    monkeypatch.setattr(serving, "REQUEST_S", 0.3)
    address = receiver.address
    whole = f"POST /{address.key}/push HTTP/1.1\r\nHost: 127.0.0.1:{address.port}\r\nContent-Length: 900\r\n\r\n{{"
    for beginning in (whole, whole[:20], ""):
        with opened(address) as client:
            client.sendall(beginning.encode())
            with contextlib.suppress(ConnectionError):
                answer = client.recv(100)
                assert answer == b"" or b" 408 " in answer


def test_guessing_keys_is_not_listened_to(receiver):
    """After twenty wrong keys an address gets no answer at all, for a while."""
    address = receiver.address
    answers = [request(address, f"/guess{number}/push", method="POST", body=b"{}") for number in range(40)]
    assert answers[:20] == [403] * 20
    assert set(answers[21:]) == {0}


def sent_until_closed(receiver, message, times):
    """Send over a WebSocket; True if the server closed it."""
    address = receiver.address
    url = f"ws://127.0.0.1:{address.port}/{address.key}/push"
    try:
        with connect(url, compression=None, proxy=None, max_size=None) as client:
            for _ in range(times):
                client.send(message)
            client.recv(timeout=LONGEST_S)
    except WebSocketException:
        return True
    return False


def test_ten_thousand_messages_a_second(receiver):
    """A flood with the right key is thinned to what a phone could send, and the connection is closed."""
    assert sent_until_closed(receiver, "{}", 20_000)
    assert len(receiver.taken) < 1000


def test_frames_that_are_too_large(receiver):
    """A WebSocket message of megabytes closes its connection."""
    assert sent_until_closed(receiver, "x" * (LARGEST_MESSAGE + 1), 1)
    assert receiver.taken == []


def test_a_set_goes_on_under_attack(tmp_path):
    """While a phone sends, strangers flood, stall and guess: every rep is counted, and memory stays flat."""
    motion = motion_of(calm(SetPlan(Side.LEFT, ((),) * 4)))
    link = SensorLoggerLink(bind(0, is_open=True))
    address = link._address
    is_over = threading.Event()

    def flood():
        while not is_over.is_set():
            with contextlib.suppress(OSError), stranger(address, 2) as client:
                client.sendall(b"POST /wrong/push HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}" * 50)
                client.settimeout(0.05)
                while client.recv(65536):
                    pass

    def stall():
        clients = []
        with contextlib.suppress(OSError):
            for _ in range(200):
                clients.append(stranger(address, 3))
                clients[-1].sendall(b"POST /")
        is_over.wait()
        for client in clients:
            client.close()

    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    phone = PushingPhone(motion, link.push_url, is_ios=True, speed=10.0)
    strangers = [threading.Thread(target=what, daemon=True) for what in (flood, stall)]
    phone.start()
    time.sleep(0.2)
    for one in strangers:
        one.start()
    ran = run_session(link, tmp_path, now_s=phone.now_s, motion=motion, is_over=lambda: phone.is_over)
    is_over.set()
    for one in strangers:
        one.join(LONGEST_S)
    assert counted(ran.happened) == motion.true_reps
    assert ran.happened[-1].missing_samples == 0
    assert set(phone.answers) == {200}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 150_000
