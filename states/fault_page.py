"""The fault table in words: `docs/faults.md`."""

from __future__ import annotations

from layouts.model import House
from layouts.settings import Settings
from states.fault_kinds import (
    Against,
    AllSilent,
    AnyOver,
    BoardMoved,
    Broken,
    ClockUnset,
    Condition,
    Denied,
    Flat,
    ForecastOld,
    Guarding,
    Leaps,
    LinkDown,
    Lost,
    Mismatch,
    MustAct,
    NoForecast,
    NoStart,
    NoWater,
    Over,
    Reversed,
    Silent,
    Unbalanced,
    Under,
    Unwell,
    Upside,
)
from states.fault_table import fault_table
from states.faults import Act, Fault


def faults_page(house: House, settings: Settings) -> str:
    """`docs/faults.md`, for one house."""
    lines = [
        "# Faults",
        "",
        f"Generated from `states/fault_table.py` for the house `{house.name}`; do not edit. The worst",
        "active act counts. Acts from mild to grave: " + ", ".join(act.name for act in Act) + ".",
        "",
        "| fault | when | for s | act | clears | after s | says |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in fault_table(house, settings):
        lines.append(
            f"| {row.name} | {describe(row.when)} | {_for(row)} | {row.act.name} | {row.clears} "
            f"| {row.clear_s} | {row.says} |"
        )
    return "\n".join(lines) + "\n"


def _for(row: Fault) -> str:
    gap = f", with gaps below {row.gap_s}" if row.gap_s else ""
    return f"{row.for_s}{gap}"


def describe(when: Condition) -> str:
    """A condition in words."""
    return _of_a_sensor(when) or _of_the_house(when)


def _of_a_sensor(when: Condition) -> str:
    match when:
        case Lost(channels):
            return f"{', '.join(channels)} absent, bad or too old"
        case Flat(channel):
            return f"{channel} repeats one raw value for 30 min while its neighbours move"
        case Broken(channel, quality):
            return f"{channel} reads as {quality}"
        case Leaps(channel):
            return f"{channel} moves faster than physics"
        case BoardMoved():
            return "all pipe sensors changed by the same part of their supply"
        case Upside(depths, over_f):
            return f"among {', '.join(depths)} a lower one is more than {over_f:g} °F warmer"
        case Reversed(leaving, entering, power, limit_w):
            return f"{leaving} 1 °F below {entering} with {power} above {limit_w:g} W"
        case Unbalanced(leaving, entering, flow, _, limit_w, least, most):
            heat = f"heat by {leaving}, {entering} and {flow}"
            return f"{heat} not {least:g} to {most:g} times the power, at more than {limit_w:g} W"
        case Over(channel, limit, unit):
            return f"{channel} above {limit:g} {unit}"
        case Under(channel, limit, unit):
            return f"{channel} below {limit:g} {unit}"
    return ""


def _of_the_house(when: Condition) -> str:
    match when:
        case Against(relays, over, channel, limit, unit):
            stand = ", ".join(f"{node} {coil}" for node, coil in relays)
            return f"{stand} and yet {channel} {'above' if over else 'below'} {limit:g} {unit}"
        case AllSilent(actuators):
            return f"none of {', '.join(actuators)} answers"
        case Silent(actuators):
            return f"the board of {', '.join(actuators)} does not answer"
        case Mismatch(actuators):
            return f"{', '.join(actuators)} not where commanded"
        case NoForecast():
            return "no weather from any source"
        case ForecastOld(source, hours):
            return f"the forecast is not of {source}, or older than {hours:g} h"
        case ClockUnset():
            return "the wall clock is not set"
        case NoWater():
            return "the heat pump was called twice, drew power, and no water moved"
        case Denied(_, below_f):
            return f"heat wanted and refused for 40 min; a room {below_f:g} °F below its setpoint, or unseen"
        case AnyOver(channels, limit, unit):
            return f"any of {', '.join(channels)} above {limit:g} {unit}"
        case Guarding(guard):
            return f"the {guard} guard is up"
        case NoStart():
            return "called twice, 12 min each, below 200 W"
        case LinkDown(link, states):
            return f"{link} says it is {' or '.join(states)}"
        case MustAct(link):
            return f"{link} is refused by its broker, or the broker is not who it says"
        case Unwell(figure, limit, unit):
            return f"{figure} of this computer above {limit:g} {unit}".rstrip()
    return ""
