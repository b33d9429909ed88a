"""The simulated pin header: levels in memory, a switch to turn, the dead-man behind the heartbeat."""

from __future__ import annotations

from collections.abc import Callable

from hw.header import PinError

HOLD_MS = 15_000
"""Real time that the dead-man holds the coil supply after the last edge (10 to 30 s in a cabinet)."""


class TwinHeader:
    """A `Header` nobody has to solder. `levels` by pin; `fault` a sentence while every line fails."""

    def __init__(self, net_ms: Callable[[], int], heartbeat_pin: int) -> None:
        """`heartbeat_pin` 0: no dead-man, the coils always have their supply."""
        self._net_ms = net_ms
        self._heartbeat_pin = heartbeat_pin
        self._edge_ms: int | None = None
        self.levels: dict[int, bool] = {}
        self.directions: dict[int, str] = {}
        self.edges: dict[int, int] = {}
        self.fault = ""

    def output(self, pin: int) -> None:
        """An output, low."""
        self._may(pin)
        self.directions[pin], self.levels[pin] = "out", False

    def input(self, pin: int) -> None:
        """An input with a pull-up."""
        self._may(pin)
        self.directions[pin] = "in"
        self.levels.setdefault(pin, True)

    def put(self, pin: int, high: bool) -> None:
        """Set an output."""
        self._may(pin)
        if self.directions.get(pin) != "out":
            raise PinError(f"GPIO {pin} cannot be set (it is no output).")
        if self.levels[pin] != high:
            self.edges[pin] = self.edges.get(pin, 0) + 1
            if pin == self._heartbeat_pin:
                self._edge_ms = self._net_ms()
        self.levels[pin] = high

    def is_high(self, pin: int) -> bool:
        """The level of an input."""
        self._may(pin)
        if self.directions.get(pin) != "in":
            raise PinError(f"GPIO {pin} cannot be read (it is no input).")
        return self.levels[pin]

    def release(self, pins: tuple[int, ...]) -> None:
        """Let go of lines."""
        for pin in pins:
            self.directions.pop(pin, None)

    def turn(self, pin: int, home: bool) -> None:
        """Somebody turns the switch: closed to ground for home."""
        self.levels[pin] = not home

    @property
    def supplied(self) -> bool:
        """Whether the relay coils have their supply."""
        if not self._heartbeat_pin:
            return True
        return self._edge_ms is not None and self._net_ms() - self._edge_ms <= HOLD_MS

    def _may(self, pin: int) -> None:
        if self.fault:
            raise PinError(f"GPIO {pin}: {self.fault}")
