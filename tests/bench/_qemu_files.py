"""What a guest boots from: Debian packages and wheels, fetched into a cache, unpacked, packed as one archive.

Nothing is installed on this machine. `apt-get` works on lists of its own with this machine's sources, so that
packages of another processor can be had; the checkout goes in last, anew at every run.
"""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).resolve().parents[2]
CHECKOUT = ("hw", "layouts", "proto", "states", "tests/bench", "tests/__init__.py", "scada.py", "config.toml")
FETCH_S = 900
OVER = "bench: over"
"""The last line of a guest."""


class Missing(OSError):
    """Something the bench needs is not there; the message is one sentence that says what."""


class Machine(Struct, frozen=True):
    """One emulated computer, and what is put into it."""

    name: str
    arch: str
    """Debian's name of the processor."""
    emulator: tuple[str, ...]
    """The command, without the files."""
    append: str
    """The kernel's command line."""
    modules: tuple[str, ...]
    packages: tuple[str, ...] = ()
    dtb: str = ""
    revision: int = 0
    """The board's code, by which GPIO libraries know a Pi."""


def cache() -> Path:
    """Where everything fetched stays, outside the checkout."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "spaceheat-scada" / "qemu"


class Parts:
    """The kernel and the files of one machine; `kernel`, `dtb` and `initrd` are paths after `build`."""

    def __init__(self, machine: Machine) -> None:
        """Nothing is fetched yet."""
        self._machine = machine
        self._folder = cache() / machine.arch
        self._tree = self._folder / "tree"
        self._boot = self._folder / "kernel"
        self.initrd = self._folder / "initrd"

    @property
    def kernel(self) -> Path:
        """The kernel's image."""
        return next(self._boot.glob("boot/vmlinuz-*"))

    def built(self, option: str) -> bool:
        """Whether Debian has built this into the kernel or as a module."""
        text = next(self._boot.glob("boot/config-*")).read_text(encoding="utf-8")
        return f"\nCONFIG_{option}=" in text

    @property
    def dtb(self) -> Path:
        """The description of the computer, from the kernel's package, with what a Pi's firmware adds."""
        plain = next(self._boot.glob(f"usr/lib/linux-image-*/{self._machine.dtb}"))
        path = self._folder / "computer.dtb"
        path.write_bytes(with_revision(plain.read_bytes(), self._machine.revision))
        return path

    def build(self) -> None:
        """Fetch what is not in the cache yet, and pack the archive. Raises `Missing`."""
        if not (self._folder / "complete").exists():
            self._fetch()
        top = self._folder / "top"
        shutil.rmtree(top, ignore_errors=True)
        for name in CHECKOUT:
            source, target = ROOT / name, top / "scada" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        loads = []
        for name, *options in map(str.split, self._machine.modules):
            for path in self._boot.glob(f"lib/modules/*/kernel/**/{name}.ko"):
                shutil.copy(path, top / path.name)
                loads.append(f"/bin/busybox insmod /{path.name} {' '.join(options)}")
        init = INIT.format(modules="\n".join(loads), machine=self._machine.name, over=OVER)
        _write(top / "init", init, 0o755)
        with gzip.open(self.initrd, "wb", compresslevel=1) as out:
            number = iter(range(1, 10**9))
            for tree in (self._tree, top):
                for piece in archive(tree, number):
                    out.write(piece)
            out.write(_entry(0, "TRAILER!!!", 0, 0, b""))

    def _fetch(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        apt = Apt(self._machine.arch, self._folder / "apt")
        image = apt.kernel(f"linux-image-{self._machine.arch}")
        for deb in apt.download(("python3", "busybox-static", *self._machine.packages)):
            _run("dpkg-deb", "-x", str(deb), str(self._tree))
        _run("dpkg-deb", "-x", str(apt.one(image)), str(self._boot))
        for name in USELESS:
            shutil.rmtree(self._tree / "usr/share" / name, ignore_errors=True)
        version = next(self._tree.glob("usr/bin/python3.[0-9]*")).name.removeprefix("python")
        processor = {"amd64": "x86_64", "arm64": "aarch64"}[self._machine.arch]
        for folder, wanted in (("site", ("-r", "requirements.txt")), ("site-lgpio", ("rpi-lgpio", "lgpio"))):
            _run(
                sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-compile",
                "--only-binary=:all:",
                *(f"--platform=manylinux_2_{minor}_{processor}" for minor in (17, 28, 34)),
                f"--platform=manylinux2014_{processor}", f"--python-version={version}",
                f"--target={self._tree / folder}", *wanted,
            )  # fmt: skip
        _write(self._folder / "complete", "", 0o644)


USELESS = ("doc", "man", "locale", "perl", "zoneinfo")
INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox mount -t proc none /proc
/bin/busybox mount -t sysfs none /sys
/bin/busybox mount -t devtmpfs none /dev
/bin/busybox mount -t debugfs none /sys/kernel/debug
/bin/busybox ip link set lo up
{modules}
cd /scada
PYTHONPATH=/site /usr/bin/python3 -B -m tests.bench._qemu_guest {machine}
echo {over}
/bin/busybox sleep 60
"""


class Apt:
    """`apt-get` for packages of another processor, with this machine's sources and lists of its own."""

    def __init__(self, arch: str, folder: Path) -> None:
        """Asks the sources what there is. Raises `Missing`."""
        for name in ("lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        settings = {
            "APT::Architecture": arch, "APT::Architectures::": arch, "Dir::State::lists": f"{folder}/lists",
            "Dir::State::status": f"{folder}/status", "Dir::Cache": f"{folder}/cache",
            "APT::Sandbox::User": "root", "APT::Install-Recommends": "false", "Debug::NoLocking": "true",
        }  # fmt: skip
        self._options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
        self._folder = folder
        _run("apt-get", *self._options, "update")

    def kernel(self, name: str) -> str:
        """The newest kernel's own package, of which `name` is the pointer."""
        said = _run("apt-cache", *self._options, "depends", name).split()
        return next(word for word in reversed(said) if word.startswith("linux-image-"))

    def download(self, names: tuple[str, ...]) -> list[Path]:
        """Packages with all they depend on."""
        _run("apt-get", *self._options, "install", "-d", "-y", "-qq", *names)
        return sorted((self._folder / "cache/archives").glob("*.deb"))

    def one(self, name: str) -> Path:
        """One package without what it depends on."""
        _run("apt-get", *self._options, "download", "-qq", name, cwd=self._folder)
        return next(self._folder.glob(f"{name}_*.deb"))


def archive(tree: Path, number: Iterator[int]) -> Iterator[bytes]:
    """A folder as pieces of a cpio archive, format newc."""
    for path in sorted(tree.rglob("*")):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            data = os.readlink(path).encode()
        else:
            data = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        yield _entry(next(number), str(path.relative_to(tree)), status.st_mode, int(status.st_mtime), data)


def with_revision(blob: bytes, revision: int) -> bytes:
    """A flattened device tree (Devicetree Specification 0.4, chapter 5) with /system linux,revision."""
    head = list(struct.unpack(">10I", blob[:40]))
    at, strings_at, strings_size, size = head[2], head[3], head[8], head[9]
    node = struct.pack(">I8s4I", 1, b"system", 3, 4, strings_size, revision) + struct.pack(">3I", 2, 2, 9)
    tree = blob[at : at + size].removesuffix(struct.pack(">2I", 2, 9)) + node
    strings = blob[strings_at : strings_at + strings_size] + b"linux,revision\0"
    head[3], head[8], head[9] = at + len(tree), len(strings), len(tree)
    head[1] = head[3] + len(strings)
    return struct.pack(">10I", *head) + blob[40:at] + tree + strings


def _entry(number: int, name: str, mode: int, at_s: int, data: bytes) -> bytes:
    fields = (number, mode, 0, 0, 1, at_s, len(data), 0, 0, 0, 0, len(name.encode()) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def _write(path: Path, text: str, mode: int) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def _run(*words: str, cwd: Path = ROOT) -> str:
    """Run a command. Raises `Missing` with its last words."""
    if shutil.which(words[0]) is None:
        raise Missing(f"{words[0]} is not on this machine; this bench fetches Debian packages with it.")
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=FETCH_S, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no word of why").splitlines()[-1]
        raise Missing(f"{words[0]} could not fetch or unpack what the guest needs (no network?): {last}")
    return done.stdout
