"""Compares a hardware-layout JSON with the one its import would write, and tells what is missing there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layouts.export_parts import NO_TOKEN
from layouts.gridworks import CAC_LISTS, COMPONENT_LISTS, OLD_LTN_KEY, OWN_KEY
from layouts.import_parts import Json, rows, table, word
from layouts.mistakes import clip, shown

_LISTS = {"ShNodes": "Name", "DataChannels": "Name", "DerivedChannels": "Name"}
_MOST = 3
_Lost = tuple[str, str, str]
"""(field and what was found there, owner, what stands here instead)."""


def lost(document: Json, kept: Json, file: str) -> list[str]:
    """A sentence for everything that `document` says and `kept`, written by the import, does not."""
    groups: dict[tuple[str, str], list[str]] = {}
    for field, owner, instead in _lost(document, kept):
        groups.setdefault((field, instead), []).append(owner)
    sentences = [
        f"{file} {_some(owners)}: {field} was not taken over{instead}."
        for (field, instead), owners in groups.items()
    ]
    return [*sentences, *_elsewhere(document, file)]


def _some(owners: list[str]) -> str:
    known = list(dict.fromkeys(owner for owner in owners if owner))
    more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
    return ", ".join(known[:_MOST]) + more if known else "(top)"


def _lost(document: Json, kept: Json) -> Iterator[_Lost]:
    for name, value in document.items():
        if name in _LISTS:
            key = _LISTS[name]
            yield from _listed(name, rows(value), {row[key]: row for row in rows(kept.get(name))}, key)
        elif name not in (*CAC_LISTS, *COMPONENT_LISTS, OWN_KEY):
            place = "MyLeafTransactiveNodeGNode" if name == OLD_LTN_KEY else name
            yield from _value(f"[{name}]", "", value, kept.get(place))
    ours = {row["ComponentId"]: row for name in COMPONENT_LISTS for row in rows(kept.get(name))}
    for name in COMPONENT_LISTS:
        said = rows(document.get(name))
        servers = [_without(row, "WebServer", ("Host", "Port")) for row in said if "WebServer" in row]
        others = [_without(row, "Hubitat", ("AccessToken",)) for row in said if "WebServer" not in row]
        yield from _listed(name, others, ours, "ComponentId")
        for row in servers:
            server = next((r for r in ours.values() if "WebServer" in r), {})
            row = {key: value for key, value in row.items() if not key.startswith("Component")}
            yield from _value(f"[{name} {clip(word(row, 'DisplayName'))}]", "", row, server)
    classes = {row["ComponentAttributeClassId"]: row for name in CAC_LISTS for row in rows(kept.get(name))}
    for name in CAC_LISTS:
        for row in rows(document.get(name)):
            found = classes.get(word(row, "ComponentAttributeClassId"))
            if found is not None:
                yield from _value(f"[{name} {row.get('MakeModel')}]", "", row, found)


def _without(row: Json, part: str, fields: tuple[str, ...]) -> Json:
    """The row without fields of one of its parts, of which `_elsewhere` tells."""
    if not isinstance(row.get(part), dict):
        return row
    return row | {part: {key: value for key, value in row[part].items() if key not in fields}}


def _listed(name: str, said: list[Json], kept: dict[Any, Json], key: str) -> Iterator[_Lost]:
    for row in said:
        owner = f"[{name} {clip(str(row.get('Name') or row.get('DisplayName') or row.get(key)))}]"
        found = kept.get(word(row, key))
        if found is None:
            what = f"a {row.get('ActorClass')} node" if name == "ShNodes" else f"a {_what(name)}"
            yield what, owner, "; a layout has no place for it"
        else:
            yield from _value(owner, "", row, found)


def _what(name: str) -> str:
    return {"DataChannels": "channel", "DerivedChannels": "derived channel"}.get(name, "component")


def _value(owner: str, field: str, said: Any, kept: Any) -> Iterator[_Lost]:
    """Every leaf of `said` that `kept` has not."""
    if isinstance(said, dict) and isinstance(kept, dict):
        for key, value in said.items():
            if key not in ("TypeName", "SimulatesTypeName"):
                yield from _value(owner, f"{field}.{key}" if field else key, value, kept.get(key))
    elif field.endswith("ConfigList") and isinstance(said, list) and isinstance(kept, list):
        found = {row["ChannelName"]: row for row in rows(kept)}
        for row in rows(said):
            name = word(row, "ChannelName")
            yield from _value(f"[capture of {name}]", "", row, found.get(name))
    elif _same_length(said, kept):
        for row, other in zip(said, kept, strict=True):
            yield from _value(owner, field, row, other)
    elif said not in (None, [], {}) and said != kept and field == "DisplayName":
        yield "the name shown to people", owner, ""
    elif said not in (None, [], {}) and said != kept:
        instead = "" if kept is None else f"; here it is {_shown(kept)}"
        yield f"{field or 'this'} ({_shown(said)})", owner, instead


def _same_length(said: Any, kept: Any) -> bool:
    """Two lists of tables that can be compared one by one."""
    lists = isinstance(said, list) and isinstance(kept, list) and len(said) == len(kept)
    return lists and bool(said) and all(isinstance(row, dict) for row in (*said, *kept))


def _shown(value: Any) -> str:
    return shown(sorted(value)) if isinstance(value, dict) else shown(value)


def _elsewhere(document: Json, file: str) -> Iterator[str]:
    """What belongs into the settings and not into a layout."""
    for name in COMPONENT_LISTS:
        for row in rows(document.get(name)):
            server = table(row.get("WebServer"))
            if server:
                where = f"listen = {shown(server.get('Host'))}, port = {shown(server.get('Port'))}"
                yield f"{file} [web server]: where it listens stands in config.toml: [devices] {where}."
            if table(row.get("Hubitat")).get("AccessToken") not in (None, "", NO_TOKEN):
                yield (
                    f"{file} [hub]: its access token is a secret and was not taken over. Put it into a file "
                    "that only the program can read (chmod 600) and name that file in config.toml: "
                    "[hub] token_file."
                )
