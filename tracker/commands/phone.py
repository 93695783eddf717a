"""A phone as the sensor: its options, and the words that bring an app to send. The apps' ways are `sources/phone_*`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from tracker.commands.options import Command, packed

if TYPE_CHECKING:
    from tracker.core.config import Config
    from tracker.sources.phone_stream import PhoneLink

PHONES = ("phyphox", "sensorlogger", "sensorserver", "browser")
SYSTEMS = ("android", "ios", "ios-standardised")  # a test compares them with `sources.phone_push`
PLACES = ("waistband", "pocket")
DEFAULT_PORT = 8430  # beside the page on the wall
_PORT_HINT = "Name another with --phone-port."

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Phoning:
    """--phone and what belongs to it, as given."""

    phone: str | None
    phone_address: str | None
    phone_port: int
    phone_system: str | None
    place: str

    def applied_to(self, config: Config) -> Config:
        """A phone on the thigh counts, and nothing is judged."""
        from tracker.core.config import with_settings

        return config if self.is_judged else with_settings(config, {"checks.on_pelvis": False})

    @property
    def is_judged(self) -> bool:
        """False where it is worn too far from the pelvis to judge anything."""
        return self.place == PLACES[0]


def phone_options(command: Command) -> Command:
    """Add --phone, --phone-address, --phone-port, --phone-system and --place; the verb gets them as `phoning`."""
    options = (
        click.option("--phone", type=click.Choice(PHONES), help="Use a phone as the sensor, by this app."),
        click.option(
            "--phone-address",
            "phone_address",
            metavar="HOST[:PORT]",
            help="Where the phone is, as its app shows it (sensorserver: needed; phyphox: found by the QR code).",
        ),
        click.option(
            "--phone-port",
            "phone_port",
            metavar="PORT",
            type=click.IntRange(0, 65535),
            default=DEFAULT_PORT,
            show_default=True,
            help="Where this computer listens for the phone; the next free port if it is taken.",
        ),
        click.option(
            "--phone-system",
            "phone_system",
            type=click.Choice(SYSTEMS),
            help="Which phone it is, where its app does not tell.",
        ),
        click.option(
            "--place",
            type=click.Choice(PLACES),
            default=PLACES[0],
            show_default=True,
            help="Where the sensor is worn: in a trouser pocket it sits on the thigh, and reps are only counted.",
        ),
    )
    return packed(
        command, "phoning", Phoning, ("phone", "phone_address", "phone_port", "phone_system", "place"), options
    )


def phone_link(phoning: Phoning, say: Say) -> PhoneLink:
    """The link for this app, and what the person has to do, said. Raises TrackerError, UsageError."""
    match phoning.phone:
        case "phyphox":
            return _phyphox(phoning, say)
        case "sensorlogger":
            return _sensor_logger(phoning, say)
        case "sensorserver":
            return _sensorserver(phoning, say)
        case _:
            return _browser(phoning, say)


def place_sentence(phoning: Phoning) -> str:
    """Where it is worn, and what that means."""
    if phoning.is_judged:
        return "It is worn at the back of the waistband, screen outwards, held tightly."
    return "In the front pocket it sits on the thigh: reps are counted, nothing is judged."


def _phyphox(phoning: Phoning, say: Say) -> PhoneLink:
    from tracker.serving.address import bind, qr_lines
    from tracker.sources.phone_experiment import ServedExperiment
    from tracker.sources.phone_phyphox import PhyphoxLink

    served = ServedExperiment(bind(phoning.phone_port, is_open=True, hint=_PORT_HINT))
    say("1. On the phone open phyphox, tap +, then the QR code, and scan the one below.")
    say("   Phone and computer must be in the same network.")
    say(f"   (Without a camera: open {served.url} on the phone.)")
    say("2. In the menu of the experiment (three dots) switch on `Allow remote access`.")
    say("   It is started from here.")
    _wearing(phoning, say, "3.", "Leave the screen on.")
    _draw(qr_lines(served.url), say)
    return PhyphoxLink(phoning.phone_address or "", served=served)


def _sensor_logger(phoning: Phoning, say: Say) -> PhoneLink:
    from tracker.serving.address import bind, qr_lines
    from tracker.sources.phone_push import SensorLoggerLink

    link = SensorLoggerLink(bind(phoning.phone_port, is_open=True, hint=_PORT_HINT), system=phoning.phone_system or "")
    say("1. In Sensor Logger switch on Gyroscope and Total Acceleration (Android),")
    say("   or Accelerometer, Gravity and Gyroscope (iPhone), at 100 Hz or faster.")
    say("2. In its settings for data streaming switch HTTP Push on, with this Push URL")
    say("   (the code below is the same, to be copied by the phone's camera):")
    say(f"   {link.push_url}")
    _wearing(phoning, say, "3. Start recording.", "Leave the screen on.")
    say("   Counts come about 1 s late, because the app sends in batches.")
    if phoning.phone_system is None:
        say("   (What it sends tells which phone it is; --phone-system overrides.)")
    _draw(qr_lines(link.push_url), say)
    return link


def _sensorserver(phoning: Phoning, say: Say) -> PhoneLink:
    from tracker.sources.phone_sensorserver import SensorServerLink

    if not phoning.phone_address:
        raise click.UsageError("--phone sensorserver needs --phone-address HOST:PORT, as the app shows it.")
    link = SensorServerLink(phoning.phone_address)
    say("1. In SensorServer set the sampling rate to 0 (fastest) in the settings,")
    say("   and start the server.")
    _wearing(phoning, say, "2.", "Leave the screen on.")
    return link


def _browser(phoning: Phoning, say: Say) -> PhoneLink:
    from tracker.serving.address import bind
    from tracker.sources.phone_browser import BrowserLink
    from tracker.sources.phone_certificate import tls_for

    address = bind(phoning.phone_port, is_open=True, scheme="https", hint=_PORT_HINT)
    tls = tls_for([address.host, *sorted(address.own_names), "127.0.0.1", "localhost"])
    say("1. Scan the code below with the phone's camera,")
    say(f"   or type {address.url}")
    say("   Phone and computer must be in the same network.")
    say("2. The phone warns that the connection is not private, because this computer")
    say("   made its certificate just now.")
    say("   iPhone: Show Details, then `visit this website`.")
    say("   Android: Advanced, then `Proceed`.")
    say("3. Tap Start; an iPhone then asks for motion: Allow.")
    _wearing(phoning, say, "4.", "Leave the page in front and the screen on.")
    _draw(address.qr_lines(), say)
    return BrowserLink(address, tls=tls)


def _wearing(phoning: Phoning, say: Say, begin: str, and_then: str) -> None:
    """The step of putting it on."""
    where = "at the back of the waistband, screen outwards" if phoning.is_judged else "into the front pocket"
    say(f"{begin} Put the phone {where}.")
    say(f"   {and_then}")


def _draw(code: str, say: Say) -> None:
    """Last of all, so that the whole code stays in sight on a terminal of 24 lines."""
    with contextlib.suppress(UnicodeEncodeError):
        say(code)
