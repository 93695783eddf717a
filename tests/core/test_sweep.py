import pytest

from tracker.core.config import Config
from tracker.core.sweep import MOST_VALUES, parse_sweep
from tracker.errors import ConfigError


@pytest.mark.parametrize(
    ("span", "values"),
    [
        ("6:8:1", (6.0, 7.0, 8.0)),
        ("8:6:-1", (8.0, 7.0, 6.0)),
        ("0.1:0.5:0.1", (0.1, 0.2, 0.3, 0.4, 0.5)),
        ("6:7.9:1", (6.0, 7.0)),
        ("6:6:1", (6.0,)),
        (f"0:{MOST_VALUES - 1}:1", tuple(map(float, range(MOST_VALUES)))),
    ],
)
def test_values(span, values):
    """From FROM to TO, both included where the step meets them, in plain decimal numbers."""
    assert parse_sweep(f"sets.rest_s={span}").values == values


@pytest.mark.parametrize("span", ["6:8", "6:8:1:1", "a:8:1", "::", "6:8:0", "8:6:1", "6:inf:1", "nan:8:1", "6:8:1e-9"])
def test_what_is_no_span(span):
    """Anything else is one sentence with an example or a mend."""
    with pytest.raises(ConfigError) as refused:
        parse_sweep(f"sets.rest_s={span}")
    assert refused.value.hint


def test_more_than_can_be_looked_at():
    """So many values, and not one more."""
    with pytest.raises(ConfigError, match="more than 200 values"):
        parse_sweep(f"sets.rest_s=1:{MOST_VALUES + 1}:1")


def test_configs():
    """Each value in a tree that is otherwise the given one; a value out of range is refused."""
    found = list(parse_sweep("checks.level_fault_deg=8:10:2").configs(Config()))
    assert [(value, config.checks.level_fault_deg) for value, config in found] == [(8.0, 8.0), (10.0, 10.0)]
    with pytest.raises(ConfigError, match="must lie in"):
        list(parse_sweep("checks.level_fault_deg=80:100:20").configs(Config()))
