"""What switching each relay should do, for how long it is watched, and what was measured to have moved."""

from __future__ import annotations

from collections.abc import Iterator

from hw.field import Field
from layouts.model import House, Relay

QUICK_S, FLOW_S, VALVE_S = 5.0, 30.0, 60.0
TIMES_S = {
    "charge-discharge": VALVE_S,
    "store-pump-failsafe": FLOW_S,
    "primary-pump-scada-ops": FLOW_S,
    "primary-pump-failsafe": FLOW_S,
    "hp-loop-on-off": VALVE_S,
}
"""How long an effect is watched for, seconds; the others QUICK_S."""
CALLERS = ("hp-failsafe", "hp-scada-ops")
"""Relays that have a say in the heat pump's call: never held longer than QUICK_S, whatever is asked for."""
MATES = {"hp-failsafe": ("hp-scada-ops",)}
"""Relay -> what is energised with it in one write: so a walk never calls the heat pump, and neither its least
time on, nor its rest, nor its starts an hour are touched."""
EXPECTED = {
    "store-pump-failsafe": ("store-pump-pwr", "store-flow"),
    "primary-pump-scada-ops": ("primary-pump-pwr", "primary-flow"),
}
"""Channels that should move, by relay; a zone's relays move its call wire."""
LEADERS = {"primary-pump-scada-ops": "primary-pump-failsafe", "hp-scada-ops": "hp-failsafe"}
"""Relay -> the one that decides whether it counts; a zone's call has its own."""
NOTABLE = {"W": 8.0, "gpm": 0.2, "°C": 0.7}
"""What counts as an effect, by unit."""
WARNINGS = {
    "vdc": "The Wi-Fi sensor modules lose their supply meanwhile.",
    "hp-failsafe": "Relay 6 is energised with it, so that the heat pump is not called.",
    "hp-scada-ops": "Energised, the heat pump is not called.",
    "thermistor-common": "The pipe thermistors are cut off meanwhile.",
    "aquastat-ctrl": "Energised, the aquastat no longer reaches the boiler.",
}
GUARDED = frozenset(
    {"hp-failsafe", "hp-scada-ops", "aquastat-ctrl", "primary-pump-scada-ops", "primary-pump-failsafe"}
)
"""Relays that would stop a running compressor or the water through it."""


def watched_s(relay: Relay, hold_s: float | None = None) -> float:
    """How long a relay is held, seconds; `hold_s` is what was asked for."""
    usual = FLOW_S if relay.zone else TIMES_S.get(relay.key, QUICK_S)
    seconds = usual if hold_s is None else hold_s
    return min(QUICK_S, seconds) if relay.key in CALLERS else seconds


def leader_of(house: House, relay: Relay) -> str:
    """The node of the relay before this one in the wire, which leaves the matter to others at rest; or ""."""
    leader = LEADERS.get(relay.key)
    zone = next((z for z in house.zones if z.ops_relay == relay.node), None)
    return house.relay_by_key[leader].node if leader else zone.failsafe_relay if zone else ""


def expected(house: House, relay: Relay) -> tuple[str, ...]:
    """Channels that should move when the relay counts."""
    zone = next((z for z in house.zones if z.ops_relay == relay.node), None)
    return (f"{zone.node}-whitewire-pwr",) if zone else EXPECTED.get(relay.key, ())


def measured(field: Field) -> dict[str, float]:
    """Every power, flow and temperature that is known now."""
    found = {}
    for channel in field.house.channels:
        value = field.value(channel.name) if channel.unit in NOTABLE else None
        if value is not None:
            found[channel.name] = value
    return found


def changes(house: House, before: dict[str, float], after: dict[str, float]) -> Iterator[str]:
    """A line for everything that moved by more than noise, and for what fell silent or spoke up."""
    for channel in house.channels:
        old, new = before.get(channel.name), after.get(channel.name)
        if channel.unit not in NOTABLE or (old is None and new is None):
            continue
        if old is None or new is None:
            yield f"{channel.name} {'fell silent' if new is None else 'speaks now'}"
        elif abs(new - old) > NOTABLE[channel.unit]:
            yield f"{channel.name} {old:.1f} -> {new:.1f} {channel.unit}"


def unseen(channels: tuple[str, ...], before: dict[str, float], effects: tuple[str, ...]) -> Iterator[str]:
    """What should have moved and did not, as far as it is measured at all."""
    for channel in channels:
        if channel in before and not any(line.startswith(f"{channel} ") for line in effects):
            yield f"expected {channel} to move, and it did not"
