"""The heat pump of the plant: two profiles, start-up ramp, limits, trips, defrost, and its power draw.

It has neither a minimum run nor a minimum rest of its own: short cycling is for the controller to avoid.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from hw.twin.plant.params import CP_J_PER_KG_K

RAMP_S = 720.0
STANDBY_W = 40.0
OUTDOOR_SHARE = 0.6
"""Part of the power that the outdoor unit draws; the rest is the indoor unit's."""
MIN_TURNDOWN = 0.3
"""A compressor that may give less than this part of its output trips on its temperature limit."""
TRIP_HYSTERESIS_K = 5.0
DEFROST_EVERY_S = 3000.0
DEFROST_FOR_S = 300.0
AQUASTAT_BAND_K = 10.0 / 1.8


class Profile(Struct, frozen=True):
    """A make of heat pump. `full(oat_c, ewt_c, kg_s)` gives full output W and COP; temperatures in °C."""

    name: str
    full: Callable[[float, float, float], tuple[float, float]]
    lwt_max_c: float
    ewt_max_c: float
    defrosts: bool
    aquastat_on_f: float
    """The tank's aquastat calls below this, and stops ten °F higher; `reset` may only lower it."""
    reset: tuple[float, float, float] | None = None
    """Outdoor reset of the aquastat: on-point °C at 0 °C outdoors, change per °C outdoors, lowest °C."""

    def aquastat_c(self, oat_c: float) -> tuple[float, float]:
        """Where the tank's aquastat switches on and off, °C."""
        on_c = (self.aquastat_on_f - 32.0) / 1.8
        if self.reset is not None:
            base_c, slope, lowest_c = self.reset
            on_c = min(on_c, max(lowest_c, base_c + slope * oat_c))
        return on_c, on_c + AQUASTAT_BAND_K


def _lg_ht(oat_c: float, ewt_c: float, kg_s: float) -> tuple[float, float]:
    """Field fit of the high-temperature unit; defrost and water temperature are inside the fit."""
    cop = max(1.4, 1.02 + 0.0257 * (oat_c * 1.8 + 32.0))
    return min(18_000.0, 9660.0 * cop), cop


_ECODAN_Q_W = (11_247.6, 58.350, -8.750)
"""Least squares over the eleven published points: W, W per °C outdoors, W per °C leaving water."""


def _ecodan(oat_c: float, ewt_c: float, kg_s: float) -> tuple[float, float]:
    """Carnot fit of an 11 kW unit; leaving water follows from the output it sets."""
    base, per_oat, per_lwt = _ECODAN_Q_W
    lift = 1.0 / (kg_s * CP_J_PER_KG_K)
    full_w = (base + per_oat * oat_c + per_lwt * ewt_c) / (1.0 - per_lwt * lift)
    lwt_c = ewt_c + full_w * lift
    carnot = (lwt_c + 278.15) / max(lwt_c - oat_c + 12.0, 5.0)
    return full_w, max(1.0, (0.7186 + 0.00524 * oat_c - 0.00421 * lwt_c) * carnot)


PROFILES = {
    "lg_ht": Profile("lg_ht", _lg_ht, 85.0, (166.0 - 32.0) / 1.8, False, 130.0),
    "ecodan": Profile("ecodan", _ecodan, 60.0, 60.0, True, 120.0, reset=(34.3, -0.735, 27.0)),
}
"""The ecodan's tank follows the weather, as its own controller would have it: the on-point is the water the
emitters need at that outdoor temperature. Held at a constant 120 to 130 °F, with this COP fit, no thermostat
house can reach the seasonal COP of 2.30 that the reference baseline shows (1.93 at most)."""


class HeatPump:
    """State of the unit. After `step`: `heat_w` into the water, `power_w` drawn, `lwt_c` leaving."""

    __slots__ = (
        "_called_s", "_defrost_left_s", "_frost_s", "_on_s", "_pump_delay_s", "_step_s", "dead",
        "defrosting", "heat_w", "lwt_c", "power_w", "profile", "running", "starts", "tripped",
    )  # fmt: skip

    def __init__(self, profile: Profile, step_s: float, pump_delay_s: float) -> None:
        """A unit that has long been off."""
        self.profile = profile
        self._step_s = step_s
        self._pump_delay_s = pump_delay_s
        self._called_s = 0.0
        self._on_s = 0.0
        self._frost_s = 0.0
        self._defrost_left_s = 0.0
        self.running = False
        self.tripped = False
        self.defrosting = False
        self.dead = False
        """A broken unit: it hears no call."""
        self.starts = 0
        self.heat_w = 0.0
        self.power_w = STANDBY_W
        self.lwt_c = 0.0

    def hear(self, call: bool) -> bool:
        """Take the call of this step; returns whether the unit itself wants its primary pump to run."""
        call = call and not self.dead
        ready = call and self._called_s >= self._pump_delay_s
        self._called_s = self._called_s + self._step_s if call else 0.0
        return ready

    def step(self, ready: bool, kg_s: float, ewt_c: float, oat_c: float) -> None:
        """One step; `ready` is `hear`'s answer, `kg_s` the primary flow, without which nothing starts."""
        if not ready:
            self.tripped = False
        if not ready or kg_s <= 0.0:
            self._rest(ewt_c)
            return
        full_w, cop = self.profile.full(oat_c, ewt_c, kg_s)
        room_w = (self.profile.lwt_max_c - ewt_c) * kg_s * CP_J_PER_KG_K
        if self._trips(ewt_c, room_w, full_w):
            self._rest(ewt_c)
            return
        if not self.running:
            self.running = True
            self.starts += 1
        self._run(full_w, cop, room_w, oat_c)
        self.lwt_c = ewt_c + self.heat_w / (kg_s * CP_J_PER_KG_K)

    def _trips(self, ewt_c: float, room_w: float, full_w: float) -> bool:
        margin = TRIP_HYSTERESIS_K if self.tripped else 0.0
        too_hot = ewt_c > self.profile.ewt_max_c - margin
        no_room = room_w < MIN_TURNDOWN * full_w if not self.tripped else room_w < full_w
        self.tripped = too_hot or no_room
        return self.tripped

    def _rest(self, ewt_c: float) -> None:
        self.running = False
        self.defrosting = False
        self._on_s = 0.0
        self._defrost_left_s = 0.0
        self.heat_w = 0.0
        self.power_w = STANDBY_W
        self.lwt_c = ewt_c

    def _run(self, full_w: float, cop: float, room_w: float, oat_c: float) -> None:
        if self._frosts(oat_c):
            self.heat_w = -0.25 * full_w
            self.power_w = 0.4 * full_w / cop
            return
        ramp = min(1.0, self._on_s / RAMP_S)
        self._on_s += self._step_s
        wanted_w = ramp * full_w
        self.heat_w = min(wanted_w, room_w)
        part = self.heat_w / wanted_w if wanted_w > 0.0 else 1.0
        self.power_w = (0.35 + 0.65 * ramp) * full_w / cop * part

    def _frosts(self, oat_c: float) -> bool:
        """Count run time in frost weather; every 50 minutes of it five minutes of defrost."""
        if self._defrost_left_s > 0.0:
            self._defrost_left_s -= self._step_s
            self.defrosting = self._defrost_left_s > 0.0
            return True
        self.defrosting = False
        if not self.profile.defrosts or not -12.0 < oat_c < 5.0:
            return False
        self._frost_s += self._step_s
        if self._frost_s >= DEFROST_EVERY_S:
            self._frost_s = 0.0
            self._defrost_left_s = DEFROST_FOR_S
        return False
