"""Property of the whole program: whatever happens to a house, no invariant is broken and nobody freezes."""

from __future__ import annotations

import pytest

from tests.program.lives import Life

HOURS = 3.0
HOUSES = ("orange", "beech", "maple")


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "house"), [(seed, HOUSES[seed % 3]) for seed in range(9)])
def test_no_invariant_is_broken_whatever_happens(seed: int, house: str) -> None:
    life = Life(seed, house)
    found = life.live(HOURS)
    assert found == [], f"seed {seed}, {house}"
    assert len(life.told) >= 3
    assert life.coldest_c > 12.8
