"""Components of a GridWorks hardware-layout: each device of a house, with the channels it captures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layouts import names
from layouts.gridworks import CONFIGS, FLOW_CAC, FLOW_METERS, MAKES, UNKNOWN_MAKE
from layouts.ids import make_id
from layouts.model import BtuMeter, Channel, FlowModule, House, Relay, Tank, Zone

Json = dict[str, Any]

NO_TOKEN = "00000000-0000-4000-8000-000000000000"  # noqa: S105 - stands where the secret stood
_STAT = {"temp": "temperature", "set": "heatingSetpoint", "state": "thermostatOperatingState"}


def components(house: House) -> Iterator[tuple[str, str, Json]]:
    """(list of the JSON, make and model, component) of every device."""
    yield "OtherComponents", UNKNOWN_MAKE, _web_server(house)
    yield "ElectricMeterComponents", house.meter.make_model, _meter(house)
    yield "Ads111xBasedComponents", "GRIDWORKS__TSNAP1", _pipes(house)
    yield "OtherComponents", "KRIDA__DOUBLEEMR16I2CV3", _relays(house)
    yield "OtherComponents", "DFROBOT__DFR0971_TIMES2", _outputs(house)
    yield "OtherComponents", "HUBITAT__C7__LAN1", _hub(house)
    for zone in house.zones:
        yield "OtherComponents", "HONEYWELL__T6ZWAVETHERMOSTAT", _stat(house, zone)
    for tank in house.tanks:
        yield "OtherComponents", "GRIDWORKS__TANKMODULE3", _tank(house, tank)
    for flow in house.flows:
        yield "OtherComponents", f"GRIDWORKS__PICOFLOW{flow.kind.upper()}", _flow(house, flow)
    for btu in house.btus:
        yield "OtherComponents", "GRIDWORKS__GW101", _btu(house, btu)
    if house.probes:
        yield "OtherComponents", "ADAFRUIT__642", _probes(house)


def web_cac(house: House) -> str:
    """Id of the class of the web server, which has no make of its own."""
    return make_id(house.ltn.alias, "class", "web-server")


def probes_id(house: House) -> str:
    """Id of the component that stands for the 1-wire bus."""
    return make_id(house.ltn.alias, "component", names.PROBES_NODE)


def config(channel: Channel, kind: str = "channel.config", **more: object) -> Json:
    """The capture rule of a channel; `more` are the fields of its `kind` alone."""
    exponent, unit = CONFIGS[channel.telemetry]
    version = "002" if kind == "relay.actor.config" else "000"
    return {
        "ChannelName": channel.name,
        "PollPeriodMs": channel.poll_period_ms,
        "CapturePeriodS": channel.capture_period_s,
        "AsyncCapture": channel.async_delta is not None,
        "AsyncCaptureDelta": channel.async_delta,
        "Exponent": exponent,
        "Unit": unit,
        **more,
        "TypeName": kind,
        "Version": version,
    }


def _component(uid: str, make: str, shown: str, configs: list[Json], type_name: str, **more: object) -> Json:
    return {
        "ComponentId": uid,
        "ComponentAttributeClassId": MAKES.get(make, ""),
        "DisplayName": shown,
        "ConfigList": configs,
        "TypeName": type_name,
        **more,
    }


def _captured(house: House, node: str) -> list[Json]:
    return [config(channel) for channel in house.channels if channel.captured_by == node]


def _web_server(house: House) -> Json:
    server = {"Name": "default", "Host": "0.0.0.0", "Port": 8000, "Enabled": True, "Kwargs": {}}  # noqa: S104
    uid = make_id(house.ltn.alias, "component", "web-server")
    component = _component(uid, "", "Web Server default", [], "web.server.component.gt", WebServer=server)
    return component | {"ComponentAttributeClassId": web_cac(house), "Version": "001"}


def _meter(house: House) -> Json:
    meter, kind = house.meter, "electric.meter.channel.config"
    tcp = meter.kind == "tcp"
    configs = []
    for register in meter.registers:
        channel = house.channel_by_name[register.channel]
        place = {
            "Address": register.address, "Name": channel.name, "Description": "change in value",
            "Type": "f32", "Denominator": 1, "Unit": "W", "TypeName": "egauge.register.config",
            "Version": "000",
        }  # fmt: skip
        configs.append(config(channel, kind, EgaugeRegisterConfig=place if tcp else None))
    return _component(
        meter.component_id,
        meter.make_model,
        "Power Meter",
        configs,
        "electric.meter.component.gt",
        ModbusHost=meter.host if tcp else None,
        ModbusPort=meter.port if tcp else None,
        HwUid=meter.hw_uid,
        Version="001",
    )


def _pipes(house: House) -> Json:
    kind, pipes = "ads.channel.config", house.pipes
    ads = {
        "ThermistorMakeModel": "TEWA__TT0P10KC3T1051500",
        "DataProcessingMethod": "BetaWithExponentialAveraging",
        "DataProcessingDescription": "",
    }
    configs = [
        config(house.channel_by_name[t.channel], kind, TerminalBlockIdx=t.terminal, **ads)
        for t in pipes.thermistors
    ]
    shown, type_name = "Pipe Thermistors", "ads111x.based.component.gt"
    volts = [pipes.supply_v] * len(pipes.addresses)
    component = _component(pipes.component_id, "GRIDWORKS__TSNAP1", shown, configs, type_name)
    return component | {"OpenVoltageByAds": volts, "Version": "000"}


def _relays(house: House) -> Json:
    configs = [_relay(house, relay) for relay in house.relays]
    return _component(
        house.relay_component_id,
        "KRIDA__DOUBLEEMR16I2CV3",
        "i2c relay boards",
        configs,
        "i2c.multichannel.dt.relay.component.gt",
        I2cAddressList=list(house.relay_boards),
        Version="002",
    )


def _relay(house: House, relay: Relay) -> Json:
    kind = relay.kind
    return config(
        house.channel_by_name[relay.channel],
        "relay.actor.config",
        RelayIdx=relay.index,
        ActorName=relay.node,
        WiringConfig=kind.wiring.value,
        EventType=kind.event_type,
        DeEnergizingEvent=kind.rest_event,
        EnergizingEvent=kind.active_event,
        StateType=kind.state_type,
        DeEnergizedState=kind.rest_state,
        EnergizedState=kind.active_state,
    )


def _outputs(house: House) -> Json:
    configs = [
        config(
            house.channel_by_name[output.node],
            "dfr.config",
            OutputIdx=output.output_idx,
            InitialVoltsTimes100=output.default,
        )
        for output in house.zero_tens
    ]
    shown, type_name = "0-10 V Boards", "dfr.component.gt"
    component = _component(house.dac_component_id, "DFROBOT__DFR0971_TIMES2", shown, configs, type_name)
    return component | {"I2cAddressList": list(house.dac_boards), "Version": "000"}


def _hub(house: House) -> Json:
    hub = house.hub
    said = {
        "Host": hub.host, "MakerApiId": hub.maker_api_id, "AccessToken": NO_TOKEN,
        "MacAddress": hub.mac, "WebListenEnabled": True,
    }  # fmt: skip
    uid = "".join(hub.mac.split(":")[-3:]) or None
    component = _component(hub.component_id, "HUBITAT__C7__LAN1", "Hub", [], "hubitat.component.gt")
    return component | {"Hubitat": said, "HwUid": uid, "Version": "001"}


def _stat(house: House, zone: Zone) -> Json:
    attributes = [_attribute(house.channel_by_name[f"{zone.node}-{end}"], end) for end in _STAT]
    stat = f"{zone.node}-stat"
    poller = {
        "HubitatComponentId": house.hub.component_id, "DeviceId": zone.hub_device_id,
        "Attributes": attributes, "Enabled": True, "PollPeriodSeconds": 300.0, "WebListenEnabled": True,
    }  # fmt: skip
    uid = house.node_by_name[stat].component_id or ""
    make, type_name = "HONEYWELL__T6ZWAVETHERMOSTAT", "hubitat.poller.component.gt"
    component = _component(uid, make, f"{zone.node} thermostat", _captured(house, stat), type_name)
    return component | {"Poller": poller, "Version": "001"}


def _attribute(channel: Channel, end: str) -> Json:
    number = end != "state"
    return {
        "AttributeName": _STAT[end],
        "ChannelName": channel.name,
        "NodeName": channel.about,
        "TelemetryName": channel.telemetry,
        "Unit": "Fahrenheit" if number else "Unitless",
        "Exponent": 3,
        "InterpretAsNumber": number,
        **dict.fromkeys(
            ("Enabled", "ReportMissing", "ReportParseError", "WebListenEnabled", "WebPollEnabled"), True
        ),
    }


def _tank(house: House, tank: Tank) -> Json:
    captured = _captured(house, tank.name)
    make, type_name = "GRIDWORKS__TANKMODULE3", "pico.tank.module.component.gt"
    return _component(tank.component_id, make, tank.name.title(), captured, type_name) | {
        "Enabled": tank.enabled,
        "PicoHwUid": tank.hw_uid,
        "TempCalcMethod": "SimpleBeta",
        "ThermistorBeta": tank.thermistor_beta,
        "SendMicroVolts": tank.send_micro_volts,
        "Samples": tank.samples,
        "NumSampleAverages": tank.num_sample_averages,
        "SerialNumber": tank.serial_number,
        "AsyncCaptureDeltaMicroVolts": tank.async_delta_uv,
        "SensorOrder": list(tank.sensor_order) if tank.sensor_order else None,
        "Version": "011",
    }


def known_meter(meter_type: str) -> str:
    """The name of a flow meter on the wire."""
    return meter_type if meter_type in FLOW_METERS else UNKNOWN_MAKE


def _flow(house: House, flow: FlowModule) -> Json:
    hall, captured = flow.kind == "hall", _captured(house, flow.node)
    component = _component(flow.component_id, "", flow.node, captured, "pico.flow.module.component.gt")
    return component | {
        "ComponentAttributeClassId": FLOW_CAC[flow.kind],
        "HwUid": flow.hw_uid,
        "Enabled": flow.enabled,
        "SerialNumber": flow.serial_number,
        "FlowNodeName": flow.node,
        "FlowMeterType": known_meter(flow.meter_type),
        "HzCalcMethod": "BasicExpWeightedAvg",
        "GpmFromHzMethod": "Constant",
        "ConstantGallonsPerTick": flow.gallons_per_tick,
        "SendHz": flow.send_hz,
        "SendGallons": False,
        "SendTickLists": flow.send_tick_lists,
        "NoFlowMs": flow.no_flow_ms,
        "AsyncCaptureThresholdGpmTimes100": flow.async_threshold_gpm_x100,
        "PublishEmptyTicklistAfterS": flow.publish_empty_after_s if hall else None,
        "PublishAnyTicklistAfterS": None if hall else flow.publish_empty_after_s,
        "PublishTicklistPeriodS": flow.publish_period_s,
        "PublishTicklistLength": flow.publish_length,
        "ExpAlpha": flow.exp_alpha,
        "Version": "000",
    }


def _btu(house: House, btu: BtuMeter) -> Json:
    captured, type_name = _captured(house, btu.node), "pico.btu.meter.component.gt"
    return _component(btu.component_id, "GRIDWORKS__GW101", btu.node, captured, type_name) | {
        "HwUid": btu.hw_uid,
        "Enabled": btu.enabled,
        "SerialNumber": btu.serial_number,
        "FlowChannelName": btu.flow,
        "HotChannelName": btu.hot,
        "ColdChannelName": btu.cold,
        "ReadCtVoltage": btu.ct is not None,
        "SendHz": False,
        "CtChannelName": btu.ct,
        "FlowMeterType": known_meter(btu.meter_type),
        "HzCalcMethod": "UniformWindow",
        "TempCalcMethod": "SimpleBeta",
        "ThermistorBeta": btu.thermistor_beta,
        "GpmFromHzMethod": "Constant",
        "GallonsPerPulse": btu.gallons_per_pulse,
        "AsyncCaptureDeltaGpmX100": btu.async_delta_gpm_x100,
        "AsyncCaptureDeltaCelsiusX100": btu.async_delta_c_x100,
        "AsyncCaptureDeltaCtVoltsX100": btu.async_delta_ct_v_x100 if btu.ct else None,
        "Version": "000",
    }


def _probes(house: House) -> Json:
    captured = _captured(house, names.PROBES_NODE)
    return _component(probes_id(house), "ADAFRUIT__642", "1-Wire Probes", captured, "component.gt") | {
        "Version": "001"
    }
