"""What a place of the layout file is called in the hardware-layout JSON it was read from, for sentences."""

from __future__ import annotations

from layouts.gridworks import GNODES, OWN_KEY
from layouts.import_parts import BTU, FLOW, TANK

_CAPTURE = {"capture_period_s": "CapturePeriodS", "async_delta": "AsyncCaptureDelta"}
FIELDS: dict[str, dict[str, str]] = {
    "house": {"manifold": "FlowManifoldVariant", "use_sieg_loop": "UseSiegLoop"},
    "gnodes": {"alias": "Alias", "display": "DisplayName", "id": "GNodeId"},
    "zones": {"hub_device_id": "Poller.DeviceId", "stat_component_id": "ComponentId"},
    "boards": {"relay_component_id": "ComponentId", "zero_ten_component_id": "ComponentId"},
    "relays": {"index": "RelayIdx", "display": "DisplayName"},
    "zero_tens": {
        "output_idx": "OutputIdx", "default_v": "InitialVoltsTimes100", "display": "DisplayName",
    },
    "tanks": TANK | _CAPTURE,
    "flows": FLOW | _CAPTURE,
    "btus": BTU | _CAPTURE,
    "pipes": {
        "addresses": "AdsI2cAddressList", "supply_v": "OpenVoltageByAds", "component_id": "ComponentId",
        "thermistors": "TerminalBlockIdx",
    },
    "meter": {
        "host": "ModbusHost", "port": "ModbusPort", "hw_uid": "HwUid", "make_model": "MakeModel",
        "poll_period_ms": "MinPollPeriodMs", "component_id": "ComponentId",
    },
    "meter.registers": {"address": "EgaugeRegisterConfig.Address", "nameplate_w": "NameplatePowerW"},
    "hub": {
        "host": "Hubitat.Host", "mac": "Hubitat.MacAddress", "maker_api_id": "Hubitat.MakerApiId",
        "component_id": "ComponentId",
    },
    "nodes": {
        "id": "ShNodeId", "display": "DisplayName", "handle": "Handle", "runs_on": "ActorHierarchyName",
    },
    "channels": {"id": "Id", "display": "DisplayName", "about": "AboutNodeName"} | _CAPTURE,
}  # fmt: skip
"""Table of a layout -> our key -> the field of the JSON it is read from."""
_OBJECTS = {
    "zones": "thermostat of zone", "relays": "relay boards, channel",
    "zero_tens": "0-10 V boards, channel",
    "tanks": "tank module of", "flows": "flow module of", "btus": "heat meter of",
    "pipes": "Ads111xBasedComponents", "meter": "ElectricMeterComponents",
    "meter.registers": "ElectricMeterComponents, channel", "hub": "OtherComponents, hub",
    "boards": "OtherComponents, boards", "nodes": "ShNodes", "channels": "DataChannels", "house": "top",
}  # fmt: skip


def json_place(place: str, key: str = "") -> tuple[str, str]:
    """(object, field) of the JSON that `key` in table `place` comes from, also in our own part of it."""
    table, name = _split(place)
    if key and key not in FIELDS.get(table, {}):
        return f"{OWN_KEY}.{place}", key
    if table == "gnodes":
        return GNODES[name][0] if name in GNODES else place, FIELDS[table].get(key, key)
    return f"{_OBJECTS.get(table, table)} {name}".rstrip(), FIELDS.get(table, {}).get(key, key)


def _split(place: str) -> tuple[str, str]:
    """(table, name of the row)."""
    if place.startswith("meter.registers"):
        return "meter.registers", place.removeprefix("meter.registers").removeprefix(".")
    table, _, name = place.partition(".")
    return table, name
