"""The kinds of condition a row of the fault table can have: data, tested in `states/conditions.py`."""

from __future__ import annotations

from msgspec import Struct


class Lost(Struct, frozen=True, tag=True):
    """All of these channels are absent, bad or too old.

    Not if it is known what ails the one sensor `source` behind them: that has a row and words of its own.
    """

    channels: tuple[str, ...]
    source: str = ""


class Broken(Struct, frozen=True, tag=True):
    """The driver says of this channel that its wire is open, or short."""

    channel: str
    quality: str


class Flat(Struct, frozen=True, tag=True):
    """The channel repeats exactly the same raw value while its neighbours move."""

    channel: str


class Leaps(Struct, frozen=True, tag=True):
    """The channel moves faster than physics, and what it says is held out."""

    channel: str


class BoardMoved(Struct, frozen=True, tag=True):
    """All thermistors of the pipe board changed by the same part: their supply did, not the water."""


class Upside(Struct, frozen=True, tag=True):
    """A deeper sensor of the tank is warmer than one above it by more than `over_f`."""

    depths: tuple[str, ...]
    over_f: float


class Reversed(Struct, frozen=True, tag=True):
    """`power` is above `limit_w` and water leaves colder (by 1 °F) than it enters."""

    leaving: str
    entering: str
    power: str
    limit_w: float


class Unbalanced(Struct, frozen=True, tag=True):
    """Heat by flow and lift is less than `least` or more than `most` times the electricity that makes it."""

    leaving: str
    entering: str
    flow: str
    powers: tuple[str, ...]
    limit_w: float
    least: float
    most: float


class Over(Struct, frozen=True, tag=True):
    """The channel is above the limit, in control's unit."""

    channel: str
    limit: float
    unit: str


class Under(Struct, frozen=True, tag=True):
    """The channel is below the limit, in control's unit."""

    channel: str
    limit: float
    unit: str


class Against(Struct, frozen=True, tag=True):
    """The relays read back as they were told, and the plant does the contrary: `channel` over or under."""

    relays: tuple[tuple[str, int], ...]
    over: bool
    channel: str
    limit: float
    unit: str


class Silent(Struct, frozen=True, tag=True):
    """The boards behind all these actuators do not answer."""

    actuators: tuple[str, ...]


class AllSilent(Struct, frozen=True, tag=True):
    """None of the boards behind these actuators, one of each, answers."""

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


class NoWater(Struct, frozen=True, tag=True):
    """The heat pump was called twice, with a rest between, drew power, and no water moved."""


class Denied(Struct, frozen=True, tag=True):
    """Heat is wanted and refused for longer than any proper wait, and a room is cold or not seen."""

    rooms: tuple[str, ...]
    below_f: float


class AnyOver(Struct, frozen=True, tag=True):
    """One of the channels is above the limit, in control's unit."""

    channels: tuple[str, ...]
    limit: float
    unit: str


class Guarding(Struct, frozen=True, tag=True):
    """A guard is up: `freeze` or `comfort`."""

    guard: str


class Unwell(Struct, frozen=True, tag=True):
    """A figure of the computer itself (`states.image.Computer`) is above the limit."""

    figure: str
    limit: float
    unit: str


class LinkDown(Struct, frozen=True, tag=True):
    """A link or the store says of itself that it does not work."""

    link: str
    states: tuple[str, ...]


class MustAct(Struct, frozen=True, tag=True):
    """A broker refuses us, or is not who it says: no retry of the link will cure it."""

    link: str


Condition = (
    Lost
    | Broken
    | Flat
    | Leaps
    | BoardMoved
    | Upside
    | Reversed
    | Unbalanced
    | Over
    | Under
    | Against
    | Silent
    | AllSilent
    | Mismatch
    | NoForecast
    | ForecastOld
    | ClockUnset
    | NoStart
    | NoWater
    | Denied
    | AnyOver
    | Guarding
    | LinkDown
    | MustAct
    | Unwell
)
