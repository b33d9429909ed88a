"""The bill of the demo's house beside a plain thermostat's, on equal footing: stored heat has its price."""

from __future__ import annotations

from msgspec import Struct

from hw.twin.score import Figures

LEAST_HOURS = 3.0
"""Sooner, one of the two has just filled its tanks, and nothing can be said."""


class Bill(Struct, frozen=True):
    """What both have paid, and how much more heat ours holds in tanks and rooms at this moment."""

    hours: float
    heat_kwh: float
    cost_usd: float
    thermostat_usd: float
    ahead_kwh: float
    """Below 0: ours holds less."""
    ahead_usd: float
    """The same at what a kilowatt-hour of heat has cost the two houses on average."""

    @property
    def comparable(self) -> bool:
        """Long enough to compare."""
        return self.hours >= LEAST_HOURS

    def words(self) -> str:
        """The comparison as a sentence."""
        ours = f"so far: {self.cost_usd:.2f} USD for {self.heat_kwh:.0f} kWh of heat"
        if not self.comparable:
            return (
                f"{ours}; {self.hours * 60:.0f} min of the house are too short to compare with a plain "
                "thermostat: heat stored now pays in the dear hours"
            )
        theirs = f"a plain thermostat would have paid {self.thermostat_usd:.2f} USD"
        if abs(self.ahead_kwh) < 0.5:
            return f"{ours}; {theirs} and holds as much heat"
        less = "more" if self.ahead_kwh > 0 else "less"
        stored = f"{abs(self.ahead_kwh):.0f} kWh {less}, worth {abs(self.ahead_usd):.2f} USD"
        return (
            f"{ours}; {theirs}; our tanks and rooms hold {stored}: on equal footing "
            f"{self.cost_usd - self.ahead_usd:.2f} against {self.thermostat_usd:.2f} USD"
        )

    def figures(self) -> dict[str, float]:
        """For the page."""
        return {
            "cost_usd": round(self.cost_usd, 2),
            "thermostat_usd": round(self.thermostat_usd, 2),
            "heat_kwh": round(self.heat_kwh, 1),
            "hours": round(self.hours, 1),
            "ahead_kwh": round(self.ahead_kwh, 1),
            "ahead_usd": round(self.ahead_usd, 2),
        }


def bill(ours: Figures, theirs: Figures, ahead_j: float) -> Bill:
    """`ahead_j`: heat stored in our house beyond what theirs stores, J."""
    ahead_kwh = ahead_j / 3.6e6
    heat_kwh = ours.kwh_heat + theirs.kwh_heat
    usd_kwh = (ours.cost_usd + theirs.cost_usd) / heat_kwh if heat_kwh > 0 else 0.0
    paid = (ours.hours, ours.kwh_heat, ours.cost_usd, theirs.cost_usd)
    return Bill(*paid, ahead_kwh, ahead_kwh * usd_kwh)
