"""The listener for Wi-Fi sensor modules and the hub: it hears posts, hands back answers, never looks inside.

A sensor module takes any 200 that is not JSON for new firmware, so whatever this listener says on its own
account is never a 200, but for the `pong` of /ping.
"""

from __future__ import annotations

from proto.http import HttpServer, Limits, Request
from states.image import Answer, Now, Post

LIMITS = Limits(
    connections=8,
    per_peer=4,
    streams=0,
    idle_ms=5_000,
    answer_ms=2_000,
    send_ms=5_000,
    requests_per_step=8,
)
_TEXT = (("content-type", "text/plain; charset=utf-8"),)
_METHODS = ("GET", "POST")
NO_POSTS: tuple[Post, ...] = ()


class DeviceListener:
    """The port the modules are flashed with. A post waits two seconds for its answer, then gets a 503."""

    def __init__(self, listen: str, port: int, limits: Limits = LIMITS) -> None:
        """Open the socket; raises `ListenError` with a sentence that names [devices]."""
        self._http = HttpServer(listen, port, limits, "devices")
        self.counters = self._http.counters

    @property
    def port(self) -> int:
        """The port listened on, also when 0 was asked for."""
        return self._http.port

    def receive(self, now: Now) -> tuple[Post, ...]:
        """One bounded turn: what was posted since the last."""
        self._http.step(now.net_ms)
        requests = self._http.requests()
        if not requests:
            return NO_POSTS
        return tuple(post for request in requests if (post := self._post(request)) is not None)

    def _post(self, request: Request) -> Post | None:
        if request.path == "/ping" and request.method in ("GET", "HEAD"):
            self._http.reply(request.ticket, 200, _TEXT, b"pong")
        elif request.method not in _METHODS:
            self._http.reply(request.ticket, 405, (*_TEXT, ("allow", "GET, POST")), b"GET or POST only\n")
        else:
            return Post(request.ticket, request.method, request.path, request.body, request.local)
        return None

    def answer(self, answers: tuple[Answer, ...]) -> None:
        """Reply to posts by their ticket; an answer to a module that has gone is dropped."""
        for answer in answers:
            headers = (("content-type", answer.content_type),)
            self._http.reply(answer.ticket, answer.status, headers, answer.body)

    def close(self) -> None:
        """Stop listening."""
        self._http.close()
