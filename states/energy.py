"""Heat arithmetic: load, required source water, return water, usable and required energy.

Pure functions of parameters, forecast and layer temperatures. °F, kW, kWh. Source: facts of the house
model (`ha1.params`) and its test vectors; where the two reference versions of the usable-energy loop
disagree we take the one that re-evaluates the return water from the mixed stack, because it conserves heat.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import sqrt

from msgspec import Struct

from layouts.settings import Settings
from states.calendar import Calendar
from states.image import HeatForecast as HeatForecast
from states.image import HouseParams, Weather

LITRES_PER_GALLON = 3.78541
WATER_KJ_PER_KG_K = 4.187
TANK_GALLONS = 120.0
COLDEST_USEFUL_F = 70.0
MAX_STEPS = 2000
"""No loop here may run longer, whatever the numbers."""


class Curve(Struct, frozen=True, gc=False):
    """Emitter power over source water temperature: kW = a T² + b T + c, T in °F, and how ΔT grows with it."""

    a: float
    b: float
    c: float
    delta_t_per_kw: float

    def power_kw(self, swt_f: float) -> float:
        """kW the emitters give at source water `swt_f`."""
        return (self.a * swt_f + self.b) * swt_f + self.c

    def rswt_f(self, kw: float) -> float:
        """Source water °F needed for `kw`, rounded to 0.01."""
        root = self.b * self.b - 4 * self.a * (self.c - kw)
        return round((-self.b + sqrt(root)) / (2 * self.a), 2)

    def delta_t_f(self, swt_f: float) -> float:
        """Drop over the emitters at source water `swt_f`, never negative."""
        return max(0.0, self.delta_t_per_kw * self.power_kw(swt_f))


def curve(params: HouseParams) -> Curve:
    """The quadratic through (no power, -α/β), (intermediate), (design day)."""
    x0, y0 = -params.alpha / params.beta, 0.0
    x1, y1 = float(params.intermediate_rswt_f), params.intermediate_power_kw
    x2, y2 = float(params.dd_rswt_f), params.dd_power_kw
    a = ((y2 - y0) / (x2 - x0) - (y1 - y0) / (x1 - x0)) / (x2 - x1)
    b = (y1 - y0) / (x1 - x0) - a * (x0 + x1)
    return Curve(a, b, y0 - (a * x0 + b) * x0, params.dd_delta_t_f / params.dd_power_kw)


def params_mistake(params: HouseParams) -> str:
    """Empty when the parameters make a usable model, else a sentence."""
    if params.alpha <= 0 or params.beta >= 0:
        return f"alpha {params.alpha} must be above and beta {params.beta} below zero"
    x0 = -params.alpha / params.beta
    if not 40.0 <= x0 <= 75.0:
        return f"no heat would be needed at {x0:.0f} °F; 40 to 75 is plausible"
    if not x0 < params.intermediate_rswt_f < params.dd_rswt_f <= 200:
        return "source water must rise from no power over intermediate to design day, at most 200 °F"
    if not 0 < params.intermediate_power_kw < params.dd_power_kw <= 40:
        return "power must rise from zero over intermediate to design day, at most 40 kW"
    if not 0 < params.dd_delta_t_f <= 60 or not 0 < params.hp_max_kw_el <= 15:
        return "dd_delta_t_f must be in (0, 60] and hp_max_kw_el in (0, 15]"
    if not 100 <= params.max_ewt_f <= 185 or not 0 <= params.hp_turn_on_minutes <= 30:
        return "max_ewt_f must be 100 to 185 and hp_turn_on_minutes 0 to 30"
    if not 0.5 <= params.cop_min <= 5 or not -50 <= params.load_overestimation_percent <= 100:
        return "cop_min must be 0.5 to 5 and load_overestimation_percent -50 to 100"
    shape = curve(params)
    if shape.a <= 0 or -shape.b / (2 * shape.a) > params.intermediate_rswt_f:
        return "the emitter curve must rise from the intermediate point on"
    return ""


def params_of(settings: Settings) -> HouseParams:
    """The site's own parameters."""
    model = settings.house_model
    return HouseParams(**{name: getattr(model, name) for name in HouseParams.__struct_fields__})


ASTRAY = (
    ("intermediate_rswt_f", 15.0),
    ("dd_rswt_f", 20.0),
    ("intermediate_power_kw", 3.0),
    ("dd_power_kw", 6.0),
    ("alpha", 4.0),
    ("beta", 0.06),
    ("gamma", 0.01),
    ("load_overestimation_percent", 50.0),
)
"""Parameter -> how far it may be from the site's own value: the ATN may tune a house, not invent one."""


def params_astray(params: HouseParams, site: HouseParams) -> str:
    """Empty when the parameters may be this site's, else a sentence."""
    for name, most in ASTRAY:
        told, own = getattr(params, name), getattr(site, name)
        if abs(told - own) > most:
            return f"{name} {told:g} is more than {most:g} from this site's {own:g}"
    return ""


def load_kw(params: HouseParams, oat_f: float, wind_mph: float) -> float:
    """Heat the house needs, kW, at outdoor air and wind."""
    bare = params.alpha + params.beta * oat_f + params.gamma * wind_mph * (65.0 - oat_f)
    return max(0.0, round(bare * (1 + params.load_overestimation_percent / 100), 2))


def cop(params: HouseParams, oat_f: float) -> float:
    """Coefficient of performance at outdoor air."""
    if oat_f < params.cop_min_oat_f:
        return params.cop_min
    return max(params.cop_min, params.cop_intercept + params.cop_oat_coeff * oat_f)


