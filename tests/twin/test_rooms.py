"""Zones and emitters against linear algebra and steady state done by hand."""

from __future__ import annotations

from math import log2

import msgspec
import pytest

from hw.twin.plant.contacts import Contacts
from hw.twin.plant.heat_pump import PROFILES
from hw.twin.plant.params import CP_J_PER_KG_K, GPM_KG_PER_S, PlantParams, zone_params
from hw.twin.plant.plant import Plant
from hw.twin.plant.room import Room

Matrix = list[list[float]]


def product(a: Matrix, b: Matrix) -> Matrix:
    columns = list(zip(*b, strict=True))
    return [[sum(x * y for x, y in zip(row, column, strict=True)) for column in columns] for row in a]


def matrix_exponential(a: Matrix) -> Matrix:
    """Scaling and squaring of the Taylor series; plenty for four states."""
    norm = max(sum(abs(x) for x in row) for row in a)
    halvings = max(0, int(log2(norm)) + 8) if norm > 0 else 0
    small = [[x / 2**halvings for x in row] for row in a]
    size = len(a)
    result = [[float(i == j) for j in range(size)] for i in range(size)]
    term = [row[:] for row in result]
    for k in range(1, 18):
        term = [[x / k for x in row] for row in product(term, small)]
        result = [[x + y for x, y in zip(r, t, strict=True)] for r, t in zip(result, term, strict=True)]
    for _ in range(halvings):
        result = product(result, result)
    return result


def house_matrix(params: PlantParams) -> tuple[Matrix, list[float]]:
    """dx/dt = A x + b, x = air and mass of each zone over an outdoor temperature of 0 °C."""
    count = len(params.zones)
    a = [[0.0] * (2 * count) for _ in range(2 * count)]
    b = [0.0] * (2 * count)
    for i, zone in enumerate(params.zones):
        neighbours = [j for j in (i - 1, i + 1) if 0 <= j < count]
        loss = zone.ua_w_per_k + zone.air_to_mass_w_per_k + params.zone_to_zone_w_per_k * len(neighbours)
        a[2 * i][2 * i] = -loss / zone.air_j_per_k
        a[2 * i][2 * i + 1] = zone.air_to_mass_w_per_k / zone.air_j_per_k
        a[2 * i + 1][2 * i] = zone.air_to_mass_w_per_k / zone.mass_j_per_k
        a[2 * i + 1][2 * i + 1] = -a[2 * i + 1][2 * i]
        for j in neighbours:
            a[2 * i][2 * j] = params.zone_to_zone_w_per_k / zone.air_j_per_k
        b[2 * i] = zone.gains_w / zone.air_j_per_k
    return a, b


def exact_float(params: PlantParams, start: list[float], seconds: float) -> list[float]:
    """The same house on paper: exponential of the matrix with the inputs as one more state."""
    a, b = house_matrix(params)
    wide = [[x * seconds for x in (*row, gain)] for row, gain in zip(a, b, strict=True)]
    wide.append([0.0] * (len(b) + 1))
    flow = matrix_exponential(wide)
    return [sum(x * y for x, y in zip(row, (*start, 1.0), strict=True)) for row in flow[:-1]]


def bare(count: int) -> PlantParams:
    """A house whose emitters give nothing, so that the equations are linear."""
    zones = tuple(msgspec.structs.replace(zone, emitter_w_per_k13=0.0) for zone in zone_params(count))
    return PlantParams(zones=zones, store_tanks=3, boiler=False)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_house_left_alone_floats_as_the_matrix_exponential_says(count: int) -> None:
    params = bare(count)
    plant = Plant(params, PROFILES["lg_ht"], 50.0, 20.0, 10.0)
    cut = Contacts(stats_connected=False, zones_by_scada=(False,) * count, zones_call=(False,) * count)
    starts = [20.0 - i for i in range(count)]
    for room, start_c in zip(plant.rooms, starts, strict=True):
        room.air_c = start_c
    start = [t for room in plant.rooms for t in (room.air_c, room.mass_c)]
    for _ in range(24 * 360):
        plant.step(cut, 0.0)
    exact = exact_float(params, start, 86400.0)
    for i, room in enumerate(plant.rooms):
        assert room.air_c == pytest.approx(exact[2 * i], abs=7e-4)
        assert room.mass_c == pytest.approx(exact[2 * i + 1], abs=7e-4)


