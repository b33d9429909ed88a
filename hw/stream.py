"""A non-blocking socket as a byte stream, and the port that dials one and dials again."""

from __future__ import annotations

import socket as so
import ssl
from collections.abc import Callable

from hw.bus import Stream
from hw.device import FIRST_BACKOFF_MS, MAX_BACKOFF_MS
from hw.dial import IDLE, UP, Dialer
from hw.tls import tls_words


class SocketStream:
    """An `hw.bus.Stream` on a connected socket, plain or TLS."""

    def __init__(self, sock: so.socket, peer: str) -> None:
        """Takes `sock` over; `peer` (host:port) is for sentences."""
        sock.setblocking(False)
        self._socket = sock
        self._peer = peer
        self.received = 0
        self.sent = 0

    def send(self, data: bytes) -> int:
        """As much of `data` as fits now; 0 when nothing does. Raises `OSError` with a sentence."""
        try:
            sent = self._socket.send(data)
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0
        except OSError as error:
            raise self._broken(error) from error
        self.sent += sent
        return sent

    def recv(self, count: int) -> bytes | None:
        """What has come, None when nothing has, b"" when closed. Raises `OSError` with a sentence."""
        try:
            data = self._socket.recv(count)
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except OSError as error:
            raise self._broken(error) from error
        self.received += len(data)
        return data

    def close(self) -> None:
        """Close the socket; may be called twice."""
        self._socket.close()

    def _broken(self, error: OSError) -> OSError:
        if isinstance(error, ssl.SSLError):
            return OSError(tls_words(error, self._peer))
        return OSError(f"{self._peer}: {error.strerror or error}.")


class TcpPort:
    """An `hw.bus.StreamPort` that dials a host, and waits 2 s to 300 s between attempts.

    The wait grows until a connection has brought at least one byte. `dials` counts attempts.
    """

    def __init__(
        self,
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
        server_hostname: str | None = None,
        *,
        dialer: Callable[[str, int, ssl.SSLContext | None, str | None], Dialer] = Dialer,
    ) -> None:
        """Nothing is dialled before the first `stream`."""
        self.words = "not dialled yet"
        self.dials = 0
        self._peer = f"{host}:{port}"
        self._dialer = dialer(host, port, tls, server_hostname)
        self._stream: SocketStream | None = None
        self._wait_ms = 0
        self._until_ms = 0

    def stream(self, net_ms: int) -> Stream | None:
        """The stream, or None after one slice of dialling."""
        if self._stream is not None:
            return self._stream
        if self._wait_ms and net_ms < self._until_ms:
            return None
        if self._dialer.state == IDLE:
            self.dials += 1
            self.words = f"{self._peer}: connecting"
            self._dialer.start(net_ms)
        self._dialer.step(net_ms)
        if self._dialer.failed is not None:
            self._back_off(net_ms, self._dialer.failed)
            self._dialer.close()
        elif self._dialer.state == UP:
            self._open()
        return self._stream

    def drop(self, net_ms: int, why: str) -> None:
        """Close the stream or the attempt because of `why` and wait before the next."""
        stream = self._stream
        self._dialer.close()
        if stream is not None:
            stream.close()
            self._stream = None
            if stream.received:
                self._wait_ms = 0
        self._back_off(net_ms, why)

    def release(self, net_ms: int) -> None:
        """Hang up; the next `stream` dials at once."""
        self.close()
        self._wait_ms = 0

    def renewed(self) -> bool:
        """Never known of a host."""
        return False

    def close(self) -> None:
        """Leave nothing open."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self._dialer.close()

    def _open(self) -> None:
        taken = self._dialer.take()
        if taken is not None:
            self._stream = SocketStream(taken, self._peer)
            self.words = ""

    def _back_off(self, net_ms: int, words: str) -> None:
        self.words = words
        self._wait_ms = min(2 * self._wait_ms or FIRST_BACKOFF_MS, MAX_BACKOFF_MS)
        self._until_ms = net_ms + self._wait_ms
