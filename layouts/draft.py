"""A layout as read, table by table, before anything is compared with anything."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from layouts import format as form
from layouts.forms import PATTERNS, Key, check
from layouts.keys import Row, defaults, read_row
from layouts.mistakes import Notes, shown

Rows = dict[str, Row]

MAX_NAME = 64
_NO_OWN: Mapping[str, tuple[Key, ...]] = MappingProxyType({})
_OPTIONAL = ("btus", "probes", "nodes", "channels")
_TOP = tuple(dict.fromkeys(path.split(".")[0] for path in form.TABLES))


class Draft(Struct):
    """Every table of a layout file, whole even where the file is wrong; what was wrong is in the notes."""

    house: Row
    pipes: Row
    meter: Row
    hub: Row
    boards: Row
    gnodes: Rows = field(default_factory=dict)
    zones: Rows = field(default_factory=dict)
    relays: Rows = field(default_factory=dict)
    zero_tens: Rows = field(default_factory=dict)
    tanks: Rows = field(default_factory=dict)
    flows: Rows = field(default_factory=dict)
    btus: Rows = field(default_factory=dict)
    probes: dict[str, str | None] = field(default_factory=dict)
    thermistors: dict[str, int | None] = field(default_factory=dict)
    registers: Rows = field(default_factory=dict)
    nodes: Rows = field(default_factory=dict)
    channels: Rows = field(default_factory=dict)
    all_zones_named: bool = True

    @property
    def alias(self) -> str:
        """The house's alias on the grid, "" when the file has none."""
        return str(self.gnodes.get("ltn", {}).get("alias") or "")


def read_draft(notes: Notes, root: dict[str, Any]) -> Draft:
    """Read every table; whatever is unknown, missing or of the wrong form is noted."""
    _top(notes, root)
    draft = Draft(
        house=_table(notes, root, "house", form.HOUSE),
        pipes=_table(notes, root, "pipes", form.PIPES, ("thermistors",)),
        meter=_table(notes, root, "meter", form.METER, ("registers",)),
        hub=_table(notes, root, "hub", form.HUB),
        boards=_table(notes, root, "boards", form.BOARDS),
    )
    draft.gnodes = _rows(notes, root, "gnodes", form.GNODE, {"ltn": form.LTN})
    draft.zones = _rows(notes, root, "zones", form.ZONE)
    draft.all_zones_named = len(draft.zones) == len(_dict(root.get("zones")))
    draft.relays = _rows(notes, root, "relays", form.RELAY)
    draft.zero_tens = _rows(notes, root, "zero_tens", form.ZERO_TEN)
    draft.tanks = _rows(notes, root, "tanks", form.TANK)
    draft.flows = _rows(notes, root, "flows", form.FLOW)
    draft.btus = _rows(notes, root, "btus", form.BTU)
    draft.probes = _places(notes, root, "probes", form.PROBE)
    draft.nodes = _rows(notes, root, "nodes", form.NODE)
    draft.channels = _rows(notes, root, "channels", form.CHANNEL)
    draft.registers = _rows(notes, root.get("meter"), "meter.registers", form.REGISTER)
    draft.thermistors = _places(notes, root.get("pipes"), "pipes.thermistors", form.TERMINAL)
    return draft


def zones_sound(draft: Draft) -> bool:
    """The zones are numbered from 1 without gaps, so that what bears a zone's number can be judged."""
    return draft.all_zones_named and sorted(row["index"] or 0 for row in draft.zones.values()) == list(
        range(1, len(draft.zones) + 1)
    )


def _top(notes: Notes, root: Row) -> None:
    if not any(table in root for table in _TOP):
        notes.add("", "holds none of the tables of a layout; begin with a copy of layouts/orange.toml.")
        return
    for word in root:
        if word not in _TOP:
            notes.unknown("", "table", word, _TOP)
    for table in _TOP:
        spared = table == "flows" and root.get("btus")
        if table not in _OPTIONAL and not spared:
            _present(notes, root, table, table)


def _present(notes: Notes, parent: Row, key: str, path: str) -> None:
    place = path.rpartition(".")[0]
    if key not in parent:
        notes.add(place, f"table [{path}] is missing: {_says(path)}.")
    elif parent[key] == {}:
        notes.add(path, f"is empty; here stand {_says(path)}.")


def _table(notes: Notes, root: Row, name: str, keys: tuple[Key, ...], also: tuple[str, ...] = ()) -> Row:
    return read_row(notes, name, root[name], keys, also) if name in root else defaults(keys)


def _rows(
    notes: Notes,
    parent: object,
    path: str,
    keys: tuple[Key, ...],
    own: Mapping[str, tuple[Key, ...]] = _NO_OWN,
) -> Rows:
    """Read a table of tables; a row whose name is no name is left out, `own` rows have other keys."""
    named = _named(notes, parent, path).items()
    return {name: read_row(notes, f"{path}.{name}", raw, own.get(name, keys)) for name, raw in named}


def _places(notes: Notes, parent: object, path: str, key: Key) -> dict[str, Any]:
    """A table of channel = place, each place of the form of `key`."""
    places: dict[str, Any] = {}
    for name, raw in _named(notes, parent, path).items():
        place, wrong = check(raw, key)
        if wrong:
            notes.add(path, f"{name}: {wrong}")
        places[name] = place
    return places


def _named(notes: Notes, parent: object, path: str) -> dict[str, Any]:
    key = path.rpartition(".")[2]
    if not isinstance(parent, dict):
        return {}
    if "." in path:
        _present(notes, parent, key, path)
    if key not in parent:
        return {}
    raw = parent[key]
    if not isinstance(raw, dict):
        notes.add(path, f"must be a table, not {shown(raw)}.")
        return {}
    pattern, words = PATTERNS["name"]
    good = {name for name in raw if len(name) <= MAX_NAME and pattern.fullmatch(name)}
    for name in raw:
        if name not in good:
            notes.add(
                path, f"{shown(name)} cannot be a name; names are {words}, at most {MAX_NAME} characters."
            )
    return {name: value for name, value in raw.items() if name in good}


def _dict(raw: object) -> dict[str, Any]:
    return raw if isinstance(raw, dict) else {}


def _says(path: str) -> str:
    return next(says for place, (says, _) in form.TABLES.items() if place.startswith(path))
