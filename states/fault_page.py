"""The fault table in words: `docs/faults.md`."""

from __future__ import annotations

from layouts.model import House
from layouts.settings import Settings
from states.fault_kinds import (
    ClockUnset,
    Condition,
    Flat,
    ForecastOld,
    LinkDown,
    Lost,
    Mismatch,
    NoForecast,
    NoStart,
    Over,
    Silent,
    Unwell,
)
from states.faults import Act, fault_table


def faults_page(house: House, settings: Settings) -> str:
    """`docs/faults.md`, for one house."""
    lines = [
        "# Faults",
        "",
        f"Generated from `states/faults.py` for the house `{house.name}`; do not edit. The worst active act",
        "counts. Acts from mild to grave: " + ", ".join(act.name for act in Act) + ".",
        "",
        "| fault | when | for s | act | clears | after s | says |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in fault_table(house, settings):
        lines.append(
            f"| {row.name} | {describe(row.when)} | {row.for_s} | {row.act.name} | {row.clears} "
            f"| {row.clear_s} | {row.says} |"
        )
    return "\n".join(lines) + "\n"


def describe(when: Condition) -> str:
    """A condition in words."""
    match when:
        case Lost(channels):
            return f"{', '.join(channels)} absent, bad or too old"
        case Flat(channel):
            return f"{channel} repeats one raw value for 30 min while its neighbours move"
        case Over(channel, limit, unit):
            return f"{channel} above {limit:g} {unit}"
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
        case NoStart():
            return "called twice, 12 min each, below 200 W"
        case LinkDown(link, states):
            return f"{link} says it is {' or '.join(states)}"
        case Unwell(figure, limit, unit):
            return f"{figure} of this computer above {limit:g} {unit}".rstrip()
