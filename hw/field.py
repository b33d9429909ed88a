"""A rig without a brain, for commissioning: it reads and, when told, writes; nothing here decides.

The installer's commands (`hw scan`, `read`, `walk`, `calibrate`) use the production drivers through it, on
real buses or on the twin.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec.structs import replace

from hw.bus import BusError
from hw.ports import Ports
from hw.rig import Rig
from hw.service_machine import Machine
from hw.service_others import older_units, programs
from hw.service_units import UNIT
from layouts.model import House
from layouts.settings import Settings
from states.image import NO_READINGS, Now, Outputs, Post, Readbacks, Reading, Readings

TWIN_TICK_MS = 1000
TWIN_SPEED = 60.0
"""At a desk nobody waits a minute for a tank module."""
MOST_POSTS = 10_000
ANY_ADDRESS = 0x20


class Clock(Protocol):
    """What a field needs of the clocks."""

    def now(self) -> Now:
        """The present."""

    def sleep_until(self, net_ms: int) -> None:
        """Wait."""


class Field:
    """The devices of one house, ticked as long as somebody wants to see something."""

    def __init__(
        self, house: House, settings: Settings, clock: Clock, ports: Ports, speed: float = 1.0
    ) -> None:
        """`speed`: house seconds per second of waiting. Nothing is written before `outputs` is set."""
        self.house, self.settings, self.clock, self.ports = house, settings, clock, ports
        self.rig = Rig(house, settings, ports.i2c, ports.meter, ports.others)
        self.readings: Readings = NO_READINGS
        self.readbacks: Readbacks = {}
        self.posts: list[Post] = []
        self.outputs: Outputs | None = None
        self._tick_ms = settings.loop.tick_ms
        self._speed = speed

    def tick(self) -> None:
        """One turn: read what is due, write what is wanted, answer whoever posted, and wait for the next."""
        now = self.clock.now()
        posts = self.ports.devices.receive(now)
        self.posts += posts[: max(0, MOST_POSTS - len(self.posts))]
        read = self.rig.read(now, posts)
        self.ports.devices.answer(read.answers)
        if self.outputs is None:
            self.readbacks = self.rig.readbacks(now)
        else:
            self.readbacks = self.rig.write(self.outputs, now)
        self.readings = read.readings
        self.rig.finish(now, "commissioning")
        self.clock.sleep_until(now.net_ms + max(1, round(self._tick_ms / self._speed)))

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Tick for `seconds` of house time, or until `until` holds; True if it does."""
        end_ms = self.clock.now().mono_ms + round(1000 * seconds)
        while True:
            self.tick()
            if until():
                return True
            if self.clock.now().mono_ms >= end_ms:
                return False

    def reading(self, channel: str) -> Reading | None:
        """The latest reading of a channel, None if it was never heard of."""
        return self.readings.get(channel)

    def value(self, channel: str) -> float | None:
        """Its physical value; None while nothing is known, or only something too old."""
        found, known = self.readings.get(channel), self.house.channel_by_name[channel]
        if found is None or found.value is None:
            return None
        if self.clock.now().mono_ms - found.mono_ms > known.stale_ms:
            return None
        return found.value * known.scale

    def answers_at(self, address: int) -> bool:
        """Whether anybody answers at an I2C address: one byte is read, nothing written."""
        try:
            self.ports.i2c.read(address, 1)
        except BusError:
            return False
        return True

    def bus_trouble(self) -> str:
        """Why nobody at all can answer on the I2C bus (no device, no right to it, held low), or empty."""
        try:
            self.ports.i2c.read(ANY_ADDRESS, 1)
        except BusError as error:
            cause = error.__cause__
            hangs = isinstance(cause, OSError) and cause.errno == errno.ETIMEDOUT
            if hangs or isinstance(cause, FileNotFoundError | PermissionError):
                return str(error)
        return ""

    def close(self) -> None:
        """Let go of pins and sockets."""
        self.rig.close()
        for part in (self.ports.devices, self.ports.i2c):
            close = getattr(part, "close", None)
            if close is not None:
                close()


def desk_settings(settings: Settings) -> Settings:
    """The settings for a simulated house: longer ticks, and any free port for its modules."""
    loop = replace(settings.loop, tick_ms=TWIN_TICK_MS)
    return replace(settings, loop=loop, devices=replace(settings.devices, listen="127.0.0.1", port=0))


def others_at_work(machine: Machine) -> Iterator[str]:
    """Sentences on whoever else reads and writes the boards of this computer now."""
    if machine.systemctl("is-active", UNIT)[0] == 0:
        yield f"{UNIT} runs; stop it first: sudo systemctl stop {UNIT}"
    for unit in older_units(machine):
        if unit.active:
            yield f"the older service {unit.name} runs; stop it first: sudo systemctl stop {unit.name}"
    for program in programs(machine):
        yield f"process {program.pid} drives the relays ({program.words}); end it first"
