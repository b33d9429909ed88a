"""The rig: everything with a wire, read when a tick begins and written when it ends, in 10 ms of bus time.

It polls only what is due and never waits. Whoever stands behind the bus, the meter's stream and the posts, a
real house or a simulated one, is not its business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from hw.bus import I2cBus, StreamPort
from hw.computer import Health
from hw.device import Device, DeviceStatus
from hw.hub_poll import HubPoll
from hw.latest import Latest
from hw.meter import Meter
from hw.one_wire import OneWire
from hw.others import Others
from hw.pico.intake import Intake
from hw.pins import Pins
from hw.pipes import Pipes
from hw.relays import RelayBoards
from hw.second import Second
from hw.wire import TICK_BUDGET_US, Wire
from hw.zero_ten import RESERVE_US, ZeroTens
from layouts.model import House
from layouts.settings import Settings
from layouts.share import PRIMARY, share_of
from states.image import (
    Answer,
    Computer,
    Now,
    Outputs,
    Post,
    Readback,
    Readbacks,
    Reading,
    Readings,
    TickList,
)

BOUND_POSTS = 256
"""Posts looked at in one tick; more are answered 503 and counted."""
STALL_TICKS = 5
"""So many ticks in one are no lateness but a stall of this program."""

UNKNOWN = Computer()


class RigRead(Struct, frozen=True, gc=False):
    """What one look at the house gave.

    `readings` is immutable, the latest per channel; `fresh` every good sample since the last read;
    `answers` one for each post; `home` how the switch on the cabinet stands, None where nobody knows;
    `computer` how this computer is doing; `missed_ms` for how long of the house's time nobody looked;
    `tick_lists` those that the ATN shall have as they are.
    """

    readings: Readings
    fresh: tuple[tuple[str, Reading], ...]
    answers: tuple[Answer, ...]
    home: bool | None = None
    computer: Computer = UNKNOWN
    missed_ms: int = 0
    tick_lists: tuple[TickList, ...] = ()


class Rig:
    """All devices of one house. `read` and `write` are called once a tick, in this order."""

    def __init__(
        self,
        house: House,
        settings: Settings,
        i2c: I2cBus,
        meter_port: StreamPort,
        others: Others | None = None,
    ) -> None:
        """`i2c` carries the boards, `meter_port` gives the stream of the power meter, `others` the rest.

        Of the house only what hangs on this computer is read and written.
        """
        self._latest = Latest()
        self.second = Second(self._latest) if _has_second(house, settings) else None
        house = share_of(house, settings.site.role)
        self.wire = Wire(i2c)
        self.relays = RelayBoards(house, self.wire, self._latest)
        self.zero_tens = ZeroTens(house, self.wire, self._latest)
        self.pipes = Pipes(house, self.wire, self._latest, settings.loop.tick_ms)
        self.meter = Meter(house.meter, meter_port, self._latest)
        self.intake = Intake(house)
        others = others or Others()
        self.hub_poll = self._hub_poll(house, settings, others)
        scan = others.probes
        self.probes = OneWire(house.probes, scan, self._latest) if scan and house.probes else None
        relays, header = tuple(relay.node for relay in house.relays), others.header
        self.pins = Pins(settings.gpio, header, relays) if header is not None else None
        self.health = Health(others.gauges) if others.gauges is not None else None
        self.posts_dropped = 0
        self._reserve_us = self.relays.reserve_us + RESERVE_US
        self._outputs: dict[str, int] | None = None
        self._readbacks: Readbacks = MappingProxyType({})
        self._statuses: Mapping[str, DeviceStatus] = MappingProxyType({})
        self._devices: tuple[Device, ...] = (
            *(board.device for board in self.relays.boards),
            *(chip.device for chip in self.zero_tens.chips),
            *(chip.device for chip in self.pipes.chips),
            *([self.meter.device] if house.meter.registers else ()),
            *(module.device for module in self.intake.modules),
            *([self.second.device] if self.second else ()),
            *([self.hub_poll.device] if self.hub_poll else ()),
            *((self.probes.bus, *self.probes.devices.values()) if self.probes else ()),
            *([self.pins.device] if self.pins else ()),
            *(self.health.devices.values() if self.health else ()),
        )
        self._has_meter = bool(house.meter.registers)
        self._tick_ms = settings.loop.tick_ms
        self._read_ms: int | None = None

    def read(self, now: Now, posts: Sequence[Post] = ()) -> RigRead:
        """Look at everything that is due; never raises, never waits."""
        self._open_tick()
        missed_ms = self._missed_ms(now)
        answers = tuple(self._take(post, place, now) for place, post in enumerate(posts)) if posts else ()
        self.intake.tend(now)
        self.pipes.step(now)
        if self._has_meter:
            self.meter.step(now)
        if self.second is not None:
            self.second.tend(now)
        if self.hub_poll is not None:
            self.hub_poll.step(now)
        if self.probes is not None:
            self.probes.step(now)
        if self.pins is not None:
            self.pins.look(now)
        if self.health is not None:
            self.health.step(now)
        home = self.pins.home if self.pins is not None else None
        computer = self.health.computer if self.health is not None else UNKNOWN
        lists = self.intake.tick_lists() if posts else ()
        readings, fresh = self._latest.readings(), self._latest.take_fresh()
        return RigRead(readings, fresh, answers, home, computer, missed_ms, lists)

    def hear_second(self, now: Now, samples: Sequence[tuple[str, int]], wall_ms: int) -> None:
        """What the second computer read at `wall_ms` of its clock: (channel, wire integer) pairs.

        Ignored where the layout knows no second computer.
        """
        if self.second is not None:
            self.second.take(now, samples, wall_ms)

    def write(self, outputs: Outputs, now: Now) -> Readbacks:
        """Bring the house to `outputs` (a value for every actuator) and say what the boards answer."""
        new: Outputs | None = None
        if outputs != self._outputs:
            self._outputs = dict(outputs)
            new = outputs
        renewed = self.relays.write(new, now)
        self.wire.reserve_us = 0
        renewed |= self.zero_tens.write(new, now)
        return self._collect(renewed)

    def finish(self, now: Now, path: str) -> None:
        """A whole tick is over, in state `path`: the heartbeat beats and the light shows it."""
        if self.pins is not None:
            self.pins.finish(now, self._readbacks, path)

    def close(self) -> None:
        """Let go of what this program alone may hold."""
        if self.pins is not None:
            self.pins.close()

    def readbacks(self, now: Now) -> Readbacks:
        """What the relay boards hold, before anything was written: for the first decision.

        A 0-10 V output cannot be read and is missing until it was written.
        """
        self._open_tick()
        return self._collect(self.relays.look(now))

    def devices(self) -> Mapping[str, DeviceStatus]:
        """Every device by name; the same object until something changes."""
        statuses = self._statuses
        if len(statuses) != len(self._devices) or any(
            statuses[device.name] is not device.status for device in self._devices
        ):
            self._statuses = MappingProxyType({device.name: device.status for device in self._devices})
        return self._statuses

    @property
    def counters(self) -> dict[str, int]:
        """Counts since start, for the metrics page."""
        return {
            "i2c_failures": self.wire.failures,
            "i2c_retries": self.wire.retries,
            "i2c_worst_us": self.wire.worst_us,
            "i2c_budget_us": TICK_BUDGET_US,
            "relay_mismatches": sum(board.mismatches for board in self.relays.boards),
            "relay_moved_alone": sum(board.changed_alone for board in self.relays.boards),
            "zero_ten_refused": sum(chip.refused for chip in self.zero_tens.chips),
            "meter_polls": self.meter.polls,
            "meter_strays": self.meter.modbus.strays,
            "meter_refused": self.meter.refused,
            "hub_polls": self.hub_poll.polls if self.hub_poll else 0,
            "heartbeats": self.pins.beats if self.pins else 0,
            "computer_looks": self.health.looks if self.health else 0,
            "heartbeat_stops": self.pins.dead_man.stops if self.pins else 0,
            "posts_accepted": self.intake.accepted,
            "posts_refused": sum(self.intake.refused.values()),
            "posts_dropped": self.posts_dropped,
            "tick_lists_dropped": self.intake.lists_dropped,
            "second_too_old": self.second.too_old if self.second else 0,
            "samples_dropped": self._latest.dropped,
        }

    def _hub_poll(self, house: House, settings: Settings, others: Others) -> HubPoll | None:
        line, hub = others.hub, self.intake.hub
        if line is None or hub is None:
            return None
        return HubPoll(house, line.port, hub, line.token, settings.hub.poll_s, self._latest)

    def _missed_ms(self, now: Now) -> int:
        """Time since the last look beyond one tick, when it was far more than one: we stood still."""
        gap_ms = 0 if self._read_ms is None else now.mono_ms - self._read_ms
        self._read_ms = now.mono_ms
        return gap_ms - self._tick_ms if gap_ms > STALL_TICKS * self._tick_ms else 0

    def _open_tick(self) -> None:
        self.wire.begin()
        self.wire.reserve_us = TICK_BUDGET_US if self.wire.suspect or self.wire.owing else self._reserve_us

    def _take(self, post: Post, place: int, now: Now) -> Answer:
        if place >= BOUND_POSTS:
            self.posts_dropped += 1
            return Answer(post.ticket, 503, b"{}")
        samples, answer = self.intake.take(post, now)
        for channel, reading in samples:
            if reading.value is None:
                self._latest.none(channel, reading.quality, now)
            else:
                self._latest.put(channel, reading)
        return answer

    def _collect(self, renewed: bool) -> Readbacks:
        if renewed:
            merged: dict[str, Readback] = {}
            for board in self.relays.boards:
                merged |= board.readbacks
            for chip in self.zero_tens.chips:
                merged |= chip.readbacks
            self._readbacks = MappingProxyType(merged)
        return self._readbacks


def _has_second(house: House, settings: Settings) -> bool:
    return settings.site.role == PRIMARY and bool(house.second_nodes)
