"""Small stand-ins for the tests of drivers: a traced bus with scripted failures, a scripted stream."""

from __future__ import annotations

from collections.abc import Callable

from hw.bus import BusError
from hw.latest import Latest
from hw.twin.chips import Ads1115, Gp8403, Pcf8575
from hw.wire import Wire, transfer_us
from states.image import Now

WALL_MS = 1_795_000_000_000
HANG_US = 30_000

Transaction = tuple[str, int, bytes]


def at(ms: int, wall_ms: int | None = None) -> Now:
    """House and net time `ms`, and the wall clock that belongs to it."""
    return Now(WALL_MS + ms if wall_ms is None else wall_ms, ms, ms)


class FakeBus:
    """PCF8575, GP8403 and ADS1115 chips on a bus that writes everything down and fails when told to."""

    def __init__(self) -> None:
        self.chips: dict[int, Pcf8575 | Gp8403 | Ads1115] = {}
        self.trace: list[Transaction] = []
        self.spent_us = 0
        self.mono_ms = 0
        self.fail: Callable[[str, int], str] = lambda verb, address: ""
        """"nack", "hang", "short" or "" for a transaction."""
        self.pulses: list[int] = []

    def relay_board(self, address: int) -> Pcf8575:
        board = Pcf8575(lambda: None)
        self.chips[address] = board
        return board

    def dac(self, address: int) -> Gp8403:
        dac = Gp8403(lambda: None)
        self.chips[address] = dac
        return dac

    def adc(self, address: int, volts: Callable[[int], float]) -> Ads1115:
        adc = Ads1115(volts)
        self.chips[address] = adc
        return adc

    def write(self, address: int, data: bytes) -> None:
        self._begin("write", address, len(data))
        self.trace.append(("write", address, data))
        self.chips[address].write(data, self._us())

    def read(self, address: int, count: int) -> bytes:
        short = self._begin("read", address, count)
        data = self.chips[address].read(count, self._us())
        data = data[:-1] if short else data
        self.trace.append(("read", address, data))
        return data

    def take_trace(self) -> list[Transaction]:
        trace, self.trace = self.trace, []
        return trace

    def writes(self) -> list[tuple[int, bytes]]:
        return [(address, data) for verb, address, data in self.trace if verb == "write"]

    def _us(self) -> int:
        return self.mono_ms * 1000 + self.spent_us

    def _begin(self, verb: str, address: int, count: int) -> bool:
        how = self.fail(verb, address)
        if address not in self.chips or how == "nack":
            self.spent_us += transfer_us(0)
            raise BusError(f"Nothing answers at I2C address 0x{address:02x}.")
        self.spent_us += HANG_US if how == "hang" else transfer_us(count)
        if how == "hang":
            raise BusError(f"The I2C bus hangs (0x{address:02x}).")
        return how == "short"


class Rails:
    """A wire on a fake bus and the place its readings go; `tick` opens a tick."""

    def __init__(self) -> None:
        self.bus = FakeBus()
        self.wire = Wire(self.bus)
        self.latest = Latest()

    def tick(self, now: Now) -> Now:
        self.bus.mono_ms = now.mono_ms
        self.wire.begin()
        return now


class ScriptStream:
    """A stream that answers from a script; `closed` and `sent` tell what was done to it."""

    def __init__(self) -> None:
        self.inbox: list[bytes | OSError | None] = []
        self.sent = b""
        self.closed = False
        self.accept: int | None = None
        """How many bytes a `send` takes; None: all."""
        self.broken = False

    def send(self, data: bytes) -> int:
        if self.broken:
            raise OSError("The pipe is broken.")
        taken = data if self.accept is None else data[: self.accept]
        self.sent += taken
        return len(taken)

    def recv(self, count: int) -> bytes | None:
        if not self.inbox:
            return None
        head = self.inbox.pop(0)
        if isinstance(head, OSError):
            raise head
        if head is not None and len(head) > count:
            self.inbox.insert(0, head[count:])
            return head[:count]
        return head

    def close(self) -> None:
        self.closed = True


class ScriptPort:
    """A stream port whose streams are made by hand."""

    def __init__(self) -> None:
        self.up: ScriptStream | None = ScriptStream()
        self.words = ""
        self.drops: list[str] = []
        self.new = False
        """Whether what was dropped has been plugged in again."""

    def release(self, net_ms: int) -> None:
        self.drop(net_ms, "released")

    def renewed(self) -> bool:
        return self.new

    def stream(self, net_ms: int) -> ScriptStream | None:
        return self.up

    def drop(self, net_ms: int, why: str) -> None:
        self.drops.append(why)
        if self.up is not None:
            self.up.close()
        self.up = ScriptStream()
