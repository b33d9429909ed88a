"""The bounds of the last gate: compiled in here, and a site may only make them stricter."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from layouts.effects import EFFECTS, REST
from layouts.model import House, Relay
from layouts.settings import HeatPump, Limits
from states.image import Outputs

MIN_ON_S = 600
MIN_OFF_S = 300
STARTS_PER_HOUR = 4
START_DELAY_S = 300
PUMP_DELAY_S = 300
WATER_MAX_C = 90.0
ROOM_FLOOR_F = 59.0

HEAT_KEYS = ("hp-failsafe", "hp-scada-ops")
PRIMARY_KEYS = ("primary-pump-failsafe", "primary-pump-scada-ops")


class Bound(Struct, frozen=True):
    """A compiled limit as the documentation prints it."""

    setting: str
    words: str


BOUNDS = (
    Bound("limits.compressor_min_on_s", f"at least {MIN_ON_S} s"),
    Bound("limits.compressor_min_off_s", f"at least {MIN_OFF_S} s"),
    Bound("limits.compressor_starts_per_hour", f"1 to {STARTS_PER_HOUR}"),
    Bound("limits.start_delay_max_s", f"0 to {START_DELAY_S} s"),
    Bound("limits.lwt_max_c", f"at most {WATER_MAX_C:g} °C"),
    Bound("limits.tank_max_c", f"at most {WATER_MAX_C:g} °C"),
    Bound("limits.room_floor_f", f"at most {ROOM_FLOOR_F:g} °F"),
    Bound("heat_pump.pump_delay_s", f"0 to {PUMP_DELAY_S} s"),
)

Pair = tuple[int, int]


def _coils(effect: str, choice: str, keys: tuple[str, str]) -> Pair:
    rows = EFFECTS[effect][choice]
    return rows[keys[0]], rows[keys[1]]


HP_ON = _coils("heat_pump", "ON", HEAT_KEYS)
HP_OFF = _coils("heat_pump", "OFF", HEAT_KEYS)
AQUASTAT = _coils("heat_pump", "AQUASTAT", HEAT_KEYS)
PUMP_ON = _coils("primary_pump", "ON", PRIMARY_KEYS)
PUMP_OFF = _coils("primary_pump", "OFF", PRIMARY_KEYS)
LOCKED_OUT = EFFECTS["boiler"]["LOCKED_OUT"]["aquastat-ctrl"]
CHARGE = EFFECTS["store_valve"]["CHARGE"]["charge-discharge"]
STORE_PUMP_ON = EFFECTS["store_pump"]["ON"]["store-pump-failsafe"]


class Gate(Struct, frozen=True, kw_only=True):
    """House and limits as the governor needs them: relay nodes by their part, times in ms, °C and °F.

    `legal` is what each actuator may be told, `rest` its safe value, `pairs` the relays that only mean
    something together and therefore move in one write, `families` what a lapsed lease releases together.
    """

    legal: Mapping[str, range]
    rest: Outputs
    relays: tuple[str, ...]
    pairs: tuple[tuple[str, ...], ...]
    families: tuple[tuple[str, ...], ...]
    heat: tuple[str, str]
    heat_off: Outputs
    heat_aquastat: Outputs
    primary: tuple[str, str]
    primary_delegated: Outputs
    valve: str
    store_pump: str
    boiler: Outputs
    """Relays of the boiler and their values with the boiler locked out; empty: the house has none."""
    min_on_ms: int
    min_off_ms: int
    starts_per_hour: int
    start_delay_max_ms: int
    pump_delay_ms: int
    lwt_max_c: float
    water_max_c: float
    room_floor_f: float
    idle_w: float
    running_w: float


def compile_gate(house: House, limits: Limits, heat_pump: HeatPump) -> Gate:
    """Look the relays up and clamp the site's values; raises KeyError for a house without a needed relay."""
    by_key = {key: relay.node for key, relay in house.relay_by_key.items()}
    heat = (by_key[HEAT_KEYS[0]], by_key[HEAT_KEYS[1]])
    primary = (by_key[PRIMARY_KEYS[0]], by_key[PRIMARY_KEYS[1]])
    burner = _boiler(house)
    pairs = _pairs(house.relays, heat, primary)
    family = frozenset((*heat, *burner))
    loose = tuple((node,) for node in house.actuators if node not in house.relay_by_node)
    return Gate(
        legal={n: range(2) if n in house.relay_by_node else range(101) for n in house.actuators},
        rest={r.node: REST for r in house.relays} | {z.node: z.default for z in house.zero_tens},
        relays=tuple(r.node for r in house.relays),
        pairs=pairs,
        families=((*heat, *burner), *(pair for pair in pairs if family.isdisjoint(pair)), *loose),
        heat=heat,
        heat_off=_nodes("heat_pump", "OFF", by_key),
        heat_aquastat=_nodes("heat_pump", "AQUASTAT", by_key),
        primary=primary,
        primary_delegated=_nodes("primary_pump", "BY_HEAT_PUMP", by_key),
        valve=by_key["charge-discharge"],
        store_pump=by_key["store-pump-failsafe"],
        boiler=burner,
        min_on_ms=1000 * max(MIN_ON_S, limits.compressor_min_on_s),
        min_off_ms=1000 * max(MIN_OFF_S, limits.compressor_min_off_s),
        starts_per_hour=_within(limits.compressor_starts_per_hour, 1, STARTS_PER_HOUR),
        start_delay_max_ms=1000 * _within(limits.start_delay_max_s, 0, START_DELAY_S),
        pump_delay_ms=1000 * _within(heat_pump.pump_delay_s, 0, PUMP_DELAY_S),
        lwt_max_c=min(WATER_MAX_C, limits.lwt_max_c),
        water_max_c=min(WATER_MAX_C, limits.tank_max_c),
        room_floor_f=min(ROOM_FLOOR_F, limits.room_floor_f),
        idle_w=heat_pump.idle_w,
        running_w=max(heat_pump.idle_w, heat_pump.running_w),
    )


def _nodes(effect: str, choice: str, by_key: Mapping[str, str]) -> dict[str, int]:
    return {by_key[key]: coil for key, coil in EFFECTS[effect][choice].items()}


def _within(value: int, least: int, most: int) -> int:
    return max(least, min(most, value))


def _boiler(house: House) -> dict[str, int]:
    """Without a boiler, relay 8's resting contact leads to the heat pump and locks nothing out."""
    locked = {"aquastat-ctrl": LOCKED_OUT, "boiler-scada-ops": REST}
    nodes = {key: relay.node for key, relay in house.relay_by_key.items() if key in locked}
    return {node: locked[key] for key, node in nodes.items()} if house.boiler else {}


def _pairs(
    relays: tuple[Relay, ...], heat: tuple[str, str], primary: tuple[str, str]
) -> tuple[tuple[str, ...], ...]:
    """Heat pump, primary pump, each zone; every other relay stands alone."""
    bonds: dict[str, list[str]] = {}
    for relay in relays:
        bond = "heat" if relay.node in heat else "primary" if relay.node in primary else relay.zone
        bonds.setdefault(bond or relay.node, []).append(relay.node)
    return tuple(tuple(nodes) for nodes in bonds.values())
