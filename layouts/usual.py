"""Fills in what every house has and nobody has said yet, in its usual place, and names each thing it put."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layouts import names
from layouts.catalogue import RELAY_KINDS
from layouts.effects import EFFECTS, OPTIONAL_EFFECTS

Root = dict[str, Any]
"""The tables of a layout file."""

FIRST_REGISTER = 6000
MAX_TERMINAL = 12
_NAMEPLATES = {"hp-odu-pwr": 6000, "hp-idu-pwr": 4000}
_VOLTS = {"dist-010v": 3.0, "primary-010v": 5.0, "store-010v": 5.0}
_SIEG = ("hp-loop-on-off", "hp-loop-keep-send")
_HUB = {"host": "hubitat.local", "mac": "00:00:00:00:00:00", "maker_api_id": 1}


def complete(root: Root) -> list[str]:
    """Put in what is missing; returns the dotted places that are only assumed, in the order of the file.

    `root` must hold [zones]; only tables and whole rows are added, nothing said is changed.
    """
    return [
        *_house(root),
        *_zones(root),
        *_rows(root, "boards", {"relays": [0x20, 0x21], "zero_ten": [0x5E, 0x5F]}),
        *_named(root, "relays", _relays(root)),
        *_named(root, "zero_tens", _outputs(root)),
        *_named(root, "tanks", {"buffer": {}, "tank1": {}}),
        *_named(root, "flows", _flows(root)),
        *_rows(root, "pipes", {"addresses": [0x4B, 0x49, 0x48], "supply_v": 4.85}),
        *_terminals(root),
        *_meter(root),
        *_rows(root, "hub", _HUB),
    ]


def _rows(root: Root, table: str, usual: Root) -> Iterator[str]:
    """Keys of one table."""
    found = root.setdefault(table, {})
    for key, value in usual.items():
        if key not in found:
            found[key] = value
            yield f"{table}.{key}"


def _named(root: Root, table: str, usual: dict[str, Root]) -> Iterator[str]:
    """Rows of a table of tables; in a row that is there only the missing keys."""
    found = root.setdefault(table, {})
    if not usual and not found:
        del root[table]
    for name, row in usual.items():
        if name not in found:
            found[name] = dict(row)
            yield f"{table}.{name}"


def _house(root: Root) -> Iterator[str]:
    yield from _rows(root, "house", {"display": "New House", "boiler": False})


def _zones(root: Root) -> Iterator[str]:
    zones = root.setdefault("zones", {})
    taken = {row.get("hub_device_id") for row in zones.values()}
    free = (number for number in range(1, 1_000) if number not in taken)
    for place, (name, row) in enumerate(zones.items(), start=1):
        row.setdefault("index", place)
        for key, value in (("critical", place == 1), ("kwh_per_deg_f", 1.0)):
            if key not in row:
                row[key] = value
                yield f"zones.{name}.{key}"
        if "hub_device_id" not in row:
            row["hub_device_id"] = next(free)
            yield f"zones.{name}.hub_device_id"


def _relays(root: Root) -> dict[str, Root]:
    """Every relay that some effect of a posture needs, by number."""
    zones = {name: row["index"] for name, row in root["zones"].items()}
    needed = {kind.key for kind in RELAY_KINDS if kind.required}
    for effect, choices in EFFECTS.items():
        if effect not in OPTIONAL_EFFECTS:
            needed |= {key for positions in choices.values() for key in positions}
    if root["house"].get("manifold") == "House0Sieg":
        needed |= set(_SIEG)
    if not root.get("relays"):
        needed |= {"tstat-common", "thermistor-common"}
    found = {kind.key: {"index": kind.index} for kind in RELAY_KINDS if kind.key in needed}
    for name, index in sorted(zones.items(), key=lambda item: item[1]):
        for place, end in enumerate(("failsafe", "ops")):
            found[f"{names.zone_node(index, name)}-{end}"] = {"index": 17 + 2 * (index - 1) + place}
    return found


def _outputs(root: Root) -> dict[str, Root]:
    taken = {row.get("output_idx") for row in root.get("zero_tens", {}).values()}
    free = (number for number in range(1, 5) if number not in taken)
    missing = [name for name in names.ZERO_TENS if name not in root.get("zero_tens", {})]
    return {name: {"output_idx": next(free, 4), "default_v": _VOLTS[name]} for name in missing}


def _measured(root: Root, key: str) -> set[str]:
    """Channels that heat meters measure for `key` (flow, hot, cold)."""
    return {
        row.get(key) or getattr(names.BTUS[name], key)
        for name, row in root.get("btus", {}).items()
        if row.get(key) or name in names.BTUS
    }


def _flows(root: Root) -> dict[str, Root]:
    of_btus = _measured(root, "flow")
    return {
        name: {"kind": "reed"}
        for name, known in names.FLOWS.items()
        if known.required and name not in of_btus
    }


def _terminals(root: Root) -> Iterator[str]:
    places = root["pipes"].setdefault("thermistors", {})
    others = {*root.get("probes", {}), *_measured(root, "hot"), *_measured(root, "cold")}
    wanted = [name for name, known in names.PIPES.items() if known.required and name not in others]
    free = (number for number in range(1, MAX_TERMINAL + 1) if number not in places.values())
    for name in [*wanted, *([] if wanted or places else ["buffer-cold-pipe"])]:
        if name not in places:
            places[name] = next(free, MAX_TERMINAL)
            yield f"pipes.thermistors.{name}"


def _meter(root: Root) -> Iterator[str]:
    yield from _rows(root, "meter", {"make_model": "EGAUGE__4030"})
    meter = root["meter"]
    if meter.get("kind", "tcp") == "tcp":
        simulated = meter["make_model"] == "GRIDWORKS__SIMPM1"
        yield from _rows(root, "meter", {"host": "127.0.0.1" if simulated else "eGauge4030.local"})
    registers, added = meter.setdefault("registers", {}), set()
    for name, known in names.POWERS.items():
        if known.required and name not in registers:
            registers[name] = {}
            added.add(name)
            yield f"meter.registers.{name}"
    taken = {row["address"] for row in registers.values() if "address" in row}
    free = (a for a in range(FIRST_REGISTER, 65_000, 2) if not taken & {a - 1, a, a + 1})
    for name, row in registers.items():
        if "address" not in row:
            row["address"] = next(free)
            if name not in added:
                yield f"meter.registers.{name}.address"
        metered = row.get("in_power_metering", name in names.METERED_HEAT_PUMP)
        if metered and "nameplate_w" not in row:
            row["nameplate_w"] = _NAMEPLATES.get(name, 1000)
            if name not in added:
                yield f"meter.registers.{name}.nameplate_w"
