"""The local ATN's price rule: buy full power in the cheapest hours that the coming day's heat needs.

No optimiser: it looks at the next 24 hours of price and load, ranks the hours by price over COP and buys an
hour when it is among the cheapest that are needed. On-peak hours come last by their price alone.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from msgspec import Struct

MIN_WH = 1000
"""Less is not worth a contract with energy in it."""


class Outlook(Struct, frozen=True):
    """One hour ahead: all-in USD/kWh, heat the house needs (kW), COP."""

    usd_kwh: float
    load_kw: float
    cop: float


class PriceRule:
    """Decides the average watts of the coming hour."""

    def __init__(self, max_kw_el: float, turn_on_minutes: float = 12.0) -> None:
        self.max_kw_el = max_kw_el
        self.running_w = int(max_kw_el * 1000 // 10 * 10)
        self.starting_w = int(max_kw_el * 1000 * (1 - turn_on_minutes / 60) // 10 * 10)

    def watts(
        self, ahead: list[Outlook], usable_kwh: float | None, required_kwh: float | None, running: bool
    ) -> tuple[int, str]:
        """(AvgPowerWatts, why in words) for the first hour of `ahead`; a cold start uses less."""
        if not ahead:
            return 0, "no price, so nothing is bought"
        here = ahead[0]
        need_kwh = sum(hour.load_kw for hour in ahead)
        stored = usable_kwh or 0.0
        per_hour = self.max_kw_el * sum(hour.cop for hour in ahead) / len(ahead)
        hours = min(
            len(ahead), ceil(max(0.0, need_kwh - max(0.0, stored - (required_kwh or 0.0))) / per_hour) + 1
        )
        ranked = sorted(range(len(ahead)), key=lambda k: (ahead[k].usd_kwh / ahead[k].cop, k))
        cents = here.usd_kwh * 100
        if 0 in ranked[:hours]:
            full_w = self.running_w if running else self.starting_w
            return full_w, f"{cents:.1f} c/kWh is among the {hours} cheapest of {len(ahead)} hours"
        return 0, f"{cents:.1f} c/kWh is not among the {hours} cheapest of {len(ahead)} hours"


OutlookSource = Callable[[int], list[Outlook]]
"""UTC second of a whole hour -> the hours from there on, as far as prices are known."""
