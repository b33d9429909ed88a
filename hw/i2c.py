"""The real I2C bus: /dev/i2c-N through smbus2, every transaction bounded to 30 ms by the kernel.

Source: Linux Documentation/i2c/dev-interface.rst; ioctl I2C_TIMEOUT counts in units of 10 ms and holds for
the whole adapter. The library is imported when the bus is first used: a machine without it can simulate.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from hw.bus import BusError, BusHung
from hw.clock import stopwatch_ns

TIMEOUT_IOCTL = 0x0702
TIMEOUT_TENS_OF_MS = 3
_NOBODY = (errno.ENXIO, errno.EREMOTEIO, errno.EIO)
REOPEN_AFTER = 50
"""Failures in a row before the device file is opened anew (an adapter can vanish and return)."""


class LinuxI2c:
    """An `hw.bus.I2cBus` on /dev/i2c-<number>, opened at the first transaction and again after a loss."""

    def __init__(self, number: int, opener: Callable[[int], Any] | None = None) -> None:
        """`opener(number)` gives an open `smbus2.SMBus`; default: the real one, with its time-out set."""
        self.number = number
        self.spent_us = 0
        self._opener = opener or _open
        self._bus: Any = None
        self._failures = 0

    def write(self, address: int, data: bytes) -> None:
        """One write transaction. Raises `BusError`."""
        from smbus2 import i2c_msg

        self._transfer(i2c_msg.write(address, data), address)

    def read(self, address: int, count: int) -> bytes:
        """One read transaction of exactly `count` bytes. Raises `BusError`."""
        from smbus2 import i2c_msg

        message = i2c_msg.read(address, count)
        self._transfer(message, address)
        return bytes(message)

    def close(self) -> None:
        """Close the device file; the next transaction opens it again."""
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def _transfer(self, message: Any, address: int) -> None:
        begin_ns = stopwatch_ns()
        try:
            if self._bus is None:
                self._bus = self._opener(self.number)
            self._bus.i2c_rdwr(message)
        except (OSError, TypeError) as error:
            self._failed()
            raise self._explain(error, address) from error
        else:
            self._failures = 0
        finally:
            self.spent_us += (stopwatch_ns() - begin_ns) // 1000

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= REOPEN_AFTER:
            self._failures = 0
            self.close()

    def _explain(self, error: OSError | TypeError, address: int) -> BusError:
        device = f"/dev/i2c-{self.number}"
        if isinstance(error, FileNotFoundError):
            return BusError(f"{device} is missing: switch I2C on, or correct [hardware] i2c_number.")
        if isinstance(error, PermissionError):
            return BusError(f"{device} may not be opened: put this user into the group i2c and log in anew.")
        if isinstance(error, TypeError):
            return BusError(f"{device} is not open: {error}.")
        if error.errno in _NOBODY:
            return BusError(f"Nothing answers at I2C address 0x{address:02x} on {device}.")
        if error.errno == errno.EOPNOTSUPP:
            return BusError(
                f"{device} is an adapter for SMBus commands only, which cannot talk to these boards: correct "
                "[hardware] i2c_number."
            )
        if error.errno == errno.ETIMEDOUT:
            return BusHung(f"{device} hangs (transaction with 0x{address:02x}): a board holds the bus low.")
        return BusError(f"{device}, address 0x{address:02x}: {error.strerror or error}.")


def _open(number: int) -> Any:
    from fcntl import ioctl

    from smbus2 import SMBus

    bus = SMBus(number)
    try:
        ioctl(int(bus.fd or 0), TIMEOUT_IOCTL, TIMEOUT_TENS_OF_MS)
    except OSError:
        bus.close()
        raise
    return bus
