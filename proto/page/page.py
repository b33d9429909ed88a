"""The page of one house: hears requests, answers them, and tells every open page once a second what is new.

It is stepped by the tick, never waits, only shows. The snapshot of the house is made at most once a second
however many look, and not at all while nobody does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from layouts.model import House
from layouts.settings import Settings
from proto.http import HttpServer, Limits, Request
from proto.http_types import HeaderList
from proto.page.assets import Assets
from proto.page.guard import Guard
from proto.page.history import History
from proto.page.metrics import CONTENT_TYPE, render
from proto.page.plan import describe
from proto.page.recent import Recent
from proto.page.reply import JSON, NO_STORE, SAFE, Reply, sentence
from proto.status import Status, StatusInput
from states.image import Decision, Event, Image, Now

LIMITS = Limits(
    connections=32, per_peer=32, streams=8, body_bytes=4096, requests_per_step=8, chunks_per_step=6
)
FRESH_MS = 1_000
"""Real time between two snapshots."""
RETRY_MS = 2_000
"""After which a browser that lost us knocks again."""
_STREAM: HeaderList = (("content-type", "text/event-stream"), *SAFE, *NO_STORE)
_NOT_HERE = "There is nothing here. The page is /, what the program says of itself is /api/status."
_NO_TICK = "The program has not completed a tick yet."

Snapshot = Callable[[], StatusInput | None]


class Look:
    """The last snapshot: as content, as JSON, and as metrics once somebody asks for them."""

    def __init__(self, net_ms: int, content: dict[str, Any], counters: Mapping[str, int]) -> None:
        self.net_ms = net_ms
        self.content = content
        self.counters = counters
        self.json = msgspec.json.encode(content)
        self.metrics = b""


class Page:
    """The listener and what it shows."""

    def __init__(
        self, http: HttpServer, guard: Guard, house: House, settings: Settings, simulated: str = ""
    ) -> None:
        self.url = url_of(settings.page.listen, http.port)
        self.http = http
        self.guard = guard
        self.history = History(house)
        self.recent = Recent()
        self.assets = Assets()
        self._status = Status(house)
        plan = describe(house, settings, self.history.describe(), simulated)
        plan["page"] = self.assets.version
        self._plan = msgspec.json.encode(plan)
        self._look: Look | None = None
        self._wall_ms = 0
        self._pushed_ms = 0
        self._points = 0
        self._bill: dict[str, float] | None = None
        self._routes: dict[str, Callable[[Now, Snapshot], Reply]] = {
            "/ping": lambda _now, _snapshot: Reply(200, b"pong"),
            "/healthz": lambda _now, _snapshot: self._health(),
            "/api/status": self._say_status,
            "/metrics": self._say_metrics,
            "/api/house": lambda _now, _snapshot: Reply(200, self._plan, JSON),
            "/api/history": lambda _now, _snapshot: Reply(200, self.history.pieces(), JSON),
            "/api/recent": lambda _now, _snapshot: Reply(200, msgspec.json.encode(self.recent.all()), JSON),
        }

    # ---------------------------------------------------------------------------------- from the tick

    def note(self, event: Event) -> None:
        """An event of the tick."""
        self.recent.event(event)

    def sample(self, now: Now, image: Image, decision: Decision) -> None:
        """One tick for the history."""
        self._wall_ms = now.wall_ms
        self.history.sample(now, image, decision)

    def step(self, now: Now, snapshot: Snapshot) -> None:
        """One bounded turn: requests that came, and once a second what is new to every open page."""
        self.http.step(now.net_ms)
        for request in self.http.requests():
            self._answer(request, now, snapshot)
        if now.net_ms - self._pushed_ms >= FRESH_MS:
            self._pushed_ms = now.net_ms
            self._push(now, snapshot)

    def close(self) -> None:
        """Stop listening."""
        self.http.close()

    # ---------------------------------------------------------------------------------- from a demo

    def tell(self, words: str) -> None:
        """A line of the demo."""
        self.recent.told(words, self._wall_ms)

    def summary(self, figures: Mapping[str, float]) -> None:
        """What heating has cost so far, beside what a plain thermostat would have paid."""
        self._bill = dict(figures)

    def price(self, usd_per_kwh: float | None) -> None:
        """What electricity costs just now, from somebody who knows: the house itself is told no price."""
        self.history.price = usd_per_kwh

    # -------------------------------------------------------------------------------------- answering

    def _answer(self, request: Request, now: Now, snapshot: Snapshot) -> None:
        reply = self.guard.check(request, now.net_ms)
        if reply is None and request.path == "/api/stream" and request.method == "GET":
            if self._open_stream(request.ticket, now, snapshot):
                return
            reply = sentence(503, "Too many pages are open; close one.", (("retry-after", "5"),))
        if reply is None:
            route = self._routes.get(request.path)
            reply = route(now, snapshot) if route else self.assets.reply(request) or sentence(404, _NOT_HERE)
        self.http.reply(request.ticket, reply.status, reply.all_headers, reply.body)

    def _health(self) -> Reply:
        """The loop runs, for it answers; whether it has a decision to show is the rest."""
        return Reply(200, b"ok\n") if self._wall_ms else sentence(503, _NO_TICK)

    def _say_status(self, now: Now, snapshot: Snapshot) -> Reply:
        look = self._fresh(now, snapshot)
        return Reply(200, look.json, JSON) if look else sentence(503, _NO_TICK)

    def _say_metrics(self, now: Now, snapshot: Snapshot) -> Reply:
        look = self._fresh(now, snapshot)
        if look is None:
            return sentence(503, _NO_TICK)
        if not look.metrics:
            own = {f"http_{name}": count for name, count in self.http.counters.items()}
            own |= {"token_failures": self.guard.token_failures, "foreign_requests": self.guard.foreign}
            look.metrics = render(look.content, look.counters, own)
        return Reply(200, look.metrics, CONTENT_TYPE)

    def _fresh(self, now: Now, snapshot: Snapshot) -> Look | None:
        """The snapshot, made anew when it is a second old."""
        look = self._look
        if look is not None and now.net_ms - look.net_ms < FRESH_MS:
            return look
        source = snapshot()
        if source is None:
            return None
        content = self._status.tell(source)
        content |= {"price_usd_kwh": self.history.price, "bill": self._bill, "page": self.assets.version}
        look = self._look = Look(now.net_ms, content, source.counters)
        return look

    # ------------------------------------------------------------------------------------------ live

    def _open_stream(self, ticket: int, now: Now, snapshot: Snapshot) -> bool:
        if not self.http.open_stream(ticket, _STREAM):
            return False
        look = self._fresh(now, snapshot)
        first = b"retry: %d\n\n" % RETRY_MS
        self.http.push(first + (_event(b"status", look.json) if look else b""), only=ticket)
        return True

    def _push(self, now: Now, snapshot: Snapshot) -> None:
        """Lines and points reach everybody or the slow one is dropped; a snapshot may be missed."""
        lines, fresh_point = self.recent.take_new(), self.history.count != self._points
        self._points = self.history.count
        if not self.http.streams:
            return
        small = b"".join(_event(b"line", msgspec.json.encode(line)) for line in lines)
        if fresh_point:
            small += _event(b"point", msgspec.json.encode(self.history.last()))
        if small:
            self.http.push(small)
        look = self._fresh(now, snapshot)
        if look is not None:
            self.http.push(_event(b"status", look.json), skip_slow=True)


def _event(kind: bytes, data: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind, data)


def url_of(listen: str, port: int) -> str:
    """Where a browser on this computer finds the page."""
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen, listen)  # noqa: S104
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
