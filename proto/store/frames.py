"""What the program and its writer say to each other over a socket pair: tagged frames with a length."""

from __future__ import annotations

import struct

import msgspec
from msgspec import Struct

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no such thing."""
LENGTH = struct.Struct(">I")
MAX_FRAME_BYTES = 4 * 1024 * 1024


class _Frame(Struct, frozen=True, array_like=True, gc=False):
    """Base of all frames."""


# ---- from the program. `op` grows by one per record, so one number confirms everything before it.


class PutEvent(_Frame, tag=1, frozen=True):
    """Store an event; `acked`: the peer has it already, keep it as history. `foreign`: it is not ours."""

    op: int
    message_id: str
    type_name: str
    wall_ms: int
    covers: int
    acked: bool
    body: bytes
    foreign: bool = False


class PutAck(_Frame, tag=2, frozen=True):
    """The peer has this event."""

    op: int
    message_id: str


class PutMemory(_Frame, tag=3, frozen=True):
    """Remember under a name."""

    op: int
    name: str
    body: bytes


class PutJournal(_Frame, tag=4, frozen=True):
    """Append to the contract journal."""

    op: int
    wall_ms: int
    body: bytes


class PutMinute(_Frame, tag=5, frozen=True):
    """A minute of history."""

    op: int
    minute: int
    body: bytes


class PutSamples(_Frame, tag=6, frozen=True):
    """Readings that no report carries yet."""

    op: int
    wall_ms: int
    body: bytes


class Commit(_Frame, tag=7, frozen=True):
    """Make everything up to `op` durable and say so."""

    op: int


class Fetch(_Frame, tag=8, frozen=True):
    """The oldest `count` unacked events behind position `after`."""

    ticket: int
    after: int
    count: int


class FetchMinutes(_Frame, tag=9, frozen=True):
    """History from minute `first` through `last`."""

    ticket: int
    first: int
    last: int


Record = PutEvent | PutAck | PutMemory | PutJournal | PutMinute | PutSamples
Request = Record | Commit | Fetch | FetchMinutes


# ---- from the writer.


class Remembered(_Frame, tag=21, frozen=True):
    """The memory as it was found; first word of a writer."""

    values: dict[str, bytes]
    words: list[str]


class Ready(_Frame, tag=22, frozen=True):
    """The database is open."""

    pending: int
    used_bytes: int
    samples: list[bytes]
    words: list[str]


class Durable(_Frame, tag=23, frozen=True):
    """Everything up to `op` is on the disk."""

    op: int
    pending: int
    used_bytes: int


class Events(_Frame, tag=24, frozen=True):
    """Answer to `Fetch`: position, id, type, body."""

    ticket: int
    items: list[tuple[int, str, str, bytes]]
    end: bool


class Minutes(_Frame, tag=25, frozen=True):
    """Part of the answer to `FetchMinutes`."""

    ticket: int
    rows: list[tuple[int, bytes]]
    end: bool


class Trouble(_Frame, tag=26, frozen=True):
    """Something was thinned, dropped, set aside or found damaged; count 0: only a sign of life."""

    cause: str
    words: str
    count: int


class Failed(_Frame, tag=27, frozen=True):
    """The writer gives up; last word."""

    words: str


Reply = Remembered | Ready | Durable | Events | Minutes | Trouble | Failed

_encoder = msgspec.msgpack.Encoder()
_requests = msgspec.msgpack.Decoder(Request)
_replies = msgspec.msgpack.Decoder(Reply)


def pack(frame: Request | Reply) -> bytes:
    """A frame with its length in front."""
    body = _encoder.encode(frame)
    return LENGTH.pack(len(body)) + body


class FrameError(ValueError):
    """The other side does not speak as agreed."""


class Unpacker:
    """Cuts a stream into frames; feed it bytes, take frames."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> None:
        """Add what was read."""
        self._held += data

    def take(self) -> bytes | None:
        """The next frame's body, or None; raises `FrameError` for a length that cannot be."""
        held = self._held
        if len(held) < LENGTH.size:
            return None
        (size,) = LENGTH.unpack_from(held)
        if size > MAX_FRAME_BYTES:
            raise FrameError(f"a frame of {size} bytes")
        if len(held) < LENGTH.size + size:
            return None
        body = bytes(held[LENGTH.size : LENGTH.size + size])
        del held[: LENGTH.size + size]
        return body


def read_request(body: bytes) -> Request:
    """A frame from the program; raises `FrameError`."""
    try:
        found: Request = _requests.decode(body)
    except UNREADABLE as error:
        raise FrameError(str(error)) from error
    return found


def read_reply(body: bytes) -> Reply:
    """A frame from the writer; raises `FrameError`."""
    try:
        reply: Reply = _replies.decode(body)
    except UNREADABLE as error:
        raise FrameError(str(error)) from error
    return reply
