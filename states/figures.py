"""Forecast and energies: worked out once a minute, at each new hour and when weather or parameters change."""

from __future__ import annotations

from msgspec.structs import replace

from states import energy
from states.calendar import Calendar
from states.image import Image, Reading
from states.state import Figures, State
from states.view import Lens, View

PERIOD_MS = 60_000


def due(state: State, image: Image) -> bool:
    """The minute or the hour of the clock is new, or an input changed."""
    figures, now = state.figures, image.now
    uid = image.weather.uid if image.weather else ""
    return (
        figures.minute != now.wall_ms // PERIOD_MS
        or figures.weather_uid != uid
        or figures.hour_s != now.wall_ms // 3_600_000
        or (figures.usable_wh is None and figures.forecast is not None)
    )


def work_out(
    lens: Lens, calendar: Calendar, image: Image, state: State, view: View, *, afresh: bool = False
) -> Figures:
    """What is due: the usable energy every minute, what rests on the forecast when the hour is new.

    `afresh`: parameters changed, so nothing may be kept. What cannot be known is None.
    """
    now, before = image.now, state.figures
    hour = now.wall_ms // 3_600_000
    uid = image.weather.uid if image.weather else ""
    kept = not afresh and before.forecast is not None and (before.hour_s, before.weather_uid) == (hour, uid)
    outlook = before if kept else _outlook(lens, calendar, image, state, hour, uid)
    layers = store_layers(lens, view)
    usable: int | None = None
    if layers and outlook.required_swt_f is not None:
        shape = energy.curve(state.params)
        tanks = len(lens.house.store_tanks)
        usable = int(energy.usable_kwh(layers, tanks, outlook.required_swt_f, shape) * 1000)
    minute = now.wall_ms // PERIOD_MS
    return replace(outlook, at_mono_ms=now.mono_ms, minute=minute, usable_wh=usable)


def _outlook(lens: Lens, calendar: Calendar, image: Image, state: State, hour: int, uid: str) -> Figures:
    """Everything that rests on the forecast."""
    wall_s = image.now.wall_ms // 1000
    forecast = energy.heat_forecast(image.weather, state.params, wall_s) if image.weather else None
    if forecast is None:
        return Figures(weather_uid=uid, hour_s=hour)
    tanks = len(lens.house.store_tanks)
    needed = energy.required_kwh(forecast, state.params, calendar, wall_s, tanks)
    swt = energy.required_swt_f(forecast, calendar, wall_s)
    return Figures(
        weather_uid=uid, hour_s=hour, forecast=forecast, required_swt_f=swt, required_wh=int(needed * 1000)
    )


def store_layers(lens: Lens, view: View) -> list[float]:
    """Store layers hot to cold, gaps filled from below; empty when no layer at all is known."""
    layers = [view.value(f"{t.name}-depth{i}") for t in lens.house.store_tanks for i in (1, 2, 3)]
    if all(layer is None for layer in layers):
        return []
    return energy.filled_layers(layers, view.value("store-cold-pipe"))


def as_readings(figures: Figures, image: Image) -> dict[str, Reading]:
    """The two derived energy channels, stamped when they were worked out."""
    found = {}
    wall = image.now.wall_ms - (image.now.mono_ms - figures.at_mono_ms)
    for name, value in (("usable-energy", figures.usable_wh), ("required-energy", figures.required_wh)):
        if value is not None:
            found[name] = Reading(value, figures.at_mono_ms, wall)
    return found
