"""Whether each fault condition holds now: one small test per kind of row, compiled once per house."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from msgspec import Struct

from states import heatpump
from states.fault_kinds import (
    Against,
    AllSilent,
    AnyOver,
    BoardMoved,
    Broken,
    ClockUnset,
    Denied,
    Flat,
    ForecastOld,
    Guarding,
    Leaps,
    LinkDown,
    Lost,
    Mismatch,
    MustAct,
    NoForecast,
    NoStart,
    NoWater,
    Over,
    Reversed,
    Silent,
    Unbalanced,
    Under,
    Unwell,
    Upside,
)
from states.faults import Fault
from states.image import OPEN, SHORT, Image
from states.state import State
from states.view import View


class Ground(Struct, frozen=True, gc=False):
    """What a test may look at."""

    view: View
    image: Image
    state: State
    stuck: frozenset[str]
    out: frozenset[str] = frozenset()
    """Channels that are not believed, whatever they say."""


Test = Callable[[Ground], bool]


def _lost(row: Lost) -> Test:
    channels = row.channels

    def test(ground: Ground) -> bool:
        value = ground.view.value
        return all(value(name) is None for name in channels)

    return test


def _explained(ground: Ground, source: str) -> bool:
    """It is known what ails this sensor."""
    reading = ground.image.readings.get(source)
    broken = reading is not None and reading.quality in (OPEN, SHORT)
    return broken or source in ground.stuck or source in ground.out


def _upside(row: Upside) -> Test:
    def test(ground: Ground) -> bool:
        temps = [f for name in row.depths if (f := ground.view.value(name)) is not None]
        return any(below - above > row.over_f for above, below in pairwise(temps))

    return test


def _reversed(row: Reversed) -> Test:
    def test(ground: Ground) -> bool:
        value = ground.view.value
        power = value(row.power)
        if power is None or power <= row.limit_w:
            return False
        leaving, entering = value(row.leaving), value(row.entering)
        return leaving is not None and entering is not None and leaving < entering - 1.0

    return test


W_PER_GPM_F = 146.5
"""Heat that 1 gpm of water carries at 1 °F: 0.0631 kg/s x 4180 J/kg/K / 1.8."""


def _unbalanced(row: Unbalanced) -> Test:
    def test(ground: Ground) -> bool:
        value = ground.view.value
        watts = [value(name) for name in row.powers]
        power = sum(w for w in watts if w is not None)
        leaving, entering, gpm = value(row.leaving), value(row.entering), value(row.flow)
        if power <= row.limit_w or leaving is None or entering is None or gpm is None or None in watts:
            return False
        heat = W_PER_GPM_F * gpm * (leaving - entering)
        return not row.least * power <= heat <= row.most * power

    return test


def _over(row: Over) -> Test:
    def test(ground: Ground) -> bool:
        value = ground.view.value(row.channel)
        return value is not None and value > row.limit

    return test


def _any_over(row: AnyOver) -> Test:
    tests = tuple(_over(Over(name, row.limit, row.unit)) for name in row.channels)
    return lambda ground: any(test(ground) for test in tests)


def _denied(row: Denied) -> Test:
    """A room whose thermostat is not heard may be cold."""

    def test(ground: Ground) -> bool:
        if not heatpump.denied(ground.state.hp, ground.image.now.mono_ms):
            return False
        for room in row.rooms:
            is_f, set_f = ground.view.value(f"{room}-temp"), ground.view.value(f"{room}-set")
            if is_f is None or set_f is None or is_f < set_f - row.below_f:
                return True
        return False

    return test


def _under(row: Under) -> Test:
    def test(ground: Ground) -> bool:
        value = ground.view.value(row.channel)
        return value is not None and value < row.limit

    return test


def _against(row: Against) -> Test:
    def test(ground: Ground) -> bool:
        value = ground.view.value(row.channel)
        if value is None or (value > row.limit) is not row.over:
            return False
        backs = ground.image.readbacks
        return all(
            (b := backs.get(node)) is not None and b.value == b.commanded == coil for node, coil in row.relays
        )

    return test


def _all_silent(row: AllSilent) -> Test:
    def test(ground: Ground) -> bool:
        backs = ground.image.readbacks
        return all((b := backs.get(name)) is not None and b.value is None for name in row.actuators)

    return test


def _silent(row: Silent) -> Test:
    first = row.actuators[0] if row.actuators else ""

    def test(ground: Ground) -> bool:
        back = ground.image.readbacks.get(first)
        return back is not None and back.value is None

    return test


def _mismatch(row: Mismatch) -> Test:
    actuators = row.actuators

    def test(ground: Ground) -> bool:
        backs = ground.image.readbacks
        return any(
            (b := backs.get(name)) is not None and b.value is not None and b.value != b.commanded
            for name in actuators
        )

    return test


def _link_down(row: LinkDown) -> Test:
    def test(ground: Ground) -> bool:
        status = ground.image.links.get(row.link)
        return status is not None and status.state in row.states

    return test


def _forecast_old(row: ForecastOld) -> Test:
    source, most_ms = row.source, row.hours * 3_600_000

    def test(ground: Ground) -> bool:
        weather = ground.image.weather
        if weather is None or weather.source != source:
            return True
        return ground.image.now.wall_ms - weather.created_wall_ms > most_ms

    return test


def _unwell(row: Unwell) -> Test:
    figure, limit = row.figure, row.limit

    def test(ground: Ground) -> bool:
        value = getattr(ground.image.computer, figure)
        return value is not None and value > limit

    return test


COMPILE: dict[type, Callable[[Any], Test]] = {
    Lost: _lost,
    BoardMoved: lambda _: lambda ground: ground.state.doubts.common.since_ms is not None,
    Upside: _upside,
    Reversed: _reversed,
    Unbalanced: _unbalanced,
    Over: _over,
    Under: _under,
    Against: _against,
    Silent: _silent,
    AllSilent: _all_silent,
    Mismatch: _mismatch,
    NoForecast: lambda _: lambda ground: ground.state.figures.forecast is None,
    ForecastOld: _forecast_old,
    ClockUnset: lambda _: lambda ground: not ground.image.now.synced,
    NoStart: lambda _: lambda ground: heatpump.gave_up(ground.state.hp),
    NoWater: lambda _: lambda ground: heatpump.ran_dry(ground.state.hp),
    Denied: _denied,
    AnyOver: _any_over,
    Guarding: lambda row: lambda ground: bool(getattr(ground.state.guards, row.guard)),
    LinkDown: _link_down,
    MustAct: lambda row: lambda ground: (at := ground.image.links.get(row.link)) is not None and at.act,
    Unwell: _unwell,
}
"""Kind of row -> what makes its test."""


class Conditions:
    """All rows of a house, ready to be asked.

    Most rows are of four kinds that ask the same of every sensor, and hold of hardly any: those are looked
    through together, the others one by one.
    """

    def __init__(self, rows: tuple[Fault, ...]) -> None:
        lost: list[tuple[str, str, str]] = []
        broken: dict[str, dict[str, list[str]]] = {}
        self._flat: dict[str, list[str]] = {}
        self._leaps: dict[str, list[str]] = {}
        others: list[tuple[str, Test]] = []
        for row in rows:
            match row.when:
                case Lost((channel,), source):
                    lost.append((row.name, channel, source))
                case Broken(channel, quality):
                    broken.setdefault(channel, {}).setdefault(quality, []).append(row.name)
                case Flat(channel):
                    self._flat.setdefault(channel, []).append(row.name)
                case Leaps(channel):
                    self._leaps.setdefault(channel, []).append(row.name)
                case when:
                    others.append((row.name, COMPILE[type(when)](when)))
        self._lost, self._broken, self._others = tuple(lost), tuple(broken.items()), tuple(others)

    def holding(self, ground: Ground) -> set[str]:
        """Names of the rows whose condition holds in this tick."""
        value, reading_of, leaps = ground.view.value, ground.image.readings.get, ground.state.doubts.leaps
        found = {name for name, test in self._others if test(ground)}
        for name, channel, source in self._lost:
            if value(channel) is None and not _explained(ground, source):
                found.add(name)
        for channel, rows in self._broken:
            reading = reading_of(channel)
            if reading is not None and reading.quality in rows:
                found.update(rows[reading.quality])
        for channel in ground.stuck:
            found.update(self._flat.get(channel, ()))
        for channel, leap in leaps.items():
            if leap.since_ms is not None:
                found.update(self._leaps.get(channel, ()))
        return found
