"""The parts of a house in wire types: channels, relays, tank and flow modules, calibration."""

from __future__ import annotations

from msgspec import UNSET

from layouts.gridworks import CONFIGS, FLOW_CAC, KRIDA_CAC, TANK_MODULE_CAC
from layouts.model import Channel, DerivedChannel, FlowModule, House, Relay, Tank
from proto.wire.components import (
    ChannelConfig,
    I2cRelayComponentGt,
    PicoFlowModuleComponentGt,
    PicoTankModuleComponentGt,
    RelayActorConfig,
    TankTempCalibration,
    TankTempCalibrationMap,
)
from proto.wire.layout import DataChannelGt, DerivedChannelGt

RELAY_POLL_MS = 200


def data_channel(house: House, channel: Channel) -> DataChannelGt:
    """A measured channel."""
    return DataChannelGt(
        name=channel.name,
        display_name=channel.display,
        about_node_name=channel.about,
        captured_by_node_name=channel.captured_by,
        telemetry_name=channel.telemetry,  # type: ignore[arg-type] # checked before it is sent
        terminal_asset_alias=house.terminal_asset.alias,
        in_power_metering=channel.in_power_metering,
        id=channel.id,
    )


def derived_channel(house: House, channel: DerivedChannel) -> DerivedChannelGt:
    """A computed channel."""
    return DerivedChannelGt(
        id=channel.id,
        name=channel.name,
        created_by_node_name=channel.created_by,
        strategy=channel.strategy,
        output_unit=channel.gw_unit,  # type: ignore[arg-type] # checked before it is sent
        display_name=channel.display,
        terminal_asset_alias=house.terminal_asset.alias,
    )


def _config(channel: Channel) -> ChannelConfig:
    exponent, unit = CONFIGS[channel.telemetry]
    return ChannelConfig(
        channel_name=channel.name,
        poll_period_ms=channel.poll_period_ms,
        capture_period_s=channel.capture_period_s,
        async_capture=channel.async_delta is not None,
        async_capture_delta=channel.async_delta,
        exponent=exponent,
        unit=unit,  # type: ignore[arg-type] # checked before it is sent
    )


def _relay_config(house: House, relay: Relay) -> RelayActorConfig:
    channel, kind = house.channel_by_name[relay.channel], relay.kind
    return RelayActorConfig(
        channel_name=relay.channel,
        poll_period_ms=channel.poll_period_ms or RELAY_POLL_MS,
        capture_period_s=channel.capture_period_s,
        async_capture=True,
        exponent=0,
        unit="Unitless",
        relay_idx=relay.index,
        actor_name=relay.node,
        wiring_config=kind.wiring.value,
        event_type=kind.event_type,
        de_energizing_event=kind.rest_event,
        energizing_event=kind.active_event,
        state_type=kind.state_type,
        de_energized_state=kind.rest_state,
        energized_state=kind.active_state,
    )


def relay_component(house: House) -> I2cRelayComponentGt:
    """The relay boards with the words of every relay."""
    return I2cRelayComponentGt(
        component_id=house.relay_component_id,
        component_attribute_class_id=KRIDA_CAC,
        config_list=tuple(_relay_config(house, relay) for relay in house.relays),
        display_name="i2c relay boards",
        i2c_address_list=house.relay_boards,
    )


def _captured_by(house: House, node: str) -> tuple[ChannelConfig, ...]:
    return tuple(_config(channel) for channel in house.channels if channel.captured_by == node)


def tank(house: House, tank: Tank) -> PicoTankModuleComponentGt:
    """A tank's sensor module."""
    return PicoTankModuleComponentGt(
        component_id=tank.component_id,
        component_attribute_class_id=TANK_MODULE_CAC,
        config_list=_captured_by(house, tank.name),
        display_name=tank.name,
        enabled=tank.enabled,
        pico_hw_uid=tank.hw_uid,
        temp_calc_method="SimpleBeta",
        thermistor_beta=tank.thermistor_beta,
        send_micro_volts=tank.send_micro_volts,
        samples=tank.samples,
        num_sample_averages=tank.num_sample_averages,
        serial_number=tank.serial_number,
        async_capture_delta_micro_volts=tank.async_delta_uv,
        sensor_order=tank.sensor_order,
    )


def flow(house: House, flow: FlowModule) -> PicoFlowModuleComponentGt:
    """A flow module."""
    hall = flow.kind == "hall"
    return PicoFlowModuleComponentGt(
        component_id=flow.component_id,
        component_attribute_class_id=FLOW_CAC[flow.kind],
        config_list=_captured_by(house, flow.node),
        display_name=flow.node,
        hw_uid=flow.hw_uid if flow.hw_uid is not None else UNSET,
        enabled=flow.enabled,
        serial_number=flow.serial_number,
        flow_node_name=flow.node,
        flow_meter_type=flow.meter_type,  # type: ignore[arg-type] # checked before it is sent
        hz_calc_method="BasicExpWeightedAvg",
        gpm_from_hz_method="Constant",
        constant_gallons_per_tick=flow.gallons_per_tick,
        send_hz=flow.send_hz,
        send_tick_lists=flow.send_tick_lists,
        no_flow_ms=flow.no_flow_ms,
        async_capture_threshold_gpm_times100=flow.async_threshold_gpm_x100,
        publish_empty_ticklist_after_s=flow.publish_empty_after_s if hall else None,
        publish_any_ticklist_after_s=None if hall else flow.publish_empty_after_s,
        publish_ticklist_period_s=flow.publish_period_s,
        publish_ticklist_length=flow.publish_length,
        exp_alpha=flow.exp_alpha,
    )


def calibration(house: House) -> TankTempCalibrationMap:
    """The calibration of every tank."""

    def of(tank: Tank) -> TankTempCalibration:
        m, b = tank.calibration.m, tank.calibration.b
        return TankTempCalibration(
            depth1_m=m[0], depth1_b=b[0], depth2_m=m[1], depth2_b=b[1], depth3_m=m[2], depth3_b=b[2]
        )

    stores = {str(i): of(tank) for i, tank in enumerate(house.store_tanks, 1)}
    return TankTempCalibrationMap(buffer=of(house.tanks[0]), tank=stores)
