"""The ATN hears of the weather when it is new, and of the heat ahead every hour."""

from __future__ import annotations

from layouts.load import load_house
from layouts.settings import Settings
from proto.wire import decode
from proto.wire.market import HeatingForecast, WeatherForecast
from tests.atn.atn import BIG
from tests.atn.season import stage

START_MS = 1_769_490_000_000


def test_the_heat_ahead_is_told_every_hour_for_the_hours_that_begin() -> None:
    made = stage(load_house("orange"), Settings(), START_MS, 10_000, atn=True)
    assert made.atn is not None
    ear = made.broker.pipe(made.atn.subscription)
    heard = []
    for _ in range(3 * 360):
        made.run(10, 10_000)
        ear.step(made.clock.now().net_ms)
        heard += [decode(d.topic, d.payload, BIG).payload for d in ear.poll(50)]
    heat = [said for said in heard if isinstance(said, HeatingForecast)]
    weather = {said.weather_uid for said in heard if isinstance(said, WeatherForecast)}
    first = [said.time[0] for said in heat]
    assert first == sorted(set(first))
    assert len(first) in (3, 4)
    assert all(len(said.time) == 24 and min(said.avg_power_kw) > 0 for said in heat)
    assert {said.weather_uid for said in heat} <= weather
