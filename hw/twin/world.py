"""The simulated house whole: plant, boards, meter, modules and weather on one clock of house time.

The plant moves in steps of its own, ten seconds by default, as far as `advance` is told; whatever changes it
from outside (a coil, a setpoint, a fault) first brings it up to that moment. So the result does not depend on
how often anybody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
from msgspec import Struct

from hw.twin.boards import OutputBoards, PipeInputs, RelayBoards
from hw.twin.chips import Chip
from hw.twin.faults import (
    BrownOut,
    BusFault,
    ContactFault,
    DeadPart,
    Fault,
    MeterFault,
    Part,
    PicoFault,
    PinFault,
    ProbeFault,
    SupplySag,
    ThermistorFault,
)
from hw.twin.header import TwinHeader
from hw.twin.i2c import CoilChange, TwinI2c
from hw.twin.meter import TwinMeter
from hw.twin.modules import build_devices
from hw.twin.noise import Noise
from hw.twin.one_wire import TwinScan
from hw.twin.plant.contacts import Contacts, Wiring
from hw.twin.plant.heat_pump import PROFILES
from hw.twin.plant.of_house import plant_params
from hw.twin.plant.pipes import PIPES
from hw.twin.plant.plant import Plant
from hw.twin.plant.sieg import SiegValve
from hw.twin.prices import PriceSeries
from hw.twin.score import Score
from hw.twin.truth import Truth, powers_w, tell
from hw.twin.weather import Outdoors
from hw.weather import WeatherSeries
from layouts.model import House
from layouts.settings import Settings
from layouts.share import share_of
from states.image import Now

SETPOINT_F = 68.0


class Clock(Protocol):
    """Where the house learns its time."""

    def now(self) -> Now:
        """The present."""


class SensorNoise(Struct, frozen=True):
    """How far readings may stray from the truth."""

    pipe_v: float = 0.0004
    """Pipe thermistors, volts either way (about two steps of the ADC)."""
    tank_uv: float = 150.0
    power_part: float = 0.002
    flow_part: float = 0.0
    """Spread of the flow meters' rate; zero keeps tick lists alike and cheap."""
    spread_posts: bool = True
    """Every module posts at a moment of its own; False: all at the plant's step."""


