"""Builds the data channels of a house: what each device captures, how often, and when it counts as stale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layouts import names
from layouts.catalogue import PHYSICAL, GwUnit
from layouts.draft import Draft
from layouts.ids import make_id
from layouts.model import BtuMeter, Channel, DerivedChannel, FlowModule, House, Relay, Tank, ZeroTen, Zone
from layouts.names import Capture, Known


def raw_channels(draft: Draft, house: House) -> tuple[Channel, ...]:
    """Every channel a device of the house captures, with what [channels.*] says of it."""
    return tuple(_override(draft, channel) for channel in _captured(draft, house))


def _captured(draft: Draft, house: House) -> Iterator[Channel]:
    yield from _powers(draft, house)
    yield from _pipes(draft, house)
    for flow in house.flows:
        yield from _flow(flow)
    for btu in house.btus:
        yield from _btu(btu)
    for probe in house.probes:
        display = f"{_known(names.PIPES, probe.channel)} Temp"
        yield _channel(names.PROBE, probe.channel, probe.channel, names.PROBES_NODE, display)
    for tank in house.tanks:
        yield from _tank(tank)
    for zone in house.zones:
        yield from _stat(zone)
    for relay in house.relays:
        yield _relay(relay)
    for output in house.zero_tens:
        yield _zero_ten(output)


def _powers(draft: Draft, house: House) -> Iterator[Channel]:
    for register in house.meter.registers:
        name = register.channel
        said = draft.registers[name]["in_power_metering"]
        capture = names.HEAT_PUMP_POWER if name in names.METERED_HEAT_PUMP else names.POWER
        yield _channel(
            capture,
            name,
            name.removesuffix("-pwr"),
            names.METER_NODE,
            _known(names.POWERS, name),
            sample_ms=house.meter.poll_period_ms,
            poll_period_ms=house.meter.poll_period_ms,
            in_power_metering=name in names.METERED_HEAT_PUMP if said is None else said,
        )


def _pipes(draft: Draft, house: House) -> Iterator[Channel]:
    for thermistor in house.pipes.thermistors:
        name = thermistor.channel
        display = f"{_known(names.PIPES, name)} Temp"
        yield _channel(names.PIPE, name, name, names.PIPES_NODE, display)


def _flow(flow: FlowModule) -> Iterator[Channel]:
    threshold = flow.async_threshold_gpm_x100
    common = {"sample_ms": 1000 * flow.publish_empty_after_s, "capture_period_s": flow.capture_period_s}
    display = _known(names.FLOWS, flow.node)
    yield _channel(names.FLOW, flow.node, flow.node, flow.node, display, async_delta=threshold, **common)
    if flow.send_hz:
        hz = f"{flow.node}-hz"
        delta = max(1, round(threshold / 100 / 60 / flow.gallons_per_tick * 1e6))
        yield _channel(names.FLOW_HZ, hz, flow.node, flow.node, f"{display} Hz", async_delta=delta, **common)


def _btu(btu: BtuMeter) -> Iterator[Channel]:
    common = {"sample_ms": 1000 * btu.capture_period_s, "capture_period_s": btu.capture_period_s}
    display, delta = _known(names.FLOWS, btu.flow), btu.async_delta_gpm_x100
    yield _channel(names.BTU_FLOW, btu.flow, btu.flow, btu.node, display, async_delta=delta, **common)
    for pipe in (btu.hot, btu.cold):
        display, delta = f"{_known(names.PIPES, pipe)} Temp", 10 * btu.async_delta_c_x100
        yield _channel(names.BTU_TEMP, pipe, pipe, btu.node, display, async_delta=delta, **common)
    if btu.ct is not None:
        display = f"{names.BTUS[btu.node].display} Current Transformer"
        delta = btu.async_delta_ct_v_x100
        yield _channel(names.BTU_CT, btu.ct, btu.node, btu.node, display, async_delta=delta, **common)


def _tank(tank: Tank) -> Iterator[Channel]:
    common = {"sample_ms": 1000 * tank.capture_period_s, "capture_period_s": tank.capture_period_s}
    for depth in names.DEPTHS:
        node = f"{tank.name}-depth{depth}"
        display = f"{tank.name.title()} Depth {depth}"
        yield _channel(names.TANK, f"{node}-device", node, tank.name, f"{display} Device Temp", **common)
        if tank.send_micro_volts:
            yield _channel(
                names.TANK_UV, f"{node}-micro-v", node, tank.name, f"{display} MicroVolts", **common
            )


def _stat(zone: Zone) -> Iterator[Channel]:
    stat, display = f"{zone.node}-stat", zone.node.replace("-", " ").title()
    yield _channel(names.ROOM, f"{zone.node}-temp", zone.node, stat, f"{display} Temp")
    yield _channel(names.ROOM, f"{zone.node}-set", stat, stat, f"{display} Set")
    yield _channel(names.STAT_STATE, f"{zone.node}-state", stat, stat, f"{display} State")


def _relay(relay: Relay) -> Channel:
    return _channel(names.RELAY, relay.channel, relay.node, names.RELAYS_NODE, f"{relay.display} State")


def _zero_ten(output: ZeroTen) -> Channel:
    return _channel(names.ZERO_TEN, output.node, output.node, names.ZERO_TENS_NODE, output.display)


def _known(table: dict[str, Known], name: str) -> str:
    return table[name].display if name in table else name.replace("-", " ").title()


def _channel(
    capture: Capture,
    name: str,
    about: str,
    captured_by: str,
    display: str,
    *,
    sample_ms: int | None = None,
    **other: Any,
) -> Channel:
    unit, scale = PHYSICAL[capture.telemetry]
    sample = sample_ms or capture.sample_ms or 1000 * capture.capture_period_s
    fields: dict[str, Any] = {
        "capture_period_s": capture.capture_period_s,
        "async_delta": capture.async_delta,
        "poll_period_ms": capture.poll_period_ms,
        "sample_period_ms": sample,
        "stale_ms": max(capture.floor_ms, shortest_stale_ms(sample)),
    }
    return Channel(
        name=name,
        id="",
        about=about,
        captured_by=captured_by,
        telemetry=capture.telemetry.value,
        display=display,
        unit=unit,
        scale=scale,
        **(fields | other),
    )


def shortest_stale_ms(sample_period_ms: int) -> int:
    """A value may count as stale only after two and a half of its sampling periods."""
    return 5 * sample_period_ms // 2


def _override(draft: Draft, channel: Channel) -> Channel:
    """The channel with its id and with what [channels.<name>] says of it."""
    row = draft.channels.get(channel.name, {})
    fields = {name: getattr(channel, name) for name in Channel.__struct_fields__}
    for key in ("id", "display", "about", "capture_period_s", "async_delta"):
        fields[key] = row.get(key) or fields[key]
    fields["id"] = fields["id"] or make_id(draft.alias, "channel", channel.name)
    if row.get("stale_s"):
        fields["stale_ms"] = 1000 * row["stale_s"]
    if not row.get("async_capture", True):
        fields["async_delta"] = None
    return Channel(**fields)


# ------------------------------------------------------------------------------------------- derived


def derived_channels(draft: Draft, house: House) -> tuple[DerivedChannel, ...]:
    """The channels the house computes: energies, and the effective temperature of every depth."""
    found = [
        _derived(draft, "usable-energy", "layer-by-layer", GwUnit.WATT_HOURS, "Usable Energy Wh"),
        _derived(draft, "required-energy", "layer-by-layer", GwUnit.WATT_HOURS, "Required Energy Wh"),
    ]
    for tank in house.tanks:
        for depth in names.DEPTHS:
            display = f"{tank.name.title()} Depth{depth} Effective Temperature"
            name = f"{tank.name}-depth{depth}"
            found.append(_derived(draft, name, "linear-fit", GwUnit.FAHRENHEIT_X100, display))
    return tuple(found)


def _derived(draft: Draft, name: str, strategy: str, gw_unit: GwUnit, display: str) -> DerivedChannel:
    row = draft.channels.get(name, {})
    unit, scale = PHYSICAL[gw_unit]
    return DerivedChannel(
        name=name,
        id=row.get("id") or make_id(draft.alias, "derived", name),
        created_by=names.DERIVED_NODE,
        strategy=strategy,
        gw_unit=gw_unit.value,
        unit=unit,
        scale=scale,
        display=row.get("display") or display,
        stale_ms=1000 * (row.get("stale_s") or 150),
        capture_period_s=row.get("capture_period_s") or 60,
    )
