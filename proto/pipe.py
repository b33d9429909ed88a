"""The port under a link: a pipe carries topics and bytes, says how it stands, and never raises or waits."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

# State words of a pipe, in the order in which a healthy one passes them.
WAITING = "waiting"
"""Backing off; the words say until when and why."""
DIALING = "dialing"
"""Name lookup, TCP, TLS."""
CONNECTING = "connecting"
"""CONNECT is out, the broker has not answered."""
SUBSCRIBING = "subscribing"
"""SUBSCRIBE is out, the broker has not answered."""
UP = "up"
"""Subscribed: messages travel both ways."""
CLOSED = "closed"
"""Given up on purpose; never dials again."""

# What happened to a pipe, drained in order by `Pipe.changes`.
CONNECTED = "connected"
SUBSCRIBED = "subscribed"
LOST = "lost"
FAILED = "failed"

MAX_PAYLOAD_BYTES = 64 * 1024
"""A peer's message longer than this is refused by its declared length, before it is buffered."""
MAX_UNSENT_BYTES = 1024 * 1024
"""Bytes a pipe keeps for a slow socket; beyond it `send` says no."""
MAX_UNSENT = 64
"""Messages a pipe keeps for a slow socket."""


class Delivery(Struct, frozen=True, gc=False):
    """One message out of a pipe. `retained`: the broker kept it for us, so it is of unknown age."""

    topic: str
    payload: bytes
    retained: bool = False


class PipeStatus(Struct, frozen=True, gc=False):
    """How a pipe stands. `words` is a sentence while it is not up, empty when there is nothing to say."""

    state: str
    since_net_ms: int
    words: str = ""
    act: bool = False
    """No retry will cure this: somebody must act."""


class PipeCounts(Struct):
    """What passed and what was lost on a pipe since the program started."""

    dials: int = 0
    connects: int = 0
    subscribes: int = 0
    losses: int = 0
    failures: int = 0
    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    oversize: int = 0
    unsent: int = 0
    """Messages lost: refused by a full or absent connection, or queued when it broke."""
    garbage: int = 0
    """Connections ended because the broker did not speak MQTT."""


class Pipe(Protocol):
    """Carries messages between us and one broker. No method raises, waits or reads a clock."""

    counts: PipeCounts

    @property
    def status(self) -> PipeStatus:
        """State word, since when (net ms), and a sentence."""

    def step(self, net_ms: int) -> None:
        """Do the bounded work of one tick: dial, read, write, keep alive."""

    def changes(self) -> tuple[str, ...]:
        """What happened since the last call, oldest first: connected, subscribed, lost, failed."""

    def poll(self, limit: int) -> list[Delivery]:
        """At most `limit` messages that have arrived, oldest first."""

    def send(self, topic: str, payload: bytes, qos: int = 0) -> bool:
        """Take a message for the broker; False (and counted) when not up or too much is unsent."""

    def drop(self, net_ms: int, words: str, pause_ms: int = 0) -> None:
        """Break the connection because of what the peer did; dial again after at least `pause_ms`."""

    def close(self) -> None:
        """Give up for good, saying goodbye where that costs nothing."""


class Dialer(Protocol):
    """One attempt to reach a host: name lookup, TCP and TLS in slices, with its own deadlines.

    `state` is a word for the page; `socket` is ready once not None, and then belongs to whoever took it;
    `failed` is a sentence once the attempt is over without one.
    """

    @property
    def state(self) -> str:
        """Word for what it is doing."""

    @property
    def socket(self) -> socket.socket | None:
        """A connected, non-blocking (TLS) socket, or None."""

    @property
    def failed(self) -> str | None:
        """Why the attempt is over, or None."""

    def start(self, net_ms: int) -> None:
        """Begin."""

    def step(self, net_ms: int) -> None:
        """Do one slice."""

    def close(self) -> None:
        """Give up whatever is open; may be called twice."""


DialerFactory = Callable[[], Dialer]
