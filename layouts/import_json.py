"""Reads a GridWorks hardware-layout JSON into the tables of a layout file, and tells what it could not take.

Nothing is dropped in silence: the house that was read is written as JSON once more, and whatever the first
document says and the second does not becomes a sentence (`layouts/import_lost.py`).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from layouts import format as form
from layouts.build_nodes import runs_on
from layouts.draft import read_draft
from layouts.forms import Key, check
from layouts.gridworks import CAC_LISTS, COMPONENT_LISTS, GNODES, OLD_LTN_KEY, OWN_KEY
from layouts.import_parts import TANK_TYPES, Json, Source, devices, rows, table, word, zones
from layouts.import_places import json_place
from layouts.import_short import without_usual
from layouts.load import build_house, house_of
from layouts.marks import MARKS, marks_in
from layouts.mistakes import LayoutMistakes, Notes, shown
from layouts.model import Channel, DerivedChannel, House, Node
from layouts.usual import Root, complete

_KEYS = {place.removesuffix(".NAME"): keys for place, (_, keys) in form.TABLES.items()}
_PLACES = {"pipes.thermistors": form.TERMINAL, "probes": form.PROBE}


class Imported(Struct):
    """The tables of the layout file, dotted places that are only assumed, what was not of its form.

    `marked`: places that whoever exported the file had only assumed.
    """

    root: Root
    assumed: list[str]
    refused: list[str]
    marked: list[str] = []


def imported(document: Json, file: str) -> Imported:
    """The tables that say what the document says; `file` is the JSON, for sentences.

    Raises `LayoutMistakes` where it is no hardware layout.
    """
    source = Source(document, COMPONENT_LISTS, CAC_LISTS)
    if not source.nodes or "ZoneList" not in document:
        raise LayoutMistakes(
            [f"{file}: is not a GridWorks hardware layout: it has no ShNodes or no ZoneList."]
        )
    root = _identity(document) | {"zones": zones(source)} | devices(source)
    own = table(document.get(OWN_KEY))
    _merge(root, {key: value for key, value in own.items() if key != MARKS})
    notes = Notes(file)
    _only_sound(notes, root)
    without_usual(root)
    modules = {source.node_of(component) for component in source.of(*TANK_TYPES)}
    lone = [f"tanks.{name}" for name in table(root.get("tanks")) if name not in modules]
    assumed = [*lone, *complete(root)]
    _channels(root, source)
    _nodes(root, source)
    _only_sound(notes, root)
    marked = [place for place in marks_in(own, root) if place not in assumed]
    return Imported(root, assumed, list(notes.sentences()), marked)


def house_from(document: Json, name: str, file: str, said_in: str = "") -> tuple[House | None, Imported]:
    """The house of a document, None where even with what is assumed it is not sound.

    `file` is the layout file that is to be, `said_in` the JSON, for sentences.
    """
    found = imported(document, said_in or file)
    try:
        return house_of(found.root, name, file), found
    except LayoutMistakes:
        return None, found


def _identity(document: Json) -> Root:
    gnodes: Root = {}
    for name, (key, _) in GNODES.items():
        said = table(document.get(key) or (document.get(OLD_LTN_KEY) if name == "ltn" else None))
        row = {"alias": said.get("Alias"), "display": said.get("DisplayName"), "id": said.get("GNodeId")}
        gnodes[name] = {key: value for key, value in row.items() if value is not None}
    scada = gnodes["scada"].get("display")
    house: Root = {}
    if isinstance(scada, str):
        house["display"] = scada.removesuffix(" SCADA")
    for key, theirs in (("manifold", "FlowManifoldVariant"), ("use_sieg_loop", "UseSiegLoop")):
        if document.get(theirs) is not None:
            house[key] = document[theirs]
    return {"house": house, "gnodes": {name: row for name, row in gnodes.items() if row}}


def _merge(root: Root, own: Json) -> None:
    """Lay our own tables over what was read."""
    for key, value in own.items():
        if isinstance(value, dict) and isinstance(root.get(key), dict):
            _merge(root[key], value)
        else:
            root[key] = value


# ------------------------------------------------------------------------------- only what has its form


def _only_sound(notes: Notes, root: Root) -> None:
    """Leave out and note every value the layout file would refuse, so that the rest can be used."""
    for place in {name.split(".")[0] for name in _KEYS} & set(root):
        if not isinstance(root[place], dict):
            notes.add(json_place(place)[0], f"must be a table, not {shown(root[place])}. It was left out.")
            del root[place]
    for place, keys in _KEYS.items():
        found = _at(root, place)
        if place in _PLACES:
            _sound_places(notes, place, found)
        elif f"{place}.NAME" in form.TABLES:
            for name, row in list(found.items()):
                if isinstance(row, dict):
                    _sound(notes, f"{place}.{name}", row, keys)
                else:
                    del found[name]
        else:
            _sound(notes, place, found, keys)


def _at(root: Root, place: str) -> Root:
    for step in place.split("."):
        root = table(root.get(step))
    return root


def _sound(notes: Notes, place: str, row: Root, keys: tuple[Key, ...]) -> None:
    known = {key.name: key for key in keys}
    for name, value in list(row.items()):
        if name not in known:
            if f"{place}.{name}" not in _KEYS or not isinstance(value, dict):
                notes.add(json_place(place)[0], f"'{name}' is no key of a layout; it was left out.")
                del row[name]
            continue
        _, wrong = check(value, known[name])
        if wrong:
            where, field = json_place(place, name)
            notes.add(where, f"{wrong.replace(name, field, 1)} It was left out.")
            del row[name]


def _sound_places(notes: Notes, place: str, found: Root) -> None:
    for name, value in list(found.items()):
        _, wrong = check(value, _PLACES[place])
        if wrong:
            notes.add(json_place(place)[0], f"{shown(name)}: {wrong} It was left out.")
            del found[name]


# -------------------------------------------------------- what differs from what follows from the tables


def _built(root: Root) -> House:
    return build_house(read_draft(Notes(""), root), "", "")


def _channels(root: Root, source: Source) -> None:
    house = _built(root)
    rules = {
        word(c, "ChannelName"): c
        for component in source.components
        for c in rows(component.get("ConfigList"))
    }
    every: tuple[Channel | DerivedChannel, ...] = (*house.channels, *house.derived)
    for channel in every:
        name = channel.name
        said = source.channels.get(name) or source.derived.get(name) or {}
        row = _differs(said, {"id": "Id", "display": "DisplayName"}, channel)
        if isinstance(channel, Channel):
            row |= _differs(said, {"about": "AboutNodeName"}, channel)
            row |= _rule(table(rules.get(name)), channel)
        _more(root, "channels", name, row)


def _rule(config: Json, channel: Channel) -> Root:
    row = _differs(config, {"capture_period_s": "CapturePeriodS"}, channel)
    delta = config.get("AsyncCaptureDelta")
    if config.get("AsyncCapture") is False:
        return row | ({"async_capture": False} if channel.async_delta is not None else {})
    if delta is not None and delta != channel.async_delta:
        row["async_delta"] = delta
    return row


def _differs(said: Json, fields: dict[str, str], found: Channel | DerivedChannel | Node) -> Root:
    return {
        ours: said[theirs]
        for ours, theirs in fields.items()
        if said.get(theirs) is not None and said[theirs] != getattr(found, ours)
    }


def _nodes(root: Root, source: Source) -> None:
    house = _built(root)
    measured = {channel.about for channel in house.channels}
    for name in measured - set(house.node_by_name):
        if name in source.nodes:
            root.setdefault("nodes", {}).setdefault(name, {})
    draft = read_draft(Notes(""), root)
    for name, node in build_house(draft, "", "").node_by_name.items():
        said = source.nodes.get(name, {})
        row = _differs(said, {"id": "ShNodeId", "display": "DisplayName", "handle": "Handle"}, node)
        place = str(said.get("ActorHierarchyName") or "")
        here = runs_on(draft, name, node.actor_class)
        if node.actor_class in _MOVABLE and place.startswith("s2.") and here == "s":
            row["runs_on"] = "s2"
        _more(root, "nodes", name, row)


_MOVABLE = frozenset(
    {"PowerMeter", "MultipurposeSensor", "ApiTankModule", "ApiFlowModule", "ApiBtuMeter", "Hubitat"}
)


def _more(root: Root, place: str, name: str, row: Root) -> None:
    if row:
        found: Any = root.setdefault(place, {}).setdefault(name, {})
        for key, value in row.items():
            found.setdefault(key, value)
