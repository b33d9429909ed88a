"""What the rows of the fault table must be, written down apart from the table."""

from __future__ import annotations

from layouts.model import House
from states.faults import Act

WARN, CONTRACT, BLIND, OFF, BACK = Act.WARN, Act.NO_CONTRACT, Act.BLIND, Act.HEAT_OFF, Act.HAND_BACK
Wanted = tuple[int, Act, int]
"""Seconds until it is active, what it does, seconds until it is over."""

WANTED: dict[str, Wanted] = {
    "relay-board-1-silent": (5, BACK, 10),
    "relay-board-2-silent": (5, BACK, 10),
    "i2c-bus-silent": (5, BACK, 10),
    "relay-disobeys": (3, BACK, 900),
    "relay-minor-disobeys": (3, CONTRACT, 60),
    "outputs-silent": (60, CONTRACT, 10),
    "output-disobeys": (10, CONTRACT, 10),
    "hp-lwt-hot": (5, OFF, 120),
    "hp-does-not-start": (0, BACK, 3600),
    "hp-moves-no-water": (0, BACK, 14_400),
    "heat-denied": (0, BACK, 14_400),
    "water-too-hot": (5, CONTRACT, 120),
    "freeze-guard": (0, CONTRACT, 10),
    "comfort-guard": (0, CONTRACT, 10),
    "hp-does-not-stop": (120, CONTRACT, 60),
    "primary-pump-dead": (120, CONTRACT, 60),
    "store-pump-dead": (120, CONTRACT, 60),
    "store-pump-does-not-stop": (120, CONTRACT, 60),
    "buffer-lost": (300, BLIND, 10),
    "forecast-lost": (300, BLIND, 10),
    "rooms-lost": (300, CONTRACT, 10),
    "pipe-board-moved": (0, WARN, 60),
    "grid-broker-refuses": (10, WARN, 600),
    "admin-broker-refuses": (10, WARN, 600),
    "local-broker-refuses": (10, WARN, 600),
    "clock-unset": (0, CONTRACT, 10),
    "store-failed": (10, WARN, 10),
    "certificate-ends": (60, WARN, 86_400),
    "computer-hot": (60, WARN, 10),
    "computer-under-voltage": (0, WARN, 600),
    "disk-filling": (60, WARN, 10),
    "clock-adrift": (3600, WARN, 10),
    "forecast-old": (900, WARN, 10),
}
AILS: dict[str, Wanted] = {
    "lost": (60, WARN, 10),
    "open": (1, WARN, 10),
    "short": (1, WARN, 10),
    "stuck": (0, WARN, 10),
    "leaps": (0, WARN, 10),
}
POWER: dict[str, Wanted] = {
    "lost": (60, CONTRACT, 10),
    "high": (10, CONTRACT, 10),
    "negative": (10, CONTRACT, 10),
}


def sensors(house: House) -> dict[str, Wanted]:
    """The rows of this house's sensors, from its layout."""
    pipes = [thermistor.channel for thermistor in house.pipes.thermistors]
    depths = [f"{tank.name}-depth{i}" for tank in house.tanks for i in (1, 2, 3)]
    found = {f"{name}-{ail}": row for name in (*depths, *pipes) for ail, row in AILS.items()}
    for power in ("hp-odu-pwr", "hp-idu-pwr"):
        found |= {f"{power}-{ail}": row for ail, row in POWER.items()}
    found |= {f"{tank.name}-upside-down": (1800, WARN, 10) for tank in house.tanks}
    others = [name for name in (*house.pipe_channels, *house.flow_channels) if name not in pipes]
    found |= {f"{name}-lost": AILS["lost"] for name in others}
    for zone in house.zones:
        found[f"{zone.node}-set-lost"] = AILS["lost"]
        found[f"{zone.node}-temp-leaps"] = AILS["leaps"]
        if len(house.zones) > 1:
            found[f"{zone.node}-temp-lost"] = AILS["lost"]
    if {"hp-lwt", "hp-ewt"} <= set(pipes):
        found["hp-sensors-swapped"] = (600, CONTRACT, 60)
        if "primary-flow" in {flow.node for flow in house.flows}:
            found["heat-unbalanced"] = (1800, WARN, 600)
    if house.second_nodes:
        found["second-silent"] = (120, WARN, 10)
    return found
