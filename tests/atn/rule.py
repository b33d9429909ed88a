"""The local ATN's price rule: buy an hour of full power when it is the cheapest in time for the heat needed.

No optimiser: it walks through the coming day with what the store holds. Where the store would run dry, it
buys the cheapest hour (price over COP) up to then, and walks again, until nothing is missing.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

STORE_KWH = 40.0
"""More than this is not put into the store: hotter water serves no better."""
RESERVE_KWH = 3.0
LOAD_MARGIN = 1.1


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
        stored = usable_kwh or 0.0
        bought = self.hours(ahead, stored)
        words = f"{ahead[0].usd_kwh * 100:.1f} c/kWh, {stored:.0f} kWh in store"
        if 0 in bought:
            return (self.running_w if running else self.starting_w), f"{words}; a cheap hour in time"
        return 0, f"{words}; {len(bought)} better hours lie ahead" if bought else f"{words}; enough for a day"

    def hours(self, ahead: list[Outlook], stored_kwh: float) -> set[int]:
        """The hours to buy, as places in `ahead`."""
        bought: set[int] = set()
        while True:
            level = self._levels(ahead, stored_kwh, bought)
            dry = next((at for at, kwh in enumerate(level) if kwh < RESERVE_KWH), None)
            if dry is None:
                return bought
            free = [at for at in range(dry + 1) if at not in bought and self._fits(ahead, level, at, dry)]
            if not free:
                return bought
            bought.add(min(free, key=lambda at: (ahead[at].usd_kwh / ahead[at].cop, at)))

    def _levels(self, ahead: list[Outlook], stored_kwh: float, bought: set[int]) -> list[float]:
        """What the store holds at the end of each hour."""
        levels, kwh = [], stored_kwh
        for at, hour in enumerate(ahead):
            kwh -= LOAD_MARGIN * hour.load_kw
            if at in bought:
                kwh += self.max_kw_el * hour.cop
            levels.append(kwh)
        return levels

    def _fits(self, ahead: list[Outlook], level: list[float], at: int, until: int) -> bool:
        heat = self.max_kw_el * ahead[at].cop
        return all(kwh + heat <= STORE_KWH for kwh in level[at:until])


OutlookSource = Callable[[int], list[Outlook]]
"""UTC second of a whole hour -> the hours from there on, as far as prices are known."""
