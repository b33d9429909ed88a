"""One HTTP connection: bytes in, at most one request at a time, bytes out; it never waits and never decides.

A request's head is held back until it is whole, so h11 parses it in one go however slowly it came.
"""

from __future__ import annotations

import re
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

import h11

from proto.http_types import REASONS, HeaderList, Limits, RefusedError, Request

HEAD, BODY, WAIT, SEND, STREAM, LINGER, CLOSED = range(7)
_HEAD_END = re.compile(rb"\n\r?\n")
_FOREVER = 1 << 62
_PIECES = 16


class Connection:
    """A client. `phase` says what is awaited; `deadline` (real ms) says until when."""

    __slots__ = (
        "_body", "_h11", "_head", "_limits", "deadline", "events", "inbox", "keep", "out", "out_bytes",
        "peer", "phase", "sock", "source", "ticket",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, peer: str, limits: Limits, net_ms: int) -> None:
        self.sock = sock
        self.peer = peer
        self._limits = limits
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head_bytes)
        self._head: h11.Request | None = None
        self._body = bytearray()
        self.inbox = bytearray()
        self.out: deque[memoryview] = deque()
        self.out_bytes = 0
        self.source: Iterator[bytes] | None = None
        self.phase = HEAD
        self.ticket = 0
        self.events = 0
        self.keep = False
        self.deadline = net_ms + limits.idle_ms

    # ------------------------------------------------------------------------------------------- in

    @property
    def idle(self) -> bool:
        """Open, but nothing of a request has come."""
        return self.phase == HEAD and not self.inbox

    @property
    def wants(self) -> tuple[bool, bool]:
        """(read, write): what the socket is watched for."""
        return self.phase in (HEAD, BODY, STREAM, LINGER), self.out_bytes > 0

    def receive(self, net_ms: int) -> int:
        """Take what has come, one bounded read; returns the bytes. Raises `OSError` when the peer is gone."""
        try:
            data = self.sock.recv(self._limits.recv_bytes)
        except (BlockingIOError, InterruptedError):
            return 0
        if not data:
            raise ConnectionResetError("the peer closed the connection")
        if self.phase in (HEAD, BODY):
            if self.idle:
                self.deadline = net_ms + self._limits.request_ms
            self.inbox += data
        return len(data)

    def parse(self) -> Request | None:
        """The request, once it is whole. Raises `RefusedError` for one that breaks a rule."""
        try:
            if self.phase == HEAD and self.inbox:
                self._parse_head()
            if self.phase == BODY:
                return self._parse_body()
        except h11.RemoteProtocolError as error:
            raise RefusedError(error.error_status_hint, f"Not understood: {error}.") from error
        return None

    def _parse_head(self) -> None:
        end = _HEAD_END.search(self.inbox)
        size = end.end() if end else len(self.inbox)
        if size > self._limits.head_bytes:
            raise RefusedError(431, "The head of the request is too large.")
        if self.inbox.count(b"\n", 0, size) > self._limits.headers + 2:
            raise RefusedError(431, "The request has too many headers.")
        if end is None:
            return
        self._feed()
        event = self._h11.next_event()
        if not isinstance(event, h11.Request):
            raise RefusedError(400, "Not a request.")
        for name, value in event.headers:
            if name == b"transfer-encoding":
                raise RefusedError(411, "Send the length of the body; chunks are not taken.")
            if name == b"content-length" and int(value) > self._limits.body_bytes:
                raise RefusedError(413, f"A body may have {self._limits.body_bytes} bytes at most.")
        self._head = event
        self.phase = BODY
        if self._h11.they_are_waiting_for_100_continue:
            self._say(h11.InformationalResponse(status_code=100, headers=[]))

    def _feed(self) -> None:
        if self.inbox:
            self._h11.receive_data(bytes(self.inbox))
            self.inbox.clear()

    def _parse_body(self) -> Request | None:
        self._feed()
        head = self._head
        while head is not None:
            event = self._h11.next_event()
            if isinstance(event, h11.Data):
                self._body += event.data
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                return None
        return None if head is None else self._whole(head)

    def _whole(self, head: h11.Request) -> Request:
        headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in head.headers)
        self.phase = WAIT
        method, target = head.method.decode(), head.target.decode()
        return Request(self.ticket, method, target, headers, bytes(self._body), self.peer, self._local())

    def _local(self) -> str:
        """Address and port of ours that the client came to."""
        try:
            host, port = self.sock.getsockname()[:2]
        except (OSError, ValueError):
            return ""
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    # ------------------------------------------------------------------------------------------ out

    def _say(self, event: h11.Event) -> None:
        data = self._h11.send(event)
        if data:
            self._put(data)

    def _put(self, data: bytes) -> None:
        self.out.append(memoryview(data))
        self.out_bytes += len(data)

    def reply(self, status: int, headers: HeaderList, body: bytes | Iterator[bytes], net_ms: int) -> None:
        """Answer the pending request. An iterator is sent in chunks, produced as the client takes them."""
        lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        if isinstance(body, bytes) and status not in (204, 304):
            lines.append((b"content-length", str(len(body)).encode()))
        self._open(status, lines)
        self.phase = SEND
        self.deadline = net_ms + self._limits.send_ms
        if self._head is not None and self._head.method == b"HEAD":
            body = b""
        if isinstance(body, bytes):
            if body:
                self._say(h11.Data(data=body))
            self._finish()
        else:
            self.source = body

    def _open(self, status: int, lines: Sequence[tuple[bytes, bytes]]) -> None:
        reason = REASONS.get(status, "").encode()
        self._say(h11.Response(status_code=status, headers=list(lines), reason=reason))

    def _finish(self) -> None:
        self._say(h11.EndOfMessage())
        self.source = None
        self.keep = self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE

    def open_stream(self, headers: HeaderList, net_ms: int) -> None:
        """Begin a response that has no end; `push` feeds it."""
        lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self._open(200, lines)
        self.phase = STREAM
        self.deadline = net_ms + self._limits.send_ms

    def push(self, data: bytes) -> None:
        """Append a piece to the open stream; the caller keeps `out_bytes` bounded."""
        self._say(h11.Data(data=data))

    def pump(self) -> bool:
        """Produce the next piece of a long response; False when there is nothing to do now."""
        if self.source is None or self.out_bytes >= self._limits.send_bytes:
            return False
        piece = next(self.source, None)
        if piece is None:
            self._finish()
        elif piece:
            self._say(h11.Data(data=piece))
        return True

    def refuse(self, error: RefusedError, net_ms: int) -> None:
        """Say why, then stop listening to this client; past h11, whose state may be anything by now."""
        words = error.words.encode("ascii", "replace") + b"\n"
        head = (
            f"HTTP/1.1 {error.status} {REASONS.get(error.status, 'Refused')}\r\n"
            f"content-type: text/plain; charset=utf-8\r\ncontent-length: {len(words)}\r\n"
            "connection: close\r\n\r\n"
        )
        self._put(head.encode("ascii") + words)
        self.inbox.clear()
        self.keep = False
        self.phase = SEND
        self.deadline = net_ms + self._limits.linger_ms

    def flush(self, budget: int, net_ms: int) -> int:
        """Send what the socket takes, at most `budget` bytes. Raises `OSError` when the peer is gone."""
        sent = 0
        while self.out and sent < budget:
            try:
                count = self.sock.sendmsg(self._next_pieces(budget - sent))
            except (BlockingIOError, InterruptedError):
                break
            sent += count
            if not self._took(count):
                break
        if self.phase == STREAM and (sent or not self.out):
            self.deadline = net_ms + self._limits.send_ms if self.out else _FOREVER
        return sent

    def _next_pieces(self, budget: int) -> list[memoryview]:
        pieces = []
        for piece in islice(self.out, _PIECES):
            pieces.append(piece[:budget])
            budget -= len(piece)
            if budget <= 0:
                break
        return pieces

    def _took(self, count: int) -> bool:
        """Drop what was sent from the queue; False when a piece went only in part."""
        self.out_bytes -= count
        while count and count >= len(self.out[0]):
            count -= len(self.out.popleft())
        if count:
            self.out[0] = self.out[0][count:]
        return not count

    @property
    def finished(self) -> bool:
        """The answer is out, whole."""
        return self.phase == SEND and not self.out and self.source is None

    def again(self, net_ms: int) -> bool:
        """After an answer: ready for the next request, or lingering; False when it may be closed."""
        if not self.keep:
            return self._linger(net_ms)
        left, _ = self._h11.trailing_data
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=self._limits.head_bytes)
        self._head = None
        self._body.clear()
        self.inbox += left
        self.phase = HEAD
        self.deadline = net_ms + (self._limits.request_ms if left else self._limits.idle_ms)
        return True

    def _linger(self, net_ms: int) -> bool:
        """Close our half and read on for a moment: closing at once would destroy the answer on its way."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        self.phase = LINGER
        self.deadline = net_ms + self._limits.linger_ms
        return True

    def close(self) -> None:
        """Give the socket up; may be called twice."""
        self.phase = CLOSED
        self.source = None
        self.out.clear()
        self.out_bytes = 0
        self.sock.close()
