"""Which devices of a house hang on this computer: the primary's share, or the second computer's."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from layouts.model import House
from layouts.names import PROBES_NODE
from layouts.settings import Settings

PRIMARY, SECONDARY = "primary", "secondary"


def share_of(house: House, role: str) -> House:
    """The house with nothing but the devices that hang on this computer; names and channels stay whole.

    Relays and 0-10 V outputs are the primary's. The hub goes with the zones; without registers, thermistors
    or zones there is no meter, no pipe board, no hub to speak to.
    """
    second = house.second_nodes
    if role == PRIMARY and not second:
        return house
    commands = role == PRIMARY

    def ours(node: str) -> bool:
        return (node in second) != commands

    return replace(
        house,
        tanks=tuple(tank for tank in house.tanks if ours(tank.name)),
        flows=tuple(flow for flow in house.flows if ours(flow.node)),
        btus=tuple(btu for btu in house.btus if ours(btu.node)),
        probes=house.probes if ours(PROBES_NODE) else (),
        pipes=house.pipes if ours(house.pipes.node) else replace(house.pipes, thermistors=()),
        meter=house.meter if ours(house.meter.node) else replace(house.meter, registers=()),
        zones=house.zones if ours(house.hub.node) else (),
        relays=house.relays if commands else (),
        relay_boards=house.relay_boards if commands else (),
        zero_tens=house.zero_tens if commands else (),
    )


def mismatches(house: House, settings: Settings) -> Iterator[str]:
    """Sentences on what the settings and the layout say differently of the second computer."""
    file, role = settings.file, settings.site.role
    if role == SECONDARY and not house.second_nodes:
        example = "[nodes.power-meter] runs_on = 's2'"
        yield f"{file} [site] role: '{role}', but {house.file} gives it nothing to do; write {example} there."
    elif house.second_nodes and not settings.local.enabled:
        some = ", ".join(sorted(house.second_nodes)[:3])
        why = f"{house.file} lets a second computer run {some}; the two speak over this broker"
        yield f"{file} [local] enabled: must be true: {why}."
