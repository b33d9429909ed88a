"""Heartbeat, status light and home switch on the pin header, once a tick each; the header may fail.

The heartbeat changes only when a whole tick is over and the relays are in hand (`hw/dead_man.py`); whoever
stops ticking stops it. The switch is closed to ground for `home`, so a cut wire means automatic.
"""

from __future__ import annotations

from collections.abc import Collection

from hw.dead_man import DeadMan, Debounce
from hw.device import Device
from hw.header import Header, PinError
from hw.light import is_lit, pattern_of
from layouts.settings import Gpio
from states.image import Now, Readbacks


class Pins:
    """The three lines. `device` is the health of the header, `dead_man.words` says why nothing beats."""

    def __init__(self, gpio: Gpio, header: Header, relays: Collection[str]) -> None:
        """Lines are claimed at the first look, and again after a failure."""
        self.device = Device("pin header")
        self.dead_man = DeadMan(relays)
        self.beats = 0
        self._gpio = gpio
        self._header = header
        self._switch = Debounce()
        self._claimed = False
        self._high = False
        self._path = ""
        self._path_ms = 0
        self._lit: bool | None = None

    @property
    def home(self) -> bool | None:
        """True while the switch stands on `home`; None where there is none or it has not been seen yet."""
        level = self._switch.level
        return None if level is None else not level

    def look(self, now: Now) -> None:
        """The beginning of a tick: see how the switch stands. It keeps its word while it cannot be read."""
        if self.device.waiting(now):
            return
        try:
            self._claim()
            if self._gpio.switch_pin:
                self._switch.see(self._header.is_high(self._gpio.switch_pin), now.net_ms)
        except PinError as error:
            self._lose(now, error)
        else:
            self.device.good(self.dead_man.words if self._gpio.heartbeat_pin else "")

    def finish(self, now: Now, readbacks: Readbacks, path: str) -> None:
        """The end of a whole tick in state `path`: beat, and show the state."""
        beating = self.dead_man.step(readbacks, now.mono_ms)
        if not self._claimed:
            return
        try:
            if beating and self._gpio.heartbeat_pin:
                self._high = not self._high
                self._header.put(self._gpio.heartbeat_pin, self._high)
                self.beats += 1
            if self._gpio.light_pin:
                self._show(now, path)
        except PinError as error:
            self._lose(now, error)

    def close(self) -> None:
        """Let go of the lines; without a pulse the dead-man falls."""
        if not self._claimed:
            return
        self._claimed = False
        try:
            for pin in self._outputs:
                self._header.put(pin, False)
            self._header.release(self._pins)
        except PinError as error:
            self.device.complain(str(error))

    @property
    def _outputs(self) -> tuple[int, ...]:
        return tuple(pin for pin in (self._gpio.heartbeat_pin, self._gpio.light_pin) if pin)

    @property
    def _pins(self) -> tuple[int, ...]:
        return self._outputs + ((self._gpio.switch_pin,) if self._gpio.switch_pin else ())

    def _claim(self) -> None:
        if self._claimed:
            return
        for pin in self._outputs:
            self._header.output(pin)
        if self._gpio.switch_pin:
            self._header.input(self._gpio.switch_pin)
        self._claimed, self._high, self._lit = True, False, None

    def _show(self, now: Now, path: str) -> None:
        pattern = pattern_of(path)
        if pattern != pattern_of(self._path):
            self._path_ms = now.net_ms
        self._path = path
        lit = is_lit(pattern, now.net_ms - self._path_ms)
        if lit != self._lit:
            self._header.put(self._gpio.light_pin, lit)
            self._lit = lit

    def _lose(self, now: Now, error: PinError) -> None:
        self._claimed = False
        self.device.bad(now, str(error))