def eigenvalues(a: Matrix) -> list[float]:
    """Real eigenvalues by unshifted QR; the house is a chain of resistors, so they are real."""
    size = len(a)
    for _ in range(4000):
        q: Matrix = []
        for column in zip(*a, strict=True):
            v = list(column)
            for u in q:
                dot = sum(x * y for x, y in zip(u, column, strict=True))
                v = [x - dot * y for x, y in zip(v, u, strict=True)]
            length = sum(x * x for x in v) ** 0.5
            q.append([x / length for x in v])
        q_t = [list(row) for row in q]
        a = product(product(q_t, a), [list(row) for row in zip(*q_t, strict=True)])
    return [a[i][i] for i in range(size)]


def test_the_two_zone_house_has_the_time_constants_of_the_measured_one() -> None:
    matrix, _ = house_matrix(bare(2))
    hours = sorted(-1.0 / value / 3600.0 for value in eigenvalues(matrix))
    for found, reference in zip(hours, (1.15, 1.73, 22.1, 65.4), strict=True):
        assert found == pytest.approx(reference, rel=0.25)
    assert hours[-1] == pytest.approx(65.4, rel=0.02)


def test_every_cut_of_the_house_is_the_same_house() -> None:
    for count in (1, 2, 3, 6):
        zones = zone_params(count)
        assert sum(z.ua_w_per_k for z in zones) == pytest.approx(165.0)
        assert sum(z.gains_w for z in zones) == pytest.approx(1000.0)
        assert sum(z.air_j_per_k + z.mass_j_per_k for z in zones) == pytest.approx(10 * 3.6e6)
        assert sum(z.emitter_w_per_k13 for z in zones) == pytest.approx(81.4)
        assert sum(z.flow_kg_per_s for z in zones) == pytest.approx(3.5 * GPM_KG_PER_S)


def test_at_119_f_the_emitters_give_the_design_heat_with_the_design_drop() -> None:
    """RSWT = 20 + (Q/K)^(1/1.3) + Q/(2 M cp) says 5.5 kW and 10.7 °F, taking the mean water temperature.

    Each of the three lumps stands at the water that leaves it, a sixth of the drop below its mean: 5 % less.
    """
    params = zone_params(1)[0]
    room = Room(params, 10.0, 20.0, 20.0)
    for _ in range(2000):
        room.circulate(params.flow_kg_per_s, (119.0 - 32.0) / 1.8)
    drop_k = (119.0 - 32.0) / 1.8 - room.return_c
    assert drop_k * params.flow_kg_per_s * CP_J_PER_KG_K == pytest.approx(0.946 * 5500.0, rel=0.01)
    assert drop_k * 1.8 == pytest.approx(0.946 * 10.7, rel=0.01)


def test_the_thermostat_switches_0_28_k_either_side_of_its_setpoint() -> None:
    room = Room(zone_params(1)[0], 10.0, 20.0, 20.0)
    answers = []
    for air_c in (19.9, 19.73, 19.71, 20.0, 20.27, 20.29, 20.0):
        room.air_c = air_c
        answers.append(room.thermostat())
    assert answers == [False, False, True, True, True, False, False]


def test_water_at_rest_gives_its_heat_to_the_room_and_then_stops() -> None:
    room = Room(zone_params(1)[0], 10.0, 20.0, 20.0)
    room.emitters_c = [50.0, 50.0, 50.0]
    for _ in range(5000):
        room.circulate(0.0, 80.0)
    assert room.emitters_c == pytest.approx([20.0] * 3, abs=0.2)
    room.emitters_c = [10.0, 10.0, 10.0]
    room.circulate(0.0, 80.0)
    assert min(room.emitters_c) > 10.0
