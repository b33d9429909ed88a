"""Prices and the score of a run, checked by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from hw.twin.prices import (
    OFF_PEAK_USD_MWH,
    ON_PEAK_USD_MWH,
    SHOULDER_USD_MWH,
    CsvPrices,
    Price,
    SyntheticPrices,
)
from hw.twin.weather import SyntheticWeather
from layouts.settings import Settings, Tariff
from tests.twin.baseline import REFERENCE, SET_A, thermostat_run
from tests.twin.house import START_WALL_MS, HandClock, Steady, energise, settings, world

needs_set_a = pytest.mark.skipif(
    not SET_A.exists(), reason="the reference winter (../shared/data) is not beside this checkout"
)
HOUR_MS = 3_600_000
FIRST = START_WALL_MS // HOUR_MS


def index(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) // 3600  # type: ignore[misc,arg-type]


class Staircase:
    """Hour n of the run costs 0.1 n USD/kWh, odd hours are on-peak, and hour 3 is unknown."""

    def hour(self, index: int) -> Price | None:
        n = index - FIRST
        return None if n == 3 else Price(90.0 * n, 10.0 * n, n % 2 == 1)


def test_each_hour_is_billed_at_its_own_price() -> None:
    clock = HandClock()
    house, _ = world(clock=clock, weather=Steady(20.0), prices=Staircase())
    energise(house, 5)
    assert house.score is not None
    metered = [house.plant.meters.electric_j]
    for _ in range(6):
        house.advance(clock.forward(HOUR_MS).mono_ms)
        metered.append(house.plant.meters.electric_j)
    kwh = [(b - a) / 3.6e6 for a, b in pairwise(metered)]
    figures = house.score.figures()
    assert figures.hours == pytest.approx(6.0)
    assert figures.kwh_el == pytest.approx(sum(kwh))
    assert figures.cost_usd == pytest.approx(0.1 * kwh[1] + 0.2 * kwh[2] + 0.4 * kwh[4] + 0.5 * kwh[5])
    assert figures.onpeak_kwh == pytest.approx(kwh[1] + kwh[5])
    assert figures.unpriced_kwh == pytest.approx(kwh[3])
    assert figures.starts >= 1
    assert figures.scop == pytest.approx(figures.kwh_heat / sum(kwh))
    assert min(kwh) > 0.03


def test_the_open_hour_is_in_the_figures_and_asking_changes_nothing() -> None:
    clock = HandClock()
    house, _ = world(clock=clock, prices=Staircase())
    energise(house, 5)
    house.advance(clock.forward(HOUR_MS + 1_800_000).mono_ms)
    assert house.score is not None
    first = house.score.figures()
    assert first.cost_usd > 0.2
    assert house.score.figures() == first


def test_discomfort_is_the_deficit_of_the_coldest_zone_below_setpoint_minus_half_a_kelvin() -> None:
    clock = HandClock()
    house, _ = world("beech", clock=clock, weather=Steady(68.0), prices=Staircase(), boiler=False)
    energise(house, 2)
    for room, below_k in zip(house.plant.rooms, (1.5, 3.5), strict=True):
        room.air_c = room.mass_c = room.setpoint_c - below_k
    house.advance(clock.forward(10_000).mono_ms)
    assert house.score is not None
    assert house.score.figures().discomfort_kh == pytest.approx(3.0 * 10 / 3600)
    house.advance(clock.forward(10_000).mono_ms)
    assert house.score.figures().t_min_c == pytest.approx(16.5, abs=0.01)


def test_half_a_kelvin_below_the_setpoint_is_comfort() -> None:
    clock = HandClock()
    house, _ = world(clock=clock, weather=Steady(68.0), prices=Staircase())
    room = house.plant.rooms[0]
    room.air_c = room.mass_c = room.setpoint_c - 0.49
    house.advance(clock.forward(10_000).mono_ms)
    assert house.score is not None
    assert house.score.figures().discomfort_kh == 0.0


# -------------------------------------------------------------------------------------------- prices


@pytest.mark.parametrize(
    ("when", "delivery", "on_peak"),
    [
        ((2020, 1, 21, 11), OFF_PEAK_USD_MWH, False),
        ((2020, 1, 21, 12), ON_PEAK_USD_MWH, True),
        ((2020, 1, 21, 16), ON_PEAK_USD_MWH, True),
        ((2020, 1, 21, 17), SHOULDER_USD_MWH, False),
        ((2020, 1, 21, 21), ON_PEAK_USD_MWH, True),
        ((2020, 1, 22, 0), ON_PEAK_USD_MWH, True),
        ((2020, 1, 22, 1), OFF_PEAK_USD_MWH, False),
        ((2020, 1, 25, 15), SHOULDER_USD_MWH, False),
        ((2020, 7, 21, 11), ON_PEAK_USD_MWH, True),
        ((2020, 12, 25, 15), SHOULDER_USD_MWH, False),
    ],
)
def test_the_tariff_has_its_peaks_on_weekdays_in_local_time(
    when: tuple[int, ...], delivery: float, on_peak: bool
) -> None:
    site = msgspec.structs.replace(Settings(), tariff=Tariff(holidays=("2020-12-25",)))
    price = SyntheticPrices(1, site, SyntheticWeather(1)).hour(index(*when))
    assert price is not None
    assert (price.delivery_usd_mwh, price.on_peak) == (delivery, on_peak)


def test_the_made_up_market_is_plausible_and_belongs_to_its_seed() -> None:
    def year(seed: int) -> list[float]:
        prices = SyntheticPrices(seed, Settings(), SyntheticWeather(1))
        return [price.energy_usd_mwh for i in range(0, 8760, 5) if (price := prices.hour(FIRST + i))]

    one = year(1)
    assert 18.0 < sum(one) / len(one) < 40.0
    assert min(one) < 12.0
    assert max(one) > 55.0
    assert one == year(1)
    assert one != year(2)


def prices_file(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "prices.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_a_price_file_may_name_its_columns_otherwise(tmp_path: Path) -> None:
    path = prices_file(
        tmp_path, "utc,delivery_usd_mwh,lmp_usd_mwh", "2020-01-21T10:00:00Z,50,20", "2020-01-21T12:00:00Z,50,"
    )
    prices = CsvPrices(path, Settings())
    assert (prices.delivery_column, prices.energy_column) == ("delivery_usd_mwh", "lmp_usd_mwh")
    assert prices.hour(FIRST) == Price(50.0, 20.0, False)
    assert prices.hour(FIRST + 2) is None


def test_the_preferred_columns_win_and_onpeak_is_believed(tmp_path: Path) -> None:
    path = prices_file(
        tmp_path,
        "utc,dist_old,da_lmp_usd_mwh,rt_lmp_usd_mwh,dist_a1_2025_usd_mwh,onpeak",
        "2020-01-21T10:00:00Z,1,2,3,4,1",
    )
    price = CsvPrices(path, Settings()).hour(FIRST)
    assert price == Price(4.0, 3.0, True)
    assert price is not None
    assert price.usd_kwh == pytest.approx(0.007)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("time,dist,lmp", "x,1,2"), "needs the column 'utc'"),
        (("utc,price,lmp", "x,1,2"), "no column for the delivery"),
        (("utc,dist,price", "x,1,2"), "no column for the energy"),
        (("utc,dist,lmp", "2020-01-21T10:00:00Z,a,2"), "line 2, column 'dist': 'a' is not a price"),
        (("utc,dist,lmp",), "no hour with both prices"),
    ],
)
def test_a_poor_price_file_is_refused_with_a_sentence(
    tmp_path: Path, lines: tuple[str, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        CsvPrices(prices_file(tmp_path, *lines), Settings())
    with pytest.raises(ValueError, match="cannot be read"):
        CsvPrices(str(tmp_path / "none.csv"), Settings())


# ---------------------------------------------------------------------------------- reference winter


@needs_set_a
def test_the_calendar_agrees_with_the_reference_winter_but_for_three_holidays() -> None:
    site = msgspec.structs.replace(
        Settings(), tariff=Tariff(holidays=("2019-11-28", "2019-12-25", "2020-01-01"))
    )
    file = CsvPrices(str(SET_A), site)
    made = SyntheticPrices(1, site, SyntheticWeather(1))
    first = index(2019, 10, 1, 4)
    for i in range(first, first + 5112):
        here, there = file.hour(i), made.hour(i)
        assert here is not None
        assert there is not None
        assert (here.delivery_usd_mwh, here.on_peak) == (there.delivery_usd_mwh, there.on_peak), i


@needs_set_a
@pytest.mark.slow
@pytest.mark.parametrize("heat_pump", ["lg_ht", "ecodan"])
def test_without_a_controller_the_reference_winter_costs_what_the_reference_says(heat_pump: str) -> None:
    """The whole winter, in steps of a minute: a sixth of the time, and the bill moves by 2 % at most."""
    usd, kwh, onpeak_kwh, scop, _ = REFERENCE[heat_pump]
    figures = thermostat_run(heat_pump, step_s=60)
    assert figures.hours == pytest.approx(5112.0)
    assert figures.cost_usd == pytest.approx(usd, rel=0.05)
    assert figures.kwh_el == pytest.approx(kwh, rel=0.05)
    assert figures.onpeak_kwh == pytest.approx(onpeak_kwh, rel=0.05)
    assert figures.scop == pytest.approx(scop, rel=0.05)
    assert figures.discomfort_kh < 0.1
    assert figures.t_min_c == pytest.approx(19.6, abs=0.15)
    assert figures.energy_closure < 1e-9
    assert figures.unpriced_kwh == 0.0


@needs_set_a
def test_a_minute_step_uses_as_much_as_the_ten_second_step() -> None:
    hours = 24 * 10
    fine, coarse = (thermostat_run("lg_ht", hours, step_s) for step_s in (10, 60))
    assert coarse.kwh_el == pytest.approx(fine.kwh_el, rel=0.02)
    assert coarse.kwh_heat == pytest.approx(fine.kwh_heat, rel=0.02)
    assert fine.energy_closure < 1e-9


def test_two_scored_runs_are_identical_to_the_last_bit() -> None:
    def run() -> str:
        clock = HandClock()
        weather = SyntheticWeather(5)
        house, _ = world(
            clock=clock, weather=weather, site=settings("ecodan"),
            prices=SyntheticPrices(5, Settings(), weather),
        )  # fmt: skip
        house.advance(clock.forward(48 * HOUR_MS).mono_ms)
        assert house.score is not None
        return house.score.figures().cost_usd.hex()

    assert run() == run()
