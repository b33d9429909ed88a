"""What is really so in the simulated house, for the page and tests; the controller never sees it."""

from __future__ import annotations

from msgspec import Struct

from hw.twin.plant.params import GPM_KG_PER_S
from hw.twin.plant.pipes import PIPES
from hw.twin.plant.plant import Plant
from hw.twin.plant.tank import Tank
from layouts.model import House


def to_f(temp_c: float) -> float:
    """Fahrenheit of a Celsius temperature."""
    return temp_c * 1.8 + 32.0


class TankTruth(Struct, frozen=True):
    """Node temperatures °F, top first, and the three sensor depths."""

    name: str
    nodes_f: tuple[float, ...]
    depths_f: tuple[float, float, float]


class ZoneTruth(Struct, frozen=True):
    """One zone: air and building mass °F, the thermostat, and whether its heat call reaches the valve."""

    node: str
    air_f: float
    mass_f: float
    setpoint_f: float
    heating: bool
    called: bool


class Truth(Struct, frozen=True, kw_only=True):
    """The whole house at one moment of its own time."""

    mono_ms: int
    wall_ms: int
    oat_f: float
    tanks: tuple[TankTruth, ...]
    zones: tuple[ZoneTruth, ...]
    pipes_f: dict[str, float]
    flows_gpm: dict[str, float]
    powers_w: dict[str, float]
    heat_pump: str
    """resting, called, running, defrosting or tripped."""
    heat_w: float
    lwt_f: float
    ewt_f: float
    aquastat_calls: bool
    boiler_fires: bool
    valve: float
    """0 discharge, 1 charge."""
    compressor_starts: int
    electric_kwh: float
    heat_kwh: float
    stored_kwh: float
    energised: tuple[int, ...]
    """Relay indices whose contacts are in the energised position."""
    modules: dict[str, str]
    """Phase of every Wi-Fi module by actor."""


def _depths_f(tank: Tank) -> tuple[float, float, float]:
    return to_f(tank.sensor_c(1)), to_f(tank.sensor_c(2)), to_f(tank.sensor_c(3))


def _heat_pump_word(plant: Plant) -> str:
    unit = plant.heat_pump
    if unit.defrosting:
        return "defrosting"
    if unit.running:
        return "running"
    if unit.tripped:
        return "tripped"
    return "called" if plant.hp_called else "resting"


def flows_gpm(plant: Plant) -> dict[str, float]:
    """True flows by flow node."""
    return {
        "primary-flow": plant.primary_kg_s / GPM_KG_PER_S,
        "store-flow": plant.store_kg_s / GPM_KG_PER_S,
        "dist-flow": plant.dist_kg_s / GPM_KG_PER_S,
        "sieg-flow": plant.kept * plant.primary_kg_s / GPM_KG_PER_S,
    }


def powers_w(plant: Plant, house: House) -> dict[str, float]:
    """True electric powers by power channel."""
    powers = plant.powers
    watts = {
        "hp-odu-pwr": powers.odu_w,
        "hp-idu-pwr": powers.idu_w,
        "dist-pump-pwr": powers.dist_pump_w,
        "primary-pump-pwr": powers.primary_pump_w,
        "store-pump-pwr": powers.store_pump_w,
    }
    for zone, called in zip(house.zones, plant.zone_called, strict=True):
        if zone.whitewire_channel is not None:
            watts[zone.whitewire_channel] = plant.params.whitewire_w if called else 0.0
    return watts


def tell(
    house: House, plant: Plant, mono_ms: int, wall_ms: int, energised: frozenset[int], modules: dict[str, str]
) -> Truth:
    """The truth about `plant` now."""
    tanks = tuple(
        TankTruth(
            layout.name,
            tuple(to_f(t) for t in tank.temps),
            _depths_f(tank),
        )
        for layout, tank in zip(house.tanks, (plant.buffer, *plant.store), strict=True)
    )
    zones = tuple(
        ZoneTruth(zone.node, to_f(r.air_c), to_f(r.mass_c), to_f(r.setpoint_c), r.heating, called)
        for zone, r, called in zip(house.zones, plant.rooms, plant.zone_called, strict=True)
    )
    return Truth(
        mono_ms=mono_ms,
        wall_ms=wall_ms,
        oat_f=to_f(plant.oat_c),
        tanks=tanks,
        zones=zones,
        pipes_f={name: to_f(t) for name, t in zip(PIPES, plant.pipes.temps, strict=True)},
        flows_gpm=flows_gpm(plant),
        powers_w=powers_w(plant, house),
        heat_pump=_heat_pump_word(plant),
        heat_w=plant.heat_pump.heat_w,
        lwt_f=to_f(plant.heat_pump.lwt_c),
        ewt_f=to_f(plant.ewt_c),
        aquastat_calls=plant.aquastat,
        boiler_fires=plant.boiler_fires,
        valve=plant.valve,
        compressor_starts=plant.heat_pump.starts,
        electric_kwh=plant.meters.electric_j / 3.6e6,
        heat_kwh=plant.meters.heat_pump_j / 3.6e6,
        stored_kwh=plant.stored_j / 3.6e6,
        energised=tuple(sorted(energised)),
        modules=modules,
    )
