"""`tracker decode`: JSON on stdout, one sentence for bad input."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tracker.commands.decode import KINDS, decode
from tracker.decoders import PROFILES
from tracker.errors import TrackerError

TWO_SAMPLES = "1002650050724c009a01ccfcae0f1000dfff48019a01ccfcae0f1000dfff4801"
STATUS = "01016400080ae803809698000ae81c3b58a00b3a"


def run(*arguments, typed=None):
    return CliRunner().invoke(decode, list(arguments), input=typed, catch_exceptions=True)


def lines(result):
    assert result.exit_code == 0, result
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_kinds_in_the_help_are_the_registry():
    """The list that is written out, so that help imports nothing, names every sensor that sends notifications."""
    assert sorted(KINDS) == sorted(key for key, profile in PROFILES.items() if profile.is_bluetooth)
    assert all(kind in run("--help").stdout for kind in KINDS)


def test_one_object_a_sample():
    """Both samples of a packet, in SI, with device time and sequence."""
    first, second = lines(run("imu_stream", TWO_SAMPLES))
    assert first["acc_mps2"] == pytest.approx([0.98162, -1.96325, 9.61033], abs=1e-5)
    assert first["gyr_radps"] == pytest.approx([0.008522, -0.017577, 0.174703], abs=1e-6)
    assert (first["sequence"], second["sequence"]) == (101, 102)
    assert second["device_s"] == pytest.approx(5.02)


def test_spaces_colons_and_stdin_are_welcome():
    """However people paste hex, it is the same bytes."""
    spaced = " ".join(TWO_SAMPLES[k : k + 2] for k in range(0, len(TWO_SAMPLES), 2))
    wanted = lines(run("imu_stream", TWO_SAMPLES))
    assert lines(run("imu_stream", spaced)) == wanted
    assert lines(run("imu_stream", spaced.replace(" ", ":").upper())) == wanted
    assert lines(run("imu_stream", "-", typed=f"{spaced}\n\n{TWO_SAMPLES}\n")) == wanted * 2


def test_status_packets_print_their_fields():
    """`--char` with a part of the UUID, or CHAR=HEX, says which characteristic is meant."""
    assert lines(run("imu_stream", "--char", "f4ae0003", STATUS))[0]["period_ns"] == 10_000_000
    assert len(lines(run("imu_stream", f"f4ae0003={STATUS}", f"f4ae0002={TWO_SAMPLES}"))) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing", "00"), "no sensor kind 'nothing'"),
        (("imu_stream", "0g"), "is not hexadecimal: '0g'"),
        (("imu_stream", "00"), "8 + 12 n"),
        (("imu_stream", "--char", "beef", "00"), "'beef' fits none"),
        (("imu_stream", "--char", "580f", "00"), "fits several"),
        (("generic_csv", "00"), "sends no notifications"),
    ],
)
def test_errors_are_one_sentence(arguments, words):
    """What is wrong is said as the program's own error, which the command line prints without a traceback."""
    result = run(*arguments)
    assert isinstance(result.exception, TrackerError)
    assert words in str(result.exception)
    assert "\n" not in str(result.exception)


def test_half_a_sample_says_what_is_missing():
    """An acceleration without its rate prints nothing on stdout and why on stderr; with its rate, the sample."""
    acc, rate = "0304e8059cfe7342", "1305faff02000400"
    alone = run("metawear", acc)
    assert (alone.exit_code, alone.stdout) == (0, "")
    assert "give one of each" in alone.stderr
    (sample,) = lines(run("metawear", rate, acc))
    assert set(sample) == {"acc_mps2", "gyr_radps"}
