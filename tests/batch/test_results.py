import errno
import json
import os
import shutil

import pytest

from tracker.batch.results import Results, Stamp, stamp_of
from tracker.batch.work import COLUMNS, Outcome, failed
from tracker.errors import FileError
from tracker.reports.counts import Counts

JOB = {"settings": ["checks.level_good_deg=5"]}
STAMPS = [Stamp(f"{number}.csv", 100 + number, number) for number in range(6)]


def outcome(number):
    """What came of the file: two rows of reps, one of sets; the fourth is broken."""
    name = f"{number}.csv"
    if number == 3:
        return failed(name, f"{name}: broken, ünd so on")
    rows = {"reps": f"{number},a\n{number},b\n", "sets": f"{number},s\n", "files": f"{number},f\n"}
    return Outcome(name, rows, (Counts(1, 2, number, 1),), 60.0)


def paths(folder):
    return {"reps": folder / "r.csv", "sets": folder / "s.csv", "files": folder / "f.csv"}


def run(folder, stamps=STAMPS, *, upto=None, job=JOB, **how):
    """Take the files that are left, up to one; finished when all are there."""
    results = Results(paths(folder), job, stamps, **how)
    first = results.tally.file_count
    for stamp in stamps[first:upto]:
        results.add(stamp, outcome(int(stamp.name.split(".")[0])))
    if upto is None:
        results.finish()
    else:
        results.close()
    return results, first


