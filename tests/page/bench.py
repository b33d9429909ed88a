"""A page on a free loopback port, stepped by hand, and clients that never block for long."""

from __future__ import annotations

import json
import socket
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from layouts.load import load_house
from layouts.settings import Settings
from proto.page import Page, open_page
from proto.status import StatusInput
from states.image import Now, Reading
from tests.atn.season import stage
from tests.http.bench import heard

START_MS = 1_769_500_800_000
"""2026-01-27 03:00 in Maine, a Tuesday."""
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


class Answer(Struct, frozen=True):
    """What came back; header names in lower case, of repeated ones the last."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


def read_answer(data: bytes) -> Answer:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join(chunks(body))
    return Answer(int(first.split()[1]), headers, body)


def chunks(data: bytes) -> list[bytes]:
    found = []
    while data:
        size, _, rest = data.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            break
        found.append(rest[:length])
        data = rest[length + 2 :]
    return found


@cache
def lived(house: str = "orange", minutes: int = 20, *, atn: bool = True) -> StatusInput:
    """What a tick of a simulated house hands the page; made once, frozen, changed by `replace`."""
    made = stage(load_house(house), Settings(), START_MS, 1000, atn=atn)
    made.run(60 * minutes, 1000)
    source: StatusInput = made.program.snapshot()
    return source


def with_reading(source: StatusInput, channel: str, **changes: Any) -> StatusInput:
    """The same moment with one reading changed."""
    old = source.image.readings[channel]
    return with_raw(source, channel, replace(old, **changes))


def with_raw(source: StatusInput, channel: str, reading: Reading | None) -> StatusInput:
    readings = {k: v for k, v in source.image.readings.items() if k != channel}
    if reading is not None:
        readings[channel] = reading
    return replace(source, image=replace(source.image, readings=readings))


def with_overview(source: StatusInput, **changes: Any) -> StatusInput:
    overview = replace(source.decision.overview, **changes)
    return replace(source, decision=replace(source.decision, overview=overview))


class PageBench:
    """The page of a house, its clock in the test's hand."""

    def __init__(self, source: StatusInput | None = None, settings: Settings | None = None) -> None:
        self.source = source if source is not None else lived()
        base = settings or Settings()
        made = open_page(
            replace(base, page=replace(base.page, port=0)), self.source.house, self.source.simulated
        )
        if made is None:
            raise ValueError("the page is switched off")
        self.page: Page = made
        self.net_ms = 1_000_000
        self.asked = 0
        self.clients: list[socket.socket] = []

    def snapshot(self) -> StatusInput | None:
        self.asked += 1
        return self.source

    def now(self) -> Now:
        now = self.source.image.now
        return Now(now.wall_ms, now.mono_ms, self.net_ms)

    def turn(self, steps: int = 4, ms: int = 0) -> None:
        for _ in range(steps):
            self.net_ms += ms
            self.page.step(self.now(), self.snapshot)

    def sample(self, minutes: int = 1) -> None:
        """Let house time pass, a tick a minute."""
        for _ in range(minutes):
            now = self.source.image.now
            later = replace(now, wall_ms=now.wall_ms + 60_000)
            self.source = replace(self.source, image=replace(self.source.image, now=later))
            self.page.sample(self.now(), self.source.image, self.source.decision)

    def client(self) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.page.http.port), timeout=2)
        sock.settimeout(0)
        self.clients.append(sock)
        return sock

    def ask(self, path: str, *headers: str, method: str = "GET", host: str = "localhost") -> Answer:
        """A fresh client asks once."""
        sock = self.client()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
        sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        data = b""
        for _ in range(80):
            self.turn(1)
            data += heard(sock)
        return read_answer(data)

    def listen(self, path: str = "/api/stream") -> socket.socket:
        """A client that opens a stream and keeps it."""
        sock = self.client()
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        self.turn()
        return sock

    def close(self) -> None:
        for sock in self.clients:
            sock.close()
        self.page.close()


def events(data: bytes) -> list[tuple[str, Any]]:
    """Server-sent events of what a stream client has heard, with or without the head."""
    body = data.partition(b"\r\n\r\n")[2] if data.startswith(b"HTTP/") else data
    found = []
    for block in b"".join(chunks(body)).decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found
