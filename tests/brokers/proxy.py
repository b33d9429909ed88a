"""A TCP proxy that misbehaves on demand: holds, trickles, cuts, swallows. Stepped by the test's loop."""

from __future__ import annotations

import contextlib
import socket

PASS, HOLD, TRICKLE, HOLE = "pass", "hold", "trickle", "hole"
"""Forward; keep everything open and forward nothing (half-open); a byte a step; connects get no answer."""
CHUNK = 65_536


class Pair:
    """One client and its connection to the server; what has been read and not yet passed on."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.ends = (client, server)
        self.waiting = [bytearray(), bytearray()]
        """Bytes for the client, bytes for the server."""
        self.broken = False

    def step(self, limit: int) -> None:
        """Move at most `limit` bytes each way."""
        for at, end in enumerate(self.ends):
            self._read(end, self.waiting[1 - at])
        for at, end in enumerate(self.ends):
            held = self.waiting[at]
            if not held:
                continue
            try:
                sent = end.send(held[:limit])
            except BlockingIOError:
                continue
            except OSError:
                self.broken = True
                continue
            del held[:sent]

    def _read(self, end: socket.socket, into: bytearray) -> None:
        if len(into) >= CHUNK:
            return
        try:
            data = end.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            into += data
        else:
            self.broken = True

    def close(self) -> None:
        """Cut it off, both ends."""
        for end in self.ends:
            end.close()


class Proxy:
    """Listens on `port` and connects to `server_port`, both on loopback."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.mode = PASS
        self.port = 0
        self.accepted = 0
        self._fillers: list[socket.socket] = []
        self._pairs: list[Pair] = []
        self._listener = self._listen(64)

    def _listen(self, backlog: int) -> socket.socket:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", self.port))
        made.listen(backlog)
        made.setblocking(False)
        self.port = made.getsockname()[1]
        return made

    def turn(self, mode: str) -> None:
        """Behave like this from now on."""
        if HOLE in (mode, self.mode) and mode != self.mode:
            self._listener.close()
            for filler in self._fillers:
                filler.close()
            self._fillers.clear()
            self._listener = self._listen(0 if mode == HOLE else 64)
            if mode == HOLE:
                self._fill()
        self.mode = mode

    def _fill(self) -> None:
        """Fill the queue of connections, so that the kernel answers no more."""
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._fillers.append(filler)

    def step(self) -> None:
        """Accept and move bytes, as the mode says."""
        if self.mode in (HOLD, HOLE):
            return
        self._accept()
        for pair in self._pairs:
            pair.step(1 if self.mode == TRICKLE else CHUNK)
        for pair in [pair for pair in self._pairs if pair.broken]:
            pair.close()
            self._pairs.remove(pair)

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            client, _ = self._listener.accept()
            self.accepted += 1
            try:
                server = socket.create_connection(("127.0.0.1", self.server_port), timeout=1)
            except OSError:
                client.close()
                return
            for end in (client, server):
                end.setblocking(False)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs.append(Pair(client, server))

    def cut(self) -> None:
        """Close every connection."""
        for pair in self._pairs:
            pair.close()
        self._pairs.clear()

    def close(self) -> None:
        """Close everything."""
        self.cut()
        for sock in (self._listener, *self._fillers):
            sock.close()
