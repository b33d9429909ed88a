"""The rows of the fault table that are about sensors: lost, broken, stuck, leaping, swapped, drifting."""

from __future__ import annotations

from layouts.model import House
from states.fault_kinds import (
    BoardMoved,
    Broken,
    Flat,
    Leaps,
    Lost,
    NoForecast,
    Over,
    Reversed,
    Unbalanced,
    Under,
    Upside,
)
from states.faults import Act, Fault
from states.image import OPEN, SHORT

WIRE_S = 1
"""The driver itself believes a broken wire after two seconds only."""
DRIFT_F = 9.0
"""A tank whose layers stand 5 K upside down has a sensor that drifts."""
DRIFT_S = 1800
MAKES_HEAT_W = 2000.0
LEAST_COP, MOST_COP = 0.5, 7.0
POWER_MAX_W, POWER_MIN_W = 15_000.0, -100.0
"""No single circuit of a heat pump for a house draws more, none gives any back."""


def sensor_rows(house: House) -> list[Fault]:
    """Every sensor row of this house."""
    rooms = tuple(f"{z.node}-temp" for z in house.zones)
    rows = _whole_kinds(rooms)
    for channel in house.channels:
        if channel.in_power_metering:
            rows += _power_rows(channel.name)
    for tank in house.tanks:
        rows += _tank_rows(tank.name)
    for thermistor in house.pipes.thermistors:
        name = thermistor.channel
        rows += _sensor(name, name, name)
    rows += _plausible_rows(house)
    wired = {thermistor.channel for thermistor in house.pipes.thermistors}
    singles = [pipe for pipe in house.pipe_channels if pipe not in wired] + list(house.flow_channels)
    singles += [room for room in rooms if len(rooms) > 1] + [f"{z.node}-set" for z in house.zones]
    rows += [_lost(name, name, name, "") for name in singles]
    return rows + [_leaps(room, room, room) for room in rooms]


def _whole_kinds(rooms: tuple[str, ...]) -> list[Fault]:
    buffer_f = tuple(f"buffer-depth{i}" for i in (1, 2, 3))
    return [
        Fault("buffer-lost", Lost(buffer_f), 300, Act.BLIND, "No buffer temperature at all"),
        Fault("forecast-lost", NoForecast(), 300, Act.BLIND, "No weather forecast from any source"),
        Fault("rooms-lost", Lost(rooms), 300, Act.NO_CONTRACT, "No room temperature at all"),
    ]


def _power_rows(name: str) -> list[Fault]:
    impossible = f"{name} shows what the heat pump cannot draw: wrong register, byte order or scale"
    backwards = f"{name} is negative: its current clamp is on backwards, or the register is wrong"
    return [
        Fault(f"{name}-lost", Lost((name,)), 60, Act.NO_CONTRACT, f"Power channel {name} is silent"),
        Fault(f"{name}-high", Over(name, POWER_MAX_W, "W"), 10, Act.NO_CONTRACT, impossible),
        Fault(f"{name}-negative", Under(name, POWER_MIN_W, "W"), 10, Act.NO_CONTRACT, backwards),
    ]


def _tank_rows(tank: str) -> list[Fault]:
    rows: list[Fault] = []
    for depth in (1, 2, 3):
        name = f"{tank}-depth{depth}"
        rows += _sensor(name, f"{name}-device", f"{tank} sensor {depth}")
    depths = tuple(f"{tank}-depth{i}" for i in (1, 2, 3))
    says = f"{tank} is warmer below than above: one of its sensors drifts, or two are swapped"
    return [*rows, Fault(f"{tank}-upside-down", Upside(depths, DRIFT_F), DRIFT_S, Act.WARN, says)]


def _sensor(name: str, source: str, called: str) -> list[Fault]:
    """What can ail one thermistor: `source` is its channel, `called` what a person calls it."""
    return [
        _lost(name, name, called, source),
        Fault(f"{name}-open", Broken(source, OPEN), WIRE_S, Act.WARN, f"{called}: its wire is open"),
        Fault(f"{name}-short", Broken(source, SHORT), WIRE_S, Act.WARN, f"{called}: its wires touch"),
        Fault(f"{name}-stuck", Flat(source), 0, Act.WARN, f"{called} is stuck and no longer believed"),
        _leaps(name, source, called),
    ]


def _lost(name: str, channel: str, called: str, source: str) -> Fault:
    return Fault(f"{name}-lost", Lost((channel,), source), 60, Act.WARN, f"{called} is silent")


def _leaps(name: str, source: str, called: str) -> Fault:
    says = f"{called} leaps faster than it can; the last believed value stands in"
    return Fault(f"{name}-leaps", Leaps(source), 0, Act.WARN, says)


def _plausible_rows(house: House) -> list[Fault]:
    """What several sensors say of each other."""
    pipes = {t.channel for t in house.pipes.thermistors}
    flows = {f.node for f in house.flows}
    powers = tuple(c.name for c in house.channels if c.in_power_metering)
    rows = []
    if pipes:
        says = "All pipe sensors moved at once: the supply of their board is not what it was"
        rows.append(Fault("pipe-board-moved", BoardMoved(), 0, Act.WARN, says, clear_s=60))
    if {"hp-lwt", "hp-ewt"} <= pipes:
        swapped = Reversed("hp-lwt", "hp-ewt", "hp-odu-pwr", MAKES_HEAT_W)
        says = "Water leaves the heat pump colder than it enters: hp-lwt and hp-ewt are swapped"
        rows.append(Fault("hp-sensors-swapped", swapped, 600, Act.NO_CONTRACT, says, clear_s=60))
        if "primary-flow" in flows:
            balance = Unbalanced(
                "hp-lwt", "hp-ewt", "primary-flow", powers, MAKES_HEAT_W, LEAST_COP, MOST_COP
            )
            says = "Heat and electricity do not match: hp-lwt, hp-ewt, primary-flow or the meter is wrong"
            rows.append(Fault("heat-unbalanced", balance, DRIFT_S, Act.WARN, says, clear_s=600))
    return rows
