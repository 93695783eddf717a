"""Options that several verbs share. Imports nothing heavy, so that every verb's help is quick."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tracker.core.config import PROFILES, Config, parse_assignment, with_profile, with_settings
from tracker.core.plain_text import FORMULA_STARTS, LONGEST_LABEL, label
from tracker.core.sweep import Sweep, parse_sweep
from tracker.errors import ConfigError

if TYPE_CHECKING:
    from tracker.header import Header

Command = TypeVar("Command", bound=Callable[..., Any])

MAX_SPEED = "max"
# What --format takes: the keys of `decoders.exports`, here once more so that --help stays fast; a test compares them.
FORMATS = (
    "sensor_logger",
    "sensor_logger_ios",
    "sensorserver",
    "phyphox",
    "metabase",
    "movella_dot",
    "polar_sensor_logger",
    "witmotion",
    "movesense",
    "generic_csv",
)
BODYWEIGHT = "bodyweight"
LOAD_TYPES = (BODYWEIGHT, "dumbbell", "barbell", "landmine", "band", "sandbag")
_HEAVIEST_KG = 1000.0  # twice the heaviest hip thrust anybody filmed


class NumberRange(click.FloatRange):
    """Numbers from `min` to `max`; `nan`, which is on neither side of any bound, is none of them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. Raises BadParameter."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


@dataclass(frozen=True, slots=True)
class Judging:
    """--profile and --set as given."""

    profile: str | None
    assignments: tuple[str, ...]

    @property
    def is_given(self) -> bool:
        """True when anything departs from what is stored."""
        return self.profile is not None or bool(self.assignments)

    def applied_to(self, config: Config) -> Config:
        """`config` with the profile, then the single settings. Raises ConfigError."""
        if self.profile is not None:
            config = with_profile(config, self.profile)
        values = dict(parse_assignment(text) for text in self.assignments)
        return with_settings(config, values)


