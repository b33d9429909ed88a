"""Writes a house as a GridWorks hardware-layout JSON, which their own loader accepts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from layouts import names
from layouts.export_parts import Json, components, known_meter, probes_id, web_cac
from layouts.gridworks import CAC_LISTS, COMPONENT_LISTS, GNODES, MAKES, OWN_KEY, UNKNOWN_MAKE
from layouts.import_json import house_from
from layouts.marks import MARKS
from layouts.model import Calibration, Channel, DerivedChannel, GNode, House, Node

_WANTED_THERE = {"tstat-common": "relay2", "thermistor-common": "relay7"}


def export_json(house: House, marks: Sequence[str] = ()) -> tuple[str, list[str]]:
    """(the text of the JSON, sentences on what the format cannot say); the import gives the same house.

    `marks`: places of the layout file that are only assumed.
    """
    document = hardware_layout(house)
    if marks:
        document[OWN_KEY][MARKS] = list(marks)
    document[OWN_KEY] |= _own_of_channels(document, house)
    text = json.dumps(_bare(document), indent=2, ensure_ascii=False) + "\n"
    again, _ = house_from(json.loads(text), house.name, house.file)
    lost = list(_sentences(house))
    if again is None or same(again) != same(house):
        lost.append(f"{house.file}: not everything of this house can be told; import the file and compare.")
    return text, lost


def same(house: House) -> House:
    """The house without the name of its file, for comparing."""
    return replace(house, name="", file="")


def hardware_layout(house: House) -> Json:
    """The whole document; what the format has no place for stands under a key of ours."""
    document: Json = {
        "Strategy": "House0",
        "FlowManifoldVariant": house.manifold,
        "UseSiegLoop": house.use_sieg_loop,
        "ZoneList": [zone.name for zone in house.zones],
        "CriticalZoneList": [zone.name for zone in house.zones if zone.critical],
        "ZoneKwhPerDegFList": [zone.kwh_per_deg_f for zone in house.zones],
        "TotalStoreTanks": len(house.store_tanks),
        "SynthChannels": [],
        "ShNodes": [_node(house, node) for node in house.nodes],
        "DataChannels": [_channel(house, channel) for channel in house.channels],
        "DerivedChannels": [_derived(house, channel) for channel in house.derived],
        OWN_KEY: _own(house),
    }
    gnodes = {"ltn": house.ltn, "scada": house.scada, "ta": house.terminal_asset}
    document |= {GNODES[name][0]: _gnode(gnode, GNODES[name][1]) for name, gnode in gnodes.items()}
    document |= {name: [] for name in (*CAC_LISTS, *COMPONENT_LISTS)}
    for place, make, component in components(house):
        document[place].append(component)
        classes = document[place.replace("Components", "Cacs")]
        found = _class(house, place, make)
        if found not in classes:
            classes.append(found)
        component["ComponentAttributeClassId"] = found["ComponentAttributeClassId"]
    return document


def _bare(value: Any) -> Any:
    """Sorted and without the fields that say nothing, as GridWorks writes it; our own tables as they are."""
    if isinstance(value, dict):
        found = sorted(value.items())
        return {key: item if key == OWN_KEY else _bare(item) for key, item in found if item is not None}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _gnode(gnode: GNode, kind: str) -> Json:
    said = {"GNodeId": gnode.id, "Alias": gnode.alias, "DisplayName": gnode.display}
    return said | {"GNodeStatus": "Active", "GNodeClass": kind}


def _class(house: House, place: str, make: str) -> Json:
    said: Json = {
        "ComponentAttributeClassId": MAKES.get(make) or web_cac(house),
        "DisplayName": "Web Server CAC" if make == UNKNOWN_MAKE else make,
        "MakeModel": make,
        "TypeName": "component.attribute.class.gt",
        "Version": "001",
    }
    if place == "ElectricMeterComponents":
        poll = {"MinPollPeriodMs": house.meter.poll_period_ms, "TelemetryNameList": ["PowerW"]}
        return said | poll | {"TypeName": "electric.meter.cac.gt"}
    if place == "Ads111xBasedComponents":
        chips = list(house.pipes.addresses)
        return said | {
            "AdsI2cAddressList": chips,
            "TotalTerminalBlocks": 4 * len(chips),
            "TelemetryNameList": ["WaterTempCTimes1000", "AirTempCTimes1000"],
            "MinPollPeriodMs": 200,
            "TypeName": "ads111x.based.cac.gt",
            "Version": "000",
        }
    return said


def _node(house: House, node: Node) -> Json:
    one_wire = node.name == names.PROBES_NODE
    said: Json = {
        "ShNodeId": node.id,
        "Name": node.name,
        "ActorClass": "NoActor" if one_wire else node.actor_class,
        "ActorHierarchyName": node.hierarchy,
        "Handle": node.handle,
        "DisplayName": node.display,
        "ComponentId": probes_id(house) if one_wire else node.component_id,
        "NameplatePowerW": node.nameplate_w,
        "InPowerMetering": node.in_power_metering,
        "TypeName": "spaceheat.node.gt",
        "Version": "300",
    }
    if node.name == names.DERIVED_NODE:
        said["TankTempCalibrationMap"] = _calibration(house)
    return said


def _calibration(house: House) -> Json:
    kind = {"TypeName": "gw1.tank.temp.calibration", "Version": "000"}
    buffer, *stores = ({**_lines(tank.calibration), **kind} for tank in house.tanks)
    return {
        "Buffer": buffer,
        "Tank": {str(number): row for number, row in enumerate(stores, start=1)},
        "TypeName": "gw1.tank.temp.calibration.map",
        "Version": "000",
    }


def _lines(calibration: Calibration) -> Json:
    """m and b of every depth."""
    pairs = zip(names.DEPTHS, calibration.m, calibration.b, strict=True)
    return {
        key: value for depth, m, b in pairs for key, value in ((f"Depth{depth}M", m), (f"Depth{depth}B", b))
    }


def _channel(house: House, channel: Channel) -> Json:
    return {
        "Id": channel.id,
        "Name": channel.name,
        "DisplayName": channel.display,
        "AboutNodeName": channel.about,
        "CapturedByNodeName": channel.captured_by,
        "TelemetryName": channel.telemetry,
        "TerminalAssetAlias": house.terminal_asset.alias,
        "InPowerMetering": channel.in_power_metering,
        "TypeName": "data.channel.gt",
        "Version": "001",
    }


def _derived(house: House, channel: DerivedChannel) -> Json:
    return {
        "Id": channel.id,
        "Name": channel.name,
        "CreatedByNodeName": channel.created_by,
        "Strategy": channel.strategy,
        "OutputUnit": channel.gw_unit,
        "DisplayName": channel.display,
        "TerminalAssetAlias": house.terminal_asset.alias,
        "TypeName": "derived.channel.gt",
        "Version": "000",
    }


# ------------------------------------------------------------------ what the format has no place for


def _own(house: House) -> Json:
    meter = house.meter
    registers = {
        register.channel: {"address": register.address, "scale_w": register.scale_w}
        for register in meter.registers
        if register.scale_w != 1 or meter.kind != "tcp"
    }
    line = {"serial_port": meter.serial_port, "baud": meter.baud, "parity": meter.parity}
    said = {"kind": meter.kind, "function": meter.function, "unit_id": meter.unit_id}
    own: Json = {
        "house": {"display": house.display, "boiler": house.boiler},
        "hub": {"port": house.hub.port},
        "meter": said | (line if meter.kind == "rtu" else {}) | {"registers": registers},
    }
    if house.probes:
        own["probes"] = {probe.channel: probe.rom for probe in house.probes}
    for table, modules in (("flows", house.flows), ("btus", house.btus)):
        strange = {
            m.node: {"meter_type": m.meter_type} for m in modules if known_meter(m.meter_type) != m.meter_type
        }
        if strange:
            own[table] = strange
    shown = {
        relay.key: {"display": relay.display}
        for relay in house.relays
        if house.node_by_name[relay.node].display != relay.display
    }
    return own | ({"relays": shown} if shown else {})


def _own_of_channels(document: Json, house: House) -> Json:
    """When the channels go stale, where that is not what follows from the rest."""
    again, _ = house_from(document, house.name, house.file)
    usual: dict[str, int] = {}
    if again is not None:
        usual = {c.name: c.stale_ms for c in again.channels} | {c.name: c.stale_ms for c in again.derived}
    every: tuple[Channel | DerivedChannel, ...] = (*house.channels, *house.derived)
    rules = {}
    for channel in every:
        found = usual.get(channel.name)
        row = {}
        if found is not None and found != channel.stale_ms:
            row["stale_s"] = channel.stale_ms // 1000
        if isinstance(channel, DerivedChannel) and channel.capture_period_s != 60:
            row["capture_period_s"] = channel.capture_period_s
        if row:
            rules[channel.name] = row
    return {"channels": rules} if rules else {}


def _sentences(house: House) -> Iterator[str]:
    """What GridWorks' own program will miss or take otherwise."""
    for key, node in _WANTED_THERE.items():
        if key not in house.relay_by_key:
            yield f"{house.file} [relays]: GridWorks' loader wants {node} ({key}), which this house has not."
    yield (
        f"{house.file} [hub]: the access token of the hub is a secret and stands in no layout; write it over "
        "the zeros of AccessToken by hand where GridWorks' program is to ask the hub."
    )
    if house.probes:
        yield (
            f"{house.file} [probes]: GridWorks' program does not read 1-wire probes; their channels are "
            "named, nobody there will measure them."
        )
    if house.meter.kind != "tcp":
        yield f"{house.file} [meter]: GridWorks' program reads no meter on a serial line."
