"""Every row of the fault table, in all three houses: named here apart from the table, forced, timed, ended.

What a row must be stands in `tests/faults/wanted.py`, so a row that is deleted, or whose time, act or
clearing changes, turns this red. Rows that need a plant to come true are only compared here; `TRIED` says
where they are brought about.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from layouts.load import load_house
from layouts.settings import Settings
from states.fault_table import fault_table
from states.faults import Clears, Fault
from states.image import Image, LinkStatus, Readback, Reading
from states.plausible import Doubts
from tests.faults.wanted import WANTED, sensors
from tests.states.bench import Bench

TESTS = Path(__file__).resolve().parents[1]
HOUSES = ("orange", "beech", "maple")
PARTS, SENSORS = "program/test_one_fault.py", "faults/test_sensors.py"
TRIED = {
    "hp-does-not-start": (PARTS, "test_a_dead_heat_pump_is_told_within_an_hour_and_the_boiler_heats"),
    "hp-moves-no-water": (PARTS, "test_a_flow_meter_that_says_nothing_moves_does_not_cool_the_house"),
    "heat-denied": (
        PARTS,
        "test_one_tank_sensor_that_says_boiling_holds_heat_off_only_until_a_room_is_cold",
    ),
    "pipe-board-moved": (
        SENSORS,
        "test_f111_a_sagging_supply_is_one_alarm_and_every_sensor_of_the_board_absent",
    ),
}
"""Row -> the trial on the whole program that brings it about."""


@cache
def settings() -> Settings:
    """Everything that may have a row is there."""
    site = Settings()
    on = {name: replace(getattr(site, name), enabled=True) for name in ("upstream", "admin", "local")}
    return replace(site, weather=replace(site.weather, source="nws"), **on)


@cache
def table(house: str) -> dict[str, Fault]:
    """The rows of a house by name."""
    return {row.name: row for row in fault_table(load_house(house), settings())}


@pytest.mark.parametrize("house", HOUSES)
def test_the_table_has_these_rows_and_no_others(house: str) -> None:
    wanted = WANTED | sensors(load_house(house))
    rows = table(house)
    assert set(rows) == set(wanted)
    assert {name: (row.for_s, row.act, row.clear_s) for name, row in rows.items()} == wanted
    after = {name for name, row in rows.items() if row.clears is Clears.AFTER}
    assert after == {"hp-does-not-start", "hp-moves-no-water", "heat-denied", "certificate-ends"}


def test_rows_that_need_a_plant_have_a_trial() -> None:
    for row, (file, name) in TRIED.items():
        body = ast.parse((TESTS / file).read_text(encoding="utf-8")).body
        found = {n.name: n for n in body if isinstance(n, ast.FunctionDef)}
        assert name in found
        assert row in {c.value for c in ast.walk(found[name]) if isinstance(c, ast.Constant)}


class Row(Bench):
    """A house at rest whose every channel speaks; what ails it is laid over what it shows."""

    def __init__(self, house: str) -> None:
        super().__init__(
            house, **{n: getattr(settings(), n) for n in ("upstream", "admin", "local", "weather")}
        )
        usual = {"°C": 110.0, "W": 20.0, "gpm": 0.0, "°F": 68.0}
        for channel in self.house.channels:
            if channel.unit in usual:
                self.values.setdefault(channel.name, usual[channel.unit])
        self.qualities: dict[str, str] = {}
        self.backs: dict[str, tuple[int, int | None]] = {}
        self.weather_age_h: float | None = 0.0

    def image(self, heard: Any = ()) -> Image:
        image = super().image(heard)
        now = self.now
        bad = {n: Reading(None, now.mono_ms, now.wall_ms, q) for n, q in self.qualities.items()}
        told = {n: Readback(c, v, now.mono_ms) for n, (c, v) in self.backs.items()}
        weather = image.weather
        if self.weather_age_h is None or weather is None:
            weather = None
        else:
            made_ms = now.wall_ms - round(self.weather_age_h * 3_600_000)
            weather = replace(weather, source="nws", created_wall_ms=made_ms)
        return replace(
            image,
            readings={**image.readings, **bad},
            readbacks={**image.readbacks, **told},
            weather=weather,
        )

    @property
    def active(self) -> dict[str, str]:
        """Active faults and their acts."""
        assert self.decision is not None
        return {fault.name: fault.act for fault in self.decision.overview.faults}


def channels(name: str) -> tuple[str, str]:
    """A channel of control and the one its module sends."""
    return name, f"{name}-device"


def ail(bench: Row, row: Fault) -> None:
    """Make the row's condition come true."""
    when: Any = row.when
    values = bench.values
    if not row.name.endswith("-leaps"):
        bench.state = replace(bench.state, doubts=Doubts())  # what is put there by hand does not leap
    match type(when).__name__:
        case "Lost":
            for name in when.channels:
                values.update(dict.fromkeys(channels(name)))
        case "Broken":
            bench.qualities[when.channel] = when.quality
        case "Flat":
            bench.stuck[when.channel] = 43_210
            bench.leap(10, 10)
            for name in bench.house.channel_by_name:
                if name != when.channel and bench.house.channel_by_name[name].unit == "°C":
                    values[name] = 100.0
        case "Leaps":
            values[when.channel] = (values[when.channel] or 0) + 60.0
        case "Upside":
            for name, temp_f in zip(when.depths, (110.0, 110.0, 120.0), strict=True):
                values[f"{name}-device"] = temp_f
        case "Reversed":
            values.update({when.power: 3000.0, when.leaving: 100.0, when.entering: 110.0})
        case "Unbalanced":
            values.update(dict.fromkeys(when.powers, 3000.0))
            values.update({when.flow: 0.1, when.leaving: 110.0, when.entering: 109.0})
        case "Over":
            values[when.channel] = when.limit + 1
        case "Under":
            values[when.channel] = when.limit - 1
        case "AnyOver":
            values[channels(when.channels[0])[1]] = when.limit + 1
        case "Against":
            bench.backs = {node: (coil, coil) for node, coil in when.relays}
            values[when.channel] = when.limit + (1 if when.over else -0.05)
        case "Silent" | "AllSilent":
            bench.backs = dict.fromkeys(when.actuators, (0, None))
        case "Mismatch":
            bench.backs = {when.actuators[-1]: (0, 1)}
        case _:
            ail_of_the_house(bench, when)


