"""Blocks of the README between `<!-- made: NAME -->` and `<!-- end -->`, each made from the code it describes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import click

from tracker.cli import VERBS, main
from tracker.core import checks, config, events
from tracker.core.segmentation import TRANSITIONS

README = Path(__file__).parents[2] / "README.md"
_BLOCK = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def updated(text: str) -> str:
    """The text with every made block as the code is now."""
    return _BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}\n{found[3]}", text)


def commands() -> str:
    """A row a verb: what it does and its options."""
    rows = ["| verb | does | options |", "|---|---|---|"]
    if not isinstance(main, click.Group):
        raise TypeError("the command line is a group of verbs")
    for name, says in VERBS.items():
        verb = main.get_command(click.Context(main), name)
        if verb is None:
            raise LookupError(name)
        options = [f"`{item.opts[-1]}`" for item in verb.params if isinstance(item, click.Option)]
        rows.append(f"| `{name}` | {says} | {' '.join(options)} |")
    return "\n".join(rows)


def settings() -> str:
    """A row a setting, its default and why."""
    rows = ["| key | default | why |", "|---|---|---|"]
    rows += [f"| `{item.key}` | {_shown(item.value)} | {item.why} |" for item in config.settings()]
    return "\n".join(rows)


def profiles() -> str:
    """A row a threshold that some profile changes."""
    keys = list(dict.fromkeys(key for values in config.PROFILES.values() for key in values))
    names = list(config.PROFILES)
    rows = [f"| key | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    trees = [dict(_items(config.with_profile(config.Config(), name))) for name in names]
    rows += [f"| `{key}` | {' | '.join(_shown(tree[key]) for tree in trees)} |" for key in keys]
    return "\n".join(rows)


def check_table() -> str:
    """A row a check, from the table that judges."""
    limits = config.Config().checks
    rows = ["| check | number | good | fault | cue |", "|---|---|---|---|---|"]
    for check in checks.TABLE:
        good, fault = ("<=", ">") if check.sign > 0 else (">=", "<")
        worst = check.fault(limits)
        shown = f"{fault} {worst:g}" if worst != float("inf") else "-"
        number = f"`{check.metric}` [{check.unit}]"
        rows.append(f"| {check.name} | {number} | {good} {check.good(limits):g} | {shown} | {check.cue} |")
    return "\n".join(rows)


def event_table() -> str:
    """A row an event: its name on the wire, its fields, what it says."""
    kinds = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event)]
    rows = ["| event | fields beside `t_s`, `known_s` | says |", "|---|---|---|"]
    for kind in kinds:
        if kind is events.Event:
            continue
        name = events.event_name_of(kind)
        fields = [f"`{item.name}`" for item in dataclasses.fields(kind) if item.name not in ("t_s", "known_s")]
        first = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
        rows.append(f"| `{name}` | {' '.join(fields) or '-'} | {first} |")
    return "\n".join(rows)


def states() -> str:
    """The counting machine as a diagram."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> low: lying still at the bottom"]
    for start, when, end, then in TRANSITIONS:
        lines.append(f"    {start} --> {end}: {when}{f' / {then}' if then else ''}")
    return "\n".join([*lines, "```"])


def _items(tree: config.Config) -> list[tuple[str, object]]:
    return [(item.key, item.value) for item in config.settings(tree)]


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower()


BLOCKS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "profiles": profiles,
    "checks": check_table,
    "events": event_table,
    "states": states,
}
