"""The plant: what one fixed step of ten seconds does to the house, given the contacts and the weather.

Every flow of a step is computed from the temperatures before it, so that what one part loses another gains.
The boundary meters (`Meters`) are kept apart from the node temperatures and must agree with them.
"""

from __future__ import annotations

from math import copysign

from msgspec import Struct

from hw.twin.plant.contacts import Contacts
from hw.twin.plant.heat_pump import HeatPump, Profile
from hw.twin.plant.params import CP_J_PER_KG_K, PlantParams
from hw.twin.plant.pipes import Pipes
from hw.twin.plant.room import Room
from hw.twin.plant.tank import Tank


class Meters(Struct):
    """Energy through the boundary since the start, joule; `starts` of the compressor."""

    heat_pump_j: float = 0.0
    boiler_j: float = 0.0
    electric_j: float = 0.0


class Powers(Struct):
    """Electric power now, watt."""

    odu_w: float = 24.0
    idu_w: float = 16.0
    dist_pump_w: float = 0.0
    primary_pump_w: float = 0.0
    store_pump_w: float = 0.0

    @property
    def total_w(self) -> float:
        """What the house's heating draws: heat pump and circulators."""
        return self.odu_w + self.idu_w + self.dist_pump_w + self.primary_pump_w + self.store_pump_w


