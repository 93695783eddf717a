import io
import signal
import sys

import pytest

from tests.keys.terminal import in_terminal
from tracker.keys import KeyReader, pressed_keys

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo terminal is a thing of Unix")

# Says each key on a line of its own until q, then how the terminal is set.
PROGRAM = """
import queue, sys, termios
from tracker.keys import pressed_keys
keys = queue.Queue()
before = termios.tcgetattr(0)
with pressed_keys(keys.put) as is_listening:
    print("listening", is_listening, flush=True)
    while is_listening and (key := keys.get()) != "q":
        print(repr(key), flush=True)
print("restored", termios.tcgetattr(0) == before, flush=True)
"""


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"l", ["l"]),
        (b" lr", [" ", "l", "r"]),
        (b"\x1b[A\x1b[D", ["up", "left"]),
        (b"\x1bOC", ["right"]),
        (b"\x1b", ["escape"]),
        (b"\x1b[15~x", ["x"]),
        (b"\r\n\x7f\t", ["enter", "enter", "backspace", "tab"]),
        ("é".encode(), ["é"]),
        (b"\xff\xfe", []),
        (b"", []),
    ],
)
def test_bytes_to_keys(data, keys):
    """Letters are themselves, other keys have names, what nobody knows is dropped."""
    assert KeyReader().keys(data) == keys


def test_a_character_in_pieces():
    """A character whose bytes come one by one is one key."""
    reader = KeyReader()
    assert [reader.keys(bytes([byte])) for byte in "é".encode()] == [[], ["é"]]


def test_no_terminal_no_keys(monkeypatch):
    """A pipe or nothing at all for input: it says so and reads nothing."""
    for stdin in (io.StringIO("llq"), None):
        monkeypatch.setattr("sys.stdin", stdin)
        with pressed_keys(pytest.fail) as is_listening:
            assert not is_listening


@unix_only
def test_keys_come_without_enter_and_the_terminal_is_restored():
    """Each key arrives alone, nothing is echoed, and afterwards the terminal is as it was."""

    def say(write, read_until):
        read_until(b"listening True")
        for key, shown in ((b" ", b"' '"), (b"l", b"'l'"), (b"\x1b[C", b"'right'")):
            write(key)
            read_until(shown)
        write(b"q")
        read_until(b"restored True")

    shown, code = in_terminal(["-c", PROGRAM], say)
    assert code == 0
    assert shown.split() == [b"listening", b"True", b"'", b"'", b"'l'", b"'right'", b"restored", b"True"]


@unix_only
def test_ctrl_c_is_no_key():
    """Ctrl-C still stops the program, and the terminal is restored on the way out."""

    def say(write, read_until):
        read_until(b"listening True")
        write(b"\x03")
        read_until(b"KeyboardInterrupt")

    _, code = in_terminal(["-c", PROGRAM], say)
    assert code == -signal.SIGINT
