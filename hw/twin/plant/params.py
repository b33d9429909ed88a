"""What the simulated house is made of: every physical figure of the plant, with where it comes from.

The reference house is one zone of 165 W/K with 10 kWh/K; houses with more zones are the same house cut up.
"""

from __future__ import annotations

from msgspec import Struct

CP_J_PER_KG_K = 4187.0
GPM_KG_PER_S = 3.78541 / 60.0
"""Water of 1 kg/L: one US gallon a minute in kg/s."""


class TankParams(Struct, frozen=True):
    """One 120-gallon tank cut into `nodes` equal layers, node 0 at the top."""

    nodes: int = 6
    mass_kg: float = 454.2
    ua_w_per_k: float = 2.2
    """Standing loss: 0.42 % of the stored heat an hour."""
    conductivity_w_per_m_k: float = 1.2
    """Water 0.63 plus an allowance for wall and jets."""
    height_m: float = 1.5
    ambient_c: float = 18.0
    """The room the tanks stand in; what they lose is not counted as heating the zones."""


class ZoneParams(Struct, frozen=True, kw_only=True):
    """One heated zone: air node, mass node, three emitter lumps and a thermostat."""

    ua_w_per_k: float
    gains_w: float
    air_j_per_k: float
    mass_j_per_k: float
    air_to_mass_w_per_k: float
    emitter_w_per_k13: float
    """Heat given off = this x (emitter - air)^1.3 (EN 442 exponent)."""
    emitter_j_per_k: float
    flow_kg_per_s: float
    band_k: float = 0.28
    """The thermostat calls below setpoint minus this and stops above setpoint plus this."""


class PlantParams(Struct, frozen=True, kw_only=True):
    """The whole plant. `zones` in layout order; flows in kg/s at the house's default pump volts."""

    zones: tuple[ZoneParams, ...]
    store_tanks: int
    boiler: bool
    sieg: bool = False
    """A Siegenthaler valve may keep part of the heat pump's water in a loop of its own."""
    sieg_loop_kg: float = 3 * 3.785
    """Three gallons of pipe."""
    step_s: int = 10
    tank: TankParams = TankParams()
    zone_to_zone_w_per_k: float = 104.0
    primary_kg_per_s: float = 5.5 * GPM_KG_PER_S
    store_kg_per_s: float = 4.5 * GPM_KG_PER_S
    boiler_kg_per_s: float = 6.0 * GPM_KG_PER_S
    boiler_w: float = 20_000.0
    valve_travel_s: float = 30.0
    """Charge/discharge valve from stop to stop."""
    zone_valve_s: float = 40.0
    """From the heat call to the end switch that starts the distribution pump."""
    pump_delay_s: float = 120.0
    """The heat pump starts its primary pump this long after the call."""
    dist_pump_w: float = 25.0
    primary_pump_w: float = 90.0
    store_pump_w: float = 30.0
    """Field circulators were measured at 7 to 39 W; only the primary pump's 90 W is assumed larger."""
    whitewire_w: float = 30.0
    """What the meter's clamp on a zone's 24 V call wire shows during a call."""


HOUSE_UA_W_PER_K = 165.0
HOUSE_GAINS_W = 1000.0
HOUSE_AIR_J_PER_K = 2.8 * 3.6e6
HOUSE_MASS_J_PER_K = 7.2 * 3.6e6
HOUSE_AIR_TO_MASS_W_PER_K = 1100.0
"""With 2.8 + 7.2 kWh/K these give time constants of 1.7 h and 65 h."""
HOUSE_EMITTER_J_PER_K = 0.53e6

_TWO_ZONES = ((0.6, 51.4, 2.0), (0.4, 30.0, 1.5))
"""Share of the shell, emitter W/K^1.3, flow gpm: the figures measured on a two-zone house."""


def _shares(count: int) -> tuple[tuple[float, float, float], ...]:
    """Shell share, emitter constant and gpm of each of `count` zones; always the same house in total."""
    if count == 2:
        return _TWO_ZONES
    return tuple((1.0 / count, 81.4 / count, 3.5 / count) for _ in range(count))


def zone_params(count: int) -> tuple[ZoneParams, ...]:
    """The reference house cut into `count` zones."""
    return tuple(
        ZoneParams(
            ua_w_per_k=HOUSE_UA_W_PER_K * share,
            gains_w=HOUSE_GAINS_W * share,
            air_j_per_k=HOUSE_AIR_J_PER_K * share,
            mass_j_per_k=HOUSE_MASS_J_PER_K * share,
            air_to_mass_w_per_k=HOUSE_AIR_TO_MASS_W_PER_K * share,
            emitter_w_per_k13=emitter,
            emitter_j_per_k=HOUSE_EMITTER_J_PER_K * emitter / 81.4,
            flow_kg_per_s=gpm * GPM_KG_PER_S,
        )
        for share, emitter, gpm in _shares(count)
    )
