"""Builds the nodes of a house: everything that commands, measures, acts or is measured, with its handle."""

from __future__ import annotations

from collections.abc import Iterator

from layouts import names
from layouts.build_parts import component_id
from layouts.draft import Draft
from layouts.ids import make_id
from layouts.model import House, Node
from layouts.names import SystemNode


def all_nodes(draft: Draft, house: House) -> tuple[Node, ...]:
    """Every node of the house, with what [nodes.*] says of it; own nodes are those a channel is about."""
    nodes = list(_nodes(draft, house))
    present = {node.name for node in nodes}
    measured = {channel.about for channel in house.channels}
    own = [name for name in draft.nodes if name not in present and name in measured]
    nodes += [Node(name=name, id="", display=_title(name)) for name in own]
    metered = _metered(draft, house)
    return tuple(_override(draft, node, metered.get(node.name)) for node in nodes)


def _nodes(draft: Draft, house: House) -> Iterator[Node]:
    for row in _system(draft, house):
        yield Node(name=row.name, id="", actor_class=row.actor_class, handle=row.handle, display=row.display)
    yield _actor(names.METER_NODE, "PowerMeter", "Power Meter", house.meter.component_id)
    for name, display in names.METERED_NODES.items():
        yield Node(name=name, id="", display=display)
    yield _actor(names.PIPES_NODE, "MultipurposeSensor", "Pipe Thermistors", house.pipes.component_id)
    if house.probes:
        yield _actor(names.PROBES_NODE, "MultipurposeSensor", "1-Wire Probes", None)
    for channel in house.pipe_channels:
        known = names.PIPES.get(channel)
        if known:
            yield Node(name=channel, id="", display=known.display)
    for btu in house.btus:
        yield _actor(btu.node, "ApiBtuMeter", names.BTUS[btu.node].display, btu.component_id)
        known = names.FLOWS.get(btu.flow)
        if known:
            yield Node(name=btu.flow, id="", display=known.display)
    for flow in house.flows:
        yield _actor(flow.node, "ApiFlowModule", names.FLOWS[flow.node].display, flow.component_id)
    yield from _tanks(house)
    yield from _relays(house)
    yield from _outputs(house)
    yield _actor(names.HUB_NODE, "Hubitat", "Hub", house.hub.component_id)
    yield from _zones(draft, house)


def _system(draft: Draft, house: House) -> Iterator[SystemNode]:
    yield from names.SYSTEM_NODES
    if any(row["runs_on"] == "s2" for row in draft.nodes.values()):
        yield names.SECOND_SCADA
    if house.use_sieg_loop:
        yield names.SIEG_LOOP


def _actor(
    name: str, actor_class: str, display: str, component: str | None, handle: str | None = None
) -> Node:
    return Node(
        name=name, id="", actor_class=actor_class, display=display, component_id=component, handle=handle
    )


def _tanks(house: House) -> Iterator[Node]:
    for tank in house.tanks:
        yield _actor(tank.name, "ApiTankModule", tank.name.title(), tank.component_id)
        for depth in names.DEPTHS:
            yield Node(name=f"{tank.name}-depth{depth}", id="", display=f"{tank.name.title()} Depth {depth}")


def _relays(house: House) -> Iterator[Node]:
    component = house.relay_component_id
    yield _actor(names.RELAYS_NODE, "I2cRelayMultiplexer", "Relay Boards", component)
    for relay in house.relays:
        boss = relay_boss(relay.kind.key, house.use_sieg_loop)
        yield _actor(relay.node, "Relay", relay.display, component, f"{boss}.{relay.node}")


def relay_boss(key: str, use_sieg_loop: bool) -> str:
    """The handle a relay stands under at start."""
    if key == "vdc":
        return "auto.pico-cycler"
    if use_sieg_loop and key == "hp-scada-ops":
        return "auto.lc.n.hp-boss"
    if use_sieg_loop and key in ("hp-loop-on-off", "hp-loop-keep-send"):
        return "auto.lc.n.sieg-loop"
    return "auto.lc.n"


def _outputs(house: House) -> Iterator[Node]:
    yield _actor(names.ZERO_TENS_NODE, "I2cZeroTenMultiplexer", "0-10 V Boards", house.dac_component_id)
    for output in house.zero_tens:
        yield _actor(output.node, "ZeroTenOutputer", output.display, None, f"auto.{output.node}")


def _zones(draft: Draft, house: House) -> Iterator[Node]:
    for zone in house.zones:
        row = draft.zones[zone.name]
        display = row["display"] or f"Zone {zone.index} {_title(zone.name)}"
        stat = f"{zone.node}-stat"
        yield Node(name=zone.node, id="", display=display)
        component = component_id(draft, row, stat, "stat_component_id")
        yield _actor(stat, "HoneywellThermostat", f"{display} Thermostat", component)
        if zone.whitewire_channel:
            yield Node(name=f"{zone.node}-whitewire", id="", display=f"{display} Call Wire")


def _title(name: str) -> str:
    return name.replace("-", " ").title()


def _override(draft: Draft, node: Node, power: tuple[int | None, bool] | None) -> Node:
    row = draft.nodes.get(node.name, {})
    acts = node.actor_class != "NoActor" and node.name not in ("s", "s2")
    return Node(
        name=node.name,
        id=row.get("id") or make_id(draft.alias, "node", node.name),
        actor_class=node.actor_class,
        handle=row.get("handle") or node.handle,
        hierarchy=f"{runs_on(draft, node.name, node.actor_class)}.{node.name}" if acts else None,
        display=row.get("display") or node.display,
        component_id=node.component_id,
        nameplate_w=power[0] if power else None,
        in_power_metering=True if power and power[1] else None,
    )


def runs_on(draft: Draft, name: str, actor_class: str) -> str:
    """The computer a node runs on; thermostats speak through the hub and run where it runs."""
    owner = names.HUB_NODE if actor_class == "HoneywellThermostat" else name
    return str(draft.nodes.get(owner, {}).get("runs_on") or "s")


def _metered(draft: Draft, house: House) -> dict[str, tuple[int | None, bool]]:
    """Nameplate power and power metering of each node that has a power channel."""
    powers = (channel for channel in house.channels if channel.name in draft.registers)
    return {
        channel.about: (draft.registers[channel.name]["nameplate_w"], channel.in_power_metering)
        for channel in powers
    }
