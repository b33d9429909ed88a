"""The weather and the heat it will take, as the ATN hears of them."""

from __future__ import annotations

from layouts.model import House
from proto.wire.market import HeatingForecast, WeatherForecast
from states.image import HeatForecast, Weather


def _word(source: str) -> str:
    """The source's name as one word of a LeftRightDot."""
    return "".join(c for c in source.lower() if c.isascii() and c.isalnum()) or "unnamed"


def _hours(weather: Weather, count: int) -> tuple[int, ...]:
    return tuple(weather.start_s + 3600 * i for i in range(count))


def _created_s(weather: Weather) -> int:
    """A forecast is never made after it has begun, as far as the wire is concerned."""
    return min(weather.created_wall_ms // 1000, weather.start_s)


def weather_forecast(house: House, weather: Weather, uid: str) -> WeatherForecast:
    """`weather.forecast` of what we know; `uid` is a random UUID that stands for it."""
    return WeatherForecast(
        from_g_node_alias=house.scada.alias,
        weather_channel_name=f"weather.{_word(weather.source)}",
        time=_hours(weather, len(weather.oat_f)),
        oat_f=weather.oat_f,
        wind_speed_mph=weather.wind_mph,
        weather_uid=uid,
        forecast_created_s=_created_s(weather),
    )


def heating_forecast(house: House, weather: Weather, uid: str, heat: HeatForecast) -> HeatingForecast:
    """`heating.forecast`: load, required water °F and its drop °F for the hours ahead."""
    return HeatingForecast(
        from_g_node_alias=house.scada.alias,
        time=heat.start_s,
        avg_power_kw=heat.load_kw,
        rswt_f=heat.rswt_f,
        rswt_delta_t_f=heat.delta_t_f,
        weather_uid=uid,
        forecast_created_s=_created_s(weather),
    )
