"""What in a hardware-layout JSON cannot be: lists, counts, numbers, names, told by its objects and fields.

A document with any of this is refused before something is written: guessing what was meant would make a house
that nobody has.
"""

from __future__ import annotations

from typing import Any, TypeGuard

from layouts.forms import PATTERNS
from layouts.gridworks import CAC_LISTS, COMPONENT_LISTS
from layouts.import_parts import Json, configs, rows, table, word
from layouts.mistakes import Notes, nearest, shown

MOST_ZONES = MOST_TANKS = 6
_NAMED = {"ShNodes": "Name", "DataChannels": "Name", "DerivedChannels": "Name"}
_BOARDS = {
    "i2c.multichannel.dt.relay.component.gt": ("RelayIdx", 32, 0x20, 0x27),
    "dfr.component.gt": ("OutputIdx", 4, 0x58, 0x5F),
}
"""Type of a component -> the field that numbers its channels, its highest, and where its boards may stand."""
_TERMINALS = ("ads111x.based.component.gt", "TerminalBlockIdx", 12)


def absurd(document: Json, file: str) -> list[str]:
    """A sentence for everything that cannot be so; none for what is no hardware layout at all."""
    if "ShNodes" not in document or "ZoneList" not in document:
        return []
    notes = Notes(file)
    _lists(notes, document)
    _zones(notes, document)
    _tanks(notes, document)
    for name, key in _NAMED.items():
        _twice(notes, name, [word(row, key) for row in rows(document.get(name))], key)
    for name in COMPONENT_LISTS:
        found = rows(document.get(name))
        _twice(notes, name, [word(row, "ComponentId") for row in found], "ComponentId")
        for component in found:
            _component(notes, name, component)
    return list(notes.sentences())


def _lists(notes: Notes, document: Json) -> None:
    for name in (*_NAMED, *COMPONENT_LISTS, *CAC_LISTS):
        value = document.get(name, [])
        if not isinstance(value, list):
            notes.add(name, f"must be a list of objects, not {shown(value)}.")
        for number, row in enumerate(value if isinstance(value, list) else []):
            if not isinstance(row, dict):
                notes.add(name, f"entry {number} must be an object, not {shown(row)}.")


def _zones(notes: Notes, document: Json) -> None:
    said = document.get("ZoneList")
    pattern, words = PATTERNS["name"]
    if not isinstance(said, list) or not 1 <= len(said) <= MOST_ZONES:
        notes.add("ZoneList", f"must name 1 to {MOST_ZONES} heated zones, not {shown(said)}.")
        return
    for zone in said:
        if not isinstance(zone, str) or not pattern.fullmatch(zone):
            notes.add("ZoneList", f"{shown(zone)} cannot be the name of a zone; names are {words}.")
    names = [zone for zone in said if isinstance(zone, str)]
    _twice(notes, "ZoneList", names, "")
    critical = document.get("CriticalZoneList")
    if critical is not None and (not isinstance(critical, list) or not critical):
        notes.add("CriticalZoneList", f"must name at least one zone, not {shown(critical)}.")
    for zone in critical if isinstance(critical, list) else []:
        if zone not in names:
            best = nearest(zone, names) if isinstance(zone, str) else ""
            hint = f"Did you mean '{best}'?" if best else f"There are: {', '.join(names)}."
            notes.add("CriticalZoneList", f"{shown(zone)} is no zone of ZoneList. {hint}")
    _heat(notes, document.get("ZoneKwhPerDegFList"), len(said))


def _heat(notes: Notes, heat: Any, zones: int) -> None:
    place = "ZoneKwhPerDegFList"
    if heat is None:
        return
    if not isinstance(heat, list) or len(heat) != zones:
        notes.add(place, f"must hold a number for each of the {zones} zones, not {shown(heat)}.")
        return
    for value in heat:
        if not _number(value) or not 0.01 <= value <= 100:
            notes.add(place, f"must hold numbers from 0.01 to 100, not {shown(value)}.")


def _tanks(notes: Notes, document: Json) -> None:
    count = document.get("TotalStoreTanks")
    if count is None:
        return
    if not _whole(count) or not 1 <= count <= MOST_TANKS:
        notes.add("TotalStoreTanks", f"must be a whole number from 1 to {MOST_TANKS}, not {shown(count)}.")


def _component(notes: Notes, name: str, component: Json) -> None:
    kind = word(component, "TypeName")
    place = f"{name} {word(component, 'DisplayName') or kind}"
    if kind in _BOARDS:
        field, most, first, last = _BOARDS[kind]
        _numbers(notes, place, component, field, most)
        _addresses(notes, place, component.get("I2cAddressList"), first, last)
    elif kind == _TERMINALS[0]:
        _numbers(notes, place, component, _TERMINALS[1], _TERMINALS[2])
    if "ConfigList" in component and not isinstance(component["ConfigList"], list):
        notes.add(place, f"ConfigList must be a list of objects, not {shown(component['ConfigList'])}.")
    _twice(notes, place, [word(row, "ChannelName") for row in configs(component)], "ConfigList ChannelName")
    meter = [table(row.get("EgaugeRegisterConfig")).get("Address") for row in configs(component)]
    _twice(notes, place, [address for address in meter if _whole(address)], "EgaugeRegisterConfig Address")


def _numbers(notes: Notes, place: str, component: Json, field: str, most: int) -> None:
    seen = [row.get(field) for row in configs(component)]
    for row, number in zip(configs(component), seen, strict=True):
        if not _whole(number) or not 1 <= number <= most:
            channel = shown(row.get("ChannelName"))
            notes.add(
                place, f"{field} of {channel} must be a whole number from 1 to {most}, not {shown(number)}."
            )
    _twice(notes, place, [number for number in seen if _whole(number)], field)


def _addresses(notes: Notes, place: str, said: Any, first: int, last: int) -> None:
    good = isinstance(said, list) and said and all(_whole(a) and first <= a <= last for a in said)
    if said is None or (good and len(set(said)) == len(said)):
        return
    words = f"different I2C addresses from {first} to {last} (0x{first:02X} to 0x{last:02X})"
    notes.add(place, f"I2cAddressList must hold {words}, not {shown(said)}.")


def _twice(notes: Notes, place: str, values: list[Any], field: str) -> None:
    seen: set[Any] = set()
    for value in values:
        if value in seen and value != "":
            notes.add(place, f"{f'{field} ' if field else ''}{shown(value)} stands there twice.")
        seen.add(value)


def _whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
