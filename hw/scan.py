"""`hw scan`: what answers on which bus, against what the layout says; a sentence for every difference."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from hw.field import Field
from hw.one_wire import FOLDER
from hw.scan_modules import Found, all_heard, listening_s, modules
from layouts.model import House, Thermistor
from layouts.share import share_of
from layouts.terminal import Terminal
from states.image import FAILED, GOOD, OPEN, SHORT

FIRST_ADDRESS, LAST_ADDRESS = 0x08, 0x77
SPARE = "terminal-"
"""Channels that only a scan knows: the screw terminals no channel of the layout hangs on."""
LOOK_S = 6.0
"""Time for the meter and every thermistor, and for a chip to be given up."""


class Family(Struct, frozen=True):
    """Boards of one kind: where they may stand, where the layout has them, which key of it says so."""

    words: str
    chip: str
    first: int
    last: int
    addresses: tuple[int, ...]
    key: str
    share: str
    """What hangs on the board at a place, with two numbers to fill in."""
    each: int


def families(house: House) -> tuple[Family, ...]:
    """The kinds of boards there are; a PCF8575 and an ADS1115 never share an address."""
    outputs = house.dac_boards if house.zero_tens else ()
    chips = house.pipes.addresses if house.pipes.thermistors else ()
    return (
        Family("relay board", "PCF8575", 0x20, 0x27, house.relay_boards, "[boards] relays", "relays", 16),
        Family("0-10 V board", "GP8403", 0x58, 0x5F, outputs, "[boards] zero_ten", "outputs", 2),
        Family("ADC", "ADS1115", 0x48, 0x4B, chips, "[pipes] addresses", "terminals", 4),
    )


def with_spare_terminals(house: House) -> House:
    """The house with a channel on every free terminal of its pipe board, for `scan` alone."""
    used = {thermistor.terminal for thermistor in house.pipes.thermistors}
    chips = len(house.pipes.addresses)
    if not house.pipes.thermistors:
        return house
    model = house.channel_by_name[house.pipes.thermistors[0].channel]
    free = [number for number in range(1, 4 * chips + 1) if number not in used]
    spare = tuple(Thermistor(f"{SPARE}{number}", number) for number in free)
    channels = tuple(replace(model, name=thermistor.channel, id=thermistor.channel) for thermistor in spare)
    return replace(
        house,
        pipes=replace(house.pipes, thermistors=(*house.pipes.thermistors, *spare)),
        channels=(*house.channels, *channels),
    )


def scan(field: Field, terminal: Terminal, listen_s: float | None = None, w1_folder: str = FOLDER) -> int:
    """Print what was found; returns 0 when nothing is other than the layout says, 1 when something is.

    Writes to no board. Without `listen_s` it listens as long as the slowest module needs.
    """
    house = share_of(field.house, field.settings.site.role)
    seconds = listening_s(field) if listen_s is None else listen_s
    found: list[bool | None] = []
    terminal.say("I2C:")
    for good, sentence in i2c(field, house):
        found.append(_tell(terminal, good, sentence))
    modules_too = f", and modules for up to {seconds:.0f} s" if seconds else ""
    terminal.say(f"Thermistors, meter{modules_too}:")
    field.run(LOOK_S)
    field.run(max(0.0, seconds - LOOK_S), lambda: all_heard(field))
    heard_s = max(LOOK_S, seconds) if seconds else 0.0
    for part in (
        _thermistors(field, house),
        _meter(field, house),
        modules(field, house, heard_s),
        one_wire(field, house, w1_folder),
    ):
        for good, sentence in part:
            found.append(_tell(terminal, good, sentence))
    for sentence in _elsewhere(field.house, house):
        terminal.say(sentence)
    terminal.say(_verdict(found))
    return 1 if False in found else 0


def _elsewhere(whole: House, share: House) -> list[str]:
    """What hangs on the other computer of the house, and is to be scanned there."""

    def parts(house: House) -> list[str]:
        names = [t.name for t in house.tanks] + [f.node for f in house.flows] + [b.node for b in house.btus]
        names += [t.channel for t in house.pipes.thermistors] + [probe.channel for probe in house.probes]
        return names + [register.channel for register in house.meter.registers]

    here = set(parts(share))
    other = [name for name in parts(whole) if name not in here and not name.startswith(SPARE)]
    return [f"On the other computer of this house, to be scanned there: {', '.join(other)}."] if other else []


def _verdict(found: list[bool | None]) -> str:
    wrong, open_ = found.count(False), found.count(None)
    if wrong:
        rest = f", {open_} not known (--)" if open_ else ""
        return f"{wrong} thing{'s' * (wrong > 1)} to put right (!!){rest}."
    if open_:
        return f"Nothing is other than the layout says; {open_} thing{'s' * (open_ > 1)} not known (--)."
    return "All is as the layout says."


_MARKS = {True: "ok", False: "!!", None: "--"}


def _tell(terminal: Terminal, good: bool | None, sentence: str) -> bool | None:
    terminal.say(f"  {_MARKS[good]}  {sentence}")
    return good


def i2c(field: Field, house: House) -> Found:
    """Boards present, missing, moved, and strangers."""
    if trouble := field.bus_trouble():
        yield False, trouble
        return
    there = {a for a in range(FIRST_ADDRESS, LAST_ADDRESS + 1) if field.answers_at(a)}
    expected: set[int] = set()
    for family in families(house):
        expected |= set(family.addresses)
        yield from _family(family, there)
    for address in sorted(there - expected):
        near = next((f for f in families(house) if f.first <= address <= f.last), None)
        guess = f"by its address it may be a {near.words} ({near.chip})" if near else "no board of ours"
        yield False, f"0x{address:02X} answers and stands in no table of the layout; {guess}."


def _family(family: Family, there: set[int]) -> Found:
    missing = [a for a in family.addresses if a not in there]
    strange = [a for a in sorted(there) if family.first <= a <= family.last and a not in family.addresses]
    for place, address in enumerate(family.addresses):
        first = place * family.each + 1
        what = f"{family.share} {first} to {first + family.each - 1}"
        if address in there:
            yield True, f"0x{address:02X} {family.words} ({family.chip}), {what}"
            continue
        moved = ""
        if len(missing) == len(strange) == 1:
            moved = (
                f" One answers at 0x{strange[0]:02X}: set its address jumpers to 0x{address:02X}, or correct "
                f"{family.key}."
            )
        hint = moved or " Look at its supply, its two bus wires and its address jumpers."
        yield False, f"0x{address:02X} does not answer: {family.words} ({family.chip}), {what}.{hint}"


def _thermistors(field: Field, house: House) -> Found:
    if field.bus_trouble():
        return
    for thermistor in house.pipes.thermistors:
        name, number = thermistor.channel, thermistor.terminal
        found = field.reading(name)
        if name.startswith(SPARE):
            if found is not None and found.quality == GOOD:
                yield (
                    False,
                    f"terminal {number}: a thermistor reads {field.value(name):.1f} °C, but no channel of "
                    "the layout hangs there; write it into [pipes.thermistors].",
                )
            continue
        value = field.value(name)
        if value is not None:
            yield True, f"terminal {number}: {name} reads {value:.1f} °C ({value * 1.8 + 32:.1f} °F)"
        elif found is not None:
            why = _WHY.get(found.quality, f"it reads '{found.quality}'")
            yield False, f"terminal {number}: {name}: {why}."
        else:
            yield False, f"terminal {number}: {name}: nothing was read yet; look at its ADC."


_WHY = {
    OPEN: "nothing is connected",
    SHORT: "its two wires touch",
    FAILED: "nothing can be read, its ADC does not answer",
}


def _meter(field: Field, house: House) -> Found:
    meter = house.meter
    if not meter.registers:
        return
    status = field.rig.devices()[field.rig.meter.device.name]
    if not status.ok:
        yield False, f"meter at {meter.place} does not answer: {status.words.rstrip('.') or 'no answer yet'}."
        return
    yield not status.words, f"meter {meter.make_model} at {meter.place} answers. {status.words}".strip()
    for register in meter.registers:
        value = field.value(register.channel)
        words = f"register {register.address}: {register.channel}"
        if value is None:
            yield False, f"{words}: no value; is it a register of this meter?"
        else:
            yield True, f"{words} {value:.0f} W"


def one_wire(field: Field, house: House, folder: str) -> Found:
    """1-wire probes by their numbers."""
    known = {probe.rom: probe.channel for probe in house.probes}
    if field.ports.world is not None:
        for channel in known.values():
            value = field.value(channel)
            yield (
                value is not None,
                f"1-wire {channel}: " + ("silent" if value is None else f"{value:.1f} °C"),
            )
        return
    try:
        there = {entry.name for entry in Path(folder).iterdir() if entry.name.startswith("28-")}
    except OSError:
        there = set()
    for rom, channel in known.items():
        found = rom in there
        yield found, f"1-wire {rom}: {channel}" + ("" if found else " is not on the bus.")
    for rom in sorted(there - set(known)):
        yield False, f'1-wire {rom} is on the bus; write  CHANNEL = "{rom}"  into [probes].'
