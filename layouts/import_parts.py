"""Reads the components of a GridWorks hardware-layout JSON into the tables of a layout file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layouts import names
from layouts.gridworks import KIND_OF_FLOW_CAC, UNKNOWN_MAKE
from layouts.usual import Root

Json = dict[str, Any]

TANK_TYPES = ("pico.tank.module.component.gt", "sim.pico.tank.module.component.gt")


def table(value: object) -> Json:
    """The value if it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Json]:
    """The tables in a list, whatever else it may hold."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


class Source:
    """The JSON, its nodes, channels, classes and components by what they are called."""

    def __init__(
        self, document: Json, component_lists: tuple[str, ...], class_lists: tuple[str, ...]
    ) -> None:
        """`document` may hold anything; only what has the right shape is seen."""
        self.document = document
        self.nodes = {word(row, "Name"): row for row in rows(document.get("ShNodes"))}
        self.channels = {word(row, "Name"): row for row in rows(document.get("DataChannels"))}
        self.derived = {word(row, "Name"): row for row in rows(document.get("DerivedChannels"))}
        self.classes = {
            word(row, "ComponentAttributeClassId"): row
            for name in class_lists
            for row in rows(document.get(name))
        }
        self.components = [row for name in component_lists for row in rows(document.get(name))]
        self.owners: dict[str, list[str]] = {}
        for name, node in self.nodes.items():
            self.owners.setdefault(word(node, "ComponentId"), []).append(name)

    def of(self, *types: str) -> list[Json]:
        """Components of these types, in the order of the file."""
        return [row for row in self.components if row.get("TypeName") in types]

    def first(self, type_name: str) -> Json:
        """The first component of a type; empty if there is none."""
        return next(iter(self.of(type_name)), {})

    def node_of(self, component: Json) -> str:
        """The node that a component belongs to, "" if none does."""
        return next(iter(self.owners.get(word(component, "ComponentId"), [])), "")

    def class_of(self, component: Json) -> Json:
        """The component attribute class of a component."""
        return self.classes.get(word(component, "ComponentAttributeClassId"), {})


def word(row: Json, key: str) -> str:
    """The text under a key, "" where there is none."""
    value = row.get(key)
    return value if isinstance(value, str) else ""


def configs(component: Json) -> list[Json]:
    """The capture rules of a component."""
    return rows(component.get("ConfigList"))


def _pick(component: Json, fields: dict[str, str]) -> Root:
    """Our key = their field, where it says something."""
    return {ours: component[theirs] for ours, theirs in fields.items() if component.get(theirs) is not None}


def _period(component: Json, channel: str) -> Root:
    found = next((c for c in configs(component) if c.get("ChannelName") == channel), {})
    return _pick(found, {"capture_period_s": "CapturePeriodS"})


def devices(source: Source) -> Root:
    """Every table that describes a device; absent where the JSON has no such device."""
    found = {
        "boards": _boards(source),
        "relays": dict(_relays(source)),
        "zero_tens": _outputs(source),
        "tanks": dict(_tanks(source)),
        "flows": dict(_flows(source)),
        "btus": dict(_btus(source)),
        "pipes": _pipes(source),
        "meter": _meter(source),
        "hub": _hub(source),
    }
    return {name: rows for name, rows in found.items() if rows}


def _boards(source: Source) -> Root:
    relays, outputs = source.first("i2c.multichannel.dt.relay.component.gt"), source.first("dfr.component.gt")
    fields = {"relays": "I2cAddressList", "relay_component_id": "ComponentId"}
    others = {"zero_ten": "I2cAddressList", "zero_ten_component_id": "ComponentId"}
    return _pick(relays, fields) | _pick(outputs, others)


def _relays(source: Source) -> Iterator[tuple[str, Root]]:
    for config in configs(source.first("i2c.multichannel.dt.relay.component.gt")):
        index = config.get("RelayIdx")
        key = word(config, "ChannelName").removesuffix(f"-relay{index}")
        if key:
            yield key, {"index": index} | _shown(source, f"relay{index}")


def _outputs(source: Source) -> Root:
    found: Root = {}
    for config in configs(source.first("dfr.component.gt")):
        row = _pick(config, {"output_idx": "OutputIdx"})
        tenths = config.get("InitialVoltsTimes100")  # volts x 10, whatever the name says
        if isinstance(tenths, int):
            row["default_v"] = tenths / 10
        name = word(config, "ChannelName")
        found[name] = row | _shown(source, name)
    return found


def _shown(source: Source, node: str) -> Root:
    return _pick(source.nodes.get(node, {}), {"display": "DisplayName"})


TANK = {
    "hw_uid": "PicoHwUid", "samples": "Samples", "num_sample_averages": "NumSampleAverages",
    "async_delta_uv": "AsyncCaptureDeltaMicroVolts", "thermistor_beta": "ThermistorBeta",
    "send_micro_volts": "SendMicroVolts", "sensor_order": "SensorOrder", "serial_number": "SerialNumber",
    "enabled": "Enabled", "component_id": "ComponentId",
}  # fmt: skip
FLOW = {
    "hw_uid": "HwUid", "meter_type": "FlowMeterType", "gallons_per_tick": "ConstantGallonsPerTick",
    "async_threshold_gpm_x100": "AsyncCaptureThresholdGpmTimes100", "no_flow_ms": "NoFlowMs",
    "publish_period_s": "PublishTicklistPeriodS", "publish_length": "PublishTicklistLength",
    "exp_alpha": "ExpAlpha", "send_hz": "SendHz", "send_tick_lists": "SendTickLists",
    "serial_number": "SerialNumber", "enabled": "Enabled", "component_id": "ComponentId",
}  # fmt: skip
BTU = {
    "hw_uid": "HwUid", "flow": "FlowChannelName", "hot": "HotChannelName", "cold": "ColdChannelName",
    "read_ct": "ReadCtVoltage", "meter_type": "FlowMeterType", "gallons_per_pulse": "GallonsPerPulse",
    "thermistor_beta": "ThermistorBeta", "async_delta_gpm_x100": "AsyncCaptureDeltaGpmX100",
    "async_delta_c_x100": "AsyncCaptureDeltaCelsiusX100", "serial_number": "SerialNumber",
    "async_delta_ct_v_x100": "AsyncCaptureDeltaCtVoltsX100", "enabled": "Enabled",
    "component_id": "ComponentId",
}  # fmt: skip


def _tanks(source: Source) -> Iterator[tuple[str, Root]]:
    maps = table(source.nodes.get(names.DERIVED_NODE, {}).get("TankTempCalibrationMap"))
    stores = table(maps.get("Tank"))
    count = source.document.get("TotalStoreTanks")
    wanted = [
        "buffer",
        *(f"tank{n}" for n in range(1, 1 + (count if isinstance(count, int) else 0)) if n < 7),
    ]
    found = {source.node_of(component): component for component in source.of(*TANK_TYPES)}
    for name in dict.fromkeys([*wanted, *found]):
        component = found.get(name)
        line = table(maps.get("Buffer") if name == "buffer" else stores.get(name.removeprefix("tank")))
        row = _calibration(line)
        if component is not None:
            row = _pick(component, TANK) | _period(component, f"{name}-depth1-device") | row
        if name and (component is not None or row):
            yield name, row


def _calibration(line: Json) -> Root:
    keys = {letter: [f"Depth{depth}{letter.upper()}" for depth in names.DEPTHS] for letter in ("m", "b")}
    return {
        f"calibration_{letter}": [line[field] for field in fields]
        for letter, fields in keys.items()
        if all(field in line for field in fields)
    }


def _flows(source: Source) -> Iterator[tuple[str, Root]]:
    for component in source.of("pico.flow.module.component.gt"):
        name = word(component, "FlowNodeName") or source.node_of(component)
        kind = KIND_OF_FLOW_CAC.get(word(component, "ComponentAttributeClassId"), "")
        kind = kind or ("hall" if component.get("PublishEmptyTicklistAfterS") is not None else "reed")
        empty = "PublishEmptyTicklistAfterS" if kind == "hall" else "PublishAnyTicklistAfterS"
        row = {"kind": kind} | _pick(component, FLOW | {"publish_empty_after_s": empty})
        yield name, _metered(row) | _period(component, name)


def _btus(source: Source) -> Iterator[tuple[str, Root]]:
    for component in source.of("pico.btu.meter.component.gt"):
        row = _metered(_pick(component, BTU))
        yield source.node_of(component), row | _period(component, str(row.get("flow")))


def _metered(row: Root) -> Root:
    return {key: value for key, value in row.items() if (key, value) != ("meter_type", UNKNOWN_MAKE)}


def _pipes(source: Source) -> Root:
    board = source.first("ads111x.based.component.gt")
    row = _pick(board, {"component_id": "ComponentId"})
    row |= _pick(source.class_of(board), {"addresses": "AdsI2cAddressList"})
    volts = board.get("OpenVoltageByAds")
    if isinstance(volts, list) and volts:
        row["supply_v"] = volts[0]
    places = {word(config, "ChannelName"): config.get("TerminalBlockIdx") for config in configs(board)}
    return row | ({"thermistors": places} if places else {})


def _meter(source: Source) -> Root:
    component = source.first("electric.meter.component.gt")
    kind = source.class_of(component)
    fields = {"host": "ModbusHost", "port": "ModbusPort", "hw_uid": "HwUid", "component_id": "ComponentId"}
    row = _pick(component, fields)
    row |= _pick(kind, {"make_model": "MakeModel", "poll_period_ms": "MinPollPeriodMs"})
    registers: Root = {}
    for config in configs(component):
        name = word(config, "ChannelName")
        channel = source.channels.get(name, {})
        place = _pick(table(config.get("EgaugeRegisterConfig")), {"address": "Address"})
        node = source.nodes.get(word(channel, "AboutNodeName"), {})
        place |= _pick(node, {"nameplate_w": "NameplatePowerW"})
        metering = bool(channel.get("InPowerMetering"))
        if metering != (name in names.METERED_HEAT_PUMP):
            place["in_power_metering"] = metering
        registers[name] = place
    return row | ({"registers": registers} if registers else {})


def _hub(source: Source) -> Root:
    component = source.first("hubitat.component.gt")
    said = {"host": "Host", "mac": "MacAddress", "maker_api_id": "MakerApiId"}
    row = _pick(table(component.get("Hubitat")), said) | _pick(component, {"component_id": "ComponentId"})
    if isinstance(row.get("mac"), str):
        row["mac"] = row["mac"].lower()
    return row


def zones(source: Source) -> Root:
    """The heated zones by name."""
    document = source.document
    listed = document.get("ZoneList")
    known = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    critical, heat = document.get("CriticalZoneList"), document.get("ZoneKwhPerDegFList")
    found: Root = {}
    for index, name in enumerate(known, start=1):
        row: Root = {"index": index}
        if isinstance(critical, list):
            row["critical"] = name in critical
        if isinstance(heat, list) and len(heat) >= index:
            row["kwh_per_deg_f"] = heat[index - 1]
        stat = source.nodes.get(f"{names.zone_node(index, name)}-stat", {})
        uid = word(stat, "ComponentId")
        poller = next((c for c in source.components if uid and c.get("ComponentId") == uid), {})
        row |= _pick(table(poller.get("Poller")), {"hub_device_id": "DeviceId"})
        found[name] = row | _pick(stat, {"stat_component_id": "ComponentId"})
    return found
