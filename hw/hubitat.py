"""The Hubitat hub: it posts what the wall thermostats say, one attribute an event, to a path made of its MAC.

Source: Hubitat Maker API, "POST URL"; attributes of the Honeywell T6 Z-Wave thermostat driver. The hub does
not look at answers and repeats nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isfinite
from typing import Any

from msgspec import Struct, field

from hw.pico.module import Module, Refused, Taken, decoder
from layouts.model import House, Zone
from states.image import Now, Reading

OPERATING_STATES = {
    "idle": 0,
    "heating": 1,
    "pending heat": 2,
    "pending cool": 3,
    "vent economizer": 4,
    "cooling": 5,
    "fan only": 6,
}
COLDEST_F, HOTTEST_F = -40.0, 150.0
_FAHRENHEIT_UNITS = (None, "", "F", "°F")
_PERIOD_S = 300
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,20})?")
"""A number that comes as text; `float` alone would also read 1_0 and the digits of every script."""


class Content(Struct):
    """One event. Numbers may come as text; other attributes than ours may carry anything."""

    name: str
    value: Any
    device_id: str | int = field(name="deviceId")
    unit: str | None = None


class HubEvent(Struct):
    """The body of a post."""

    content: Content


_read_event = decoder(HubEvent)


class HubModule(Module):
    """The hub as a source of room temperatures, setpoints and thermostat states.

    Events of devices or attributes the layout does not use are answered 200 and counted in `ignored`.
    """

    def __init__(self, house: House) -> None:
        """The path is the MAC with hyphens, in either case."""
        super().__init__(house.hub.node, None, _PERIOD_S)
        mac = house.hub.mac.replace(":", "-")
        self.routes = {f"/{mac.lower()}": self._event, f"/{mac.upper()}": self._event}
        self.ignored = 0
        self.heard_ms: dict[str, int] = {}
        """House time at which each channel was last heard of, pushed or polled."""
        self._wanted: dict[tuple[str, str], tuple[str, Callable[[Content], int]]] = {}
        for zone in house.zones:
            self._want(zone)

    def _want(self, zone: Zone) -> None:
        device = str(zone.hub_device_id)
        self._wanted[device, "temperature"] = (f"{zone.node}-temp", fahrenheit_x1000)
        self._wanted[device, "heatingSetpoint"] = (f"{zone.node}-set", fahrenheit_x1000)
        self._wanted[device, "thermostatOperatingState"] = (f"{zone.node}-state", operating_state)

    def _event(self, body: bytes, now: Now) -> Taken:
        sample = self.understand(_read_event(body).content, now)
        if sample is None:
            self.ignored += 1
            return b"", ()
        self.heard(now)
        return b"", ((sample[0], Reading(sample[1], now.mono_ms, now.wall_ms)),)

    def understand(self, content: Content, now: Now) -> tuple[str, int] | None:
        """Channel and wire integer of an attribute of ours, else None. Raises `Refused` for a wrong value."""
        wanted = self._wanted.get((str(content.device_id), content.name))
        if wanted is None:
            return None
        channel, convert = wanted
        value = convert(content)
        self.heard_ms[channel] = now.mono_ms
        return channel, value


def fahrenheit_x1000(content: Content) -> int:
    """A temperature event as °F x 1000. Raises `Refused` for what no room can have."""
    if content.unit not in _FAHRENHEIT_UNITS:
        raise Refused(400, f"{content.name} is in {content.unit[:20]!r}; the hub must be set to Fahrenheit.")
    temp_f = _number(content.value)
    if temp_f is None or not COLDEST_F <= temp_f <= HOTTEST_F:
        raise Refused(400, f"{content.name} is {_short(content.value)}, not a room temperature.")
    return round(1000 * temp_f)


def operating_state(content: Content) -> int:
    """A thermostat's operating state as its wire integer. Raises `Refused` for an unknown word."""
    value = content.value
    state = OPERATING_STATES.get(value.strip().lower()) if isinstance(value, str) else None
    if state is None:
        words = f"{content.name} is {_short(content.value)}, which no thermostat of ours says."
        raise Refused(400, words)
    return state


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def _short(value: object) -> str:
    """What stands there, or only its kind: whatever is nested may be large."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return repr(value[:40] if isinstance(value, str) else value)[:40]
