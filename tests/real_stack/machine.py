"""An emulated computer with the real kernel: its first file system, its start, and what it prints.

Idea: nothing is installed into an image. The machine's root is an overlay in memory over the unpacked packages over
this computer's own files, both read-only, so the virtual environments and the checkout are there under their paths.
A third share takes the results. There is no network.
"""

from __future__ import annotations

import lzma
import os
import queue
import re
import shlex
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.real_stack.supplies import Supplies, kmod, libraries_of

MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")  # to reach the shares; the rest is loaded from them
SHARES = ("host", "packages", "results")
RESULTS = "/run/results"
MEMORY_MB = 1536
BOOT_S = 300.0  # measured: 6-16 s
WORD = "real-stack:"  # begins each line that is meant for us, between the kernel's own

FIRST = """#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do insmod /modules/$module; done
for share in host packages; do
  mkdir -p /$share
  mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro $share /$share
done
mkdir -p /memory /root; mount -t tmpfs memory /memory; mkdir /memory/upper /memory/work
mount -t overlay -o lowerdir=/packages:/host,upperdir=/memory/upper,workdir=/memory/work overlay /root
for folder in proc sys dev run tmp; do mkdir -p /root/$folder; done
mount -t proc proc /root/proc; mount -t sysfs sysfs /root/sys; mount --move /dev /root/dev
mount -t tmpfs run /root/run; mkdir -p /root/dev/shm; mount -t tmpfs shm /root/dev/shm
mkdir /root/run/results
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 results /root/run/results
umount /proc /sys
exec switch_root /root /bin/busybox sh /run/results/start.sh
"""
START = """ip link set lo up 2>/dev/null
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run LC_ALL=C.UTF-8
export PYTHONPATH={tests} TRACKER={tracker}
modprobe hci_vhci
cd {tests} && {python} -m tests.real_stack.inside {scenarios} 2>{results}/errors.txt
busybox sync
busybox poweroff -f
"""


def boot(supplies: Supplies, results: Path, scenarios: list[str], *, silence_s: float) -> Iterator[str]:
    """Run these scenarios in the machine; yields the lines it says, until it is off. results: an empty folder.

    Raises TimeoutError when nothing is said for silence_s; the machine is ended however this is left.
    """
    initial = results / "initial.cpio"
    initial.write_bytes(initial_files(supplies))
    start = START.format(
        tests=shlex.quote(str(supplies.tests)),
        tracker=shlex.quote(str(supplies.tracker)),
        python=shlex.quote(str(supplies.python)),
        scenarios=shlex.join(scenarios),
        results=RESULTS,
    )
    (results / "start.sh").write_text(start, encoding="utf-8")
    with (results / "qemu.txt").open("wb") as errors:
        machine = subprocess.Popen(  # noqa: S603 - our own command
            command(supplies, results, initial),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=dict(os.environ, LD_LIBRARY_PATH=libraries_of(supplies.packages)),
        )
        try:
            yield from _lines(machine, results / "console.txt", silence_s)
        finally:
            machine.kill()
            machine.wait()


def command(supplies: Supplies, results: Path, initial: Path) -> list[str]:
    """The emulator, without the processor's own help, which often is not to be had.

    The machine's clock counts its instructions, one a nanosecond: when this computer is busy with something else, its
    time stands still too, and no stall of ours is taken for one of the radio.
    """
    root = supplies.packages
    folders = [*(root / f"usr/share/{name}" for name in ("qemu", "seabios")), "/usr/share/qemu", "/usr/share/seabios"]
    paths = dict(zip(SHARES, ("/", root, results), strict=True))
    shares = [
        f"local,path={str(path).replace(',', ',,')},mount_tag={tag},security_model=none,multidevs=remap"
        + ("" if tag == "results" else ",readonly=on")
        for tag, path in paths.items()
    ]
    return [
        str(root / "usr/bin/qemu-system-x86_64"),
        *(part for folder in folders for part in ("-L", str(folder))),
        *("-machine", "q35", "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=on"),
        *("-cpu", "max", "-smp", "1", "-m", str(MEMORY_MB)),
        *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-nic", "none", "-serial", "stdio"),
        *("-kernel", str(root / f"boot/vmlinuz-{supplies.kernel}"), "-initrd", str(initial)),
        *("-append", "console=ttyS0 quiet panic=-1 random.trust_cpu=on"),
        *(part for share in shares for part in ("-virtfs", share)),
    ]


def initial_files(supplies: Supplies) -> bytes:
    """The first file system: busybox, the modules that reach the shares, and the script that goes there."""
    root = supplies.packages
    files: dict[str, tuple[int, bytes]] = {
        "init": (stat.S_IFREG | 0o755, FIRST.encode()),
        "bin/busybox": (stat.S_IFREG | 0o755, (root / "usr/bin/busybox").read_bytes()),
    }
    order: list[str] = []
    for module in MODULES:
        options = ("-C", os.devnull, "-d", str(root), "-S", supplies.kernel, "--show-depends")
        for path in re.findall(r"^insmod (\S+)", kmod(root, "modprobe", *options, module), re.MULTILINE):
            name = Path(path).name.removesuffix(".xz")
            if name not in order:
                content = Path(path).read_bytes()
                files[f"modules/{name}"] = (
                    stat.S_IFREG | 0o644,
                    lzma.decompress(content) if path.endswith(".xz") else content,
                )
                order.append(name)
    files["modules/order"] = (stat.S_IFREG | 0o644, "\n".join(order).encode())
    folders = dict.fromkeys(("bin", "modules", "proc", "sys", "dev"), (stat.S_IFDIR | 0o755, b""))
    return archive(folders | files)


def archive(files: dict[str, tuple[int, bytes]]) -> bytes:
    """A cpio archive in the kernel's format (newc): path -> (mode, content), folders before what is in them."""
    pieces: list[bytes] = []
    for number, (name, (mode, content)) in enumerate([*files.items(), ("TRAILER!!!", (0, b""))], 1):
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + "".join(f"{field:08x}" for field in fields).encode() + name.encode() + b"\0"
        pieces += [
            head.ljust(-len(head) % 4 + len(head), b"\0"),
            content.ljust(-len(content) % 4 + len(content), b"\0"),
        ]
    return b"".join(pieces)


def _lines(machine: subprocess.Popen, log: Path, silence_s: float) -> Iterator[str]:
    """What the machine says to us, as it comes."""
    said: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        with log.open("wb") as file:
            for line in machine.stdout:
                file.write(line)
                file.flush()
                text = line.decode("utf-8", "replace").strip()
                if text.startswith(WORD):
                    said.put(text.removeprefix(WORD).strip())
        said.put(None)

    threading.Thread(target=read, daemon=True).start()
    limit_s, since_s = BOOT_S, time.monotonic()
    while True:
        try:
            line = said.get(timeout=limit_s)
        except queue.Empty as error:
            waited_s = time.monotonic() - since_s
            raise TimeoutError(
                f"The machine said nothing for {waited_s:.0f} s; its last words are in {log}."
            ) from error
        if line is None:
            return
        limit_s, since_s = silence_s, time.monotonic()
        yield line