def ail_of_the_house(bench: Row, when: Any) -> None:
    """What ails is no sensor and no relay."""
    match type(when).__name__:
        case "NoForecast":
            bench.weather_age_h = None
        case "ForecastOld":
            bench.weather_age_h = when.hours + 0.1
        case "ClockUnset":
            bench.now = replace(bench.now, synced=False)
        case "LinkDown":
            bench.links[when.link] = LinkStatus(when.link, when.states[0], 0)
        case "MustAct":
            bench.links[when.link] = LinkStatus(when.link, "connecting", 0, act=True)
        case "Unwell":
            bench.computer = replace(bench.computer, **{when.figure: when.limit + 1})
        case "Guarding" if when.guard == "freeze":
            for tank in bench.house.tanks:
                bench.values.update({f"{tank.name}-depth{i}-device": 36.0 for i in (1, 2, 3)})
        case "Guarding":
            bench.values.update({f"{zone.node}-temp": 50.0 for zone in bench.house.zones})
        case kind:
            raise AssertionError(f"nobody knows how to bring about {kind}")


def well_again(bench: Row, house: str) -> None:
    """As at the beginning, in the same state."""
    fresh = Row(house)
    bench.values, bench.qualities, bench.stuck = fresh.values, {}, {}
    bench.backs, bench.weather_age_h = {}, 0.0
    bench.links, bench.computer = {}, fresh.computer
    if not any(name.endswith("-leaps") for name in bench.active):
        bench.state = replace(bench.state, doubts=Doubts())
    bench.now = replace(bench.now, synced=True)


LATE_S = {"Flat": 1800, "Guarding": 600, "NoForecast": 4000}
"""How long the condition itself takes to be seen."""
SEEN_S = {"Leaps": 75, "Flat": 60, "Guarding": 600, "NoForecast": 120}
"""How long it takes to be seen gone."""


def until(bench: Row, done: Callable[[], bool], step_s: float, within_s: float) -> float:
    """Seconds until it is so; fails after `within_s`."""
    took_s = 0.0
    while not done():
        assert took_s <= within_s, (bench.path, bench.active)
        bench.leap(step_s, step_s)
        took_s += step_s
    return took_s


def here(house: str) -> list[str]:
    """All rows of orange, and of the other houses what orange has not."""
    first = set() if house == "orange" else set(table("orange"))
    return [name for name in table(house) if name not in first | set(TRIED)]


@pytest.mark.parametrize(("house", "name"), [(house, name) for house in HOUSES for name in here(house)])
def test_a_row_acts_when_its_time_has_come_and_is_over_when_it_may_be(house: str, name: str) -> None:
    row, bench = table(house)[name], Row(house)
    kind = type(row.when).__name__
    bench.leap(100, 10)
    assert name not in bench.active
    ail(bench, row)
    step_s = min(10.0, max(0.5, row.for_s / 20))
    step_s = 10.0 if kind in LATE_S else step_s
    took_s = until(bench, lambda: name in bench.active, step_s, row.for_s + LATE_S.get(kind, 0) + 3 * step_s)
    assert took_s >= row.for_s
    assert bench.active[name] == row.act.name
    well_again(bench, house)
    step_s = min(600.0, max(1.0, row.clear_s / 10))
    within_s = row.clear_s + SEEN_S.get(kind, 0) + 3 * step_s
    gone_s = until(bench, lambda: name not in bench.active, step_s, within_s)
    assert gone_s >= (row.clear_s if row.clears is Clears.WHEN_GONE else row.clear_s - took_s - step_s)
