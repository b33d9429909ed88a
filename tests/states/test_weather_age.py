"""A weather service that has told nothing new: a warning for its site, and no other."""

from __future__ import annotations

from msgspec.structs import replace

from layouts.load import load_house
from layouts.settings import Settings, WeatherSource
from states.fault_kinds import ForecastOld
from states.fault_table import fault_table
from states.faults import Fault
from states.image import Image, Weather
from tests.states.bench import Bench

NWS = WeatherSource(source="nws", contact="somebody")


class Served(Bench):
    """A bench whose forecast has a source and an age."""

    source, age_h = "nws", 0.0

    def image(self, *given: object, **more: object) -> Image:
        image = super().image(*given, **more)  # type: ignore[arg-type]
        weather = image.weather
        assert weather is not None
        made_ms = self.now.wall_ms - round(self.age_h * 3_600_000)
        told = Weather(self.source, made_ms, weather.start_s, weather.oat_f, weather.wind_mph)
        return replace(image, weather=told)


def old(bench: Bench) -> bool:
    assert bench.decision is not None
    return "forecast-old" in {fault.name for fault in bench.decision.overview.faults}


def test_f116_a_forecast_older_than_six_hours_is_a_warning_after_a_quarter_of_an_hour() -> None:
    bench = Served(weather=NWS)
    bench.age_h = 6.0
    bench.leap(1000)
    assert not old(bench)
    bench.age_h = 6.1
    bench.leap(890)
    assert not old(bench)
    bench.leap(20)
    assert old(bench)
    assert bench.path.startswith("HomeAlone.Normal."), "it heats by what it has"
    bench.age_h = 0.1
    bench.leap(15)
    assert not old(bench)


def test_the_coldest_of_the_month_is_no_forecast_of_the_service() -> None:
    bench = Served(weather=NWS)
    bench.source = "coldest-of-month"
    bench.leap(910)
    assert old(bench)


def test_only_a_service_can_grow_old() -> None:
    def rows(settings: Settings) -> list[Fault]:
        return [r for r in fault_table(load_house("orange"), settings) if isinstance(r.when, ForecastOld)]

    assert rows(Settings()) == []
    assert len(rows(Settings(weather=NWS))) == 1
