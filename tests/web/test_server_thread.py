"""The thread in which a server runs: it comes up or says so, does the last thing, and ends."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest
from starlette.applications import Starlette

from tracker.errors import TrackerError
from tracker.serving.address import bind
from tracker.serving.server import server
from tracker.serving.server_thread import ServerThread

LONGEST_S = 30.0


@pytest.fixture
def address():
    return bind(0, is_open=False)


@pytest.fixture
def serving(address):
    thread = ServerThread(server(Starlette(), largest_message=100), address.listener, title="page")
    thread.start(hint="Do without.")
    yield thread
    thread.end()


def is_reached(address):
    try:
        socket.create_connection(("127.0.0.1", address.port), LONGEST_S).close()
    except ConnectionError:
        return False
    return True


def test_last_thing_is_done_before_the_end(serving, address):
    """The server still runs while it is done, and is gone afterwards."""
    reached = []

    async def last():
        reached.append(is_reached(address))

    serving.end(last)
    assert reached == [True]
    assert not is_reached(address)


def test_last_thing_that_fails_ends_it_as_well(serving, address, caplog):
    """Nobody waits for a goodbye that can not be said; one warning tells of it."""

    async def last():
        raise ZeroDivisionError

    serving.end(last)
    assert not is_reached(address)
    assert [record.message for record in caplog.records] == ["The page failed; the set goes on."]


def test_work_is_done_in_the_servers_thread(serving):
    """Without waiting for it; after the end it is left."""
    done, names = threading.Event(), []
    serving.soon(lambda: (names.append(threading.current_thread().name), done.set()))
    assert done.wait(LONGEST_S)
    serving.end()
    serving.soon(names.append, "too late")
    assert names == ["page"]


def test_server_that_does_not_come_up_is_one_sentence(address, monkeypatch, caplog):
    """What is wrong stands in the log, what to do in the error, and its socket is closed."""
    http = server(Starlette(), largest_message=100)

    async def fails(sockets):
        raise OSError(len(sockets))

    monkeypatch.setattr(http, "startup", fails)
    with pytest.raises(TrackerError, match=r"The page could not be served\.") as caught:
        ServerThread(http, address.listener, title="page").start(hint="Do without.")
    assert caught.value.hint == "Do without."
    assert [record.message for record in caplog.records] == ["The page failed; the set goes on."]
    assert address.listener.fileno() < 0


def test_what_is_sent_leaves_at_once():
    """Connections wait for no acknowledgement before they send a small message: 40 ms where it is late."""
    found = []

    async def serve():
        address = bind(0, is_open=False)

        async def answer(_reader, writer):
            found.append(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(answer, sock=address.listener):
            reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
            await reader.read()
            writer.close()

    asyncio.run(serve())
    assert found[0] != 0
