"""A broker that does exactly what a test says, on a socket pair, without threads or waiting."""

from __future__ import annotations

import socket
from collections import deque

from msgspec import Struct

from proto.mqtt import MqttPipe
from proto.pipe import Dialer
from proto.talk import MqttPlace

PLACE = MqttPlace("broker.test", 1883, ("gw/ltn/to/s/#",), "me-1")


class Packet(Struct):
    """A packet the client sent: type nibble, flags, body."""

    kind: int
    flags: int
    body: bytes


def packet(kind: int, flags: int, body: bytes) -> bytes:
    size, left = b"", len(body)
    while True:
        left, digit = left >> 7, left & 0x7F
        size += bytes([digit | (0x80 if left else 0)])
        if not left:
            return bytes([kind << 4 | flags]) + size + body


def connack(code: int = 0) -> bytes:
    return packet(2, 0, bytes([0, code]))


def suback(mid: int, *codes: int) -> bytes:
    return packet(9, 0, mid.to_bytes(2, "big") + bytes(codes))


def publish(topic: str, payload: bytes, retain: bool = False, qos: int = 0) -> bytes:
    name = topic.encode()
    mid = b"\0\1" if qos else b""
    return packet(3, qos << 1 | int(retain), len(name).to_bytes(2, "big") + name + mid + payload)


PINGRESP = packet(13, 0, b"")


class FakeDialer:
    """Ready, failed or pending as the test wants."""

    def __init__(self, sock: socket.socket | None, failed: str | None = None, state: str = "ready") -> None:
        self.socket = sock
        self.failed = failed
        self.state = state
        self.closed = 0

    def start(self, net_ms: int) -> None:
        self.started_net_ms = net_ms

    def step(self, net_ms: int) -> None:
        self.stepped_net_ms = net_ms

    def close(self) -> None:
        self.closed += 1


class ScriptedBroker:
    """The far end of every connection the pipe dials; `net_ms` is moved by hand."""

    def __init__(self, place: MqttPlace = PLACE, uniform: float = 0.0) -> None:
        self.net_ms = 0
        self.sockets: list[socket.socket] = []
        self.next_dialer: deque[FakeDialer] = deque()
        self.dialers: list[FakeDialer] = []
        self._bytes = b""
        self.pipe = MqttPipe(place, self.dial, lambda: uniform)

    def dial(self) -> Dialer:
        if self.next_dialer:
            self.dialers.append(self.next_dialer.popleft())
            return self.dialers[-1]
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        self.sockets.append(theirs)
        self._bytes = b""
        self.dialers.append(FakeDialer(ours))
        return self.dialers[-1]

    @property
    def far(self) -> socket.socket:
        return self.sockets[-1]

    def step(self, ms: int = 100) -> None:
        self.net_ms += ms
        self.pipe.step(self.net_ms)

    def say(self, *packets: bytes) -> None:
        self.far.sendall(b"".join(packets))

    def heard(self) -> list[Packet]:
        """Whole packets the client has sent since the last call."""
        while True:
            try:
                data = self.far.recv(1 << 20)
            except (BlockingIOError, OSError):
                break
            if not data:
                break
            self._bytes += data
        found = []
        while len(self._bytes) >= 2:
            size = shift = at = 0
            for at in range(1, min(5, len(self._bytes))):
                size |= (self._bytes[at] & 0x7F) << shift
                shift += 7
                if self._bytes[at] < 0x80:
                    break
            if len(self._bytes) < at + 1 + size:
                break
            body = self._bytes[at + 1 : at + 1 + size]
            found.append(Packet(self._bytes[0] >> 4, self._bytes[0] & 15, body))
            self._bytes = self._bytes[at + 1 + size :]
        return found

    def dial_through(self) -> None:
        """From waiting to a sent CONNECT."""
        while self.pipe.status.state in ("waiting",):
            self.step(1000)
        self.step()

    def bring_up(self) -> None:
        """From waiting to up, checking what the client says on the way."""
        self.dial_through()
        assert [p.kind for p in self.heard()] == [1]
        self.say(connack())
        self.step()
        (subscribe,) = self.heard()
        assert subscribe.kind == 8
        self.say(suback(int.from_bytes(subscribe.body[:2], "big"), 0))
        self.step()
        assert self.pipe.status.state == "up"

    def close_all(self) -> None:
        self.pipe.close()
        for sock in self.sockets:
            sock.close()
