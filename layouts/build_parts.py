"""Builds zones, relays, tanks and the other devices of a house from the tables of its file."""

from __future__ import annotations

from typing import Any

from layouts import names
from layouts.catalogue import FIRST_ZONE_INDEX
from layouts.draft import Draft
from layouts.ids import make_id
from layouts.keys import Row
from layouts.model import (
    BtuMeter,
    Calibration,
    FlowModule,
    GNode,
    Hub,
    MeterRegister,
    PipeBoard,
    PowerMeter,
    Probe,
    Relay,
    Tank,
    Thermistor,
    ZeroTen,
    Zone,
)

_GNODE_DISPLAY = {"ltn": "Leaf Transactive Node", "scada": "SCADA", "ta": "Terminal Asset"}


def component_id(draft: Draft, row: Row, name: str, key: str = "component_id") -> str:
    """The component id a table gives, or the one made from the component's name."""
    return str(row.get(key) or make_id(draft.alias, "component", name))


def gnode(draft: Draft, name: str) -> GNode:
    """Identity `ltn`, `scada` or `ta`; the latter two stand under the first."""
    row = draft.gnodes.get(name, {})
    alias = str(row.get("alias") or (draft.alias if name == "ltn" else f"{draft.alias}.{name}"))
    display = row.get("display") or f"{draft.house['display']} {_GNODE_DISPLAY[name]}"
    return GNode(alias, row.get("id") or make_id(draft.alias, "gnode", name), display)


def zone_indices(draft: Draft) -> dict[str, int]:
    """Zone name to zone number; a zone without a usable number gets its place in the file."""
    return {name: row["index"] or place for place, (name, row) in enumerate(draft.zones.items(), start=1)}


def zones(draft: Draft) -> tuple[Zone, ...]:
    """The zones by number."""
    return tuple(
        _zone(draft, name, index) for name, index in sorted(zone_indices(draft).items(), key=lambda z: z[1])
    )


def _zone(draft: Draft, name: str, index: int) -> Zone:
    row = draft.zones[name]
    node = names.zone_node(index, name)
    whitewire = f"{node}-whitewire-pwr"
    first = FIRST_ZONE_INDEX + 2 * (index - 1)
    return Zone(
        name=name,
        index=index,
        node=node,
        critical=bool(row["critical"]),
        kwh_per_deg_f=row["kwh_per_deg_f"],
        hub_device_id=row["hub_device_id"] or 0,
        failsafe_relay=f"relay{first}",
        ops_relay=f"relay{first + 1}",
        whitewire_channel=whitewire if whitewire in draft.registers else None,
    )


def relays(draft: Draft) -> tuple[Relay, ...]:
    """The relays by index; keys nobody knows are left out."""
    numbers = zone_indices(draft)
    found: list[Relay] = []
    for key, row in draft.relays.items():
        known = names.relay_kind(key, numbers)
        if known is None:
            continue
        kind, zone = known
        index = row["index"] or kind.index
        display = f"{_title(zone)} Zone {numbers[zone]} {kind.display[5:]}" if zone else kind.display
        found.append(
            Relay(
                key=key,
                index=index,
                node=f"relay{index}",
                channel=f"{key}-relay{index}",
                kind=kind,
                display=row["display"] or display,
                zone=zone,
            )
        )
    return tuple(sorted(found, key=lambda relay: relay.index))


def _title(name: str | None) -> str:
    return (name or "").replace("-", " ").title()


def zero_tens(draft: Draft) -> tuple[ZeroTen, ...]:
    """The 0-10 V outputs by terminal."""
    outputs = (
        ZeroTen(
            node=name,
            output_idx=row["output_idx"] or 0,
            default=round(row["default_v"] * 10),
            display=row["display"] or names.ZERO_TENS[name].display,
        )
        for name, row in draft.zero_tens.items()
        if name in names.ZERO_TENS
    )
    return tuple(sorted(outputs, key=lambda output: output.output_idx))


