"""The layout as the ATN and the admin program know it: nodes, channels, components, parameters."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from proto.wire import enums
from proto.wire.components import (
    I2cRelayComponentGt,
    PicoFlowModuleComponentGt,
    PicoTankModuleComponentGt,
    SimPicoTankModuleComponentGt,
    TankTempCalibrationMap,
)
from proto.wire.formats import (
    UUID4,
    HandleName,
    Int64,
    LeftRightDot,
    Message,
    Part,
    PosInt,
    SpaceheatName,
    UTCMilliseconds,
    UTCSeconds,
    demand,
)


class SpaceheatNodeGt(Message, tag="spaceheat.node.gt", frozen=True, kw_only=True):
    """A node: what is commanded, measured or acts."""

    name: SpaceheatName
    actor_hierarchy_name: HandleName | None = None
    handle: HandleName | None = None
    actor_class: enums.ActorClass
    display_name: str | None = None
    component_id: str | None = None
    nameplate_power_w: Int64 | None = None
    in_power_metering: bool | None = None
    sh_node_id: UUID4
    tank_temp_calibration_map: TankTempCalibrationMap | UnsetType = UNSET
    """An extra key that the node of the derived channels carries."""
    version: Literal["300"] = "300"

    def __post_init__(self) -> None:
        """What is metered for the grid has a nameplate."""
        demand(
            not self.in_power_metering or self.nameplate_power_w is not None,
            "InPowerMetering needs NameplatePowerW",
        )


class DataChannelGt(Message, tag="data.channel.gt", frozen=True, kw_only=True):
    """A measured channel."""

    name: SpaceheatName
    display_name: str
    about_node_name: SpaceheatName
    captured_by_node_name: SpaceheatName
    telemetry_name: enums.TelemetryName
    terminal_asset_alias: LeftRightDot
    in_power_metering: bool | None = None
    start_s: UTCSeconds | None = None
    id: UUID4
    version: Literal["001"] = "001"

    def __post_init__(self) -> None:
        """Only power is metered for the grid."""
        demand(
            not self.in_power_metering or self.telemetry_name == "PowerW",
            "InPowerMetering needs TelemetryName PowerW",
        )


class DerivedChannelGt(Message, tag="derived.channel.gt", frozen=True, kw_only=True):
    """A computed channel."""

    id: UUID4
    name: SpaceheatName
    created_by_node_name: SpaceheatName
    strategy: SpaceheatName
    output_unit: enums.GwUnit | None = None
    display_name: str
    terminal_asset_alias: LeftRightDot
    version: Literal["000"] = "000"


class Ha1Params(Message, tag="ha1.params", frozen=True, kw_only=True):
    """The house model: load by weather, emitters, heat pump."""

    alpha_times10: Int64
    beta_times100: Int64
    gamma_ex6: Int64
    intermediate_power_kw: float
    intermediate_rswt_f: Int64
    dd_power_kw: float
    dd_rswt_f: Int64
    dd_delta_t_f: Int64
    hp_max_kw_el: float
    max_ewt_f: Int64
    load_overestimation_percent: Int64
    cop_intercept: float
    cop_oat_coeff: float
    cop_lwt_coeff: float
    cop_min: float
    cop_min_oat_f: float
    hp_turn_on_minutes: Int64 = 12
    version: str = "006"


class LayoutLite(Message, tag="layout.lite", frozen=True, kw_only=True):
    """The house for an ATN: no bid and no contract before it has arrived."""

    from_g_node_alias: LeftRightDot
    message_created_ms: UTCMilliseconds
    message_id: UUID4
    strategy: str
    system_mode: enums.SystemMode
    seasonal_storage_mode: enums.SeasonalStorageMode
    buffer_short_cycling: bool
    zone_list: tuple[str, ...]
    critical_zone_list: tuple[str, ...]
    total_store_tanks: PosInt
    sh_nodes: tuple[SpaceheatNodeGt, ...]
    data_channels: tuple[DataChannelGt, ...]
    derived_channels: tuple[DerivedChannelGt, ...]
    tank_module_components: tuple[PicoTankModuleComponentGt | SimPicoTankModuleComponentGt, ...]
    flow_module_components: tuple[PicoFlowModuleComponentGt, ...]
    ha1_params: Ha1Params
    i2c_relay_component: I2cRelayComponentGt
    t_map: TankTempCalibrationMap | None = None
    version: Literal["011"] = "011"

    def __post_init__(self) -> None:
        """Four axioms: channels about and by nodes, every boss there, critical zones are zones."""
        nodes = {node.name: node for node in self.sh_nodes}
        actors = {node.name for node in self.sh_nodes if node.actor_class != "NoActor"}
        for channel in self.data_channels:
            demand(channel.about_node_name in nodes, f"{channel.name} is about a node that is not there")
            demand(channel.captured_by_node_name in actors, f"{channel.name} is captured by no actor")
        handles = {node.handle or node.name for node in self.sh_nodes}
        for handle in handles:
            boss = handle.rpartition(".")[0]
            demand(not boss or boss in handles, f"{handle} has no boss")
        demand(set(self.critical_zone_list) <= set(self.zone_list), "A critical zone is not a zone")
        for derived in self.derived_channels:
            demand(derived.created_by_node_name in actors, f"{derived.name} is created by no actor")


class ControlNode(Part, frozen=True, kw_only=True):
    """A relay or 0-10 V output that can be commanded."""

    name: SpaceheatName
    actor_class: enums.ActorClass
    display_name: str | None = None


class ControlChannel(Part, frozen=True, kw_only=True):
    """The channel that shows where a control node stands."""

    name: str
    about_node_name: SpaceheatName


class ScadaControlCapabilities(Message, tag="scada.control.capabilities", frozen=True, kw_only=True):
    """What an admin program may command."""

    from_g_node_alias: LeftRightDot
    message_created_ms: UTCMilliseconds
    relay_nodes: tuple[ControlNode, ...]
    dac_nodes: tuple[ControlNode, ...]
    control_channels: tuple[ControlChannel, ...]
    i2c_relay_component: I2cRelayComponentGt
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """Seven axioms: right classes, no name twice, one channel per node, one relay config per relay."""
        relays = [node.name for node in self.relay_nodes]
        names = relays + [node.name for node in self.dac_nodes]
        about = [channel.about_node_name for channel in self.control_channels]
        configured = {config.actor_name for config in self.i2c_relay_component.config_list}
        demand(all(n.actor_class == "Relay" for n in self.relay_nodes), "RelayNodes must be of class Relay")
        demand(
            all(n.actor_class == "ZeroTenOutputer" for n in self.dac_nodes),
            "DacNodes must be of class ZeroTenOutputer",
        )
        demand(len(names) == len(set(names)), "A control node is named twice")
        demand(len(about) == len(set(about)), "Two control channels are about one node")
        demand(set(names) == set(about), "Control nodes and control channels do not match")
        demand(set(relays) == configured, "RelayNodes and the relay configs do not match")
