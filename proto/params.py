"""The house model between the wire's scaled integers and physical units."""

from __future__ import annotations

from proto.wire.layout import Ha1Params
from states.image import HouseParams


def ha1_params(params: HouseParams) -> Ha1Params:
    """The house model in the wire's scaled integers; what they cannot hold is rounded."""
    return Ha1Params(
        alpha_times10=round(params.alpha * 10),
        beta_times100=round(params.beta * 100),
        gamma_ex6=round(params.gamma * 1e6),
        intermediate_power_kw=params.intermediate_power_kw,
        intermediate_rswt_f=round(params.intermediate_rswt_f),
        dd_power_kw=params.dd_power_kw,
        dd_rswt_f=round(params.dd_rswt_f),
        dd_delta_t_f=round(params.dd_delta_t_f),
        hp_max_kw_el=params.hp_max_kw_el,
        max_ewt_f=round(params.max_ewt_f),
        load_overestimation_percent=round(params.load_overestimation_percent),
        cop_intercept=params.cop_intercept,
        cop_oat_coeff=params.cop_oat_coeff,
        cop_lwt_coeff=params.cop_lwt_coeff,
        cop_min=params.cop_min,
        cop_min_oat_f=params.cop_min_oat_f,
        hp_turn_on_minutes=round(params.hp_turn_on_minutes),
    )


_SCALED: tuple[tuple[str, str, float], ...] = (
    ("alpha", "alpha_times10", 0.1),
    ("beta", "beta_times100", 0.01),
    ("gamma", "gamma_ex6", 1e-6),
    ("intermediate_rswt_f", "intermediate_rswt_f", 1.0),
    ("dd_rswt_f", "dd_rswt_f", 1.0),
    ("dd_delta_t_f", "dd_delta_t_f", 1.0),
    ("max_ewt_f", "max_ewt_f", 1.0),
    ("load_overestimation_percent", "load_overestimation_percent", 1.0),
    ("hp_turn_on_minutes", "hp_turn_on_minutes", 1.0),
)
_PLAIN = (
    "intermediate_power_kw",
    "dd_power_kw",
    "hp_max_kw_el",
    "cop_intercept",
    "cop_oat_coeff",
    "cop_lwt_coeff",
    "cop_min",
    "cop_min_oat_f",
)


def house_params(wire: Ha1Params, present: HouseParams) -> HouseParams:
    """The wire's scaled integers in physical units; one that only repeats `present` keeps its decimals."""
    said = ha1_params(present)
    found = {name: float(getattr(wire, name)) for name in _PLAIN}
    for ours, theirs, scale in _SCALED:
        value = getattr(wire, theirs)
        unchanged = value == getattr(said, theirs)
        found[ours] = getattr(present, ours) if unchanged else round(value * scale, 9)
    return HouseParams(**found)
