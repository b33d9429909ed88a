"""I04: the street's heat pumps must not all start in the second in which its power comes back."""

from __future__ import annotations

import pytest

from tests.states.bench import Bench
from tests.states.test_who_is_in_charge import settled

METERED = ("hp-odu-pwr", "hp-idu-pwr")


def away(bench: Bench, seconds: int, watts: float = 20.0) -> list[bool]:
    """The meter is silent for so long; what the gate is told in the ticks after."""
    bench.values |= dict.fromkeys(METERED)
    assert not told(bench)
    bench.leap(seconds)
    assert not told(bench)
    bench.values |= dict.fromkeys(METERED, watts)
    return [told(bench) for _ in range(3)]


def told(bench: Bench) -> bool:
    return bool(bench.tick().seen.exempt.grid_back)


def test_a_meter_that_comes_back_to_an_idle_heat_pump_is_the_grid_once() -> None:
    assert away(settled(), 180) == [True, False, False]


@pytest.mark.parametrize(("seconds", "watts"), [(100, 20.0), (180, 4000.0)])
def test_a_short_silence_and_a_running_heat_pump_are_not(seconds: int, watts: float) -> None:
    assert away(settled(), seconds, watts) == [False, False, False]


def test_the_first_reading_after_a_start_is_not() -> None:
    bench = Bench()
    bench.values |= dict.fromkeys(METERED)
    bench.tick()
    bench.leap(300)
    bench.values |= dict.fromkeys(METERED, 20.0)
    assert not told(bench)


def test_what_is_called_then_rests_and_waits() -> None:
    bench = settled()
    bench.tank("buffer", 90, 85, 80)
    bench.leap(30)
    assert called(bench)
    bench.values |= dict.fromkeys(METERED, 4000.0)
    bench.leap(60)
    assert away(bench, 150)[0]
    assert not called(bench)
    bench.leap(540)
    assert not called(bench), "it rests for ten minutes as after any stop"
    bench.leap(120)
    assert called(bench)


def called(bench: Bench) -> bool:
    """Relay 5 in our hand, relay 6 at rest: that calls."""
    return (bench.board["relay5"], bench.board["relay6"]) == (1, 0)