def tables(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def whole(tmp_path):
    """The tables of a run that nothing stopped."""
    folder = tmp_path / "whole"
    results, _ = run(folder)
    assert (results.tally.file_count, results.tally.duration_s) == (6, 300.0)
    assert results.tally.counts == (Counts(5, 10, 0 + 1 + 2 + 4 + 5, 5),)
    assert results.tally.errors == ["3.csv: broken, ünd so on"]
    return tables(folder)


def test_tables_are_whole(whole):
    """Heading and rows of every file in order, a broken one only among the files; nothing else is left."""
    assert set(whole) == {"r.csv", "s.csv", "f.csv"}
    reps = whole["r.csv"].decode().splitlines()
    assert reps[0] == ",".join(COLUMNS["reps"])
    assert reps[1:] == [f"{number},{letter}" for number in (0, 1, 2, 4, 5) for letter in "ab"]
    assert len(whole["f.csv"].decode().splitlines()) == 7
    assert whole["f.csv"].decode().splitlines()[4].endswith('"3.csv: broken, ünd so on",')


@pytest.mark.parametrize("upto", range(7))
def test_a_stopped_run_goes_on(tmp_path, whole, upto):
    """Stopped after any number of files: only the others are taken, and the tables are the same to the byte."""
    folder = tmp_path / "stopped"
    run(folder, upto=upto)
    assert not (folder / "r.csv").exists()
    results, first = run(folder)
    assert first == upto
    assert tables(folder) == whole
    assert results.tally.counts == (Counts(5, 10, 12, 5),)
    assert len(results.tally.errors) == 1


def test_a_run_killed_anywhere_goes_on(tmp_path, whole):
    """Whatever of the last writes reached the disk, in any order: the tables come out the same."""
    run(tmp_path / "template", upto=4)
    for name in ("r.csv.part", "s.csv.part", "r.csv.progress"):
        size = (tmp_path / "template" / name).stat().st_size
        for cut in range(0, size, 7):
            folder = tmp_path / f"cut_{name}_{cut}"
            shutil.copytree(tmp_path / "template", folder)
            data = (folder / name).read_bytes()
            (folder / name).write_bytes(data[:cut])
            run(folder)
            assert tables(folder) == whole, (name, cut)
            shutil.rmtree(folder)
    folder = tmp_path / "more"  # rows of a fifth file, half written, not yet in the journal
    shutil.copytree(tmp_path / "template", folder)
    with (folder / "r.csv.part").open("a") as file:
        file.write("4,a\n4,")
    assert run(folder)[1] == 4
    assert tables(folder) == whole


def test_a_file_that_changed_is_taken_again(tmp_path, whole):
    """It goes on before the first file that is another one now."""
    folder = tmp_path / "stopped"
    run(folder, upto=5)
    changed = [*STAMPS[:2], STAMPS[2]._replace(mtime_ns=99), *STAMPS[3:]]
    assert run(folder, changed)[1] == 2
    assert tables(folder) == whole


def test_new_files_after_the_old_ones_are_added(tmp_path, whole):
    """A folder that grew meanwhile costs only its new files."""
    folder = tmp_path / "stopped"
    run(folder, STAMPS[:4], upto=4)
    assert run(folder)[1] == 4
    assert tables(folder) == whole


@pytest.mark.parametrize("job", [{"settings": []}, {"settings": ["checks.level_good_deg=5"], "sweep": "x"}])
def test_another_job_begins_anew(tmp_path, whole, job):
    """Rows that were judged otherwise never stand in one table; it says that it begins anew."""
    folder = tmp_path / "stopped"
    run(folder, upto=3, job=job)
    results, first = run(folder)
    assert (first, results.found_other) == (0, True)
    assert tables(folder) == whole


def test_restart_begins_anew(tmp_path, whole):
    """When asked to, it begins anew whatever is there."""
    folder = tmp_path / "stopped"
    run(folder, upto=3)
    results, first = run(folder, restarts=True)
    assert (first, results.found_other) == (0, False)
    assert tables(folder) == whole


def test_an_old_table_stays_until_the_new_one_is_whole(tmp_path):
    """While it runs, a table of that name is as it was."""
    (tmp_path / "r.csv").write_text("old")
    run(tmp_path, upto=5)
    assert (tmp_path / "r.csv").read_text() == "old"
    assert len(json.loads((tmp_path / "r.csv.progress").read_text().splitlines()[-1])["ends"]) == 3


def test_a_place_that_can_not_be_written(tmp_path):
    """One sentence that names the place."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=r"can not be written: .*goes on"):
        Results({"reps": tmp_path / "file" / "r.csv"}, JOB, STAMPS)


@pytest.mark.parametrize("name", ["r.csv", "s.csv", "f.csv"])
def test_no_table_is_written_by_two_runs(tmp_path, name):
    """Also where it is another table of the other run; whatever a refused run had locked is free again."""
    first = Results(paths(tmp_path), JOB, STAMPS)
    for _ in range(2):
        with pytest.raises(FileError, match=f"{name}: Another run is writing this table"):
            Results({"reps": tmp_path / "mine.csv", "sets": tmp_path / name}, JOB, STAMPS)
    assert not list(tmp_path.glob("mine*"))
    first.close()
    Results({"reps": tmp_path / "mine.csv", "sets": tmp_path / name}, JOB, STAMPS).close()


def test_no_room_for_the_journal(tmp_path, monkeypatch):
    """On a disk that is full when a run goes on, no half journal is left and the one of before still counts."""
    run(tmp_path, upto=3)
    before = tables(tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Results, "_lines_that_stay", full)
        with pytest.raises(FileError, match="No space left on device"):
            run(tmp_path)
    assert tables(tmp_path) == before
    assert run(tmp_path)[1] == 3


def test_one_run_at_a_time(tmp_path):
    """A second run of the same table is refused while the first one lives, and free to begin when it is over."""
    first = Results(paths(tmp_path), JOB, STAMPS)
    first.add(STAMPS[0], outcome(0))
    with pytest.raises(FileError, match="Another run is writing this table"):
        Results(paths(tmp_path), JOB, STAMPS)
    first.close()
    assert run(tmp_path)[1] == 1
    assert set(tables(tmp_path)) == {"r.csv", "s.csv", "f.csv"}


def test_the_folder_of_an_export_has_a_stamp_of_all_its_files(tmp_path):
    """A file in it that changed makes it another one."""
    (tmp_path / "Accelerometer.csv").write_text("a")
    (tmp_path / "Gyroscope.csv").write_text("bc")
    before = stamp_of(tmp_path)
    assert before.size_bytes == 3
    os.utime(tmp_path / "Gyroscope.csv", ns=(1, before.mtime_ns + 5))
    assert stamp_of(tmp_path) != before
    assert stamp_of(tmp_path / "nothing").size_bytes == -1
