"""The data set beside the specification itself, which comes as data in the package bidsschematools."""

import json

import numpy as np
import pandas as pd
import pytest

schema_tools = pytest.importorskip("bidsschematools.schema", reason="bidsschematools is not installed: BIDS unchecked")


@pytest.fixture(scope="session")
def schema():
    return schema_tools.load_schema()


@pytest.fixture
def dataset(export):
    result, path = export("lossy_link", "bids", "--subject", "ada1")
    assert result.exit_code == 0, result.output
    return path


def only(dataset, end):
    (path,) = dataset.rglob(f"*{end}")
    return path


def table(path):
    return pd.read_csv(path, sep="\t", keep_default_na=False, na_values=["n/a"])


def levels(fields):
    """Field or column -> its requirement level."""
    return {name: value if isinstance(value, str) else value["level"] for name, value in fields.items()}


def test_every_path_is_one_of_the_specification(dataset):
    """The specification's own rules for names and places know every file that was written."""
    from bidsschematools.validator import validate_bids

    found = validate_bids(str(dataset))
    assert found["path_tracking"] == []
    assert len([path for path in dataset.rglob("*") if path.is_file()]) == 10


def test_required_fields_of_the_sidecar(dataset, schema):
    """motion.json and dataset_description.json hold what is required, of the type that is required."""
    for path, groups in (
        (only(dataset, "_motion.json"), schema["rules"]["sidecars"]["motion"]),
        (dataset / "dataset_description.json", {"one": schema["rules"]["json"]["dataset"]["dataset_description"]}),
    ):
        values = json.loads(path.read_text(encoding="utf-8"))
        needed = [
            name for group in groups.values() for name, level in levels(group["fields"]).items() if level == "required"
        ]
        assert needed
        assert set(needed) <= set(values)
        for name, value in values.items():
            kind = schema["objects"]["metadata"][name].get("type", "string")
            expected = {"number": (int, float), "integer": int, "string": str, "array": list}[kind]
            assert isinstance(value, expected) or value == "n/a", name
    ours, theirs = values["BIDSVersion"], schema["bids_version"]
    assert ours.split(".")[0] == theirs.split(".")[0]
    assert int(ours.split(".")[1]) <= int(theirs.split(".")[1])


def test_channels_are_the_columns_of_the_samples(dataset, schema):
    """Required columns first and in order; one row for each column of motion.tsv; types and axes of the given lists."""
    rule = schema["rules"]["tabular_data"]["motion"]["motionChannels"]
    channels = pd.read_csv(only(dataset, "_channels.tsv"), sep="\t", keep_default_na=False)
    names = [schema["objects"]["columns"][key]["name"] for key in rule["initial_columns"]]
    assert list(channels.columns[: len(names)]) == names
    known = {schema["objects"]["columns"][key]["name"] for key in rule["columns"]}
    assert set(channels.columns) <= known
    assert set(channels["type"]) <= set(schema["objects"]["columns"]["type__channels"]["enum"])
    assert set(channels["component"]) <= {*schema["objects"]["columns"]["component"]["enum"], "n/a"}
    samples = pd.read_csv(only(dataset, "_motion.tsv"), sep="\t", header=None, na_values=["n/a"])
    assert samples.shape[1] == len(channels)
    sidecar = json.loads(only(dataset, "_motion.json").read_text(encoding="utf-8"))
    for kind in ("ACCEL", "GYRO", "LATENCY"):
        assert sidecar[f"{kind}ChannelCount"] == (channels["type"] == kind).sum()
    assert sidecar["MotionChannelCount"] == len(channels)
    frames = json.loads(only(dataset, "_channels.json").read_text(encoding="utf-8"))["reference_frame"]["Levels"]
    assert set(channels["reference_frame"]) - {"n/a"} == set(frames)


