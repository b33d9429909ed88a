"""The plant's figures for a layout and its site's settings."""

from __future__ import annotations

from hw.twin.plant.params import PlantParams, TankParams, zone_params
from layouts.model import House
from layouts.settings import Settings


def plant_params(house: House, settings: Settings, nodes: int = 6, step_s: int = 10) -> PlantParams:
    """The plant behind a layout and its site's settings."""
    return PlantParams(
        zones=zone_params(len(house.zones)),
        store_tanks=len(house.store_tanks),
        boiler=house.boiler,
        sieg=house.manifold == "House0Sieg",
        step_s=step_s,
        tank=TankParams(nodes=nodes),
        pump_delay_s=float(settings.heat_pump.pump_delay_s),
    )
