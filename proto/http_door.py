"""The listening socket of a server, which can be shut for a while without losing who waits before it."""

from __future__ import annotations

import selectors
import socket

from proto.http_types import open_listener

_PAUSE_MS = 1_000


class Door:
    """Accepts clients without ever waiting. While shut, the kernel queues a few callers for us."""

    def __init__(self, listen: str, port: int, setting: str, selector: selectors.BaseSelector) -> None:
        self._listener = open_listener(listen, port, setting)
        self._selector = selector
        self._open = False
        self._shut_until = 0
        self.errors = 0
        self.port: int = self._listener.getsockname()[1]
        self.resume(0)

    def accept(self, net_ms: int) -> tuple[socket.socket, str] | None:
        """The next caller and its address; None when nobody waits, or when the system refuses (counted)."""
        try:
            sock, address = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return None
        except OSError:
            self.errors += 1
            self.pause(net_ms + _PAUSE_MS)
            return None
        sock.setblocking(False)
        return sock, str(address[0])

    def pause(self, until_net_ms: int) -> None:
        """Shut the door, at least until then."""
        if self._open:
            self._open = False
            self._shut_until = until_net_ms
            self._selector.unregister(self._listener)

    def resume(self, net_ms: int) -> None:
        """Open the door again if its time has come."""
        if not self._open and net_ms >= self._shut_until:
            self._open = True
            self._selector.register(self._listener, selectors.EVENT_READ, None)

    def close(self) -> None:
        """Give the socket up."""
        if self._open:
            self._selector.unregister(self._listener)
            self._open = False
        self._listener.close()
