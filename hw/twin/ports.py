"""The simulated house as ports: what `build` takes when the settings say `bus = "twin"`."""

from __future__ import annotations

from hw.others import HubLine, Others, hub_token
from hw.ports import Both, Devices, Ports, weather_port
from hw.twin.computer import TwinGauges
from hw.twin.hub_door import HubDoor
from hw.twin.prices import CsvPrices, PriceSeries, SyntheticPrices
from hw.twin.weather import SyntheticWeather
from hw.twin.world import Clock, SensorNoise, World
from hw.weather import CsvWeather, WeatherSeries
from layouts.model import House
from layouts.settings import Settings


def twin_ports(
    house: House,
    settings: Settings,
    clock: Clock,
    devices: Devices | None = None,
    prices_csv: str = "",
    noise: SensorNoise | None = None,
    whole: bool = False,
) -> Ports:
    """A simulated house on `clock`; raises `ValueError` with a sentence for what it cannot simulate.

    Only modules of this computer's share post to it; with `whole` those of a second computer do too.
    """
    weather = twin_weather(settings)
    prices = twin_prices(settings, weather, prices_csv)
    world = World(house, settings, weather, clock, prices=prices, noise=noise, whole=whole)
    both = Both(devices, world.devices) if devices is not None else world.devices
    others = twin_others(world, settings)
    return Ports(world.i2c, world.meter, both, weather_port(settings, weather), world, others)


def twin_others(world: World, settings: Settings) -> Others:
    """What the settings ask for besides, all of it simulated."""
    token = hub_token(settings)
    door = HubDoor(world.devices.hub, world.house.hub.maker_api_id, token)
    return Others(
        hub=HubLine(door, token) if token else None,
        probes=world.probes,
        header=world.header if settings.gpio.enabled else None,
        gauges=TwinGauges(),
    )


def twin_weather(settings: Settings) -> WeatherSeries:
    """The weather of the simulated house: a file, or its own."""
    file = settings.twin.weather_csv
    return CsvWeather(file) if file else SyntheticWeather(settings.twin.seed)


def twin_prices(settings: Settings, weather: WeatherSeries, prices_csv: str = "") -> PriceSeries:
    """The prices of the simulated house: a file, or a tariff with a made-up market."""
    if prices_csv:
        return CsvPrices(prices_csv, settings)
    return SyntheticPrices(settings.twin.seed, settings, weather)
