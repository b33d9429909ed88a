"""One HTTP GET at a time, on a stream that never waits: ask, then step until the whole answer is there.

h11 speaks HTTP/1.1; connecting, sending and timing are ours. The path of a question may hold a token, so no
sentence of this file ever shows one. A connection is kept for the next question when the server keeps it.
"""

from __future__ import annotations

import h11
from msgspec import Struct

from hw.bus import Stream, StreamPort

_RECV_BYTES = 16_384
_RECV_CALLS = 4
"""At most 64 KiB are taken in a tick."""
_HEAD_LIMIT = 16_384


class HttpReply(Struct, frozen=True, gc=False):
    """A whole answer; header names are lower case."""

    status: int
    body: bytes
    location: str = ""
    """Where a redirection points."""


class HttpError(OSError):
    """No answer that could be used; the connection was dropped. The message never shows the path."""


class HttpClient:
    """Asks one host. `busy` while a question is out."""

    def __init__(
        self,
        port: StreamPort,
        host: str,
        *,
        deadline_ms: int,
        most_bytes: int,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """`host` as it stands in the Host header; the whole answer must come within `deadline_ms` (real)."""
        self._port = port
        self._host = host
        self._deadline_ms = deadline_ms
        self._most_bytes = most_bytes
        self._headers = [("host", host), ("accept-encoding", "identity"), *headers]
        self._path: str | None = None
        self._asked_ms = 0
        self._stream: Stream | None = None
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_LIMIT)
        self._unsent = b""
        self._used = False
        self._answering = False
        self._head: h11.Response | None = None
        self._body = bytearray()

    @property
    def busy(self) -> bool:
        """True while a question is out."""
        return self._path is not None

    def ask(self, path: str, net_ms: int) -> None:
        """Begin a GET; one that is still out is given up."""
        if self.busy:
            self._drop(net_ms, f"{self._host}: given up for another question.")
        self._path, self._asked_ms = path, net_ms

    def step(self, net_ms: int) -> HttpReply | None:
        """One tick's worth; the answer once it is whole. Raises `HttpError`."""
        if self._path is None:
            return None
        if net_ms - self._asked_ms > self._deadline_ms:
            why = self._port.words or f"{self._host}: no whole answer within {self._deadline_ms // 1000} s."
            raise self._failure(net_ms, why)
        stream = self._port.stream(net_ms)
        if stream is None:
            self._stream = None
            return None
        try:
            if stream is not self._stream:
                self._begin(stream)
            elif not self._unsent and not self._answering and self._head is None:
                self._say()
            return self._exchange(stream, net_ms)
        except h11.RemoteProtocolError as error:
            raise self._failure(net_ms, f"{self._host}: what it answers is not HTTP ({error}).") from error
        except OSError as error:
            if isinstance(error, HttpError):
                raise
            return self._broken(error, net_ms)

    def _begin(self, stream: Stream) -> None:
        """A new connection."""
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_LIMIT)
        self._used = False
        self._say()

    def _say(self) -> None:
        self._answering, self._head = True, None
        self._body.clear()
        question = h11.Request(method="GET", target=self._path or "/", headers=self._headers)
        self._unsent = (self._http.send(question) or b"") + (self._http.send(h11.EndOfMessage()) or b"")

    def _exchange(self, stream: Stream, net_ms: int) -> HttpReply | None:
        if self._unsent:
            self._unsent = self._unsent[stream.send(self._unsent) :]
        for _ in range(_RECV_CALLS):
            data = stream.recv(_RECV_BYTES)
            if data is None:
                break
            if not data and self._head is None:
                raise ConnectionResetError(f"{self._host}: closed the connection without an answer.")
            self._http.receive_data(data)
            reply = self._events(net_ms)
            if reply is not None or not data:
                return reply
        return None

    def _events(self, net_ms: int) -> HttpReply | None:
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Response):
                self._head = event
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > self._most_bytes:
                    raise self._failure(net_ms, f"{self._host}: answers with too much.")
            elif isinstance(event, h11.EndOfMessage):
                return self._whole(net_ms)
            elif not isinstance(event, h11.InformationalResponse):
                return None

    def _whole(self, net_ms: int) -> HttpReply:
        head, body = self._head, bytes(self._body)
        self._path, self._answering, self._head = None, False, None
        self._body.clear()
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            self._used = True
        else:
            self._release(net_ms)
        headers = dict(head.headers) if head is not None else {}
        location = headers.get(b"location", b"").decode("latin-1")
        return HttpReply(head.status_code if head is not None else 0, body, location)

    def _broken(self, error: OSError, net_ms: int) -> HttpReply | None:
        """A connection kept from the last question may be gone: ask once more on a new one."""
        if self._used and self._head is None:
            self._release(net_ms)
            return None
        raise self._failure(net_ms, str(error)) from error

    def _release(self, net_ms: int) -> None:
        self._stream = None
        self._port.release(net_ms)

    def _failure(self, net_ms: int, why: str) -> HttpError:
        self._drop(net_ms, why)
        return HttpError(why)

    def _drop(self, net_ms: int, why: str) -> None:
        self._path, self._stream, self._head, self._unsent = None, None, None, b""
        self._answering = False
        self._port.drop(net_ms, why)