def tanks(draft: Draft) -> tuple[Tank, ...]:
    """The buffer, then the store tanks by number."""
    return tuple(
        Tank(
            name=name,
            calibration=Calibration(row["calibration_m"], row["calibration_b"]),
            component_id=component_id(draft, row, name),
            **_same(row, _TANK_FIELDS),
        )
        for name, row in sorted(draft.tanks.items())
    )


_TANK_FIELDS = (
    "hw_uid", "capture_period_s", "samples", "num_sample_averages", "async_delta_uv", "thermistor_beta",
    "send_micro_volts", "sensor_order", "serial_number", "enabled",
)  # fmt: skip
_FLOW_FIELDS = (
    "kind",
    "hw_uid",
    "capture_period_s",
    "send_hz",
    "send_tick_lists",
    "serial_number",
    "enabled",
)
_BTU_FIELDS = (
    "hw_uid", "gallons_per_pulse", "thermistor_beta", "async_delta_gpm_x100", "async_delta_c_x100",
    "async_delta_ct_v_x100", "capture_period_s", "meter_type", "serial_number", "enabled",
)  # fmt: skip
_METER_FIELDS = (
    "make_model", "kind", "host", "port", "serial_port", "baud", "parity", "function", "unit_id", "hw_uid",
    "poll_period_ms",
)  # fmt: skip


def _same(row: Row, fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in fields}


def flows(draft: Draft) -> tuple[FlowModule, ...]:
    """The flow modules in the order of the file."""
    return tuple(
        FlowModule(
            node=name,
            component_id=component_id(draft, row, name),
            **_same(row, _FLOW_FIELDS),
            **{key: _first(row[key], value) for key, value in names.FLOW_KINDS[row["kind"]].items()},
        )
        for name, row in draft.flows.items()
        if name in names.FLOWS
    )


def _first(said: Any, otherwise: Any) -> Any:
    return otherwise if said is None else said


def btus(draft: Draft) -> tuple[BtuMeter, ...]:
    """The heat meters in the order of the file."""
    return tuple(
        BtuMeter(
            node=name,
            flow=row["flow"] or names.BTUS[name].flow,
            hot=row["hot"] or names.BTUS[name].hot,
            cold=row["cold"] or names.BTUS[name].cold,
            ct=f"{name}-ct" if row["read_ct"] else None,
            component_id=component_id(draft, row, name),
            **_same(row, _BTU_FIELDS),
        )
        for name, row in draft.btus.items()
        if name in names.BTUS
    )


def probes(draft: Draft) -> tuple[Probe, ...]:
    """The 1-wire probes in the order of the file."""
    return tuple(Probe(name, rom or "") for name, rom in draft.probes.items())


def pipes(draft: Draft) -> PipeBoard:
    """The pipe board, its thermistors by terminal."""
    terminals = sorted(draft.thermistors.items(), key=lambda item: item[1] or 0)
    return PipeBoard(
        node=names.PIPES_NODE,
        addresses=draft.pipes["addresses"],
        supply_v=draft.pipes["supply_v"],
        thermistors=tuple(Thermistor(name, terminal or 0) for name, terminal in terminals),
        component_id=component_id(draft, draft.pipes, names.PIPES_NODE),
    )


def meter(draft: Draft) -> PowerMeter:
    """The power meter, its registers in the order of the file."""
    return PowerMeter(
        node=names.METER_NODE,
        registers=tuple(
            MeterRegister(name, row["address"] or 0, row["scale_w"]) for name, row in draft.registers.items()
        ),
        component_id=component_id(draft, draft.meter, names.METER_NODE),
        **_same(draft.meter, _METER_FIELDS),
    )


def hub(draft: Draft) -> Hub:
    """The hub of the thermostats."""
    return Hub(
        node=names.HUB_NODE,
        component_id=component_id(draft, draft.hub, names.HUB_NODE),
        **_same(draft.hub, ("host", "mac", "maker_api_id", "port")),
    )
