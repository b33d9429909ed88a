"""Who may claim an actuator over the strategy: side machines first, then guards; the later row wins.

Exactly one claimant per actuator and tick: the last row that is up. Its handle is the boss that the command
tree reports. Guards do not act where the house is handed back or only monitored; the comfort guard yields
to a person, the freeze guard does not.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from layouts.model import House
from layouts.settings import Settings
from states import heatpump, pico_cycler, sieg
from states.faults import Act
from states.image import Why
from states.posture import Postures
from states.state import Guards, State
from states.tables import ADMIN, HANDED_BACK, MONITOR
from states.view import View

RUNAWAY = "hp-does-not-stop"
"""The row of the fault table that keeps a pump running and a heat sink open."""
FREEZE_BELOW_F = 39.2
FREEZE_UNTIL_F = 44.6
COMFORT_RELEASE_F = 2.0
BLIND_GUARD_MS = 4 * 3_600_000
"""So long a silent sensor may keep a guard up; its own fault row has long called for a person."""


class Moment(Struct, frozen=True):
    """What the claims are judged on."""

    state: State
    path: str
    worst: Act
    mono_ms: int


class Claim(Struct, frozen=True):
    """One row: who, what it claims (effect -> word), its boss handle ("" = the strategy's), when it is up."""

    name: str
    effects: tuple[tuple[str, str], ...]
    boss: str
    up: Callable[[Moment], Why | None]
    yields_to_admin: bool = True


def _sieg(moment: Moment, word: str) -> Why | None:
    """The Siegenthaler valve is to move that way; a house that does not use it has no such state."""
    loop = moment.state.sieg
    if loop is None or sieg.effect(loop) != word:
        return None
    return Why("SiegLoop", f"the loop is in {loop.state}")


def _rest_after_miss(moment: Moment) -> Why | None:
    words = heatpump.words(moment.state.hp, moment.mono_ms)
    return Why("HeatPumpRests", words) if words else None


def _heat_off(moment: Moment) -> Why | None:
    return Why("HeatOff", "a fault holds the heat off") if moment.worst == Act.HEAT_OFF else None


def _runaway(moment: Moment) -> Why | None:
    track = moment.state.faults.get(RUNAWAY)
    if track is None or track.active_mono_ms is None:
        return None
    return Why("HeatPumpRunsOn", "the heat pump cannot be stopped: its pump runs and the zones stay open")


def _comfort(moment: Moment) -> Why | None:
    return (
        Why("ComfortGuard", "a room is below the floor: every heat source works")
        if moment.state.guards.comfort
        else None
    )


def _freeze(moment: Moment) -> Why | None:
    return (
        Why("FreezeGuard", "water near freezing: circulate and heat") if moment.state.guards.freeze else None
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "pico-cycler",
        (("sensor_power", "OFF"),),
        "auto.pico-cycler",
        lambda moment: pico_cycler.why(moment.state.pico),
    ),
    Claim("sieg-send", (("sieg_valve", sieg.SEND),), "", lambda moment: _sieg(moment, sieg.SEND)),
    Claim("sieg-keep", (("sieg_valve", sieg.KEEP_MORE),), "", lambda moment: _sieg(moment, sieg.KEEP_MORE)),
    Claim("heat-pump-rest", (("heat_pump", "OFF"),), "", _rest_after_miss),
    Claim("heat-off", (("heat_pump", "OFF"), ("store_valve", "DISCHARGE")), "", _heat_off),
    Claim("heat-pump-runs-on", (("primary_pump", "ON"), ("zones", "THERMOSTATS")), "", _runaway),
    Claim(
        "comfort-guard",
        (("heat_pump", "ON"), ("boiler", "ARMED"), ("store_valve", "DISCHARGE"), ("zones", "CALL")),
        "auto.comfort-guard",
        _comfort,
    ),
    Claim(
        "freeze-guard",
        (
            ("heat_pump", "ON"),
            ("store_valve", "DISCHARGE"),
            ("store_pump", "ON"),
            ("primary_pump", "ON"),
            ("zones", "CALL"),
            ("sieg_valve", "SEND"),
        ),
        "auto.freeze-guard",
        _freeze,
        yields_to_admin=False,
    ),
)
"""In rising rank. A row claims whole effects; what it does not name stays with whoever held it."""


class Overlay(Struct, frozen=True):
    """One claim compiled for this house."""

    claim: Claim
    values: dict[str, int]


class Overlays:
    """The claims compiled for one house."""

    def __init__(self, postures: Postures) -> None:
        self.rows = tuple(
            Overlay(claim, {n: v for e, w in claim.effects for n, v in postures.values(e, w).items()})
            for claim in CLAIMS
        )

    def apply(
        self, wish: dict[str, int], moment: Moment
    ) -> tuple[dict[str, int], dict[str, tuple[str, Why]]]:
        """(wish with claims laid over it, actuator -> (boss handle, why) of claimed ones)."""
        if moment.path in (HANDED_BACK, MONITOR):
            return wish, {}
        claimed: dict[str, tuple[str, Why]] = {}
        for row in self.rows:
            if moment.path == ADMIN and row.claim.yields_to_admin:
                continue
            why = row.claim.up(moment)
            if why is None:
                continue
            wish = {**wish, **row.values}
            claimed.update(dict.fromkeys(row.values, (row.claim.boss, why)))
        return wish, claimed


def water_channels(house: House) -> tuple[str, ...]:
    """Every water temperature of the house."""
    tanks = tuple(f"{t.name}-depth{i}" for t in house.tanks for i in (1, 2, 3))
    return tanks + tuple(t.channel for t in house.pipes.thermistors if t.channel != "oat")


def watch(
    guards: Guards, house: House, settings: Settings, view: View, water: tuple[str, ...], mono_ms: int
) -> Guards:
    """Raise and lower the guards, each with its hysteresis. What is unknown neither raises nor lowers.

    A sensor that raised a guard and then fell silent keeps it up, but not for ever.
    """
    floor_f = settings.limits.room_floor_f
    rooms = tuple(f"{zone.node}-temp" for zone in house.zones)
    freeze = _below(guards.freeze_by, water, view, FREEZE_BELOW_F, FREEZE_UNTIL_F)
    comfort = _below(guards.comfort_by, rooms, view, floor_f, floor_f + COMFORT_RELEASE_F)
    by = freeze + comfort
    blind = bool(by) and all(view.value(name) is None for name in by)
    since = (guards.blind_since_ms if guards.blind_since_ms is not None else mono_ms) if blind else None
    if since is not None and mono_ms - since >= BLIND_GUARD_MS:
        return Guards()
    if (freeze, comfort, since) == (guards.freeze_by, guards.comfort_by, guards.blind_since_ms):
        return guards
    return Guards(freeze, comfort, since)


def _below(
    by: tuple[str, ...], channels: tuple[str, ...], view: View, below_f: float, until_f: float
) -> tuple[str, ...]:
    """The channels that hold a guard up now."""
    found = []
    for name in channels:
        value = view.value(name)
        if (name in by and (value is None or value < until_f)) or (value is not None and value < below_f):
            found.append(name)
    return tuple(found)
