"""A small HTTP/1.1 server that never waits: stepped once a tick, every step bounded, everything counted.

h11 does the protocol, `selectors` with a zero timeout says who is ready, and the caller answers requests by
their ticket whenever it likes. Nothing a client sends raises out of it.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator

from proto.http_connection import BODY, HEAD, LINGER, SEND, STREAM, WAIT, Connection
from proto.http_door import Door
from proto.http_types import COUNTERS, HeaderList, Limits, ListenError, RefusedError, Request

__all__ = ["HttpServer", "Limits", "ListenError", "Request"]

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_SWEEP_MS = 100


class HttpServer:
    """One listener and its clients."""

    def __init__(self, listen: str, port: int, limits: Limits, setting: str = "page") -> None:
        """Open the socket; raises `ListenError` with a sentence. `setting` names the table to change."""
        self.limits = limits
        self.counters = dict.fromkeys(COUNTERS, 0)
        self._selector = selectors.DefaultSelector()
        self._door = Door(listen, port, setting, self._selector)
        self._sweep_at = 0
        self._tickets = 0
        self._connections: dict[Connection, None] = {}
        self._by_ticket: dict[int, Connection] = {}
        self._unparsed: dict[Connection, None] = {}
        self._pumping: dict[Connection, None] = {}
        self._streams: dict[int, Connection] = {}
        self._arrived: list[Request] = []
        self._net_ms = 0
        self._out_left = 0

    # ----------------------------------------------------------------------------------------- step

    def step(self, net_ms: int) -> None:
        """One bounded turn: accept, read, parse, write, expire. `net_ms` is real monotonic time."""
        self._net_ms = net_ms
        self._out_left = self.limits.bytes_out_per_step
        ready = self._selector.select(0)
        if ready:
            self._serve(ready)
        if self._unparsed:
            self._parse()
        if self._pumping:
            self._pump()
        if net_ms >= self._sweep_at:
            self._sweep(net_ms)

    def _serve(self, ready: list[tuple[selectors.SelectorKey, int]]) -> None:
        for key, events in ready:
            conn: Connection | None = key.data
            if conn is None:
                self._accept()
                continue
            if events & _WRITE:
                self._flush(conn)
            if events & _READ and conn in self._connections:
                self._receive(conn)

    # --------------------------------------------------------------------------------------- accept

    @property
    def port(self) -> int:
        """The port listened on, also when 0 was asked for."""
        return self._door.port

    def _accept(self) -> None:
        for _ in range(self.limits.accepts_per_step):
            if len(self._connections) >= self.limits.connections and not self._evict():
                self._door.pause(0)
                return
            caller = self._door.accept(self._net_ms)
            if caller is None:
                return
            self._welcome(*caller)

    def _welcome(self, sock: socket.socket, peer: str) -> None:
        self.counters["accepted"] += 1
        if sum(1 for c in self._connections if c.peer == peer) >= self.limits.per_peer:
            self.counters["crowded"] += 1
            sock.close()
            return
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conn = Connection(sock, peer, self.limits, self._net_ms)
        self._connections[conn] = None
        self._receive(conn)

    def _evict(self) -> bool:
        """Make room: the connection that has been idle longest goes."""
        idle = min((c for c in self._connections if c.idle), key=lambda c: c.deadline, default=None)
        if idle is None:
            return False
        self.counters["evicted"] += 1
        self._drop(idle)
        return True

    def _resume(self) -> None:
        if len(self._connections) < self.limits.connections:
            self._door.resume(self._net_ms)

    # ------------------------------------------------------------------------------------------- in

    def _receive(self, conn: Connection) -> None:
        try:
            count = conn.receive(self._net_ms)
        except OSError:
            self._lost(conn)
            return
        self.counters["bytes_in"] += count
        if conn.phase in (HEAD, BODY) and conn.inbox:
            self._unparsed[conn] = None
        self._watch(conn)

    def _parse(self) -> None:
        """Parse what came, a bounded number of connections per step, first come first served."""
        for conn in list(self._unparsed)[: self.limits.requests_per_step]:
            del self._unparsed[conn]
            conn.ticket = self._tickets + 1
            try:
                request = conn.parse()
            except RefusedError as error:
                self._refuse(conn, error)
                continue
            if request is not None:
                self._tickets += 1
                self.counters["requests"] += 1
                conn.deadline = self._net_ms + self.limits.answer_ms
                self._by_ticket[request.ticket] = conn
                self._arrived.append(request)
            self._flush(conn)

    def _refuse(self, conn: Connection, error: RefusedError) -> None:
        self.counters["refused"] += 1
        conn.refuse(error, self._net_ms)
        self._flush(conn)

    def requests(self) -> list[Request]:
        """Whole requests that arrived since the last call; each must be answered by its ticket."""
        if not self._arrived:
            return []
        arrived, self._arrived = self._arrived, []
        return arrived

    # ------------------------------------------------------------------------------------------ out

    def reply(self, ticket: int, status: int, headers: HeaderList, body: bytes | Iterator[bytes]) -> bool:
        """Answer a request; False when its client is gone, was answered already, or never was.

        An iterator is drawn from `chunks_per_step` times a step, so that long bodies are made in slices.
        """
        conn = self._by_ticket.pop(ticket, None)
        if conn is None:
            return False
        self.counters["answered"] += 1
        conn.reply(status, headers, body, self._net_ms)
        if conn.source is not None:
            self._pumping[conn] = None
        self._flush(conn)
        return True

    def _pump(self) -> None:
        left = self.limits.chunks_per_step
        for conn in list(self._pumping):
            while left > 0 and conn.pump():
                left -= 1
            if conn.source is None:
                del self._pumping[conn]
            self._flush(conn)

    def _flush(self, conn: Connection) -> None:
        if conn.out and self._out_left > 0:
            try:
                sent = conn.flush(min(self._out_left, self.limits.send_bytes), self._net_ms)
            except OSError:
                self._lost(conn)
                return
            self._out_left -= sent
            self.counters["bytes_out"] += sent
        if conn.finished:
            self._close_or_keep(conn)
        self._watch(conn)

    def _close_or_keep(self, conn: Connection) -> None:
        if not conn.again(self._net_ms):
            self._drop(conn)
        elif conn.phase == HEAD and conn.inbox:
            self._unparsed[conn] = None

    def _watch(self, conn: Connection) -> None:
        read, write = conn.wants
        events = (_READ if read else 0) | (_WRITE if write else 0)
        if events == conn.events:
            return
        if not events:
            self._selector.unregister(conn.sock)
        elif conn.events:
            self._selector.modify(conn.sock, events, conn)
        else:
            self._selector.register(conn.sock, events, conn)
        conn.events = events

    # -------------------------------------------------------------------------------------- streams

    @property
    def streams(self) -> int:
        """How many clients are listening to a stream."""
        return len(self._streams)

    def open_stream(self, ticket: int, headers: HeaderList) -> bool:
        """Turn a request into a stream that `push` feeds; False when there are too many, or it is gone."""
        if len(self._streams) >= self.limits.streams:
            self.counters["streams_full"] += 1
            return False
        conn = self._by_ticket.pop(ticket, None)
        if conn is None:
            return False
        self.counters["streams_opened"] += 1
        conn.open_stream(headers, self._net_ms)
        self._streams[ticket] = conn
        self._flush(conn)
        return True

    def push(self, data: bytes, *, only: int | None = None, skip_slow: bool = False) -> None:
        """Send a piece to every stream, or to one by its ticket.

        A client that has not taken earlier pieces misses this one with `skip_slow`; without, the piece is
        queued, and a client whose queue is full is dropped.
        """
        for ticket in [only] if only is not None else list(self._streams):
            conn = self._streams.get(ticket)
            if conn is None or (skip_slow and conn.out_bytes):
                continue
            if conn.out_bytes + len(data) > self.limits.stream_bytes:
                self.counters["streams_dropped"] += 1
                self._drop(conn)
                continue
            conn.push(data)
            self._flush(conn)

    # --------------------------------------------------------------------------------------- expire

    def _sweep(self, net_ms: int) -> None:
        self._sweep_at = net_ms + _SWEEP_MS
        for conn in [c for c in self._connections if net_ms >= c.deadline]:
            self._expire(conn)
        self._resume()

    def _expire(self, conn: Connection) -> None:
        if conn.phase == WAIT:
            self.counters["unanswered"] += 1
            self._by_ticket.pop(conn.ticket, None)
            self._refuse(conn, RefusedError(503, "The program did not answer in time."))
        elif conn.phase in (HEAD, BODY) and not conn.idle:
            self.counters["timeouts"] += 1
            self._unparsed.pop(conn, None)
            self._refuse(conn, RefusedError(408, "The request took too long to arrive."))
        else:
            if conn.phase == SEND:
                self.counters["stalled"] += 1
            elif conn.phase == STREAM:
                self.counters["streams_dropped"] += 1
            self._drop(conn)

    def _lost(self, conn: Connection) -> None:
        if conn.phase != LINGER:
            self.counters["gone"] += 1
        self._drop(conn)

    def _drop(self, conn: Connection) -> None:
        if conn.events:
            self._selector.unregister(conn.sock)
            conn.events = 0
        for table in (self._connections, self._unparsed, self._pumping):
            table.pop(conn, None)
        if self._by_ticket.get(conn.ticket) is conn:
            del self._by_ticket[conn.ticket]
        if self._streams.get(conn.ticket) is conn:
            del self._streams[conn.ticket]
        conn.close()
        self._resume()

    def close(self) -> None:
        """Close the listener and every client."""
        for conn in list(self._connections):
            self._drop(conn)
        self._door.close()
        self._selector.close()