def test_samples_are_what_was_measured(dataset, export):
    """Latency from 0, the numbers of the CSV export, the rate that the sidecar says; lost samples are no rows."""
    samples = pd.read_csv(only(dataset, "_motion.tsv"), sep="\t", header=None, na_values=["n/a"])
    _, path = export("lossy_link", "csv")
    other = pd.read_csv(path).drop(columns="marker")
    assert np.array_equal(samples.to_numpy(), other.to_numpy(), equal_nan=True)
    assert samples[0][0] == 0.0
    sidecar = json.loads(only(dataset, "_motion.json").read_text(encoding="utf-8"))
    assert sidecar["SamplingFrequency"] == pytest.approx(104, rel=0.01)
    assert sidecar["SamplingFrequencyEffective"] < sidecar["SamplingFrequency"]
    assert sidecar["RecordingDuration"] == pytest.approx(samples[0].iloc[-1])


def test_events(dataset, schema, reported):
    """Onset and duration first, in order of time; the reps of reps.csv, and what the person said."""
    events = table(only(dataset, "_events.tsv"))
    rule = schema["rules"]["tabular_data"]["events"]["Events"]
    assert list(events.columns[:2]) == list(rule["initial_columns"])
    assert events["onset"].is_monotonic_increasing
    described = json.loads(only(dataset, "_events.json").read_text(encoding="utf-8"))
    assert set(described) == set(events.columns[2:])
    assert set(events["trial_type"]) <= set(described["trial_type"]["Levels"])
    folder, _ = reported("lossy_link")
    reps = pd.read_csv(folder / "reps.csv")
    found = events[events["trial_type"].isin(["rep", "partial"])]
    assert found["onset"].tolist() == reps["start_s"].tolist()
    assert found["side"].tolist() == reps["side"].tolist()
    assert found["duration"].tolist() == pytest.approx(
        (reps["end_s"] - reps["start_s"]).tolist(), abs=0.0015, nan_ok=True
    )
    assert events.loc[events["trial_type"] == "mark", "value"].tolist()[:2] == ["calibration_start", "calibration_end"]


def test_a_second_export_joins_the_first(export, dataset):
    """Another session and another subject go into the same data set; what stands there stays."""
    (dataset / "README.md").write_text("mine")
    (dataset / "participants.tsv").write_text("participant_id\tage\nsub-ada1\t36\n")
    for name, subject in (("clean_pair", "ada1"), ("clean_pair", "02"), ("faults", "02")):
        result, path = export(name, "bids", "--subject", subject)
        assert result.exit_code == 0, result.output
    assert path == dataset
    assert (dataset / "README.md").read_text() == "mine"
    assert (dataset / "participants.tsv").read_text() == "participant_id\tage\nsub-ada1\t36\nsub-02\tn/a\n"
    assert len(list(dataset.rglob("*_motion.tsv"))) == 4
    scans = table(only(dataset / "sub-02" / "ses-simulatedfaults", "_scans.tsv"))
    assert scans["acq_time"].tolist() == ["2026-01-01T00:00:00.000Z"]
    assert (dataset / "sub-02" / "ses-simulatedfaults" / scans["filename"][0]).is_file()


@pytest.mark.parametrize("subject", ["Ada Lovelace", "", "../x", "a" * 65, "01_02"])
def test_a_label_is_letters_and_digits(export, subject):
    """Anything else is wrong usage, before anything is written."""
    result, path = export("clean_pair", "bids", "--subject", subject)
    assert result.exit_code == 2
    assert not path.exists()


def test_a_file_in_its_place(export, tmp_path):
    """A data set is a folder, the others are files."""
    (tmp_path / "out.bids").write_text("")
    assert export("clean_pair", "bids")[0].exit_code == 2
    (tmp_path / "out.csv").mkdir()
    assert export("clean_pair", "csv")[0].exit_code == 2


def test_a_session_without_a_date_or_a_rep(export, samples):
    """Lying still in a file without a date: samples without events, n/a for what is not known."""
    result, path = export(samples, "bids")
    assert result.exit_code == 0, result.output
    assert len(table(only(path, "_events.tsv"))) == 0
    assert only(path, "_scans.tsv").read_text().splitlines()[1].endswith("\tn/a")
    assert "GYRO" not in only(path, "_channels.tsv").read_text()
