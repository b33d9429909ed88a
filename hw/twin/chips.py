"""Register-level twins of the chips on the I2C bus: PCF8575, GP8403, ADS1115.

A chip sees whole transactions (`write`, `read`) and the bus time in microseconds; it never raises:
acknowledging or not is the bus's business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

ALL_ONES = 0xFFFF


class Chip(Protocol):
    """Anything that answers at one I2C address."""

    def write(self, data: bytes, at_us: int) -> None:
        """Take the bytes of one write transaction."""

    def read(self, count: int, at_us: int) -> bytes:
        """Give `count` bytes in one read transaction."""

    def brown_out(self) -> None:
        """Forget everything, as after a loss of supply."""


class Pcf8575:
    """Sixteen quasi-bidirectional pins behind a latch, no registers; a low pin energises its relay."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        """Power-on: all ones. `on_change` is told after every change of a pin."""
        self._on_change = on_change
        self._latch = ALL_ONES
        self.stuck_high = 0
        self.stuck_low = 0

    @property
    def pins(self) -> int:
        """Actual levels, P17 .. P00; a pin written 1 reads what stands on it."""
        return (self._latch | self.stuck_high) & ~self.stuck_low & ALL_ONES

    def write(self, data: bytes, at_us: int) -> None:
        """Bytes go to P07..P00 and P17..P10 in turn."""
        latch = self._latch
        for i, byte in enumerate(data):
            latch = (latch & 0x00FF) | (byte << 8) if i % 2 else (latch & 0xFF00) | byte
        self._set(latch)

    def read(self, count: int, at_us: int) -> bytes:
        """Pin levels, low byte first, in turn."""
        pair = self.pins.to_bytes(2, "little")
        return bytes(pair[i % 2] for i in range(count))

    def brown_out(self) -> None:
        """Every relay falls off."""
        self._set(ALL_ONES)

    def stick(self, high: int, low: int) -> None:
        """Set the masks of pins stuck high and low."""
        before = self.pins
        self.stuck_high, self.stuck_low = high, low
        if self.pins != before:
            self._on_change()

    def _set(self, latch: int) -> None:
        before = self.pins
        self._latch = latch
        if self.pins != before:
            self._on_change()


def relay_pin(index: int) -> int:
    """Pin of relay `index` (1 to 32) on its board: 1 to 8 sit on pins 7 to 0, 9 to 16 on pins 8 to 15."""
    on_board = (index - 1) % 16 + 1
    return 8 - on_board if on_board <= 8 else on_board - 1


RANGE_10_V = 0x11


class Gp8403:
    """Two 12-bit 0-10 V outputs. Power-up range is 0-5 V; the outputs return to their stored volts."""

    def __init__(self, on_change: Callable[[], None], stored_volts: tuple[float, float] = (0.0, 0.0)) -> None:
        """`stored_volts`: what was burnt into the chip's memory at installation."""
        self._on_change = on_change
        self._stored = tuple(int(4095 * volts / 10.0) << 4 for volts in stored_volts)
        self._range = RANGE_10_V if any(stored_volts) else 0x00
        self._power_up_range = self._range
        self._codes = list(self._stored)

    @property
    def volts(self) -> tuple[float, float]:
        """What stands on the two outputs."""
        full_v = 10.0 if self._range == RANGE_10_V else 5.0
        return (self._codes[0] >> 4) / 4095 * full_v, (self._codes[1] >> 4) / 4095 * full_v

    def write(self, data: bytes, at_us: int) -> None:
        """[register, low, high ...]: 0x01 range, 0x02 and 0x04 codes; further bytes go on in order."""
        before = self.volts
        register, body = (data[0], data[1:]) if data else (0, b"")
        if register == 0x01 and body:
            self._range = body[0]
        elif register in (0x02, 0x04):
            for i in range(0, len(body) - 1, 2):
                channel = (register - 2 + i) // 2
                if channel < 2:
                    self._codes[channel] = body[i] | body[i + 1] << 8
        if self.volts != before:
            self._on_change()

    def read(self, count: int, at_us: int) -> bytes:
        """The chip acknowledges a read but documents no register to read back: an idle bus is all ones."""
        return b"\xff" * count

    def brown_out(self) -> None:
        """Back to what is stored."""
        self._codes = list(self._stored)
        self._range = self._power_up_range
        self._on_change()


_FULL_SCALE_V = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)
_SAMPLES_PER_S = (8, 16, 32, 64, 128, 250, 475, 860)
_PAIRS = ((0, 1), (0, 3), (1, 3), (2, 3))
_CONFIG_POWER_ON = 0x8583


class Ads1115:
    """Four-input 16-bit ADC with pointer, conversion, config and threshold registers."""

    def __init__(self, volts: Callable[[int], float]) -> None:
        """`volts(input)` tells what stands on input 0 to 3 at this moment, noise included."""
        self._volts = volts
        self.brown_out()

    def brown_out(self) -> None:
        """Power-on values: config 0x8583, low threshold 0x8000, high 0x7FFF."""
        self._pointer = 0
        self._config = _CONFIG_POWER_ON & 0x7FFF
        self._conversion = 0
        self._thresholds = [0x8000, 0x7FFF]
        self._ready_us: int | None = None

    def write(self, data: bytes, at_us: int) -> None:
        """[pointer] or [pointer, high, low]; writing 1 to config bit 15 starts a single conversion."""
        self._settle(at_us)
        if not data:
            return
        self._pointer = data[0] & 0x03
        if len(data) < 3:
            return
        value = data[1] << 8 | data[2]
        if self._pointer >= 2:
            self._thresholds[self._pointer - 2] = value
        elif self._pointer == 1:
            self._config = value & 0x7FFF
            if value & 0x8000 and self._ready_us is None:
                self._ready_us = at_us + 1_000_000 // _SAMPLES_PER_S[value >> 5 & 0x07]

    def read(self, count: int, at_us: int) -> bytes:
        """The register under the pointer, high byte first; bit 15 of config is 1 while idle."""
        self._settle(at_us)
        if self._pointer == 0:
            value = self._conversion
        elif self._pointer == 1:
            value = self._config | (0x8000 if self._ready_us is None else 0)
        else:
            value = self._thresholds[self._pointer - 2]
        return value.to_bytes(2, "big")[:count].ljust(count, b"\xff")

    def _settle(self, at_us: int) -> None:
        """Finish the conversion that is due; in continuous mode there always is one."""
        continuous = not self._config & 0x0100
        if continuous or (self._ready_us is not None and at_us >= self._ready_us):
            self._ready_us = None
            self._conversion = self._sample() & 0xFFFF

    def _sample(self) -> int:
        mux = self._config >> 12 & 0x07
        if mux >= 4:
            volts = self._volts(mux - 4)
        else:
            plus, minus = _PAIRS[mux]
            volts = self._volts(plus) - self._volts(minus)
        code = round(volts / _FULL_SCALE_V[self._config >> 9 & 0x07] * 32768)
        return max(-32768, min(32767, code))
