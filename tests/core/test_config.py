"""Every setting: round trips, refusals in one sentence, contradictions, profiles."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.core.config import (
    PROFILES,
    Config,
    CountAt,
    Setting,
    from_dict,
    parse_assignment,
    to_dict,
    with_profile,
    with_settings,
)
from tracker.core.config import (
    settings as all_settings,
)
from tracker.errors import ConfigError

FREE = [item for item in all_settings() if item.key.split(".")[0] in {"timeline", "orientation", "sets", "lift"}]


def at(config: Config, key: str) -> object:
    return next(item.value for item in all_settings(config) if item.key == key)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from([item.key for item in FREE]), st.floats(1.0, 1.4), max_size=5))
def test_a_tree_survives_the_header_of_a_recording(values: dict[str, float]) -> None:
    """To JSON and back, whatever was set, gives the same tree."""
    try:
        config = with_settings(Config(), values)
    except ConfigError:
        return  # out of that setting's range
    assert from_dict(json.loads(json.dumps(to_dict(config)))) == config
    assert all(at(config, key) == value for key, value in values.items())


def test_settings_that_an_old_recording_does_not_have_take_their_default() -> None:
    """Settings are only ever added."""
    assert from_dict({}) == Config()
    assert from_dict({"checks": {"level_good_deg": 4}}) == with_settings(Config(), {"checks.level_good_deg": 4})


def test_a_group_that_is_no_object_is_refused() -> None:
    """A damaged header is said in words."""
    with pytest.raises(ConfigError, match="The configuration group 'checks' is not an object"):
        from_dict({"checks": 5})


@pytest.mark.parametrize("item", list(all_settings()), ids=lambda item: item.key)
def test_every_default_has_a_reason_and_lies_in_its_own_range(item: Setting) -> None:
    """Setting a default to itself changes nothing, as a number and as text."""
    assert len(item.why) > 10
    assert with_settings(Config(), {item.key: item.value}) == Config()
    assert with_settings(Config(), {item.key: str(item.value)}) == Config()


@pytest.mark.parametrize(
    ("key", "suggestion"),
    [
        ("checks.level_god_deg", "Did you mean 'checks.level_good_deg'?"),
        ("check.level_good_deg", "Did you mean 'checks.level_good_deg'?"),
        ("zzzzzz", "`tracker settings` lists them all."),
        ("checks", "`tracker settings`"),
        ("checks.", "`tracker settings`"),
    ],
)
def test_an_unknown_key_is_refused_with_a_suggestion(key: str, suggestion: str) -> None:
    """A typing mistake never passes silently."""
    with pytest.raises(ConfigError) as error:
        with_settings(Config(), {key: 5})
    assert error.value.message == f"There is no setting '{key}'."
    assert suggestion in error.value.hint or "Did you mean" in error.value.hint


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("checks.level_good_deg", "five", "must be a number, not 'five'"),
        ("checks.level_good_deg", None, "must be a number"),
        ("checks.level_good_deg", -1, "must lie in 0 to 90"),
        ("checks.level_good_deg", 91, "must lie in 0 to 90"),
        ("checks.level_good_deg", math.nan, "must lie in"),
        ("sets.rest_s", math.inf, "must lie in 1 upward"),
        ("checks.kick_enabled", "yes", "must be true or false, not 'yes'"),
        ("rep.count_at", "middle", "must be one of top, bottom, not 'middle'"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(key: str, value: object, words: str) -> None:
    """With the key, what it may be, and what it was."""
    with pytest.raises(ConfigError, match=f"'{key}' {words}"):
        with_settings(Config(), {key: value})


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("checks.extension_good_deg", "checks.extension_fault_deg"),
        ("checks.lift_fault_pct", "checks.lift_good_pct"),
        ("checks.level_good_deg", "checks.level_fault_deg"),
        ("checks.pause_fault_s", "checks.pause_good_s"),
        ("checks.lowering_fault_s", "checks.lowering_good_s"),
        ("checks.arch_good_deg", "checks.arch_fault_deg"),
        ("rep.partial_fraction", "rep.counted_fraction"),
        ("rep.rise_start_deg", "rep.min_range_deg"),
    ],
)
def test_limits_that_contradict_each_other_are_refused(low: str, high: str) -> None:
    """Good beyond fault, a partial longer than a rep: refused; equal is allowed; both together may move."""
    limit = at(Config(), high)
    assert isinstance(limit, float)
    assert at(with_settings(Config(), {low: limit}), low) == limit
    with pytest.raises(ConfigError, match=f"'{low}' .* must not exceed '{high}'"):
        with_settings(Config(), {low: limit * 1.01 if limit * 1.01 <= 90 else limit + 0.1})


def test_words_are_read_as_their_kind() -> None:
    """True in any case, top and bottom, numbers as text."""
    changed = {"checks.kick_enabled": "TRUE", "rep.count_at": "bottom", "sets.rest_s": "12"}
    config = with_settings(Config(), changed)
    assert (config.checks.kick_enabled, config.rep.count_at, config.sets.rest_s) == (True, CountAt.BOTTOM, 12.0)
    assert with_settings(config, {"checks.kick_enabled": False}).checks.kick_enabled is False


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_sets_what_it_lists_and_nothing_else(name: str) -> None:
    """Every key of it exists, and the rest stays at its default."""
    changed = {item.key: item.value for item in all_settings(with_profile(Config(), name))}
    assert changed == {**{item.key: item.value for item in all_settings()}, **PROFILES[name]}


@pytest.mark.parametrize("other", PROFILES)
@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_replaces_another(name, other):
    """A session that was judged by one profile and is judged by another is judged by that one alone."""
    before = with_settings(Config(), {"sets.rest_s": 9})
    assert with_profile(with_profile(before, other), name) == with_profile(before, name)


def test_an_unknown_profile_is_refused_with_the_list() -> None:
    """In one sentence."""
    with pytest.raises(ConfigError, match="There is no profile 'hard'") as error:
        with_profile(Config(), "hard")
    assert "strict" in error.value.hint


@pytest.mark.parametrize(("text", "expected"), [("a.b=1", ("a.b", "1")), (" a.b = x=y ", ("a.b", "x=y"))])
def test_an_assignment_is_split_at_the_first_sign(text: str, expected: tuple[str, str]) -> None:
    """Spaces around it do not matter."""
    assert parse_assignment(text) == expected


@pytest.mark.parametrize("text", ["a.b", "=1", "a.b=", " = "])
def test_what_is_no_assignment_is_refused(text: str) -> None:
    """With an example."""
    with pytest.raises(ConfigError, match="is not KEY=VALUE"):
        parse_assignment(text)
