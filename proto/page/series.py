"""What the page plots over a day: for each series its name, label, unit, plot, and where its value is."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from layouts.model import House
from proto.values import Look
from states.image import Overview

Read = Callable[[Look, Overview], float | None]
LIVE = "Live"


class Series(Struct, frozen=True):
    """One line of a plot."""

    name: str
    label: str
    unit: str
    plot: str
    read: Read


def _temperature(channel: str) -> Read:
    return lambda look, _: look.fahrenheit(channel)


def _planned(figure: str) -> Read:
    return lambda _, overview: overview.plan.get(figure)


def _heat_pump_kw(look: Look, _: Overview) -> float | None:
    watts = look.total("hp-odu-pwr", "hp-idu-pwr")
    return None if watts is None else watts / 1000


def _contract_kw(_: Look, overview: Overview) -> float | None:
    held = overview.contract.contract
    return held.avg_power_watts / 1000 if held is not None and overview.contract.phase == LIVE else None


def _outdoors_f(look: Look, overview: Overview) -> float | None:
    """Measured where the house has a sensor, else the forecast's present hour."""
    measured = look.fahrenheit("oat")
    return measured if measured is not None else overview.plan.get("oat_f")


def series_of(house: House) -> tuple[Series, ...]:
    """Every series of a house, plot by plot."""
    last = house.store_tanks[-1].name
    rows = [
        Series("buffer-top", "Buffer top", "°F", "tanks", _temperature("buffer-depth1")),
        Series("buffer-bottom", "Buffer bottom", "°F", "tanks", _temperature("buffer-depth3")),
        Series("store-top", "Store top", "°F", "tanks", _temperature("tank1-depth1")),
        Series("store-bottom", "Store bottom", "°F", "tanks", _temperature(f"{last}-depth3")),
        Series("needed-water", "Water needed", "°F", "tanks", _planned("rswt_f")),
    ]
    for zone in house.zones:
        name = zone.name.replace("-", " ").capitalize()
        rows.append(Series(f"{zone.name}-temp", name, "°F", "rooms", _temperature(f"{zone.node}-temp")))
        rows.append(
            Series(f"{zone.name}-set", f"{name} set", "°F", "rooms", _temperature(f"{zone.node}-set"))
        )
    rows += [
        Series("heat-pump", "Heat pump", "kW", "power", _heat_pump_kw),
        Series("contract", "Contract, average", "kW", "power", _contract_kw),
        Series("usable", "In the store", "kWh", "energy", _planned("usable_kwh")),
        Series("required", "Needed for the next peak", "kWh", "energy", _planned("required_kwh")),
        Series(
            "outdoors",
            "Outdoors" if "oat" in house.channel_by_name else "Outdoors, forecast",
            "°F",
            "outdoors",
            _outdoors_f,
        ),
        Series("on-peak", "Electricity is dear", "", "marks", _planned("on_peak")),
    ]
    return tuple(rows)
