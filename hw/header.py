"""The pin header of the computer, by Broadcom number: the port, and RPi.GPIO (or rpi-lgpio) behind it.

Pins are looked at once a tick. Edges are never waited for: newer kernels refuse RPi.GPIO's edge detection,
and a thread of its own would be the price. The library is imported on a run on real pins only; off a
Raspberry Pi the import itself raises.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import tempfile
from collections.abc import Callable
from typing import Any, Protocol


class PinError(OSError):
    """A line cannot be had, read or set. The message is a sentence for the person who must fix it."""


class Header(Protocol):
    """Lines of a pin header. No call waits; each may raise `PinError`."""

    def output(self, pin: int) -> None:
        """Make the line an output that is low."""

    def input(self, pin: int) -> None:
        """Make the line an input that reads high while nothing is connected."""

    def put(self, pin: int, high: bool) -> None:
        """Set an output."""

    def is_high(self, pin: int) -> bool:
        """The level of an input."""

    def release(self, pins: tuple[int, ...]) -> None:
        """Let go of lines: they become inputs that pull nothing."""


class RaspberryHeader:
    """A `Header` on a module with the interface of RPi.GPIO."""

    def __init__(self, gpio: Any) -> None:
        """Broadcom numbers from here on. Raises `PinError`."""
        self._gpio = gpio
        self._errors = _errors()
        try:
            gpio.setwarnings(False)
            gpio.setmode(gpio.BCM)
        except self._errors as error:
            raise PinError(f"The pin header cannot be opened ({error}).") from error

    def output(self, pin: int) -> None:
        """An output, low from its first moment on."""
        gpio = self._gpio
        self._do(pin, "be set up as an output", lambda: gpio.setup(pin, gpio.OUT, initial=gpio.LOW))

    def input(self, pin: int) -> None:
        """An input with the computer's own pull-up."""
        gpio = self._gpio
        self._do(pin, "be set up as an input", lambda: gpio.setup(pin, gpio.IN, pull_up_down=gpio.PUD_UP))

    def put(self, pin: int, high: bool) -> None:
        """Set an output."""
        gpio = self._gpio
        try:
            gpio.output(pin, gpio.HIGH if high else gpio.LOW)
        except self._errors as error:
            raise _failed(pin, "be set", error) from error

    def is_high(self, pin: int) -> bool:
        """The level of an input."""
        try:
            return bool(self._gpio.input(pin))
        except self._errors as error:
            raise _failed(pin, "be read", error) from error

    def release(self, pins: tuple[int, ...]) -> None:
        """Let go of lines."""
        if pins:
            self._do(pins[0], "be released", lambda: self._gpio.cleanup(list(pins)))

    def _do(self, pin: int, what: str, call: Callable[[], object]) -> None:
        try:
            call()
        except self._errors as error:
            raise _failed(pin, what, error) from error


def _failed(pin: int, what: str, error: Exception) -> PinError:
    return PinError(f"GPIO {pin} cannot {what} ({error}).")


def _errors() -> tuple[type[Exception], ...]:
    """What calls raise; rpi-lgpio lets errors of lgpio through, and those are of a class of their own."""
    own = getattr(sys.modules.get("lgpio"), "error", None)
    usual: tuple[type[Exception], ...] = (OSError, RuntimeError, ValueError)
    return (*usual, own) if isinstance(own, type) and issubclass(own, Exception) else usual


def _library() -> Any:
    """RPi.GPIO, imported where it may write: lgpio makes a pipe in the working folder; a service may not."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return importlib.import_module("RPi.GPIO")


def open_header() -> RaspberryHeader:
    """The header of this computer. Raises `ValueError` with a sentence where there is none."""
    try:
        return RaspberryHeader(_library())
    except (ImportError, RuntimeError, NotImplementedError, OSError) as error:
        ways = "Install RPi.GPIO or rpi-lgpio (not both), or set enabled = false"
        why = str(error).rstrip(".!")
        raise ValueError(
            f"[gpio] enabled is true, but the pin header cannot be used: {why}. {ways}."
        ) from error