class Plant:
    """Tanks (the buffer first), heat pump, rooms. Flows in kg/s, temperatures in °C."""

    def __init__(
        self, params: PlantParams, profile: Profile, tank_c: float, room_c: float, setpoint_c: float
    ) -> None:
        """A house at rest, its tanks at uniform `tank_c` and its rooms at `room_c`."""
        step_s = float(params.step_s)
        self.params = params
        self.step_s = step_s
        self.buffer = Tank(params.tank, step_s, tank_c)
        self.store = tuple(Tank(params.tank, step_s, tank_c) for _ in range(params.store_tanks))
        self.rooms = tuple(Room(zone, step_s, room_c, setpoint_c) for zone in params.zones)
        self.heat_pump = HeatPump(profile, step_s, params.pump_delay_s)
        self.pipes = Pipes(step_s, params.tank.ambient_c)
        self.meters = Meters()
        self.powers = Powers()
        self.oat_c = 0.0
        self.aquastat = False
        self.boiler_fires = False
        self.hp_called = False
        self.zone_called = tuple(False for _ in params.zones)
        self.valve = 0.0
        """Charge/discharge valve: 0 discharge, 1 charge."""
        self.primary_kg_s = 0.0
        self.store_kg_s = 0.0
        """Through the store, either way."""
        self.dist_kg_s = 0.0
        self.ewt_c = tank_c
        self.cold_c = tank_c
        """What comes back from buffer and store; with a Siegenthaler loop the unit gets it warmer."""
        self.kept = 0.0
        """Part of the primary flow that the Siegenthaler valve keeps, 0 to 1; set from outside."""
        self.sieg_c = tank_c
        """The water in that loop."""

    @property
    def stored_j(self) -> float:
        """Heat held above 0 °C in every node."""
        tanks_j = self.buffer.stored_j + sum(tank.stored_j for tank in self.store)
        loop_j = self.params.sieg_loop_kg * CP_J_PER_KG_K * self.sieg_c if self.params.sieg else 0.0
        return tanks_j + loop_j + sum(room.stored_j for room in self.rooms)

    @property
    def sent_kg_s(self) -> float:
        """Of the primary flow, what reaches buffer or store."""
        return self.primary_kg_s * (1.0 - self.kept)

    @property
    def crossed_j(self) -> float:
        """Net heat that the boundary meters saw come in."""
        lost_j = self.buffer.lost_j + sum(tank.lost_j for tank in self.store)
        shell_j = sum(room.gained_j - room.lost_j for room in self.rooms)
        return self.meters.heat_pump_j + self.meters.boiler_j + shell_j - lost_j

    def step(self, contacts: Contacts, oat_c: float) -> None:
        """Ten seconds with these contacts and this outdoor temperature."""
        self.oat_c = oat_c
        boiler_called = self._hear_aquastat(contacts)
        self._move_valve(contacts)
        self._heat(contacts)
        store_kg_s = self._store_pump(contacts)
        self._distribute(contacts)
        self._move_water(store_kg_s, boiler_called)
        self._step_rooms()
        self._meter()

    def _hear_aquastat(self, contacts: Contacts) -> bool:
        """Set the heat-pump call; returns whether the boiler is called."""
        middle_c = self.buffer.sensor_c(2)
        on_c, off_c = self.heat_pump.profile.aquastat_c(self.oat_c)
        if middle_c < on_c:
            self.aquastat = True
        elif middle_c > off_c:
            self.aquastat = False
        has_boiler = self.params.boiler
        if contacts.hp_by_scada:
            self.hp_called = contacts.hp_ops_closed
        else:
            self.hp_called = self.aquastat and (contacts.aquastat_to_hp or not has_boiler)
        return has_boiler and self.aquastat and not contacts.aquastat_to_hp

    def _move_valve(self, contacts: Contacts) -> None:
        target = 1.0 if contacts.charge else 0.0
        if self.valve != target:
            travel = self.step_s / self.params.valve_travel_s
            gap = target - self.valve
            self.valve = target if abs(gap) <= travel + 1e-9 else self.valve + copysign(travel, gap)

    def _heat(self, contacts: Contacts) -> None:
        """The heat pump and its primary pump."""
        unit = self.heat_pump
        ready = unit.hear(self.hp_called)
        pump_on = contacts.primary_on if contacts.primary_by_scada else ready
        speed = contacts.primary_speed if pump_on else 0.0
        self.primary_kg_s = speed * self.params.primary_kg_per_s
        self.powers.primary_pump_w = speed * speed * self.params.primary_pump_w
        valve, kept = self.valve, self.kept
        self.cold_c = self.buffer.temps[-1]
        if valve and self.store:
            self.cold_c += valve * (self.store[-1].temps[-1] - self.cold_c)
        self.ewt_c = self.cold_c + kept * (self.sieg_c - self.cold_c)
        unit.step(ready, self.primary_kg_s, self.ewt_c, self.oat_c)
        if kept:
            part = kept * self.primary_kg_s * self.step_s / self.params.sieg_loop_kg
            self.sieg_c += part * (unit.lwt_c - self.sieg_c)
        self.powers.odu_w = 0.6 * unit.power_w
        self.powers.idu_w = 0.4 * unit.power_w

    def _store_pump(self, contacts: Contacts) -> float:
        """Discharge flow; in the charge position the isolation valve is shut and the pump deadheads."""
        speed = contacts.store_speed if contacts.store_pump and self.store else 0.0
        self.powers.store_pump_w = speed * speed * self.params.store_pump_w
        return speed * self.params.store_kg_per_s * (1.0 - self.valve)

    def _distribute(self, contacts: Contacts) -> None:
        """Thermostats, zone valves, distribution pump, emitters."""
        supply_c = self.buffer.temps[0]
        speed, total_kg_s, step_s = contacts.dist_speed, 0.0, self.step_s
        called = []
        for i, room in enumerate(self.rooms):
            call = room.thermostat() and contacts.stats_connected
            if contacts.zones_by_scada[i]:
                call = contacts.zones_call[i]
            called.append(call)
            room.calling_s = room.calling_s + step_s if call else 0.0
            is_open = room.calling_s > self.params.zone_valve_s
            kg_s = speed * self.params.zones[i].flow_kg_per_s if is_open else 0.0
            room.circulate(kg_s, supply_c)
            total_kg_s += kg_s
        self.zone_called = tuple(called)
        self.dist_kg_s = total_kg_s
        self.powers.dist_pump_w = speed * speed * self.params.dist_pump_w if total_kg_s else 0.0

    def _return_c(self) -> float:
        """Mixed return of the zones whose valve is open."""
        carried = flowing = 0.0
        for room, zone in zip(self.rooms, self.params.zones, strict=True):
            if room.calling_s > self.params.zone_valve_s:
                carried += zone.flow_kg_per_s * room.return_c
                flowing += zone.flow_kg_per_s
        return carried / flowing if flowing else self.buffer.temps[-1]

    def _move_water(self, discharge_kg_s: float, boiler_called: bool) -> None:
        """Everything that flows through tanks in this step."""
        buffer, params = self.buffer, self.params
        top_c, bottom_c = buffer.temps[0], buffer.temps[-1]
        lwt_c = self.heat_pump.lwt_c
        charge_kg_s = self.sent_kg_s * self.valve if self.store else 0.0
        into_kg_s = self.sent_kg_s - charge_kg_s
        carried = into_kg_s * lwt_c
        if discharge_kg_s:
            carried += discharge_kg_s * self.store[0].temps[0]
            into_kg_s += discharge_kg_s
        self.boiler_fires = boiler_called
        if self.boiler_fires:
            rise_k = params.boiler_w / (params.boiler_kg_per_s * CP_J_PER_KG_K)
            carried += params.boiler_kg_per_s * (bottom_c + rise_k)
            into_kg_s += params.boiler_kg_per_s
        source_c = carried / into_kg_s if into_kg_s else top_c
        return_c = self._return_c()
        self._step_store(charge_kg_s, lwt_c, discharge_kg_s, bottom_c)
        self.store_kg_s = abs(charge_kg_s - discharge_kg_s)
        self._read_pipes(into_kg_s, source_c, top_c, return_c)
        buffer.step(into_kg_s, source_c, self.dist_kg_s, return_c)

    def _step_store(self, charge_kg_s: float, lwt_c: float, discharge_kg_s: float, cold_c: float) -> None:
        """Charge enters tank 1 at the top, discharge the last tank at the bottom; each passes through all.

        Both flow only while the valve travels; then every tank sees both.
        """
        ends = [(tank.temps[0], tank.temps[-1]) for tank in self.store]
        last = len(self.store) - 1
        for i, tank in enumerate(self.store):
            above_c = lwt_c if i == 0 else ends[i - 1][1]
            below_c = cold_c if i == last else ends[i + 1][0]
            tank.step(charge_kg_s, above_c, discharge_kg_s, below_c)

    def _read_pipes(self, into_kg_s: float, source_c: float, top_c: float, return_c: float) -> None:
        """What stands at the clamp-on sensors; same order as `PIPES`."""
        primary, dist, moving = self.primary_kg_s > 0.0, self.dist_kg_s > 0.0, self.store_kg_s > 0.0
        bottom_c = self.buffer.temps[-1]
        lwt_c, charging = self.heat_pump.lwt_c, self.valve >= 0.5
        hot_c: float | None = None
        cold_c: float | None = None
        if moving:
            hot_c = lwt_c if charging else self.store[0].temps[0]
            cold_c = self.store[-1].temps[-1] if charging else bottom_c
        ewt_c = self.ewt_c if primary else None
        self.pipes.step((
            top_c if dist else None,
            return_c if dist else None,
            lwt_c if primary else None,
            ewt_c,
            hot_c,
            cold_c,
            source_c if into_kg_s else (top_c if dist else None),
            bottom_c if into_kg_s > self.dist_kg_s else (return_c if dist else None),
            self.cold_c if primary else None,
        ))  # fmt: skip

    def _step_rooms(self) -> None:
        rooms, oat_c = self.rooms, self.oat_c
        exchange = [0.0] * len(rooms)
        for i in range(len(rooms) - 1):
            watts = self.params.zone_to_zone_w_per_k * (rooms[i].air_c - rooms[i + 1].air_c)
            exchange[i] -= watts
            exchange[i + 1] += watts
        for room, watts in zip(rooms, exchange, strict=True):
            room.step(oat_c, watts)

    def _meter(self) -> None:
        step_s = self.step_s
        self.meters.heat_pump_j += self.heat_pump.heat_w * step_s
        self.meters.electric_j += self.powers.total_w * step_s
        if self.boiler_fires:
            self.meters.boiler_j += self.params.boiler_w * step_s
