"""The ports behind which every wire hangs: an I2C bus, a byte stream, and the place a stream comes from.

Production and simulation implement the same shapes; nothing that uses them asks which it got.
"""

from __future__ import annotations

from typing import Protocol


class BusError(OSError):
    """A transaction on a bus failed (nobody answered, the bus hung, the device file is missing).

    The message is a sentence for the person who must fix it.
    """


class BusHung(BusError):
    """The whole bus hangs: a transaction ended at its time limit, whoever it was for."""


class I2cBus(Protocol):
    """An I2C bus of seven-bit addresses. Each call is one whole transaction and may raise `BusError`.

    `spent_us` grows with the bus time used, in microseconds: measured on a real bus, charged at 100 kHz
    on a simulated one. The rig reads it to keep a tick within its budget.
    """

    spent_us: int

    def write(self, address: int, data: bytes) -> None:
        """Send `data` to `address` in one write transaction; every byte must be acknowledged."""

    def read(self, address: int, count: int) -> bytes:
        """Read exactly `count` bytes from `address` in one read transaction."""


class Stream(Protocol):
    """A byte stream that never waits."""

    def send(self, data: bytes) -> int:
        """Hand over as much of `data` as fits now; returns how many bytes went, 0 when none fit.

        Raises `OSError` with a sentence when the stream is broken.
        """

    def recv(self, count: int) -> bytes | None:
        """Up to `count` bytes; None when nothing has come yet, b"" when the other side closed.

        Raises `OSError` with a sentence when the stream is broken.
        """

    def close(self) -> None:
        """Give the stream up; may be called twice."""


class StreamPort(Protocol):
    """Where a stream comes from: it connects in slices, and connects again after a drop.

    `words` says in one sentence why there is no stream, and is empty while there is one.
    """

    words: str

    def stream(self, net_ms: int) -> Stream | None:
        """The stream if it is up, else None after doing one bounded slice of the work to get one.

        Called once a tick while a stream is wanted. Returns the same object until it is dropped.
        """

    def drop(self, net_ms: int, why: str) -> None:
        """Close the present stream, if any, because of `why`; the next `stream` begins anew."""

    def release(self, net_ms: int) -> None:
        """Close the present stream in good order: nothing failed, and the next `stream` need not wait."""

    def renewed(self) -> bool:
        """True if what was dropped has been replaced (plugged in again): no use in waiting any longer."""
