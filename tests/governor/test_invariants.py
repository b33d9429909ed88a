"""Whatever is wished and whatever breaks, the oracle sees no invariant broken."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.governor.world import Stretch, World

STRETCH = st.builds(
    Stretch,
    ticks=st.integers(1, 100),
    tick_ms=st.sampled_from((100, 250, 1_000, 2_000, 3_000, 7_000, 10_000)),
    wishes=st.sampled_from((1, 1, 2, 3)),
    calm=st.booleans(),
    event=st.sampled_from(("", "", "", "boards", "brown-out", "restart", "fault", "emergency")),
    seed=st.integers(0, 2**32 - 1),
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STRETCH, min_size=5, max_size=25), st.booleans(), st.integers(0, 400_000))
def test_no_invariant_is_broken(life: list[Stretch], boiler: bool, delay_ms: int) -> None:
    world = World(boiler, delay_ms)
    for stretch in life:
        assert world.live(stretch) == []
