"""What `layout show` and `settings` print, and the pages of docs/ that are made of layouts and settings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

import msgspec

from layouts.bounds import BOUNDS
from layouts.catalogue import Wiring
from layouts.config import Setting
from layouts.model import Channel, DerivedChannel, House, Relay
from layouts.pages import render_channels, render_layout_file, render_settings
from layouts.settings import Settings
from layouts.text_table import WIDTH, text_table

__all__ = ["layout_show", "render_channels", "render_layout_file", "render_settings", "settings_show"]

VALUE_WIDTH = 52
_WIRING = {Wiring.NC: "NC", Wiring.NO: "NO", Wiring.DT: "DT"}


def layout_show(house: House, as_json: bool = False) -> str:
    """The house as tables for a terminal, or whole as JSON."""
    if as_json:
        return msgspec.json.format(msgspec.json.encode(house), indent=2).decode()
    head = f"{house.display} ({house.file}): {house.manifold}, {'with' if house.boiler else 'no'} boiler"
    return "\n\n".join([head, *(f"{title}\n{table}" for title, table in _tables(house))])


def settings_show(settings: Settings, rows: Sequence[Setting]) -> str:
    """Every setting: value, where it comes from, bounds, meaning; of secrets only the file names."""
    lines = [f"Settings of {settings.file}" if settings.file else "Built-in settings; no file was read"]
    table = ""
    for row in rows:
        head, _, key = row.name.partition(".")
        if head != table:
            table = head
            lines += ["", f"[{table}] {BOUNDS[table][0]}"]
        lines += _setting(key, row)
    return "\n".join(lines)


def _setting(key: str, row: Setting) -> list[str]:
    """Value, source and bounds beside each other; a long value stands above them; then the meaning."""
    value = f"  {key} = {row.value}"
    above: list[str] = []
    if len(value) > VALUE_WIDTH:
        above = _wrapped(value.strip(), "  ", "    ") if row.value.startswith("[") else [value]
        value = ""
    beside = f"{value:<{VALUE_WIDTH}}  {row.source:<16}  "
    return [*above, *_wrapped(row.bounds, beside, " " * len(beside)), *_wrapped(row.says, " " * 6, " " * 6)]


def _wrapped(text: str, first: str, later: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _tables(house: House) -> Iterator[tuple[str, str]]:
    yield "Identities", _identities(house)
    yield "Zones", _zones(house)
    yield "Tanks, hot to cold", _tanks(house)
    yield "Relays (a de-energised coil is at rest)", _relays(house)
    yield "0-10 V outputs", _outputs(house)
    yield f"Pipe thermistors at {_hexes(house.pipes.addresses)}", _thermistors(house)
    yield _meter_title(house), _meter(house)
    yield "Wi-Fi sensor modules", _picos(house)
    yield f"Channels ({len(house.channels)})", _channels(house)
    yield f"Derived channels ({len(house.derived)})", _derived(house)
    yield f"Nodes ({len(house.nodes)})", _nodes(house)


def _identities(house: House) -> str:
    gnodes = (
        ("leaf transactive node", house.ltn),
        ("scada", house.scada),
        ("terminal asset", house.terminal_asset),
    )
    return text_table(("what", "alias", "id"), [(what, gnode.alias, gnode.id) for what, gnode in gnodes])


def _zones(house: House) -> str:
    rows = [
        (z.index, z.name, z.critical, z.kwh_per_deg_f, z.hub_device_id, z.failsafe_relay, z.ops_relay,
         z.whitewire_channel)
        for z in house.zones
    ]  # fmt: skip
    return text_table(
        ("zone", "name", "critical", "kWh/°F", "hub device", "failsafe", "ops", "call wire"), rows
    )


def _tanks(house: House) -> str:
    rows = [
        (tank.name, tank.hw_uid or "first to call", tank.capture_period_s, tank.async_delta_uv, tank.enabled,
         " ".join(f"{m:g}x{b:+g}" for m, b in zip(tank.calibration.m, tank.calibration.b, strict=True)))
        for tank in house.tanks
    ]  # fmt: skip
    return text_table(("tank", "module", "every s", "change µV", "enabled", "calibration, top first"), rows)


def relay_place(house: House, relay: Relay) -> tuple[str, str]:
    """Board address and PCF8575 pin of a relay: 1 to 8 are P07 down to P00, 9 to 16 are P10 up to P17."""
    board, place = divmod(relay.index - 1, 16)
    pin = 7 - place if place < 8 else place
    return f"0x{house.relay_boards[board]:02X}", f"P{pin // 8}{pin % 8}"


def _relays(house: House) -> str:
    rows = [
        (
            r.index,
            r.key,
            *relay_place(house, r),
            _WIRING[r.kind.wiring],
            r.kind.rest_state,
            r.kind.active_state,
        )
        for r in house.relays
    ]
    return text_table(("relay", "name", "board", "pin", "wiring", "at rest", "energised"), rows)


def _outputs(house: House) -> str:
    rows = [
        (z.node, z.output_idx, f"0x{house.dac_boards[(z.output_idx - 1) // 2]:02X}", (z.output_idx - 1) % 2,
         f"{z.default / 10:.1f}")
        for z in house.zero_tens
    ]  # fmt: skip
    return text_table(("output", "terminal", "board", "chip channel", "default V"), rows)


def _hexes(addresses: tuple[int, ...]) -> str:
    return ", ".join(f"0x{address:02X}" for address in addresses)


def _thermistors(house: House) -> str:
    rows = [
        (
            t.terminal,
            t.channel,
            f"0x{house.pipes.addresses[(t.terminal - 1) // 4]:02X}",
            f"AIN{(t.terminal - 1) % 4}",
        )
        for t in house.pipes.thermistors
    ]
    return text_table(("terminal", "channel", "chip", "input"), rows)


def _meter_title(house: House) -> str:
    meter = house.meter
    return f"Power meter {meter.make_model} at {meter.place}, every {meter.poll_period_ms} ms"


def _meter(house: House) -> str:
    rows = []
    for register in house.meter.registers:
        channel = house.channel_by_name[register.channel]
        node = house.node_by_name[channel.about]
        rows.append((register.channel, register.address, node.nameplate_w, channel.in_power_metering))
    return text_table(("channel", "register", "nameplate W", "power metering"), rows)


def _picos(house: House) -> str:
    tanks = [
        (t.hw_uid or "first to call", t.name, "tank", f"every {t.capture_period_s} s") for t in house.tanks
    ]
    flows = [
        (f.hw_uid or "first to call", f.node, f.kind, f"{f.gallons_per_tick:g} gal/pulse, {f.meter_type}")
        for f in house.flows
    ]
    btus = [
        (b.hw_uid or "first to call", b.node, "heat meter", f"{b.flow}, {b.hot}, {b.cold}")
        for b in house.btus
    ]
    probes = [(p.rom, p.channel, "1-wire", "DS18B20") for p in house.probes]
    return text_table(("module", "node", "kind", "how"), [*tanks, *flows, *btus, *probes])


def _channels(house: House) -> str:
    rows = [
        (c.name, c.captured_by, c.unit, c.capture_period_s, on_change(c), c.stale_ms / 1000)
        for c in house.channels
    ]
    return text_table(("channel", "captured by", "unit", "every s", "on change", "stale s"), rows)


def on_change(channel: Channel) -> str:
    """The change that is reported at once, in physical units."""
    if channel.async_delta is None:
        return "-"
    return "any" if channel.async_delta == 1 else f"{channel.async_delta * channel.scale:.3g} {channel.unit}"


def _derived(house: House) -> str:
    rows = [_derived_row(channel) for channel in house.derived]
    return text_table(("channel", "made by", "how", "unit", "every s", "stale s"), rows)


def _derived_row(channel: DerivedChannel) -> tuple[object, ...]:
    stale_s = channel.stale_ms / 1000
    return channel.name, channel.created_by, channel.strategy, channel.unit, channel.capture_period_s, stale_s


def _nodes(house: House) -> str:
    rows = [(node.name, node.actor_class, node.handle or node.name, node.display) for node in house.nodes]
    return text_table(("node", "actor class", "handle at start", "shown as"), rows)
