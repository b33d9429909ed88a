"""The house in wire types: layout.lite, the command tree, and what an admin program may command."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import UNSET
from msgspec.structs import replace

from layouts.model import House
from layouts.settings import Settings
from proto.layout_parts import calibration, data_channel, derived_channel, flow, relay_component, tank
from proto.params import ha1_params
from proto.wire.commands import NewCommandTree
from proto.wire.layout import (
    ControlChannel,
    ControlNode,
    LayoutLite,
    ScadaControlCapabilities,
    SpaceheatNodeGt,
)
from states.image import HouseParams

DERIVED_NODE = "derived-generator"
"""The node that carries the tanks' calibration."""


class WireLayout:
    """One house in wire types. What never changes is made once; handles follow the command tree."""

    def __init__(self, house: House, settings: Settings) -> None:
        self.house = house
        self.settings = settings
        self.calibration = calibration(house)
        self.relays = relay_component(house)
        self._nodes = tuple(self._node(i) for i in range(len(house.nodes)))
        self._data = tuple(data_channel(house, c) for c in house.channels)
        self._derived = tuple(derived_channel(house, c) for c in house.derived)
        self._tanks = tuple(tank(house, t) for t in house.tanks if t.hw_uid is not None)
        self._flows = tuple(flow(house, f) for f in house.flows)

    def _node(self, i: int) -> SpaceheatNodeGt:
        node = self.house.nodes[i]
        return SpaceheatNodeGt(
            name=node.name,
            actor_hierarchy_name=node.hierarchy,
            handle=node.handle,
            actor_class=node.actor_class,  # type: ignore[arg-type] # checked before it is sent
            display_name=node.display,
            component_id=node.component_id,
            nameplate_power_w=node.nameplate_w,
            in_power_metering=node.in_power_metering,
            sh_node_id=node.id,
            tank_temp_calibration_map=self.calibration if node.name == DERIVED_NODE else UNSET,
        )

    def nodes(self, tree: Mapping[str, str]) -> tuple[SpaceheatNodeGt, ...]:
        """Every node, the commanded ones under the handle of their present boss."""
        return tuple(
            replace(node, handle=f"{tree[node.name]}.{node.name}") if node.name in tree else node
            for node in self._nodes
        )

    def command_tree(self, now_ms: int, tree: Mapping[str, str]) -> NewCommandTree:
        """`new.command.tree` as of `now_ms` (UTC ms)."""
        return NewCommandTree(
            from_g_node_alias=self.house.scada.alias, sh_nodes=self.nodes(tree), unix_ms=now_ms
        )

    def layout_lite(
        self, now_ms: int, message_id: str, tree: Mapping[str, str], params: HouseParams
    ) -> LayoutLite:
        """`layout.lite` as of `now_ms` (UTC ms); raises `IllegalMessage` if the layout breaks an axiom."""
        house = self.house
        return LayoutLite(
            from_g_node_alias=house.scada.alias,
            message_created_ms=now_ms,
            message_id=message_id,
            strategy=house.manifold,
            system_mode="MonitorOnly" if self.settings.site.mode == "MonitorOnly" else "Heating",
            seasonal_storage_mode="AllTanks",
            buffer_short_cycling=False,
            zone_list=tuple(zone.name for zone in house.zones),
            critical_zone_list=tuple(zone.name for zone in house.zones if zone.critical),
            total_store_tanks=len(house.store_tanks),
            sh_nodes=self.nodes(tree),
            data_channels=self._data,
            derived_channels=self._derived,
            tank_module_components=self._tanks,
            flow_module_components=self._flows,
            ha1_params=ha1_params(params),
            i2c_relay_component=self.relays,
            t_map=self.calibration,
        )

    def capabilities(self, now_ms: int) -> ScadaControlCapabilities:
        """`scada.control.capabilities` as of `now_ms` (UTC ms)."""
        house = self.house
        relays = [(r.node, r.channel, r.display) for r in house.relays]
        outputs = [(z.node, z.node, z.display) for z in house.zero_tens]
        return ScadaControlCapabilities(
            from_g_node_alias=house.scada.alias,
            message_created_ms=now_ms,
            relay_nodes=tuple(
                ControlNode(name=node, actor_class="Relay", display_name=display)
                for node, _, display in relays
            ),
            dac_nodes=tuple(
                ControlNode(name=node, actor_class="ZeroTenOutputer", display_name=display)
                for node, _, display in outputs
            ),
            control_channels=tuple(
                ControlChannel(name=channel, about_node_name=node) for node, channel, _ in relays + outputs
            ),
            i2c_relay_component=self.relays,
        )
