"""Every message that crossed a link as JSON lines `{"topic": ..., "payload": {...}}`, to debug the talk.

`WireFile` writes at once and may wait for the disk: for virtual time, and for the child. `WireTap` is what a
running program uses: it hands each message to a child over a socket that is never waited for.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from proto.store.process import Process

MAX_BYTES = 100_000_000
"""A file is never longer."""
FULL = "wire/full"
DROPPED = "wire/dropped"
"""Topics of lines that no link has seen: the file has reached its size; so many messages are missing here."""
MAX_BUFFER_BYTES = 1024 * 1024
"""What waits in the program for a child that is busy with the disk."""
HEAD = struct.Struct(">IH")
READ_BYTES = 64 * 1024
PAUSE_S = 0.02
PAUSES = 100
SHOWN_BYTES = 200


class Tap(Protocol):
    """Sees every message that crosses a link: topic, payload, "in" or "out". Never waits, never raises."""

    def __call__(self, topic: str, payload: bytes, way: str) -> None:
        """A message has crossed."""

    def close(self) -> None:
        """No more will come."""


class WireFile:
    """Appends lines to `path` until it is `max_bytes` long and says so in its last. Raises `OSError`."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES, *, afresh: bool = False) -> None:
        self._max_bytes = max_bytes
        how = os.O_TRUNC if afresh else os.O_APPEND
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o600)
        self._size = os.fstat(self._descriptor).st_size
        self.full = False
        if self._size and not _ends_a_line(path):
            self._write(b"\n")

    def __call__(self, topic: str, payload: bytes, way: str = "") -> None:
        """Write one message."""
        if not self.full:
            self._write(line(topic, payload))

    def _write(self, data: bytes) -> None:
        last = line(FULL, msgspec.json.encode({"MaxBytes": self._max_bytes}))
        if self._size + len(data) + len(last) > self._max_bytes:
            self.full = True
            data = last if self._size + len(last) <= self._max_bytes else b""
        while data:
            written = os.write(self._descriptor, data)
            self._size += written
            data = data[written:]

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


def _ends_a_line(path: Path) -> bool:
    """A program that was killed may have left half a line."""
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"


def line(topic: str, payload: bytes) -> bytes:
    """One line; a payload that is no JSON object is only shown by its beginning."""
    try:
        found = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, RecursionError):
        found = None
    if not isinstance(found, dict):
        found = {"Unreadable": repr(payload[:SHOWN_BYTES]), "Bytes": len(payload)}
    clean = topic.encode("utf-8", "replace").decode()
    return msgspec.json.encode({"topic": clean, "payload": found}) + b"\n"


class WireTap:
    """Hands messages to a child that writes them. `say` is told once when no more can be written."""

    def __init__(self, path: Path, say: Callable[[str], None], max_bytes: int = MAX_BYTES) -> None:
        """Raises `OSError` when the file cannot be written."""
        place = path.absolute()
        WireFile(place, max_bytes).close()
        self._path, self._say = path, say
        self._process = Process(lambda sock: write_lines(sock, place, max_bytes), "scada-wire")
        self._waiting: deque[memoryview] = deque()
        self._bytes = self._untold = 0
        self._over = False
        self.taken = self.dropped = 0

    def __call__(self, topic: str, payload: bytes, way: str = "") -> None:
        """Take a message, or count it as dropped."""
        if self._over or self._bytes + len(payload) > MAX_BUFFER_BYTES:
            self.dropped += 1
            self._untold += 1
        else:
            if self._untold:
                self._push(DROPPED, msgspec.json.encode({"Count": self._untold}))
                self._untold = 0
            self.taken += 1
            self._push(topic, payload)
        self._send()

    def _push(self, topic: str, payload: bytes) -> None:
        name = topic.encode("utf-8", "replace")
        frame = HEAD.pack(len(payload), len(name)) + name + payload
        self._waiting.append(memoryview(frame))
        self._bytes += len(frame)

    def _send(self) -> None:
        """As much as the child takes now."""
        waiting = self._waiting
        try:
            while waiting:
                sent = self._process.sock.send(waiting[0])
                self._bytes -= sent
                if sent < len(waiting[0]):
                    waiting[0] = waiting[0][sent:]
                    return
                waiting.popleft()
        except BlockingIOError:
            return
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        self.dropped += len(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        if not self._over:
            self._over = True
            self._say(f"{self._path} has reached its size or cannot be written: no more messages go there")

    def close(self) -> None:
        """Two seconds at most for what still waits, two for the child to write it; after the last tick."""
        sock = self._process.sock
        for _ in range(PAUSES):
            self._send()
            if not self._waiting:
                break
            select.select([], [sock], [], PAUSE_S)
        self._process.hang_up()
        for _ in range(PAUSES):
            if self._process.gone():
                return
            select.select([], [], [], PAUSE_S)
        self._process.kill()


def write_lines(sock: socket.socket, path: Path, max_bytes: int) -> int:
    """The child's whole life: write what comes until nothing more does, or no more may be written."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.set_wakeup_fd(-1)
    try:
        file, held = WireFile(path, max_bytes), bytearray()
        while not file.full and (data := sock.recv(READ_BYTES)):
            held += data
            _cut(held, file)
    except OSError:
        return 1
    return 0


def _cut(held: bytearray, file: WireFile) -> None:
    """Write every whole message that has come."""
    while len(held) >= HEAD.size:
        size, name = HEAD.unpack_from(held)
        end = HEAD.size + name + size
        if len(held) < end:
            return
        topic = held[HEAD.size : HEAD.size + name].decode("utf-8", "replace")
        file(topic, bytes(held[HEAD.size + name : end]))
        del held[:end]


def open_wire(path: str | None, say: Callable[[str], None]) -> WireTap | None:
    """What `--wire FILE` asks for, if anything. Raises `OSError`."""
    return WireTap(Path(path), say) if path else None
