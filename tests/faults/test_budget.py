"""The I2C bus charges its transfer times at 100 kHz to 10 ms a tick: healthy, and with each board dead."""

from __future__ import annotations

import pytest

from hw.twin.faults import Bus, BusFault
from hw.twin.i2c import TIMEOUT_US, transfer_us
from hw.wire import TICK_BUDGET_US
from layouts.load import load_house
from tests.faults.trial import Trial

HOUSES = ("orange", "beech", "maple")


def boards_of(house: str) -> tuple[int, ...]:
    """Addresses of every board of a house."""
    layout = load_house(house)
    return (*layout.relay_boards, *layout.dac_boards, *layout.pipes.addresses)


def worst_us(trial: Trial, seconds: float) -> int:
    """Most bus time of one tick."""
    bus, worst = trial.world.i2c, 0
    for _ in range(round(seconds * 1000 / trial.tick_ms)):
        before = bus.spent_us
        trial.run(trial.tick_ms / 1000)
        worst = max(worst, bus.spent_us - before)
    return worst


def test_three_bytes_take_290_microseconds_at_100_khz() -> None:
    assert transfer_us(2) == 290


@pytest.mark.parametrize("house", HOUSES)
@pytest.mark.parametrize("tick_ms", [100, 1000])
def test_healthy_boards_take_less_than_the_budget(house: str, tick_ms: int) -> None:
    trial = Trial(house, warm_s=10, tick_ms=tick_ms)
    worst = worst_us(trial, 60 * tick_ms / 1000)
    assert 1_000 < worst <= TICK_BUDGET_US
    assert trial.program.parts.rig.wire.worst_us <= TICK_BUDGET_US


@pytest.mark.parametrize(("house", "address"), [(house, at) for house in HOUSES for at in boards_of(house)])
def test_a_dead_board_does_not_take_the_tick_over_its_budget(house: str, address: int) -> None:
    trial = Trial(house, warm_s=10, tick_ms=500)
    trial.inject(BusFault(Bus.NACK, address))
    assert worst_us(trial, 20) <= TICK_BUDGET_US


@pytest.mark.parametrize("house", HOUSES)
def test_every_board_dead_or_the_bus_stuck_costs_one_time_limit_at_most(house: str) -> None:
    trial = Trial(house, warm_s=10, tick_ms=500)
    for address in boards_of(house):
        trial.inject(BusFault(Bus.NACK, address))
    assert worst_us(trial, 40) <= TICK_BUDGET_US
    trial.heal()
    trial.run(400)
    trial.inject(BusFault(Bus.STUCK))
    assert worst_us(trial, 40) <= TICK_BUDGET_US + TIMEOUT_US
