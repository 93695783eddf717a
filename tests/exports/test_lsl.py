"""Both streams, sent and received again through the real library."""

import builtins
import json
import signal
import sys
from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner

from tracker.cli import main
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.events import NOT_RECORDED, Marked, to_json_dict
from tracker.core.model import Samples
from tracker.core.raw_samples import RawSamples, measured_rows
from tracker.decoders.registry import profile
from tracker.errors import TrackerError
from tracker.header import Header
from tracker.run import Pipeline
from tracker.sinks import lsl
from tracker.sources.simulator import DEMO, simulate

try:
    import pylsl
except (ImportError, RuntimeError, OSError):  # the package, or the library that it drives
    pytest.skip("pylsl is not there: Lab Streaming Layer stays unproved", allow_module_level=True)

HEADER = Header("lsl-test", "simulated sensor", "imu_stream", 104.0)
LIMIT_S = 30.0


@cache
def inputs():
    return simulate(DEMO).inputs[:1500]


def decoder():
    return profile("imu_stream").new_decoder()


@pytest.fixture
def outlets(request):
    """The streams of one test, named so that those of another do not answer."""
    header = Header(f"lsl-{request.node.name}", HEADER.device, HEADER.decoder, HEADER.nominal_rate_hz)
    made = lsl.LslOutlets(header, decoder())
    yield made
    made.close()


def received(name, request):
    """An open inlet of this test's stream."""
    (info,) = pylsl.resolve_byprop("source_id", f"{name}-lsl-{request.node.name}", timeout=LIMIT_S)
    inlet = pylsl.StreamInlet(info, max_buflen=3600)
    inlet.open_stream(timeout=LIMIT_S)
    return inlet


def pulled(inlet, count):
    """So many samples, with their times."""
    rows, stamps = [], []
    while len(rows) < count:
        more, times = inlet.pull_chunk(timeout=LIMIT_S, max_samples=count - len(rows))
        assert more, f"{len(rows)} of {count} came"
        rows += more
        stamps += times
    return rows, stamps


def test_samples_and_events_arrive(outlets, request):
    """Every measured sample in order, as the sensor sent it; every event as `--json` says it; nothing else."""
    events = []

    class Listening:
        def handle(self, new):
            events.extend(item for item in new if not isinstance(item, NOT_RECORDED))

        def close(self):
            pass

    marks = received(lsl.EVENTS_NAME, request)
    engine = Engine(Config(), decoder())
    pipeline = Pipeline(engine, [outlets, Listening()], taps=[outlets.see])
    pipeline.take(inputs()[:100])  # the rate is known: the stream of samples is there
    samples = received(lsl.NAME, request)
    pipeline.take(inputs()[100:])
    raw = RawSamples(decoder(), Config())
    raw.feed(inputs()[:100])
    expected = np.concatenate([measured_rows(item) for item in raw.feed(inputs()[100:]) if isinstance(item, Samples)])
    rows, _ = pulled(samples, len(expected))
    assert np.allclose(rows, expected[:, 1:], rtol=1e-6, atol=1e-6)
    assert samples.samples_available() == 0
    info = samples.info(timeout=LIMIT_S)
    assert (info.type(), info.channel_count()) == ("MoCap", 6)
    assert info.nominal_srate() == pytest.approx(104.0, rel=0.01)
    assert info.get_channel_labels() == ["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]
    texts, _ = pulled(marks, len(events))
    assert [json.loads(text) for (text,) in texts] == [to_json_dict(event) for event in events]
    assert {"stream_started", "calibrated"} <= {json.loads(text)["event"] for (text,) in texts}


def test_an_event_is_stamped_when_it_happened(outlets, request):
    """A top that is known a little later stands at the time of the top."""
    marks = received(lsl.EVENTS_NAME, request)
    before_s = pylsl.local_clock()
    outlets.handle([Marked(10.0, 12.5, "late"), Marked(12.5, 12.5, "now")])
    after_s = pylsl.local_clock()
    _, (late_s, now_s) = pulled(marks, 2)
    assert before_s - 2.5 <= late_s <= after_s - 2.5
    assert before_s <= now_s <= after_s


def test_demo_streams(start):
    """`demo --lsl` is found by name and sends; Ctrl-C ends it properly."""
    process = start("demo", "--lsl", "--speed", "4", "--no-web", "--no-record")
    (info,) = pylsl.resolve_byprop("name", lsl.NAME, timeout=LIMIT_S)
    inlet = pylsl.StreamInlet(info)
    rows, _ = pulled(inlet, 100)
    assert abs(np.linalg.norm(np.array(rows)[:, :3], axis=1).mean() - 9.81) < 1.0
    assert info.nominal_srate() == pytest.approx(4 * 104.0, rel=0.01)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    return lambda *arguments: CliRunner().invoke(main, arguments)


def test_not_installed(run, tmp_path, monkeypatch):
    """Without the package it says which one to install, and nothing is recorded."""
    monkeypatch.setitem(sys.modules, "pylsl", None)
    for arguments in (("demo", "--lsl"), ("live", "--lsl")):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "--lsl needs the package 'pylsl'. Install it: uv sync --extra lsl" in result.stderr
    assert not (tmp_path / "home").exists()


def test_without_the_library(monkeypatch):
    """The package without the library that it drives: one sentence with what to install."""
    real = builtins.__import__

    def importing(name, *rest):
        if name == "pylsl":
            raise RuntimeError("LSL binary library file was not found.")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", importing)
    with pytest.raises(TrackerError, match=r"needs the library liblsl.*Install it"):
        lsl.library()


def test_the_settings_of_a_laboratory_stay(tmp_path, monkeypatch):
    """The library's chatter is hushed, but never where a file of settings says otherwise: it may name the peers."""
    told = []
    monkeypatch.setattr(pylsl, "set_config_content", told.append, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("LSLAPICFG", raising=False)
    lsl.library()
    (tmp_path / "lsl_api.cfg").write_text("[lab]\nKnownPeers = {10.0.0.7}\n")
    lsl.library()
    (tmp_path / "lsl_api.cfg").unlink()
    monkeypatch.setenv("LSLAPICFG", "/somewhere/lsl_api.cfg")
    lsl.library()
    assert told == ["[log]\nlevel = -3\n"]


def test_not_at_full_speed(run):
    """A stream runs as the session does: full speed is wrong usage."""
    assert run("demo", "--lsl", "--speed", "max").exit_code == 2


def test_a_tap_that_fails_is_dropped(caplog):
    """Whatever goes wrong outside, the set goes on."""
    seen = []

    def broken(_inputs):
        raise OSError("the network is gone")

    pipeline = Pipeline(Engine(Config(), decoder()), taps=[broken, seen.extend])
    pipeline.take(inputs()[:10])
    pipeline.take(inputs()[10:20])
    assert len(seen) == 20
    assert caplog.text.count("is dropped; the set goes on") == 1
