"""The I2C bus as the rig uses it: a budget of bus time per tick, two retries, counters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hw.bus import BusError, BusHung, I2cBus

TICK_BUDGET_US = 10_000
"""Bus time one tick may spend (docs/architecture.md)."""
RETRIES = 2
"""Within the same tick, after a transaction nobody acknowledged."""

T = TypeVar("T")


class Wire:
    """One I2C bus. `begin` opens a tick; every transaction spends from its budget.

    A retry is made only while it leaves what is reserved for the relays, so a hung bus (30 ms a transaction)
    is tried once. In the tick after a hang (`suspect`) the relays go first; if the bus hangs for them too,
    that holds for everybody else and nobody tries it again in that tick. A bus may also be slow without
    hanging (set to 10 kHz, an adapter on USB): then the budget keeps a board waiting for one tick at most
    (`owed`), and in the tick after that (`owing`) the relays go first too. `failures` counts transactions
    that went wrong, `retries` those made again.
    """

    __slots__ = (
        "_bus", "_failed_before", "_hung", "_mark_us", "_waits",
        "failures", "owing", "reserve_us", "retries", "suspect", "worst_us",
    )  # fmt: skip

    def __init__(self, bus: I2cBus) -> None:
        """Wrap `bus`."""
        self._bus = bus
        self._mark_us = bus.spent_us
        self.reserve_us = 0
        self.retries = 0
        self.failures = 0
        self.worst_us = 0
        self.suspect = False
        self.owing = False
        self._failed_before = 0
        self._hung: BusHung | None = None
        self._waits = False

    def begin(self) -> None:
        """A new tick begins."""
        self.worst_us = max(self.worst_us, self.spent_us)
        self._mark_us = self._bus.spent_us
        self.suspect, self._hung = self._hung is not None, None
        self.owing, self._waits = self._waits, False
        self._failed_before = self.failures

    @property
    def spent_us(self) -> int:
        """Bus time spent in this tick, microseconds."""
        return self._bus.spent_us - self._mark_us

    def release(self, us: int) -> None:
        """Whoever had reserved `us` spends them now."""
        self.reserve_us = max(0, self.reserve_us - us)

    def affords(self, cost_us: int) -> bool:
        """True if `cost_us` more still leave what is reserved for the relays."""
        return self._bus.spent_us - self._mark_us + cost_us <= TICK_BUDGET_US - self.reserve_us

    @property
    def exhausted(self) -> bool:
        """True when this tick has spent its budget, reserve and all; a bus known to hang costs none."""
        if self.suspect and self._hung is not None:
            return False
        return self._bus.spent_us - self._mark_us >= TICK_BUDGET_US

    def owed(self, waited: bool) -> bool:
        """Whether a board may go though the tick is spent: it `waited` for this one, in which nothing failed.

        (A failure may have taken 30 ms.) One that may not is remembered as waiting for the next tick.
        """
        if waited and self.failures == self._failed_before:
            return True
        self._waits = True
        return False

    def write(self, address: int, data: bytes) -> None:
        """One write transaction, retried at most twice. Raises `BusError` when all failed."""
        self._known_to_hang()
        try:
            self._bus.write(address, data)
        except BusError as error:
            self._again(error, lambda: self._bus.write(address, data), transfer_us(len(data)))

    def read(self, address: int, count: int) -> bytes:
        """One read transaction, retried at most twice. Raises `BusError` when all failed.

        A short or long answer counts as no answer.
        """
        self._known_to_hang()
        try:
            return self._read(address, count)
        except BusError as error:
            return self._again(error, lambda: self._read(address, count), transfer_us(count))

    def _read(self, address: int, count: int) -> bytes:
        data = self._bus.read(address, count)
        if len(data) != count:
            raise BusError(f"I2C address 0x{address:02x} sent {len(data)} bytes, not {count}.")
        return data

    def _known_to_hang(self) -> None:
        if self.suspect and self._hung is not None:
            raise BusHung(str(self._hung))

    def _again(self, error: BusError, transaction: Callable[[], T], cost_us: int) -> T:
        self.failures += 1
        if isinstance(error, BusHung):
            self._hung = error
        for _ in range(RETRIES):
            if not self.affords(cost_us):
                break
            self.retries += 1
            try:
                return transaction()
            except BusError as latest:
                self.failures += 1
                error = latest
        raise error


def transfer_us(byte_count: int) -> int:
    """Bus time of a transaction of `byte_count` bytes after the address byte, at 100 kHz."""
    return ((byte_count + 1) * 9 + 2) * 10
