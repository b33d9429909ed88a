"""`hw read CHANNEL`: what a channel says now: raw, converted, how good, how old."""

from __future__ import annotations

from hw.field import Field
from layouts.mistakes import Notes
from layouts.model import Channel, DerivedChannel, House
from layouts.names import PROBES_NODE
from layouts.share import PRIMARY
from layouts.terminal import Terminal
from states.image import Reading

MOST_WAIT_S = 200.0
SLOW_S = 10.0


def read_channel(field: Field, name: str, terminal: Terminal) -> int:
    """Print it; returns the exit code: 0 for a good reading."""
    house = field.house
    derived = house.derived_by_name.get(name)
    if derived is not None:
        return _derived(field, derived, terminal)
    channel = house.channel_by_name.get(name)
    if channel is None:
        known = [*house.channel_by_name, *house.derived_by_name]
        hint = _hint(name, known)
        terminal.complain(f"{house.file}: there is no channel '{name}'.{hint}")
        return 78
    if channel.captured_by in _elsewhere(field):
        terminal.complain(
            f"{name}: {channel.captured_by} hangs on the other computer of this house; read it there."
        )
        return 1
    if name in {output.node for output in house.zero_tens}:
        terminal.say(f"{name}: a 0-10 V output cannot be read back from its board; `hw walk` sets it.")
        return 1
    wait_s = min(MOST_WAIT_S, 2.5 * channel.sample_period_ms / 1000 + 5)
    if wait_s > SLOW_S + 5:
        every = channel.sample_period_ms // 1000
        terminal.say(f"waiting up to {wait_s:.0f} s: {channel.captured_by} speaks every {every} s ...")
    field.run(wait_s, lambda: _known(field, name))
    terminal.say(line_of(field, channel))
    for words in device_words(field, channel):
        terminal.say(f"  {words}")
    found = field.reading(name)
    return 0 if found is not None and found.value is not None else 1


def _hint(name: str, known: list[str]) -> str:
    """The channels that bear the name of what was asked for, a relay or a tank; else the nearest channel."""
    bearing = [channel for channel in known if f"-{name}-" in f"-{channel}-"] if name else []
    return f" There are: {', '.join(bearing)}." if bearing else Notes("").hint(name, known)


def _elsewhere(field: Field) -> frozenset[str]:
    """Nodes that hang on the other computer."""
    second = field.house.second_nodes
    if field.settings.site.role == PRIMARY:
        return second
    return frozenset(node.name for node in field.house.nodes) - second


def _known(field: Field, name: str) -> bool:
    found = field.reading(name)
    return found is not None and found.value is not None


def line_of(field: Field, channel: Channel) -> str:
    """One line: name, raw, converted, quality, age."""
    found = field.reading(channel.name)
    if found is None:
        return f"{channel.name}: nothing was heard of it."
    age_s = (field.clock.now().mono_ms - found.mono_ms) / 1000
    stale = ", stale" if age_s * 1000 > channel.stale_ms else ""
    if found.value is None:
        return f"{channel.name}: {found.quality}, for {age_s:.1f} s"
    how = f"{found.quality}{stale}, {age_s:.1f} s old"
    return f"{channel.name}: raw {found.value}, {converted(channel, found)}, {how}"


def converted(channel: Channel, reading: Reading) -> str:
    """The physical value, temperatures in both scales."""
    value = (reading.value or 0) * channel.scale
    if channel.unit == "°C":
        return f"{value:.2f} °C ({value * 1.8 + 32:.1f} °F)"
    if channel.unit == "energised":
        return "energised" if value else "at rest"
    return f"{value:.6g} {channel.unit}"


def device_words(field: Field, channel: Channel) -> list[str]:
    """What the device behind the channel has to say of itself."""
    status = field.rig.devices().get(_device_of(field.house, channel))
    return [f"{status.name}: {status.words}"] if status is not None and status.words else []


def _device_of(house: House, channel: Channel) -> str:
    """The name of the device of the rig that measures a channel."""
    for thermistor in house.pipes.thermistors:
        if thermistor.channel == channel.name:
            return f"pipe sensor ADC 0x{house.pipes.addresses[(thermistor.terminal - 1) // 4]:02x}"
    for relay in house.relays:
        if relay.channel == channel.name:
            return f"relay board 0x{house.relay_boards[(relay.index - 1) // 16]:02x}"
    return f"probe {channel.name}" if channel.captured_by == PROBES_NODE else channel.captured_by


def _derived(field: Field, derived: DerivedChannel, terminal: Terminal) -> int:
    """A depth is worked out as the program does; energies only the running program knows."""
    house = field.house
    tank, _, depth = derived.name.rpartition("-depth")
    found = next((row for row in house.tanks if row.name == tank), None)
    if found is None:
        terminal.say(f"{derived.name} is computed by the running program; see: python scada.py status")
        return 1
    code = read_channel(field, f"{derived.name}-device", terminal)
    device = field.value(f"{derived.name}-device")
    if device is not None:
        place = int(depth) - 1
        m, b = found.calibration.m[place], found.calibration.b[place]
        value = m * (device * 1.8 + 32) + b
        terminal.say(f"{derived.name}: {value:.2f} °F = {m:g} x {device * 1.8 + 32:.2f} °F {b:+g} °F")
    return code


def house_words(house: House, simulated: str) -> str:
    """The first line of every command: which house, and whether it is one."""
    return f"{house.display} ({house.file}), {simulated or 'real buses'}."
