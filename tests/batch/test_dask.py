import os
import sys
import time

import pytest

pytest.importorskip("distributed", reason="the extra dask is not installed: a cluster stays unproved")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="pipes as Unix has them")


@pytest.fixture
def cluster(start, tmp_path, wait_until):
    """A real scheduler on a free port of this machine, and two real worker processes of one thread each."""
    told = tmp_path / "scheduler.json"
    quiet = {"stdout": (tmp_path / "log").open("w"), "stderr": (tmp_path / "log").open("a")}
    where = ["--host", "127.0.0.1", "--no-dashboard"]
    scheduler = start("scheduler", "--port", "0", "--scheduler-file", told, *where, module="dask", **quiet)
    wait_until(told.exists, scheduler)
    options = ["--scheduler-file", told, "--nthreads", "1", "--no-nanny", "--local-directory", tmp_path, *where]
    workers = [start("worker", *options, "--name", name, module="dask", **quiet) for name in ("one", "two")]
    from distributed import Client

    with Client(scheduler_file=str(told)) as client:
        client.wait_for_workers(2, timeout=120)
        address = client.scheduler.address
    for file in quiet.values():
        file.close()
    return address, workers, scheduler


@posix_only
def test_a_cluster_gives_the_same_and_survives_a_worker(cluster, start, tracker, many, tmp_path, wait_until):
    """Two worker processes, one killed in the middle: the same bytes as on one processor."""
    address, workers, _ = cluster
    folder = many(16)
    files = sorted(folder.iterdir())
    assert tracker("batch", *files, "-o", "whole.csv", "--files", "whole_files.csv", "--jobs", "1").exit_code == 0
    real = files[6].with_suffix(".real")
    files[6].rename(real)
    os.mkfifo(files[6])  # whoever opens it waits: the run stands still while a worker is killed
    waiting = tmp_path / "waiting"
    os.link(files[6], waiting)
    output = tmp_path / "reps.csv"
    process = start("batch", *files, "-o", "reps.csv", "--files", "files.csv", "--dask", address)
    journal = output.with_name("reps.csv.progress")
    wait_until(lambda: journal.exists() and journal.read_bytes().count(b"\n") == 7, process)
    real.rename(files[6])
    workers[0].kill()
    workers[0].communicate()
    while process.poll() is None:  # the other one may be the one that waits: it is let go
        try:
            writer = os.open(waiting, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody waits there
            time.sleep(0.01)
            continue
        os.write(writer, b"\x1f\x8b")  # how a packed recording begins; the rest is read from the file that is there now
        os.close(writer)
        break
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert (tmp_path / "files.csv").read_bytes() == (tmp_path / "whole_files.csv").read_bytes()


@posix_only
def test_a_cluster_that_goes_away(cluster, start, tracker, many, tmp_path, wait_until):
    """The scheduler dies in the middle: one sentence, what is done stays done, and it goes on without a cluster."""
    address, _, scheduler = cluster
    folder = many(8)
    files = sorted(folder.iterdir())
    assert tracker("batch", *files, "-o", "whole.csv", "--jobs", "1").exit_code == 0
    real = files[5].with_suffix(".real")
    files[5].rename(real)
    os.mkfifo(files[5])  # whoever opens it waits
    process = start("batch", *files, "-o", "reps.csv", "--dask", address)
    journal = tmp_path / "reps.csv.progress"
    wait_until(lambda: journal.exists() and journal.read_bytes().count(b"\n") == 6, process)
    scheduler.kill()
    scheduler.communicate()
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 1
    assert stderr.splitlines()[-2:] == [
        "Stopped after 5 of 8 files; the same command goes on.",
        f"Error: The Dask cluster at {address} is gone. When it is back the same command goes on.",
    ]
    assert "Traceback" not in stderr
    real.replace(files[5])
    assert tracker("batch", *files, "-o", "reps.csv").exit_code == 0
    assert (tmp_path / "reps.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_no_scheduler_there(tracker, many, monkeypatch):
    """One sentence with the address; what is there stays."""
    monkeypatch.setattr("tracker.batch.workers._CONNECT_S", 0.5)
    result = tracker("batch", many(1), "-o", "reps.csv", "--dask", "tcp://127.0.0.1:9")
    assert result.exit_code == 1
    assert "There is no Dask scheduler at tcp://127.0.0.1:9." in result.stderr
    assert "Traceback" not in result.stderr


def test_not_installed(tracker, many, monkeypatch):
    """Without the package it says which one to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = tracker("batch", many(1), "-o", "reps.csv", "--dask", "tcp://127.0.0.1:9")
    assert result.exit_code == 1
    assert "Error: --dask needs the package 'distributed'." in result.stderr
    assert "--extra dask" in result.stderr
