import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from tracker.cli import main
from tracker.page.curves import Curve
from tracker.reports.pose import pose_at


def test_samples_and_pose(export, reported):
    """Raw axes beside height, level and inclination; at each top the pose is that of reps.csv."""
    result, path = export("faults", "csv")
    assert result.exit_code == 0, result.output
    table = pd.read_csv(path)
    assert list(table.columns) == [
        *("time_s", "acc_x_mps2", "acc_y_mps2", "acc_z_mps2", "gyr_x_radps", "gyr_y_radps", "gyr_z_radps"),
        *("height_pct", "level_deg", "inclination_deg", "marker"),
    ]
    assert table["time_s"].is_monotonic_increasing
    assert table["height_pct"].isna().any()  # before the calibration nothing is known
    folder, _ = reported("faults")
    reps = pd.read_csv(folder / "reps.csv")
    for _, rep in reps[reps["counted"]].iterrows():
        top = table[table["time_s"].between(rep["top_s"], rep["lower_s"])]
        assert top["level_deg"].median() == pytest.approx(rep["level_top_deg"], abs=0.3)
        assert top["inclination_deg"].median() == pytest.approx(rep["top_inclination_deg"], abs=0.6)
        start = table[table["time_s"].between(rep["start_s"] - 0.1, rep["start_s"])]
        assert top["height_pct"].median() - start["height_pct"].median() > 50


def test_imported_again_it_counts_the_same(export, tmp_path):
    """The columns of the pose do not disturb the import."""
    _, path = export("faults", "csv")
    result = CliRunner().invoke(main, ["report", str(path), "-o", str(tmp_path / "again")])
    assert result.exit_code == 0, result.output
    assert pd.read_csv(tmp_path / "again" / "sets.csv")["reps"].tolist() == [5, 6]


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_declared_leg_comes_along(export, side):
    """A leg that was said for the whole session is no command; it must not be lost for that."""
    _, path = export("uncalibrated", "csv", "--side", side)
    markers = pd.read_csv(path)["marker"].dropna()
    assert (markers.index[0], markers.iloc[0]) == (0, f"side={side}")


def test_legs_that_change_are_told(export):
    """Which set ends a leg is found by the engine, so the person must say it again."""
    result, _ = export("uncalibrated", "csv", "--side", "alternate")
    assert "--side alternate" in result.stderr


def test_without_gyroscope_and_without_a_frame(export, samples):
    """Three axes and an empty pose: what was not measured is empty."""
    result, path = export(samples, "csv")
    assert result.exit_code == 0
    table = pd.read_csv(path)
    assert "gyr_x_radps" not in table
    assert table[["height_pct", "level_deg", "inclination_deg"]].isna().all().all()
    assert len(table) == 500


def test_pose_between_points_and_in_holes():
    """Straight between two points that are close, nothing in a hole and outside."""
    t_s = np.array([1.0, 1.1, 1.2, 5.0, 5.1])
    curve = Curve(t_s, 10 * t_s, -t_s, 2 * t_s)
    found = pose_at(curve, np.array([0.9, 1.0, 1.15, 3.0, 5.05, 6.0]))
    assert np.allclose(found[[1, 2, 4]], [[10, -1, 2], [11.5, -1.15, 2.3], [50.5, -5.05, 10.1]])
    assert np.isnan(found[[0, 3, 5]]).all()
    nothing = Curve(*[np.empty(0)] * 4)
    assert np.isnan(pose_at(nothing, t_s)).all()
