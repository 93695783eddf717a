"""What `tracker doctor` looks at: each check looks, and says what it found and how to mend it."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from enum import StrEnum
from importlib import metadata
from typing import NamedTuple

from tracker import __version__
from tracker.commands.watching import DEFAULT_PORT
from tracker.errors import BluetoothUnavailable, TrackerError
from tracker.serving.address import bind
from tracker.sessions import session_root
from tracker.sources.ble_adapters import adapters
from tracker.sources.ble_choice import choose_sensor
from tracker.sources.ble_errors import unavailable
from tracker.sources.ble_scan import listen
from tracker.sources.remembered import remembered_sensor

# What is most often asked for when something does not work.
_PACKAGES = ("bleak", "numpy", "scipy", "pandas", "vqf")
_SCAN_S = 1.0  # long enough for the system to refuse
_SEARCH_S = 4.0  # sensors advertise every 0.02-1 s, and an adapter listens about half of the time
# An hour of packets takes 10-25 MB until it is packed: below a few hours' worth a session may not fit.
_LEAST_BYTES, _FEW_BYTES = 100_000_000, 1_000_000_000


class State(StrEnum):
    """How it is."""

    OK = "ok"
    NOTE = "note"
    FAIL = "FAIL"


class Finding(NamedTuple):
    """What was looked at, how it is, what was found, and the mend."""

    what: str
    state: State
    found: str
    mend: str = ""


def versions() -> Finding:
    """The program, Python and the libraries that matter most, for asking for help with."""
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            return Finding("versions", State.FAIL, f"the package {name} is missing.", "Install the program anew.")
    python = f"tracker {__version__}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    return Finding("versions", State.OK, f"{python}; {', '.join(found)}.")


async def bluetooth(adapter: str | None) -> list[Finding]:
    """The message bus, each adapter, the permission, and whether the sensor used last is heard."""
    try:
        found = await _adapters(adapter)
    except BluetoothUnavailable as error:
        return [_refused(error)]
    if any(finding.state is State.FAIL for finding in found):
        return found
    try:
        return [*found, *await _heard(adapter)]
    except BluetoothUnavailable as error:
        return [*found, _refused(error)]


async def _adapters(wanted: str | None) -> list[Finding]:
    """Raises BluetoothUnavailable where nobody answers. Empty where the system does not list adapters."""
    if sys.platform != "linux":
        return []
    found = await adapters()
    findings = [Finding("D-Bus", State.OK, "the message bus and the Bluetooth service answer.")]
    if not found:
        none = unavailable("no_adapter")
        return [*findings, Finding("adapter", State.FAIL, none.message, none.hint)]
    used = wanted or next((item.name for item in found if item.is_powered), found[0].name)
    for item in found:
        about = ", ".join(filter(None, (item.title, item.address)))
        name = f"{item.name} ({about})" if about else item.name
        if item.is_powered:
            findings.append(Finding("adapter", State.OK, f"{name} is on{'' if item.name == used else ', not used'}."))
        else:
            state = State.FAIL if item.name == used else State.NOTE
            findings.append(Finding("adapter", state, f"{name} is off.", unavailable("powered_off").hint))
    if used not in {item.name for item in found}:
        missing = unavailable("adapter")
        names = ", ".join(item.name for item in found)
        findings.append(
            Finding("adapter", State.FAIL, f"there is no {used}.", f"{missing.message} There are: {names}.")
        )
    return findings


async def _heard(adapter: str | None) -> list[Finding]:
    """By starting a scan as a session would: nothing else tells whether that is allowed."""
    last = remembered_sensor()
    if last is None:
        await listen(adapter, duration_s=_SCAN_S)
        sensor = Finding("sensor", State.NOTE, "none was used yet.", "`tracker scan` lists those in range.")
    else:
        name = last.name or last.address
        try:
            choice = await choose_sensor(last.address, last, adapter=adapter, search_s=_SEARCH_S)
        except BluetoothUnavailable:
            raise
        except TrackerError as error:
            sensor = Finding("sensor", State.NOTE, f"{name}, used last, is not heard.", error.hint)
        else:
            signal = choice.sensor.signal_dbm
            how = "is connected already." if signal is None else f"is in range ({signal} dBm)."
            sensor = Finding("sensor", State.OK, f"{name}, used last, {how}")
    return [Finding("permission", State.OK, "this program may use Bluetooth."), sensor]


def _refused(error: BluetoothUnavailable) -> Finding:
    what = {"denied": "permission", "no_bus": "D-Bus", "no_service": "D-Bus"}.get(error.reason, "adapter")
    return Finding(what, State.FAIL, error.message, error.hint)


def data_folder() -> Finding:
    """Where sessions go: writable, with room."""
    root = session_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            pass
        free_bytes = shutil.disk_usage(root).free
    except OSError as error:
        mend = "Make it writable, or name another folder in the environment variable TRACKER_HOME."
        return Finding("data folder", State.FAIL, f"{root} can not be written: {error.strerror or error}.", mend)
    room = f"{free_bytes / 1e9:.1f} GB free" if free_bytes >= _FEW_BYTES else f"{free_bytes / 1e6:.0f} MB free"
    state = State.OK if free_bytes >= _FEW_BYTES else State.NOTE if free_bytes >= _LEAST_BYTES else State.FAIL
    mend = "" if state is State.OK else "Make room: an hour takes up to 25 MB while it is recorded."
    return Finding("data folder", state, f"{root} is writable, {room}.", mend)


def page() -> Finding:
    """Whether the page on the wall finds its port."""
    try:
        address = bind(DEFAULT_PORT, is_open=False)
    except TrackerError as error:
        return Finding("page", State.FAIL, error.message, error.hint)
    address.listener.close()
    if address.port == DEFAULT_PORT:
        return Finding("page", State.OK, f"port {DEFAULT_PORT} is free: {address.url}")
    found = f"port {DEFAULT_PORT} is taken, perhaps by another session; the page would be at {address.url}"
    return Finding("page", State.NOTE, found, "--port chooses.")


def sound() -> Finding:
    """Rings the terminal's bell, which is what is left where no page is open."""
    speaks = "the page speaks and rings; without it the terminal's bell rings"
    if not sys.stderr.isatty():
        return Finding("sound", State.NOTE, f"{speaks}, but here is no terminal.")
    sys.stderr.write("\a")
    sys.stderr.flush()
    mend = "If you heard nothing, turn it on in the terminal's settings."
    return Finding("sound", State.OK, f"{speaks}, as it did now.", mend)