class World:
    """One simulated house.

    `i2c` is the bus, `meter` the stream port of the meter, `probes` the 1-wire bus, `header` the pins,
    `devices` everything that posts, `score` the bill (with `prices` only). Raises `ValueError` with a
    sentence for a house or setting it cannot simulate.
    """

    def __init__(
        self,
        house: House,
        settings: Settings,
        weather: WeatherSeries,
        clock: Clock,
        *,
        prices: PriceSeries | None = None,
        noise: SensorNoise | None = None,
        whole: bool = False,
        nodes: int = 6,
        step_s: int = 10,
    ) -> None:
        """The house at rest at the clock's present."""
        profile = PROFILES.get(settings.twin.heat_pump)
        if profile is None:
            known = ", ".join(PROFILES)
            raise ValueError(f"[twin] heat_pump: '{settings.twin.heat_pump}' is none of {known}.")
        now = clock.now()
        self.house = house
        self.weather = weather
        self._clock = clock
        self._step_ms = step_s * 1000
        self._start = now
        self._next_ms = now.mono_ms + self._step_ms
        self._outdoors = Outdoors(weather, now.wall_ms)
        start = settings.twin
        self.plant = Plant(
            plant_params(house, settings, nodes, step_s),
            profile,
            (start.tank_start_f - 32.0) / 1.8,
            (start.room_start_f - 32.0) / 1.8,
            (SETPOINT_F - 32.0) / 1.8,
        )
        self.plant.oat_c = (self._outdoors.oat_f(now.wall_ms) - 32.0) / 1.8
        self.score = Score(self.plant, prices) if prices is not None else None
        beat_pin = settings.gpio.heartbeat_pin if settings.gpio.enabled else 0
        self.header = TwinHeader(lambda: clock.now().net_ms, beat_pin)
        self._supplied = self.header.supplied
        ours = house if whole else share_of(house, settings.site.role)
        self._wire(settings.twin.seed, noise or SensorNoise(), ours)

    def _wire(self, seed: int, noise: SensorNoise, ours: House) -> None:
        """Boards, bus, meter and modules around the plant; only modules of `ours` post to this computer."""
        house = self.house
        self._wiring = Wiring(house)
        self._vdc = self._wiring.relay_index("vdc")
        self._thermistor_common = self._wiring.relay_index("thermistor-common")
        self.relays = RelayBoards(house, self._coils_moved)
        self.relays.supplied = lambda: self.header.supplied
        self.outputs = OutputBoards(house, self._volts_moved)
        self.pipes = PipeInputs(house.pipes, self._pipe_c, self._mono_ms, seed, noise.pipe_v)
        self.probes = TwinScan(house.probes, self._pipe_c)
        chips: dict[int, Chip] = {**self.relays.chips, **self.outputs.chips, **self.pipes.chips}
        self._chips = chips
        self.i2c = TwinI2c(chips, lambda: self._mono_ms() * 1000)
        self._power_noise = Noise(seed, "meter")
        self._power_part = noise.power_part
        self._watts: dict[str, float] | None = None
        serial = house.meter.hw_uid or "twin-meter"
        self.meter = TwinMeter(house.meter, self._read_watts, lambda: self._clock.now().net_ms, serial)
        uv_noise = (noise.tank_uv, noise.flow_part)
        begin_ms, spread = self._start.mono_ms, noise.spread_posts
        self.devices = build_devices(house, self.plant, seed, uv_noise, spread, begin_ms, self.advance, ours)
        self.devices.plan(self._start.mono_ms)
        self._sieg = SiegValve(begin_ms) if self.plant.params.sieg else None
        self._dead: list[Part] = []
        self._heals: dict[int, Callable[[], None]] = {}
        self._fault_count = 0
        self._contacts = self._asks()

    # ------------------------------------------------------------------------------------------ time

    def advance(self, mono_ms: int) -> None:
        """Let the house live until `mono_ms`; in the past, nothing happens."""
        while self._next_ms <= mono_ms:
            self._step()

    def _step(self) -> None:
        begin_ms = self._next_ms - self._step_ms
        wall_ms = self._start.wall_ms + begin_ms - self._start.mono_ms
        if self.score is not None:
            self.score.before_step(wall_ms)
        if self._supplied != self.header.supplied:
            self._contacts_changed()
        if self._sieg is not None:
            self.plant.kept = self._sieg.at(begin_ms)
        self.plant.step(self._contacts, (self._outdoors.oat_f(wall_ms) - 32.0) / 1.8)
        self._watts = None
        self.devices.plan(self._next_ms)
        self._next_ms += self._step_ms

    def _mono_ms(self) -> int:
        return self._clock.now().mono_ms

    def _catch_up(self) -> None:
        self.advance(self._mono_ms())

    # ------------------------------------------------------------------------------- what acts on it

    def set_setpoint(self, zone_node: str, setpoint_f: float) -> None:
        """Somebody turns the wall thermostat of a zone. Raises `ValueError` for a zone there is not."""
        for zone, room in zip(self.house.zones, self.plant.rooms, strict=True):
            if zone.node == zone_node:
                self._catch_up()
                room.setpoint_c = (setpoint_f - 32.0) / 1.8
                return
        known = ", ".join(zone.node for zone in self.house.zones)
        raise ValueError(f"This house has no zone '{zone_node}'; it has {known}.")

    def inject(self, fault: Fault) -> int:
        """Begin a fault now; the number returned heals it. Raises `ValueError` when it fits nothing here."""
        self._catch_up()
        heal = self._begin(fault)
        self._fault_count += 1
        self._heals[self._fault_count] = heal
        self._contacts_changed()
        return self._fault_count

    def heal(self, number: int | None = None) -> None:
        """End one fault, or all of them. A number already healed is ignored."""
        self._catch_up()
        for each in list(self._heals) if number is None else [number]:
            heal = self._heals.pop(each, None)
            if heal is not None:
                heal()
        self._contacts_changed()

    def _begin(self, fault: Fault) -> Callable[[], None]:
        if isinstance(fault, BusFault):
            return self.i2c.inject(fault)
        if isinstance(fault, PinFault | ContactFault):
            return self.relays.inject(fault)
        if isinstance(fault, ThermistorFault | SupplySag):
            return self.pipes.inject(fault)
        if isinstance(fault, MeterFault):
            return self.meter.inject(fault)
        if isinstance(fault, PicoFault):
            return self.devices.inject(fault)
        if isinstance(fault, ProbeFault):
            return self.probes.inject(fault)
        if isinstance(fault, DeadPart):
            self._dead.append(fault.part)
            return lambda: self._dead.remove(fault.part)
        return self._brown_out(fault)

    def _brown_out(self, fault: BrownOut) -> Callable[[], None]:
        chip = self._chips.get(fault.address)
        if chip is None:
            raise ValueError(f"No chip at I2C address 0x{fault.address:02x} could lose its supply.")
        chip.brown_out()
        return lambda: None

    def _coils_moved(self, before: frozenset[int], after: frozenset[int]) -> None:
        self._catch_up()
        self.i2c.trace.append(CoilChange(self._mono_ms(), before, after))
        self._contacts_changed()

    def _volts_moved(self) -> None:
        self._catch_up()
        self._contacts_changed()

    def _contacts_changed(self) -> None:
        """Everything that hangs on a contact hears of it, the plant at its next step."""
        energised = self.relays.contacts
        self._supplied = self.header.supplied
        self.plant.heat_pump.dead = Part.HEAT_PUMP in self._dead
        self.pipes.cut = self._thermistor_common in energised
        self.devices.power(self._vdc not in energised, self._mono_ms())
        if self._sieg is not None:
            motor, keep = (self._wiring.relay_index(key) for key in ("hp-loop-on-off", "hp-loop-keep-send"))
            self._sieg.drive(self._mono_ms(), motor not in energised, keep in energised)
        self._contacts = self._asks()

    def _asks(self) -> Contacts:
        contacts = self._wiring.contacts(self.relays.contacts, self.outputs.volts)
        stopped = {_SPEED_OF[part]: 0.0 for part in self._dead if part in _SPEED_OF}
        return msgspec.structs.replace(contacts, **stopped) if stopped else contacts

    # ------------------------------------------------------------------------------- what reads it

    def _pipe_c(self, channel: str) -> float | None:
        self._catch_up()
        if channel == "oat":
            return self.plant.oat_c
        place = _PIPE_PLACE.get(channel)
        return None if place is None else self.plant.pipes.temps[place]

    def _read_watts(self) -> Mapping[str, float]:
        """Power by channel with noise, the same mapping until the plant's next step."""
        self._catch_up()
        if self._watts is None:
            part, noise = self._power_part, self._power_noise
            true_w = powers_w(self.plant, self.house)
            self._watts = {name: watts * (1.0 + part * noise.next()) for name, watts in true_w.items()}
        return self._watts

    def truth(self) -> Truth:
        """What is really so, as of the last step of the plant."""
        mono_ms = self._next_ms - self._step_ms
        wall_ms = self._start.wall_ms + mono_ms - self._start.mono_ms
        modules = {module.actor: str(module.phase) for module in self.devices.modules}
        return tell(self.house, self.plant, mono_ms, wall_ms, self.relays.contacts, modules)


_PIPE_PLACE = {name: place for place, name in enumerate(PIPES)}
_SPEED_OF = {
    Part.PRIMARY_PUMP: "primary_speed",
    Part.STORE_PUMP: "store_speed",
    Part.DIST_PUMP: "dist_speed",
}
