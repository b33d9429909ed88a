"""The memory on disk: one small file of named values in two generations, so that a torn write falls back.

Each write goes to the file that holds the older generation, is checksummed as a whole and synced. The memory
lives beside the database, not in it, so that losing the one does not lose the other. It also reserves
positions in blocks, which keeps them growing over restarts and over a lost database.
"""

from __future__ import annotations

import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from proto.store.frames import UNREADABLE
from proto.store.schema import MAX_POSITION

MAGIC = b"SHMEMORY"
FORMAT = 1
HEAD = struct.Struct(">8sHQII")  # magic, format, generation, length, CRC of generation, length and body
NAMES = ("memory.0", "memory.1")
MAX_MEMORY_BYTES = 2 * 1024 * 1024
PLACE_BYTES = 64 * 1024
"""Each file has this much of the disk from the beginning, so that a full disk has room for the memory."""
BLOCK = 1_000_000
"""Positions reserved at a time."""


class Head(Struct, frozen=True):
    """The last entry of the contract journal: `number` counts from the first ever made, `link` is hex."""

    number: int
    link: str


class Memory(Struct, omit_defaults=True):
    """What one generation holds. `journal`: the journal's end as of the last commit."""

    house: str
    reserved: int
    values: dict[str, bytes]
    journal: Head | None = None


class Unreadable(ValueError):
    """A generation that cannot be used; the message is a sentence."""


def _sum(generation: int, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(struct.pack(">QI", generation, len(body))))


def encode(generation: int, memory: Memory) -> bytes:
    """One generation as bytes."""
    body = msgspec.msgpack.encode(memory)
    return HEAD.pack(MAGIC, FORMAT, generation, len(body), _sum(generation, body)) + body


def decode(data: bytes, house: str = "") -> tuple[int, Memory]:
    """Generation and content; raises `Unreadable` for torn, foreign, newer or another house's (if named)."""
    if len(data) < HEAD.size:
        raise Unreadable("is empty or torn")
    magic, version, generation, length, checksum = HEAD.unpack_from(data)
    body = data[HEAD.size : HEAD.size + length]
    if magic != MAGIC:
        raise Unreadable("is not a memory file")
    if version != FORMAT:
        raise Unreadable(f"has format {version}, this program reads {FORMAT}")
    if len(body) != length or _sum(generation, body) != checksum:
        raise Unreadable("is torn or damaged")
    try:
        memory = msgspec.msgpack.decode(body, type=Memory)
    except UNREADABLE as error:
        raise Unreadable(f"cannot be read: {error}") from error
    if not 0 <= memory.reserved <= MAX_POSITION:
        raise Unreadable(f"reserves positions up to {memory.reserved}")
    if house and memory.house != house:
        raise Unreadable(f"belongs to {memory.house!r}, this house is {house!r}")
    return generation, memory


class Slots:
    """The two files in `folder`. Used by the writer only; may raise `OSError`."""

    def __init__(self, folder: Path, house: str) -> None:
        self._folder = folder
        self._generation = 0
        self._next = 0
        self.words: list[str] = []
        """Sentences about generations that could not be used."""
        self.memory = Memory(house, 0, {})
        self.dirty = False
        self._load(house)

    def _load(self, house: str) -> None:
        best = -1
        for at, name in enumerate(NAMES):
            path = self._folder / name
            if not path.exists():
                continue
            try:
                generation, memory = decode(_read(path), house)
            except OSError as error:
                self.words.append(f"{path} cannot be read: {error}")
                continue
            except Unreadable as error:
                self.words.append(f"{path} {error}; {_kept(path)}")
                continue
            if generation > best:
                best, self.memory, self._generation, self._next = generation, memory, generation, 1 - at

    def put(self, name: str, body: bytes) -> None:
        """Change a value; `write` makes it durable."""
        self.memory.values[name] = body
        self.dirty = True

    def note_end(self, head: Head | None) -> None:
        """Where the contract journal ends; `write` makes it durable."""
        if head != self.memory.journal:
            self.memory.journal = head
            self.dirty = True

    def reserve(self, at_least: int) -> int:
        """Start of a fresh block of positions, above `at_least` and every block before; durable on return."""
        start = max(self.memory.reserved, at_least) + 1
        self.memory.reserved = start - 1 + BLOCK
        self.write()
        if not (self._folder / NAMES[self._next]).exists():
            self.write()  # both have their place before the disk is full
        return start

    def write(self) -> None:
        """Write the next generation over the older one and sync it."""
        data = encode(self._generation + 1, self.memory)
        path = self._folder / NAMES[self._next]
        fresh = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _keep_place(descriptor, len(data))
            written = 0
            while written < len(data):
                written += os.pwrite(descriptor, data[written:], written)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if fresh:
            sync_folder(self._folder)
        self._generation += 1
        self._next = 1 - self._next
        self.dirty = False


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise Unreadable("is no regular file")
    return path.read_bytes()[: MAX_MEMORY_BYTES + HEAD.size]


def _keep_place(descriptor: int, size: int) -> None:
    """Room for `size` bytes, or the usual place if that is larger; what was longer is cut."""
    os.ftruncate(descriptor, min(os.fstat(descriptor).st_size, max(size, PLACE_BYTES)))
    with suppress(OSError):  # then it must do with what is there
        os.posix_fallocate(descriptor, 0, max(size, PLACE_BYTES))


def sync_folder(folder: Path) -> None:
    """Make new names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


FREE_BYTES = 8 * 1024 * 1024
"""Left free on the disk for everybody else."""
KEPT_ASIDE = 3
"""So many files are kept of each name that was set aside; older ones are deleted."""


def _kept(path: Path) -> str:
    try:
        return f"it is kept as {set_aside(path).name}"
    except OSError as error:
        return f"it could not be renamed: {error}"


def set_aside(path: Path, *companions: str) -> Path:
    """Rename a file that cannot be used, with its companions, to `<name>.bad-<n>`; returns the new path.

    Only the newest few are kept. Raises `OSError`.
    """
    tails = (found.name.rpartition("-")[2] for found in path.parent.glob(path.name + ".bad-*"))
    numbers = sorted({int(tail) for tail in tails if tail.isdigit()})
    aside = path.with_name(f"{path.name}.bad-{numbers[-1] + 1 if numbers else 1}")
    path.rename(aside)
    for tail in companions:
        if path.with_name(path.name + tail).exists():
            path.with_name(path.name + tail).rename(aside.with_name(aside.name + tail))
    for number in numbers[: max(0, len(numbers) + 1 - KEPT_ASIDE)]:
        for tail in ("", *companions):
            path.with_name(f"{path.name}.bad-{number}{tail}").unlink(missing_ok=True)
    return aside


def forget_asides(path: Path, newest: Path, *companions: str) -> None:
    """Where the disk has no room for what `newest` holds beside it, the older files set aside go."""
    disk = os.statvfs(path.parent)
    size = sum(found.stat().st_size for found in path.parent.glob(newest.name + "*"))
    if disk.f_bavail * disk.f_frsize > size + FREE_BYTES:
        return
    names = {newest.name + tail for tail in ("", *companions)}
    for found in path.parent.glob(path.name + ".bad-*"):
        if found.name not in names:
            found.unlink(missing_ok=True)
