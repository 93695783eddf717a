"""One setting over a range of values: `KEY=FROM:TO:STEP`, for a curve of what it changes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from tracker.core.config import Config, parse_assignment, settings, with_settings
from tracker.errors import ConfigError

MOST_VALUES = 200  # finer than any threshold can be told apart, and a ten-minute session is judged so often in seconds
_EXAMPLE = "Example: --sweep checks.level_fault_deg=6:14:1"


@dataclass(frozen=True, slots=True)
class Sweep:
    """The setting `key` and its values, in the order asked for."""

    key: str
    values: tuple[float, ...]

    def configs(self, config: Config) -> Iterator[tuple[float, Config]]:
        """Each value with `config` at that value. Raises ConfigError where a value makes no sense."""
        for value in self.values:
            yield value, with_settings(config, {self.key: value})


def parse_sweep(text: str) -> Sweep:
    """The sweep that `KEY=FROM:TO:STEP` names; TO is included, STEP may point down. Raises ConfigError."""
    key, span = parse_assignment(text)
    stored = {item.key: item.value for item in settings()}
    if key not in stored:
        with_settings(Config(), {key: 0})  # says what is meant
    if not isinstance(stored[key], float):
        raise ConfigError(f"'{key}' is no number, so it can not be swept.", hint="Use --set to change it.")
    try:
        first, last, step = (float(word) for word in span.split(":"))
    except ValueError as error:
        raise ConfigError(f"'{span}' is not FROM:TO:STEP, three numbers.", hint=_EXAMPLE) from error
    if not all(map(math.isfinite, (first, last, step))) or not step or (last - first) / step < 0:
        raise ConfigError(f"Steps of {step:g} do not lead from {first:g} to {last:g}.", hint=_EXAMPLE)
    steps = (last - first) / step + 1e-9  # 0.3 is three steps of 0.1, whatever binary fractions say
    if steps >= MOST_VALUES:
        raise ConfigError(f"'{span}' is more than {MOST_VALUES} values.", hint="Take a larger step.")
    return Sweep(key, tuple(round(first + number * step, 9) for number in range(int(steps) + 1)))
