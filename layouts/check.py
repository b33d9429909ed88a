"""Compares identities, zones, boards and relays of a layout with each other and with the catalogue."""

from __future__ import annotations

from layouts import names
from layouts.build_parts import zone_indices
from layouts.catalogue import FIRST_ZONE_INDEX, KINDS_BY_KEY, RELAY_KINDS
from layouts.check_devices import check_devices
from layouts.compare import addresses, known_names, no_twice
from layouts.draft import Draft, zones_sound
from layouts.effects import EFFECTS, OPTIONAL_EFFECTS
from layouts.mistakes import Notes, shown

MAX_ZONES = 6
MAX_ZONE_NAME = 32
PINS_PER_BOARD = 16


def check_draft(notes: Notes, draft: Draft) -> None:
    """Note everything that does not fit together in a layout as read."""
    _gnodes(notes, draft)
    _zones(notes, draft)
    addresses(notes, "boards", "relays", draft.boards["relays"], 2)
    addresses(notes, "boards", "zero_ten", draft.boards["zero_ten"], 2)
    if draft.relays:
        _relay_indices(notes, draft)
        _effects(notes, draft)
    _sieg(notes, draft)
    check_devices(notes, draft, zones_sound(draft))


def _gnodes(notes: Notes, draft: Draft) -> None:
    known_names(notes, "gnodes", "identity", draft.gnodes, ("ltn", "scada", "ta"))
    if draft.gnodes and "ltn" not in draft.gnodes:
        notes.add("gnodes", "table [gnodes.ltn] is missing: it holds the house's alias on the grid.")
    for name in ("scada", "ta"):
        alias = draft.gnodes.get(name, {}).get("alias")
        right = f"{draft.alias}.{name}"
        if alias and draft.alias and alias != right:
            words = f"the alias of [gnodes.ltn] and '.{name}'"
            notes.add(f"gnodes.{name}", f"alias must be '{right}', {words}, not {shown(alias)}.")


def _zones(notes: Notes, draft: Draft) -> None:
    zones = draft.zones
    if len(zones) > MAX_ZONES:
        notes.add("zones", f"a house has 1 to {MAX_ZONES} zones, not {len(zones)}.")
    no_twice(notes, "index", ((f"zones.{name}", name, row["index"]) for name, row in zones.items()))
    devices = ((f"zones.{name}", name, row["hub_device_id"]) for name, row in zones.items())
    no_twice(notes, "hub_device_id", devices)
    for name, row in zones.items():
        if len(name) > MAX_ZONE_NAME:
            why = "other names are made of it"
            notes.add(f"zones.{name}", f"the name of a zone has at most {MAX_ZONE_NAME} characters; {why}.")
        if (row["index"] or 0) > len(zones):
            gap = f"index {row['index']} leaves a gap; zones are numbered from 1, here up to {len(zones)}."
            notes.add(f"zones.{name}", gap)
    if zones and all(row["critical"] is False for row in zones.values()):
        why = "or backup heat never starts"
        notes.add("zones", f"no zone is critical; mark at least one with critical = true, {why}.")


def _relay_indices(notes: Notes, draft: Draft) -> None:
    zones = zone_indices(draft)
    judged = {key: row for key, row in draft.relays.items() if zones_sound(draft) or not _of_zone(key)}
    known_names(notes, "relays", "relay", judged, names.relay_keys(zones))
    for key, row in judged.items():
        right = _right_index(key, zones)
        if row["index"] and right and row["index"] != right:
            always = f"'{key}' is relay {right} in every House0 manifold"
            notes.add(f"relays.{key}", f"index is {row['index']}, but {always}.")
    no_twice(notes, "index", ((f"relays.{key}", key, row["index"]) for key, row in draft.relays.items()))
    boards = len(draft.boards["relays"])
    for key, row in draft.relays.items():
        if (row["index"] or 0) > PINS_PER_BOARD * boards:
            board = (row["index"] - 1) // PINS_PER_BOARD + 1
            found = f"[boards] relays names only {boards}"
            notes.add(f"relays.{key}", f"index {row['index']} is on board {board}, but {found}.")


def _of_zone(key: str) -> bool:
    return key.startswith("zone")


def _right_index(key: str, zones: dict[str, int]) -> int:
    found = names.relay_kind(key, zones)
    if found is None:
        return 0
    kind, zone = found
    if zone is None:
        return kind.index
    return FIRST_ZONE_INDEX + 2 * (zones[zone] - 1) + (1 if key.endswith("-ops") else 0)


def _effects(notes: Notes, draft: Draft) -> None:
    """Every effect a posture may name needs its relays; an optional one has all of them or none."""
    needed: set[str] = set()
    for effect, choices in EFFECTS.items():
        kinds = list(dict.fromkeys(kind for positions in choices.values() for kind in positions))
        needed |= set(kinds)
        missing = [key for key in _keys_of(kinds, draft) if key not in draft.relays]
        whole = effect not in OPTIONAL_EFFECTS or len(missing) < len(kinds)
        for key in missing if whole else ():
            notes.add("relays", f"'{key}' is missing; without it the effect '{effect}' has no relay.")
    for kind in RELAY_KINDS:
        if kind.required and kind.key not in needed and kind.key not in draft.relays:
            notes.add("relays", f"'{kind.key}' is missing; every House0 manifold has it.")


def _keys_of(kinds: list[str], draft: Draft) -> list[str]:
    keys: list[str] = []
    for kind in kinds:
        if kind in KINDS_BY_KEY:
            keys.append(kind)
        elif zones_sound(draft):
            end = kind.removeprefix("zone-")
            keys += [f"{names.zone_node(i, name)}-{end}" for name, i in zone_indices(draft).items()]
    return keys


def _sieg(notes: Notes, draft: Draft) -> None:
    sieg = draft.house["manifold"] == "House0Sieg"
    if draft.house["use_sieg_loop"] and not sieg:
        part = "the valve is part of 'House0Sieg'"
        notes.add("house", f"use_sieg_loop is true, but manifold is 'House0'; {part}.")
    both = ("hp-loop-on-off", "hp-loop-keep-send")
    if sieg and draft.relays and not any(key in draft.relays for key in both):
        for key in both:
            notes.add("relays", f"'{key}' is missing; a House0Sieg manifold has it.")