def heat_forecast(weather: Weather, params: HouseParams, wall_s: int) -> HeatForecast | None:
    """The first 24 forecast hours that start after `wall_s`; None when fewer than 3 are known."""
    first = max(0, (wall_s - weather.start_s) // 3600 + 1)
    hours = range(first, min(first + 24, len(weather.oat_f)))
    if len(hours) < 3:
        return None
    shape = curve(params)
    loads = [load_kw(params, weather.oat_f[i], weather.wind_mph[i]) for i in hours]
    rswt = [shape.rswt_f(kw) for kw in loads]
    return HeatForecast(
        tuple(weather.start_s + 3600 * i for i in hours),
        tuple(loads),
        tuple(rswt),
        tuple(round(shape.delta_t_f(swt), 2) for swt in rswt),
        tuple(weather.oat_f[i] for i in hours),
        weather.uid,
    )


def required_swt_f(forecast: HeatForecast, calendar: Calendar, wall_s: int) -> float:
    """Hottest source water of the coming on-peak hours (mornings count unless it is 12 to 19 local)."""
    _, hour = calendar.hours(wall_s)
    only_afternoon = 12 <= hour <= 19
    wanted = [(16, 20)] if only_afternoon else [(7, 12), (16, 20)]
    hours = [calendar.hours(s)[1] for s in forecast.start_s]
    found = [r for r, h in zip(forecast.rswt_f, hours, strict=True) if any(a <= h < b for a, b in wanted)]
    return max(found) if found else max(forecast.rswt_f)


def return_f(swt_f: float, required_f: float, shape: Curve) -> float:
    """Water that comes back when source water `swt_f` is sent, rounded to 0.01."""
    if swt_f < required_f - 10:
        return round(swt_f, 2)
    if swt_f < required_f:
        return round(swt_f - shape.delta_t_f(required_f) * (swt_f - (required_f - 10)) / 10, 2)
    return round(swt_f - shape.delta_t_f(swt_f), 2)


def usable_kwh(layers_f: Sequence[float], tanks: int, required_f: float, shape: Curve) -> float:
    """Heat that can leave `tanks` 120-gallon tanks of equal layers (hot to cold) at useful temperature."""
    litres = TANK_GALLONS * tanks / len(layers_f) * LITRES_PER_GALLON
    kwh_per_f = litres * WATER_KJ_PER_KG_K / 3600 * 5 / 9
    stack = deque(layers_f)
    total = 0.0
    for _ in range(MAX_STEPS):
        hot = stack[0]
        back = return_f(hot, required_f, shape)
        if round(hot) == round(back):
            mean = sum(stack) / len(stack)
            stack = deque([mean] * len(stack))
            hot, back = mean, return_f(mean, required_f, shape)
            if round(hot) == round(back):
                break
        total += kwh_per_f * (hot - back)
        stack.popleft()
        stack.append(back)
    return total


def required_kwh(
    forecast: HeatForecast, params: HouseParams, calendar: Calendar, wall_s: int, tanks: int
) -> float:
    """Heat the store must hold now so that the coming peaks can be run without the compressor.

    Night before a peak day: the morning peak plus what the midday hours cannot make good for the
    afternoon; between the peaks: the afternoon; otherwise nothing. Capped by what the tanks can hold.
    """
    local = calendar.local(wall_s)
    by_hour = [(calendar.local(s), kw, oat) for s, kw, oat in _rows(forecast)]
    night_for = local.date()
    if local.hour >= 20:
        night_for = calendar.local(wall_s + 5 * 3600).date()
    if (local.hour >= 20 or local.hour < 7) and calendar.is_peak_day(night_for):
        day = [(at.hour, kw, oat) for at, kw, oat in by_hour if at.date() == night_for]
        morning = sum(kw for h, kw, _ in day if 7 <= h < 12)
        midday = sum(kw for h, kw, _ in day if 12 <= h < 16)
        afternoon = sum(kw for h, kw, _ in day if 16 <= h < 20)
        coldest = min((oat for h, _, oat in day if 12 <= h < 16), default=0.0)
        makes_good = 0.8 * 4 * params.hp_max_kw_el * cop(params, coldest) - midday
        wanted = morning + max(0.0, afternoon - makes_good)
        return min(wanted, max_store_kwh(params, forecast, calendar, wall_s, tanks))
    if 12 <= local.hour < 16 and calendar.is_peak_day(local.date()):
        return sum(kw for at, kw, _ in by_hour if 16 <= at.hour < 20 and at.date() == local.date())
    return 0.0


def _rows(forecast: HeatForecast) -> list[tuple[int, float, float]]:
    return list(zip(forecast.start_s, forecast.load_kw, forecast.oat_f, strict=True))


def max_store_kwh(
    params: HouseParams, forecast: HeatForecast, calendar: Calendar, wall_s: int, tanks: int
) -> float:
    """Usable heat of the store with every layer at MaxEwtF + 10 °F."""
    required = required_swt_f(forecast, calendar, wall_s)
    return usable_kwh([params.max_ewt_f + 10.0] * (3 * tanks), tanks, required, curve(params))


def filled_layers(layers_f: Sequence[float | None], base_f: float | None) -> list[float]:
    """Store layers hot to cold; missing or impossible ones take the value of the layer below."""
    below = base_f if base_f is not None else COLDEST_USEFUL_F
    filled: list[float] = []
    for layer in reversed(layers_f):
        if layer is not None and COLDEST_USEFUL_F <= layer <= 200.0:
            below = layer
        filled.append(below)
    return filled[::-1]
