"""The kinds of condition a row of the fault table can have: data, tested in `states/conditions.py`."""

from __future__ import annotations

from msgspec import Struct


class Lost(Struct, frozen=True, tag=True):
    """All of these channels are absent, bad or too old. A stuck `source` has a row and words of its own."""

    channels: tuple[str, ...]
    source: str = ""


class Flat(Struct, frozen=True, tag=True):
    """The channel repeats exactly the same raw value while its neighbours move."""

    channel: str


class Over(Struct, frozen=True, tag=True):
    """The channel is above the limit, in control's unit."""

    channel: str
    limit: float
    unit: str


class Silent(Struct, frozen=True, tag=True):
    """The boards behind all these actuators do not answer."""

    actuators: tuple[str, ...]


class Mismatch(Struct, frozen=True, tag=True):
    """A readback of one of these actuators differs from what was commanded."""

    actuators: tuple[str, ...]


class NoForecast(Struct, frozen=True, tag=True):
    """No weather from which a heat load could be worked out."""


class ForecastOld(Struct, frozen=True, tag=True):
    """The forecast is not of this source, or was made longer ago than so many hours."""

    source: str
    hours: float


class ClockUnset(Struct, frozen=True, tag=True):
    """The wall clock has not been synchronised since boot."""


class NoStart(Struct, frozen=True, tag=True):
    """The heat pump was called twice, with a rest between, and never drew power."""


class Unwell(Struct, frozen=True, tag=True):
    """A figure of the computer itself (`states.image.Computer`) is above the limit."""

    figure: str
    limit: float
    unit: str


class LinkDown(Struct, frozen=True, tag=True):
    """A link or the store says of itself that it does not work."""

    link: str
    states: tuple[str, ...]


Condition = (
    Lost
    | Flat
    | Over
    | Silent
    | Mismatch
    | NoForecast
    | ForecastOld
    | ClockUnset
    | NoStart
    | LinkDown
    | Unwell
)
