"""Running the full program in virtual time: the loop, the heat-pump presets and the figures of a run."""

from __future__ import annotations

from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hw.twin.score import Figures
from hw.twin.world import World
from layouts.settings import Settings

DAY_MS = 86_400_000


class Program(Protocol):
    """Whatever lives in house time."""

    def step(self, tick_ms: int) -> None:
        """Let one tick of house time pass."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What `simulate --json` prints."""

    house: str
    controller: str
    heat_pump: str
    days: float
    tick_s: float
    ticks: int
    wall_s: float
    times_real_time: float
    cost_usd: float
    kwh_el: float
    onpeak_kwh: float
    discomfort_kh: float
    t_min_c: float
    starts: int
    energy_closure: float
    scop: float
    unpriced_kwh: float


def preset(settings: Settings, heat_pump: str) -> Settings:
    """The site settings an installer would make for this heat pump; ValueError for an unknown one."""
    twin = replace(settings.twin, heat_pump=heat_pump)
    if heat_pump == "lg_ht":
        return replace(settings, twin=twin)
    if heat_pump != "ecodan":
        raise ValueError(f"--heat-pump: '{heat_pump}' is none of lg_ht, ecodan.")
    unit = replace(
        settings.heat_pump,
        model="MitsubishiEcodan",
        pump_delay_s=0,
        running_w=800.0,
        buffer_below_f=6.0,
        buffer_span_f=5.0,
    )
    model = replace(
        settings.house_model,
        hp_max_kw_el=4.5,
        cop_intercept=1.75,
        cop_oat_coeff=0.03,
        cop_min=1.6,
        cop_min_oat_f=0.0,
        max_ewt_f=135.0,
    )
    limits = replace(settings.limits, lwt_max_c=63.0)
    return replace(settings, twin=twin, heat_pump=unit, house_model=model, limits=limits)


def run(program: Program, days: float, tick_ms: int) -> int:
    """Step until `days` of house time have passed; returns the ticks."""
    ticks = round(days * DAY_MS / tick_ms)
    for _ in range(ticks):
        program.step(tick_ms)
    return ticks


def outcome(
    world: World, figures: Figures, controller: str, days: float, tick_ms: int, ticks: int, wall_s: float
) -> Outcome:
    """The figures of a finished run."""
    return Outcome(
        house=world.house.name,
        controller=controller,
        heat_pump=world.plant.heat_pump.profile.name,
        days=days,
        tick_s=tick_ms / 1000,
        ticks=ticks,
        wall_s=round(wall_s, 3),
        times_real_time=round(days * 86_400 / max(wall_s, 1e-9)),
        cost_usd=round(figures.cost_usd, 2),
        kwh_el=round(figures.kwh_el, 1),
        onpeak_kwh=round(figures.onpeak_kwh, 1),
        discomfort_kh=round(figures.discomfort_kh, 3),
        t_min_c=round(figures.t_min_c, 3),
        starts=figures.starts,
        energy_closure=figures.energy_closure,
        scop=round(figures.scop, 3),
        unpriced_kwh=round(figures.unpriced_kwh, 3),
    )


def as_text(result: Outcome) -> str:
    """The figures for a reader."""
    rows = [f"{name:>16}  {value}" for name, value in msgspec.to_builtins(result).items()]
    if result.unpriced_kwh:
        left_out = f"{result.unpriced_kwh} kWh were used in hours of which the price file says nothing"
        rows.append(f"{left_out}: cost_usd is too low by their price.")
    return "\n".join(rows)
