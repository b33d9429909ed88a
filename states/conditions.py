"""Whether each fault condition holds now: one small test per kind of row, compiled once per house."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from states import heatpump
from states.fault_kinds import (
    ClockUnset,
    Condition,
    Flat,
    ForecastOld,
    LinkDown,
    Lost,
    Mismatch,
    NoForecast,
    NoStart,
    Over,
    Silent,
    Unwell,
)
from states.faults import Fault
from states.image import Image
from states.state import State
from states.view import View


class Ground(Struct, frozen=True, gc=False):
    """What a test may look at."""

    view: View
    image: Image
    state: State
    stuck: frozenset[str]


Test = Callable[[Ground], bool]


def _lost(row: Lost) -> Test:
    channels, source = row.channels, row.source

    def test(ground: Ground) -> bool:
        value = ground.view.value
        return source not in ground.stuck and all(value(name) is None for name in channels)

    return test


def _over(row: Over) -> Test:
    def test(ground: Ground) -> bool:
        value = ground.view.value(row.channel)
        return value is not None and value > row.limit

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


def compile_condition(when: Condition) -> Test:
    """The test of one condition."""
    match when:
        case Lost():
            return _lost(when)
        case Flat():
            return lambda ground: when.channel in ground.stuck
        case Over():
            return _over(when)
        case Silent():
            return _silent(when)
        case Mismatch():
            return _mismatch(when)
        case NoForecast():
            return lambda ground: ground.state.figures.forecast is None
        case ForecastOld():
            return _forecast_old(when)
        case ClockUnset():
            return lambda ground: not ground.image.now.synced
        case NoStart():
            return lambda ground: heatpump.gave_up(ground.state.hp)
        case LinkDown():
            return _link_down(when)
        case Unwell():
            return _unwell(when)


class Conditions:
    """All rows of a house, ready to be asked."""

    def __init__(self, rows: tuple[Fault, ...]) -> None:
        self.rows = rows
        self._tests = tuple((row.name, compile_condition(row.when)) for row in rows)

    def holds(self, ground: Ground) -> dict[str, bool]:
        """Row name -> whether its condition holds in this tick."""
        return {name: test(ground) for name, test in self._tests}
