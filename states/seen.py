"""What the last gate judges a wish by, in its own units; unknown stays unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from states.governor import Exempt, Seen
from states.tables import HANDED_BACK, MONITOR

if TYPE_CHECKING:
    from states.tick import Tick

GRID_AWAY_MS = 120_000
"""A meter silent for less has only missed some answers."""


def _celsius(fahrenheit: float | None) -> float | None:
    return None if fahrenheit is None else (fahrenheit - 32.0) / 1.8


def seen_of(tick: Tick) -> Seen:
    """One tick's facts, from the same look as the decision."""
    view, image, state = tick.view, tick.image, tick.state
    water = [f for name in tick.d.water if (f := view.value(name)) is not None]
    rooms = [f for z in tick.d.house.zones if (f := view.value(f"{z.node}-temp")) is not None]
    handed_back = state.path in (HANDED_BACK, MONITOR)
    return Seen(
        mono_ms=tick.now.mono_ms,
        readbacks=image.readbacks,
        start_delay_ms=image.draw.start_delay_ms,
        lwt_c=_celsius(view.value("hp-lwt")),
        ewt_c=_celsius(view.value("hp-ewt")),
        hottest_water_c=_celsius(max(water)) if water else None,
        coldest_water_c=_celsius(min(water)) if water else None,
        oat_c=_celsius(_outdoors_f(tick)),
        coldest_room_f=min(rooms) if rooms else None,
        primary_gpm=view.value("primary-flow"),
        hp_w=tick.hp_w,
        exempt=Exempt(handed_back, state.guards.freeze or state.guards.comfort, grid_back(tick)),
    )


def grid_back(tick: Tick) -> bool:
    """The power meter, on the same mains as the heat pump, answers again after an outage, and nothing runs.

    A computer with a battery of its own lives through a power cut, and all houses of the street come back in
    the same second. A meter that was only cut off from the network finds the heat pump as it was: where it
    runs, this is no power cut; where it rests, a start waits in vain for some minutes.
    """
    before, now_ms = tick.image.state.energy, tick.now.mono_ms
    if before.power_w is None or tick.state.energy.power_mono_ms != now_ms or tick.hp_w is None:
        return False
    away_ms = tick.view.awake_ms(before.power_mono_ms)
    return away_ms >= GRID_AWAY_MS and tick.hp_w < tick.d.settings.heat_pump.idle_w


def _outdoors_f(tick: Tick) -> float | None:
    """Outdoor air: measured where the house has a sensor, else the forecast's first hour."""
    measured = tick.view.value("oat")
    if measured is not None:
        return measured
    forecast = tick.state.figures.forecast
    return forecast.oat_f[0] if forecast else None
