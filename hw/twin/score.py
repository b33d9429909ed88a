"""What a run cost and how warm it was: the figures of a winter, settled hour by hour.

The bill of an hour is the electric energy of heat pump and circulators times delivery plus energy price.
"""

from __future__ import annotations

from msgspec import Struct

from hw.twin.plant.plant import Plant
from hw.twin.prices import PriceSeries

J_PER_KWH = 3.6e6
TOLERANCE_K = 0.5
"""Less than this below the setpoint is not discomfort."""


class Figures(Struct, frozen=True):
    """The score of a run so far."""

    hours: float
    cost_usd: float
    kwh_el: float
    onpeak_kwh: float
    discomfort_kh: float
    """Kelvin-hours of the zone furthest below its setpoint - 0.5 K."""
    t_min_c: float
    starts: int
    energy_closure: float
    """What stored heat and boundary meters disagree on, as a part of the heat put in."""
    kwh_heat: float
    kwh_oil: float
    unpriced_kwh: float
    """Used in hours the price series knows nothing of; free in `cost_usd`."""

    @property
    def scop(self) -> float:
        """Heat of the heat pump per electricity of the whole heating."""
        return self.kwh_heat / self.kwh_el if self.kwh_el else 0.0


class Score:
    """Accumulates a run; told before every step of the plant."""

    def __init__(self, plant: Plant, prices: PriceSeries) -> None:
        """Begin with the plant as it stands."""
        self._plant = plant
        self._prices = prices
        self._stored_j = plant.stored_j
        self._crossed_j = plant.crossed_j
        self._zero = (plant.meters.electric_j, plant.meters.heat_pump_j, plant.meters.boiler_j)
        self._starts = plant.heat_pump.starts
        self._steps = 0
        self._hour = -1
        self._hour_j = self._zero[0]
        self._usd = self._onpeak_j = self._unpriced_j = self._cold_ks = 0.0
        self._t_min_c = min(room.air_c for room in plant.rooms)

    def before_step(self, wall_ms: int) -> None:
        """The plant is about to make the step that begins at `wall_ms`."""
        hour = wall_ms // 3_600_000
        if hour != self._hour:
            self._settle()
            self._hour = hour
        self._steps += 1
        worst_k = TOLERANCE_K
        for room in self._plant.rooms:
            air_c = room.air_c
            self._t_min_c = min(self._t_min_c, air_c)
            worst_k = max(worst_k, room.setpoint_c - air_c)
        self._cold_ks += (worst_k - TOLERANCE_K) * self._plant.step_s

    def figures(self) -> Figures:
        """The score so far, the running hour included."""
        plant, meters = self._plant, self._plant.meters
        usd, onpeak_j, unpriced_j = self._bill()
        electric_j, heat_j, boiler_j = self._zero
        heat_j, boiler_j = meters.heat_pump_j - heat_j, meters.boiler_j - boiler_j
        gap_j = (plant.crossed_j - self._crossed_j) - (plant.stored_j - self._stored_j)
        return Figures(
            hours=self._steps * plant.step_s / 3600.0,
            cost_usd=self._usd + usd,
            kwh_el=(meters.electric_j - electric_j) / J_PER_KWH,
            onpeak_kwh=(self._onpeak_j + onpeak_j) / J_PER_KWH,
            discomfort_kh=self._cold_ks / 3600.0,
            t_min_c=self._t_min_c,
            starts=plant.heat_pump.starts - self._starts,
            energy_closure=abs(gap_j) / max(heat_j + boiler_j, J_PER_KWH),
            kwh_heat=heat_j / J_PER_KWH,
            kwh_oil=boiler_j / J_PER_KWH,
            unpriced_kwh=(self._unpriced_j + unpriced_j) / J_PER_KWH,
        )

    def _bill(self) -> tuple[float, float, float]:
        """Dollars, on-peak joules and unpriced joules of the hour that is open."""
        used_j = self._plant.meters.electric_j - self._hour_j
        if not used_j:
            return 0.0, 0.0, 0.0
        price = self._prices.hour(self._hour)
        if price is None:
            return 0.0, 0.0, used_j
        return used_j / J_PER_KWH * price.usd_kwh, used_j if price.on_peak else 0.0, 0.0

    def _settle(self) -> None:
        """Close the hour that is over."""
        usd, onpeak_j, unpriced_j = self._bill()
        self._usd += usd
        self._onpeak_j += onpeak_j
        self._unpriced_j += unpriced_j
        self._hour_j = self._plant.meters.electric_j
