"""Writes the tables of a layout as a TOML file that a person can read: what stands where, and why."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Collection, Iterator
from typing import Any

from layouts import format as form
from layouts import names
from layouts.forms import Key, plain
from layouts.usual import Root

ASSUMED = "ASSUMED"
"""Stands behind everything nobody has said."""

_HEAD = """\
# {display}: {what}
#
# This file says what the house is: what exists, what it is called and on which terminal it hangs.
# How it is run (tariff, limits, links) stands in config.toml. After a change: python scada.py check
# Text stands in quotes, numbers do not; 0x4B is a hexadecimal number; what follows a '#' is for people only.
# Every key there is, with its bounds and its meaning: docs/layout-file.md
# What is marked ASSUMED nobody has said: compare it with the cabinet, then take the mark away.
"""
_ABOVE = {
    "gnodes.ltn": "The identity on the grid, as registered with GridWorks.",
    "zones": "One table per heated zone; zone 1 owns relays 17 and 18, zone 2 relays 19 and 20 and so on.",
    "boards": "I2C addresses of the relay boards and of the 0-10 V boards.",
    "relays": "Number of every relay. A relay at rest is de-energised, and that is the safe house.",
    "zero_tens": "0-10 V outputs to the pumps: terminal, and volts in normal operation. 0 V stops a pump.",
    "tanks": "Tank sensor modules, tank1 the hottest. hw_uid is printed on the module; without it the first "
    "module that\n# calls itself by the tank's name is taken.",
    "flows": "Flow modules. kind: reed (slow pulses) or hall (fast pulses).",
    "btus": "Heat meters: flow and two temperatures of one circuit.",
    "probes": "1-wire probes: channel = number of the probe.",
    "pipes": "The pipe thermistor board.",
    "pipes.thermistors": "Channel = screw terminal, 1 to 12.",
    "meter": "The power meter.",
    "meter.registers": "What it measures: channel, register, nameplate watts.",
    "hub": "The hub that speaks for the thermostats.",
    "nodes": "More on single nodes.",
    "channels": "More on single channels.",
}
_INLINE = ("relays", "zero_tens", "tanks", "flows", "btus", "meter.registers")
_TABLES = ("zones", "nodes", "channels", "gnodes")
_HEX = ("relays", "zero_ten", "addresses")
_COLUMN = 40
_WIDTH = 110
_QUIET = ("id", "display", "component_id", "stat_component_id", "relay_component_id", "zero_ten_component_id")


def layout_text(root: Root, what: str, assumed: Collection[str] = ()) -> str:
    """The file of `root`; `what` says in its first line where it comes from, `assumed` places are marked."""
    marks = frozenset(assumed)
    blocks = [_HEAD.format(display=_line(root["house"]["display"]), what=what)]
    blocks += ["\n".join(block) for block in _blocks(root, marks)]
    return "\n".join(blocks).rstrip("\n") + "\n"


def _blocks(root: Root, marks: frozenset[str]) -> Iterator[list[str]]:
    places = sorted(dict.fromkeys(place.removesuffix(".NAME") for place in form.TABLES), key=_order)
    for place in places:
        keys = _keys(place)
        found = _at(root, place)
        if not found:
            continue
        if place == "gnodes.ltn":
            yield [f"# {_ABOVE[place]}"]
        if place in _TABLES:
            for number, (name, row) in enumerate(found.items()):
                head = [f"# {_ABOVE[place]}"] if not number and place in _ABOVE else []
                if (place, name) != ("gnodes", "ltn"):
                    yield [*head, f"[{place}.{name}]", *_lines(f"{place}.{name}", row, keys, marks), ""]
        elif place in _INLINE:
            yield [f"# {_ABOVE[place]}", f"[{place}]", *_inline(place, found, marks), ""]
        else:
            head = [f"# {_ABOVE[place]}"] if place in _ABOVE and place != "gnodes.ltn" else []
            yield [*head, f"[{place}]", *_lines(place, found, keys, marks), ""]


def _order(place: str) -> int:
    """Boards before what hangs on them; else as the format lists them."""
    return {"house": 0, "gnodes.ltn": 1, "gnodes": 2, "zones": 3, "boards": 4}.get(place, 5)


def _keys(place: str) -> dict[str, Key]:
    _, keys = form.TABLES.get(place) or form.TABLES[f"{place}.NAME"]
    return {key.name: key for key in keys}


def _at(root: Root, place: str) -> Root:
    found: Any = root
    for word in place.split("."):
        found = found.get(word, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def _lines(place: str, row: Root, keys: dict[str, Key], marks: frozenset[str]) -> list[str]:
    lines = []
    for key, value in row.items():
        if isinstance(value, dict):
            continue
        says = keys[key].says if key in keys else _known(key)
        if key in _QUIET or place.startswith(("nodes.", "channels.")):
            says = ""
        if f"{place}.{key}" in marks:
            says = f"{says} {ASSUMED}" if says else ASSUMED
        lines += _commented(f"{key} = {_value(key, value)}", says)
    return lines


def _inline(place: str, found: Root, marks: frozenset[str]) -> list[str]:
    lines = []
    for name, row in found.items():
        inside = ", ".join(f"{key} = {_value(key, value)}" for key, value in row.items())
        says = _relay(name) if place == "relays" else _known(name)
        if any(mark == f"{place}.{name}" or mark.startswith(f"{place}.{name}.") for mark in marks):
            says = f"{says} {ASSUMED}" if says else ASSUMED
        lines += _commented(f"{name} = {{ {inside} }}" if inside else f"{name} = {{}}", says)
    return lines


def _commented(line: str, says: str) -> list[str]:
    """The comment stands behind the value, or above it where there is no room."""
    if not says:
        return [line]
    behind = f"{line:<{_COLUMN}}  # {_line(says)}"
    if len(behind) <= _WIDTH:
        return [behind]
    above = textwrap.wrap(_line(says), _WIDTH, initial_indent="# ", subsequent_indent="# ")
    return [*above, line]


def _relay(key: str) -> str:
    zones = {
        word.partition("-")[2]: int(word[4:5]) for word in [key.rpartition("-")[0]] if key[4:5].isdecimal()
    }
    found = names.relay_kind(key, zones)
    return f"{found[0].display}; at rest: {found[0].rest_state}." if found else ""


def _known(name: str) -> str:
    for catalogue in (names.PIPES, names.POWERS, names.FLOWS, names.BTUS, names.ZERO_TENS):
        if name in catalogue:
            return f"{catalogue[name].display}."
    return "The zone's 24 V call wire." if name.endswith("-whitewire-pwr") else ""


def _line(text: str) -> str:
    return " ".join(text.split())


def _value(key: str, value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        if key in _HEX:
            return "[" + ", ".join(f"0x{item:02X}" for item in value) + "]"
        return "[" + ", ".join(_value("", item) for item in value) + "]"
    if isinstance(value, float):
        text = plain(value)
        return repr(value) if float(text) != value else text if "." in text or "e" in text else f"{text}.0"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
