"""A heated zone: emitters in three lumps, air, building mass, and the wall thermostat."""

from __future__ import annotations

from hw.twin.plant.params import CP_J_PER_KG_K, ZoneParams

EXPONENT = 1.3


class Room:
    """One zone. Temperatures in °C; `lost_j` and `gained_j` are the meters at its shell."""

    __slots__ = (
        "_emitter_j", "_p", "_step_s", "_third", "_third_j", "air_c", "calling_s", "emitters_c", "gained_j",
        "heating", "lost_j", "mass_c", "return_c", "setpoint_c",
    )  # fmt: skip

    def __init__(self, params: ZoneParams, step_s: float, start_c: float, setpoint_c: float) -> None:
        """A zone that has long stood at `start_c`, its thermostat set to `setpoint_c`."""
        self._p = params
        self._step_s = step_s
        self._third = params.emitter_w_per_k13 / 3.0
        self._third_j = params.emitter_j_per_k / 3.0
        self.air_c = start_c
        self.mass_c = start_c
        self.emitters_c = [start_c] * 3
        self.return_c = start_c
        self.setpoint_c = setpoint_c
        self.heating = False
        self.calling_s = 0.0
        self.lost_j = 0.0
        self.gained_j = 0.0
        self._emitter_j = 0.0

    @property
    def stored_j(self) -> float:
        """Heat held above 0 °C in air, mass and emitters."""
        params = self._p
        held_j = params.air_j_per_k * self.air_c + params.mass_j_per_k * self.mass_c
        return held_j + self._third_j * sum(self.emitters_c)

    def thermostat(self) -> bool:
        """Whether the wall thermostat calls for heat."""
        band_k = self._p.band_k
        if self.air_c < self.setpoint_c - band_k:
            self.heating = True
        elif self.air_c > self.setpoint_c + band_k:
            self.heating = False
        return self.heating

    def circulate(self, kg_s: float, supply_c: float) -> None:
        """Water through the emitters: advection implicit, emission explicit. Sets `return_c`."""
        step_s, third, third_j, air_c = self._step_s, self._third, self._third_j, self.air_c
        carry_j = kg_s * CP_J_PER_KG_K * step_s
        lumps, water_c, given_j = self.emitters_c, supply_c, 0.0
        for i in range(3):
            excess_k = lumps[i] - air_c
            out_w = third * excess_k**EXPONENT if excess_k > 0.0 else -third * (-excess_k) ** EXPONENT
            given_j += out_w * step_s
            water_c = (third_j * lumps[i] + carry_j * water_c - out_w * step_s) / (third_j + carry_j)
            lumps[i] = water_c
        self.return_c = water_c
        self._emitter_j = given_j

    def step(self, oat_c: float, from_neighbours_w: float) -> None:
        """Air and mass after this step's emitter heat, gains, shell loss and exchange with other zones."""
        params, step_s = self._p, self._step_s
        lost_j = params.ua_w_per_k * (self.air_c - oat_c) * step_s
        gained_j = params.gains_w * step_s
        to_mass_j = params.air_to_mass_w_per_k * (self.air_c - self.mass_c) * step_s
        into_air_j = self._emitter_j + gained_j - lost_j - to_mass_j + from_neighbours_w * step_s
        self.lost_j += lost_j
        self.gained_j += gained_j
        self.air_c += into_air_j / params.air_j_per_k
        self.mass_c += to_mass_j / params.mass_j_per_k
