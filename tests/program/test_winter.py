"""A cold week of a real Maine winter with real prices: the whole winters are in `tests/bench/winter.py`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bench.winter import SET_A, season
from tests.need import need

WEEK = ("--start", "2020-01-20T00:00", "--days", "7", "--tick", "60")
"""Mean 17 °F."""


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    need(SET_A.exists(), "the winter of 2019-20 does not stand in ../shared/data")
    return season("lg_ht", "thermostat", SET_A, *WEEK)


def test_a_plain_thermostat_keeps_the_house_warm_and_pays_for_it(plain: dict[str, Any]) -> None:
    assert plain["discomfort_kh"] < 0.1
    assert plain["energy_closure"] < 1e-9
    assert plain["onpeak_kwh"] > 50


@pytest.mark.parametrize("controller", ["homealone", "atn"])
def test_the_controller_halves_the_bill_in_comfort(plain: dict[str, Any], controller: str) -> None:
    ours = season("lg_ht", controller, SET_A, *WEEK)
    assert ours["cost_usd"] <= 0.5 * plain["cost_usd"]
    assert ours["onpeak_kwh"] <= 0.06 * plain["onpeak_kwh"]
    assert ours["discomfort_kh"] <= 0.5
    assert ours["t_min_c"] >= 19.0
    assert ours["starts"] <= 7 * 10
    assert ours["energy_closure"] < 1e-9
