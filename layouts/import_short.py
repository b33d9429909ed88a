"""Takes out of the tables of a layout whatever follows from the rest: a file says only what is its own."""

from __future__ import annotations

from collections.abc import Iterator

from layouts import format as form
from layouts import names
from layouts.draft import read_draft
from layouts.forms import Key
from layouts.ids import make_id
from layouts.import_parts import table
from layouts.load import build_house
from layouts.mistakes import Notes
from layouts.model import House
from layouts.usual import Root

_ROWS: tuple[tuple[str, tuple[Key, ...]], ...] = (
    ("tanks", form.TANK),
    ("flows", form.FLOW),
    ("btus", form.BTU),
)
_TABLES: tuple[tuple[str, tuple[Key, ...]], ...] = (
    ("house", form.HOUSE),
    ("meter", form.METER),
    ("hub", form.HUB),
)
_KEPT = ("manifold", "use_sieg_loop", "port", "unit_id", "poll_period_ms")
"""Said even where it is the usual thing, because people look for it."""


def without_usual(root: Root) -> None:
    """Take out ids that are made of names, built-in values, and displays that would be shown anyway."""
    alias = str(table(table(root.get("gnodes")).get("ltn")).get("alias") or "")
    for row, key, kind, name in _ids(root):
        _drop_if(row, key, make_id(alias, kind, name))
    for place, keys in _TABLES:
        _drop_defaults(table(root.get(place)), keys)
    for place, keys in _ROWS:
        for row in table(root.get(place)).values():
            _drop_defaults(row, keys)
    for row in table(root.get("flows")).values():
        for key, value in names.FLOW_KINDS.get(row.get("kind", ""), {}).items():
            if key not in ("gallons_per_tick", "meter_type") or row.get("meter_type") == value:
                _drop_if(row, key, value)
    _displays(root)


def _ids(root: Root) -> Iterator[tuple[Root, str, str, str]]:
    """(row, key, kind, name) of every id there may be."""
    for place, key, name in (
        ("boards", "relay_component_id", "relay-boards"),
        ("boards", "zero_ten_component_id", "zero-ten-boards"),
        ("pipes", "component_id", names.PIPES_NODE),
        ("meter", "component_id", names.METER_NODE),
        ("hub", "component_id", names.HUB_NODE),
    ):
        yield table(root.get(place)), key, "component", name
    for place, _ in _ROWS:
        for name, row in table(root.get(place)).items():
            yield row, "component_id", "component", name
    for name, row in table(root.get("zones")).items():
        yield row, "stat_component_id", "component", f"{names.zone_node(row.get('index', 0), name)}-stat"
    for name, row in table(root.get("gnodes")).items():
        yield row, "id", "gnode", name


def _drop_if(row: Root, key: str, value: object) -> None:
    if key in row and row[key] == value:
        del row[key]


def _drop_defaults(row: Root, keys: tuple[Key, ...]) -> None:
    for key in keys:
        if not key.required and key.name not in _KEPT and key.name in row:
            usual = list(key.default) if isinstance(key.default, tuple) else key.default
            _drop_if(row, key.name, usual)


def _displays(root: Root) -> None:
    """Displays of identities, relays and outputs that are what they would be without a word."""
    said = [
        (row, row.pop("display"))
        for place in ("gnodes", "relays", "zero_tens")
        for row in table(root.get(place)).values()
        if "display" in row
    ]
    house = build_house(read_draft(Notes(""), root), "", "")
    usual = {id(row): shown for row, shown in _shown(root, house)}
    for row, display in said:
        if usual.get(id(row)) != display:
            row["display"] = display


def _shown(root: Root, house: House) -> Iterator[tuple[Root, str]]:
    gnodes = {"ltn": house.ltn, "scada": house.scada, "ta": house.terminal_asset}
    for name, row in table(root.get("gnodes")).items():
        yield row, gnodes[name].display if name in gnodes else ""
    for key, row in table(root.get("relays")).items():
        yield row, house.relay_by_key[key].display if key in house.relay_by_key else ""
    outputs = {output.node: output.display for output in house.zero_tens}
    for name, row in table(root.get("zero_tens")).items():
        yield row, outputs.get(name, "")
