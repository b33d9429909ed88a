"""What the program says of itself in one look: its input from the tick, and the content of `/api/status`.

Everything is in physical units. A value that is bad, unknown or too old is null. Times are ISO 8601 in the
zone of the site; `*_s` are seconds of house time. Nothing here is made unless somebody looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from msgspec import Struct, to_builtins

from layouts.model import House, Relay, Zone
from proto.page.says import says, who
from proto.values import Look, Values
from states.image import Decision, Image, Readback, Readbacks, Veto

HEATING_STATES = (1, 2)
"""Thermostat states that call for heat: heating, pending heat."""


class StatusInput(Struct, frozen=True, kw_only=True):
    """Everything the page may show, handed over by the tick; nothing in it is copied or worked out yet."""

    house: House
    zone: tzinfo
    image: Image
    decision: Decision
    readbacks: Readbacks
    vetoes: Sequence[Veto]
    waiting: str
    ledger: Mapping[str, float]
    devices: Mapping[str, Any]
    counters: Mapping[str, int]
    simulated: str


class Moment:
    """House time in words of the site's zone."""

    def __init__(self, source: StatusInput) -> None:
        self.now = source.image.now
        self._zone = source.zone

    def iso(self, wall_s: float) -> str:
        """A UTC second as local time with its offset."""
        return datetime.fromtimestamp(int(wall_s), self._zone).isoformat()

    def since(self, mono_ms: int, wall_ms: int) -> dict[str, Any]:
        """When something began and how long ago, for the keys `since` and `since_s`."""
        return {"since": self.iso(wall_ms / 1000), "since_s": self.ago_s(mono_ms)}

    def ago_s(self, mono_ms: int) -> int:
        """Seconds of house time since then."""
        return max(0, self.now.mono_ms - mono_ms) // 1000


