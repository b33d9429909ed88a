"""A socket that shows paho one whole MQTT packet at a time: size and rate are bounded before it reads.

paho reads a packet's header byte by byte straight from the socket, buffers whatever length it declares, and
takes as many packets per call as it likes. Behind this, a packet is complete before paho sees it, one that
declares too much is refused before a byte of it is kept, and TLS leaves nothing hidden in its own buffer.
"""

from __future__ import annotations

import socket
import ssl

PUBLISH = 3
READ_CHUNK_BYTES = 16 * 1024


class FramingError(ValueError):
    """The peer sent something that no MQTT broker would; the message is a sentence."""


class Oversize(FramingError):
    """A packet declares more than may be buffered."""


class FramedSocket:
    """Wraps a connected, non-blocking (TLS) socket. Its `recv` yields only what `next_packet` released."""

    def __init__(self, sock: socket.socket, max_packet_bytes: int, max_qos: int = 0) -> None:
        self._sock = sock
        self._max_packet_bytes = max_packet_bytes
        self._max_qos = max_qos
        self._held = bytearray()
        self.released = b""
        """The packet that paho may read now."""
        self._read_at = 0
        self.closed_by_peer = False
        self.packets = 0
        self.bytes_in = 0
        self.bytes_out = 0

    def fill(self, budget_bytes: int) -> int:
        """Read until nothing is there or the budget is spent; returns the bytes read.

        Keeps at most one packet and one budget. Raises `OSError` when the connection broke.
        """
        total = 0
        while total < budget_bytes and len(self._held) < self._max_packet_bytes + READ_CHUNK_BYTES:
            try:
                data = self._sock.recv(min(READ_CHUNK_BYTES, budget_bytes - total))
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            if not data:
                self.closed_by_peer = True
                break
            self._held += data
            total += len(data)
        self.bytes_in += total
        return total

    def next_packet(self) -> bool:
        """Release the next whole packet to `recv`; False when none is complete.

        Raises `Oversize` or `FramingError` for what may not be read.
        """
        size = packet_size(self._held, self._max_packet_bytes, self._max_qos)
        if size is None or len(self._held) < size:
            return False
        self.released = bytes(self._held[:size])
        self._read_at = 0
        del self._held[:size]
        self.packets += 1
        return True

    @property
    def partial(self) -> bool:
        """Has a packet begun that is not complete, or not taken?"""
        return bool(self._held)

    # ------------------------------------------------------------- what paho asks of a socket

    def recv(self, buffer_size: int) -> bytes:
        """Bytes of the released packet; `BlockingIOError` when there are none."""
        if self._read_at >= len(self.released):
            raise BlockingIOError
        data = self.released[self._read_at : self._read_at + buffer_size]
        self._read_at += len(data)
        return data

    def send(self, buffer: bytes | bytearray) -> int:
        """As much as the socket takes now; `BlockingIOError` when it takes none."""
        try:
            sent = self._sock.send(buffer)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
            raise BlockingIOError from error
        self.bytes_out += sent
        return sent

    def setblocking(self, flag: bool) -> None:
        """paho asks for False; anything else would let a tick wait."""
        if flag:
            raise ValueError("a link's socket never blocks")
        self._sock.setblocking(False)

    def fileno(self) -> int:
        """The socket's descriptor, -1 when closed."""
        return self._sock.fileno()

    def close(self) -> None:
        """Close the socket; may be called twice."""
        self._sock.close()


def packet_size(data: bytearray, max_packet_bytes: int, max_qos: int) -> int | None:
    """Size in bytes of the packet that begins `data`, header included; None when that cannot be told yet.

    Raises `Oversize` for a declared length above the bound and `FramingError` for an impossible header.
    """
    if len(data) < 2:
        return None
    kind, flags = data[0] >> 4, data[0] & 0x0F
    if kind == PUBLISH and (flags >> 1) & 3 > max_qos:
        raise FramingError(f"the broker sends with QoS {(flags >> 1) & 3}, we subscribed with {max_qos}")
    length = shift = 0
    for at, byte in enumerate(data[1:5], start=1):
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            if length > max_packet_bytes:
                raise Oversize(f"a message of {length} bytes was announced, the limit is {max_packet_bytes}")
            return at + 1 + length
    if len(data) >= 5:
        raise FramingError("a packet's length field does not end")
    return None
