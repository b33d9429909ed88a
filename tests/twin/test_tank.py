"""The stratified tank against solutions known on paper."""

from __future__ import annotations

from math import exp

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.twin.plant.params import CP_J_PER_KG_K, GPM_KG_PER_S, TankParams
from hw.twin.plant.tank import Tank, is_inverted, pool_adjacent_violators

STEP_S = 10.0
temps = st.lists(st.floats(0.0, 100.0, allow_nan=False), min_size=3, max_size=12)


@given(temps)
def test_mixing_an_inversion_leaves_no_layer_colder_than_the_one_below(values: list[float]) -> None:
    before = sum(values)
    pool_adjacent_violators(values)
    assert not is_inverted(values)
    assert sum(values) == pytest.approx(before, rel=1e-12, abs=1e-9)


@given(temps)
def test_mixing_leaves_an_ordered_tank_alone(values: list[float]) -> None:
    ordered = sorted(values, reverse=True)
    mixed = list(ordered)
    pool_adjacent_violators(mixed)
    assert mixed == ordered


def test_mixing_pools_only_the_layers_that_are_upside_down() -> None:
    values = [60.0, 40.0, 50.0, 30.0]
    pool_adjacent_violators(values)
    assert values == [60.0, 45.0, 45.0, 30.0]


def test_a_tank_left_alone_cools_exponentially_for_72_hours() -> None:
    params = TankParams(ambient_c=15.0)
    tank = Tank(params, STEP_S, 60.0)
    seconds = 72 * 3600
    for _ in range(int(seconds / STEP_S)):
        tank.step(0.0, 0.0, 0.0, 0.0)
    rate = params.ua_w_per_k / (params.mass_kg * CP_J_PER_KG_K)
    exact_c = 15.0 + 45.0 * exp(-rate * seconds)
    for temp_c in tank.temps:
        assert temp_c == pytest.approx(exact_c, abs=4e-4)


def breakthrough(nodes: int) -> float:
    """Displaced volume, in volumes of three tanks, when the outlet has risen by a tenth."""
    params = TankParams(nodes=nodes, ua_w_per_k=0.0)
    row = [Tank(params, STEP_S, 40.0) for _ in range(3)]
    kg_s, steps = 5.5 * GPM_KG_PER_S, 0
    while row[-1].temps[-1] < 42.0:
        ends = [tank.temps[-1] for tank in row]
        for i, tank in enumerate(row):
            tank.step(kg_s, 60.0 if i == 0 else ends[i - 1], 0.0, 0.0)
        steps += 1
    return steps * STEP_S * kg_s / (3 * params.mass_kg)


@pytest.mark.parametrize(("nodes", "reference"), [(3, 0.61), (6, 0.72), (12, 0.80)])
def test_plug_flow_breaks_through_where_upwind_with_so_many_nodes_must(nodes: int, reference: float) -> None:
    assert breakthrough(nodes) == pytest.approx(reference, abs=0.03)


@given(
    st.floats(0.0, 0.6), st.floats(10.0, 90.0), st.floats(0.0, 0.6), st.floats(10.0, 90.0),
    st.lists(st.floats(10.0, 90.0), min_size=6, max_size=6),
)  # fmt: skip
def test_what_enters_and_leaves_is_what_the_tank_stores(
    top: float, top_c: float, bottom: float, bottom_c: float, start: list[float]
) -> None:
    tank = Tank(TankParams(ambient_c=18.0), STEP_S, 0.0)
    tank.temps = sorted(start, reverse=True)
    hot_c, cold_c = tank.temps[0], tank.temps[-1]
    before_j = tank.stored_j
    tank.step(top, top_c, bottom, bottom_c)
    carried = top * top_c + bottom * bottom_c - bottom * hot_c - top * cold_c
    expected_j = carried * CP_J_PER_KG_K * STEP_S - tank.lost_j
    assert tank.stored_j - before_j == pytest.approx(expected_j, abs=0.01)
    assert not is_inverted(tank.temps)


def test_depth_sensors_sit_in_the_middle_of_each_third() -> None:
    for nodes in (3, 6, 12):
        tank = Tank(msgspec.structs.replace(TankParams(), nodes=nodes), STEP_S, 0.0)
        tank.temps = [60.0 - 60.0 * (i + 0.5) / nodes for i in range(nodes)]
        assert tank.depths_c() == pytest.approx((50.0, 30.0, 10.0))
