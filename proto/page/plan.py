"""What does not change while the program runs: the house as the page draws it."""

from __future__ import annotations

from typing import Any

from layouts.model import House
from layouts.settings import Settings
from proto.page.says import SAYS
from proto.values import Values


def describe(
    house: House, settings: Settings, series: list[dict[str, str]], simulated: str
) -> dict[str, Any]:
    """The content of `/api/house`."""
    return {
        "house": house.display,
        "alias": house.scada.alias,
        "simulated": simulated,
        "time_zone": settings.site.time_zone,
        "boiler": house.boiler,
        "sieg_loop": house.use_sieg_loop,
        "hp_running_w": settings.heat_pump.running_w,
        "hp_max_w": 1000 * settings.house_model.hp_max_kw_el,
        "tanks": [tank.name for tank in house.tanks],
        "zones": [{"name": z.name, "node": z.node, "critical": z.critical} for z in house.zones],
        "channels": {row.name: row.display for row in Values(house).rows.values()},
        "actuators": {r.node: r.display for r in house.relays} | {z.node: z.display for z in house.zero_tens},
        "relays": {r.key: r.node for r in house.relays},
        "flows": [flow.node for flow in house.flows],
        "pipes": [t.channel for t in house.pipes.thermistors],
        "states": {path: {"title": title, "says": words} for path, (title, words) in SAYS.items()},
        "series": series,
    }
