"""The meter's marks: what was used since any second, exact at the hand-over, honest about the unseen."""

from __future__ import annotations

import pytest

from states import metering
from states.image import Now
from states.metering import EnergyLog

GRID = 1_769_482_800


def now(s: float) -> Now:
    return Now(int((GRID + s) * 1000), int(s * 1000) + 10_000_000, 0)


def run(
    from_s: float, to_s: float, watts: float, tick_s: float = 1.0, log: EnergyLog | None = None
) -> EnergyLog:
    """A meter that shows `watts` at every tick."""
    log = log or EnergyLog()
    for k in range(round((to_s - from_s) / tick_s) + 1):
        log, _ = metering.step(log, now(from_s + k * tick_s), watts)
    return log


@pytest.mark.parametrize("tick_s", [0.1, 1.0, 7.0, 10.0])
def test_a_mark_stands_at_its_second_whatever_the_tick(tick_s: float) -> None:
    """Ticks that straddle 5 minutes are cut there: 100 s at 3.6 kW are 100 Wh, at any tick."""
    log = run(203, 203 + 198.8 // tick_s * tick_s, 3600.0, tick_s)
    at = 203 + 198.8 // tick_s * tick_s
    assert metering.used_since(log, GRID + 300, now(at)) == pytest.approx(at - 300, abs=1e-6)


def test_a_program_that_began_to_look_in_mid_slot_does_not_take_the_time_before_for_rest() -> None:
    """Boot 280 s into the slot: those seconds count at the known power, not as nothing."""
    log = run(280, 290, 3600.0)
    assert metering.used_since(log, GRID, now(290)) == pytest.approx(290.0)


def test_a_clock_that_is_set_back_leaves_no_mark_from_the_future() -> None:
    log = run(7200, 7300, 3600.0)
    log, _ = metering.step(log, now(600), 3600.0)
    assert all(at <= GRID + 600 for at, _ in log.marks)
    assert metering.used_since(log, GRID + 300, now(600)) <= 300.0 + 1e-6


def test_marks_are_bounded() -> None:
    log = run(0, 26 * 3600, 100.0, tick_s=60.0)
    assert len(log.marks) == metering.MARKS
    assert log.marks[-1][0] == GRID + 26 * 3600


def test_a_meter_that_was_not_heard_yet_has_a_minute_before_it_counts_as_silent() -> None:
    """A contract that comes in the first second after a start is not thrown away for want of a reading."""
    log, _ = metering.step(EnergyLog(), now(0), None)
    assert not metering.unmeasured(log, now(60))
    assert metering.unmeasured(log, now(61))
    heard, _ = metering.step(log, now(30), 500.0)
    assert not metering.unmeasured(heard, now(61))
