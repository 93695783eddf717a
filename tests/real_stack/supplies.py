"""What the emulated machine is made of: Debian packages and two virtual environments, in a folder of the user's choice.

Packages are downloaded and unpacked there, never installed. The folder may be deleted at any time.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PACKAGES = ("qemu-system-x86", "bluez", "busybox-static", "kmod", "dbus-daemon")
KERNEL = "linux-image-amd64"  # the generic one: the kernel for clouds has no Bluetooth
NOT_NEEDED = re.compile(r"linux-|initramfs-tools|klibc|libklibc|cpio")  # what installing a kernel would bring along
BUMBLE = "bumble==0.0.236"  # its interfaces change from release to release
PERIPHERAL_NEEDS = (BUMBLE, "jeepney>=0.8")  # the second: the boards of tests/ble import the stand-in of BlueZ
TOOLS = ("apt-get", "apt-cache", "dpkg-deb", "tar")
DISK_BYTES = 2_000_000_000  # 90 MB of packages become 500; each environment takes 400
DOWNLOAD_S, UNPACK_S, PIP_S, QUERY_S = 900, 300, 900, 60  # a slow line; nothing here takes a tenth of it on a good one

Say = Callable[[str], None]


class Missing(Exception):
    """Something that is needed is not there: one sentence with the mend."""


@dataclass(frozen=True, slots=True)
class Supplies:
    """packages: unpacked, a root folder; kernel: its release; tracker: the installed command; python: with Bumble.

    tests: the folder with a copy of them, so that nothing changes under a running machine.
    """

    packages: Path
    kernel: str
    tracker: Path
    python: Path
    tests: Path


def check(cache: Path) -> None:
    """Raise Missing for whatever this computer lacks, before anything is downloaded."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise Missing(
            f"This run needs Linux on an x86-64 processor, not {platform.system()} on {platform.machine()}: "
            "use such a computer."
        )
    if absent := [name for name in TOOLS if shutil.which(name) is None]:
        raise Missing(f"{', '.join(absent)} not found: run this on Debian, where packages are fetched with apt-get.")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        free_bytes = shutil.disk_usage(cache).free
    except OSError as error:
        raise Missing(f"The folder {cache} can not be made ({error.strerror}): choose another with --cache.") from error
    if free_bytes < DISK_BYTES and not (cache / "packages").exists():
        free_gb, needed_gb = free_bytes / 1e9, DISK_BYTES / 1e9
        raise Missing(f"{cache} has {free_gb:.1f} GB free, {needed_gb:.0f} are needed: choose another with --cache.")
    for name in (*PACKAGES, KERNEL):
        if not _known(name):
            raise Missing(f"apt knows no package {name}: run `apt-get update` first (on Debian 12 or newer).")


def gather(cache: Path, say: Say) -> Supplies:
    """Download, unpack and install what is not in the folder yet. Raises Missing."""
    root = cache / "packages"
    if not root.exists():
        say(f"Fetching Debian packages into {cache} ...")
        unpacked = cache / "packages.part"
        shutil.rmtree(unpacked, ignore_errors=True)
        _unpack(_download(cache / "archives"), unpacked)
        kmod(unpacked, "depmod", "-b", str(unpacked), "-C", os.devnull, _kernel(unpacked))
        unpacked.rename(root)
    say("Installing the command and Bumble into virtual environments ...")
    product = _environment(cache / "product", ())
    peripheral = _environment(cache / "peripheral", PERIPHERAL_NEEDS)
    tests = cache / "tests_copy"
    shutil.rmtree(tests, ignore_errors=True)
    shutil.copytree(CHECKOUT / "tests", tests / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    return Supplies(root, _kernel(root), product / "bin" / "tracker", peripheral / "bin" / "python", tests)


def kmod(root: Path, applet: str, *arguments: str) -> str:
    """depmod or modprobe of the unpacked packages; what it prints."""
    return _run([applet, *arguments], limit_s=UNPACK_S, program=root / "usr/bin/kmod", libraries=root)


def libraries_of(root: Path) -> str:
    """For LD_LIBRARY_PATH: programs of the packages find the libraries that came with them."""
    return str(root / "usr/lib/x86_64-linux-gnu")


def _known(package: str) -> bool:
    return "Package:" in _run(["apt-cache", "show", "--no-all-versions", package], limit_s=QUERY_S, may_fail=True)


def _download(archives: Path) -> list[Path]:
    """The packages, the kernel behind its name, and of what they depend on whatever is not installed here."""
    archives.mkdir(parents=True, exist_ok=True)
    plan = _run(["apt-get", "-s", "install", "--no-install-recommends", *PACKAGES], limit_s=QUERY_S)
    needed = {name for name in re.findall(r"^Inst (\S+)", plan, re.MULTILINE) if not NOT_NEEDED.match(name)}
    depends = _run(["apt-cache", "depends", KERNEL], limit_s=QUERY_S)
    kernel = re.search(r"Depends: (linux-image-\S+)", depends)
    if kernel is None:
        raise Missing(f"apt does not say which kernel {KERNEL} stands for: run `apt-get update` first.")
    names = sorted({*needed, *PACKAGES, kernel[1]})
    _run(["apt-get", "download", *names], limit_s=DOWNLOAD_S, folder=archives)
    return sorted(archives.glob("*.deb"))


def _unpack(archives: Iterable[Path], root: Path) -> None:
    """Into one root folder laid out like the host's, where /bin, /lib and /sbin are links into /usr."""
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for archive in archives:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as source:  # noqa: S603, S607
            command = ["tar", "-x", "--keep-directory-symlink", "--no-same-owner", "-C", str(root)]
            subprocess.run(command, stdin=source.stdout, check=True, timeout=UNPACK_S)  # noqa: S603
        if source.returncode:
            raise Missing(f"{archive.name} can not be unpacked: delete {archive.parent.parent} and start again.")


def _kernel(root: Path) -> str:
    return next((root / "usr/lib/modules").iterdir()).name


def _environment(folder: Path, needs: Sequence[str]) -> Path:
    """A virtual environment with these and the checkout, installed as a user would."""
    python = folder / "bin/python"
    if not python.exists():
        _run([sys.executable, "-m", "venv", str(folder)], limit_s=PIP_S)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, *needs, str(CHECKOUT)], limit_s=PIP_S)
    _run([*pip, "--force-reinstall", "--no-deps", str(CHECKOUT)], limit_s=PIP_S)  # as it is now, same version or not
    return folder


def _run(
    command: list[str],
    *,
    limit_s: float,
    folder: Path | None = None,
    program: Path | None = None,
    libraries: Path | None = None,
    may_fail: bool = False,
) -> str:
    environment = dict(os.environ, LC_ALL="C")
    if libraries is not None:
        environment["LD_LIBRARY_PATH"] = libraries_of(libraries)
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            command,
            executable=program,
            cwd=folder,
            env=environment,
            timeout=limit_s,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Missing(f"`{' '.join(command)}` took longer than {limit_s:.0f} s: try again.") from error
    if done.returncode and not may_fail:
        last = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()[-1]
        raise Missing(f"`{' '.join(command)}` failed: {last}")
    return done.stdout
