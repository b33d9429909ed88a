"""The simulated I2C bus: whole transactions at 100 kHz bus time, with faults, counters and a coil trace."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from msgspec import Struct

from hw.bus import BusError, BusHung
from hw.twin.chips import Chip
from hw.twin.faults import Bus, BusFault

BIT_US = 10
"""One bit at 100 kHz."""
TIMEOUT_US = 30_000
"""What a hung transaction costs before the adapter gives up."""
TRACE_LENGTH = 4096


class CoilChange(Struct, frozen=True):
    """Relay coils moved: which indices were energised before and after, at which house time."""

    mono_ms: int
    before: frozenset[int]
    after: frozenset[int]


class _Active:
    """An injected bus fault with its count of matching transactions."""

    __slots__ = ("fault", "seen")

    def __init__(self, fault: BusFault) -> None:
        self.fault = fault
        self.seen = 0

    def strikes(self, address: int) -> bool:
        fault = self.fault
        if fault.address is not None and fault.address != address:
            return False
        place = self.seen % fault.of if fault.of else self.seen
        self.seen += 1
        return fault.hits == 0 or place < fault.hits


def transfer_us(byte_count: int) -> int:
    """Bus time of a transaction of `byte_count` bytes after the address byte: 9 bits each, start, stop."""
    return ((byte_count + 1) * 9 + 2) * BIT_US


class TwinI2c:
    """An `hw.bus.I2cBus` with simulated chips on it."""

    def __init__(self, chips: Mapping[int, Chip], mono_us: Callable[[], int]) -> None:
        """`chips` by address; `mono_us()` is house time, to which the bus adds what it spends."""
        self._chips = dict(chips)
        self._mono_us = mono_us
        self._tick_us = -1
        self._spent_at_tick_us = 0
        self._faults: list[_Active] = []
        self.spent_us = 0
        self.transactions = 0
        self.failures = 0
        self.trace: deque[CoilChange] = deque(maxlen=TRACE_LENGTH)

    def write(self, address: int, data: bytes) -> None:
        """One write transaction. Raises `BusError` when nobody answers or the bus hangs."""
        chip = self._open(address, "write")
        at_us = self._charge(transfer_us(len(data)))
        for active in self._faults:
            if active.strikes(address):
                self._fail(active.fault, address)
        chip.write(data, at_us)

    def read(self, address: int, count: int) -> bytes:
        """One read transaction. Raises `BusError` when nobody answers or the bus hangs."""
        chip = self._open(address, "read")
        at_us = self._charge(transfer_us(count))
        mask = short = long = 0
        for active in self._faults:
            if active.strikes(address):
                self._fail(active.fault, address)
                mask ^= active.fault.mask if active.fault.kind is Bus.WRONG_BYTES else 0
                short |= active.fault.kind is Bus.SHORT_READ
                long |= active.fault.kind is Bus.LONG_READ
        data = chip.read(count, at_us) + (b"\xa5\x5a" if long else b"")
        if mask:
            data = bytes(byte ^ mask for byte in data)
        return data[:-1] if short else data

    def inject(self, fault: BusFault) -> Callable[[], None]:
        """Begin a fault; the answer ends it."""
        active = _Active(fault)
        self._faults.append(active)
        return lambda: self._faults.remove(active)

    def _open(self, address: int, verb: str) -> Chip:
        self.transactions += 1
        chip = self._chips.get(address)
        if chip is None:
            self._charge(transfer_us(0))
            self.failures += 1
            raise BusError(f"Nothing answers at I2C address 0x{address:02x} ({verb}).")
        return chip

    def _fail(self, fault: BusFault, address: int) -> None:
        """Charge the fault's time and raise if it stops the transaction."""
        if fault.kind is Bus.SLOW:
            self._charge(fault.slow_us)
        elif fault.kind is Bus.STUCK:
            self.failures += 1
            self._charge(TIMEOUT_US)
            raise BusHung(f"The I2C bus hangs: SDA stays low (transaction with 0x{address:02x}).")
        elif fault.kind is Bus.NACK:
            self.failures += 1
            raise BusError(f"I2C address 0x{address:02x} does not acknowledge.")

    def _charge(self, cost_us: int) -> int:
        """Spend bus time; returns the bus time at the end of the transaction."""
        mono_us = self._mono_us()
        if mono_us != self._tick_us:
            self._tick_us = mono_us
            self._spent_at_tick_us = self.spent_us
        self.spent_us += cost_us
        return mono_us + self.spent_us - self._spent_at_tick_us