class Status:
    """Makes the content of `/api/status` for one house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.values = Values(house)
        self._powers = tuple(c.name for c in house.channels if c.in_power_metering)

    def tell(self, source: StatusInput) -> dict[str, Any]:
        """The whole of it."""
        moment = Moment(source)
        overview, now = source.decision.overview, source.image.now
        look = Look(self.values, source.image.readings, overview.derived, now.mono_ms)
        return {
            "house": self.house.display,
            "alias": self.house.scada.alias,
            "simulated": source.simulated,
            "time": moment.iso(now.wall_ms / 1000),
            "time_s": now.wall_ms // 1000,
            "clock_set": now.synced,
            "computer": to_builtins(source.image.computer),
            **_state(source, moment),
            "contract": _contract(source, moment),
            "tariff": _tariff(source, moment),
            "plan": {name: round(value, 2) for name, value in overview.plan.items()},
            "power": self._power(look),
            "tanks": self._tanks(look),
            "zones": {zone.name: self._zone(zone, look, source.readbacks) for zone in self.house.zones},
            "faults": [
                {"name": f.name, "words": f.words, "act": f.act, "latched": f.latched}
                | moment.since(f.since_mono_ms, f.since_wall_ms)
                for f in overview.faults
            ],
            "links": _links(source, moment),
            "actuators": self._actuators(source),
            "devices": {
                name: {"ok": device.ok, "words": device.words, "errors": device.errors}
                for name, device in source.devices.items()
            },
            "channels": self._channels(look),
            "tick": {
                name: value if isinstance(value, int) else round(value, 3)
                for name, value in source.ledger.items()
            },
        }

    def _channels(self, look: Look) -> dict[str, dict[str, Any]]:
        found = {}
        for name, row in self.values.rows.items():
            seen = look.shown(row)
            found[name] = {
                "value": seen.value,
                "unit": row.unit,
                "age_s": seen.age_s,
                "quality": seen.quality,
            }
        return found

    def _power(self, look: Look) -> dict[str, float | None]:
        return {"heat_pump_w": look.total("hp-odu-pwr", "hp-idu-pwr"), "metered_w": look.total(*self._powers)}

    def _tanks(self, look: Look) -> dict[str, dict[str, float | None]]:
        places = (("top_f", 1), ("middle_f", 2), ("bottom_f", 3))
        return {
            tank.name: {key: look.fahrenheit(f"{tank.name}-depth{depth}") for key, depth in places}
            for tank in self.house.tanks
        }

    def _zone(self, zone: Zone, look: Look, readbacks: Readbacks) -> dict[str, Any]:
        state = look.value(f"{zone.node}-state")
        failsafe = self.house.relay_by_node.get(zone.failsafe_relay)
        return {
            "temp_f": look.fahrenheit(f"{zone.node}-temp"),
            "setpoint_f": look.fahrenheit(f"{zone.node}-set"),
            "calls": None if state is None else state in HEATING_STATES,
            "source": None if failsafe is None else _relay_state(failsafe, readbacks),
            "critical": zone.critical,
        }

    def _actuators(self, source: StatusInput) -> dict[str, dict[str, Any]]:
        overview, refused = source.decision.overview, {veto.actuator: veto for veto in source.vetoes}
        found: dict[str, dict[str, Any]] = {}
        for relay in self.house.relays:
            back = source.readbacks.get(relay.node)
            found[relay.node] = {
                "name": relay.key,
                "commanded": None if back is None else back.commanded,
                "readback": None if back is None else back.value,
                "unit": "energised",
                "state": _relay_state(relay, source.readbacks),
            }
        for output in self.house.zero_tens:
            back = source.readbacks.get(output.node)
            found[output.node] = {
                "name": output.node,
                "commanded": None if back is None else back.commanded / 10,
                "readback": _volts(back),
                "unit": "V",
                "state": None if _volts(back) is None else f"{_volts(back):.1f} V",
            }
        for node, row in found.items():
            row["boss"] = overview.tree.get(node, "")
            claim, veto = overview.claims.get(node), refused.get(node)
            row["claim"] = claim.words if claim else ""
            row["refused"] = veto.words if veto else ""
        return found


def _relay_state(relay: Relay, readbacks: Readbacks) -> str | None:
    back = readbacks.get(relay.node)
    if back is None or back.value is None:
        return None
    return relay.kind.active_state if back.value else relay.kind.rest_state


def _volts(back: Readback | None) -> float | None:
    return None if back is None or back.value is None else back.value / 10


def _state(source: StatusInput, moment: Moment) -> dict[str, Any]:
    overview = source.decision.overview
    title, sentence = says(overview.path)
    return {
        "state": overview.path,
        **moment.since(overview.since_mono_ms, overview.since_wall_ms),
        "title": title,
        "says": sentence,
        "who": who(overview.path),
        "why": overview.why.words,
        "rule": overview.why.rule,
        "numbers": dict(overview.why.numbers),
        "waiting": overview.waiting or source.waiting,
    }


def _contract(source: StatusInput, moment: Moment) -> dict[str, Any]:
    view = source.decision.overview.contract
    heard = view.last_heard_mono_ms
    found: dict[str, Any] = {
        "phase": view.phase,
        "status": view.status,
        "words": view.words,
        "used_wh": round(view.watt_hours_used),
        "remaining_wh": view.remaining_wh,
        "heard_s": None if heard is None else moment.ago_s(heard),
    }
    held = view.contract
    if held is not None:
        now_s = moment.now.wall_ms // 1000
        found |= {
            "id": held.contract_id,
            "start": moment.iso(held.start_s),
            "end": moment.iso(held.end_s),
            "starts_in_s": max(0, held.start_s - now_s),
            "ends_in_s": max(0, held.end_s - now_s),
            "duration_s": 60 * held.duration_minutes,
            "average_w": held.avg_power_watts,
            "energy_wh": held.watt_hours,
            "boiler": held.oil_boiler_on,
        }
    return found


def _tariff(source: StatusInput, moment: Moment) -> dict[str, Any] | None:
    """Whether electricity is dear just now, and until when; the lead time of a peak is part of it."""
    plan = source.decision.overview.plan
    if "on_peak" not in plan or "peak_change_s" not in plan:
        return None
    change_s = int(plan["peak_change_s"])
    return {
        "on_peak": bool(plan["on_peak"]),
        "until": moment.iso(change_s),
        "until_s": max(0, change_s - moment.now.wall_ms // 1000),
    }


def _links(source: StatusInput, moment: Moment) -> dict[str, dict[str, Any]]:
    return {
        name: {"state": link.state, "since_s": moment.ago_s(link.since_mono_ms), "words": link.words}
        for name, link in source.image.links.items()
    }