@dataclass(frozen=True, slots=True)
class Planned:
    """--target, --switch-rest and --rest as given; each is a setting, and None leaves it as it is."""

    target_reps: int | None
    switch_rest_s: float | None
    round_rest_s: float | None

    def applied_to(self, config: Config) -> Config:
        """`config` with what was planned. Raises ConfigError."""
        told = {f"sets.{item.name}": getattr(self, item.name) for item in fields(self)}
        return with_settings(config, {key: value for key, value in told.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Declared:
    """What the person says of the session and no sensor can know; None = not said."""

    side: str | None
    load_kg: float | None
    load_type: str | None
    athlete: str | None

    def __post_init__(self) -> None:
        if self.load_kg and self.load_type == BODYWEIGHT:
            raise click.UsageError("--load-type bodyweight is without a load: leave --load away, or say what it is.")

    @property
    def is_given(self) -> bool:
        """True when anything was said."""
        return any(getattr(self, item.name) is not None for item in fields(self))

    def applied_to(self, header: Header) -> Header:
        """The header with what was said."""
        if self.load_kg is not None:
            header = replace(header, load_kg=self.load_kg)
        if self.load_type is not None:
            takes_back = self.load_type == BODYWEIGHT and header.load_kg > 0  # a load that was said before
            header = replace(header, load_type=self.load_type, load_kg=0.0 if takes_back else header.load_kg)
        if self.athlete is not None:
            header = replace(header, athlete=self.athlete)
        if self.side is not None:
            header = replace(header, side_plan=self.side)
        return header


def judging_options(command: Command) -> Command:
    """Add --profile and --set; the verb gets both as `judging`."""
    profile = click.option(
        "--profile", type=click.Choice(list(PROFILES)), help="How strictly to judge (default: default, or as recorded)."
    )
    assignment = click.option(
        "--set", "assignments", metavar="KEY=VALUE", multiple=True, help="Change one setting; see `tracker settings`."
    )
    return packed(command, "judging", Judging, ("profile", "assignments"), (profile, assignment))


def planned_options(command: Command) -> Command:
    """Add --target, --switch-rest and --rest; the verb gets them as `planned`."""
    options = (
        click.option(
            "--target", "target_reps", metavar="REPS", type=click.IntRange(1, 999), help="Reps wanted a side."
        ),
        click.option(
            "--switch-rest",
            "switch_rest_s",
            metavar="SECONDS",
            type=NumberRange(0, 3600),
            help="Rest from one leg to the other (default: 30; 0 = no limit).",
        ),
        click.option(
            "--rest",
            "round_rest_s",
            metavar="SECONDS",
            type=NumberRange(0, 3600),
            help="Rest after both legs, or after each set of one leg (default: 90; 0 = no limit).",
        ),
    )
    return packed(command, "planned", Planned, ("target_reps", "switch_rest_s", "round_rest_s"), options)


def declared_options(command: Command) -> Command:
    """Add --side, --load, --load-type and --athlete; the verb gets them as `declared`."""
    options = (
        click.option(
            "--side", type=click.Choice(["left", "right", "alternate"]), help="The working leg, or changing every set."
        ),
        click.option("--load", "load_kg", metavar="KG", type=NumberRange(0, _HEAVIEST_KG), help="External load in kg."),
        click.option("--load-type", type=click.Choice(LOAD_TYPES), help="What the load is."),
        click.option("--athlete", metavar="NAME", callback=_name, help="Who it was; stands in the reports."),
    )
    return packed(command, "declared", Declared, ("side", "load_kg", "load_type", "athlete"), options)


def _name(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """A name as it can stand in tables, pages and terminals; what can not is said, not changed."""
    if text is None:
        return None
    line = " ".join(text.split())
    if line != label(text) or len(text.strip().splitlines()) > 1:
        raise click.BadParameter(
            f"A name is one line of at most {LONGEST_LABEL} printable characters and begins with none of "
            f"{' '.join(FORMULA_STARTS)}, which spreadsheets take for formulas."
        )
    return line


def pace_of(speed: str) -> float:
    """How many times as fast as it was; 1 where the pace is not held at all."""
    return 1.0 if speed == MAX_SPEED else float(speed)


def speed_option(default: str) -> Callable[[Command], Command]:
    """Add --speed."""
    return click.option(
        "--speed",
        type=click.Choice(["1", "4", MAX_SPEED]),
        default=default,
        show_default=True,
        help="How fast to play: as it was, four times, or as fast as it goes.",
    )


def sweep_option(command: Command) -> Command:
    """Add --sweep; the verb gets a Sweep or None as `sweep`."""

    def parsed(_context: click.Context, _parameter: click.Parameter, text: str | None) -> Sweep | None:
        with wrong_usage_for_settings():
            return None if text is None else parse_sweep(text)

    return click.option(
        "--sweep",
        metavar="KEY=FROM:TO:STEP",
        callback=parsed,
        help="Count at each value of one setting instead: a curve.",
    )(command)


lsl_option = click.option(
    "--lsl", "is_lsl", is_flag=True, help="Stream samples and events to a laboratory (Lab Streaming Layer)."
)

started_at_option = click.option(
    "--started-at", metavar="TIME", help="When it began, ISO 8601 with offset, where the file does not tell."
)


def moment_of(text: str | None) -> datetime | None:
    """The moment that --started-at names, on the clock that it names; one without offset is local time."""
    if text is None:
        return None
    try:
        moment = _on_a_clock(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"'{text}' is no ISO 8601 time.", param_hint="--started-at") from error
    return moment


def _on_a_clock(moment: datetime) -> datetime:
    moment.astimezone(UTC)  # refuses what lies outside the calendar
    return moment.astimezone() if moment.tzinfo is None else moment


def format_option(command: Command) -> Command:
    """Add --format; the verb gets it as `kind`."""
    return click.option(
        "--format", "kind", type=click.Choice(FORMATS), help="What kind of file it is, where that is not found out."
    )(command)


json_option = click.option("--json", "as_json", is_flag=True, help="One event a line as JSON on stdout.")


def output_option(default: str) -> Callable[[Command], Command]:
    """Add -o; `default` says in words where things go without it."""
    return click.option(
        "-o",
        "--output",
        "folder",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False),
        help=f"Folder to write to (default: {default}).",
    )


@contextlib.contextmanager
def wrong_usage_for_settings() -> Iterator[None]:
    """A setting that does not exist on the command line is wrong usage (exit 2), not a broken file (exit 1)."""
    try:
        yield
    except ConfigError as error:
        raise click.UsageError(str(error)) from error


def packed(
    command: Command, name: str, kind: type[Any], fields: tuple[str, ...], options: tuple[Callable[[Any], Any], ...]
) -> Command:
    """Add options that go together; the verb gets them as one value of this kind."""

    @functools.wraps(command)
    def unpacked(*args: Any, **values: Any) -> Any:
        values[name] = kind(**{field: values.pop(field) for field in fields})
        return command(*args, **values)

    wrapped: Any = unpacked
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]
